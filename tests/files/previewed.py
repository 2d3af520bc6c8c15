"""Files to preview, built in memory, and asking for their pages."""

import base64
import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from siegel.files.kinds import Kind
from siegel.files.rendering import CannotRender, Rendered, render

RED, BLUE = (200, 30, 30), (20, 40, 220)

# 128 by 64 pixels, blue on the left once its own rotation (irot) is applied; its EXIF names a
# rotation as well, which counts for nothing in HEIF.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAY1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAA"
    "AAAAAAAAAAAAADRpbG9jAAAAAERAAAIAAQAAAAABsQABAAAAAAAAAFsAAgAAAAACDAABAAAAAAAAACQAAAA4aWlu"
    "ZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA"
    "zGlwcnAAAACtaXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMA"
    "AAMAHroCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoCCAgWW6kkprm4CGgwIAAAMAMgAAAwACEGIAAQAHRAHBcrAi"
    "QAAAABRpc3BlAAAAAAAAAEAAAACAAAAAEHBpeGkAAAAAAwgICAAAAAlpcm90AwAAABdpcG1hAAAAAAAAAAEAAQSB"
    "AgOEAAAAGmlyZWYAAAAAAAAADmNkc2MAAgABAAEAAACHbWRhdAAAAFcoAa8TgOUzwJ//8FKj/91rPD8HeK1Q8yTs"
    "uj//Y3ER/Spy//JpU1j88r8M3xNxgaZWBMN6UCrFndsjzc+rS55AMYXPWGg/zXeQ8onNT6g0kqCudlHY3PAAAAAG"
    "RXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAA="
)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *more: bytes, pixels: bytes = b"") -> bytes:
    """A PNG whose header may say anything."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    rest = (*more, chunk(b"IDAT", zlib.compress(pixels)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(rest)


def gif(width: int, height: int, frame: tuple[int, int]) -> bytes:
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0)
    return screen + b"\x2c" + struct.pack("<HHHHB", 0, 0, *frame, 0) + b"\x02\x02\x4c\x01\x00;"


def huge_webp() -> bytes:
    canvas = b"VP8X" + struct.pack("<II", 10, 0) + (16382).to_bytes(3, "little") * 2
    return b"RIFF" + struct.pack("<I", 4 + len(canvas)) + b"WEBP" + canvas


def huge_heic() -> bytes:
    at = HEIC.index(b"ispe") + 8
    return HEIC[:at] + struct.pack(">II", 30_000, 30_000) + HEIC[at + 8 :]


def zeros(mebibytes: int) -> bytes:
    """What unpacks to so many MiB."""
    packer = zlib.compressobj(9)
    return b"".join([packer.compress(bytes(1 << 20)) for _ in range(mebibytes)] + [packer.flush()])


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(data), data)


def pdf(*objects: bytes, root: bytes = b"", trailer: bytes = b"") -> bytes:
    """Object 1 is the catalogue, 2 the page tree; `objects` are numbered from 3 on."""
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    offsets = []
    for number, content in enumerate((b"<</Type/Catalog/Pages 2 0 R%s>>" % root, *objects), 1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj%sendobj\n" % (number, content))
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1))
    out.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(offsets) + 1
    out.write(b"trailer<</Size %d/Root 1 0 R%s>>startxref\n%d\n%%%%EOF" % (size, trailer, table))
    return out.getvalue()


def page(content: bytes, entries: bytes = b"", *more: bytes, **about: bytes) -> bytes:
    """A PDF of one page; its content is object 4, `more` begins with 5."""
    if b"/MediaBox" not in entries:
        entries += b"/MediaBox[0 0 100 100]"
    leaf = b"<</Type/Page/Parent 2 0 R/Contents 4 0 R%s>>" % entries
    return pdf(b"<</Type/Pages/Count 1/Kids[3 0 R]>>", leaf, content, *more, **about)


def pages(count: int) -> bytes:
    """Each page is white, with a text in a font that is not embedded."""
    kids = b" ".join(b"%d 0 R" % (number + 5) for number in range(count))
    tree = b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids)
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
    leaf += b"/Resources<</Font<</F 3 0 R>>>>>>"
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    return pdf(tree, font, stream(b"BT /F 200 Tf 50 400 Td (Seal) Tj ET"), *[leaf] * count)


def laughing_pdf() -> bytes:
    """Drawings of drawings, ten of each, twelve deep."""
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]"
    inner = b"/Resources<</XObject<</X %d 0 R>>>>"
    forms = [stream(b"/X Do " * 10, form + inner % (number + 6)) for number in range(12)]
    forms.append(stream(b"0 0 9 9 re f", form))
    return page(stream(b"/X Do"), b"/Resources<</XObject<</X 5 0 R>>>>", *forms)


def endless_pdf() -> bytes:
    """Draws the whole page over again and again."""
    again = zlib.compress(b"0 0 100 100 re f\n" * 200_000)
    return page(stream(again, b"/Filter/FlateDecode"))


def picture_in(
    kind: str, mode: str = "RGB", size: tuple[int, int] = (64, 32), **more: Any
) -> bytes:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    target = io.BytesIO()
    image.convert(mode).save(target, kind, **more)
    return target.getvalue()


def asked(data: bytes, kind: Kind, *more: int, **about: Any) -> Rendered:
    return render(io.BytesIO(data), kind, *more, **about)


def reason(data: bytes, kind: Kind = Kind.PDF, **about: Any) -> str:
    with pytest.raises(CannotRender) as refused:
        asked(data, kind, **about)
    return refused.value.reason

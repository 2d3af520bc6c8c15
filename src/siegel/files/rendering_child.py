"""The process that turns a file into pictures: closed in before it reads, gone afterwards.

`python -I -m siegel.files.rendering_child KIND FIRST COUNT [HEIGHT]`, the file on standard input;
frames on standard output (see `frame`). It imports nothing of Django and only what its kind needs.
"""

import importlib
import io
import json
import os
import struct
import sys
import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from siegel.files import sandbox

if TYPE_CHECKING:
    from PIL import Image
    from pypdfium2 import PdfDocument

LARGEST_INPUT = 100 << 20
MOST_PIXELS = 50_000_000
LONGER_SIDE = 1600
# A stamp of a page is not blown up beyond 288 dpi.
LARGEST_SCALE = 4.0
BLOCK = 256 << 10

# Lengths of the JSON and of the bytes after it.
FRAME = struct.Struct(">II")

EXIF = ("PIL.TiffImagePlugin", "PIL.ImageOps")
# Modules that decoding would import only when it needs them.
MODULES = {
    "pdf": ("pypdfium2",),
    "heic": ("pi_heif", *EXIF),
    "jpeg": ("PIL.MpoImagePlugin", *EXIF),
    "png": EXIF,
    "webp": EXIF,
    "gif": ("copy", *EXIF),
}

# What FPDF_GetLastError says of a missing password and of an unknown kind of protection.
ENCRYPTED = {4, 5}


class Failed(Exception):
    """There is no picture of this file; `reason` is one of `rendering.CannotRender`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Picture(NamedTuple):
    """One page as WebP."""

    number: int
    width: int
    height: int
    webp: bytes


def main(kind: str, first: str, count: str, height: str = str(LONGER_SIDE)) -> None:
    """Answer with frames: `page_count`, one for each page, `end`; or `failed` with the reason."""
    prepare(kind)
    try:
        # libheif decodes in a thread of its own, even when it is asked for none.
        sandbox.close_in(threads=kind == "heic")
    except sandbox.NoSandbox:
        os._exit(sandbox.EXIT_CODE)
    wanted = range(int(first), int(first) + int(count))  # pragma: no cover - only in the sandbox
    for answer in answers(kind, wanted, 0, int(height)):  # pragma: no cover - only in the sandbox
        write(1, answer)
    # Nothing is worth tidying up, and what runs at exit looks for files.
    os._exit(0)  # pragma: no cover - only in the sandbox


def prepare(kind: str) -> None:
    """Import everything that decoding uses, since nothing can be opened later."""
    from PIL import Image

    # Pillow refuses twice this number, even before it makes room for the picture.
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2
    warnings.simplefilter("ignore")
    for module in ("PIL.WebPImagePlugin", *MODULES[kind]):
        importlib.import_module(module)
    Image.preinit()


def answers(kind: str, wanted: range, source: int, height: int = LONGER_SIDE) -> Iterator[bytes]:
    """The frames that answer for the file in the descriptor `source`."""
    try:
        data = read(source)
        if kind == "pdf":
            count, pictures = pdf(data, wanted)
        else:
            count, pictures = picture(kind, data, wanted, height)
        yield frame({"page_count": count})
        for one in pictures:
            named = {"page": one.number, "width": one.width, "height": one.height}
            yield frame(named, one.webp)
        yield frame({"end": True})
    except Failed as failed:
        yield frame({"failed": failed.reason})
    except MemoryError:
        yield frame({"failed": "too-large"})
    except Exception:  # noqa: BLE001 - whatever a decoder says about foreign bytes
        yield frame({"failed": "damaged"})


def frame(header: Mapping[str, object], content: bytes = b"") -> bytes:
    """Two lengths, a JSON object, bytes."""
    named = json.dumps(dict(header)).encode()
    return FRAME.pack(len(named), len(content)) + named + content


def read(source: int) -> bytes:
    """The whole input; raises Failed when it is larger than agreed."""
    blocks: list[bytes] = []
    size = 0
    while block := os.read(source, BLOCK):
        size += len(block)
        if size > LARGEST_INPUT:
            raise Failed("too-large")
        blocks.append(block)
    return b"".join(blocks)


def write(target: int, content: bytes) -> None:
    """All of it, however little a pipe takes at once."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(target, rest) :]


def picture(
    kind: str, data: bytes, wanted: range, height: int = LONGER_SIDE
) -> tuple[int, Iterator[Picture]]:
    """An image is a document of one page."""
    pages = (encode(1, scaled(opened(kind, data), height)) for _ in range(1 in wanted))
    return 1, pages


def opened(kind: str, data: bytes) -> "Image.Image":
    """The image, its size known and allowed, not decoded yet."""
    from PIL import Image

    try:
        if kind == "heic":
            import pi_heif

            heif = pi_heif.open_heif(io.BytesIO(data))
            check_size(*heif.size)
            image: Image.Image = heif.to_pillow()
        else:
            image = Image.open(io.BytesIO(data), formats=[kind.upper()])
            check_size(*image.size)
    except Image.DecompressionBombError:
        raise Failed("too-large") from None
    return image


def check_size(width: int, height: int) -> None:
    """Raise Failed for more pixels than this process has room for."""
    if width * height > MOST_PIXELS:
        raise Failed("too-large")


def scaled(image: "Image.Image", height: int = LONGER_SIDE) -> "Image.Image":
    """Upright, in RGB or RGBA, at most LONGER_SIDE on the longer side and `height` high."""
    from PIL import ImageOps

    # A JPEG is decoded in an eighth, a quarter or half of its size where that is enough.
    image.draft("RGB", (LONGER_SIDE, LONGER_SIDE))
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((LONGER_SIDE, LONGER_SIDE), reducing_gap=2.0)
    ImageOps.exif_transpose(image, in_place=True)
    # Only now is it known which side is the height.
    image.thumbnail((LONGER_SIDE, height))
    return image


def pdf(data: bytes, wanted: range) -> tuple[int, Iterator[Picture]]:
    """The document's length, and those of its pages that are wanted and exist."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as problem:
        raise Failed("encrypted" if problem.err_code in ENCRYPTED else "damaged") from problem
    # Draws what has been filled in. The library is built without a script engine.
    document.init_forms()
    count = len(document)
    pages = (drawn(document, number) for number in wanted if 1 <= number <= count)
    return count, pages


def drawn(document: "PdfDocument", number: int) -> Picture:
    """One page on white."""
    page = document[number - 1]
    # render() rounds up, so the goal is a hair below the limit.
    scale = min((LONGER_SIDE - 0.01) / max(page.get_size()), LARGEST_SCALE)
    image = page.render(scale=scale, rev_byteorder=True, limit_image_cache=True).to_pil()
    page.close()
    return encode(number, image)


def encode(number: int, image: "Image.Image") -> Picture:
    """WebP with pixels and nothing else."""
    target = io.BytesIO()
    image.save(target, "WEBP", quality=80, method=2, icc_profile=b"", exif=b"", xmp=b"")
    return Picture(number, image.width, image.height, target.getvalue())


if __name__ == "__main__":  # pragma: no cover - only in the process of its own
    main(*sys.argv[1:])

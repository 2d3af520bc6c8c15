"""Good and hostile files, built in memory. Each function returns the whole file.

The good ones are real: image and PDF programs open them. The executables only begin like ones.
"""

import base64
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Mapping
from email.message import EmailMessage

from PIL import Image

# 64 x 48 pixels of one blue, encoded once by libheif: nothing at hand writes HEIC.
_HEIC = (
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAA"
    "AAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABoQABAAAAAAAAABoAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAA"
    "AAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34"
    "+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5"
    "uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAA"
    "AAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAA"
    "AAAAAAEAAQWBAgMFhAAAACJtZGF0AAAAFigBrxmA70mlv//gZkR53Zv7utaY+bg="
)

_MAIN = {
    "docx": ("word/document.xml", "wordprocessingml.document.main+xml"),
    "xlsx": ("xl/workbook.xml", "spreadsheetml.sheet.main+xml"),
    "pptx": ("ppt/presentation.xml", "presentationml.presentation.main+xml"),
}


def pdf(pages: int = 1, width: int = 595, height: int = 842) -> bytes:
    """A PDF with a cross-reference table; each page shows its number."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>"
        % (pages, b" ".join(b"%d 0 R" % (4 + 2 * page) for page in range(pages))),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for page in range(pages):
        text = b"BT /F1 48 Tf 72 %d Td (Page %d) Tj ET" % (height - 100, page + 1)
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (width, height, 5 + 2 * page),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        ]
    written = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % place for place in places)
    written += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return bytes(written + b"startxref\n%d\n%%%%EOF\n" % table)


def pdf_with_pages(number: int = 10_000) -> bytes:
    """Many pages, in a moment."""
    return pdf(number)


def _image(kind: str, size: tuple[int, int], exif: Image.Exif | None = None) -> bytes:
    picture = Image.new("RGB", size, (30, 90, 160))
    picture.putpixel((0, 0), (255, 255, 255))
    written = io.BytesIO()
    picture.save(written, kind, **({"exif": exif} if exif else {}))
    return written.getvalue()


def jpeg(width: int = 64, height: int = 48) -> bytes:
    return _image("JPEG", (width, height))


def jpeg_with_gps() -> bytes:
    """A photograph that says where it was taken: 52 N, 13 E."""
    exif = Image.Exif()
    exif[0x010F] = "Camera of the sample"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    return _image("JPEG", (64, 48), exif)


def film(kilobytes: int = 200) -> bytes:
    """The boxes of an MP4; what would be its pictures is noise."""
    boxes = {b"ftyp": b"mp42\0\0\0\0isommp42", b"moov": bytes(600), b"mdat": noise(1)}
    boxes[b"mdat"] = boxes[b"mdat"][: kilobytes * 1024]
    return b"".join(
        struct.pack(">I4s", len(content) + 8, name) + content for name, content in boxes.items()
    )


def motion_photo(padding: int = 0) -> bytes:
    """As Android phones write it: the picture, and the film of its second behind it."""
    return jpeg_with_gps() + bytes(padding) + film()


def samsung_photo() -> bytes:
    """As Samsung phones write it: the film in one block of several, and a list of the blocks."""
    blocks = [
        (0x0A01, b"Image_UTC_Data", b"1795572458000"),
        (0x0A30, b"MotionPhoto_Data", film()),
    ]
    written, listed = b"", []
    for kind, name, content in blocks:
        listed.append((kind, len(written)))
        written += struct.pack("<HHI", 0, kind, len(name)) + name + content
    ends = [place for _, place in listed[1:]] + [len(written)]
    entries = b"".join(
        struct.pack("<HHII", 0, kind, len(written) - place, end - place)
        for (kind, place), end in zip(listed, ends, strict=True)
    )
    head = b"SEFH" + struct.pack("<II", 106, len(blocks)) + entries
    return jpeg_with_gps() + written + head + struct.pack("<I", len(head)) + b"SEFT"


def png(width: int = 64, height: int = 48) -> bytes:
    return _image("PNG", (width, height))


def webp(width: int = 64, height: int = 48) -> bytes:
    return _image("WEBP", (width, height))


def gif(width: int = 64, height: int = 48) -> bytes:
    return _image("GIF", (width, height))


def heic() -> bytes:
    """64 x 48 pixels."""
    return base64.b64decode(_HEIC)


def zip_of(members: Mapping[str, bytes], *, stored: bool = False) -> bytes:
    """An archive of these names and contents."""
    written = io.BytesIO()
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, method)
    return written.getvalue()


def zip_encrypted(members: Mapping[str, bytes]) -> bytes:
    """As zip_of, each entry marked as encrypted (the content is not)."""
    archive = bytearray(zip_of(members, stored=True))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = archive.find(signature)
        while place >= 0:
            archive[place + flags] |= 1
            place = archive.find(signature, place + 4)
    return bytes(archive)


def _ooxml(kind: str, more: Mapping[str, bytes]) -> bytes:
    part, media_type = _MAIN[kind]
    types = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{part}" '
        f'ContentType="application/vnd.openxmlformats-officedocument.{media_type}"/></Types>'
    )
    relations = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        f'relationships/officeDocument" Target="{part}"/></Relationships>'
    )
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><w:document '
        'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        "<w:body><w:p><w:r><w:t>Sample</w:t></w:r></w:p></w:body></w:document>"
    )
    members = {
        "[Content_Types].xml": types.encode(),
        "_rels/.rels": relations.encode(),
        part: body.encode(),
    }
    return zip_of({**members, **more})


def docx(more: Mapping[str, bytes] | None = None) -> bytes:
    """`more` members replace or join those of a document of one word."""
    return _ooxml("docx", more or {})


def xlsx(more: Mapping[str, bytes] | None = None) -> bytes:
    return _ooxml("xlsx", more or {})


def pptx(more: Mapping[str, bytes] | None = None) -> bytes:
    return _ooxml("pptx", more or {})


def _odf(kind: str, more: Mapping[str, bytes]) -> bytes:
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"/>'
    )
    members = {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}".encode(),
        "content.xml": content.encode(),
        "META-INF/manifest.xml": manifest.encode(),
    }
    return zip_of({**members, **more})


def odt(more: Mapping[str, bytes] | None = None) -> bytes:
    return _odf("text", more or {})


def ods(more: Mapping[str, bytes] | None = None) -> bytes:
    return _odf("spreadsheet", more or {})


def eml(attachments: Mapping[str, bytes] | None = None) -> bytes:
    """A mail with a text, an HTML version of it, and these attachments."""
    mail = EmailMessage()
    mail["From"] = "Clara Client <clara@example.org>"
    mail["To"] = "adviser@example.org"
    mail["Date"] = "Mon, 02 Nov 2026 10:00:00 +0100"
    mail["Subject"] = "My contract"
    mail.set_content("Please find my contract enclosed.\n")
    mail.add_alternative("<html><body><p>Please find my contract.</p></body></html>", "html")
    for name, content in (attachments or {}).items():
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def txt() -> bytes:
    return "Grüße aus Köln\r\nzweite Zeile\n".encode()


def csv() -> bytes:
    return "Name;Beitrag\nMüller;12,50\n".encode()


def with_zip_behind(front: bytes) -> bytes:
    """Opens as what it begins with, and as an archive."""
    return front + zip_of({"hidden.txt": txt()})


def macro_docx() -> bytes:
    return docx({"word/vbaProject.bin": ole_with_vba()})


def ole(names: tuple[str, ...] = (), class_id: bytes = bytes(16)) -> bytes:
    """A compound file whose directory holds a root of this class and entries of these names."""
    entries = b""
    for number, name in enumerate(("Root Entry", *names)):
        encoded = name.encode("utf-16-le")
        entry = encoded.ljust(64, b"\0") + struct.pack("<H", len(encoded) + 2)
        kind = b"\x01" if number else b"\x05"
        entry += kind + b"\x01" + b"\xff" * 12 + (bytes(16) if number else class_id)
        entries += entry.ljust(128, b"\0")
    entries = entries.ljust(-(-len(entries) // 512) * 512, b"\0")
    directory = len(entries) // 512
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", 0) + b"\xff" * (108 * 4)
    table = [0xFFFFFFFD, *range(2, directory + 1), 0xFFFFFFFE]
    fat = struct.pack(f"<{len(table)}I", *table).ljust(512, b"\xff")
    return header + fat + entries


def ole_with_vba() -> bytes:
    """As an old Word document with macros has it."""
    return ole(("WordDocument", "Macros", "VBA", "_VBA_PROJECT", "dir"))


def msi() -> bytes:
    return ole(class_id=bytes.fromhex("84100c0000000000c000000000000046"))


def _chunk(name: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check


def noise(megabytes: int) -> bytes:
    """Bytes that no packer makes smaller, the same each time."""
    chance = random.Random(megabytes)  # noqa: S311 - a sample, no secret
    return chance.randbytes(megabytes * 1024**2)


def png_around(content: bytes) -> bytes:
    """An image whose data are these bytes, so that it has any size wanted."""
    header = struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", content) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _zeros(megabytes: int) -> bytes:
    """So many MiB of zeros as a raw deflate stream, without packing them all."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    first = packer.compress(bytes(1024**2)) + packer.flush(zlib.Z_FULL_FLUSH)
    return first * megabytes + packer.flush()


def png_bomb() -> bytes:
    """50,000 x 50,000 pixels in some 300 KB."""
    megabytes = -(-50_000 * (50_000 // 8 + 1) // 1024**2)
    check = 1 | ((megabytes * 1024**2) % 65_521) << 16
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 1, 0, 0, 0, 0)
    data = b"\x78\x9c" + _zeros(megabytes) + struct.pack(">I", check)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _raw_zip(entries: list[tuple[bytes, bytes, int, int]]) -> bytes:
    """Entries of name, packed content, length and checksum, all deflated."""
    written, directory = b"", b""
    for name, packed, size, check in entries:
        told = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, check, len(packed), size, len(name), 0)
        place = struct.pack("<HHHII", 0, 0, 0, 0, len(written))
        directory += b"PK\x01\x02" + b"\x14\x00" + told + place + name
        written += b"PK\x03\x04" + told + name + packed
    end = struct.pack("<HHHHIIH", 0, 0, *[len(entries)] * 2, len(directory), len(written), 0)
    return written + directory + b"PK\x05\x06" + end


def zip_bomb(megabytes: int = 64) -> bytes:
    """One text of zeros, packed a thousandfold. It tells the truth about its length."""
    size = megabytes * 1024**2
    check = 0
    for _ in range(megabytes):
        check = zlib.crc32(bytes(1024**2), check)
    return _raw_zip([(b"zeros.txt", _zeros(megabytes), size, check)])


def zip_bomb_that_lies() -> bytes:
    """As zip_bomb, and claims to hold ten bytes."""
    return _raw_zip([(b"zeros.txt", _zeros(64), 10, 0)])


def docx_bomb() -> bytes:
    """A document whose text unpacks to 64 MB of blanks."""
    return docx({"word/media/image1.bmp": bytes(64 * 1024**2)})


def exe() -> bytes:
    """Begins like a Windows program."""
    start = b"MZ" + bytes(58) + struct.pack("<I", 128)
    stub = b"This program cannot be run in DOS mode."
    return (start + stub).ljust(128, b"\0") + b"PE\0\0\x64\x86" + bytes(500)


def elf() -> bytes:
    """Begins like a Linux program."""
    return b"\x7fELF\x02\x01\x01" + bytes(200)


def shell_script() -> bytes:
    return b"#!/bin/sh\necho harmless\n"


def svg() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def html() -> bytes:
    return b"<!DOCTYPE html>\n<html><body><script>alert(1)</script></body></html>"

"""Images that are cut, oversized, or a page at the same time."""

import io
import struct

import pytest
from PIL import Image

from siegel.files import image_limits
from tests.files import samples
from tests.files.inspecting import outcome


@pytest.mark.parametrize(
    "markup",
    [b"<script>alert(1)</script>", b"<HTML >", b"<?php system('id');", b"<svg/onload=alert(1)>"],
)
def test_markup_in_the_first_kib_is_refused(markup: bytes) -> None:
    written = io.BytesIO()
    Image.new("RGB", (64, 48)).save(written, "JPEG", comment=markup)
    assert outcome(written.getvalue()) == "markup-in-image"
    assert outcome(samples.gif()[:-1] + b"!\xfe\x20" + markup.ljust(32) + b"\0;") == (
        "markup-in-image"
    )


def test_the_description_that_cameras_write_is_no_markup() -> None:
    packet = (
        b"<?xpacket begin='\xef\xbb\xbf' id='W5M0MpCehiHzreSzNTczkc9d'?>"
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF><rdf:Description/></rdf:RDF></x:xmpmeta>"
    )
    written = io.BytesIO()
    Image.new("RGB", (64, 48)).save(written, "JPEG", xmp=packet)
    assert outcome(written.getvalue()) == "jpeg"
    assert outcome(samples.jpeg_with_gps()) == "jpeg"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
@pytest.mark.parametrize("mode", ["L", "P", "RGB", "1"])
def test_what_image_programs_write_is_accepted(kind: str, mode: str) -> None:
    if mode == "P" and kind in {"JPEG", "WEBP"}:
        mode = "CMYK" if kind == "JPEG" else "RGBA"
    written = io.BytesIO()
    Image.new(mode, (300, 200)).save(written, kind)
    assert outcome(written.getvalue()) == kind.lower()


def test_moving_and_progressive_images_are_accepted() -> None:
    frames = [Image.new("RGB", (40, 30), (shade, 0, 0)) for shade in (0, 90, 200)]
    for kind in ("GIF", "WEBP"):
        written = io.BytesIO()
        frames[0].save(written, kind, save_all=True, append_images=frames[1:], loop=0)
        assert outcome(written.getvalue()) == kind.lower()
    written = io.BytesIO()
    frames[0].save(written, "JPEG", progressive=True)
    assert outcome(written.getvalue()) == "jpeg"


def test_padding_between_the_segments_of_a_jpeg_is_accepted() -> None:
    data = samples.jpeg()
    assert outcome(data[:2] + b"\xff\xff" + data[2:]) == "jpeg"


def _box(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", len(content) + 8, name) + content


HEIC_START = _box(b"ftyp", b"heic\0\0\0\0mif1heic")
PNG_START = samples.png()[:33]
APPLE = b"\0\0\0\4CgBI\x50\0\x20\6" + b"abcd"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (samples.png()[:8] + samples.png()[33:], "damaged"),  # no header
        (samples.png()[:8] + APPLE + samples.png()[8:], "png"),  # out of an app of iOS
        (samples.png()[:8] + APPLE + samples.png()[33:], "damaged"),
        (samples.png()[:8] + APPLE * 2 + samples.png()[8:], "damaged"),
        (samples.png()[:8] + APPLE, "damaged"),
        (PNG_START, "damaged"),
        (PNG_START + struct.pack(">I4s", 0x7FFFFFFF, b"IDAT"), "damaged"),
        (PNG_START + struct.pack(">I4s", 0, b"\0\0\0\0") + b"abcd", "damaged"),
        (samples.jpeg()[:2] + b"\xff\xe0\x00\x10" + bytes(90), "damaged"),
        (samples.jpeg().replace(b"\xff\xd9", b"\0\0"), "damaged"),
        (samples.gif()[:-1], "damaged"),
        (samples.gif()[:-1] + b"x", "damaged"),
        (samples.webp()[:12] + b"ABCD" + samples.webp()[16:], "damaged"),
        (samples.webp()[:4] + b"\xff\0\0\0" + samples.webp()[8:], "damaged"),
        (HEIC_START + _box(b"mdat", b"abc"), "damaged"),  # nothing says what it shows
        (HEIC_START + struct.pack(">I4s", 900, b"meta"), "damaged"),
        (HEIC_START + _box(b"meta") + b"abc", "damaged"),
        (HEIC_START + _box(b"meta") + _box(b"free"), "heic"),
        (HEIC_START + _box(b"meta") + struct.pack(">I4sQ", 1, b"mdat", 16), "heic"),
        (HEIC_START + _box(b"meta") + struct.pack(">I4sQ", 1, b"mdat", 15), "damaged"),
        (HEIC_START + _box(b"meta") + struct.pack(">I4sI", 1, b"mdat", 0), "damaged"),
        (HEIC_START + struct.pack(">I4s", 4, b"meta"), "damaged"),
        (HEIC_START + _box(b"meta") + struct.pack(">I4sQ", 1, b"mdat", 20) + b"abcd", "heic"),
        (HEIC_START + _box(b"meta") + struct.pack(">I4s", 0, b"mdat") + b"abcd", "heic"),
        (_box(b"ftyp", b"avif\0\0\0\0mif1heic") + _box(b"meta"), "type-not-allowed"),
        (_box(b"ftyp", b"mif1\0\0\0\0avif") + _box(b"meta"), "type-not-allowed"),
        (struct.pack(">I4s", 8, b"ftyp") + _box(b"meta"), "type-not-allowed"),
    ],
)
def test_the_structure_decides(data: bytes, code: str) -> None:
    assert outcome(data) == code


def test_more_pixels_than_any_scan_has_are_refused() -> None:
    huge = b"\xff\xff\xff\xff"
    assert outcome(samples.gif()[:6] + huge + samples.gif()[10:]) == "archive-bomb"
    jpeg = samples.jpeg()
    size = jpeg.index(b"\xff\xc0") + 5
    assert outcome(jpeg[:size] + huge + jpeg[size + 4 :]) == "archive-bomb"
    apple = samples.png()[:8] + APPLE + samples.png()[8:16] + huge + samples.png()[20:]
    assert outcome(apple) == "archive-bomb"


def test_endless_empty_blocks_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_limits, "MOST_BLOCKS", 50)
    empty = struct.pack(">I4s", 0, b"teXt") + b"abcd"
    assert outcome(PNG_START + empty * 60 + samples.png()[33:]) == "archive-bomb"
    assert outcome(samples.gif()[:-1] + b"!\xfe" + b"\x01a" * 60 + b"\0;") == "archive-bomb"
    assert outcome(samples.jpeg()[:2] + b"\xff" * 120 + samples.jpeg()[2:]) == "archive-bomb"
    assert outcome(HEIC_START + _box(b"free") * 60 + _box(b"meta")) == "archive-bomb"

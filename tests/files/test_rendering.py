"""Previews by real child processes: every kind, its metadata, and bombs."""

import io
import struct
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from siegel.files import rendering, rendering_child
from siegel.files.kinds import Kind
from siegel.files.rendering import Page, Rendered
from tests.files.previewed import (
    BLUE,
    HEIC,
    RED,
    asked,
    chunk,
    endless_pdf,
    gif,
    huge_heic,
    huge_webp,
    laughing_pdf,
    page,
    pages,
    pdf,
    picture_in,
    png,
    reason,
    stream,
    zeros,
)


def decoded(preview: Page) -> Image.Image:
    with Image.open(io.BytesIO(preview.webp), formats=["WEBP"]) as image:
        assert image.size == (preview.width, preview.height)
        return image.convert("RGB")


def looks_like(image: Image.Image, at: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    found = image.getpixel(at)
    assert isinstance(found, tuple)
    return all(abs(one - other) < 25 for one, other in zip(found, colour, strict=True))


SAMPLES: dict[Kind, bytes] = {
    Kind.JPEG: picture_in("JPEG", quality=95),
    Kind.PNG: picture_in("PNG"),
    Kind.WEBP: picture_in("WEBP"),
    Kind.GIF: picture_in(
        "GIF", "P", save_all=True, append_images=[Image.new("RGB", (64, 32), BLUE)]
    ),
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_an_image_has_one_page(kind: Kind) -> None:
    rendered = asked(SAMPLES[kind], kind, 1, 5)
    assert rendered.page_count == 1
    assert [one.number for one in rendered.pages] == [1]
    image = decoded(rendered.pages[0])
    assert image.size == (64, 32)
    assert looks_like(image, (5, 16), RED)
    assert looks_like(image, (58, 16), BLUE)


def decorated(kind: Kind) -> bytes:
    """Whatever may come with such a picture, for which a decoder may want to import something."""
    exif = Image.Exif()
    exif[0x0112] = 3
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="3"/></x:xmpmeta>'
    second = Image.new("RGB", (64, 32), BLUE)
    match kind:
        case Kind.JPEG:
            more: dict[str, Any] = {"exif": exif, "xmp": xmp, "comment": "ä", "progressive": True}
            return picture_in("MPO", save_all=True, append_images=[second], **more)
        case Kind.PNG:
            texts = PngImagePlugin.PngInfo()
            texts.add_text("Title", "ä", zip=True)
            texts.add_itxt("XML:com.adobe.xmp", xmp.decode(), "de", "Titel", zip=True)
            return picture_in("PNG", "P", pnginfo=texts, exif=exif, transparency=0, dpi=(72, 72))
        case Kind.WEBP:
            return picture_in(
                "WEBP", exif=exif, xmp=xmp, save_all=True, append_images=[second], lossless=True
            )
        case _:
            more = {"comment": "ä", "transparency": 255, "interlace": True, "disposal": 2}
            return picture_in("GIF", "P", save_all=True, append_images=[second], **more)


@pytest.mark.parametrize("kind", SAMPLES)
def test_what_comes_with_an_image_is_no_obstacle(kind: Kind) -> None:
    rendered = asked(decorated(kind), kind)
    assert [(one.width, one.height) for one in rendered.pages] == [(64, 32)]


def test_heic_is_turned_once() -> None:
    rendered = asked(HEIC, Kind.HEIC)
    image = decoded(rendered.pages[0])
    assert image.size == (128, 64)
    assert looks_like(image, (10, 32), BLUE)
    assert looks_like(image, (118, 32), RED)
    assert b"Exif" in HEIC
    assert b"Exif" not in rendered.pages[0].webp


def test_pages_of_a_pdf_as_asked() -> None:
    data = pages(20)
    rendered = asked(data, Kind.PDF)
    assert rendered.page_count == 20
    image = decoded(rendered.pages[0])
    assert image.size == (1131, 1600)
    # Nothing of the machine's fonts can be read, and the text is there all the same.
    assert min(image.convert("L").tobytes()) < 50
    assert [one.number for one in asked(data, Kind.PDF, 18, 5).pages] == [18, 19, 20]
    assert len(asked(data, Kind.PDF, 1, 1000).pages) == rendering.MOST_AT_ONCE
    for first, count in ((21, 1), (1, 0), (1, -5), (10**12, 3)):
        assert asked(data, Kind.PDF, first, count) == Rendered(20, [])
    assert [one.number for one in asked(data, Kind.PDF, -7, 1).pages] == [1]


def test_what_was_filled_in_is_drawn() -> None:
    shown = stream(b"1 0 0 rg 0 0 50 100 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 50 100]")
    field = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/F 4/Rect[0 0 50 100]/AP<</N 6 0 R>>>>"
    script = b"/OpenAction<</S/JavaScript/JS(while(true){})>>/AcroForm<</Fields[5 0 R]>>"
    data = page(stream(b""), b"/Annots[5 0 R]", field, shown, root=script)
    image = decoded(asked(data, Kind.PDF).pages[0])
    # The form's highlight may lie over it.
    red, green, blue = image.getpixel((image.width // 4, 200))  # type: ignore[misc]
    assert red > green + 40
    assert red > blue + 40
    assert looks_like(image, (image.width * 3 // 4, 200), (255, 255, 255))


def test_no_byte_of_metadata_remains() -> None:
    exif = Image.Exif()
    exif[0x010F] = "CANARY-MAKER"
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 29: "CANARY-GPS"})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = picture_in(
        "JPEG",
        exif=exif,
        icc_profile=profile,
        xmp=b"<x:xmpmeta>CANARY-XMP</x:xmpmeta>",
        comment=b"CANARY-COMMENT",
    )
    assert data.count(b"CANARY") == 4
    [preview] = asked(data, Kind.JPEG).pages
    assert (preview.width, preview.height) == (32, 64)
    assert b"CANARY" not in preview.webp
    # One chunk, and it holds pixels.
    assert preview.webp[12:16] == b"VP8 "
    assert 20 + struct.unpack("<I", preview.webp[16:20])[0] == len(preview.webp)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_ends_upright(orientation: int) -> None:
    upright = Image.new("RGB", (60, 40), (255, 255, 255))
    upright.paste(RED, (0, 0, 30, 20))
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = upright
    if orientation > 1:
        stored = upright.transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    target = io.BytesIO()
    stored.save(target, "PNG", exif=exif)
    image = rendering_child.scaled(rendering_child.opened("png", target.getvalue()))
    assert image.tobytes() == upright.tobytes()


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("jpeg", "CMYK"), ("jpeg", "L"), ("png", "1"), ("png", "I;16"), ("png", "P"), ("gif", "L")],
)
def test_every_colour_mode_becomes_rgb(kind: str, mode: str) -> None:
    data = io.BytesIO()
    Image.new("L", (3000, 20), 128).convert(mode).save(data, kind)
    image = rendering_child.scaled(rendering_child.opened(kind, data.getvalue()))
    assert (image.mode, image.size) == ("RGB", (1600, 11))


def test_what_is_transparent_stays_so() -> None:
    data = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 255, 0, 0)).save(data, "PNG")
    image = rendering_child.scaled(rendering_child.opened("png", data.getvalue()))
    preview = rendering_child.encode(1, image)
    assert Image.open(io.BytesIO(preview.webp)).getpixel((4, 4))[3] == 0  # type: ignore[index]


BOMBS: dict[str, tuple[Kind, Callable[[], bytes], str]] = {
    "png, 400 million pixels": (Kind.PNG, lambda: png(20_000, 20_000), "too-large"),
    "png, colour profile": (
        Kind.PNG,
        lambda: png(8, 8, chunk(b"iCCP", b"x\0\0" + zeros(80))),
        "damaged",
    ),
    "png, text": (Kind.PNG, lambda: png(8, 8, chunk(b"zTXt", b"x\0\0" + zeros(80))), "damaged"),
    "gif, screen": (Kind.GIF, lambda: gif(65_535, 65_535, (1, 1)), "too-large"),
    "gif, frame": (Kind.GIF, lambda: gif(1, 1, (65_535, 65_535)), "too-large"),
    "webp": (Kind.WEBP, huge_webp, "too-large"),
    "heic": (Kind.HEIC, huge_heic, "too-large"),
    "pdf, a billion laughs": (Kind.PDF, laughing_pdf, "too-large"),
    "pdf, content": (
        Kind.PDF,
        lambda: page(stream(zlib.compress(zeros(500)), b"/Filter[/FlateDecode/FlateDecode]")),
        "too-large",
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_does_not_go_off(name: str) -> None:
    kind, made, expected = BOMBS[name]
    assert reason(made(), kind) == expected


def test_what_never_ends_is_ended() -> None:
    began = time.monotonic()
    assert reason(endless_pdf(), seconds=1.0) == "took-too-long"
    assert time.monotonic() - began < 3


def test_a_giant_page_is_scaled_down() -> None:
    box = b"/MediaBox[0 0 1000000000 100000]"
    [preview] = asked(page(stream(b""), box), Kind.PDF).pages
    assert max(preview.width, preview.height) <= 1600


def test_a_giant_image_in_a_page_is_left_out() -> None:
    entries = b"/Type/XObject/Subtype/Image/Width 40000/Height 40000/BitsPerComponent 8"
    entries += b"/ColorSpace/DeviceRGB/Filter/FlateDecode"
    uses = b"/Resources<</XObject<</X 5 0 R>>>>"
    data = page(stream(b"99 0 0 99 0 0 cm /X Do"), uses, stream(zeros(40), entries))
    assert len(asked(data, Kind.PDF).pages) == 1


def test_ten_thousand_pages_cost_no_more_than_the_one_asked_for() -> None:
    rendered = asked(pages(10_000), Kind.PDF, 9_999, 1)
    assert rendered.page_count == 10_000
    assert [one.number for one in rendered.pages] == [9_999]


@pytest.mark.parametrize("kind", [*SAMPLES, Kind.HEIC, Kind.PDF])
def test_damaged_files_have_no_preview(kind: Kind) -> None:
    whole = SAMPLES.get(kind, HEIC)
    assert reason(b"" if kind is Kind.PDF else whole[: len(whole) * 2 // 3], kind) == "damaged"


def test_a_document_without_pages_is_damaged() -> None:
    assert reason(pdf(b"<</Type/Pages/Count 0/Kids[]>>")) == "damaged"


@pytest.mark.parametrize("filtered", [b"/Standard", b"/Adobe.PubSec"])
def test_encrypted_documents_say_so(filtered: bytes) -> None:
    password = b"<%s>" % (b"41" * 32)
    lock = b"/Encrypt<</Filter%s/V 1/R 2/P -4/O%s/U%s>>" % (filtered, password, password)
    data = page(stream(b""), trailer=lock + b"/ID[<00><00>]")
    assert reason(data) == "encrypted"

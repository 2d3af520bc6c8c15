"""Photographs: where the picture really ends, and what phones put behind it."""

import io
import struct

import pytest
from PIL import Image

from siegel.files import image_limits
from siegel.files.jpegs import LONGEST_NOTE
from tests.files import samples
from tests.files.inspecting import outcome

PHOTO = samples.jpeg()
# The longest note still accepted, and a little more: neither a picture nor a film nor zeros.
NOISE = samples.noise(1)
END = PHOTO.rindex(b"\xff\xd9")


def _photo(**options: object) -> bytes:
    """Of many colours, so that its packed data are long and have every byte in them."""
    written = io.BytesIO()
    Image.frombytes("RGB", (640, 480), NOISE[: 640 * 480 * 3]).save(written, "JPEG", **options)
    return written.getvalue()


LARGE = _photo(quality=95)


@pytest.mark.parametrize(
    "data",
    [
        samples.motion_photo(),
        samples.motion_photo(padding=4096),
        samples.motion_photo(padding=3),
        samples.motion_photo(padding=2),
        samples.motion_photo() + b"v2_f29      LIVE_2026000",
        samples.motion_photo() + bytes(300_000),
        samples.samsung_photo(),
        LARGE + samples.jpeg(300, 200),  # the multi-picture format, and what stands between
        LARGE + bytes(20_000) + LARGE + bytes(70_000) + samples.film(),
        LARGE + samples.film(50)[:-1],  # cut, as some programs do; short enough for a note
        LARGE + NOISE[:LONGEST_NOTE],
        _photo(progressive=True),
        _photo(restart_marker_blocks=1),
        _photo(comment=b"\xff\xd9" * 100),
        PHOTO[:END] + b"\xff\xff\xff" + PHOTO[END:],
    ],
    ids=range(15),
)  # fmt: skip - one photograph a line
def test_what_phones_and_cameras_write_is_accepted(data: bytes) -> None:
    assert outcome(data, "photo.jpg") == "jpeg"


def test_a_thumbnail_does_not_end_the_picture_around_it() -> None:
    thumbnail = b"Exif\0\0" + samples.jpeg(40, 30)
    segment = b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail
    data = PHOTO[:2] + segment + PHOTO[2:]
    assert outcome(data) == "jpeg"
    assert outcome(data[: data.rindex(b"\xff\xd9")]) == "damaged"


def test_marks_on_the_edge_of_a_block_are_found() -> None:
    """Packed data are read in blocks of 64 KiB; the two bytes of a mark may lie in two of them."""
    start = PHOTO.index(b"\xff\xda") + 14
    for length in range(65_530, 65_545):
        data = PHOTO[:start] + b"a" * length + b"\xff\xd9"
        assert outcome(data) == "jpeg"
        assert outcome(data[:-1]) == "damaged"
        assert outcome(data[:-2]) == "damaged"
        assert outcome(data[:-2] + b"\xff\x00") == "damaged"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (PHOTO[:2] + b"\xff\xd9", "damaged"),  # an end without a picture
        (PHOTO[:20] + b"\0\xfe\0\2" + PHOTO[20:], "damaged"),  # no mark where one must be
        (PHOTO + PHOTO[:-2], "damaged"),  # the second picture is cut
        (PHOTO + NOISE[: LONGEST_NOTE + 1], "disguised"),
        (PHOTO + samples.film(100)[:-1], "disguised"),
        (PHOTO + bytes(9000) + NOISE[: LONGEST_NOTE + 1], "disguised"),
        (samples.motion_photo() + NOISE[: LONGEST_NOTE + 1], "disguised"),
        (PHOTO + bytes(2000) + samples.exe() + NOISE, "disguised"),
        (samples.with_zip_behind(samples.motion_photo()), "disguised"),
        (samples.with_zip_behind(samples.samsung_photo()), "disguised"),
        (samples.motion_photo() + samples.zip_of({"a.txt": b"x"}) + bytes(90_000), "disguised"),
        (LARGE + samples.html() + samples.film(), "disguised"),
    ],
)
def test_what_is_no_photograph_behind_one_is_refused(data: bytes, code: str) -> None:
    assert outcome(data) == code


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (-4, b"SEFX"),
        (-8, struct.pack("<I", 0x7FFFFFFF)),
        (-8, struct.pack("<I", 4)),
        (-44 + 16, struct.pack("<I", 0x7FFFFFFF)),  # blocks that would begin before the file
    ],
)
def test_a_list_of_blocks_that_leads_nowhere_excuses_nothing(place: int, value: bytes) -> None:
    data = bytearray(samples.samsung_photo())
    assert data[-44:-40] == b"SEFH"
    data[len(data) + place : len(data) + place + 4] = value
    assert outcome(bytes(data)) == "disguised"


def test_a_list_of_no_blocks_is_a_note() -> None:
    head = b"SEFH" + struct.pack("<II", 106, 0)
    assert outcome(PHOTO + head + struct.pack("<I", len(head)) + b"SEFT") == "jpeg"


def test_a_walk_behind_the_picture_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_limits, "MOST_BLOCKS", 50)
    assert outcome(PHOTO + PHOTO) == "jpeg"
    assert outcome(PHOTO + PHOTO * 20) == "archive-bomb"
    assert outcome(PHOTO + b"\0\0\0\x08ftyp" + b"\0\0\0\x08free" * 60) == "archive-bomb"

"""A real clamd finds what is in files, and what it has not said is no verdict."""

import io
import re
import tracemalloc
import zipfile
from collections.abc import Iterator

import pytest
from django.test import override_settings

from siegel.files.clamd import (
    CHUNK_BYTES,
    ScannerUnavailable,
    Verdict,
    is_configured,
    scan,
    scanner_version,
)
from tests.clamd import EICAR, EICAR_ANYWHERE, Clamd, needs_clamd, real_clamd

pytestmark = needs_clamd
MEGABYTE = 1024 * 1024


class Endless(io.RawIOBase):
    """A file of zeros that exists nowhere, with something at its end."""

    def __init__(self, size: int, ending: bytes = b"") -> None:
        self.size, self.ending = size, ending
        self.at = 0
        self.largest_read = 0

    def read(self, size: int = -1) -> bytes:
        self.largest_read = max(self.largest_read, size)
        left = self.size - self.at
        if left <= 0:
            text, self.ending = self.ending, b""
            return text
        self.at += min(size, left)
        return bytes(min(size, left))


@pytest.fixture(scope="module")
def shared() -> Iterator[Clamd]:
    with real_clamd() as scanner:
        yield scanner


@pytest.fixture(params=["unix", "tcp"])
def scanner(shared: Clamd, request: pytest.FixtureRequest) -> Iterator[Clamd]:
    with override_settings(SIEGEL_CLAMD=getattr(shared, request.param)):
        yield shared


def zipped(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("letter.txt", content)
    return packed.getvalue()


def test_it_is_configured(scanner: Clamd) -> None:
    assert is_configured()


def test_the_version_names_the_signatures(scanner: Clamd) -> None:
    assert re.fullmatch(r"ClamAV [\d.]+/1/\w{3} \w{3} [ \d:]+", scanner_version())


@pytest.mark.parametrize("content", [b"Dear Ms Brandt", zipped(b"Dear Ms Brandt")])
def test_a_clean_file_is_clean(scanner: Clamd, content: bytes) -> None:
    assert scan(io.BytesIO(content)) == Verdict(
        infected=False, signature="", scanner=scanner_version()
    )


@pytest.mark.parametrize(
    "content",
    [
        EICAR,
        b"Dear Ms Brandt, " + EICAR,
        zipped(EICAR),
        zipped(zipped(b"see: " + EICAR)),
        b" " * (CHUNK_BYTES - 30) + EICAR,
    ],
    ids=["alone", "in a text", "zipped", "zipped twice", "across two chunks"],
)
def test_a_test_virus_is_found(scanner: Clamd, content: bytes) -> None:
    verdict = scan(io.BytesIO(content))
    assert verdict.infected
    assert verdict.signature.startswith(EICAR_ANYWHERE)
    assert verdict.scanner == scanner_version()


def test_a_file_that_was_left_at_its_end_is_not_called_clean(scanner: Clamd) -> None:
    file = io.BytesIO(EICAR)
    file.read()
    with pytest.raises(ScannerUnavailable, match="Nothing of the file"):
        scan(file)


def test_100_megabytes_pass_through_memory_in_chunks(scanner: Clamd) -> None:
    file = Endless(99 * MEGABYTE, EICAR)
    tracemalloc.start()
    try:
        verdict = scan(file)  # type: ignore[arg-type] # reads like a BinaryIO
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert verdict.infected, "the end was scanned too"
    assert peak < 2 * MEGABYTE
    assert file.largest_read == CHUNK_BYTES


@pytest.mark.parametrize("how", ["unix", "tcp"])
def test_a_file_that_is_too_long_for_clamd_is_not_scanned(how: str) -> None:
    with (
        real_clamd(stream_max="1M") as scanner,
        override_settings(SIEGEL_CLAMD=getattr(scanner, how)),
    ):
        assert not scan(io.BytesIO(bytes(MEGABYTE))).infected
        for size in (MEGABYTE + 1, 50 * MEGABYTE):
            with pytest.raises(ScannerUnavailable, match="Raise StreamMaxLength in clamd"):
                scan(io.BytesIO(bytes(size)))
        assert scan(io.BytesIO(EICAR)).infected, "it goes on as before"


def test_new_signatures_make_older_verdicts_outdated() -> None:
    with real_clamd() as scanner:
        before = scan(io.BytesIO(b"a new kind of virus"))
        assert not before.infected
        assert before.scanner == scanner_version()
        scanner.add_signature("Siegel.Test.New", b"new kind of virus")
        assert before.scanner != scanner_version()
        after = scan(io.BytesIO(b"a new kind of virus"))
        assert (after.infected, after.scanner) == (True, scanner_version())
        assert after.signature.startswith("Siegel.Test.New")


def test_a_scanner_that_died_scans_nothing_until_it_is_back() -> None:
    with real_clamd() as scanner:
        scanner.stop()
        with pytest.raises(ScannerUnavailable, match="No such file or directory"):
            scan(io.BytesIO(EICAR))
        scanner.start()
        assert scan(io.BytesIO(EICAR)).infected


def test_a_read_that_fails_leaves_no_verdict_and_no_doubt(scanner: Clamd) -> None:
    class Damaged(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError("a block does not authenticate")
            return super().read(10)

    with pytest.raises(OSError, match="does not authenticate"):
        scan(Damaged(bytes(100)))
    assert scan(io.BytesIO(EICAR)).infected

"""Verdicts of scans that overtake each other."""

from collections.abc import Iterator
from unittest import mock

import pytest

from siegel.files import clamd
from siegel.files.clamd import ScannerUnavailable, Verdict
from siegel.files.models import Scan, StoredFile
from siegel.files.probing import hand_over
from siegel.files.scanning import scan_again
from siegel.tenancy.context import serving
from tests.cast import Organisation


@pytest.fixture
def file(bank: Organisation) -> Iterator[StoredFile]:
    with serving(bank.tenant):
        yield hand_over(b"one of the people's files")


def test_an_older_verdict_does_not_undo_a_newer_one(file: StoredFile) -> None:
    verdicts = [Verdict(False, "", "v1"), Verdict(True, "Evil", "v2")]

    def slow(source: object) -> Verdict:
        verdict = verdicts.pop(0)
        if verdict.scanner == "v1":  # While it looked, a scan with newer signatures came in.
            StoredFile.objects.update(scan=Scan.INFECTED, scanner="v2")
        return verdict

    with mock.patch.object(clamd, "scan", slow):
        assert scan_again(file)
    assert verdicts == []
    assert StoredFile.objects.get().scan == file.scan == Scan.INFECTED


def test_scans_that_keep_overtaking_each_other_are_put_off(file: StoredFile) -> None:
    count = 0

    def overtaken(source: object) -> Verdict:
        nonlocal count
        count += 1
        StoredFile.objects.update(scanner=f"v{count}")
        return Verdict(False, "", "slow")

    with mock.patch.object(clamd, "scan", overtaken), pytest.raises(ScannerUnavailable):
        scan_again(file)
    assert count == 3


def test_the_first_scan_of_a_file_without_one_is_a_change(file: StoredFile) -> None:
    with mock.patch.object(clamd, "scan", return_value=Verdict(False, "", "v1")):
        assert scan_again(file)
        assert not scan_again(file)
    assert file.scan == Scan.CLEAN

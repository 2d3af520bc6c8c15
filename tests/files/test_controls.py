"""The claims about files pass on a sound installation, and each planted failure is seen."""

import uuid
from collections.abc import Iterator
from unittest import mock

import pytest

from siegel.claims.control import Control
from siegel.files import clamd, objects, scan_truth, sealed_at_rest
from siegel.files.clamd import ScannerUnavailable, Verdict
from siegel.files.controls import CONTROLS
from siegel.files.kinds import RefusedFile
from siegel.files.models import Preview, StoredFile
from siegel.files.probing import hand_over
from siegel.files.scan_truth import examine_scans
from siegel.files.sealed_at_rest import examine_attachments
from siegel.files.uploading import Sender, begin_upload, keep_part
from siegel.tenancy.availability import Unavailable
from siegel.tenancy.context import ServedTenant, serving
from siegel.vault import keyring
from tests.cast import Organisation


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
def test_it_passes_and_its_canary_bites(bank: Organisation, control: Control) -> None:
    with serving(bank.tenant):
        hand_over(b"one of the people's files")
    check, canary = control.check(), control.canary()
    assert (check.is_complete, check.faults) == (True, ())
    assert canary.is_complete
    assert canary.faults


def test_a_file_of_anybody_that_does_not_open_is_found(bank: Organisation) -> None:
    with serving(bank.tenant):
        damaged, short, lost = (hand_over(b"%d" % n * 100) for n in range(3))
        path = objects.path_of(damaged.object)
        path.write_bytes(path.read_bytes()[:-1])
        StoredFile.objects.filter(pk=short.pk).update(size=5)
        objects.delete(lost.object)
    faults = examine_attachments().faults
    assert len(faults) == 3
    assert {str(damaged.object), str(short.object), str(lost.object)} == {
        word for fault in faults for word in fault.split() if len(word) == 36
    }


@pytest.mark.parametrize("purpose", list(objects.Purpose))
def test_what_goes_while_it_is_looked_at_is_no_fault(
    bank: Organisation, purpose: objects.Purpose
) -> None:
    with serving(bank.tenant):
        file = hand_over(b"one of the people's files")
        upload = begin_upload(Sender(uuid.uuid4(), "contact:x", is_visitor=True), "a.txt", 3)
        Preview.objects.create(file=file, page=1, object=uuid.uuid4())
        keep_part(upload, 1, "", uuid.uuid4())
        objects.delete(file.object)
    look = sealed_at_rest._wrong

    def late(tenant: ServedTenant, row: sealed_at_rest.Row) -> Iterator[str]:
        found = [*look(tenant, row)]
        if tenant.id == bank.tenant.id and row.purpose == purpose:
            sealed_at_rest.NAMED_BY[purpose]._default_manager.filter(object=row.object).delete()
        return iter(found)

    with mock.patch.object(sealed_at_rest, "_wrong", late):
        faults = examine_attachments().faults
    told = {kind for kind in objects.Purpose if any(f"a {kind} of" in fault for fault in faults)}
    # With a file go its pictures.
    gone = {purpose} | ({objects.Purpose.PREVIEW} if purpose == objects.Purpose.FILE else set())
    assert told == set(objects.Purpose) - gone


def test_an_object_bound_to_nothing_is_found() -> None:
    """As if the object's place and purpose were not part of what is sealed."""
    with (
        mock.patch.object(objects, "context_of", return_value=b""),
        mock.patch.object(keyring, "sealing", lambda owner, real=keyring.sealing: real(first())),
    ):
        faults = examine_attachments().faults
    assert any("another tenant's key" in fault for fault in faults)
    assert any("moved to another tenant" in fault for fault in faults)
    assert any("another purpose" in fault for fault in faults)


def first() -> str:
    """The same tenant's id whoever asks."""
    from siegel.tenancy.models import Tenant

    return str(Tenant.objects.order_by("pk").first().pk)  # type: ignore[union-attr] # there is one


def scanned(verdict: Verdict | Exception) -> tuple[str, ...]:
    def scan(file: object) -> Verdict:
        file.read()  # type: ignore[attr-defined] # a stream
        if isinstance(verdict, Exception):
            raise verdict
        return verdict

    with (
        mock.patch.object(clamd, "is_configured", return_value=True),
        mock.patch.object(clamd, "scan", scan),
    ):
        return examine_scans().faults


def test_a_scanner_that_calls_everything_clean_is_found() -> None:
    assert scanned(Verdict(False, "", "blind")) == ("the scanners' test file is shown as clean",)


def test_a_scanner_that_is_away_is_found() -> None:
    (fault,) = scanned(ScannerUnavailable("away"))
    assert "files wait" in fault


def test_a_test_file_that_is_refused_without_a_scanner_is_found() -> None:
    def refusing(content: bytes) -> StoredFile:
        if content == scan_truth.EICAR:
            raise RefusedFile("script")
        return hand_over(content)

    with mock.patch.object(scan_truth, "hand_over", refusing):
        assert examine_scans().faults == ("the scanners' test file is refused as script",)


def test_a_scanner_that_finds_the_test_file_passes() -> None:
    def scan(file: object) -> Verdict:
        content = file.read()  # type: ignore[attr-defined] # a stream
        return Verdict(content == scan_truth.EICAR, "Eicar", "a scanner")

    with (
        mock.patch.object(clamd, "is_configured", return_value=True),
        mock.patch.object(clamd, "scan", scan),
    ):
        assert examine_scans().faults == ()


def test_states_that_nothing_explains_are_found(bank: Organisation) -> None:
    def odd(content: bytes) -> StoredFile:
        file = hand_over(content)
        file.scan = "clean"
        return file

    with mock.patch.object(scan_truth, "hand_over", odd):
        faults = examine_scans().faults
    assert "a harmless file is shown as clean" in faults


def test_the_probes_leave_nothing_behind(bank: Organisation) -> None:
    from siegel.tenancy.models import Tenant

    examine_attachments()
    assert [tenant.pk for tenant in Tenant.objects.all()] == [bank.tenant.id]


def test_a_tenant_that_does_not_open_is_a_fault_of_its_own(bank: Organisation) -> None:
    with mock.patch.object(
        sealed_at_rest, "open_database", side_effect=Unavailable("CannotBeOpened")
    ):
        faults = examine_attachments().faults
    assert f"{bank.tenant.id} cannot be examined: it does not open" in faults


def test_a_planted_failure_that_nobody_notices_fails_the_whole_canary() -> None:
    blind = mock.patch.object(sealed_at_rest, "_wrong", return_value=iter(()))
    with blind:
        assert sealed_at_rest.plant_each().faults == ()

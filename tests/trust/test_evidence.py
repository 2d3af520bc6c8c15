"""Runs become rows of the chain, with what they found and one signed head, or nothing at all."""

import base64
import datetime as dt
import hashlib
import json
import threading
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db import connections
from django.utils import timezone

from siegel.audit import trail
from siegel.claims.state import Part
from siegel.tenancy.key_rotation import rotate_signing_key
from siegel.trust.discovery import all_controls
from siegel.trust.evidence import (
    LATEST,
    OPERATOR,
    SCHEDULER,
    EvidenceBroken,
    Outcome,
    begin_anew,
    check_recordable,
    record,
)
from siegel.trust.ledger import ledger
from siegel.trust.models import EvidenceEntry, EvidenceHead, RunFault, StateChange
from siegel.trust.program import VERSION
from siegel.trust.signing import replace_signing_key
from siegel.trust.verifying import verify_evidence
from siegel.vault import signing_key
from siegel.vault.signing_key import Signature, SigningKeyUnavailable
from tests.trust.histories import both, outcome, recorded, stored
from tests.trust.tampering import signed_by_a_stranger


def test_a_row_says_what_ran_and_names_no_fault() -> None:
    record(both(), OPERATOR)
    check, canary = EvidenceEntry.objects.all()
    assert (check.seq, check.actor, check.action, check.subject) == (
        1, "operator", "control.check", "x-test",
    )  # fmt: skip
    assert check.detail == {
        "tenant": "",
        "version": VERSION,
        "source": "5" * 64,
        "examined": 3,
        "expected": None,
        "what": {"de": "drei Dinge, geprüft", "en": "three things"},
        "faults": 0,
        "evidence": hashlib.sha256(b"").hexdigest(),
        "error": "",
        "milliseconds": 120,
    }
    assert canary.action == "control.canary"
    assert canary.detail["evidence"] == hashlib.sha256(b"a planted failure").hexdigest()
    fault = RunFault.objects.get()
    assert (fault.seq, str(fault)) == (2, "a planted failure")
    assert "planted" not in json.dumps(canary.detail)


def test_an_outsider_can_recompute_rows_heads_and_signatures() -> None:
    """With nothing of the product but the public key."""
    for _ in range(3):
        record(both(), SCHEDULER)
    previous = "0" * 64
    for row in stored():
        assert (row.previous, row.digest) == (previous, row.honest_digest())
        previous = row.digest
    (key,) = signing_key.public_keys()
    assert key.id == hashlib.sha256(key.raw).hexdigest()[:16]
    before = "0" * 64
    for head in EvidenceHead.objects.all():
        said = {
            "at": head.at.isoformat(timespec="microseconds"), "digest": head.digest,
            "key": key.id, "previous": before, "seq": head.seq, "version": VERSION,
        }  # fmt: skip
        text = json.dumps(said, sort_keys=True, separators=(",", ":"))
        message = b"siegel head v1\n" + text.encode()
        signature = base64.b64decode(head.signature)
        Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, message)
        before = hashlib.sha256(message).hexdigest()
        assert head.digest == stored()[head.seq - 1].digest
    assert [str(head) for head in EvidenceHead.objects.all()] == [
        f"{seq}:{stored()[seq - 1].digest}" for seq in (2, 4, 6)
    ]


def test_no_runs_write_nothing() -> None:
    assert record([], SCHEDULER) is None
    assert not EvidenceEntry.objects.exists()


def test_what_cannot_be_signed_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded(*both())

    def refuse(_: bytes) -> Signature:
        raise SigningKeyUnavailable("gone")

    monkeypatch.setattr(signing_key, "sign", refuse)
    with pytest.raises(SigningKeyUnavailable):
        record(both(), SCHEDULER)
    assert EvidenceEntry.objects.count() == 2
    assert RunFault.objects.count() == 1


@pytest.mark.parametrize("left", [3, 2, 0])
def test_nothing_is_written_in_the_place_of_rows_that_were_cut_off(left: int) -> None:
    for _ in range(2):
        recorded(*both())
    EvidenceEntry.objects.filter(seq__gt=left).delete()
    with pytest.raises(EvidenceBroken, match=f"ends with row {left}, and row 4 was signed"):
        record(both(), SCHEDULER)
    assert EvidenceEntry.objects.count() == left
    assert EvidenceHead.objects.count() == 2


def forge() -> None:
    """Rows as they look when the check has passed, by somebody who has the database and no key."""
    trail.append([each.event(SCHEDULER) for each in both()], EvidenceEntry)


def test_what_others_have_appended_is_not_signed() -> None:
    recorded(*both())
    forge()
    with pytest.raises(EvidenceBroken, match="Row 4 of the evidence is below no signed head"):
        record(both(), SCHEDULER)
    with pytest.raises(EvidenceBroken):
        check_recordable()
    assert EvidenceEntry.objects.count() == 4


def test_rows_in_the_places_of_others_are_not_signed() -> None:
    recorded(*both())
    recorded(outcome(Part.CHECK, faults=2), outcome(Part.CANARY))
    EvidenceHead.objects.filter(seq=4).delete()
    EvidenceEntry.objects.filter(seq__gt=2).delete()
    forge()
    with pytest.raises(EvidenceBroken, match="somebody else wrote it, or took the head away"):
        record(both(), SCHEDULER)


def test_nothing_follows_a_head_in_another_hand() -> None:
    recorded(*both())
    forge()
    signed_by_a_stranger()
    with pytest.raises(EvidenceBroken, match="No key of this installation has signed head 4"):
        record(both(), SCHEDULER)


@pytest.fixture
def kept_key() -> Iterator[None]:
    """Whatever becomes of the signing key is undone."""
    path = settings.SIEGEL_KEYS / signing_key.FILE
    before = path.read_bytes()
    yield
    path.write_bytes(before)


@pytest.mark.usefixtures("kept_key")
def test_another_key_begins_with_a_row_of_its_own() -> None:
    recorded(*both())
    made = replace_signing_key()
    row, head = EvidenceEntry.objects.last(), EvidenceHead.objects.last()
    assert row is not None
    assert head is not None
    assert (row.seq, row.actor, row.action, row.subject) == (
        3, "operator", "evidence.key-replaced", made,
    )  # fmt: skip
    assert (head.seq, head.key) == (3, made)
    recorded(*both())
    assert verify_evidence().heads == 3
    assert ledger(fresh=True).head is not None


@pytest.mark.usefixtures("kept_key")
def test_the_row_of_another_key_is_not_lost_with_the_process_that_made_it() -> None:
    recorded(*both())
    made = rotate_signing_key()  # And here it was killed.
    recorded(outcome(Part.CHECK, faults=2), outcome(Part.CANARY))
    rows = EvidenceEntry.objects.filter(seq__gt=2).values_list("seq", "actor", "action", "subject")
    assert list(rows) == [
        (3, "operator", "evidence.key-replaced", made),
        (4, "scheduler", "control.check", "x-test"),
        (5, "scheduler", "control.canary", "x-test"),
    ]
    # Each fault with the row that it belongs to.
    assert list(RunFault.objects.values_list("seq", flat=True)) == [2, 5]
    recorded(*both())
    assert EvidenceEntry.objects.filter(action="evidence.key-replaced").count() == 1
    assert verify_evidence().heads == 3


@pytest.mark.usefixtures("kept_key")
def test_who_records_between_the_new_key_and_its_row_writes_it() -> None:
    recorded(*both())
    made = rotate_signing_key()
    recorded(*both())
    head = begin_anew(made)
    assert (head.seq, head.key) == (5, made)
    assert EvidenceEntry.objects.filter(action="evidence.key-replaced").count() == 1


@pytest.mark.usefixtures("kept_key")
def test_after_a_loss_somebody_vouches_for_what_is_there() -> None:
    recorded(*both())
    (settings.SIEGEL_KEYS / signing_key.FILE).unlink()
    with pytest.raises(SigningKeyUnavailable):
        replace_signing_key()
    made = replace_signing_key(after_loss=True)
    record(both(), SCHEDULER)
    head = EvidenceHead.objects.last()
    assert head is not None
    assert (head.seq, head.key) == (5, made)


@pytest.mark.usefixtures("kept_key")
def test_a_key_is_not_replaced_over_evidence_that_does_not_hold() -> None:
    recorded(*both())
    before = signing_key.key_in_use()
    forge()
    for after_loss in (False, True):
        with pytest.raises(EvidenceBroken):
            replace_signing_key(after_loss=after_loss)
    assert signing_key.key_in_use() == before


def test_a_key_that_is_changed_meanwhile_signs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_key, "key_in_use", lambda: "0" * 16)
    with pytest.raises(SigningKeyUnavailable, match="meanwhile"):
        record(both(), SCHEDULER)
    assert not EvidenceEntry.objects.exists()


def test_two_at_once_do_not_interleave() -> None:
    def write(control: str) -> None:
        for _ in range(5):
            record([outcome(part, control) for part in Part] * 3, SCHEDULER)
        connections.close_all()

    threads = [threading.Thread(target=write, args=(f"x-{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify_evidence().heads == 15
    subjects = list(EvidenceEntry.objects.values_list("subject", flat=True))
    assert len(subjects) == 90
    for start in range(0, 90, 6):
        assert len(set(subjects[start : start + 6])) == 1


def test_what_is_recorded_too_late_proves_nothing() -> None:
    """The machine slept after a check had passed; its row would say that it passed just now."""
    now = timezone.now()
    asleep = outcome(Part.CHECK, began=now - LATEST - dt.timedelta(seconds=1))
    awake = outcome(Part.CANARY, began=now - LATEST + dt.timedelta(seconds=30))
    record([asleep, awake], SCHEDULER)
    check, canary = EvidenceEntry.objects.order_by("seq")
    assert (check.detail["error"], check.detail["examined"]) == ("late", 0)
    assert (canary.detail["error"], canary.detail["faults"]) == ("", 1)


def test_check_and_canary_together_are_in_time() -> None:
    assert all(control.timeout * 2 < LATEST for control in all_controls())


def test_rows_can_be_told_in_words() -> None:
    record([outcome(Part.CHECK)], SCHEDULER)
    assert str(EvidenceEntry.objects.get()) == "1 control.check"
    assert str(StateChange(control="x-test", after="pass")) == "x-test pass"


def test_the_evidence_is_of_the_texts_that_are_kept() -> None:
    two = Outcome(
        control="x", tenant="", part=Part.CHECK, source="", milliseconds=0, faults=2,
        texts=("ä", "b"),
    )  # fmt: skip
    assert two.evidence == hashlib.sha256("ä\nb".encode()).hexdigest()

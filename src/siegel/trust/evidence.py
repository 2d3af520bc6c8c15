"""Writing down what was run: rows of the chain, faults for the operator, one signed head."""

import contextlib
import datetime as dt
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from siegel.audit import trail
from siegel.claims.control import Text
from siegel.claims.state import LATE, Part
from siegel.trust.heads import ends, is_signed, link_of, message_of
from siegel.trust.models import EvidenceEntry, EvidenceHead, RunFault
from siegel.trust.program import VERSION
from siegel.trust.rows import ACTIONS
from siegel.vault import signing_key
from siegel.vault.private_files import open_lock_file

SCHEDULER, OPERATOR = "scheduler", "operator"
# A row is dated when it is recorded. What began longer before would seem fresher than it is, as
# after a machine was asleep: longer than any check and its canary may take together.
LATEST = dt.timedelta(minutes=25)
TOGETHER_SECONDS = 15.0


class EvidenceBroken(Exception):
    """Signed rows are gone, or others are there that nobody signed; nothing may follow them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one execution brought, redacted; the fields are those of claims.state.Run.

    `faults` is how many there were, `texts` tells them as far as they are kept. `began` is when
    it began, by the clock of the wall.
    """

    control: str
    tenant: str
    part: Part
    source: str
    milliseconds: int
    examined: int = 0
    expected: int | None = None
    what: Text = Text("", "")  # noqa: RUF009 - frozen as well
    faults: int = 0
    texts: tuple[str, ...] = ()
    error: str = ""
    began: dt.datetime = field(default_factory=timezone.now)

    @property
    def evidence(self) -> str:
        """SHA-256 of the kept texts, one to a line."""
        return hashlib.sha256("\n".join(self.texts).encode()).hexdigest()

    def recorded_at(self, now: dt.datetime) -> "Outcome":
        """Itself, or an error if it is too old to be dated now."""
        if now - self.began <= LATEST:
            return self
        return Outcome(
            control=self.control,
            tenant=self.tenant,
            part=self.part,
            source=self.source,
            milliseconds=self.milliseconds,
            error=LATE,
        )

    def event(self, actor: str) -> trail.Event:
        """Its row."""
        detail: dict[str, Any] = {
            "tenant": self.tenant,
            "version": VERSION,
            "source": self.source,
            "examined": self.examined,
            "expected": self.expected,
            "what": {"de": self.what.de, "en": self.what.en},
            "faults": self.faults,
            "evidence": self.evidence,
            "error": self.error,
            "milliseconds": self.milliseconds,
        }
        return trail.Event(actor, ACTIONS[self.part], self.control, detail)


def record(outcomes: Sequence[Outcome], actor: str) -> EvidenceHead | None:
    """Append runs, their faults and a signed head in one transaction; None if there are no runs.

    If another key signs than the newest head's, the row that tells so comes before them: whoever
    made it may have been killed before `begin_anew`. Raises
    vault.signing_key.SigningKeyUnavailable, and nothing is written then: what nobody signs would
    prove nothing. Raises EvidenceBroken likewise.
    """
    if not outcomes:
        return None
    with _one_at_a_time(), transaction.atomic(using="default"):
        head = _signed_end()
        now = timezone.now()
        outcomes = [outcome.recorded_at(now) for outcome in outcomes]
        replaced = _replacement(head, signing_key.key_in_use())
        first = (head.seq if head else 0) + len(replaced) + 1
        events = [outcome.event(actor) for outcome in outcomes]
        trail.append([*replaced, *events], EvidenceEntry)
        RunFault.objects.bulk_create(
            RunFault(seq=seq, text=text)
            for seq, outcome in enumerate(outcomes, start=first)
            for text in outcome.texts
        )
        return _sign_head()


class Recording:
    """Records what it is given, together what ends within seconds: each head is one more for ever.

    To be closed at the end; raises what `record` raises.
    """

    def __init__(self, actor: str) -> None:
        self._actor = actor
        self._waiting: list[Outcome] = []
        self._since = time.monotonic()

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Take both parts of a control, as they end."""
        self._waiting += outcomes
        if time.monotonic() - self._since >= TOGETHER_SECONDS:
            self.close()

    def close(self) -> None:
        """Record what waits; what could not be recorded goes on waiting."""
        record(self._waiting, self._actor)
        self._waiting = []
        self._since = time.monotonic()


def check_recordable() -> None:
    """Before anything runs for nothing: raises what `record` would raise."""
    _signed_end()
    signing_key.sign(b"siegel: whether the key signs")


def begin_anew(key: str) -> EvidenceHead:
    """Sign with a new key where the evidence ends, with a row that tells so; its id is `key`.

    Nothing more is written if `record` has been there first. Who calls this vouches for what lies
    below: that its newest head is ours is not looked at. Raises what `record` does.
    """
    with _one_at_a_time(), transaction.atomic(using="default"):
        head = check_ends()
        if head is not None and head.key == key:
            return head
        trail.append([_replaced(key)], EvidenceEntry)
        return _sign_head()


def _replacement(head: EvidenceHead | None, key: str) -> list[trail.Event]:
    """The row that tells of a key that has signed nothing yet; none for the first key of all."""
    return [] if head is None or head.key == key else [_replaced(key)]


def _replaced(key: str) -> trail.Event:
    return trail.Event(OPERATOR, "evidence.key-replaced", key, {"tenant": ""})


def _signed_end() -> EvidenceHead | None:
    """The newest head, which we have signed and which names the newest row.

    None if there is no evidence yet. Raises EvidenceBroken.
    """
    head = check_ends()
    if head is not None and not is_signed(head, signing_key.public_keys()):
        raise EvidenceBroken(
            f"No key of this installation has signed head {head.seq}. Nothing is recorded until "
            "the file of the signing key, or the evidence, is restored from a backup."
        )
    return head


def check_ends() -> EvidenceHead | None:
    """The newest head, which names the newest row; None if there is no evidence yet.

    Raises EvidenceBroken.
    """
    end, signed = ends()
    if signed > end:
        raise EvidenceBroken(
            f"The evidence was cut off: it ends with row {end}, and row {signed} was signed. "
            "Nothing is recorded until it is restored from a backup."
        )
    row = EvidenceEntry.objects.order_by("-seq").first()
    head = EvidenceHead.objects.order_by("-seq").first()
    named = (head.seq, head.digest) if head else None
    if named != ((row.seq, row.digest) if row else None):
        raise EvidenceBroken(
            f"Row {end} of the evidence is below no signed head: somebody else wrote it, or took "
            "the head away. Nothing is recorded until it is restored from a backup."
        )
    return head


def _sign_head() -> EvidenceHead:
    newest = EvidenceEntry.objects.order_by("-seq")[0]
    head = EvidenceHead(
        seq=newest.seq,
        digest=newest.digest,
        # The rows' own time: a clock that is set back in between must not make them newer.
        at=newest.at,
        version=VERSION,
        key=signing_key.key_in_use(),
        previous=link_of(EvidenceHead.objects.order_by("-seq").first()),
    )
    signature = signing_key.sign(message_of(head))
    if signature.key != head.key:
        raise signing_key.SigningKeyUnavailable("The signing key was changed meanwhile.")
    head.signature = signature.text
    head.save(force_insert=True)
    return head


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Wait in the kernel's queue (flock(2)); SQLite's own waiters would poll and starve."""
    path = settings.SIEGEL_DATA / "evidence.lock"
    descriptor = open_lock_file(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)

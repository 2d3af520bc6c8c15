"""What the public page says, for programs: claims, heads and rows as JSON types.

Of another tenant neither a name nor a figure is in it. How many there are is: a check says what it
examined, and of how many. Of another tenant's rows there is only what the chain needs, so that
others can be verified.
"""

import base64
import datetime as dt
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet

from siegel.audit.trail import canonical_time
from siegel.claims.control import Text
from siegel.claims.state import Run
from siegel.tenancy.context import ServedTenant
from siegel.trust.models import EvidenceEntry, EvidenceHead
from siegel.trust.program import VERSION
from siegel.trust.standing import Group, Standing
from siegel.vault.signing_key import SigningKeyUnavailable, public_keys

HEADS = 1_000
ROWS = 5_000


class Unknown(LookupError):
    """There is no claim of this id."""


def claims_as_json(
    groups: Iterable[Group], head: EvidenceHead | None, now: dt.datetime
) -> dict[str, Any]:
    """Every claim with its state, in the order of the page.

    `head` was read before the groups: a newer one might not cover what they rest on.
    """
    claims = [_claim(group, standing) for group in groups for standing in group.standings]
    return _asked(head, now) | {"claims": claims}


def claim_as_json(
    groups: Iterable[Group], identifier: str, head: EvidenceHead | None, now: dt.datetime
) -> dict[str, Any]:
    """One claim alone; raises Unknown. `head` as above."""
    for group in groups:
        for standing in group.standings:
            if standing.claim.id == identifier:
                return _asked(head, now) | _claim(group, standing)
    raise Unknown(identifier)


def heads_as_json(before: int | None = None) -> dict[str, Any]:
    """The public keys, and the signed heads below a number, newest first, HEADS at most.

    No keys if their file is lost: whoever verifies finds that nobody known has signed.
    """
    try:
        keys = public_keys()
    except SigningKeyUnavailable:
        keys = []
    heads = EvidenceHead.objects.order_by("-seq")
    if before is not None:
        heads = heads.filter(seq__lt=before)
    return {
        "keys": [{"id": key.id, "public": base64.b64encode(key.raw).decode()} for key in keys],
        "heads": [
            {
                "seq": head.seq,
                "digest": head.digest,
                "at": canonical_time(head.at),
                "version": head.version,
                "key": head.key,
                "previous": head.previous,
                "signature": head.signature,
            }
            for head in heads[:HEADS]
        ],
    }


def newest_head() -> EvidenceHead | None:
    """Where the evidence ends that was signed."""
    return EvidenceHead.objects.order_by("-seq").first()


def last_row(after: int) -> str:
    """The digest of the last row that `rows_as_json` gives, empty without one: names them all."""
    digests = _behind(after).values_list("digest", flat=True)
    full = list(digests[ROWS - 1 : ROWS])
    return (full or list(digests.reverse()[:1]) or [""])[0]


def rows_as_json(tenant: ServedTenant, after: int) -> Iterator[bytes]:
    """Rows of the evidence behind a number, in order, ROWS at most, a line each.

    One about another tenant is `seq`, `previous` and `digest` alone. What does not say whom it is
    about counts as another's.
    """
    for row in _behind(after)[:ROWS].iterator():
        yield as_line(_row(row, tenant))


def as_line(facts: dict[str, Any]) -> bytes:
    """JSON in one line, with its line feed."""
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _behind(seq: int) -> QuerySet[EvidenceEntry]:
    return EvidenceEntry.objects.filter(seq__gt=seq).order_by("seq")


def _row(row: EvidenceEntry, tenant: ServedTenant) -> dict[str, Any]:
    facts = {"seq": row.seq, "previous": row.previous, "digest": row.digest}
    whose = row.detail.get("tenant") if isinstance(row.detail, dict) else None
    if whose not in ("", tenant.id):
        return facts
    return facts | {
        "at": canonical_time(row.at),
        "actor": row.actor,
        "action": row.action,
        "subject": row.subject,
        "detail": row.detail,
    }


def _asked(head: EvidenceHead | None, now: dt.datetime) -> dict[str, Any]:
    return {
        "at": canonical_time(now),
        "version": VERSION,
        "head": {"seq": head.seq, "digest": head.digest} if head else None,
    }


def _claim(group: Group, standing: Standing) -> dict[str, Any]:
    claim = standing.claim
    return {
        "id": claim.id,
        "heading": group.heading.id,
        "claim": _text(claim.claim),
        "falsifier": _text(claim.falsifier),
        "kind": claim.kind.value,
        "scope": claim.scope.value,
        "state": standing.state.value,
        "reason": _text(standing.reason) if standing.reason else None,
        "max_age_seconds": int(claim.max_age.total_seconds()),
        "until": canonical_time(standing.until) if standing.until else None,
        "check": _run(standing.check),
        "canary": _run(standing.canary),
    }


def _run(run: Run | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "seq": run.seq,
        "at": canonical_time(run.at),
        "milliseconds": run.milliseconds,
        "version": run.version,
        "source": run.source,
        "examined": run.examined,
        "expected": run.expected,
        "what": _text(run.what),
        "faults": run.faults,
        "error": run.error,
        "digest": run.digest,
    }


def _text(text: Text) -> dict[str, str]:
    return {"de": text.de, "en": text.en}

"""`siegel controls`: what is claimed and shown, running the checks, verifying the evidence."""

import json
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from siegel.trust.standing import Standing

COLUMNS = ("id", "state", "examined", "expected", "canary", "seconds", "age")
Prepare = Callable[[], None]


@click.group()
def controls() -> None:
    """List the claims and their states, run the controls that prove them, verify the evidence."""


@controls.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
@click.pass_obj
def list_(prepare: Prepare, as_json: bool) -> None:
    """List every claim: id, state, examined, expected, canary, seconds, age of the proof."""
    from siegel.trust.discovery import all_claims

    prepare()
    _print(_standings(list(all_claims())), as_json=as_json)


@controls.command()
@click.argument("control_id", required=False, metavar="[ID]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
@click.pass_obj
def run(prepare: Prepare, control_id: str | None, as_json: bool) -> None:
    """Run one control or all, and record it; exit code 1 unless every one passes."""
    from siegel.claims.state import State
    from siegel.trust.changes import note_changes
    from siegel.trust.discovery import NoControl, all_controls, control_named
    from siegel.trust.evidence import OPERATOR, EvidenceBroken, Recording, check_recordable
    from siegel.trust.running import run_all, wanted
    from siegel.vault.signing_key import SigningKeyUnavailable

    prepare()
    recording = Recording(OPERATOR)
    try:
        chosen = [control_named(control_id)] if control_id else list(all_controls())
        check_recordable()
        items = wanted(chosen)
        with click.progressbar(length=len(items), label="Running", file=sys.stderr) as progress:
            try:
                run_all(items, told=lambda _: progress.update(1), ended=recording.add)
            finally:
                recording.close()
    except (NoControl, EvidenceBroken, SigningKeyUnavailable) as problem:
        raise click.ClickException(str(problem)) from None
    note_changes()
    found = _standings([control.id for control in chosen])
    _print(found, as_json=as_json)
    if {standing.state for standing in found} != {State.PASS}:
        raise SystemExit(1)


@controls.command()
@click.option("--head", "kept", help="A head that was kept; finds rows cut off since.")
@click.pass_obj
def verify(prepare: Prepare, kept: str | None) -> None:
    """Recompute every row and signed head of the evidence; exit code 1 if one does not hold."""
    from siegel.audit.trail import BrokenChain, Head, NotAHead
    from siegel.trust.models import EvidenceEntry
    from siegel.trust.verifying import BrokenHead, verify_evidence
    from siegel.vault.signing_key import SigningKeyUnavailable

    prepare()
    try:
        expected = Head.parse(kept) if kept is not None else None
        total = EvidenceEntry.objects.count()
        with click.progressbar(length=total, label="Verifying", file=sys.stderr) as bar:
            verified = verify_evidence(expected, seen=lambda seq: bar.update(seq - bar.pos))
            bar.update(verified.head.seq - bar.pos)
    except (BrokenChain, BrokenHead, NotAHead, SigningKeyUnavailable) as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(
        f"{verified.head.seq} rows and {verified.heads} signed heads hold. Head: {verified.head}"
    )
    if expected is None or not expected.seq:
        click.echo("Without --head nobody can say whether newer rows were cut off.", err=True)


def _standings(ids: Sequence[str]) -> list["Standing"]:
    from django.utils import timezone

    from siegel.claims.control import Scope
    from siegel.tenancy.models import State, Tenant
    from siegel.trust.discovery import all_claims
    from siegel.trust.ledger import ledger
    from siegel.trust.standing import standing_of

    claims, known, now = all_claims(), ledger(fresh=True), timezone.now()
    active = Tenant.objects.filter(state=State.ACTIVE, is_probe=False)
    tenants = list(active.values_list("pk", flat=True))
    return [
        standing_of(claims[claim_id], tenant, now, known)
        for claim_id in ids
        for tenant in (tenants if claims[claim_id].scope is Scope.TENANT else [""])
    ]


def _print(standings: list["Standing"], *, as_json: bool) -> None:
    facts = [_facts(standing) for standing in standings]
    if as_json:
        for fact in facts:
            click.echo(json.dumps(fact, ensure_ascii=False))
        return
    table = [COLUMNS, *(_cells(fact) for fact in facts)]
    widths = [max(len(row[column]) for row in table) for column in range(len(COLUMNS))]
    lines: list[list[str]] = [[], *map(_lines, facts)]
    for row, below in zip(table, lines, strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())
        for line in below:
            click.echo(f"    {line}")


def _facts(standing: "Standing") -> dict[str, Any]:
    """What a program needs to know, as JSON types; `age` in seconds."""
    from django.utils import timezone

    check, canary = standing.check, standing.canary
    runs = [one for one in (check, canary) if one is not None]
    now = timezone.now()
    return {
        "id": standing.claim.id,
        "tenant": standing.tenant,
        "state": standing.state.value,
        "reason": standing.reason.en if standing.reason else None,
        "examined": check.examined if check else None,
        "expected": check.expected if check else None,
        "what": check.what.en if check else None,
        "canary": _canary(standing),
        "seconds": round(sum(one.milliseconds for one in runs) / 1000, 3) if runs else None,
        "age": int(max((now - one.at).total_seconds() for one in runs)) if runs else None,
        "until": standing.until.isoformat() if standing.until else None,
        "faults": _faults(standing),
    }


def _canary(standing: "Standing") -> str | None:
    canary = standing.canary
    if canary is None:
        return None
    if canary.error:
        return canary.error
    return "seen" if canary.faults else "NOT SEEN"


def _faults(standing: "Standing") -> list[str]:
    """What the newest check found, in words, as long as they are kept."""
    from siegel.trust.models import RunFault

    if standing.check is None or not standing.check.faults:
        return []
    return list(RunFault.objects.filter(seq=standing.check.seq).values_list("text", flat=True))


def _cells(facts: dict[str, Any]) -> tuple[str, ...]:
    texts = {name: "-" if facts[name] is None else str(facts[name]) for name in COLUMNS}
    tenant = f" {facts['tenant']}" if facts["tenant"] else ""
    age = "-" if facts["age"] is None else _age(facts["age"])
    return tuple((texts | {"id": facts["id"] + tenant, "age": age}).values())


def _age(seconds: int) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _lines(facts: dict[str, Any]) -> list[str]:
    """What stands below a row: why it is not green, and the faults."""
    reason = [facts["reason"]] if facts["reason"] and facts["age"] is not None else []
    return [*reason, *(f"fault: {fault}" for fault in facts["faults"])]

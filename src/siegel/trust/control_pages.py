"""The pages of docs/controls: one for each claim, and an index, as Markdown."""

import datetime as dt
import importlib
import pkgutil
import textwrap
from collections.abc import Iterable
from pathlib import Path

from siegel.claims import not_built
from siegel.claims.control import Claim, Control
from siegel.claims.headings import HEADINGS, OWN, OWN_PREFIX, Heading
from siegel.trust.discovery import all_controls

INDEX = "README.md"
_PREAMBLE = """\
# Controls

<!-- Written by `make docs` from the claims in the source; a test compares. -->

A control is a claim, what would make it false, a check that looks, and a canary that plants the
failure and must see it. Green needs both, fresh, for the running version. A claim that no program
checks yet is unknown on the public page, never green; its page says how it will be checked.

*Built-in* claims are held by the product, *operational* ones by the way it is run, *attested* ones
by somebody's document. `siegel controls run ID` runs one control, `siegel controls run` all.
"""


def registered() -> list[Claim]:
    """Every claim, by id: those with a check, and those that wait for one.

    A claim that is in both stands twice.
    """
    waiting = [
        claim
        for module in pkgutil.iter_modules(not_built.__path__, f"{not_built.__name__}.")
        for claim in importlib.import_module(module.name).CLAIMS
    ]
    return sorted([*all_controls(), *waiting], key=lambda claim: claim.id)


def pages(claims: Iterable[Claim]) -> dict[str, str]:
    """The text of each file, by its name: `ID.md` for each claim, and the index."""
    known = {claim.id: claim for claim in claims}
    grouped = [
        *(
            (heading, [known[name] for name in heading.claims if name in known])
            for heading in HEADINGS
        ),
        (OWN, [known[name] for name in sorted(known) if name.startswith(OWN_PREFIX)]),
    ]
    written = {INDEX: _index(grouped)}
    for heading, under in grouped:
        written |= {f"{claim.id}.md": _page(heading, claim) for claim in under}
    return written


def write(folder: Path, claims: Iterable[Claim]) -> None:
    """Make a folder's Markdown exactly these pages; what belongs to no claim is removed."""
    wanted = pages(claims)
    folder.mkdir(exist_ok=True)
    for stale in {path.name for path in folder.glob("*.md")} - wanted.keys():
        (folder / stale).unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text)


def _index(grouped: list[tuple[Heading, list[Claim]]]) -> str:
    listed = [claim for _, claims in grouped for claim in claims]
    built = sum(isinstance(claim, Control) for claim in listed)
    parts = [_PREAMBLE, f"{built} of {len(listed)} claims have a check.\n"]
    chapter = ""
    for heading, claims in grouped:
        if not claims:
            continue
        if heading.chapter.en != chapter:
            chapter = heading.chapter.en
            parts.append(f"## {chapter}\n")
        rows = (
            f"| [{claim.id}]({claim.id}.md) | {claim.claim.en} | {claim.kind} "
            f"| {'yes' if isinstance(claim, Control) else 'not built yet'} |\n"
            for claim in claims
        )
        parts.append(
            f"### {heading.title.en}\n\n| id | claim | kind | check |\n|---|---|---|---|\n"
            + "".join(rows)
        )
    return "\n".join(parts)


def _page(heading: Heading, claim: Claim) -> str:
    built = isinstance(claim, Control)
    state = f"checked by `siegel controls run {claim.id}`" if built else "not built yet"
    checking, _, canary = claim.checking.partition("Canary: ")
    return "\n".join(
        [
            f"# {claim.id}\n",
            f"{_filled(claim.claim.de, '> ')}>\n{_filled(claim.claim.en, '> ')}",
            "| | |\n|---|---|",
            f"| under | [{heading.chapter.en}: {heading.title.en}]({INDEX}) |",
            f"| kind | {claim.kind} |",
            f"| scope | {claim.scope} |",
            f"| a proof counts for | {_duration(claim.max_age)} |",
            f"| state | {state} |\n",
            "## What would make it false\n",
            f"{_filled(claim.falsifier.de)}\n{_filled(claim.falsifier.en)}",
            f"## What it means\n\n{_filled(claim.meaning)}",
            f"## How it {'is' if built else 'will be'} checked\n\n{_filled(checking)}",
            f"**Canary.** {_filled(canary[:1].upper() + canary[1:])}",
            f"## How to break it\n\n{_filled(claim.breaking)}",
            f"## Remedy\n\n{_filled(claim.remedy)}",
        ]
    ).rstrip() + "\n"  # fmt: skip


def _filled(text: str, prefix: str = "") -> str:
    # Ids and names of cipher suites are not broken at their hyphens.
    return (
        textwrap.fill(
            text.strip(),
            width=100,
            initial_indent=prefix,
            subsequent_indent=prefix,
            break_on_hyphens=False,
        )
        + "\n"
    )


def _duration(age: dt.timedelta) -> str:
    hours = age // dt.timedelta(hours=1)
    number, unit = (hours // 24, "day") if hours % 24 == 0 else (hours, "hour")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"

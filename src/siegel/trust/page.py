"""What the trust page shows, in one language: chapters, headings, rows, and how many of a state."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from siegel.claims.control import Text
from siegel.claims.state import Run, State
from siegel.identity.password_standards import Departure
from siegel.trust.models import EvidenceHead
from siegel.trust.standing import Group, Standing


class Sign(NamedTuple):
    """How a state is shown, never by its colour alone, and what it means."""

    mark: str
    word: Promise | str
    means: Promise | str


SIGNS = {
    State.PASS: Sign(
        "✓",
        _("passed"),
        _(
            "A program examined everything it was to examine and found nothing against the claim. "
            "The same program noticed a failure that was planted for it."
        ),
    ),
    State.ATTESTED: Sign(
        "◆",
        _("attested"),
        _("Somebody else's document says so. It was read by people and not measured by a program."),
    ),
    State.FAIL: Sign("✕", _("failed"), _("A program found something against the claim.")),
    State.CANARY_FAILED: Sign(
        "!",
        _("unreliable"),
        _(
            "The check overlooked a planted failure. What it says counts for nothing until it "
            "notices one again."
        ),
    ),
    State.WAIVED: Sign(
        "△",
        _("waived"),
        _("The claim does not hold for now. The reason and the end of that are public."),
    ),
    State.NOT_APPLICABLE: Sign(
        "–", _("not applicable"), _("There is nothing here that the claim could be about.")
    ),
    State.UNKNOWN: Sign(
        "?",
        _("unknown"),
        _(
            "Nothing fresh supports the claim: nothing was checked yet, a check broke off, or a "
            "deadline has passed. This is no green."
        ),
    ),
}
# These are counted also when there are none.
ALWAYS_COUNTED = {State.PASS, State.ATTESTED, State.FAIL, State.UNKNOWN}
FORMATS = {"de": "d.m.Y, H:i", "en": "j M Y, H:i"}
NARROW_SPACE = "\u202f"
HOUR = dt.timedelta(hours=1)
# Up to two days are told in hours.
IN_HOURS = dt.timedelta(hours=48)


class Moment(NamedTuple):
    """A time in UTC: for programs, and in words that name the zone."""

    iso: str
    words: str


class Canary(NamedTuple):
    """When a failure was planted, and whether it was `seen`, `unseen` or nothing came of it."""

    at: Moment
    outcome: str


class Departed(NamedTuple):
    """Where this organisation's rules depart from a standard, in words, with its reason."""

    whose: str
    title: str
    requirement: str
    since: Moment
    reason: str


@dataclass(frozen=True)
class Row:
    """A claim as the page shows it.

    `examined` and `expected` are figures of the check, empty where it brought none; `lasts` says
    how long a proof holds, for rows that have no deadline.
    """

    id: str
    state: str
    mark: str
    word: str
    claim: str
    falsifier: str
    reason: str
    what: str
    examined: str
    expected: str
    checked: Moment | None
    has_result: bool
    canary: Canary | None
    until: Moment | None
    lasts: str
    departures: tuple[Departed, ...] = ()


class Section(NamedTuple):
    """The rows under a heading."""

    id: str
    title: str
    rows: list[Row]


class Chapter(NamedTuple):
    """Headings that belong together."""

    title: str
    sections: list[Section]


class Count(NamedTuple):
    """How many rows have a state."""

    state: State
    word: Promise | str
    number: int


def shown(
    groups: Iterable[Group],
    head: EvidenceHead | None,
    language: str,
    departures: Sequence[Departure] = (),
) -> dict[str, Any]:
    """The context of the page; `language` is `de` or `en`, and the one that is active.

    `departures` are the organisation's own, each shown beside the claim that it is about.
    """
    groups = list(groups)
    found = Counter(standing.state for group in groups for standing in group.standings)
    return {
        "language": language,
        "chapters": [
            Chapter(
                in_language(chapter, language),
                [_section(one, language, departures) for one in belonging],
            )
            for chapter, belonging in groupby(groups, lambda group: group.heading.chapter)
        ],
        "counts": [
            Count(state, sign.word, found[state])
            for state, sign in SIGNS.items()
            if found[state] or state in ALWAYS_COUNTED
        ],
        "claims": found.total(),
        "head": head,
        "head_at": _moment(head.at, language) if head else None,
        "rows": figure(head.seq) if head else "",
        "unknown": SIGNS[State.UNKNOWN],
        "legend": [(str(state), sign) for state, sign in SIGNS.items()],
    }


def in_language(text: Text, language: str) -> str:
    """The sentence as that language has it."""
    return text.de if language == "de" else text.en


def figure(number: int) -> str:
    """A number with narrow spaces between thousands."""
    return f"{number:,}".replace(",", NARROW_SPACE)


def _section(group: Group, language: str, departures: Sequence[Departure]) -> Section:
    heading = group.heading
    rows = [_row(standing, language, departures) for standing in group.standings]
    return Section(heading.id, in_language(heading.title, language), rows)


def _row(standing: Standing, language: str, departures: Sequence[Departure]) -> Row:
    claim, check = standing.claim, standing.check
    result = check if check and not check.error else None
    return Row(
        id=claim.id,
        # Plain texts, which a template writes out sooner than lazy ones.
        state=str(standing.state),
        mark=SIGNS[standing.state].mark,
        word=str(SIGNS[standing.state].word),
        claim=in_language(claim.claim, language),
        falsifier=in_language(claim.falsifier, language),
        reason=in_language(standing.reason, language) if standing.reason else "",
        # It stands in a sentence, and may be several.
        what=in_language(result.what, language).removesuffix(".") if result else "",
        examined=figure(result.examined) if result else "",
        expected=figure(result.expected) if result and result.expected is not None else "",
        checked=_moment(check.at, language) if check else None,
        has_result=result is not None,
        canary=_canary(standing.canary, language) if standing.canary else None,
        until=_moment(standing.until, language) if standing.until else None,
        lasts=_lasts(claim.max_age),
        departures=tuple(
            Departed(
                one.whose, one.title, one.requirement, _moment(one.since, language), one.reason
            )
            for one in departures
            if one.claim == claim.id
        ),
    )


def _canary(run: Run, language: str) -> Canary:
    outcome = "none" if run.error else "seen" if run.faults else "unseen"
    return Canary(_moment(run.at, language), outcome)


def _moment(at: dt.datetime, language: str) -> Moment:
    at = at.astimezone(dt.UTC)
    iso = at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return Moment(iso, f"{date_format(at, FORMATS[language])} UTC")


def _lasts(age: dt.timedelta) -> str:
    if age <= IN_HOURS:
        hours = max(1, age // HOUR)
        return ngettext("%(number)d hour", "%(number)d hours", hours) % {"number": hours}
    return ngettext("%(number)d day", "%(number)d days", age.days) % {"number": age.days}

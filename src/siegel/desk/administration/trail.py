"""The trail as people read it: filters, rows in words, a page at a time."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from siegel.audit.models import TrailEntry
from siegel.audit.reading import CLIENTS, actions, page
from siegel.desk.administration.navigation import administration_page
from siegel.desk.administration.setting_titles import TITLES
from siegel.desk.administration.trail_filters import TrailFilters
from siegel.desk.administration.trail_words import (
    A_CLIENT,
    AREAS,
    PROGRAMS,
    action_in_words,
    actor_in_words,
    facts_in_words,
    subject_in_words,
)
from siegel.desk.permitted import permitted
from siegel.identity.models import Person
from siegel.identity.roles import Permission

_LARGEST_NUMBER = 2**63 - 1
_SHORT = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One entry in words; `code` is the action's name, `about` the identifier to filter by."""

    seq: int
    at: dt.datetime
    who: str
    actor: str
    what: str
    code: str
    subject: str
    about: str
    facts: list[tuple[str, str]]


@require_GET
@permitted(Permission.TRAIL_READ)
def entries(request: HttpRequest) -> HttpResponse:
    """Entries newest first, those that the filters of the query string ask for."""
    form = TrailFilters(request.GET)
    context: dict[str, Any] = {"form": form, "filtered": _is_filtered(request)} | _choices(request)
    if not form.is_valid():
        return administration_page(
            request, "administration/trail.html", "desk:trail", context, status=422
        )
    found = page(form.wanted, _number(request.GET.get("before", "")))
    context |= {
        "rows": rows_of(found.entries),
        "zone": form.cleaned_data["zone"],
        "searched_to": found.searched_to,
        "older": _query(request, before=found.before) if found.before else "",
        "newest": _query(request) if request.GET.get("before") else "",
        "exports": {form: _query(request, format=form) for form in ("csv", "jsonl")},
    }
    return administration_page(request, "administration/trail.html", "desk:trail", context)


def rows_of(found: list[TrailEntry]) -> list[Row]:
    """Entries in words; people by the names that they have now."""
    names = _names(found)
    return [
        Row(
            seq=entry.seq,
            at=entry.at,
            who=names.get(entry.actor) or actor_in_words(entry.actor),
            actor=entry.actor,
            what=action_in_words(entry.action),
            code=entry.action,
            subject=names.get(entry.subject) or _subject(entry),
            about=entry.subject,
            facts=facts_in_words(entry.detail),
        )
        for entry in found
    ]


def _names(found: list[TrailEntry]) -> dict[str, str]:
    wanted = set()
    for text in {text for entry in found for text in (entry.actor, entry.subject)}:
        kind, _colon, identifier = text.partition(":")
        if kind == "person" and (person := _uuid(identifier)):
            wanted.add(person)
    people = Person.objects.in_bulk(list(wanted))
    return {f"person:{pk}": person.name for pk, person in people.items()}


def _subject(entry: TrailEntry) -> str:
    kind, colon, identifier = entry.subject.partition(":")
    if kind == "setting":
        title, _address = TITLES.get(identifier, (identifier, ""))
        return f"{subject_in_words(kind)}: {title}"
    if colon:
        return f"{subject_in_words(kind)} {identifier[:_SHORT]}"
    if _uuid(entry.subject):
        return f"{subject_in_words('conversation')} {entry.subject[:_SHORT]}"
    return subject_in_words(entry.subject)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _choices(request: HttpRequest) -> dict[str, Any]:
    """What the selects of the form offer, and what is chosen in them, known or not."""
    people = Person.objects.order_by("name", "email").values_list("pk", "name", "is_active")
    programs = [(CLIENTS, str(A_CLIENT))] + [(code, str(name)) for code, name in PROGRAMS.items()]
    known = sorted((action_in_words(code), code) for code in [*actions(), "conversation.message"])
    chosen = {name: request.GET.get(name, "") for name in ("who", "area", "action")}
    offered = {f"person:{pk}" for pk, _name, _active in people} | {code for code, _ in programs}
    return {
        "people": [
            (f"person:{pk}", name if active else _("%(name)s (deactivated)") % {"name": name})
            for pk, name, active in people
        ],
        "programs": programs,
        "areas": list(AREAS.items()),
        "actions": [(code, name) for name, code in known],
        "chosen": chosen,
        "other_who": chosen["who"] if chosen["who"] not in offered else "",
    }


def _is_filtered(request: HttpRequest) -> bool:
    fields = set(TrailFilters.base_fields) - {"zone"}
    return any(request.GET.get(name) for name in fields)


def _number(text: str) -> int | None:
    """The number to go on below; nonsense begins at the newest."""
    if not text.isascii() or not text.isdecimal() or len(text) > 19:
        return None
    return min(int(text), _LARGEST_NUMBER)


def _query(request: HttpRequest, **more: Any) -> str:
    """The query string of the same filters, with something added."""
    query = request.GET.copy()
    for name in ("before", "format"):
        query.pop(name, None)
    for name, value in more.items():
        query[name] = str(value)
    return query.urlencode()

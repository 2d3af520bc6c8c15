"""The trust page and its forms for programs: public, without session, the same for everybody."""

import re
from pathlib import Path
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe

from siegel.identity.models import Organisation
from siegel.identity.password_standards import departures
from siegel.refusals import refused
from siegel.tenancy.context import served
from siegel.trust import public
from siegel.trust.answering import (
    KEPT_SECONDS,
    answer,
    language_of,
    not_modified,
    seconds_to_keep,
    tag_of,
)
from siegel.trust.feed import feed_of_changes
from siegel.trust.page import shown
from siegel.trust.standing import standings

VERIFIER = Path(__file__).with_name("verify.py")
JSON = "application/json"


class NotANumber(ValueError):
    """What is asked for is no sequence number."""


@login_not_required
@require_safe
def page(request: HttpRequest) -> HttpResponseBase:
    """Every claim, its state, and what it rests on."""
    now, organisation = timezone.now(), Organisation.objects.first()
    head = public.newest_head()
    groups = standings(served(), now)
    language = language_of(request, organisation)
    request.LANGUAGE_CODE = language
    with override(language):
        context = shown(groups, head, language, departures()) | {
            "name": _name(organisation),
            "origin": _origin(request),
        }
        body = render_to_string("trust/page.html", context).encode()
    return answer(
        request,
        body,
        "text/html; charset=utf-8",
        tag=tag_of(body),
        seconds=seconds_to_keep(groups, now),
        language=language,
    )


@login_not_required
@require_safe
def claims(request: HttpRequest) -> HttpResponseBase:
    """The page for programs."""
    now, head = timezone.now(), public.newest_head()
    groups = standings(served(), now)
    facts = public.claims_as_json(groups, head, now)
    return _json(request, facts, seconds=seconds_to_keep(groups, now))


@login_not_required
@require_safe
def claim(request: HttpRequest, claim: str) -> HttpResponseBase:
    """A row of the page for programs."""
    now, head = timezone.now(), public.newest_head()
    groups = standings(served(), now)
    try:
        facts = public.claim_as_json(groups, claim, head, now)
    except public.Unknown as unknown:
        raise Http404 from unknown
    return _json(request, facts, seconds=seconds_to_keep(groups, now))


@login_not_required
@require_safe
def feed(request: HttpRequest) -> HttpResponseBase:
    """What changed, newest first."""
    organisation = Organisation.objects.first()
    language = language_of(request, organisation)
    groups = standings(served(), timezone.now())
    with override(language):
        body = feed_of_changes(served(), groups, _name(organisation), _origin(request), language)
    kind = "application/atom+xml; charset=utf-8"
    return answer(request, body, kind, tag=tag_of(body), language=language)


@login_not_required
@require_safe
def heads(request: HttpRequest) -> HttpResponseBase:
    """Where the evidence ended after each run, signed."""
    try:
        before = _number(request.GET.get("before"))
    except NotANumber:
        return _not_understood()
    return _json(request, public.heads_as_json(before))


@login_not_required
@require_safe
def evidence(request: HttpRequest) -> HttpResponseBase:
    """Rows of the evidence as JSON lines."""
    try:
        after = _number(request.GET.get("after")) or 0
    except NotANumber:
        return _not_understood()
    tag = tag_of(str(after).encode(), public.last_row(after).encode())
    # Known by its last row, so that nothing has to be written out for whoever has it.
    body = b"" if not_modified(request, tag) else b"".join(public.rows_as_json(served(), after))
    return answer(request, body, "application/jsonl; charset=utf-8", tag=tag)


@login_not_required
@require_safe
def verifier(request: HttpRequest) -> HttpResponseBase:
    """The program that recomputes all this elsewhere, as source."""
    try:
        body = VERIFIER.read_bytes()
    except FileNotFoundError as missing:
        raise Http404 from missing
    kind = "text/plain; charset=utf-8"
    return answer(request, body, kind, tag=tag_of(body), filename="verify.py")


def _json(
    request: HttpRequest, facts: dict[str, Any], seconds: int = KEPT_SECONDS
) -> HttpResponseBase:
    counted = {name: value for name, value in facts.items() if name != "at"}
    tag = tag_of(public.as_line(counted))
    return answer(request, public.as_line(facts), JSON, tag=tag, seconds=seconds)


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise NotANumber(text)
    return int(text)


def _not_understood() -> HttpResponseBase:
    return refused(400, "malformed", _("This is no number of a row. Take one from the list."))


def _name(organisation: Organisation | None) -> str:
    # A tenant that is being set up has no name yet.
    return organisation.name if organisation else served().host


def _origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"

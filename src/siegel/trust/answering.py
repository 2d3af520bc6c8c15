"""Answers for everybody: one language, an ETag, and how long they may be kept."""

import datetime as dt
import hashlib
from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation.trans_real import parse_accept_lang_header

from siegel.identity.models import Organisation
from siegel.security_headers import content_security_policy
from siegel.trust.standing import Group

LANGUAGES = ("de", "en")
KEPT_SECONDS = 30
# A form for programs runs nothing and loads nothing, also when somebody opens it in a browser.
OF_DATA = "default-src 'none'; frame-ancestors 'none'; sandbox"


def language_of(request: HttpRequest, organisation: Organisation | None) -> str:
    """The language that the address names, else the browser's, else the organisation's first."""
    header = request.headers.get("Accept-Language", "")
    accepted = [name.split("-")[0] for name, _weight in parse_accept_lang_header(header)]
    own = organisation.languages if organisation else []
    wished = [request.GET.get("lang", ""), *accepted, *own]
    return next((one for one in wished if one in LANGUAGES), LANGUAGES[0])


def seconds_to_keep(groups: Iterable[Group], now: dt.datetime) -> int:
    """For how many seconds an answer about these may be kept: never past the next deadline."""
    ends = (standing.until for group in groups for standing in group.standings)
    left = [int((end - now).total_seconds()) for end in ends if end is not None and end > now]
    return min([KEPT_SECONDS, *left])


def tag_of(*parts: bytes) -> str:
    """An ETag by content (RFC 9110, 8.8.3); a weak one, as times of asking do not count."""
    return f'W/"{hashlib.sha256(b"|".join(parts)).hexdigest()[:32]}"'


def not_modified(request: HttpRequest, tag: str) -> bool:
    """Whether the asker has this already."""
    return get_conditional_response(request, etag=tag) is not None


def answer(
    request: HttpRequest,
    body: bytes,
    content_type: str,
    *,
    tag: str,
    seconds: int = KEPT_SECONDS,
    language: str = "",
    filename: str = "",
) -> HttpResponseBase:
    """The answer, or 304 with the same headers if the asker has it."""
    whole = HttpResponse(
        body,
        content_type=content_type,
        headers={"Cache-Control": f"public, max-age={seconds}", "ETag": tag},
    )
    response = get_conditional_response(request, etag=tag, response=whole) or whole
    is_page = content_type.startswith("text/html")
    response.headers["Content-Security-Policy"] = content_security_policy() if is_page else OF_DATA
    # A 304 has no type of its own; it says it all the same, for whoever looks at the headers.
    response.headers["Content-Type"] = content_type
    if language:
        response.headers["Content-Language"] = language
    if filename:
        response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response

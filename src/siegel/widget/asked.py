"""What every request of the chat's pages passes: its language, and the proof that it is ours.

Django's CSRF protection needs a session, which clients do not have. In its place every request
that changes something must carry a header that a foreign page cannot send without our consent
(CORS), and a foreign page does not have the partitioned cookie.
"""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

import msgspec
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt

from siegel.identity.models import Organisation
from siegel.refusals import refused

View = Callable[[HttpRequest], HttpResponse]
Wish = TypeVar("Wish")


def in_language_of_the_page(view: View) -> View:
    """Speak the language that the loader names, else the browser's, else the organisation's first.

    It is always one that the organisation speaks.
    """

    @wraps(view)
    def speaking(request: HttpRequest) -> HttpResponse:
        # Noted as well, for a refusal that is written after the view has failed.
        request.LANGUAGE_CODE = spoken(request.GET.get("lang", ""), *_accepted(request))
        with override(request.LANGUAGE_CODE):
            return view(request)

    return speaking


def sent_by_our_page(view: View) -> View:
    """Refuse a request that changes something without the header that only our page sends."""

    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        if request.method == "POST" and request.headers.get("X-Siegel") != "1":
            return refused(403, "foreign-page", _("This request does not come from the chat."))
        return view(request)

    return csrf_exempt(checked)


def json_of(request: HttpRequest, kind: type[Wish]) -> Wish:
    """The request's body as a struct; raises BadRequest, which siegel.refusals answers."""
    try:
        return msgspec.json.decode(request.body, type=kind)
    # Bytes that are not UTF-8 are msgspec's error in some places and Python's in others.
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest from error


def spoken(*wished: str) -> str:
    """The first wished language that the organisation speaks, else its own first."""
    spoken: list[str] = Organisation.of_tenant().languages
    return next((language for language in wished if language in spoken), spoken[0])


def _accepted(request: HttpRequest) -> list[str]:
    """The languages that the browser asks for, without their regions, the most wished one first."""
    header = request.headers.get("Accept-Language", "")
    return [name.split("-")[0] for name, _weight in parse_accept_lang_header(header)]

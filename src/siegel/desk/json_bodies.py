"""What the desk's scripts send, and refusals of it in words."""

from typing import TypeVar

import msgspec
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from siegel.conversations.refusal_texts import refusal_text
from siegel.refusals import refused

Wish = TypeVar("Wish")
# What the conversation does not take as it stands now, and what is wrong with what was sent.
CONFLICT, UNFIT = 409, 422


def json_of(request: HttpRequest, kind: type[Wish]) -> Wish:
    """The request's body as a struct; raises BadRequest, which siegel.refusals answers."""
    try:
        return msgspec.json.decode(request.body, type=kind)
    # Bytes that are not UTF-8 are msgspec's error in some places and Python's in others.
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest from error


def refused_in_words(status: int, code: str) -> HttpResponse:
    """A refusal that the socket knows too, in the language of the page."""
    return refused(status, code, refusal_text(code, get_language() or "de"))

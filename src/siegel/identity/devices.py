"""Which browsers are known: somebody has signed in there before, and its cookie says so.

The cookie is signed by the tenant's key and opens nothing: whoever has it still needs the password.
It tells a person's own device from a stranger's when passwords are guessed, and a new one when
somebody signs in.
"""

import uuid
from typing import NamedTuple

from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

from siegel.identity.models import Person

COOKIE = "__Host-device"
# Given anew at every sign-in, so that a browser in use stays known.
LASTS_SECONDS = 180 * 24 * 60 * 60
# Who signs in at one browser: of more people the ones from longest ago are forgotten.
MOST_PEOPLE = 8
_SALT = "siegel.device"
# Until the answer takes it along.
_NEXT = "siegel_device_cookie"


class Device(NamedTuple):
    """A browser, and digests of those who have signed in there."""

    id: str
    people: tuple[str, ...] = ()

    def knows(self, person: Person | None) -> bool:
        """Whether this person has signed in there."""
        return person is not None and self._digest(person) in self.people

    def after_sign_in(self, person: Person) -> "Device":
        """The same browser once somebody has signed in there."""
        own = self._digest(person)
        others = [each for each in self.people if each != own]
        return Device(self.id, (*others, own)[-MOST_PEOPLE:])

    def _digest(self, person: Person) -> str:
        # Of no use elsewhere: neither who it is nor that two browsers are of the same person.
        return salted_hmac(_SALT, f"{self.id}:{person.pk}", algorithm="sha256").hexdigest()[:32]


def device_of(request: HttpRequest) -> Device:
    """The browser that asks; one that nobody knows if it has no cookie of ours."""
    try:
        told = TimestampSigner(salt=_SALT).unsign(request.COOKIES[COOKIE], max_age=LASTS_SECONDS)
    except (KeyError, BadSignature):
        return Device(uuid.uuid4().hex)
    identifier, *people = told.split(".")
    return Device(identifier, tuple(people))


def know(request: HttpRequest, person: Person) -> bool:
    """Have the browser known from now on; returns whether it was already."""
    device = device_of(request)
    after = device.after_sign_in(person)
    request.META[_NEXT] = ".".join([after.id, *after.people])
    return device.knows(person)


def hand_out(request: HttpRequest, response: HttpResponseBase) -> None:
    """Give the browser its cookie if somebody has signed in with this request."""
    if _NEXT in request.META:
        response.set_cookie(
            COOKIE,
            TimestampSigner(salt=_SALT).sign(request.META[_NEXT]),
            max_age=LASTS_SECONDS,
            secure=True,
            httponly=True,
            samesite="Lax",
        )

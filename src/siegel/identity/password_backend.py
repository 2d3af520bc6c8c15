"""Signing in with a password, which is judged while it is there."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from siegel.identity.judging import judge
from siegel.identity.models import Person


class JudgingBackend(AuthenticationBackend):  # type: ignore[misc] # allauth ships no types
    """allauth's, which hashes once whether or not there is such a person."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> Person | None:
        """The person whose address and password these are."""
        person: Person | None = super().authenticate(request, **credentials)
        if person is not None:
            judge(person, credentials["password"])
        return person

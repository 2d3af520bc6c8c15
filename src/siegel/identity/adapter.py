"""What allauth may do here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAccounts(DefaultAccountAdapter):  # type: ignore[misc] # allauth ships no types
    """Nobody signs up: people are created by the organisation."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

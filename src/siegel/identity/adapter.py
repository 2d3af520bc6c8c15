"""What allauth may do here."""

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.ratelimit import get_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from siegel.identity import sign_ins, waits
from siegel.identity.models import Person
from siegel.identity.networks import address_of
from siegel.identity.throttle import Throttled
from siegel.tenancy.context import served
from siegel.tenancy.writing import write_transaction
from siegel.vault.sealed_texts import open_text, seal_text

# How long the limit of a network counts a failure (settings.ACCOUNT_RATE_LIMITS).
NETWORK_SECONDS = 60
THROTTLED = "throttled"
OF_FACTORS = "second factor"


class ClosedAccounts(DefaultAccountAdapter):  # type: ignore[misc] # allauth ships no types
    """Nobody signs up: people are created by the organisation. Guessing is slowed down."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The address or the password is not right."),
    }
    _try: sign_ins.Try | None = None  # Between `pre_authenticate` and its outcome.

    def get_client_ip(self, request: HttpRequest) -> str:
        """An IPv4 address as such: written as IPv6, all of them would lie in one /64."""
        return str(address_of(super().get_client_ip(request)))

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Before a password is looked at.

        A network may fail so often only; devices that the account knows are not counted there, or
        a neighbour could lock them out. Raises ValidationError with the code THROTTLED.
        """
        address, network = credentials["email"], get_ip(request)
        person = sign_ins.person_at(address)
        known_device = sign_ins.known_device_of(request, person)
        if not known_device:
            try:
                super().pre_authenticate(request, **credentials)
            except forms.ValidationError:
                sign_ins.note_network_throttled(network)
                raise _wait(NETWORK_SECONDS) from None
        try:
            self._try = sign_ins.begin(person, address, known_device, network)
        except Throttled as throttled:
            # Only what was tried counts.
            self._rollback_login_failed_rl_usage()
            raise _wait(throttled.seconds) from None

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Person | None:
        """Whose password it is; raises ValidationError with the code THROTTLED."""
        person: Person | None = super().authenticate(request, **credentials)
        if person is not None:
            self._tried().attempt.succeeded()
        return person

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """The password is another one, or nobody has this address."""
        person = self._tried().person
        sign_ins.refuse(person, "wrong-password" if person else "unknown-address")

    def login(self, request: HttpRequest, user: Person) -> None:
        """Session, last sign-in and trail in one transaction: all of it or nothing."""
        with write_transaction():
            super().login(request, user)

    def _tried(self) -> sign_ins.Try:
        return cast("sign_ins.Try", self._try)

    def respond_user_inactive(self, request: HttpRequest, user: Person) -> HttpResponseBase:
        """Whoever knows the password learns that the account is switched off."""
        sign_ins.refuse(user, "deactivated")
        answer: HttpResponseBase = super().respond_user_inactive(request, user)
        return answer

    def get_login_stages(self) -> list[str]:
        """The one that asks for a second factor; none of allauth's others is switched on."""
        return ["siegel.identity.sign_in_stage.SecondStep"]


class SealedFactors(DefaultMFAAdapter):  # type: ignore[misc] # allauth ships no types
    """Seeds and credentials lie in the database sealed by the tenant's keyset."""

    def encrypt(self, text: str) -> str:
        return seal_text(served().id, text, OF_FACTORS)

    def decrypt(self, encrypted_text: str) -> str:
        return open_text(served().id, encrypted_text, OF_FACTORS)

    def send_notification_mail(self, *arguments: Any, **named: Any) -> None:
        """Ours are sent by siegel.identity.factor_changes."""


def _wait(seconds: int) -> forms.ValidationError:
    return forms.ValidationError(
        waits.in_words(seconds), code=THROTTLED, params={"seconds": seconds}
    )

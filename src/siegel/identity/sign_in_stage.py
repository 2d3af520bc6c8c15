"""Where a sign-in stops until the second factor is given."""

import hmac

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.webauthn.internal.flows import did_use_passwordless_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from siegel.identity.models import Person
from siegel.identity.proofs import TRUSTED
from siegel.identity.second_factors import has_second_factor
from siegel.identity.trusted_devices import is_trusted


class SecondStep(AuthenticateStage):  # type: ignore[misc] # allauth ships no types
    """After the password, for whoever has a second factor; a passkey was both at once."""

    def handle(self) -> tuple[HttpResponseBase | None, bool]:
        """Keep as well for which password the second step is asked."""
        self.state["bound"] = self.login.user.get_session_auth_hash()
        response: tuple[HttpResponseBase | None, bool] = super().handle()
        return response

    def is_still_of(self, person: Person) -> bool:
        """Whether the password that was given is the person's still, and they may sign in."""
        return person.is_active and hmac.compare_digest(
            str(self.state.get("bound", "")), person.get_session_auth_hash()
        )

    def _should_handle(self, request: HttpRequest) -> bool:
        person = self.login.user
        if did_use_passwordless_login(request, person) or not has_second_factor(person):
            return False
        if is_trusted(request, person):
            record_authentication(request, person, TRUSTED)
            return False
        return True

"""Passkeys (WebAuthn Level 3): keys that answer this host only, by a finger, a face or a PIN.

The person is always verified by the device, so that a passkey is two factors at once. What is
stored is sealed; the challenge waits in the session, is used once and holds for five minutes.
"""

import base64
import datetime as dt
from collections.abc import Mapping
from typing import Any, cast

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.utils import timezone
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from siegel.identity.models import Organisation, Person
from siegel.identity.second_factors import PASSKEY, new_facts
from siegel.security_headers import is_own_page
from siegel.tenancy.writing import write_transaction

_STATE = "passkey-challenge"
# As long as somebody may take with their key (WebAuthn Level 3 recommends at most ten minutes).
ANSWERED_WITHIN = dt.timedelta(minutes=5)
MOST = 20


class NotVerified(ValueError):
    """What a browser sent is no answer of a passkey of this person to this challenge."""


def options_to_add(request: HttpRequest, person: Person) -> dict[str, Any]:
    """What a browser needs to make a new passkey; remembers the challenge in the session."""
    user = PublicKeyCredentialUserEntity(
        id=person.pk.bytes, name=person.email, display_name=person.name
    )
    options, state = _server(request).register_begin(
        user,
        credentials=[_credential(factor) for factor in passkeys_of(person)],
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    _keep_state(request, state)
    return dict(_plain(options))


def options_to_prove(request: HttpRequest, person: Person | None = None) -> dict[str, Any]:
    """What a browser needs to show a passkey of somebody, or of whoever it knows."""
    credentials = [_credential(factor) for factor in passkeys_of(person)] if person else None
    options, state = _server(request).authenticate_begin(
        credentials, user_verification=UserVerificationRequirement.REQUIRED
    )
    _keep_state(request, state)
    return dict(_plain(options))


def credential_from(request: HttpRequest, answer: Any) -> tuple[str, int]:
    """A new credential as it is stored, unsealed, and its counter. Raises NotVerified."""
    state = _take_state(request)
    try:
        made = _server(request).register_complete(state, answer)
        return base64.b64encode(cast("bytes", made.credential_data)).decode(), made.counter
    # What a browser sends may break the parser anywhere.
    except Exception as error:
        raise NotVerified from error


def store_passkey(person: Person, name: str, credential: str, counter: int) -> Authenticator:
    """Keep a new passkey. Within a write transaction."""
    sealed = get_adapter().encrypt(credential)
    data = new_facts(name) | {"credential": sealed, "counter": counter}
    return Authenticator.objects.create(user=person, type=PASSKEY, data=data)


def verify(request: HttpRequest, answer: Any, person: Person | None = None) -> Authenticator:
    """The passkey that answered the challenge, of somebody or of whoever it says.

    Raises NotVerified, also for one whose counter went backwards: it was copied; and for one that
    was removed meanwhile.
    """
    state = _take_state(request)
    try:
        response = AuthenticationResponse.from_dict(answer)
        person = person or Person.objects.get(pk=_named_in(response))
        known = {factor: _credential(factor) for factor in passkeys_of(person)}
        used = _server(request).authenticate_complete(state, list(known.values()), response)
    # What a browser sends may break the parser anywhere.
    except Exception as error:
        raise NotVerified from error
    factor = next(factor for factor, credential in known.items() if credential is used)
    _count(factor, response.response.authenticator_data.counter)
    return factor


def passkeys_of(person: Person) -> list[Authenticator]:
    """Those of somebody."""
    return list(Authenticator.objects.filter(user=person, type=PASSKEY).order_by("pk"))


def _count(factor: Authenticator, counter: int) -> None:
    with write_transaction():
        try:
            factor.refresh_from_db()
        except Authenticator.DoesNotExist:
            raise NotVerified from None
        # Many passkeys do not count: theirs stays 0.
        if (counter or factor.data["counter"]) and counter <= factor.data["counter"]:
            raise NotVerified
        factor.data["counter"] = counter
        factor.last_used_at = timezone.now()
        factor.save(update_fields=["data", "last_used_at"])


def _server(request: HttpRequest) -> Fido2Server:
    host = request.get_host()
    rp = PublicKeyCredentialRpEntity(id=host.partition(":")[0], name=Organisation.of_tenant().name)
    return Fido2Server(rp, verify_origin=lambda origin: is_own_page(origin, host))


def _keep_state(request: HttpRequest, state: dict[str, Any]) -> None:
    request.session[_STATE] = {"state": state, "at": timezone.now().timestamp()}


def _take_state(request: HttpRequest) -> dict[str, Any]:
    kept = request.session.pop(_STATE, None)
    oldest = (timezone.now() - ANSWERED_WITHIN).timestamp()
    if kept is None or kept.get("at", 0) < oldest:
        raise NotVerified
    return dict(kept["state"])


def _named_in(response: AuthenticationResponse) -> str:
    return bytes(response.response.user_handle or b"").hex()


def _credential(factor: Authenticator) -> AttestedCredentialData:
    return AttestedCredentialData(
        base64.b64decode(get_adapter().decrypt(factor.data["credential"]))
    )


def _plain(options: Any) -> Any:
    """Of dictionaries and lists, as JSON takes them."""
    if isinstance(options, Mapping):
        return {name: _plain(value) for name, value in options.items()}
    if isinstance(options, list | tuple):
        return [_plain(value) for value in options]
    return options

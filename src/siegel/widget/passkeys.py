"""Passkeys of clients (WebAuthn): for the chat's host, used by whoever has signed in once before.

The person is always verified by the device. A challenge is kept for five minutes and used once;
what names it goes to the browser and back, since nobody has a session before they are signed in.
"""

import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from siegel.audit import trail
from siegel.conversations.client_accounts import note_sign_in
from siegel.conversations.client_models import ClientAccount
from siegel.identity.models import Organisation
from siegel.security_headers import is_own_page
from siegel.tenancy.writing import write_transaction
from siegel.widget.models import ClientPasskey

CHALLENGE_SECONDS = 5 * 60
MOST = 10
VERIFIED = UserVerificationRequirement.REQUIRED


class NotVerified(ValueError):
    """What a browser sent is no answer of a passkey to this challenge, or of nobody's here."""


def begin_adding(request: HttpRequest, account: ClientAccount) -> dict[str, Any]:
    """What a browser needs to make a passkey; raises NotVerified if there are enough."""
    known = [_credential(one) for one in account.passkeys.all()]
    if len(known) >= MOST:
        raise NotVerified
    name = account.contact.name or account.email or Organisation.of_tenant().name
    user = PublicKeyCredentialUserEntity(id=account.pk.bytes, name=name, display_name=name)
    options, state = _server(request).register_begin(
        user,
        credentials=known,
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=VERIFIED,
    )
    return _kept(options, state, str(account.pk))


def finish_adding(
    request: HttpRequest, account: ClientAccount, name: str, answer: Any, *, kid: str = ""
) -> None:
    """Keep the passkey that a browser has made; raises NotVerified, also if there are enough.

    `kid` is the website's key by which the visit came about in which it was made.
    """
    state = _taken(name, str(account.pk))
    try:
        made = _server(request).register_complete(state, answer)
        credential = bytes(made.credential_data or b"")
    # What a browser sends may break the parser anywhere.
    except Exception as error:
        raise NotVerified from error
    with write_transaction():
        # Again, under the lock: of many at once all were asked before one was kept.
        if account.passkeys.count() >= MOST:
            raise NotVerified
        passkey = ClientPasskey.objects.create(
            account=account, credential=credential, counter=made.counter, kid=kid
        )
        _note("client.passkey-added", passkey)


def begin_showing(request: HttpRequest) -> dict[str, Any]:
    """What a browser needs to show a passkey of whoever it knows."""
    return _kept(*_server(request).authenticate_begin(user_verification=VERIFIED), "")


def finish_showing(request: HttpRequest, name: str, answer: Any) -> ClientPasskey:
    """The passkey that has answered.

    Raises NotVerified, also for one whose counter went backwards: it was copied.
    """
    state = _taken(name, "")
    try:
        response = AuthenticationResponse.from_dict(answer)
        named = uuid.UUID(bytes=bytes(response.response.user_handle or b""))
        known = {one: _credential(one) for one in ClientPasskey.objects.filter(account=named)}
        used = _server(request).authenticate_complete(state, list(known.values()), response)
    # As above.
    except Exception as error:
        raise NotVerified from error
    passkey = next(one for one, credential in known.items() if credential is used)
    counter = response.response.authenticator_data.counter
    with write_transaction():
        try:
            passkey.refresh_from_db()
        except ClientPasskey.DoesNotExist:
            raise NotVerified from None  # Removed a moment ago.
        # Many passkeys do not count: theirs stays 0.
        if (counter or passkey.counter) and counter <= passkey.counter:
            raise NotVerified
        passkey.counter = counter
        passkey.save(update_fields=["counter"])
        note_sign_in(passkey.account, "passkey")
    return passkey


def remove(account: ClientAccount, identifier: uuid.UUID) -> None:
    """Let a passkey open nothing any more; raises ClientPasskey.DoesNotExist."""
    with write_transaction():
        passkey = account.passkeys.get(pk=identifier)
        _note("client.passkey-removed", passkey)
        passkey.delete()


def _server(request: HttpRequest) -> Fido2Server:
    host = request.get_host()
    rp = PublicKeyCredentialRpEntity(id=host.partition(":")[0], name=Organisation.of_tenant().name)
    return Fido2Server(rp, verify_origin=lambda origin: is_own_page(origin, host))


def _kept(options: Any, state: Any, whose: str) -> dict[str, Any]:
    name = secrets.token_urlsafe(16)
    cache.set(_place(name), {"state": dict(state), "whose": whose}, CHALLENGE_SECONDS)
    return {"ceremony": name, "options": _plain(options)["publicKey"]}


def _taken(name: str, whose: str) -> dict[str, Any]:
    """A challenge, which is not there any more afterwards; of two who take it one gets it."""
    kept = cache.get(_place(name))
    if not cache.delete(_place(name)) or kept is None or kept["whose"] != whose:
        raise NotVerified
    state: dict[str, Any] = kept["state"]
    return state


def _place(name: str) -> str:
    return f"client-passkey-{name}"


def _credential(passkey: ClientPasskey) -> AttestedCredentialData:
    return AttestedCredentialData(bytes(passkey.credential))


def _note(action: str, passkey: ClientPasskey) -> None:
    client = f"contact:{passkey.account.contact_id}"
    trail.append([trail.Event(client, action, client, {"passkey": str(passkey.pk)})])


def _plain(options: Any) -> Any:
    """Of dictionaries and lists, as JSON takes them."""
    if isinstance(options, Mapping):
        return {name: _plain(value) for name, value in options.items()}
    if isinstance(options, list | tuple):
        return [_plain(value) for value in options]
    return options

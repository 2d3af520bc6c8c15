"""How somebody has proved who they are, and what that is worth."""

from enum import StrEnum

from allauth.account.internal.flows.login import (
    get_authentication_records,
    record_authentication,
)
from django.http import HttpRequest

from siegel.identity.models import Person


class Proof(StrEnum):
    """As sessions and the trail name it."""

    PASSWORD = "password"  # noqa: S105 - a name
    APP = "password+totp"
    RECOVERY_CODE = "password+recovery-code"
    TRUSTED_DEVICE = "password+trusted-device"
    PASSWORD_AND_PASSKEY = "password+passkey"  # noqa: S105 - a name
    PASSKEY = "passkey"


# A forged page gains nothing by these: the key answers the real host only.
PHISHING_RESISTANT = frozenset({Proof.PASSKEY, Proof.PASSWORD_AND_PASSKEY})
# The factor itself was there, and not only a browser that remembers it.
WITH_FACTOR = PHISHING_RESISTANT | {Proof.APP, Proof.RECOVERY_CODE}
OF_TWO_FACTORS = WITH_FACTOR | {Proof.TRUSTED_DEVICE}
# What sign-in notes besides the password, as allauth's record names it.
TRUSTED = "trusted-device"
_BY_TYPE = {
    "totp": Proof.APP,
    "recovery_codes": Proof.RECOVERY_CODE,
    "webauthn": Proof.PASSWORD_AND_PASSKEY,
}
_AFTER_PASSWORD = {Proof.PASSKEY: Proof.PASSWORD_AND_PASSKEY}


def proved_in(request: HttpRequest, person: Person) -> str:
    """How somebody came in who is signing in just now; empty if no sign-in form was passed."""
    records = get_authentication_records(request, person)
    for record in reversed(records):
        if record.get("passwordless"):
            return Proof.PASSKEY
        if record["method"] == "mfa":
            return _BY_TYPE[record["type"]]
        if record["method"] == TRUSTED:
            return Proof.TRUSTED_DEVICE
    return Proof.PASSWORD if records else ""


def note_factor(request: HttpRequest, person: Person, proof: Proof) -> None:
    """Keep in the sign-in that is going on what was given besides the password, or instead."""
    if proof is Proof.PASSWORD:
        record_authentication(request, person, "password")
        return
    kind = next(kind for kind, of in _BY_TYPE.items() if of in {proof, _AFTER_PASSWORD.get(proof)})
    without_password = {"passwordless": True} if proof is Proof.PASSKEY else {}
    record_authentication(request, person, "mfa", type=kind, **without_password)

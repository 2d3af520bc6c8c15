"""Codes of authenticator apps (TOTP, RFC 6238): six digits that change every 30 seconds.

A code counts once: the step of the last one is kept, and nothing up to it is taken again, the code
of the enrolment included. A clock may be off by one step.
"""

import base64
import hmac
import secrets
from typing import NamedTuple
from urllib.parse import quote, urlencode

import segno
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.utils import timezone

from siegel.identity.models import Organisation, Person
from siegel.identity.second_factors import APP, new_facts
from siegel.tenancy.writing import write_transaction

PERIOD = 30
TOLERANCE = 1
# A code of so long ago is told from a wrong one, and refused like it: two hours, as after a
# journey or where somebody set the clock by hand. One of the time to come is not: whoever guesses
# would learn when it opens.
FAR = 240


class Judged(NamedTuple):
    """`step`: that of a right code; `minutes_late`: how old the code is that is not taken."""

    step: int | None
    minutes_late: int = 0


def make_seed() -> str:
    """160 bits in base32, as apps take them."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(seed: str, step: int) -> str:
    """The code of a step, which is the time since 1970 in periods."""
    return str(format_hotp_value(hotp_value(seed, step)))


def now_step() -> int:
    """The step of this moment."""
    return int(timezone.now().timestamp()) // PERIOD


def judge(seed: str, code: str) -> Judged:
    """Look for the code near this moment, and earlier only to say what is wrong."""
    given = code.encode(errors="surrogatepass")
    now = now_step()
    offsets = sorted(range(-FAR, TOLERANCE + 1), key=abs)
    for offset in offsets:
        if hmac.compare_digest(code_at(seed, now + offset).encode(), given):
            if offset >= -TOLERANCE:
                return Judged(now + offset)
            return Judged(None, minutes_late=round(-offset * PERIOD / 60))
    return Judged(None)


def address_of(person: Person, seed: str) -> str:
    """What the QR code says (the Key URI format of authenticator apps)."""
    issuer = Organisation.of_tenant().name
    label = quote(f"{issuer.replace(':', ' ')}:{person.email}")
    asked = urlencode({"secret": seed, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{label}?{asked}"


def drawn(address: str) -> str:
    """The QR code as an address of its own picture; light around it, whatever the page's colours.

    As a picture and not as a part of the page: nothing in it has to be believed.
    """
    return segno.make_qr(address, error="m").svg_data_uri(
        scale=5, border=4, dark="#000", light="#fff"
    )


def seed_of(factor: Authenticator) -> str:
    """The opened seed."""
    return str(get_adapter().decrypt(factor.data["secret"]))


def store_app(person: Person, name: str, seed: str, step: int) -> Authenticator:
    """Keep an app whose first code was given: that step is used. Within a write transaction."""
    data = new_facts(name) | {"secret": get_adapter().encrypt(seed), "last_step": step}
    return Authenticator.objects.create(user=person, type=APP, data=data)


def use_step(factor: Authenticator, step: int) -> bool:
    """Count a step as used; False if it was, or a later one, or the app is removed meanwhile."""
    with write_transaction():
        try:
            factor.refresh_from_db()
        except Authenticator.DoesNotExist:
            return False
        if step <= factor.data["last_step"]:
            return False
        factor.data["last_step"] = step
        factor.last_used_at = timezone.now()
        factor.save(update_fields=["data", "last_used_at"])
    return True

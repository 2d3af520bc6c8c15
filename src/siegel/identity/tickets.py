"""Tickets for sockets: short-lived, bound to the session that asked, signed by the tenant's key."""

import hmac

from django.core.signing import BadSignature, TimestampSigner
from django.utils.crypto import salted_hmac

MAX_AGE_SECONDS = 60
_SALT = "siegel.socket-ticket"


def issue_ticket(credential: str) -> str:
    """A ticket for the holder of a session key or visitor token, valid for a minute."""
    return TimestampSigner(salt=_SALT).sign(_digest(credential))


def accept_ticket(ticket: str, credential: str) -> bool:
    """Whether a ticket was issued for this credential, by this tenant, within a minute."""
    try:
        value = TimestampSigner(salt=_SALT).unsign(ticket, max_age=MAX_AGE_SECONDS)
    except BadSignature:
        return False
    return hmac.compare_digest(value, _digest(credential))


def _digest(credential: str) -> str:
    return salted_hmac(_SALT, credential, algorithm="sha256").hexdigest()[:32]

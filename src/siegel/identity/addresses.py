"""E-mail addresses that people type, as far as a mail to them can be made."""

import unicodedata
from email.errors import MessageError

from django.core.exceptions import ValidationError
from django.core.mail.message import sanitize_address
from django.core.validators import validate_email


def check_address(email: str) -> None:
    """Raise django's ValidationError for what is no address, or none that mail can be sent to.

    Django takes quoted local parts with control characters in them, and signs that become ASCII
    when their case is changed: no header takes either (RFC 5322, 3.2.4).
    """
    validate_email(email)
    local = email.rpartition("@")[0]
    if not local.isascii() or any(unicodedata.category(sign) == "Cc" for sign in email):
        raise ValidationError(validate_email.message, code=validate_email.code)
    try:
        in_header(email)
    except (ValueError, MessageError):
        raise ValidationError(validate_email.message, code=validate_email.code) from None


def in_header(email: str) -> str:
    """An address as headers and servers are given it; raises ValueError or email's MessageError."""
    text = sanitize_address(email, "utf-8")
    if not text.isascii() or any(unicodedata.category(sign) == "Cc" for sign in text):
        raise ValueError
    return text

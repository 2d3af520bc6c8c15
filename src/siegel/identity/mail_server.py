"""The mail server of the installation: encrypted, and known by its certificate."""

import smtplib
import ssl
from functools import cached_property

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend

TIMEOUT_SECONDS = 20
REFUSED_RECIPIENT = "recipient refused"


class MailServer(EmailBackend):
    """Django's, with the installation's settings and those who vouch for private servers."""

    def __init__(self) -> None:
        super().__init__(
            host=settings.SIEGEL_SMTP_HOST,
            port=settings.SIEGEL_SMTP_PORT,
            username=settings.SIEGEL_SMTP_USER,
            password=_password(),
            use_tls=settings.SIEGEL_SMTP_TLS == "starttls",
            use_ssl=settings.SIEGEL_SMTP_TLS == "implicit",
            timeout=TIMEOUT_SECONDS,
        )

    def open(self) -> bool | None:
        """Connect, have it encrypted and sign in; raises OSError, smtplib.SMTPException."""
        try:
            return super().open()
        except (OSError, smtplib.SMTPException):
            # Django leaves the connection open that it could not encrypt or sign in at.
            self.close()
            raise

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        """TLS 1.2 and newer; name and issuer of the certificate are verified."""
        context = ssl.create_default_context()
        if settings.SIEGEL_SMTP_CA_FILE:
            context.load_verify_locations(settings.SIEGEL_SMTP_CA_FILE)
        return context


def is_configured() -> bool:
    """Whether the installation has one; without it people are handed links to copy."""
    return bool(settings.SIEGEL_SMTP_HOST)


def in_short_words(error: Exception) -> str:
    """Why a mail was not delivered, without anything that the server said of it.

    A server may repeat addresses and content in its refusal; its code is enough to ask it why.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return f"{code_of(error)} {REFUSED_RECIPIENT}"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"{error.smtp_code} sign-in refused"
    if isinstance(error, smtplib.SMTPSenderRefused):
        return f"{error.smtp_code} sender refused"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} refused"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "does not offer what is asked for (TLS, sign-in)"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "certificate not accepted"
    if isinstance(error, ssl.SSLError):
        return "no encrypted connection"
    return f"no connection ({type(error).__name__})"


def code_of(error: Exception) -> int:
    """What the server has answered to this mail; 0 if it was no answer to it."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        # One mail has one recipient.
        return next(iter(error.recipients.values()))[0]
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0


def _password() -> str:
    path = settings.SIEGEL_SMTP_PASSWORD_FILE
    return path.read_text().strip() if path else ""

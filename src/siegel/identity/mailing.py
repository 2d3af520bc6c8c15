"""System mail: what the organisation's pages write to people, kept until it is delivered.

    mailing.send(Notice.INVITATION, "eve@bank.example", "de", context={"invitation": "<id>"})

No secret is in what is kept: text and links are made when it is sent (siegel.identity.letters).
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from siegel.identity import mail_server
from siegel.identity.addresses import check_address
from siegel.identity.letters import Letter, Notice, written_for
from siegel.identity.mail_delivery import deliver_mail
from siegel.identity.models import QueuedNotice
from siegel.tenancy.context import served
from siegel.tenancy.jobs import enqueue
from siegel.tenancy.registry import CHAT_PREFIX
from siegel.tenancy.writing import write_transaction

__all__ = [
    "Letter",
    "NoMail",
    "Notice",
    "RefusedAddress",
    "chat_link",
    "checked_address",
    "is_configured",
    "kept_for_nobody",
    "link",
    "send",
    "written_for",
]
# For so long a server that is down, or says to come back later, is asked again.
PATIENCE = dt.timedelta(days=4)
# No address at all (RFC 2606): the people of controls' probes have such.
NOBODYS = ".invalid"
# What nobody waits for any more is not sent late.
IMPATIENT: dict[str, dt.timedelta] = {
    Notice.PASSWORD_RESET: dt.timedelta(hours=2),
    Notice.NEW_DEVICE: dt.timedelta(days=2),
    Notice.TEST: dt.timedelta(hours=2),
}

_is_kept: ContextVar[bool] = ContextVar("mail_is_kept_for_nobody", default=False)


def is_configured() -> bool:
    """Whether people can be written to; without a server they are handed links to copy."""
    return mail_server.is_configured() or _is_kept.get()


@contextmanager
def kept_for_nobody() -> Iterator[None]:
    """Keep mail to nobody as well, so that it can be looked at: none of it is ever sent."""
    before = _is_kept.set(True)
    try:
        yield
    finally:
        _is_kept.reset(before)


class RefusedAddress(ValueError):
    """This is no e-mail address."""


class NoMail(Exception):
    """There is no mail server: what it is about can only be handed over."""


def checked_address(text: str) -> str:
    """An address as somebody typed it, without spaces around it. Raises RefusedAddress."""
    address = text.strip()
    try:
        check_address(address)
    except ValidationError:
        raise RefusedAddress from None
    return address


def send(kind: Notice, to: str, language: str, *, context: dict[str, Any]) -> bool:
    """Have somebody written to soon; False, and nothing kept, if that cannot be.

    Ids and facts in `context`, never a secret. Inside the caller's transaction, if there is one:
    what is rolled back is not sent.
    """
    is_nobodys = to.endswith(NOBODYS)
    if not (_is_kept.get() if is_nobodys else mail_server.is_configured()):
        return False
    now = timezone.now()
    with write_transaction():
        QueuedNotice.objects.create(
            kind=kind,
            to=to,
            language=language,
            context=context,
            created_at=now,
            next_try_at=now,
            tried_until=now + patience_with(kind),
        )
        if not is_nobodys:
            enqueue(deliver_mail, served())
    return True


def patience_with(kind: str) -> dt.timedelta:
    """For how long a notice of a kind is tried."""
    return IMPATIENT.get(kind, PATIENCE)


def link(path: str, token: str = "") -> str:
    """An address at the tenant's desk; a token stands in the fragment, which no log has."""
    return _address(served().host, path, token)


def chat_link(path: str, token: str = "") -> str:
    """An address at the tenant's chat, likewise."""
    return _address(f"{CHAT_PREFIX}{served().host}", path, token)


def _address(host: str, path: str, token: str) -> str:
    port = settings.SIEGEL_HTTPS_PORT
    place = host if port == 443 else f"{host}:{port}"
    return f"https://{place}{path}" + (f"#{token}" if token else "")

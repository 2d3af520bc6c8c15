"""Starting a conversation, within limits."""

import datetime as dt
import uuid

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac

from siegel.conversations.access import Participant
from siegel.conversations.events import append_event
from siegel.conversations.models import Contact, Conversation, Side
from siegel.identity.models import Organisation
from siegel.identity.networks import network_of
from siegel.tenancy.writing import write_transaction


class TooManyStarts(Exception):
    """The network or the tenant has started as many conversations as it may for now."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Try again in {retry_after} seconds.")
        self.retry_after = retry_after


def start_conversation(address: str, language: str, contact: Contact | None = None) -> Conversation:
    """Create a conversation, and its contact if none is known yet.

    `address` is the IP address it comes from. Raises TooManyStarts.
    """
    network = _hash_of_network(address)
    with write_transaction():
        _check_limits(network)
        now = timezone.now()
        contact = contact or Contact.objects.create(language=language)
        conversation = Conversation.objects.create(
            contact=contact,
            team_id=_default_team(),
            started_at=now,
            last_message_at=now,
            started_from=network,
        )
        append_event(conversation, "started", Participant(Side.CLIENT, contact.pk), {})
    return conversation


def _default_team() -> uuid.UUID | None:
    # A tenant made for a control has no organisation.
    return Organisation.objects.values_list("default_team", flat=True).first()


def _check_limits(network: str) -> None:
    now = timezone.now()
    hour = Conversation.objects.filter(
        started_from=network, started_at__gt=now - dt.timedelta(hours=1)
    )
    if hour.count() >= settings.SIEGEL_STARTS_PER_NETWORK_AND_HOUR:
        raise TooManyStarts(600)
    minute = Conversation.objects.filter(started_at__gt=now - dt.timedelta(minutes=1))
    if minute.count() >= settings.SIEGEL_STARTS_PER_MINUTE:
        raise TooManyStarts(60)


def _hash_of_network(address: str) -> str:
    """A keyed hash of the /24 or /64; all that is no address shares one limit."""
    network = str(network_of(address) or "unknown")
    return salted_hmac("siegel.network", network, algorithm="sha256").hexdigest()

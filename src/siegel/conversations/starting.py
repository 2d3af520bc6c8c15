"""Starting a conversation, within limits."""

import datetime as dt
import ipaddress
import uuid

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac

from siegel.conversations.access import Participant
from siegel.conversations.events import append_event
from siegel.conversations.models import Contact, Conversation, Side
from siegel.identity.models import Organisation
from siegel.tenancy.writing import write_transaction


class TooManyStarts(Exception):
    """The network or the tenant has started as many conversations as it may for now."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Try again in {retry_after} seconds.")
        self.retry_after = retry_after


def start_conversation(address: str, language: str) -> Conversation:
    """Create a contact and its conversation; `address` is the IP address it comes from.

    Raises TooManyStarts.
    """
    network = _hash_of_network(address)
    with write_transaction():
        _check_limits(network)
        now = timezone.now()
        contact = Contact.objects.create(language=language)
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
    """A keyed hash of the /24 or /64: whoever has a /64 has all addresses in it."""
    network = str(_network(address) or "unknown")
    return salted_hmac("siegel.network", network, algorithm="sha256").hexdigest()


def _network(address: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        # What a proxy says is believed as it comes; all that is no address shares one limit.
        return None
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return ipaddress.IPv6Network((int(parsed), 64), strict=False)
        parsed = parsed.ipv4_mapped
    return ipaddress.IPv4Network((int(parsed), 24), strict=False)

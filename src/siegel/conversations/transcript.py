"""A conversation as a text file."""

import textwrap

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from siegel.conversations.models import Conversation
from siegel.identity.zones import zone_named


def transcript(conversation: Conversation, organisation: str, zone: str, *, client: str) -> str:
    """All messages with names and times; UTC if the zone (IANA name) is unknown.

    `client` is the client's name as the reader knows it, empty if they do not.
    """
    clock = zone_named(zone)
    lines = [
        _("Conversation with %(organisation)s") % {"organisation": organisation},
        _("Times: %(zone)s") % {"zone": clock.key},
        "",
    ]
    client = client or _("Client")
    messages = conversation.messages.select_related("author").order_by("seq")
    for message in messages.iterator():
        name = message.author.name if message.author else client
        at = date_format(message.at.astimezone(clock), "d.m.Y, H:i")
        # Indented, so that no body can pass for the head of another message.
        lines += [f"{at}  {name}", textwrap.indent(message.body, "    "), ""]
    return "\n".join(lines)

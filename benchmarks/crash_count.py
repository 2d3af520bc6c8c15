"""Counts what a killed server has left of the messages on standard input."""

import json
import sys

import django


def main() -> None:
    """Read the ledger; print what is lost, doubled or out of number, and if the trail holds."""
    django.setup(set_prefix=False)
    from siegel.audit import trail
    from siegel.audit.models import TrailEntry
    from siegel.conversations.models import Conversation, Event, Message
    from siegel.tenancy.context import serving
    from siegel.tenancy.models import Tenant

    ledger = set(json.load(sys.stdin))
    gaps = 0
    with serving(Tenant.objects.get(slug="nordwind").as_served()):
        keys = [str(key) for key in Message.objects.values_list("key", flat=True)]
        for conversation in Conversation.objects.all():
            events = Event.objects.filter(conversation=conversation).order_by("seq")
            numbers = list(events.values_list("seq", flat=True))
            gaps += numbers != list(range(1, conversation.last_seq + 1))
        try:
            trail.verify(TrailEntry.objects.iterator())
            holds = True
        except trail.BrokenChain:
            holds = False
    found = {
        "acknowledged": len(ledger),
        "lost": len(ledger - set(keys)),
        "twice": len(keys) - len(set(keys)),
        "gaps": gaps,
        "trail_holds": holds,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()

"""Looking whether resolved conversations are deleted by their rule, and nothing else is."""

import datetime as dt
import secrets
import uuid
from collections.abc import Callable, Iterator

from django.db.models import Exists, OuterRef
from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.claims.control import Finding, Text
from siegel.claims.planting import each_noticed
from siegel.conversations.access import Participant
from siegel.conversations.batches import Posting, commit_batch
from siegel.conversations.files import announce_file
from siegel.conversations.models import Conversation, Event, LegalHold, Side, State
from siegel.conversations.retention import RULE, delete_due, due
from siegel.conversations.starting import start_conversation
from siegel.files import objects
from siegel.files.probing import send_whole
from siegel.identity.models import Organisation, Person
from siegel.identity.organisations import furnish
from siegel.tenancy.availability import Unavailable, open_database
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.probes import examined_tenants, probe_tenants
from siegel.tenancy.separation import knows

Plant = Callable[[str, Conversation], None]

# The job runs once a day.
GRACE = dt.timedelta(days=2)
PROBE_DAYS = 30
LONG_AGO = dt.timedelta(days=40)


def examine_retention(plant: Plant | None = None) -> Finding:
    """Run the deletion at a probe, look what remains there, and count what is overdue everywhere.

    `plant` is given the text of what was deleted and the conversation that is held, and breaks
    what is examined.
    """
    with probe_tenants() as (probe, _):
        text = f"canary-{secrets.token_hex(16)}"
        with serving(probe):
            deleted, kept = _prepared(text)
            delete_due()
            if plant is not None:
                plant(text, kept["a held"])
            faults = [*_remains(probe, deleted, text), *_missing(kept)]
        counts = [_overdue(tenant) for tenant in examined_tenants()]
    looked_at = [found for found in counts if found is not None]
    faults += [fault for found in looked_at for fault in found]
    # How many conversations an organisation has is nobody else's business.
    probed, passed = 1 + len(kept), len(counts) - len(looked_at)
    what = Text(
        f"{probed} Gespräche einer Probe, und die abgeschlossenen der Organisationen mit Frist: "
        f"{len(looked_at)}; ohne Frist oder angehalten: {passed}",
        f"{probed} conversations of a probe, and the resolved ones of organisations with a rule: "
        f"{len(looked_at)}; without a rule or suspended: {passed}",
    )
    return Finding(examined=probed + len(looked_at), what=what, faults=tuple(faults))


def plant_overdue(text: str, held: Conversation) -> None:
    """Something that the deletion has passed over."""
    _resolved("passed over", LONG_AGO)


def plant_remains(text: str, held: Conversation) -> None:
    """A text that stays behind in another table."""
    Event.objects.create(
        conversation=held, seq=99, kind="note", at=timezone.now(), detail={"body": text}
    )


def plant_loss(text: str, held: Conversation) -> None:
    """A hold that nobody has lifted, and the conversation goes nevertheless."""
    held.hold.delete()
    delete_due()


def plant_each() -> Finding:
    """Plant every failure in turn; one that is not noticed leaves nothing noticed at all."""
    plants = {
        plant_overdue: "should have been deleted",
        plant_remains: "a text of a deleted conversation is still in the database",
        plant_loss: "a held conversation was deleted",
    }
    return each_noticed(examine_retention, plants)


def _prepared(text: str) -> tuple[Conversation, dict[str, Conversation]]:
    """A conversation that is due, with a message and a file, and those that must stay."""
    furnish("Probe")
    Organisation.objects.update(retention_days=PROBE_DAYS)
    somebody = Person.objects.create(name="Probe", email="probe@control.invalid")
    due_now = _resolved(text, LONG_AGO)
    kept = {
        "a held": _resolved("held", LONG_AGO),
        "a young": _resolved("young", dt.timedelta(days=PROBE_DAYS - 1)),
        "a reopened": _resolved("reopened", LONG_AGO),
    }
    LegalHold.objects.create(
        conversation=kept["a held"], reason="control", set_by=somebody, set_at=timezone.now()
    )
    reopened = Conversation.objects.filter(pk=kept["a reopened"].pk)
    reopened.update(state=State.OPEN, resolved_at=None)
    return due_now, kept


def _resolved(text: str, ago: dt.timedelta) -> Conversation:
    conversation = start_conversation("127.0.0.1", "en")
    client = Participant(Side.CLIENT, contact=conversation.contact_id)
    content = f"file of {text}".encode()
    file = send_whole(announce_file(client, conversation.pk, f"{text}.txt", len(content)), content)
    posting = Posting(
        conversation.pk, uuid.uuid4(), Side.CLIENT, text, client.actor, files=(file.pk,)
    )
    commit_batch([posting])
    resolved_at = timezone.now() - ago
    Conversation.objects.filter(pk=conversation.pk).update(
        state=State.RESOLVED, resolved_at=resolved_at
    )
    return conversation


def _remains(probe: ServedTenant, deleted: Conversation, text: str) -> Iterator[str]:
    if knows(probe, text):
        yield "a text of a deleted conversation is still in the database"
    if knows(probe, deleted.pk.hex) or knows(probe, deleted.contact_id.hex):
        yield "rows of a deleted conversation are still in the database"
    if len(objects.all_paths()) > Conversation.objects.count():
        yield "a file of a deleted conversation is still in the store"


def _missing(kept: dict[str, Conversation]) -> Iterator[str]:
    for name, conversation in kept.items():
        if not Conversation.objects.filter(pk=conversation.pk).exists():
            yield f"{name} conversation was deleted"


def _overdue(tenant: ServedTenant) -> list[str] | None:
    """Whether conversations of a tenant lie longer than its rule says; None if none has to go."""
    if tenant.is_suspended:
        return None  # Its jobs wait until it is served again.
    try:
        with serving(tenant):
            open_database(tenant)
            days = _longest_rule(Organisation.objects.first())
            if days is None:
                return None
            overdue = _lying_too_long(days)
    except Unavailable:
        return [f"{tenant.id} cannot be examined: it does not open"]
    faults = [f"{overdue} conversations of {tenant.id} should have been deleted"]
    return faults if overdue else []


def _longest_rule(organisation: Organisation | None) -> int | None:
    """The longest period that held at any time within the grace; None if there was one for ever."""
    changes = TrailEntry.objects.filter(
        action="settings.changed", subject=f"setting:{RULE}", at__gt=timezone.now() - GRACE
    )
    held = [change.detail.get("before") for change in changes]
    held.append(organisation and organisation.retention_days)
    return None if None in held else max(held)


def _lying_too_long(days: int) -> int:
    """What was due for two days, without a hold that was lifted since."""
    since = timezone.now() - GRACE
    lifted = Event.objects.filter(conversation=OuterRef("pk"), kind="hold-lifted", at__gt=since)
    return due(days, since).exclude(Exists(lifted)).count()

"""Looking whether what was acknowledged is stored, after the process was killed while writing."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable

from siegel.audit.models import TrailEntry
from siegel.claims.control import Finding, Text
from siegel.claims.planting import noticed_as
from siegel.conversations.models import Conversation, Event, Message
from siegel.conversations.starting import start_conversation
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.probes import probe_tenants

ACKNOWLEDGED = 200
FULL = "2"
SECONDS = 60


def examine_durability(plant: Callable[[list[str]], None] | None = None) -> Finding:
    """Kill a process that posts without pause after 200 acknowledgements, then count.

    `plant` may add to the ledger an acknowledgement of something that was never stored.
    """
    with probe_tenants() as (tenant, _):
        with serving(tenant):
            conversation = start_conversation("127.0.0.1", "en")
        synchronous, ledger = _post_and_die(tenant, conversation)
        if plant is not None:
            plant(ledger)
        with serving(tenant):
            faults = _missing(conversation, ledger)
    if synchronous != FULL:
        faults.append(f"commits do not wait for the disk: synchronous is {synchronous}, not FULL")
    return Finding(
        examined=len(ledger),
        what=Text(
            de=f"{len(ledger)} bestätigte Nachrichten nach einem Absturz unter Last",
            en=f"{len(ledger)} acknowledged messages after a crash under load",
        ),
        faults=tuple(faults),
    )


def plant_empty_promise(ledger: list[str]) -> None:
    """An acknowledgement of a message that was not stored."""
    ledger.append(str(uuid.uuid4()))


def plant_each() -> Finding:
    """Plant the failure, and look whether it is noticed."""
    return noticed_as(examine_durability(plant_empty_promise), "1 acknowledged messages are not")


def _post_and_die(tenant: ServedTenant, conversation: Conversation) -> tuple[str, list[str]]:
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "siegel.conversations.durability_probe",
            tenant.id,
            str(conversation.pk),
            str(conversation.contact_id),
        ],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "siegel.settings"},
    )
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    try:
        synchronous = process.stdout.readline().strip()
        ledger = [process.stdout.readline().strip() for _ in range(ACKNOWLEDGED)]
    finally:
        process.send_signal(signal.SIGKILL)
        process.stdout.close()
        process.wait(SECONDS)
    if "" in ledger:
        raise RuntimeError("The posting process ended by itself.")
    return synchronous, ledger


def _missing(conversation: Conversation, ledger: list[str]) -> list[str]:
    keys = list(Message.objects.filter(conversation=conversation).values_list("key", flat=True))
    stored = {str(key) for key in keys}
    faults = []
    if lost := [key for key in ledger if key not in stored]:
        faults.append(f"{len(lost)} acknowledged messages are not stored")
    if len(stored) != len(keys):
        faults.append(f"{len(keys) - len(stored)} messages are stored twice")
    events = Event.objects.filter(conversation=conversation).order_by("seq")
    numbers = list(events.values_list("seq", flat=True))
    if numbers != list(range(1, len(numbers) + 1)):
        faults.append("the sequence has gaps")
    told = TrailEntry.objects.filter(action="conversation.message").count()
    if told != len(keys):
        faults.append(f"the trail tells of {told} messages, {len(keys)} are stored")
    return faults

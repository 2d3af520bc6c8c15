"""The control of durable acknowledgement turns red for every way to break it."""

from collections.abc import Callable

import pytest
from django.db import connections

from siegel.audit.models import TrailEntry
from siegel.conversations import durability, durability_probe
from siegel.conversations.durability import examine_durability, plant_empty_promise
from siegel.conversations.models import Conversation, Event, Message
from siegel.tenancy.context import ServedTenant, serving
from tests.cast import Organisation


def after_the_crash(
    monkeypatch: pytest.MonkeyPatch, break_it: Callable[[ServedTenant, list[str]], None]
) -> str:
    """Run the control; break something after the kill and before the count."""
    real = durability._post_and_die

    def post_and_break(tenant: ServedTenant, conversation: Conversation) -> tuple[str, list[str]]:
        synchronous, ledger = real(tenant, conversation)
        with serving(tenant):
            break_it(tenant, ledger)
        return synchronous, ledger

    monkeypatch.setattr(durability, "_post_and_die", post_and_break)
    monkeypatch.setattr(durability, "ACKNOWLEDGED", 20)
    return " / ".join(examine_durability().faults)


def lose_a_message(tenant: ServedTenant, ledger: list[str]) -> None:
    Message.objects.filter(key=ledger[3]).delete()


def store_one_twice(tenant: ServedTenant, ledger: list[str]) -> None:
    with connections[tenant.id].cursor() as cursor:
        for statement in (
            "CREATE TABLE unconstrained AS SELECT * FROM conversations_message",
            "INSERT INTO unconstrained SELECT * FROM conversations_message LIMIT 1",
            "DROP TABLE conversations_message",
            "ALTER TABLE unconstrained RENAME TO conversations_message",
        ):
            cursor.execute(statement)


def leave_a_gap(tenant: ServedTenant, ledger: list[str]) -> None:
    Event.objects.filter(seq=5).delete()


def forget_the_trail(tenant: ServedTenant, ledger: list[str]) -> None:
    TrailEntry.objects.filter(seq=6).delete()


@pytest.mark.parametrize(
    ("break_it", "fault"),
    [
        (lose_a_message, "1 acknowledged messages are not stored"),
        (store_one_twice, "1 messages are stored twice"),
        (leave_a_gap, "the sequence has gaps"),
        (forget_the_trail, "the trail tells of"),
    ],
)
def test_every_broken_promise_is_red(
    monkeypatch: pytest.MonkeyPatch,
    break_it: Callable[[ServedTenant, list[str]], None],
    fault: str,
) -> None:
    assert fault in after_the_crash(monkeypatch, break_it)


def test_commits_that_do_not_wait_are_red(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durability, "FULL", "3")
    monkeypatch.setattr(durability, "ACKNOWLEDGED", 5)
    assert "do not wait for the disk" in examine_durability().faults[0]


def test_an_empty_promise_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durability, "ACKNOWLEDGED", 5)
    assert "1 acknowledged" in examine_durability(plant_empty_promise).faults[0]


def test_the_process_that_is_killed_tells_what_was_acknowledged(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = bank.conversation()
    told: list[str] = []

    def tell(line: object, *, flush: bool) -> None:
        told.append(str(line))
        if len(told) == 6:
            raise InterruptedError

    monkeypatch.setattr("builtins.print", tell)
    with pytest.raises(InterruptedError):
        durability_probe.main(bank.tenant.id, str(conversation.pk), str(conversation.contact_id))
    assert told[0] == durability.FULL
    with serving(bank.tenant):
        stored = {str(key) for key in Message.objects.values_list("key", flat=True)}
    assert set(told[1:]) <= stored


def test_a_process_that_ends_by_itself_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durability.sys, "executable", "/bin/true")  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError, match="by itself"):
        examine_durability()

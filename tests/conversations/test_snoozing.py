"""Putting aside until a time; what comes back, and when."""

import datetime as dt

import pytest
from django.utils import timezone

from siegel.conversations import snoozing
from siegel.conversations.assigning import take_over
from siegel.conversations.jobs import wake_what_is_due
from siegel.conversations.models import Conversation, Event
from siegel.conversations.resolving import AssignedElsewhere, NotOpen, resolve
from siegel.conversations.snoozing import (
    RefusedTime,
    moment,
    snooze,
    wake,
    wake_due,
    wake_due_everywhere,
)
from siegel.identity.models import Membership, Team
from siegel.tenancy.availability import Unavailable, open_database
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.suspending import suspend
from tests.cast import Organisation

DAY = dt.timedelta(days=1)


def kinds(conversation: Conversation) -> list[str]:
    found = Event.objects.filter(conversation=conversation).order_by("seq")
    return list(found.values_list("kind", flat=True))


def test_until_a_time_and_back(bank: Organisation) -> None:
    conversation = bank.conversation()
    ada, until = bank.as_adviser(bank.ada), timezone.now() + DAY
    with serving(bank.tenant):
        snooze(ada, conversation, until)
        snooze(ada, conversation, until)  # Twice is once.
        assert Conversation.objects.get().snoozed_until == until
        event = Event.objects.get(kind="snoozed")
        assert event.detail == {"name": "Ada Adler", "until": until.isoformat()}
        wake(ada, conversation)
        wake(ada, conversation)
        assert Conversation.objects.get().snoozed_until is None
        assert kinds(conversation) == ["started", "snoozed", "woken"]


def test_what_is_anothers_or_done_is_left_alone(bank: Organisation) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        team = Team.objects.create(name="Schaden")
        for person in (bank.ada, bank.ben):
            Membership.objects.create(team=team, person=person)
        Conversation.objects.update(team=team)
        take_over(bank.as_adviser(bank.ada), conversation, f"/{team.pk}")
        with pytest.raises(AssignedElsewhere):
            snooze(bank.as_adviser(bank.ben), conversation, timezone.now() + DAY)
        with pytest.raises(AssignedElsewhere):
            wake(bank.as_adviser(bank.ben), conversation)
        resolve(bank.as_adviser(bank.ada), conversation)
        with pytest.raises(NotOpen):
            snooze(bank.as_adviser(bank.ada), conversation, timezone.now() + DAY)


def test_a_moment_with_its_zone(bank: Organisation) -> None:
    now = timezone.now()
    berlin = (now + DAY).astimezone(dt.timezone(dt.timedelta(hours=2)))
    assert moment(berlin.isoformat()) == now + DAY
    assert moment((now + DAY).strftime("%Y-%m-%dT%H:%M:%SZ")).tzinfo == dt.UTC


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("", "time-refused"),
        ("tomorrow", "time-refused"),
        ("2026-11-26T08:00:00", "time-refused"),  # Eight o'clock where?
        ("0001-01-01T00:00:00+14:00", "time-refused"),
        ("2020-01-01T00:00:00Z", "time-past"),
        ("9999-12-31T23:59:59Z", "time-too-far"),
    ],
)
def test_a_time_that_is_none(told: str, code: str) -> None:
    with pytest.raises(RefusedTime) as refusal:
        moment(told)
    assert refusal.value.code == code


def test_what_is_due_wakes(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snoozing, "MOST_AT_ONCE", 2)
    due = [bank.conversation() for _ in range(5)]
    later = bank.conversation()
    with serving(bank.tenant):
        Conversation.objects.update(snoozed_until=timezone.now())
        Conversation.objects.filter(pk=later.pk).update(snoozed_until=timezone.now() + DAY)
        assert wake_due() == 5
        assert wake_due() == 0
        assert {tuple(kinds(conversation)) for conversation in due} == {("started", "woken")}
        assert kinds(later) == ["started"]


def test_every_tenant_wakes_although_one_is_broken(
    bank: Organisation, insurer: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for organisation in (bank, insurer):
        organisation.conversation()
        with serving(organisation.tenant):
            Conversation.objects.update(snoozed_until=timezone.now())
    real = open_database

    def broken(tenant: ServedTenant) -> None:
        if tenant.id == bank.tenant.id:
            raise Unavailable("OSError")
        real(tenant)

    monkeypatch.setattr(snoozing, "open_database", broken)
    wake_what_is_due()
    with serving(bank.tenant):
        assert Conversation.objects.get().snoozed_until is not None
    with serving(insurer.tenant):
        assert Conversation.objects.get().snoozed_until is None
    monkeypatch.undo()
    suspend("bank", "test")
    wake_due_everywhere()
    with serving(bank.tenant):
        assert Conversation.objects.get().snoozed_until is not None

"""Alarms: told once to everybody who can do something, in the trail, by mail and in the log."""

import json
import logging
from collections.abc import Iterator

import pytest
from django.db import DatabaseError
from django.test import override_settings
from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.identity.alarms import QUIET, Alarmed, alarm
from siegel.identity.models import Alarm, Organisation, Person, QueuedNotice
from siegel.identity.operators import create_first_operator, ensure_operators
from siegel.identity.roles import Role
from siegel.identity.sign_ins import alarm_of_refused
from siegel.identity.staffing import change_person, deactivate
from siegel.log_lines import JsonLine
from siegel.tenancy.context import serving
from siegel.tenancy.models import Job
from siegel.trust import changes
from tests.cast import PASSWORD
from tests.cast import Organisation as Cast


@pytest.fixture(autouse=True)
def mail() -> Iterator[None]:
    with override_settings(SIEGEL_SMTP_HOST="127.0.0.1", SIEGEL_SMTP_FROM="siegel@mail.example"):
        yield


def raised(bank: Cast) -> list[str]:
    with serving(bank.tenant):
        return [one.detail["kind"] for one in TrailEntry.objects.filter(action="alarm.raised")]


def test_it_is_told_to_every_administrator(bank: Cast, caplog: pytest.LogCaptureFixture) -> None:
    bank.hire("Zoe Zander", Role.ADMINISTRATOR)
    gone = bank.hire("Gerd Gone", Role.ADMINISTRATOR)
    subject = f"person:{bank.ada.pk}"
    with serving(bank.tenant):
        Person.objects.filter(pk=gone.pk).update(is_active=False)
        Organisation.objects.update(languages=["en", "de"])
        with caplog.at_level(logging.WARNING, "siegel.identity.alarms"):
            assert alarm(Alarmed.REFUSED_SIGN_INS, subject)
        assert str(Alarm.objects.get()) == f"refused-sign-ins {subject}"
        mails = QueuedNotice.objects.order_by("to")
        assert [(one.kind, one.to, one.language) for one in mails] == [
            ("alarm", "mia@bank.example", "en"),
            ("alarm", "zoe@bank.example", "en"),
        ]
        assert str(mails[0]) == f"alarm {mails[0].pk}"
        event = TrailEntry.objects.get(action="alarm.raised")
    assert (event.actor, event.subject) == ("alarms", subject)
    line = json.loads(JsonLine().format(caplog.records[-1]))
    assert line["message"] == "An alarm was raised."
    assert line["alarm"] == "refused-sign-ins"
    assert (line["tenant"], line["subject"]) == (bank.tenant.id, subject)


def test_the_same_again_is_counted_for_an_hour(bank: Cast) -> None:
    with serving(bank.tenant):
        assert alarm(Alarmed.MAIL_STUCK, "mail")
        assert not alarm(Alarmed.MAIL_STUCK, "mail")
        assert not alarm(Alarmed.MAIL_STUCK, "mail")
        assert Alarm.objects.get().repeated == 2
        assert alarm(Alarmed.MAIL_STUCK, "elsewhere")
        Alarm.objects.update(raised_at=timezone.now() - QUIET)
        assert alarm(Alarmed.MAIL_STUCK, "mail")
    assert raised(bank) == ["mail-stuck"] * 3


def test_without_a_server_it_is_in_the_trail(bank: Cast) -> None:
    with serving(bank.tenant), override_settings(SIEGEL_SMTP_HOST=""):
        assert alarm(Alarmed.MAIL_STUCK, "mail")
        assert QueuedNotice.objects.count() == 0
    assert raised(bank) == ["mail-stuck"]


def test_one_administrator_alone_is_told(bank: Cast) -> None:
    second, third = (bank.hire(name, Role.ADMINISTRATOR) for name in ("Zoe", "Yann"))
    with serving(bank.tenant):
        deactivate(bank.mia, bank.ada)
        deactivate(bank.mia, third)
        assert raised(bank) == []
        change_person(bank.mia, second, name="Zoe", roles=[Role.ADVISER], teams=[])
        assert raised(bank) == ["one-administrator-left"]
        change_person(bank.mia, second, name="Zoe Z", roles=[Role.ADVISER], teams=[])
    assert raised(bank) == ["one-administrator-left"]


def test_who_leaves_as_the_second_last_is_told_of(bank: Cast) -> None:
    second = bank.hire("Zoe", Role.ADMINISTRATOR)
    with serving(bank.tenant):
        deactivate(bank.mia, second)
    assert raised(bank) == ["one-administrator-left"]


def run_alarms(bank: Cast) -> int:
    """Do what was left for later; returns how often something was."""
    jobs = Job.objects.filter(name="identity.alarm-of-refused-sign-ins")
    for job in jobs:
        with serving(bank.tenant):
            alarm_of_refused.function(*job.arguments)
    return len(jobs)


def test_guessing_at_an_account_is_told(bank: Cast) -> None:
    for _ in range(8):
        bank.anonymous().post("/sign-in/", {"login": "ada@bank.example", "password": "x"})
    # Nobody waits for it who could learn from that whether there is somebody.
    assert raised(bank) == []
    run_alarms(bank)
    assert raised(bank) == ["refused-sign-ins"]
    for _ in range(8):
        bank.anonymous().post("/sign-in/", {"login": "nobody@bank.example", "password": "x"})
    assert run_alarms(bank) == 2
    assert raised(bank) == ["refused-sign-ins"]


def test_guessing_at_whoever_is_switched_off_is_not_told(bank: Cast) -> None:
    with serving(bank.tenant):
        alarm_of_refused.function(str(bank.ada.pk))
        assert raised(bank) == ["refused-sign-ins"]
        Alarm.objects.all().delete()
        deactivate(bank.mia, bank.ada)
        alarm_of_refused.function(str(bank.ada.pk))
    assert raised(bank) == ["refused-sign-ins"]


def test_a_claim_that_turns_red_is_told_to_the_operators(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    changes._alarm_operators({"phy-sep-logical"})
    operators, _ = ensure_operators("operators.test", "Operators")
    create_first_operator(
        operators, name="Otto Ober", email="otto@operators.example", password=PASSWORD
    )
    changes._alarm_operators(set())
    changes._alarm_operators({"phy-sep-logical"})
    with serving(operators):
        event = TrailEntry.objects.get(action="alarm.raised")
        assert QueuedNotice.objects.get().to == "otto@operators.example"
    assert event.subject == "control:phy-sep-logical"

    def broken(*_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(changes, "alarm", broken)
    changes._alarm_operators({"phy-sep-logical"})
    assert "The operators were not told of a claim: DatabaseError." in caplog.messages

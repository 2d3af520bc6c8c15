"""What is looked after every hour: reminders, mail that does not get through, old rows."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.test import override_settings
from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.identity import inviting, mailing
from siegel.identity.jobs import look_after_mail, tidy_every_tenant
from siegel.identity.mailing import Notice
from siegel.identity.models import Invitation, QueuedNotice
from siegel.tenancy.context import serving
from siegel.tenancy.models import Job
from tests.cast import Organisation

DAY = dt.timedelta(days=1)
SERVER = {"SIEGEL_SMTP_HOST": "127.0.0.1", "SIEGEL_SMTP_FROM": "siegel@mail.example"}


@pytest.fixture
def mail() -> Iterator[None]:
    with override_settings(**SERVER):
        yield


def invite(bank: Organisation) -> None:
    with serving(bank.tenant):
        inviting.invite(bank.mia, name="Nora Nagel", email="nora@bank.example", roles=[], teams=[])


def days_later(bank: Organisation, days: float) -> None:
    """As if the invitation had been made before so many days."""
    with serving(bank.tenant):
        Invitation.objects.update(expires_at=timezone.now() + inviting.VALID - days * DAY)


def reminders(bank: Organisation) -> int:
    with serving(bank.tenant):
        look_after_mail()
        look_after_mail()
        return QueuedNotice.objects.filter(kind=Notice.INVITATION_REMINDER).count()


def test_whoever_does_not_answer_is_reminded_twice(bank: Organisation, mail: None) -> None:
    invite(bank)
    for days, number in ((0, 0), (2.9, 0), (3, 1), (5.9, 1), (6, 2), (6.9, 2), (7, 2)):
        days_later(bank, days)
        assert reminders(bank) == number
    with serving(bank.tenant):
        inviting.renew(bank.mia, Invitation.objects.get().pk)
    assert reminders(bank) == 2
    days_later(bank, 3)
    assert reminders(bank) == 3
    with serving(bank.tenant):
        assert {one.language for one in QueuedNotice.objects.filter(kind__endswith="r")} == {"de"}


def test_who_has_accepted_is_not_reminded(bank: Organisation, mail: None) -> None:
    invite(bank)
    days_later(bank, 6)
    with serving(bank.tenant):
        Invitation.objects.update(ended_at=timezone.now())
    assert reminders(bank) == 0


def test_without_a_server_nobody_is_reminded(bank: Organisation) -> None:
    invite(bank)
    days_later(bank, 6)
    assert reminders(bank) == 0


def test_mail_that_waits_for_a_day_is_alarmed_about_once(bank: Organisation, mail: None) -> None:
    with serving(bank.tenant):
        mailing.send(Notice.PASSWORD_CHANGED, "ada@bank.example", "de", context={})
        look_after_mail()
        alarms = TrailEntry.objects.filter(action="alarm.raised")
        assert alarms.count() == 0
        QueuedNotice.objects.update(created_at=timezone.now() - DAY)
        look_after_mail()
        look_after_mail()
        assert [one.detail["kind"] for one in alarms] == ["mail-stuck"]
        # Alarms that wait raise none.
        QueuedNotice.objects.exclude(kind="alarm").delete()
        QueuedNotice.objects.update(created_at=timezone.now() - 2 * DAY)
        look_after_mail()
        assert alarms.count() == 1


def test_what_is_due_and_has_no_job_gets_one(bank: Organisation, mail: None) -> None:
    with serving(bank.tenant):
        mailing.send(Notice.TEST, "ada@bank.example", "de", context={})
        Job.objects.all().delete()
        look_after_mail()
        assert Job.objects.filter(name="identity.deliver-mail").count() == 1
        QueuedNotice.objects.update(next_try_at=timezone.now() + DAY)
        Job.objects.all().delete()
        look_after_mail()
        assert Job.objects.count() == 0


def test_old_rows_go(bank: Organisation, mail: None) -> None:
    with serving(bank.tenant):
        kept = {"sent": (29, 31), "failed": (89, 91), "dropped": (0.9, 1.1)}
        for state, ages in kept.items():
            for age in ages:
                mailing.send(Notice.TEST, f"{age}@bank.example", "de", context={})
                ended = timezone.now() - age * DAY
                QueuedNotice.objects.filter(to=f"{age}@bank.example").update(
                    state=state, finished_at=ended
                )
        look_after_mail()
        left = QueuedNotice.objects.values_list("to", flat=True)
        assert sorted(left) == ["0.9@bank.example", "29@bank.example", "89@bank.example"]


def test_it_is_done_in_every_tenant(bank: Organisation, insurer: Organisation) -> None:
    tidy_every_tenant()
    jobs = Job.objects.filter(name="identity.look-after-mail").values_list("tenant", flat=True)
    assert set(jobs) == {bank.tenant.id, insurer.tenant.id}

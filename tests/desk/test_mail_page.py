"""The page E-mail: whether there is a server, what waits and why, two switches, a test."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.desk.administration.mail import KINDS
from siegel.identity import mailing
from siegel.identity.mailing import Notice
from siegel.identity.models import NoticeState, Person, QueuedNotice
from siegel.identity.models import Organisation as Settings
from siegel.identity.roles import Role
from siegel.tenancy import jobs
from siegel.tenancy.context import serving
from siegel.tenancy.models import Job
from tests.cast import Organisation

PAGE = "/administration/mail/"
SERVER = {"SIEGEL_SMTP_HOST": "mail.example", "SIEGEL_SMTP_FROM": "siegel@mail.example"}


@pytest.fixture
def mail() -> Iterator[None]:
    # A server of another test may stand in this process, and would send at once what waits.
    server_runs_jobs = jobs.is_running()
    assert jobs.stop()
    with override_settings(**SERVER):
        yield
    if server_runs_jobs:
        jobs.start()


def queued(bank: Organisation, kind: Notice = Notice.TEST, **more: Any) -> QueuedNotice:
    with serving(bank.tenant):
        mailing.send(kind, "nora@kunde.example", "de", context={})
        notice = QueuedNotice.objects.latest("created_at")
        QueuedNotice.objects.filter(pk=notice.pk).update(**more)
    return notice


def failed(bank: Organisation) -> QueuedNotice:
    return queued(
        bank,
        state=NoticeState.FAILED,
        finished_at=timezone.now(),
        last_refusal="550 recipient refused",
        attempts=3,
    )


def page(bank: Organisation, person: Person | None = None) -> str:
    return bank.desk(person or bank.mia).get(PAGE).content.decode()


def test_without_a_server_it_says_what_that_means(bank: Organisation) -> None:
    text = page(bank)
    assert "No mail server is set. Nobody is sent anything" in text
    assert "Send a test" not in text


def test_it_shows_the_server_and_what_became_of_mail(bank: Organisation, mail: None) -> None:
    assert "nothing yet" in page(bank)
    later = timezone.now() + dt.timedelta(hours=1)
    queued(bank, last_refusal="no connection (TimeoutError)", next_try_at=later)
    failed(bank)
    queued(bank, state=NoticeState.SENT, finished_at=timezone.now())
    text = page(bank)
    assert "mail.example" in text
    assert "siegel@mail.example" in text
    assert "no connection (TimeoutError)" in text
    assert "next try" in text
    assert "550 recipient refused" in text
    assert "nothing yet" not in text


@pytest.mark.parametrize("kind", [Notice.PASSWORD_RESET, Notice.ANSWER])
def test_neither_clients_nor_who_forgot_a_password_are_told(
    bank: Organisation, mail: None, kind: Notice
) -> None:
    queued(bank, kind)
    text = page(bank)
    assert str(KINDS[kind]) in text
    assert "nora@kunde.example" not in text
    queued(bank, Notice.INVITATION)
    assert "nora@kunde.example" in page(bank)


def test_every_kind_has_words() -> None:
    assert set(KINDS) == set(Notice)


def test_a_test_goes_to_oneself(bank: Organisation, mail: None) -> None:
    assert "Send a test to mia@bank.example" in page(bank)
    answer = bank.desk(bank.mia).post(f"{PAGE}test/", {"to": "eve@kunde.example"}, follow=True)
    assert "A test is on its way to your own address." in answer.content.decode()
    with serving(bank.tenant):
        [to] = QueuedNotice.objects.filter(kind="test").values_list("to", flat=True)
    assert to == "mia@bank.example"


def test_what_has_failed_is_tried_again(bank: Organisation, mail: None) -> None:
    notice = failed(bank)
    Job.objects.all().delete()
    mia = bank.desk(bank.mia)
    again = f"{PAGE}{notice.pk}/again/"
    assert "It is tried again now." in mia.post(again, follow=True).content.decode()
    with serving(bank.tenant):
        row = QueuedNotice.objects.get()
        event = TrailEntry.objects.get(action="mail.tried-again")
    assert (row.state, row.attempts, row.last_refusal) == ("waiting", 0, "")
    assert row.next_try_at <= timezone.now() < row.tried_until
    assert (event.actor, event.subject) == (f"person:{bank.mia.pk}", f"mail:{notice.pk}")
    assert Job.objects.filter(name="identity.deliver-mail").count() == 1
    assert "Nothing was changed" in mia.post(again, follow=True).content.decode()
    with serving(bank.tenant):
        assert TrailEntry.objects.filter(action="mail.tried-again").count() == 1


def test_another_organisations_mail_is_nobodys(
    bank: Organisation, insurer: Organisation, mail: None
) -> None:
    notice = failed(bank)
    assert insurer.desk(insurer.mia).post(f"{PAGE}{notice.pk}/again/").status_code == 404
    with serving(bank.tenant):
        assert QueuedNotice.objects.get().state == "failed"


def test_sender_and_switch_are_stored_and_noted(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    form = {"part": "mail", "seen": "", "mail_sender": "Bankhaus Müller", "mail_answers": "on"}
    assert mia.post(PAGE, form).status_code == 302
    with serving(bank.tenant):
        stored = Settings.of_tenant()
        noted = TrailEntry.objects.filter(action="settings.changed")
        assert [one.subject for one in noted] == ["setting:mail_answers", "setting:mail_sender"]
    assert (stored.mail_sender, stored.mail_answers) == ("Bankhaus Müller", True)
    overview = mia.get("/administration/").content.decode()
    assert "Name of the sender" in overview
    odd = mia.post(PAGE, form | {"seen": "x", "mail_sender": "Bank\x01"})
    assert odd.status_code == 422


def test_an_auditor_reads_and_does_nothing(bank: Organisation, mail: None) -> None:
    auditor = bank.hire("Anna Auer", Role.AUDITOR)
    notice = failed(bank)
    text = page(bank, auditor)
    assert "550 recipient refused" in text
    assert f'method="post" action="{PAGE}' not in text
    browser = bank.desk(auditor)
    for address in (f"{PAGE}test/", f"{PAGE}{notice.pk}/again/", PAGE):
        assert browser.post(address).status_code == 403


def test_an_invitation_says_that_it_was_mailed(bank: Organisation, mail: None) -> None:
    mia = bank.desk(bank.mia)
    assert (
        "The invitation goes to this address."
        in mia.get("/administration/people/").content.decode()
    )
    form = {"name": "Nora", "email": "nora@bank.example", "roles": ["adviser"], "teams": []}
    done = mia.post("/administration/people/", form).content.decode()
    assert "It is on its way by e-mail." in done
    with serving(bank.tenant):
        assert QueuedNotice.objects.get().kind == "invitation"


@pytest.mark.parametrize(
    ("language", "words"), [("de", "Nicht zugestellt"), ("en", "Not delivered")]
)
def test_it_speaks_both_languages(
    bank: Organisation, mail: None, language: str, words: str
) -> None:
    failed(bank)
    answer = bank.desk(bank.mia).get(PAGE, headers={"accept-language": language})
    assert words in answer.content.decode()

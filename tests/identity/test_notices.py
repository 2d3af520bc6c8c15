"""What people are written: in both languages, with a link only at this moment, or nothing."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone, translation

from siegel.identity import inviting, mailing
from siegel.identity.alarms import Alarmed
from siegel.identity.letters import Letter, Notice, told_time, write
from siegel.identity.models import Invitation, Organisation, Person, QueuedNotice, Token
from siegel.identity.notices import ALARMS
from siegel.identity.tokens import NotHeld
from siegel.tenancy.context import serving
from tests.cast import Organisation as Cast

SERVER = {"SIEGEL_SMTP_HOST": "127.0.0.1", "SIEGEL_SMTP_FROM": "siegel@mail.example"}


@pytest.fixture(autouse=True)
def mail() -> Iterator[None]:
    with override_settings(**SERVER):
        yield


def invite(bank: Cast, language: str = "en") -> str:
    with serving(bank.tenant), translation.override(language):
        return inviting.invite(
            bank.mia, name="Nora Nagel", email="nora@bank.example", roles=[], teams=[]
        )


def letter(bank: Cast, **wanted: Any) -> Letter | None:
    with serving(bank.tenant):
        notice = QueuedNotice.objects.filter(**wanted).latest("created_at")
        with translation.override(notice.language):
            return write(notice)


def all_text(found: Letter) -> str:
    return " ".join([found.subject, *found.paragraphs, found.why, *(found.button or ())])


@pytest.mark.parametrize(
    ("language", "subject", "says", "button"),
    [
        ("de", "Einladung zu Bank", "Mia Maurer lädt Sie ein", "Einladung annehmen"),
        ("en", "Invitation to Bank", "Mia Maurer invites you", "Accept the invitation"),
    ],
)
def test_an_invitation_has_a_link_of_its_own(
    bank: Cast, language: str, subject: str, says: str, button: str
) -> None:
    handed_over = invite(bank, language)
    with serving(bank.tenant):
        assert handed_over not in str(QueuedNotice.objects.values().get())
    found = letter(bank)
    assert found is not None
    assert found.subject == subject
    assert found.paragraphs[1].startswith(says)
    assert "Nora Nagel" in found.paragraphs[0]
    assert "(Europe/Berlin)" in found.paragraphs[2]
    assert found.button is not None
    assert found.button[0] == button
    [mailed] = re.findall(r"^https://bank\.test/invitation/#(sgl_i_\w{61})$", found.button[1])
    assert mailed != handed_over
    with serving(bank.tenant):
        inviting.accept(mailed, "a sentence that nobody guesses")
        # The first that is used ends them all.
        with pytest.raises(NotHeld):
            inviting.invitation_of(handed_over)
        assert Token.objects.filter(ended_at=None).count() == 0
    assert letter(bank, kind="invitation") is None


def test_the_port_is_in_the_link(bank: Cast) -> None:
    with serving(bank.tenant), override_settings(SIEGEL_HTTPS_PORT=8443):
        assert mailing.link("/x/") == "https://bank.test:8443/x/"


def test_what_became_of_the_invitation_is_looked_at_when_it_is_sent(bank: Cast) -> None:
    invite(bank)
    with serving(bank.tenant):
        pending = Invitation.objects.get()
        inviting.renew(bank.mia, pending.pk)
        first, second = QueuedNotice.objects.order_by("created_at")
        # The older mail is about the link that is dead.
        assert write(first) is None
        assert write(second) is not None
        inviting.withdraw(bank.mia, pending.pk)
        assert write(second) is None
        Invitation.objects.update(ended_at=None, expires_at=timezone.now())
        assert write(second) is None
        Invitation.objects.all().delete()
        assert write(second) is None


@pytest.mark.parametrize(
    ("language", "subject"),
    [("de", "Erinnerung: Einladung zu Bank"), ("en", "Reminder: invitation to Bank")],
)
def test_a_reminder_says_that_it_is_one(bank: Cast, language: str, subject: str) -> None:
    invite(bank)
    with serving(bank.tenant), translation.override(language):
        inviting.write_to(Notice.INVITATION_REMINDER, Invitation.objects.get())
    found = letter(bank, kind="invitation-reminder")
    assert found is not None
    assert found.subject == subject


def test_a_time_is_told_in_the_language_of_its_letter(bank: Cast) -> None:
    at = dt.datetime(2026, 3, 4, 16, 5, tzinfo=dt.UTC)
    with serving(bank.tenant):
        with translation.override("de"):
            assert told_time(at) == "4. März 2026 17:05 (Europe/Berlin)"
        with translation.override("en"):
            assert told_time(at) == "March 4, 2026, 5:05 p.m. (Europe/Berlin)"


@pytest.mark.parametrize("kind", list(Alarmed))
@pytest.mark.parametrize("language", ["de", "en"])
def test_every_alarm_has_words(bank: Cast, kind: Alarmed, language: str) -> None:
    context = {"kind": kind, "subject": f"person:{bank.ada.pk}", "at": "2026-11-30T12:00:00+00:00"}
    with serving(bank.tenant):
        mailing.send(Notice.ALARM, "mia@bank.example", language, context=context)
    found = letter(bank)
    assert found is not None
    assert "13:00" in all_text(found) or "1 p.m." in all_text(found)
    # Whom it is about stands in the trail only.
    assert str(bank.ada.pk) not in all_text(found)
    assert "Ada" not in all_text(found)
    assert set(ALARMS) == set(Alarmed)


@pytest.mark.parametrize(
    ("language", "subject"),
    [("de", "Ihr Passwort wurde geändert"), ("en", "Your password was changed")],
)
def test_a_new_password_is_told_of(bank: Cast, language: str, subject: str) -> None:
    with serving(bank.tenant):
        mailing.send(Notice.PASSWORD_CHANGED, "ada@bank.example", language, context={})
    found = letter(bank)
    assert found is not None
    assert found.subject == subject
    assert found.button is not None
    assert found.button[1] == "https://bank.test/forgotten/"


@pytest.mark.parametrize(
    ("language", "subject"), [("de", "Neues Passwort wählen"), ("en", "Choose a new password")]
)
def test_a_forgotten_password_in_both_languages(bank: Cast, language: str, subject: str) -> None:
    with serving(bank.tenant):
        mailing.send(Notice.PASSWORD_RESET, "ada@bank.example", language, context={})
    found = letter(bank)
    assert found is not None
    assert found.subject == subject
    assert "30" in found.paragraphs[2]


def test_times_are_those_of_the_organisation(bank: Cast) -> None:
    with serving(bank.tenant):
        Organisation.objects.update(
            office_hours={"zone": "America/New_York", "days": [[]] * 7, "closed": []}
        )
        mailing.send(Notice.PASSWORD_CHANGED, "ada@bank.example", "en", context={})
        QueuedNotice.objects.update(created_at=dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC))
    found = letter(bank)
    assert found is not None
    assert "Nov. 30, 2026, 7 a.m. (America/New_York)" in found.paragraphs[0]


def test_an_invitation_from_before_holds_for_the_rest_of_its_week(bank: Cast) -> None:
    from django.utils.crypto import salted_hmac

    old = "A" * 43
    invite(bank)
    with serving(bank.tenant):
        digest = salted_hmac("siegel.invitation", old, algorithm="sha256").hexdigest()
        Invitation.objects.update(digest=digest)
        person = inviting.accept(old, "a sentence that nobody guesses")
        assert Person.objects.get(email="nora@bank.example") == person
        with pytest.raises(NotHeld):
            inviting.invitation_of(old)

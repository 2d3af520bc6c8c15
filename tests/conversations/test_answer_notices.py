"""Clients are told that there is an answer: if it is wanted, without a word of it, and once."""

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest
from django.test import override_settings
from django.utils import timezone, translation

from siegel.conversations import answer_notices
from siegel.conversations.answer_notices import OLDEST, UNREAD
from siegel.conversations.batches import Posting, commit_batch
from siegel.conversations.contacts import introduce
from siegel.conversations.jobs import tell_of_answers, tell_of_answers_everywhere
from siegel.conversations.models import Contact, Conversation, ReadMark, State
from siegel.conversations.reading import mark_read
from siegel.identity.letters import write
from siegel.identity.models import Organisation as Settings
from siegel.identity.models import QueuedNotice
from siegel.tenancy.context import serving
from siegel.tenancy.models import Job
from siegel.tenancy.writing import write_transaction
from tests.cast import Organisation

SECRET = "Ihr Darlehen ist bewilligt"
SERVER = {"SIEGEL_SMTP_HOST": "127.0.0.1", "SIEGEL_SMTP_FROM": "siegel@mail.example"}


@pytest.fixture(autouse=True)
def mail() -> Iterator[None]:
    with override_settings(**SERVER):
        yield


@pytest.fixture
def asked(bank: Organisation) -> Conversation:
    """Somebody who has left an address, at an organisation that tells."""
    conversation = bank.conversation()
    with serving(bank.tenant):
        introduce(bank.as_client(conversation), conversation, "Zoé Zahn", "zoe@kunde.example")
        Settings.objects.update(mail_answers=True)
    return conversation


def answer(bank: Organisation, conversation: Conversation, ago: dt.timedelta = UNREAD) -> None:
    adviser = bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        commit_batch(
            [Posting(conversation.pk, uuid.uuid4(), adviser.side, SECRET, adviser.actor, bank.ada)]
        )
        Conversation.objects.update(last_message_at=timezone.now() - ago)


def told(bank: Organisation) -> int:
    with serving(bank.tenant):
        tell_of_answers()
        return QueuedNotice.objects.filter(kind="answer").count()


@pytest.mark.parametrize(
    ("language", "subject"), [("de", "Bank hat Ihnen geantwortet"), ("en", "Bank has answered you")]
)
def test_it_says_that_and_not_what(
    bank: Organisation, asked: Conversation, language: str, subject: str
) -> None:
    with serving(bank.tenant):
        Contact.objects.update(language=language)
    answer(bank, asked)
    assert told(bank) == 1
    with serving(bank.tenant):
        notice = QueuedNotice.objects.get()
        with translation.override(notice.language):
            letter = write(notice)
    assert (notice.to, notice.language) == ("zoe@kunde.example", language)
    assert letter is not None
    assert letter.subject == subject
    assert SECRET not in str(letter)
    assert letter.button is not None
    assert letter.button[1] == "https://www.bank.example"
    with serving(bank.tenant):
        Settings.objects.update(page_origins=[])
        assert write(notice).button is None  # type: ignore[union-attr] # it was one above


def test_one_until_they_have_read(bank: Organisation, asked: Conversation) -> None:
    for _ in range(3):
        answer(bank, asked)
        assert told(bank) == 1
    with serving(bank.tenant):
        asked.refresh_from_db()
        mark_read(bank.as_client(asked), asked, asked.last_seq)
        assert write(QueuedNotice.objects.get()) is None
    assert told(bank) == 1
    answer(bank, asked)
    assert told(bank) == 2


def test_who_reads_while_they_are_about_to_be_told_is_not(
    bank: Organisation, asked: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def late() -> Iterator[None]:
        asked.refresh_from_db()
        mark_read(bank.as_client(asked), asked, asked.last_seq)
        with write_transaction():
            yield

    answer(bank, asked)
    monkeypatch.setattr(answer_notices, "write_transaction", late)
    assert told(bank) == 0


def test_who_reads_within_ten_minutes_is_not_told(bank: Organisation, asked: Conversation) -> None:
    answer(bank, asked, UNREAD - dt.timedelta(seconds=30))
    assert told(bank) == 0
    answer(bank, asked, OLDEST)
    assert told(bank) == 0


def test_only_if_the_organisation_wants_it(bank: Organisation, asked: Conversation) -> None:
    answer(bank, asked)
    with serving(bank.tenant):
        Settings.objects.update(mail_answers=False)
    assert told(bank) == 0
    with serving(bank.tenant):
        Settings.objects.update(mail_answers=True)
    with override_settings(SIEGEL_SMTP_HOST=""):
        assert told(bank) == 0
    assert told(bank) == 1
    with serving(bank.tenant):
        notice = QueuedNotice.objects.get()
        Settings.objects.update(mail_answers=False)
        assert write(notice) is None


def test_nobody_is_told_who_left_no_address_or_is_blocked(
    bank: Organisation, asked: Conversation
) -> None:
    answer(bank, asked)
    with serving(bank.tenant):
        Contact.objects.update(email="")
    assert told(bank) == 0
    with serving(bank.tenant):
        Contact.objects.update(email="zoe@kunde.example", blocked_at=timezone.now())
    assert told(bank) == 0


def test_what_the_client_wrote_last_is_no_answer(bank: Organisation, asked: Conversation) -> None:
    with serving(bank.tenant):
        Conversation.objects.update(last_message_at=timezone.now() - UNREAD)
    assert told(bank) == 0


def test_an_address_that_was_corrected_meanwhile_gets_none(
    bank: Organisation, asked: Conversation
) -> None:
    answer(bank, asked)
    assert told(bank) == 1
    with serving(bank.tenant):
        notice = QueuedNotice.objects.get()
        Contact.objects.update(email="other@kunde.example")
        assert write(notice) is None
        Contact.objects.update(email="zoe@kunde.example")
        Conversation.objects.update(state=State.DELETING)
        assert write(notice) is None
        assert ReadMark.objects.count() == 0


def test_the_corrected_address_is_told_as_well(bank: Organisation, asked: Conversation) -> None:
    answer(bank, asked)
    assert told(bank) == 1
    with serving(bank.tenant):
        Contact.objects.update(email="right@kunde.example")
    assert told(bank) == told(bank) == 2
    with serving(bank.tenant):
        newest = QueuedNotice.objects.latest("created_at")
        assert newest.to == "right@kunde.example"
        # The address goes when the mail is sent, and nothing else has it.
        assert "kunde.example" not in str(newest.context)
        # As when they were sent: nobody is told a second time.
        QueuedNotice.objects.update(to="", state="sent")
    assert told(bank) == 2


def test_who_has_nothing_to_be_told_keeps_nobody_from_writing(
    bank: Organisation, asked: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(bank, asked)
    assert told(bank) == 1

    def busy() -> NoReturn:
        raise OSError

    monkeypatch.setattr("siegel.conversations.answer_notices.write_transaction", busy)
    assert told(bank) == 1


def test_it_is_looked_at_in_every_tenant(bank: Organisation, insurer: Organisation) -> None:
    with override_settings(SIEGEL_SMTP_HOST=""):
        tell_of_answers_everywhere()
        assert Job.objects.count() == 0
    tell_of_answers_everywhere()
    jobs = Job.objects.filter(name="conversations.tell-of-answers")
    assert {job.tenant for job in jobs} == {bank.tenant.id, insurer.tenant.id}

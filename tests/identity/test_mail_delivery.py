"""System mail through a real Postfix: encrypted, kept until it is taken, told when it is not."""

import datetime as dt
import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F
from django.test import override_settings
from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.identity import letters, mail_delivery, mailing
from siegel.identity.letters import Letter
from siegel.identity.mail_delivery import compose, deliver_mail, one_line
from siegel.identity.mailing import Notice
from siegel.identity.models import NoticeState, Organisation, QueuedNotice
from siegel.tenancy.context import serving
from siegel.tenancy.models import Job
from siegel.tenancy.writing import write_transaction
from tests.cast import Organisation as Cast
from tests.postfix import BUSY, GONE, LATER, SENDER, Postfix, needs_postfix, real_postfix

pytestmark = needs_postfix


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    with real_postfix() as server:
        yield server


@pytest.fixture
def server(postfix: Postfix) -> Iterator[Postfix]:
    with postfix.used():
        yield postfix
    postfix.forget()


def send(bank: Cast, to: str = "mia@bank.example", language: str = "de") -> QueuedNotice:
    with serving(bank.tenant):
        assert mailing.send(Notice.TEST, to, language, context={})
        return QueuedNotice.objects.latest("created_at")


def deliver(bank: Cast) -> None:
    with serving(bank.tenant):
        deliver_mail()


def now_is_later(bank: Cast, **notices: Any) -> None:
    """Whoever waits may be tried again."""
    with serving(bank.tenant):
        QueuedNotice.objects.filter(**notices).update(next_try_at=timezone.now())


def told(bank: Cast, notice: QueuedNotice) -> tuple[str, int, str]:
    with serving(bank.tenant):
        row = QueuedNotice.objects.get(pk=notice.pk)
    return row.state, row.attempts, row.last_refusal


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("de", "Test-E-Mail", "E-Mail von Bank kommt an. Es gibt nichts zu tun."),
        ("en", "Test of e-mail", "E-mail from Bank arrives. There is nothing to do."),
    ],
)
def test_a_mail_arrives_in_its_language(
    bank: Cast, server: Postfix, language: str, subject: str, words: str
) -> None:
    notice = send(bank, language=language)
    deliver(bank)
    [mail] = server.mails(1)
    assert mail["Subject"] == subject
    assert mail["From"] == f"Bank <{SENDER}>"
    assert mail["To"] == "mia@bank.example"
    assert mail["Message-ID"] == f"<{notice.pk}@mail.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == language
    assert "ESMTPS" in mail["Received"]
    plain, markup = mail.iter_parts()
    assert (plain.get_content_type(), markup.get_content_type()) == ("text/plain", "text/html")
    assert words in plain.get_content()
    assert words in markup.get_content()
    assert f'<html lang="{language}">' in markup.get_content()
    assert told(bank, notice) == ("sent", 1, "")


def test_the_organisation_chooses_its_name(bank: Cast, server: Postfix) -> None:
    with serving(bank.tenant):
        Organisation.objects.update(mail_sender="Bankhaus Müller & Söhne")
    send(bank)
    deliver(bank)
    [mail] = server.mails(1)
    assert mail["From"].addresses[0].display_name == "Bankhaus Müller & Söhne"


@pytest.mark.parametrize(
    "name",
    [
        "Bank\r\nBcc: eve@kunde.example",
        "Bank\nSubject: other\n\nbody",
        "Bank\u2028Bcc: eve@kunde.example",
        'Bank" <eve@kunde.example>, "',
        "Bank <eve@kunde.example>",
        "\u202eknaB\x00\x0b",
    ],
)
def test_a_name_is_no_header(bank: Cast, server: Postfix, name: str) -> None:
    with serving(bank.tenant):
        Organisation.objects.update(name=name, mail_sender=name)
        notice = QueuedNotice(to="mia@bank.example", language="en")
        odd = compose(notice, Letter(subject=name, paragraphs=("x",), why=""))
        sent = odd.message()
        assert sent["Bcc"] is None
        assert len(sent.get_all("Subject", [])) == 1
    send(bank)
    deliver(bank)
    [mail] = server.mails(1)
    assert mail["Bcc"] is None
    assert [one.addr_spec for one in mail["From"].addresses] == [SENDER]
    assert [one.addr_spec for one in mail["To"].addresses] == ["mia@bank.example"]
    assert len(mail.get_all("Subject", [])) == 1
    assert mail["From"].addresses[0].display_name == one_line(name)


@pytest.mark.parametrize(
    "language",
    ["de", "en"],
)
def test_what_people_are_called_is_text_in_the_markup(
    bank: Cast, server: Postfix, language: str
) -> None:
    with serving(bank.tenant):
        Organisation.objects.update(name="<img src=x>")
    send(bank, language=language)
    deliver(bank)
    [mail] = server.mails(1)
    _, markup = mail.iter_parts()
    assert "<img" not in markup.get_content()
    assert "&lt;img src=x&gt;" in markup.get_content()


def test_implicit_tls_works_as_well(bank: Cast, postfix: Postfix) -> None:
    with postfix.used(SIEGEL_SMTP_TLS="implicit", SIEGEL_SMTP_PORT=postfix.port + 2):
        notice = send(bank)
        deliver(bank)
    assert len(postfix.mails(1)) == 1
    assert told(bank, notice)[0] == "sent"
    postfix.forget()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        # Somebody else vouches for it.
        ({"SIEGEL_SMTP_CA_FILE": None}, "certificate not accepted"),
        ({"port": 3}, "certificate not accepted"),
        # Its certificate has another name.
        ({"SIEGEL_SMTP_HOST": "127.0.0.2", "port": 0}, "no connection (ConnectionRefusedError)"),
        # It, or whoever stands between, offers no encryption.
        ({"port": 1}, "does not offer what is asked for (TLS, sign-in)"),
        # It speaks plainly where it should be encrypted from the start.
        ({"port": 0, "SIEGEL_SMTP_TLS": "implicit"}, "no encrypted connection"),
        # It lets nobody sign in.
        ({"SIEGEL_SMTP_USER": "siegel", "secret": True},
         "does not offer what is asked for (TLS, sign-in)"),
    ],
)  # fmt: skip
def test_a_server_that_is_not_the_one_meant_gets_no_mail(
    bank: Cast, postfix: Postfix, tmp_path: Path, more: dict[str, Any], words: str
) -> None:
    given = dict(more)
    if given.pop("secret", None):
        given["SIEGEL_SMTP_PASSWORD_FILE"] = tmp_path / "password"
        (tmp_path / "password").write_text("a secret\n")
    given["SIEGEL_SMTP_PORT"] = postfix.port + given.pop("port", 0)
    with postfix.used(**given):
        notice = send(bank)
        deliver(bank)
    assert postfix.mails() == []
    assert told(bank, notice) == ("waiting", 1, words)
    # Once it is the right one, what waits gets through.
    now_is_later(bank)
    with postfix.used():
        deliver(bank)
    assert len(postfix.mails(1)) == 1
    assert told(bank, notice) == ("sent", 2, "")
    postfix.forget()


def test_a_server_that_is_down_loses_nothing_and_doubles_nothing(
    bank: Cast, postfix: Postfix
) -> None:
    postfix.stop()
    with postfix.used():
        sent = [send(bank, f"mia+{number}@bank.example") for number in range(20)]
        for _ in range(3):
            deliver(bank)
            now_is_later(bank)
    with serving(bank.tenant):
        assert QueuedNotice.objects.filter(state=NoticeState.WAITING).count() == 20
    postfix.start()
    with postfix.used():
        deliver(bank)
        deliver(bank)
        arrived = postfix.mails(20)
    assert sorted(mail["To"] for mail in arrived) == sorted(notice.to for notice in sent)
    assert {told(bank, notice)[0] for notice in sent} == {"sent"}
    postfix.forget()


def test_whoever_waits_longer_is_tried_less_often(bank: Cast) -> None:
    with override_settings(
        SIEGEL_SMTP_HOST="127.0.0.1", SIEGEL_SMTP_PORT=1, SIEGEL_SMTP_FROM=SENDER
    ):
        notice = send(bank)
        waits = []
        for _ in range(6):
            deliver(bank)
            with serving(bank.tenant):
                row = QueuedNotice.objects.get(pk=notice.pk)
            waits.append(row.next_try_at - timezone.now())
            now_is_later(bank)
    assert waits[0] <= dt.timedelta(seconds=10)
    assert dt.timedelta(minutes=25) < waits[-1] <= dt.timedelta(hours=1)
    # Each try has made a job for the next one.
    later = Job.objects.filter(name="identity.deliver-mail", run_after__gt=F("created_at"))
    assert later.count() == 6


def test_whoever_has_waited_for_days_is_given_up(bank: Cast) -> None:
    with override_settings(
        SIEGEL_SMTP_HOST="127.0.0.1", SIEGEL_SMTP_PORT=1, SIEGEL_SMTP_FROM=SENDER
    ):
        notice = send(bank)
        with serving(bank.tenant):
            QueuedNotice.objects.update(tried_until=timezone.now())
        deliver(bank)
    state, _, words = told(bank, notice)
    assert state == "failed"
    assert words.startswith("no connection (")
    assert not Job.objects.filter(name="identity.deliver-mail", run_after__gt=F("created_at"))


def test_one_that_is_not_due_is_left_alone(bank: Cast, server: Postfix) -> None:
    send(bank)
    with serving(bank.tenant):
        QueuedNotice.objects.update(next_try_at=timezone.now() + dt.timedelta(minutes=1))
    deliver(bank)
    assert server.mails() == []


def test_a_refusal_for_good_is_told_and_not_repeated(bank: Cast, server: Postfix) -> None:
    notice, other = send(bank, GONE), send(bank)
    deliver(bank)
    deliver(bank)
    assert told(bank, notice) == ("failed", 1, "550 recipient refused")
    # The next one goes through the same connection.
    assert told(bank, other)[0] == "sent"
    with serving(bank.tenant):
        event = TrailEntry.objects.get(action="mail.failed")
    assert event.subject == f"mail:{notice.pk}"
    assert event.detail == {"kind": "test", "refusal": "550 recipient refused"}


def test_a_refusal_for_now_is_tried_again_for_days(bank: Cast, server: Postfix) -> None:
    notice, other = send(bank, LATER), send(bank)
    deliver(bank)
    assert told(bank, notice) == ("waiting", 1, "451 recipient refused")
    assert told(bank, other)[0] == "sent"
    now_is_later(bank, pk=notice.pk)
    with serving(bank.tenant):
        QueuedNotice.objects.filter(pk=notice.pk).update(tried_until=timezone.now())
    deliver(bank)
    # Not once more when its time is over.
    assert told(bank, notice) == ("failed", 1, "451 recipient refused")


def test_what_cannot_be_written_keeps_no_other(
    bank: Cast, server: Postfix, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = send(bank)
    with serving(bank.tenant):
        QueuedNotice.objects.update(kind="of-tomorrow")
    other = send(bank)
    deliver(bank)
    assert told(bank, notice) == ("waiting", 1, "cannot be written (KeyError)")
    assert told(bank, other)[0] == "sent"


def test_what_has_nothing_to_say_any_more_is_dropped(bank: Cast, server: Postfix) -> None:
    with serving(bank.tenant):
        mailing.send(Notice.PASSWORD_RESET, "nobody@bank.example", "de", context={})
        notice = QueuedNotice.objects.get()
    deliver(bank)
    assert told(bank, notice) == ("dropped", 1, "")
    assert server.mails() == []


def test_of_a_client_who_was_told_the_address_is_not_kept(bank: Cast, server: Postfix) -> None:
    context = {"conversation": str(uuid.uuid4()), "email": "zoe@kunde.example"}
    with serving(bank.tenant):
        mailing.send(Notice.ANSWER, "zoe@kunde.example", "de", context=context)
        notice = QueuedNotice.objects.get()
    deliver(bank)
    assert told(bank, notice)[0] == "dropped"
    with serving(bank.tenant):
        notice.refresh_from_db()
    assert (notice.to, notice.context) == ("", {"conversation": context["conversation"]})


def test_what_is_rolled_back_is_not_sent(bank: Cast, server: Postfix) -> None:
    with serving(bank.tenant), pytest.raises(RuntimeError), write_transaction():
        mailing.send(Notice.TEST, "mia@bank.example", "de", context={})
        raise RuntimeError
    deliver(bank)
    with serving(bank.tenant):
        assert QueuedNotice.objects.count() == 0


def test_many_are_sent_in_rounds(
    bank: Cast, server: Postfix, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_delivery, "ROUND", 2)
    for number in range(3):
        send(bank, f"mia+{number}@bank.example")
    Job.objects.all().delete()
    deliver(bank)
    assert len(server.mails(2)) == 2
    # The rest is another job's.
    assert Job.objects.filter(name="identity.deliver-mail").count() == 1
    deliver(bank)
    assert len(server.mails(3)) == 3


KILLED = """
import os, signal, sys
import django
django.setup(set_prefix=False)
from django.test import override_settings
from siegel.identity import mail_delivery, notices
from siegel.tenancy.context import ServedTenant, serving
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
mail_delivery._finish = die
host, port, sender, authority, tenant = sys.argv[1:]
with (
    override_settings(SIEGEL_SMTP_HOST=host, SIEGEL_SMTP_PORT=int(port), SIEGEL_SMTP_FROM=sender,
                      SIEGEL_SMTP_CA_FILE=authority),
    serving(ServedTenant(tenant)),
):
    mail_delivery.deliver_mail()
"""


def test_killed_between_taking_and_marking_it_is_sent_twice_under_one_name(
    bank: Cast, server: Postfix
) -> None:
    """At least once, as the docs say; Message-ID tells that it is the same."""
    notice = send(bank)
    given = ["localhost", str(server.port), SENDER, str(server.authority.file), bank.tenant.id]
    killed = subprocess.run([sys.executable, "-c", KILLED, *given], env=os.environ)
    assert killed.returncode == -signal.SIGKILL
    assert len(server.mails(1)) == 1
    # Nobody else takes it until the one who died must be done.
    deliver(bank)
    assert told(bank, notice) == ("waiting", 1, "")
    now_is_later(bank)
    deliver(bank)
    first, second = server.mails(2)
    assert first["Message-ID"] == second["Message-ID"]
    assert told(bank, notice) == ("sent", 2, "")


def test_no_link_is_kept_before_it_is_sent(bank: Cast, server: Postfix) -> None:
    with serving(bank.tenant):
        mailing.send(Notice.PASSWORD_RESET, bank.ada.email, "en", context={})
        row = QueuedNotice.objects.values().get()
        assert "sgl_" not in str(row)
    deliver(bank)
    [mail] = server.mails(1)
    plain, markup = mail.iter_parts()
    [link] = re.findall(r"https://bank\.test/reset/#(sgl_r_\w{61})\b", plain.get_content())
    assert f"#{link}" in markup.get_content()
    with serving(bank.tenant):
        assert link not in str(QueuedNotice.objects.values().get())


def test_the_server_may_send_us_away_for_now(bank: Cast, server: Postfix) -> None:
    notice, other = send(bank, BUSY), send(bank)
    deliver(bank)
    assert told(bank, notice) == ("waiting", 1, "421 recipient refused")
    # Whoever says so wants nothing else now.
    assert told(bank, other) == ("waiting", 0, "")


def test_a_server_that_goes_away_in_between_is_asked_again(
    bank: Cast, postfix: Postfix, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = letters.write

    def gone(notice: QueuedNotice) -> Letter | None:
        postfix.stop()
        return write(notice)

    monkeypatch.setattr(mail_delivery, "write", gone)
    with postfix.used():
        notice = send(bank)
        deliver(bank)
    state, attempts, words = told(bank, notice)
    assert (state, attempts) == ("waiting", 1)
    assert words.startswith("no connection (")
    postfix.start()


def test_what_has_nobody_is_not_sent(bank: Cast, server: Postfix) -> None:
    with serving(bank.tenant):
        assert not mailing.send(Notice.TEST, "person@probe.invalid", "de", context={})
        assert QueuedNotice.objects.count() == 0


def test_without_a_server_nothing_is_kept(bank: Cast) -> None:
    with serving(bank.tenant):
        assert not mailing.send(Notice.TEST, "mia@bank.example", "de", context={})
        assert QueuedNotice.objects.count() == 0
        deliver_mail()

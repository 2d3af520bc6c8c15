"""What ends a mail at once, what only delays it, and what is left of one that has ended."""

import datetime as dt
import smtplib
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.test import override_settings
from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.identity import mail_queue, mailing
from siegel.identity.addresses import check_address
from siegel.identity.jobs import look_after_mail
from siegel.identity.mail_delivery import deliver_mail
from siegel.identity.mail_server import MailServer
from siegel.identity.mailing import Notice
from siegel.identity.models import Alarm, NoticeState, QueuedNotice
from siegel.tenancy.context import serving
from siegel.tenancy.writing import write_transaction
from tests.cast import Organisation

DAY = dt.timedelta(days=1)
SERVER = {"SIEGEL_SMTP_HOST": "127.0.0.1", "SIEGEL_SMTP_FROM": "siegel@mail.example"}
# Django's validator takes them.
NOT_TO_BE_SENT = ['"w\x0b"@[::1]', '"\u017f\x1e"@kunde.example']
MIA = "mia@bank.example"


class Server:
    """A connection that answers as it is told."""

    def __init__(self) -> None:
        self.refusal: Exception | None = None
        self.sent: list[str] = []
        self.asked = 0

    def sendmail(self, sender: str, recipients: list[str], content: bytes) -> None:
        self.asked += 1
        if self.refusal is not None:
            raise self.refusal
        self.sent += recipients

    def quit(self) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    answering = Server()

    def opened(self: Any) -> bool:
        is_new = not self.connection
        self.connection = answering
        return is_new

    monkeypatch.setattr(MailServer, "open", opened)
    with override_settings(**SERVER):
        yield answering


def send(bank: Organisation, to: str = MIA, kind: Notice = Notice.TEST, **context: str) -> None:
    with serving(bank.tenant):
        assert mailing.send(kind, to, "de", context=context)


def deliver(bank: Organisation) -> None:
    with serving(bank.tenant):
        deliver_mail()


def states(bank: Organisation) -> list[tuple[str, str]]:
    with serving(bank.tenant):
        rows = QueuedNotice.objects.order_by("created_at")
        return [(row.state, row.last_refusal) for row in rows]


def alarms(bank: Organisation) -> list[str]:
    with serving(bank.tenant):
        look_after_mail()
        return [one.kind for one in Alarm.objects.all()]


@pytest.mark.parametrize("address", NOT_TO_BE_SENT)
def test_an_address_that_no_mail_can_have_ends_its_mail_only(
    bank: Organisation, server: Server, address: str
) -> None:
    send(bank, address)
    send(bank)
    deliver(bank)
    (bad, words), (good, _) = states(bank)
    assert (bad, good) == ("failed", "sent")
    assert words.startswith("no mail can be made of it (")
    assert server.sent == [MIA]


@pytest.mark.parametrize(
    "address",
    [
        *NOT_TO_BE_SENT,
        "",
        "mia",
        '"w\x01"@kunde.example',
        '"\x7f"@x.example',
        f"a@{'ü' * 62}.example",
    ],
)
def test_such_an_address_is_not_taken(address: str) -> None:
    with pytest.raises(ValidationError):
        check_address(address)


@pytest.mark.parametrize("address", [MIA, '"a b"@x.example', "w@müller.example", "w@[127.0.0.1]"])
def test_others_are_taken_as_before(address: str) -> None:
    try:
        validate_email(address)
    except ValidationError:
        with pytest.raises(ValidationError):
            check_address(address)
    else:
        check_address(address)


def test_nobody_has_such_a_mailbox_who_has_forgotten_a_password(
    bank: Organisation, server: Server
) -> None:
    for address in NOT_TO_BE_SENT:
        assert bank.anonymous().post("/forgotten/", {"email": address}).status_code == 422
    assert states(bank) == []


def test_a_sender_that_is_refused_delays_and_ends_nothing(
    bank: Organisation, server: Server
) -> None:
    for _ in range(3):
        send(bank)
    server.refusal = smtplib.SMTPSenderRefused(550, b"no", "siegel@mail.example")
    deliver(bank)
    assert [state for state, _ in states(bank)] == ["waiting"] * 3
    # The next one would have the same sender.
    assert server.asked == 1
    assert states(bank)[0] == ("waiting", "550 sender refused")
    with serving(bank.tenant):
        QueuedNotice.objects.update(next_try_at=timezone.now())
    server.refusal = None
    deliver(bank)
    assert [state for state, _ in states(bank)] == ["sent"] * 3


def test_a_content_that_is_refused_ends_it_and_is_alarmed_about_once(
    bank: Organisation, server: Server
) -> None:
    send(bank)
    assert alarms(bank) == []
    server.refusal = smtplib.SMTPDataError(554, b"no")
    deliver(bank)
    assert states(bank) == [("failed", "554 refused")]
    assert alarms(bank) == alarms(bank) == ["mail-failed"]
    # An alarm that cannot be delivered raises no other.
    with serving(bank.tenant):
        Alarm.objects.all().delete()
        QueuedNotice.objects.exclude(kind=Notice.ALARM).delete()
    deliver(bank)
    assert states(bank) == [("failed", "554 refused")]
    assert alarms(bank) == []


@pytest.mark.parametrize(
    ("refusal", "raised"),
    [
        (smtplib.SMTPRecipientsRefused({"x": (550, b"no")}), []),
        (smtplib.SMTPDataError(554, b"no"), ["mail-failed"]),
    ],
)
def test_what_clients_mistype_is_no_alarm(
    bank: Organisation, server: Server, refusal: Exception, raised: list[str]
) -> None:
    send(bank, "spur@kunde.example", Notice.CLIENT_LINK, request="1")
    server.refusal = refusal
    deliver(bank)
    assert [state for state, _ in states(bank)] == ["failed"]
    assert alarms(bank) == raised


def test_what_is_past_its_time_is_not_sent(bank: Organisation, server: Server) -> None:
    send(bank)
    send(bank)
    with serving(bank.tenant):
        late = QueuedNotice.objects.earliest("created_at")
        QueuedNotice.objects.filter(pk=late.pk).update(tried_until=timezone.now() - 5 * DAY)
    deliver(bank)
    assert [state for state, _ in states(bank)] == ["failed", "sent"]
    assert states(bank)[0] == ("failed", "was not tried in time")
    assert server.sent == [MIA]
    with serving(bank.tenant):
        assert TrailEntry.objects.get(action="mail.failed").subject == f"mail:{late.pk}"


def test_without_a_server_waiting_ends_too(bank: Organisation, server: Server) -> None:
    send(bank)
    with override_settings(SIEGEL_SMTP_HOST=""):
        alarms(bank)
        assert states(bank) == [("waiting", "")]
        with serving(bank.tenant):
            QueuedNotice.objects.update(tried_until=timezone.now())
        assert alarms(bank) == ["mail-failed"]
        assert states(bank) == [("failed", "was not tried in time")]


@pytest.mark.parametrize("state", ["sent", "dropped", "failed"])
def test_no_address_of_a_client_is_left_when_it_has_ended(
    bank: Organisation, server: Server, state: str
) -> None:
    spur = "spur@kunde.example"
    send(bank, spur, Notice.CLIENT_LINK, request="1", email=spur)
    send(bank)
    with serving(bank.tenant):
        notice = QueuedNotice.objects.get(kind=Notice.CLIENT_LINK)
        other = QueuedNotice.objects.get(kind=Notice.TEST)
        if state == "dropped":
            long_ago = timezone.now() - DAY
            QueuedNotice.objects.filter(pk=notice.pk).update(created_at=long_ago)
        if state == "failed":
            server.refusal = smtplib.SMTPRecipientsRefused({spur: (550, b"no")})
        deliver_mail()
        notice.refresh_from_db()
        other.refresh_from_db()
        assert (notice.state, notice.context) == (state, {"request": "1"})
        # The link asks for it as long as it may hold.
        look_after_mail()
        notice.refresh_from_db()
        assert notice.to == spur
        two_hours_ago = timezone.now() - DAY / 12
        QueuedNotice.objects.update(finished_at=two_hours_ago)
        look_after_mail()
        notice.refresh_from_db()
        assert notice.to == ""
        assert other.to == MIA
        # Nobody knows any more where to.
        assert not mail_queue.try_again(bank.mia, notice)
    page = bank.desk(bank.mia).get("/administration/mail/").content.decode()
    assert f"/administration/mail/{notice.pk}/" not in page


def test_old_alarms_go(bank: Organisation) -> None:
    with serving(bank.tenant), write_transaction():
        for days in (89, 91):
            at = timezone.now() - days * DAY
            Alarm.objects.create(kind="mail-stuck", subject=str(days), raised_at=at)
        assert QueuedNotice.objects.filter(state=NoticeState.WAITING).count() == 0
        look_after_mail()
        assert [one.subject for one in Alarm.objects.all()] == ["89"]

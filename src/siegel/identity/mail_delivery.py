"""Delivering the kept queue: at least once, and at times twice.

A mail that the server has accepted is marked as sent after that. A process that is killed between
the two sends it again, under the same Message-ID.
"""

import datetime as dt
import logging
import smtplib
import unicodedata
from email.errors import MessageError
from email.utils import formataddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F, Max, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation

from siegel.audit import trail
from siegel.identity.addresses import in_header
from siegel.identity.letters import TO_CLIENTS, Letter, Notice, write
from siegel.identity.mail_server import MailServer, code_of, in_short_words, is_configured
from siegel.identity.models import NoticeState, Organisation, QueuedNotice
from siegel.tenancy.context import served
from siegel.tenancy.job_running import delay_after
from siegel.tenancy.jobs import enqueue, enqueue_at, job
from siegel.tenancy.writing import write_transaction

log = logging.getLogger(__name__)
# So long nobody else tries a mail that somebody is at: longer than one takes, shorter than the
# lease of the job.
CLAIM = dt.timedelta(minutes=5)
# Of what has an address that no mail can have.
NO_MAIL = "no mail can be made of it"
# A job lets others go first after so many.
ROUND = 50


@job(name="identity.deliver-mail")
def deliver_mail() -> None:
    """Send what waits in the tenant and is due."""
    if not is_configured() or not _due().exists():
        return
    try:
        server = MailServer()
        server.open()
    except (OSError, smtplib.SMTPException) as error:
        # Whoever is next would wait for the same server.
        with write_transaction():
            due = QueuedNotice.objects.filter(pk__in=list(_due().values_list("pk", flat=True)))
            due.update(attempts=F("attempts") + 1)
            _postpone(due, in_short_words(error))
        return
    try:
        for _ in range(ROUND):
            notice = _claim()
            if notice is None:
                return
            if not _deliver(server, notice):
                return
        enqueue(deliver_mail, served())
    finally:
        server.close()


def _due() -> QuerySet[QueuedNotice]:
    return QueuedNotice.objects.filter(
        state=NoticeState.WAITING, next_try_at__lte=timezone.now()
    ).order_by("next_try_at")


def _claim() -> QueuedNotice | None:
    """The next one, which nobody else takes meanwhile."""
    end_overdue()
    with write_transaction():
        notice = _due().first()
        if notice is not None:
            notice.attempts += 1
            notice.next_try_at = timezone.now() + CLAIM
            notice.save(update_fields=["attempts", "next_try_at"])
    return notice


def end_overdue() -> None:
    """End what waits for longer than it is tried, such as while there is no server any more."""
    overdue = _due().filter(tried_until__lte=timezone.now())
    if overdue.exists():
        with write_transaction():
            for notice in overdue:
                _fail(notice, notice.last_refusal or "was not tried in time")


def _deliver(server: MailServer, notice: QueuedNotice) -> bool:
    """Send one; False if the server is not to be asked for others now."""
    itself = QueuedNotice.objects.filter(pk=notice.pk)
    try:
        with translation.override(notice.language):
            letter = write(notice)
            if letter is None:
                _finish(notice, NoticeState.DROPPED)
                return True
            mail = compose(notice, letter)
    except Exception as error:  # noqa: BLE001 - one that cannot be written must not keep the others
        log.error("Mail %s cannot be written: %s.", notice.pk, type(error).__name__)
        _postpone(itself, f"cannot be written ({type(error).__name__})")
        return True
    try:
        _build(mail)
    except (ValueError, MessageError) as error:
        # Tomorrow it is no other address.
        _fail(notice, f"{NO_MAIL} ({type(error).__name__})")
        return True
    try:
        server.send_messages([mail])
    except (smtplib.SMTPDataError, smtplib.SMTPRecipientsRefused) as error:
        # What is said of this mail. A sender that is refused is a mistake of the installation.
        if code_of(error) >= 500:
            _fail(notice, in_short_words(error))
        else:
            _postpone(itself, in_short_words(error))
        return code_of(error) != 421
    except (OSError, smtplib.SMTPException) as error:
        _postpone(itself, in_short_words(error))
        return False
    _finish(notice, NoticeState.SENT)
    return True


def compose(notice: QueuedNotice, letter: Letter) -> EmailMultiAlternatives:
    """The mail, as text and as HTML around the same text."""
    organisation = Organisation.of_tenant()
    sender = settings.SIEGEL_SMTP_FROM
    name = one_line(organisation.mail_sender or organisation.name)
    subject = one_line(letter.subject)
    parts = [*letter.paragraphs]
    if letter.button:
        parts.append("{}:\n{}".format(*letter.button))
    parts.append(f"-- \n{name}\n{letter.why}")
    mail = EmailMultiAlternatives(
        subject=subject,
        body="\n\n".join(parts) + "\n",
        from_email=formataddr((name, sender)),
        to=[notice.to],
        headers={
            "Message-ID": f"<{notice.pk}@{sender.split('@')[1]}>",
            # RFC 3834: nobody's absence is to answer it.
            "Auto-Submitted": "auto-generated",
            "Content-Language": notice.language,
        },
    )
    context = {
        "letter": letter,
        "subject": subject,
        "organisation": name,
        "language": notice.language,
    }
    mail.attach_alternative(render_to_string("mail/letter.html", context), "text/html")
    return mail


def _build(mail: EmailMultiAlternatives) -> None:
    """Make the mail as it is sent; raises ValueError, email's MessageError if that cannot be."""
    for address in mail.recipients():
        in_header(address)
    mail.message().as_bytes()


def one_line(text: str) -> str:
    """A name for a header: no line ends in it, and nothing that turns what follows around."""
    shown = (" " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} else sign for sign in text)
    return " ".join("".join(s for s in shown if unicodedata.category(s) != "Cf").split())


def _postpone(notices: QuerySet[QueuedNotice], words: str) -> None:
    """Try again later, and later each time, until they have been tried for days."""
    now = timezone.now()
    for notice in notices.filter(tried_until__lte=now):
        _fail(notice, words)
    with write_transaction():
        waiting = notices.filter(state=NoticeState.WAITING)
        attempts = waiting.aggregate(most=Max("attempts"))["most"]
        if attempts is None:
            return
        later = now + delay_after(attempts)
        waiting.update(next_try_at=later, last_refusal=words)
        enqueue_at(later, deliver_mail, served())


def _fail(notice: QueuedNotice, words: str) -> None:
    with write_transaction():
        _finish(notice, NoticeState.FAILED, words)
        detail = {"kind": notice.kind, "refusal": words}
        trail.append([trail.Event("mailer", "mail.failed", f"mail:{notice.pk}", detail)])


def _finish(notice: QueuedNotice, state: NoticeState, words: str = "") -> None:
    over: dict[str, Any] = {
        "state": state,
        "finished_at": timezone.now(),
        "last_refusal": words,
    }
    if notice.kind in TO_CLIENTS:
        # Who is deleted must not go on standing here. What stays says that there was a mail.
        facts = {name: fact for name, fact in notice.context.items() if name != "email"}
        over["context"] = facts
        # While a link holds it asks here where it was sent (mail_upkeep takes it away after that).
        if notice.kind != Notice.CLIENT_LINK:
            over["to"] = ""
    with write_transaction():
        QueuedNotice.objects.filter(pk=notice.pk).update(**over)

"""E-mail: whether there is a server, what waits, what has failed, and two switches."""

import uuid
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from siegel.desk.administration.done import done_before, redirect_with
from siegel.desk.administration.setting_forms import Line, SettingForm
from siegel.desk.administration.setting_page import setting_page
from siegel.desk.permitted import permitted, person_of
from siegel.identity import mail_queue, mailing
from siegel.identity.mailing import Notice
from siegel.identity.models import NoticeState, QueuedNotice
from siegel.identity.roles import Permission

ADDRESS = "desk:mail"
SHOWN = 50
KINDS: dict[str, Promise] = {
    Notice.INVITATION: _("Invitation"),
    Notice.INVITATION_REMINDER: _("Reminder of an invitation"),
    Notice.PASSWORD_RESET: _("Link for a new password"),
    Notice.PASSWORD_CHANGED: _("Password was changed"),
    Notice.WEAKER_RULES: _("Weaker rules for passwords"),
    Notice.NEW_DEVICE: _("Signed in on a new device"),
    Notice.FACTORS_CHANGED: _("Second factors were changed"),
    Notice.ANSWER: _("There is an answer"),
    Notice.PROOF_CODE: _("Code that a client was asked for"),
    Notice.CLIENT_LINK: _("Link for a client's device"),
    Notice.ALARM: _("Alarm"),
    Notice.TEST: _("Test"),
}


# Whose addresses are shown: those of people of the organisation. Who its clients are is no affair
# of whoever administers it, nor is an address that a stranger has typed.
TO_PEOPLE = {
    Notice.INVITATION,
    Notice.INVITATION_REMINDER,
    Notice.PASSWORD_CHANGED,
    Notice.WEAKER_RULES,
    Notice.NEW_DEVICE,
    Notice.FACTORS_CHANGED,
    Notice.ALARM,
    Notice.TEST,
}


class MailForm(SettingForm):
    """Under which name the organisation writes, and to whom of its own accord."""

    part = "mail"
    title = _("Sender and notices")
    more: ClassVar = {
        "mail_answers": _(
            "Only to clients who have left their address, without a word of the answer, and at "
            "most once until they have read. Whoever reads their mailbox learns that they are "
            "your client."
        ),
    }

    mail_sender = Line(
        label=_("Name of the sender"),
        required=False,
        max_length=120,
        help_text=_("Empty: the organisation's name. The address is set by the operator."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    mail_answers = forms.BooleanField(
        label=_("Tell clients by e-mail that there is an answer"),
        required=False,
        help_text=_("When an answer has not been read for ten minutes."),
    )


def _context(request: HttpRequest) -> dict[str, Any]:
    return {
        "is_configured": mailing.is_configured(),
        "server": settings.SIEGEL_SMTP_HOST,
        "sender": settings.SIEGEL_SMTP_FROM,
        "waiting": _rows(NoticeState.WAITING, "next_try_at"),
        "number_waiting": QueuedNotice.objects.filter(state=NoticeState.WAITING).count(),
        "failed": _rows(NoticeState.FAILED, "-finished_at"),
        "sent": _rows(NoticeState.SENT, "-finished_at")[:1],
        "own_address": person_of(request).email,
    } | done_before(request)


def _rows(state: NoticeState, order: str) -> list[dict[str, Any]]:
    found = QueuedNotice.objects.filter(state=state).order_by(order)[:SHOWN]
    return [
        {
            "notice": notice,
            "kind": KINDS.get(notice.kind, notice.kind),
            "to": notice.to if notice.kind in TO_PEOPLE else "",
        }
        for notice in found
    ]


mail = setting_page(ADDRESS, "administration/mail.html", [MailForm], _context)


@require_POST
@permitted(Permission.SETTINGS_CHANGE)
def test(request: HttpRequest) -> HttpResponse:
    """Write to oneself."""
    mailing.send(Notice.TEST, person_of(request).email, get_language() or "en", context={})
    return redirect_with("mail-test", ADDRESS)


@require_POST
@permitted(Permission.SETTINGS_CHANGE)
def again(request: HttpRequest, notice: uuid.UUID) -> HttpResponse:
    """Try once more what has failed."""
    failed = get_object_or_404(QueuedNotice, pk=notice)
    is_tried = mail_queue.try_again(person_of(request), failed)
    return redirect_with("mail-again" if is_tried else "mail-not-again", ADDRESS)

"""Telling clients by e-mail that there is an answer, without a word of it, once until they read.

Only where the organisation has switched it on, and the client has left an address.
"""

import datetime as dt

from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from siegel.conversations.models import Conversation, Message, ReadMark, Side, State
from siegel.identity import mailing
from siegel.identity.letters import Letter, written_for
from siegel.identity.mailing import Notice
from siegel.identity.models import Organisation, QueuedNotice
from siegel.tenancy.writing import write_transaction

# Whoever still looks at the page has read it by then.
UNREAD = dt.timedelta(minutes=10)
# What is older was told of, or was answered before the switch was on.
OLDEST = dt.timedelta(days=1)


def tell_of_answers() -> None:
    """Write to every client with an answer that was not read for ten minutes."""
    if not mailing.is_configured() or not Organisation.of_tenant().mail_answers:
        return
    now = timezone.now()
    recent = Conversation.objects.filter(
        state__in=[State.OPEN, State.RESOLVED],
        last_message_at__gt=now - OLDEST,
        last_message_at__lte=now - UNREAD,
        contact__blocked_at=None,
    ).exclude(contact__email="")
    for conversation in recent.select_related("contact"):
        # Looked at first: mostly there is nothing to tell, and nobody is kept from writing.
        if _is_to_be_told(conversation):
            _tell(conversation)


def _tell(conversation: Conversation) -> None:
    with write_transaction():
        if _is_to_be_told(conversation):
            contact = conversation.contact
            context = {
                "conversation": str(conversation.pk),
                "address": _digest(conversation, contact.email),
            }
            mailing.send(Notice.ANSWER, contact.email, contact.language, context=context)


@written_for(Notice.ANSWER)
def answer(notice: QueuedNotice) -> Letter | None:
    """That there is an answer; nothing if it was read, or the address was taken back, meanwhile."""
    conversation = (
        Conversation.objects.filter(pk=notice.context["conversation"])
        .exclude(state=State.DELETING)
        .select_related("contact")
        .first()
    )
    organisation = Organisation.of_tenant()
    if (
        conversation is None
        or conversation.contact.email != notice.to
        or not organisation.mail_answers
        or not _unread(conversation)
    ):
        return None
    page = next(iter(organisation.page_origins), None)
    return Letter(
        subject=_("%(name)s has answered you") % {"name": organisation.name},
        paragraphs=(
            _("There is an answer in your conversation with %(name)s.")
            % {"name": organisation.name},
            _(
                "For your protection it is not in this e-mail. Open the chat in the browser in "
                "which you have written."
            ),
        ),
        button=(_("Open the website"), page) if page else None,
        why=_(
            "You get this because you have left your address in the chat. There is no other "
            "e-mail until you have read the answer."
        ),
    )


def _unread(conversation: Conversation) -> bool:
    return Message.objects.filter(
        conversation=conversation, side=Side.ADVISER, seq__gt=_read_to(conversation)
    ).exists()


def _is_to_be_told(conversation: Conversation) -> bool:
    return _unread(conversation) and not _was_told(conversation)


def _was_told(conversation: Conversation) -> bool:
    """Whether there was a mail to the address that they have now, since they have read last."""
    told = QueuedNotice.objects.filter(
        kind=Notice.ANSWER,
        context__conversation=str(conversation.pk),
        context__address=_digest(conversation, conversation.contact.email),
    )
    mark = _mark(conversation)
    return (told.filter(created_at__gt=mark.at) if mark else told).exists()


def _digest(conversation: Conversation, email: str) -> str:
    """Tells whether it is the same address: the address itself goes when the mail is sent."""
    text = f"{conversation.pk}:{email}"
    return salted_hmac("siegel.answer", text, algorithm="sha256").hexdigest()


def _read_to(conversation: Conversation) -> int:
    mark = _mark(conversation)
    return mark.seq if mark else 0


def _mark(conversation: Conversation) -> ReadMark | None:
    return ReadMark.objects.filter(conversation=conversation, side=Side.CLIENT).first()

"""The mail that somebody gets when they have signed in where they had not before."""

import datetime as dt
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from siegel.identity import mailing
from siegel.identity.letters import Letter, Notice, told_time, written_for
from siegel.identity.models import Person, QueuedNotice, Session


def tell_of_new_device(person: Person, session: Session, **named: Any) -> None:
    """The signal `signed_in_from_new_device`: in the transaction of the sign-in."""
    mailing.send(
        Notice.NEW_DEVICE,
        person.email,
        translation.get_language() or "en",
        context={
            "person": str(person.pk),
            "browser": session.browser,
            "address": session.address,
            "at": session.created_at.isoformat(),
        },
    )


@written_for(Notice.NEW_DEVICE)
def new_device(notice: QueuedNotice) -> Letter:
    """From where and when, and what to do if it was somebody else."""
    told = notice.context
    facts = _("When: %(at)s\nBrowser: %(browser)s\nNetwork address: %(address)s") % {
        "at": told_time(dt.datetime.fromisoformat(told["at"])),
        "browser": told["browser"] or _("Unknown browser"),
        "address": told["address"] or _("unknown address"),
    }
    return Letter(
        subject=_("Signed in on a new device"),
        paragraphs=(
            _("Somebody has signed in with your address on a device that we did not know yet."),
            facts,
            _("If it was you, there is nothing to do."),
            _(
                "If it was not you, end that session, change your password, and tell your "
                "administrator."
            ),
        ),
        why=_("You get this because you have an account here. It cannot be switched off."),
        button=(_("See where you are signed in"), mailing.link("/account/devices/")),
    )

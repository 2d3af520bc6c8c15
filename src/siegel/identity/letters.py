"""What system mail says: each kind has a function in some room that writes it.

@written_for(Notice.INVITATION)
def invitation(notice: QueuedNotice) -> Letter | None: ...
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.formats import date_format

from siegel.identity.models import Organisation, QueuedNotice
from siegel.identity.office_hours import from_stored
from siegel.identity.zones import zone_named


class Notice(StrEnum):
    """Why somebody is written to."""

    INVITATION = "invitation"
    INVITATION_REMINDER = "invitation-reminder"
    PASSWORD_RESET = "password-reset"  # noqa: S105 - a name
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a name
    WEAKER_RULES = "weaker-rules"
    NEW_DEVICE = "new-device"
    FACTORS_CHANGED = "factors-changed"
    ANSWER = "answer"
    # To clients: the code that an adviser asks for.
    PROOF_CODE = "proof-code"
    CLIENT_LINK = "client-link"
    ALARM = "alarm"
    TEST = "test"


# Their addresses are kept no longer than it takes to send; a context has them as `email` only.
TO_CLIENTS = {Notice.ANSWER, Notice.PROOF_CODE, Notice.CLIENT_LINK}


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in the language of its notice; all of it is plain text, HTML is made around it."""

    subject: str
    paragraphs: tuple[str, ...]
    # Why this person gets it; stands below.
    why: str
    # What the button says, and where it leads.
    button: tuple[str, str] | None = None


Writer = Callable[[QueuedNotice], Letter | None]
_writers: dict[str, Writer] = {}


def written_for(kind: Notice) -> Callable[[Writer], Writer]:
    """Make a function the one that writes a kind; it returns None if there is nothing to say now.

    It runs in the tenant and in the language of the notice, at every attempt anew; it is where a
    link's token is issued. Its module is imported by the `jobs.py` of its room.
    """

    def register(writer: Writer) -> Writer:
        _writers[kind] = writer
        return writer

    return register


def write(notice: QueuedNotice) -> Letter | None:
    """What a notice says now; None if there is nothing to say any more."""
    return _writers[notice.kind](notice)


def told_time(at: dt.datetime) -> str:
    """A time as a letter tells it: in its language, in the organisation's time zone, named."""
    zone = from_stored(Organisation.of_tenant().office_hours).zone
    return f"{date_format(at.astimezone(zone_named(zone)), 'DATETIME_FORMAT')} ({zone})"

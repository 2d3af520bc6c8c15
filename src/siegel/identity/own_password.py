"""Somebody changes their own password."""

from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from siegel.audit import trail
from siegel.identity import mailing
from siegel.identity.code_tries import Asked
from siegel.identity.hashing import normalised
from siegel.identity.mailing import Notice
from siegel.identity.models import Person
from siegel.identity.passwords import replace_password, with_password
from siegel.identity.proving import counted, require_password
from siegel.tenancy.writing import write_transaction


def change_own(person: Person, current: str, new: str, *, session: str | None) -> Person:
    """Give a person another password, who gave their present one; returns them as they are then.

    All their sessions are ended but the one of that key, which has to be bound anew. Raises
    proving.Refused, SetMeanwhile, and as passwords.check does.
    """
    with counted(person, "password", Asked.AGAIN):
        require_password(person, current)
    if normalised(new) == normalised(current):
        raise ValidationError(_("This is the password that you have now."), code="same")
    changed = with_password(person, new)
    with write_transaction():
        replace_password(person, changed)
        ended, _sessions = person.sessions.exclude(session_key=session).delete()
        who, detail = f"person:{person.pk}", {"sessions": ended}
        trail.append([trail.Event(who, "person.password-changed", who, detail)])
        language, context = get_language() or "en", {"person": str(person.pk)}
        mailing.send(Notice.PASSWORD_CHANGED, person.email, language, context=context)
    return changed

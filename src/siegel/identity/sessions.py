"""Whose session it is, for doors that are not Django's."""

from django.contrib.auth import get_user
from django.http import HttpRequest

from siegel.identity.judging import must_choose
from siegel.identity.models import Person
from siegel.identity.second_factors import is_short, session_of
from siegel.identity.session_engine import SessionStore


def person_of_session(session_key: str) -> Person | None:
    """The active person signed in with a session, as Django's middleware would find them.

    A session that has ended or was left idle, whose person was deactivated, has another password
    since or must choose one now, has nobody.
    """
    request = HttpRequest()
    request.session = SessionStore(session_key)
    person = get_user(request)
    if not isinstance(person, Person) or not person.is_active:
        return None
    # Nor has one without the second factor that the person must have, or a password that is due.
    return None if is_short(person, session_of(request)) or must_choose(person) else person


def note_use(session_key: str) -> None:
    """Keep that somebody uses a session, for doors that are not Django's."""
    store = SessionStore(session_key)
    store.load()
    store.note_seen()

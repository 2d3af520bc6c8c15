"""Whose session it is, for doors that are not Django's."""

from django.contrib.auth import get_user
from django.http import HttpRequest

from siegel.identity.models import Person
from siegel.identity.session_engine import SessionStore


def person_of_session(session_key: str) -> Person | None:
    """The active person signed in with a session, as Django's middleware would find them.

    A session that has ended or was left idle, whose person was deactivated or has another password
    since, has nobody.
    """
    request = HttpRequest()
    request.session = SessionStore(session_key)
    person = get_user(request)
    return person if isinstance(person, Person) and person.is_active else None

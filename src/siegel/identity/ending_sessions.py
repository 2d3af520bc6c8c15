"""Which sessions people have, and ending them: sockets notice it within 5 seconds."""

import uuid

from django.db.models import QuerySet
from django.utils import timezone

from siegel.audit import trail
from siegel.identity import tokens
from siegel.identity.acting import acting
from siegel.identity.models import Person, Session
from siegel.identity.session_limits import is_over
from siegel.identity.trusted_devices import forget_devices
from siegel.tenancy.writing import write_transaction


def sessions_of(person: Person) -> list[Session]:
    """Where somebody is signed in now, used last first."""
    found = person.sessions.select_related("person").order_by("-seen_at", "-created_at")
    return [session for session in found if not is_over(session)]


def count_of_all() -> int:
    """How many sessions of people there are in the organisation."""
    found = Session.objects.filter(person__isnull=False).select_related("person")
    return sum(not is_over(session) for session in found)


def end_session(by: Person, person: Person, identifier: uuid.UUID) -> None:
    """End one session of somebody, by themselves or by an administrator.

    Raises Session.DoesNotExist, django's PermissionDenied.
    """
    with write_transaction():
        actor = _actor(by, person)
        session = person.sessions.get(id=identifier)
        detail = {"person": str(person.pk)}
        trail.append([trail.Event(actor, "session.ended", f"session:{session.id}", detail)])
        session.delete()


def end_sessions(by: Person, person: Person, *, but: str | None = None) -> int:
    """End all sessions of somebody, but the one of that key; returns how many.

    So end trusted browsers and links for another password. By themselves or by an administrator;
    raises django's PermissionDenied.
    """
    with write_transaction():
        actor = _actor(by, person)
        if but is None:
            ended = end_everywhere(person)
        else:
            ended = _delete(person.sessions.exclude(session_key=but))
            forget_devices(person)
            tokens.end_all(tokens.Kind.PASSWORD_RESET, person=person)
        if ended:
            subject, detail = f"person:{person.pk}", {"sessions": ended}
            trail.append([trail.Event(actor, "person.sessions-ended", subject, detail)])
    return ended


def end_everywhere(person: Person) -> int:
    """End what somebody has opened, also what only a cookie or a link knows; returns how many.

    Inside a write transaction; nothing of it is in the trail.
    """
    person.sessions_ended_at = timezone.now()
    person.save(update_fields=["sessions_ended_at"])
    return _delete(person.sessions.all())


def end_sessions_of_all(by: Person) -> int:
    """End all sessions of the organisation, the administrator's own included; returns how many.

    So end trusted browsers and links for another password. Raises django's PermissionDenied.
    """
    with write_transaction():
        actor = acting(by)
        Person.objects.update(sessions_ended_at=timezone.now())
        ended = _delete(Session.objects.filter(person__isnull=False))
        detail = {"sessions": ended}
        trail.append([trail.Event(actor, "organisation.sessions-ended", "organisation", detail)])
    return ended


def _actor(by: Person, person: Person) -> str:
    return f"person:{by.pk}" if by.pk == person.pk else acting(by)


def _delete(sessions: QuerySet[Session]) -> int:
    ended, _ = sessions.delete()
    return ended

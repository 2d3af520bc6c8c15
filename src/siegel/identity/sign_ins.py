"""Signing in as the trail tells it: who came in, who was refused, and who has left."""

import uuid
from typing import Any, NamedTuple, cast

from django.core.cache import cache
from django.dispatch import Signal
from django.http import HttpRequest

from siegel.audit import trail
from siegel.identity import devices, throttle
from siegel.identity.alarms import Alarmed, alarm
from siegel.identity.models import Person
from siegel.identity.policies import audience_of, holding
from siegel.identity.proofs import proved_in
from siegel.identity.session_engine import SessionStore
from siegel.tenancy.context import served
from siegel.tenancy.jobs import enqueue, job
from siegel.tenancy.writing import write_transaction

# Who asks while nobody has proved yet who they are.
NOBODY = "sign-in"
# Sent inside the write transaction of the sign-in: `person`, and the `session` (models.Session).
signed_in_from_new_device = Signal()


# Of a network it is noted so often only that it is slowed down.
NETWORK_NOTED_SECONDS = 60 * 60


class Try(NamedTuple):
    """Somebody has sent a password for an address; `person` is whose it is, if anybody's."""

    person: Person | None
    attempt: throttle.Attempt


def begin(person: Person | None, address: str, known_device: str, network: str) -> Try:
    """Let somebody try a password; raises throttle.Throttled."""
    try:
        attempt = throttle.admit(address, known_device=known_device, network=network)
    except throttle.Throttled as throttled:
        if throttled.is_first:
            _throttled(person, "device" if known_device else "account")
        raise
    return Try(person, attempt)


def person_at(address: str) -> Person | None:
    """Whose address it is, as the sign-in looks it up."""
    return Person.objects.filter(email=address.lower()).first()


def known_device_of(request: HttpRequest, person: Person | None) -> str:
    """The id of the browser that asks, if the person has signed in there before."""
    device = devices.device_of(request)
    return device.id if device.knows(person) else ""


def refuse(person: Person | None, code: str) -> None:
    """Note that a sign-in was refused; of an address that nobody has only that it was."""
    _note(trail.Event(NOBODY, "sign-in.refused", _subject(person), {"code": code}))


def note_network_throttled(network: str) -> None:
    """Note that a network is slowed down: once an hour, and not which one."""
    if cache.add(f"sign-in-network-noted:{network}", True, NETWORK_NOTED_SECONDS):
        _throttled(None, "network")


def note_signed_in(request: HttpRequest, user: Person, **_: Any) -> None:
    """Django's signal `user_logged_in`: after session_engine.note_sign_in."""
    session = cast("SessionStore", request.session)
    # Before Django's own receiver has written it: null at the very first time.
    is_first = user.last_login is None
    is_known = devices.know(request, user)
    rules = holding(audience_of(user.roles))
    with write_transaction():
        # Stored now, so that it has the id that the trail tells.
        session.save()
        row = session.row
        assert row is not None  # noqa: S101 - it was written above
        detail = {
            # A link of ours passes no sign-in form.
            "factor": proved_in(request, user) or "token",
            "policy": rules.version,
            "session": str(row.id),
            "device": "known" if is_known else "new",
            "browser": row.browser,
        }
        actor = f"person:{user.pk}"
        _note(trail.Event(actor, "person.signed-in", f"person:{user.pk}", detail))
        if not is_known and not is_first:
            signed_in_from_new_device.send(sender=Person, person=user, session=row)


def note_signed_out(request: HttpRequest, user: Person | None, **_: Any) -> None:
    """Django's signal `user_logged_out`."""
    row = cast("SessionStore", request.session).row
    if user is not None and row is not None:
        actor, detail = f"person:{user.pk}", {"session": str(row.id)}
        _note(trail.Event(actor, "person.signed-out", f"person:{user.pk}", detail))


def _throttled(person: Person | None, code: str) -> None:
    """Once when it begins, not for each try.

    Whether there is somebody to tell of is looked up later: the answer takes as long for anybody.
    """
    _note(trail.Event(NOBODY, "sign-in.throttled", _subject(person), {"code": code}))
    enqueue(alarm_of_refused, served(), str(person.pk if person else uuid.uuid4()))


@job(name="identity.alarm-of-refused-sign-ins", attempts=3)
def alarm_of_refused(identifier: str) -> None:
    """Tell the administrators that somebody's password is guessed; nothing if it is nobody's."""
    person = Person.objects.filter(pk=identifier, is_active=True).first()
    if person is not None:
        alarm(Alarmed.REFUSED_SIGN_INS, _subject(person))


def _subject(person: Person | None) -> str:
    return f"person:{person.pk}" if person else NOBODY


def _note(event: trail.Event) -> None:
    with write_transaction():
        trail.append([event])

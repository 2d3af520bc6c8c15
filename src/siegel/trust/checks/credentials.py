"""Looking whether what one organisation has handed out opens anything elsewhere, or too long."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import permutations
from unittest import mock

from django.contrib.auth import logout
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.signing import TimestampSigner
from django.http import HttpRequest

from siegel.claims.control import Finding, Text
from siegel.claims.planting import each_noticed
from siegel.identity import tickets
from siegel.identity.ending_sessions import end_session
from siegel.identity.models import Person, Session
from siegel.identity.session_engine import SessionStore
from siegel.tenancy.context import serving
from siegel.trust.checks.foreign_access import Plant, copy_session, nothing_planted
from siegel.trust.checks.scene import Scene, scenes, session_cookie, sign_in

Try = tuple[str, bool]


def examine_credentials(plant: Plant = nothing_planted) -> Finding:
    """Try every kind of credential of a probe at the other, in both directions, and ended ones.

    `plant` is given both probes, and breaks what is examined for the length of its block.
    """
    with scenes(str) as (one, other), plant(one, other):
        tried: list[Try] = []
        for own, away in permutations((one, other)):
            held = [*_at_home(own)]
            if not all(works for _, works in held):
                raise LookupError("A credential does not even work where it belongs.")
            tried += _elsewhere(own, away)
        tried += _ended(one)
    what = Text(
        f"{len(tried)} Versuche mit Ausweisen anderer Organisationen und mit beendeten",
        f"{len(tried)} attempts with credentials of other organisations and with ended ones",
    )
    faults = tuple(f"{name} is let in" for name, works in tried if works)
    return Finding(len(tried), what, faults, expected=len(ATTEMPTS) * 2 + len(ENDINGS) * 2)


def opens_desk(scene: Scene, session: str) -> bool:
    """Whether a session opens the desk of a probe."""
    return scene.browser("desk", session_cookie(session)).ask("GET", "/inbox/").status == 200


def opens_chat(scene: Scene, visitor: str) -> bool:
    """Whether a client's cookie opens a conversation of a probe."""
    return scene.browser("chat", visitor).ask("GET", "/transcript").status == 200


def opens_files(scene: Scene, cookie: str) -> bool:
    """Whether a cookie opens a probe's file."""
    (file,) = scene.things["file"]
    return scene.browser("desk", cookie).ask("GET", f"/files/{file}").status == 200


def opens_socket(scene: Scene, session: str, ticket: str) -> bool:
    """Whether a session with a ticket opens a probe's socket."""
    return scene.browser("desk", session_cookie(session)).greets(ticket)


def opens_invitation(scene: Scene, token: str) -> bool:
    """Whether a token asks for a password at a probe."""
    desk = scene.browser("desk")
    sent = desk.ask("POST", "/invitation/", headers=scene.proofs("desk"), form={"token": token})
    return sent.status == 200


def forges_request(scene: Scene, secret: str) -> bool:
    """Whether a CSRF secret is taken with a probe's session."""
    proofs = scene.proofs("desk") | {"x-csrftoken": secret}
    return scene.browser("desk").ask("POST", "/socket-ticket/", headers=proofs).status == 200


def _ticket(scene: Scene, credential: str) -> str:
    with serving(scene.tenant):
        return tickets.issue_ticket(credential)


# From whose it is and where it is tried to whether it opens anything.
ATTEMPTS: dict[str, Callable[[Scene, Scene], bool]] = {
    "a session": lambda own, at: opens_desk(at, own.session),
    "a client's cookie": lambda own, at: opens_chat(at, own.visitor),
    "a session at files": lambda own, at: opens_files(at, session_cookie(own.session)),
    "a client's cookie at files": lambda own, at: opens_files(at, own.visitor),
    "a ticket with its session": lambda own, at: opens_socket(
        at, own.session, _ticket(own, own.session)
    ),
    # Made by the wrong organisation for the right session.
    "a ticket": lambda own, at: opens_socket(at, at.session, _ticket(own, at.session)),
    "an invitation": lambda own, at: opens_invitation(at, own.invitation),
    "a form's token": lambda own, at: forges_request(at, own.csrf),
}


def _at_home(own: Scene) -> Iterator[Try]:
    for name in ("a session", "a client's cookie", "a ticket", "an invitation", "a form's token"):
        yield name, ATTEMPTS[name](own, own)


def _elsewhere(own: Scene, away: Scene) -> Iterator[Try]:
    for name, opens in ATTEMPTS.items():
        yield f"{name} of another organisation", opens(own, away)


def _sign_out(person: Person, session: str) -> None:
    request = HttpRequest()
    request.session, request.user = SessionStore(session), person
    logout(request)


def _deactivate(person: Person, session: str) -> None:
    Person.objects.filter(pk=person.pk).update(is_active=False)


def _change_password(person: Person, session: str) -> None:
    Person.objects.filter(pk=person.pk).update(password=f"{UNUSABLE_PASSWORD_PREFIX}another")


def _expire(person: Person, session: str) -> None:
    Session.objects.filter(session_key=session).update(expire_date="2000-01-01T00:00:00Z")


def _leave_idle(person: Person, session: str) -> None:
    Session.objects.filter(session_key=session).update(seen_at="2000-01-01T00:00:00Z")


def _revoke(person: Person, session: str) -> None:
    end_session(person, person, Session.objects.get(session_key=session).id)


ENDINGS: dict[str, Callable[[Person, str], None]] = {
    "a session that was signed out": _sign_out,
    "a session that has expired": _expire,
    "a session that was left idle": _leave_idle,
    "a session that was revoked": _revoke,
    "a session from before the password was changed": _change_password,
    "a session of somebody deactivated": _deactivate,
}


def _ended(scene: Scene) -> Iterator[Try]:
    """Each way to end a session, at the desk and at the socket, where it was let in before."""
    for name, end in ENDINGS.items():
        with serving(scene.tenant):
            person = Person.objects.get(pk=scene.person.pk)
            session, _ = sign_in(person)
            ticket = tickets.issue_ticket(session)
        if not opens_desk(scene, session):
            raise LookupError("A session does not even work before it is ended.")
        with serving(scene.tenant):
            end(person, session)
        yield name, opens_desk(scene, session)
        yield f"{name} at the socket", opens_socket(scene, session, ticket)


@contextmanager
def plant_copied_session(one: Scene, other: Scene) -> Iterator[None]:
    """A session that two organisations know."""
    copy_session(one, other)
    yield


@contextmanager
def plant_one_key_for_all(one: Scene, other: Scene) -> Iterator[None]:
    """Tickets that are signed with the same key everywhere."""

    class Everywhere(TimestampSigner):
        def __init__(self, *, salt: str) -> None:
            super().__init__(key="one for all", salt=salt)

    with (
        mock.patch.object(tickets, "TimestampSigner", Everywhere),
        mock.patch.object(tickets, "_digest", lambda credential: credential),
    ):
        yield


def plant_endless_sessions(one: Scene, other: Scene) -> AbstractContextManager[object]:
    """Sessions that outlive the password they were opened with."""
    return mock.patch("django.contrib.auth.constant_time_compare", return_value=True)


def plant_each() -> Finding:
    """Plant every failure in turn; one that is not noticed leaves nothing noticed at all."""
    plants = {
        plant_copied_session: "a session of another organisation",
        plant_one_key_for_all: "a ticket of another organisation",
        plant_endless_sessions: "a session from before the password was changed",
    }
    return each_noticed(examine_credentials, plants)

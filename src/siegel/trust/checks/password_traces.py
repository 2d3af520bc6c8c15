"""Looking for a password, used in every way at a probe, wherever the product writes something."""

import base64
import io
import logging
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from unittest import mock
from urllib.parse import quote, quote_plus

from django.contrib.auth.hashers import check_password
from django.middleware.csrf import CSRF_SECRET_LENGTH, CSRF_SESSION_KEY
from django.utils import timezone
from django.utils.crypto import get_random_string

from siegel.claims.control import Finding, Text
from siegel.claims.planting import each_noticed
from siegel.identity import proving, resetting
from siegel.identity.inviting import invite
from siegel.identity.models import Person
from siegel.identity.people import create_person
from siegel.identity.resetting import issue_token
from siegel.identity.roles import Role
from siegel.identity.session_engine import SessionStore
from siegel.identity.step_up import CONFIRM
from siegel.log_lines import JsonLine, TextLine
from siegel.tenancy.context import serving
from siegel.tenancy.models import Job, JobState
from siegel.tenancy.raw_files import holding
from siegel.tenancy.separation import files_below, knows, shared_files
from siegel.trust.checks.asking import Answer
from siegel.trust.checks.scene import Scene, scenes, session_cookie, sign_in

# What it is called, the status of its answer, in whose session, where to, and what is sent.
Way = tuple[str, int, tuple[str, str] | None, str, dict[str, str]]
Plant = Callable[[str], AbstractContextManager[object]]
log = logging.getLogger("siegel.identity")
ADDRESS = "trace@probe.invalid"
# Whoever types it where everybody can read it is shown what they typed.
SHOWN_AGAIN = {"a wrong address", "an address"}


def examine_traces(plant: Plant = nullcontext) -> Finding:
    """Set a password, sign in with it, mistype it, have an error meet it, and search for it.

    `plant` is given the password, and breaks what is examined.
    """
    password = f"{secrets.token_hex(9)}? {secrets.token_hex(9)}&"
    spelled = spellings(password)
    with scenes(str) as (scene, _), _written() as written, plant(password):
        answers = list(_used(scene, password))
        faults = [
            f"the password stands in an answer to {name}"
            for name, answer in answers
            if name not in SHOWN_AGAIN and any(text in _whole(answer) for text in spelled)
        ]
        texts = [text.decode() for text in spelled]
        if any(text in written.getvalue() for text in texts):
            faults.append("the password stands in the log")
        if any(knows(scene.tenant, text) for text in texts):
            faults.append("the password stands in the database")
        files = [*files_below(scene.tenant.folder), *shared_files()]
        faults += [f"the password stands in {path.name}" for path in holding(files, *spelled)]
    lines = written.getvalue().count("\n")
    what = Text(
        f"{len(answers)} Antworten, {lines} Zeilen des Protokolls, {len(files)} Dateien und die "
        "geöffnete Datenbank einer Probe",
        f"{len(answers)} answers, {lines} lines of the log, {len(files)} files, and the opened "
        "database of a probe",
    )
    # Without a line of the log nobody has looked there.
    examined = len(answers) + len(files) + 1 if lines else 0
    return Finding(examined, what, tuple(faults))


def spellings(password: str) -> list[bytes]:
    """A password as it may stand somewhere: plain, in hex, in addresses, in base64 as a whole and
    behind one byte or two, and as each character of two bytes.
    """
    plain = password.encode()
    inner = [base64.b64encode(b"x" * before + plain)[4:-4] for before in (1, 2)]
    return [
        plain,
        plain.hex().encode(),
        quote(password).encode(),
        quote_plus(password).encode(),
        base64.b64encode(plain).rstrip(b"=")[:-1],
        *inner,
        password.encode("utf-16-le"),
    ]


def _used(scene: Scene, password: str) -> Iterator[tuple[str, Answer]]:
    """Every way in which it is used; raises LookupError if one does not come to pass."""
    with serving(scene.tenant):
        person = create_person(
            name="Vq", email=ADDRESS, password=password, roles=[Role.ADVISER], actor="control"
        )
        token = invite(
            scene.person, name="Vq", email="other@probe.invalid", roles=[Role.ADVISER], teams=[]
        )
        own, confirming = sign_in(person), sign_in(person)
    new = {"current": password, "new": f"{password} more"}
    ways: list[Way] = [
        ("the invitation", 302, None, "/invitation/", {"token": token, "password": password}),
        ("the sign-in", 302, None, "/sign-in/", {"login": ADDRESS, "password": password}),
        ("a wrong address", 200, None, "/sign-in/", {"login": password, "password": "x"}),
        ("a wrong one", 200, None, "/sign-in/", {"login": ADDRESS, "password": f"{password}x"}),
        ("the judging", 200, own, "/account/password/judged/", {"new": password}),
        ("a refused confirming", 422, confirming, CONFIRM, {"password": f"{password}x"}),
        ("the confirming", 302, confirming, CONFIRM, {"password": password}),
        ("a refused change", 422, own, "/account/password/", new | {"current": "x"}),
        ("an error", 500, own, "/account/password/", new),
        ("the change", 302, own, "/account/password/", new),
    ]
    yield from _answered(scene, password, ways)
    with serving(scene.tenant):
        token = issue_token(Person.objects.get(pk=person.pk))
    chosen = {"token": token, "password": f"{password} anew"}
    yield from _answered(scene, password, [("the reset", 200, None, "/reset/", chosen)])
    yield "an address", scene.browser("desk", "").ask("GET", f"/sign-in/?next=/{quote(password)}")


def _answered(scene: Scene, password: str, ways: Iterable[Way]) -> Iterator[tuple[str, Answer]]:
    for name, status, session, path, form in ways:
        with _failing(password) if status == 500 else nullcontext():
            answer = _posted(scene, session, path, form)
        if answer.status != status:
            raise LookupError(f"{name} was answered with {answer.status}.")
        yield name, answer


def _posted(
    scene: Scene, session: tuple[str, str] | None, path: str, form: dict[str, str]
) -> Answer:
    """In a session, or in one of nobody."""
    if session is None:
        with serving(scene.tenant):
            store, secret = SessionStore(), get_random_string(CSRF_SECRET_LENGTH)
            store[CSRF_SESSION_KEY] = secret
            store.save()
            session = str(store.session_key), secret
    key, secret = session
    proofs = scene.proofs("desk") | {"x-csrftoken": secret}
    return scene.browser("desk", session_cookie(key)).ask("POST", path, headers=proofs, form=form)


def _failing(password: str) -> AbstractContextManager[object]:
    """An error, in the middle of a change, that quotes what it was about."""
    failing = RuntimeError(password)
    return mock.patch("siegel.identity.own_password.with_password", side_effect=failing)


def _whole(answer: Answer) -> bytes:
    told = "\n".join(f"{name}: {value}" for name, value in answer.headers)
    return answer.body + told.encode()


@contextmanager
def _written() -> Iterator[io.StringIO]:
    """What the log gets meanwhile, in both of its forms."""
    written = io.StringIO()
    handlers = []
    for form in (JsonLine(), TextLine()):
        handler = logging.StreamHandler(written)
        handler.setFormatter(form)
        handlers.append(handler)
    loggers = [logging.getLogger(), logging.getLogger("django")]
    for logger in loggers:
        for handler in handlers:
            logger.addHandler(handler)
    try:
        yield written
    finally:
        for logger in loggers:
            for handler in handlers:
                logger.removeHandler(handler)


@contextmanager
def plant_in_the_log(password: str) -> Iterator[None]:
    """A line of our own that quotes it."""
    log.warning("refused: %s", password)
    yield


@contextmanager
def plant_in_a_job(password: str) -> Iterator[None]:
    """A job whose argument it is."""
    now = timezone.now()
    row = Job.objects.create(
        name="control",
        arguments=[password],
        state=JobState.DONE,
        run_after=now,
        lease_until=now,
        finished_at=now,
    )
    try:
        yield
    finally:
        row.delete()


@contextmanager
def plant_loud_reset(_password: str) -> Iterator[None]:
    """A reset that says what was chosen."""
    choose = resetting.choose

    def chosen(token: str, password: str) -> Person:
        log.warning("chosen: %s", password)
        return choose(token, password)

    with mock.patch.object(resetting, "choose", chosen):
        yield


@contextmanager
def plant_loud_confirming(_password: str) -> Iterator[None]:
    """A page to confirm who one is that says with what."""

    def matches(password: str, record: str) -> bool:
        log.warning("given: %s", password)
        return check_password(password, record)

    with mock.patch.object(proving, "check_password", matches):
        yield


def plant_each() -> Finding:
    """Plant every failure in turn; one that is not noticed leaves nothing noticed at all."""
    plants = {
        plant_in_the_log: "the password stands in the log",
        plant_loud_reset: "the password stands in the log",
        plant_loud_confirming: "the password stands in the log",
        plant_in_a_job: "the password stands in control.sqlite3",
    }
    return each_noticed(examine_traces, plants)

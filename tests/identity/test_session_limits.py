"""How long sessions last, for whom, and that they end when somebody ends them."""

import datetime as dt
import uuid
from collections.abc import Callable
from unittest import mock

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.identity import session_engine
from siegel.identity.ending_sessions import (
    end_session,
    end_sessions,
    end_sessions_of_all,
    sessions_of,
)
from siegel.identity.jobs import delete_sessions
from siegel.identity.models import Person, Session
from siegel.identity.roles import Role
from siegel.identity.session_engine import SessionStore
from siegel.identity.session_limits import LIMITS, limits_of
from siegel.identity.session_seen import browser_in_words
from siegel.identity.sessions import person_of_session
from siegel.tenancy.context import serving
from tests.cast import PASSWORD, Organisation

MINUTE = dt.timedelta(minutes=1)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.timedelta], None]:
    """Puts the clock forward."""
    passed = dt.timedelta()

    def put_forward(by: dt.timedelta) -> None:
        nonlocal passed
        passed += by

    now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + passed)
    return put_forward


def key_of(browser: Client) -> str:
    return browser.cookies["__Host-session"].value


def is_in(browser: Client) -> bool:
    return browser.get("/help/").status_code == 200


def row_of(browser: Client) -> Session:
    return Session.objects.get(session_key=key_of(browser))


def last_noted() -> tuple[str, str, str, dict[str, object]]:
    entry = TrailEntry.objects.latest("seq")
    return entry.actor, entry.action, entry.subject, entry.detail


@pytest.mark.parametrize(
    ("roles", "minutes"),
    [
        ([Role.ADVISER], 60),
        ([Role.ADMINISTRATOR], 30),
        ([Role.AUDITOR], 30),
        ([Role.ADVISER, Role.ADMINISTRATOR], 30),
        ([], 30),
    ],
)
def test_a_session_ends_without_use(
    bank: Organisation, later: Callable[[dt.timedelta], None], roles: list[Role], minutes: int
) -> None:
    zoe = bank.hire("Zoe Zander", *roles)
    browser = bank.desk(zoe)
    for _ in range(3):
        later(dt.timedelta(minutes=minutes - 1))
        assert is_in(browser)
    later(dt.timedelta(minutes=minutes))
    assert not is_in(browser)
    with serving(bank.tenant):
        assert sessions_of(zoe) == []


@pytest.mark.parametrize("role", Role)
def test_a_session_ends_after_half_a_day_however_it_is_used(
    bank: Organisation, later: Callable[[dt.timedelta], None], role: Role
) -> None:
    browser = bank.desk(bank.hire("Zoe Zander", role))
    for _ in range(47):
        later(15 * MINUTE)
        assert is_in(browser)
    later(15 * MINUTE)
    assert not is_in(browser)


def test_a_role_that_is_given_shortens_a_session_that_is_open(
    bank: Organisation,
    later: Callable[[dt.timedelta], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    browser = bank.desk(bank.ada)
    later(45 * MINUTE)
    with serving(bank.tenant):
        Person.objects.filter(pk=bank.ada.pk).update(roles=["adviser", "administrator"])
    assert not is_in(browser)
    shorter = LIMITS[Role.ADVISER]._replace(absolute=5 * MINUTE)
    monkeypatch.setitem(LIMITS, Role.ADVISER, shorter)
    assert limits_of(bank.ada) == shorter
    browser = bank.desk(bank.ada)
    later(4 * MINUTE)
    assert is_in(browser)
    monkeypatch.setitem(LIMITS, Role.ADVISER, shorter._replace(absolute=3 * MINUTE))
    assert not is_in(browser)


def test_what_was_left_idle_is_deleted_and_the_rest_kept(
    bank: Organisation, later: Callable[[dt.timedelta], None]
) -> None:
    idle, stranger = bank.desk(bank.ada), bank.anonymous()
    later(59 * MINUTE)
    used = bank.desk(bank.ada)
    stranger.get("/sign-in/")
    later(2 * MINUTE)
    with serving(bank.tenant):
        delete_sessions()
        assert {row.session_key for row in Session.objects.all()} == {
            key_of(used),
            key_of(stranger),
        }
    assert not is_in(idle)


def test_use_is_written_once_a_minute(
    bank: Organisation, later: Callable[[dt.timedelta], None]
) -> None:
    browser = bank.desk(bank.ada)
    assert is_in(browser)  # Which stores the secret of forms.
    with serving(bank.tenant):
        began = row_of(browser).seen_at
        later(59 * dt.timedelta(seconds=1))
        assert is_in(browser)
        assert row_of(browser).seen_at == began
        later(2 * dt.timedelta(seconds=1))
        assert is_in(browser)
        assert row_of(browser).seen_at > began + MINUTE


def test_who_may_read_does_so_though_nothing_can_be_written(
    bank: Organisation,
    later: Callable[[dt.timedelta], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    browser = bank.desk(bank.ada)
    assert is_in(browser)
    later(2 * MINUTE)
    full = mock.Mock(side_effect=OperationalError("database or disk is full"))
    monkeypatch.setattr(session_engine, "write_transaction", full)
    assert is_in(browser)
    assert full.called


def test_signing_in_gives_another_key_and_tells_from_where(bank: Organisation) -> None:
    browser = bank.anonymous()
    browser.get("/sign-in/")
    before = key_of(browser)
    given = {"login": "ada@bank.example", "password": PASSWORD}
    browser.post("/sign-in/", given, REMOTE_ADDR="198.51.100.7", HTTP_USER_AGENT=FIREFOX)
    assert key_of(browser) != before
    with serving(bank.tenant):
        (session,) = Session.objects.all()
        assert session.session_key == key_of(browser)
        assert session.person == bank.ada
        assert (session.address, session.browser) == ("198.51.100.7", "Firefox, Windows")
        assert session.session_key not in str(session)


def test_proving_again_gives_another_key_to_the_same_session(
    bank: Organisation, later: Callable[[dt.timedelta], None]
) -> None:
    browser = bank.desk(bank.ada)
    with serving(bank.tenant):
        before = row_of(browser)
        later(MINUTE)
        store = SessionStore(key_of(browser))
        store.prove()
        (after,) = Session.objects.all()
        assert after.session_key == store.session_key != before.session_key
        assert (after.id, after.created_at) == (before.id, before.created_at)
        assert after.authenticated_at >= before.authenticated_at + MINUTE
        assert person_of_session(after.session_key) == bank.ada
        assert person_of_session(before.session_key) is None


def test_signing_in_again_begins_anew(
    bank: Organisation, later: Callable[[dt.timedelta], None]
) -> None:
    browser = bank.desk(bank.ada)
    with serving(bank.tenant):
        before = row_of(browser)
        later(MINUTE)
        browser.force_login(bank.ada)
        (after,) = Session.objects.all()
    assert after.session_key == key_of(browser) != before.session_key
    assert after.id != before.id
    assert after.created_at >= before.created_at + MINUTE


def test_a_session_that_was_ended_does_not_come_back_under_another_key(bank: Organisation) -> None:
    browser = bank.desk(bank.ada)
    with serving(bank.tenant):
        meanwhile, writing = (SessionStore(key_of(browser)) for _ in range(2))
        for store in (meanwhile, writing):
            assert store.keys()
        end_sessions(bank.ada, bank.ada)
        with pytest.raises(SessionInterrupted):
            meanwhile.prove()
        with pytest.raises(SessionInterrupted):
            SessionStore(key_of(browser)).prove()
        with pytest.raises(UpdateError):
            writing.save()
        assert not Session.objects.exists()


def test_somebody_ends_one_and_all_others(bank: Organisation) -> None:
    this, one, other = (bank.desk(bank.ada) for _ in range(3))
    colleague = bank.desk(bank.ben)
    with serving(bank.tenant):
        assert {row.session_key for row in sessions_of(bank.ada)} == {
            key_of(browser) for browser in (this, one, other)
        }
        ended = row_of(one).id
        end_session(bank.ada, bank.ada, ended)
        actor, action, subject, detail = last_noted()
        assert (actor, action) == (f"person:{bank.ada.pk}", "session.ended")
        assert (subject, detail) == (f"session:{ended}", {"person": str(bank.ada.pk)})
        assert end_sessions(bank.ada, bank.ada, but=key_of(this)) == 1
        assert last_noted()[1:] == (
            "person.sessions-ended", f"person:{bank.ada.pk}", {"sessions": 1},
        )  # fmt: skip
        # Nothing ended, nothing to tell.
        before = TrailEntry.objects.count()
        assert end_sessions(bank.ada, bank.ada, but=key_of(this)) == 0
        assert TrailEntry.objects.count() == before
    assert [is_in(browser) for browser in (this, one, other)] == [True, False, False]
    assert is_in(colleague)


def test_an_administrator_ends_those_of_anybody_and_nobody_else_does(bank: Organisation) -> None:
    ada, ben, mia = (bank.desk(person) for person in (bank.ada, bank.ben, bank.mia))
    with serving(bank.tenant):
        session = row_of(ada).id
        for refused in (
            lambda: end_session(bank.ben, bank.ada, session),
            lambda: end_sessions(bank.ben, bank.ada),
            lambda: end_sessions_of_all(bank.ben),
        ):
            with pytest.raises(PermissionDenied):
                refused()
        # Nor is somebody's session another one's.
        for wrong in (session, uuid.uuid4()):
            with pytest.raises(Session.DoesNotExist):
                end_session(bank.ben, bank.ben, wrong)
        assert all(map(is_in, (ada, ben, mia)))
        end_session(bank.mia, bank.ada, session)
        assert last_noted()[0] == f"person:{bank.mia.pk}"
        assert not is_in(ada)
        assert end_sessions_of_all(bank.mia) == 2
        assert last_noted()[1:] == (
            "organisation.sessions-ended", "organisation", {"sessions": 2},
        )  # fmt: skip
    assert not any(map(is_in, (ben, mia)))


def test_whoever_is_deactivated_has_no_sessions(bank: Organisation) -> None:
    from siegel.identity.staffing import deactivate

    bank.desk(bank.ada)
    with serving(bank.tenant):
        deactivate(bank.mia, bank.ada)
        assert not Session.objects.filter(person=bank.ada).exists()


def test_a_session_of_one_tenant_is_nothing_at_another(
    bank: Organisation, insurer: Organisation
) -> None:
    ours, theirs = bank.desk(bank.ada), insurer.desk(insurer.ada)
    with serving(bank.tenant):
        session = row_of(ours).id
    with serving(insurer.tenant):
        assert person_of_session(key_of(ours)) is None
        with pytest.raises(Session.DoesNotExist):
            end_session(insurer.mia, insurer.ada, session)
        end_sessions_of_all(insurer.mia)
    stranger = insurer.anonymous()
    stranger.cookies["__Host-session"] = key_of(ours)
    assert not is_in(stranger)
    assert is_in(ours)
    assert not is_in(theirs)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (FIREFOX, "Firefox, Windows"),
        (
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
            ),
            "Edge, Windows",
        ),
        (
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
                "Chrome/140.0.0.0 Mobile Safari/537.36"
            ),
            "Chrome, Android",
        ),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
                "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
            ),
            "Safari, iPhone",
        ),
        (
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
                "(KHTML, like Gecko) Version/18.5 Safari/605.1.15"
            ),
            "Safari, macOS",
        ),
        ("curl/8.5 (Linux)", "Linux"),
        ("<script>alert(1)</script>" * 100, ""),
        ("", ""),
    ],
)
def test_browsers_and_systems_in_short_words(told: str, words: str) -> None:
    assert browser_in_words(told) == words

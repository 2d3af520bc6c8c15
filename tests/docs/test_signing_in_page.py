"""What docs/signing-in.md promises is what the program does, as far as it can be counted."""

import re
from pathlib import Path

import pytest
from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.utils.module_loading import import_string

from siegel.identity import inviting, password_policy, session_engine, throttle
from siegel.identity.common_passwords import built_in
from siegel.identity.roles import Role
from siegel.identity.session_limits import LIMITS
from tests.security.addresses import ANONYMOUS, CHAT

PAGE = (Path(__file__).parents[2] / "docs" / "signing-in.md").read_text()
TEXT = " ".join(PAGE.split())


def test_every_way_in_is_there() -> None:
    """Each address that a stranger may send something to; a new one needs its line."""
    desk = {f"/{line.address}" for line in ANONYMOUS if line.method != "GET"}
    chat = {f"/{line.address}" for line in CHAT if line.method != "GET"}
    assert "/sign-in/" in desk
    named = set(re.findall(r"`(/[a-z/-]+)`", PAGE))
    assert (desk | chat) - named == set()
    (backend,) = map(import_string, settings.AUTHENTICATION_BACKENDS)
    assert issubclass(backend, AuthenticationBackend)


@pytest.mark.parametrize("role", Role)
def test_the_limits_of_each_role(role: Role) -> None:
    limits = LIMITS[role]
    minutes, hours = limits.idle.total_seconds() / 60, limits.absolute.total_seconds() / 3600
    assert f"| {role} | {minutes:g} minutes | {hours:g} hours |" in PAGE
    stranger = session_engine.ANONYMOUS_SECONDS // 60
    assert f"| {stranger} minutes | {stranger} minutes |" in PAGE


def test_how_guessing_is_slowed_down() -> None:
    assert f"After {throttle.FREE} wrong passwords" in TEXT
    assert f"to at most {throttle.LONGEST_SECONDS}." in TEXT
    assert throttle.delay_after(throttle.FREE) == 2
    assert "from 2 seconds" in TEXT


def test_which_words_are_refused() -> None:
    assert f"up to {password_policy.MOST_WORDS:,} words" in TEXT
    assert "Refused, beyond the 40,000" in TEXT
    assert 40_000 <= len(built_in()) < 41_000


def test_how_long_an_invitation_holds() -> None:
    assert f"once, {inviting.VALID.days} days" in TEXT


def test_what_is_said_of_many_sessions() -> None:
    assert "**How many at once** is not limited" in TEXT


def test_no_other_system_signs_anybody_in() -> None:
    assert "Siegel signs nobody in by another system" in TEXT
    other = ("allauth.socialaccount", "allauth.idp", "saml")
    assert [app for app in settings.INSTALLED_APPS if app.startswith(other)] == []

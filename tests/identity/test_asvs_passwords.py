"""What ASVS 5.0 asks of passwords and other tests do not show; see docs/asvs.toml."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.utils import timezone

import siegel
from siegel.identity.common_passwords import built_in
from siegel.identity.inviting import accept, invite
from siegel.identity.password_policy import Audience, Policy, deviations, objections
from siegel.identity.policies import policy_of
from siegel.identity.roles import Role
from siegel.tenancy.context import serving
from tests.cast import PASSWORD, Organisation

TEMPLATES = Path(siegel.__file__).parent / "templates"
INPUT = re.compile(r"<input\b[^>]*>")
# Of passwords that somebody has; the sample with which rules are tried is nobody's.
OF_A_PASSWORD = re.compile(r'type="password"|name="(?!sample_)[^"]*password')
HINTS = re.compile(r"hint|secret.?question|security.?question|mother|pet.?name", re.IGNORECASE)


def sign_in(bank: Organisation, email: str, password: str) -> int:
    given = {"login": email, "password": password}
    return bank.anonymous().post("/sign-in/", given).status_code


@pytest.mark.parametrize(
    "password",
    [
        "qzrwmfkxhvbdtpl",
        "QZRWMFKXHVBDTPL",
        "804615937264815",
        "§%&/()=?{}[]°^<>",
        "слонвкомнатенет",
        "🦔🪗🧵🪁🫖🪺🧊🪔🫐🪨🧦🪆🦭🪜🧿",
        "  leading and trailing spaces  ",
        "w" * 30 + " and then another end" * 2,
        "sixty-four and many more " * 160,
    ],
    ids=[
        "lower", "upper", "digits", "signs", "cyrillic", "pictures", "spaces", "over 64", "4000",
    ],
)  # fmt: skip
def test_every_kind_of_character_will_do(bank: Organisation, password: str) -> None:
    """Of one kind alone, long ones, and as it was typed: at the invitation and at the sign-in."""
    with serving(bank.tenant):
        token = invite(
            bank.mia, name="Nora Nagel", email="nora@bank.example", roles=[Role.ADVISER], teams=[]
        )
        accept(token, password)
    assert sign_in(bank, "nora@bank.example", password) == 302
    for other in (password[:-1], password + " ", password.swapcase(), password.strip()):
        if other != password:
            assert sign_in(bank, "nora@bank.example", other) in {200, 429}


def test_fields_for_passwords_are_masked_and_open_to_password_managers() -> None:
    """On every page; nothing keeps anybody from pasting."""
    found = [
        (path.name, tag)
        for path in TEMPLATES.rglob("*.html")
        for tag in INPUT.findall(path.read_text())
        if OF_A_PASSWORD.search(tag)
    ]
    assert {"login.html", "accept.html"} <= {name for name, _ in found}
    for name, tag in found:
        assert 'type="password"' in tag, name
        assert re.search(r'autocomplete="(current|new)-password"', tag), name
        assert not re.search(r"\bon[a-z]+=|maxlength|readonly", tag), name
    scripts = Path(__file__).parents[2] / "frontend" / "src"
    pasted = [path for path in scripts.rglob("*.ts") if '"paste"' in path.read_text()]
    # Which takes files that are pasted into a message.
    assert [path.name for path in pasted] == ["file_picker.ts"]


@pytest.mark.parametrize("audience", Audience)
def test_a_new_organisation_begins_with_the_standards_rules(
    bank: Organisation, audience: Audience
) -> None:
    with serving(bank.tenant):
        policy = policy_of(audience)
    assert deviations(policy) == {}
    assert policy.expiry_days == 0
    assert policy.min_length >= 15
    assert policy.min_length_with_factor >= 8


def test_a_password_does_not_grow_old(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + dt.timedelta(days=3 * 365))
    browser = bank.anonymous()
    given = {"login": "ada@bank.example", "password": PASSWORD}
    assert browser.post("/sign-in/", given).status_code == 302
    assert browser.get("/inbox/").status_code == 200


def test_thousands_of_long_passwords_are_known_to_be_common() -> None:
    """Few people's password has 15 characters by itself: it is what they add to a shorter one."""
    words = [word for word in sorted(built_in()) if word.isalpha() and len(word) >= 8]
    grown = [f"{word}{'2026!20'[: 15 - len(word)]}" for word in words if len(word) < 15]
    refused = [
        password
        for password in grown
        if [found.code for found in objections(password, Policy(), common=built_in())] == ["common"]
    ]
    assert refused == grown
    assert len([password for password in refused if len(password) == 15]) > 3000
    least = [word for word in built_in() if len(word) >= 8]
    assert len(least) > 3000


def test_nobody_is_asked_for_a_hint() -> None:
    models = apps.get_app_config("identity").get_models()
    fields = [field.name for model in models for field in model._meta.get_fields()]
    assert "password" in fields
    assert [name for name in fields if HINTS.search(name)] == []
    asked = [
        tag
        for folder in ("account", "invitation")
        for path in (TEMPLATES / folder).rglob("*.html")
        for tag in INPUT.findall(path.read_text())
    ]
    assert asked
    assert [tag for tag in asked if HINTS.search(tag)] == []

"""Codes of authenticator apps: each once, near its moment, and never two tries for one guess."""

import re

import pytest
from allauth.mfa.models import Authenticator

from siegel.identity import authenticator_app
from siegel.identity.authenticator_app import (
    PERIOD,
    address_of,
    code_at,
    drawn,
    judge,
    make_seed,
    now_step,
    seed_of,
    store_app,
    use_step,
)
from siegel.tenancy.context import serving
from tests.cast import SEED, Organisation
from tests.identity.clocks import Clock

# RFC 6238, appendix B: the seed of its table in base32, seconds, and the last six digits.
RFC_SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC_CODES = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}


@pytest.mark.parametrize(("seconds", "code"), RFC_CODES.items())
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert code_at(RFC_SEED, seconds // PERIOD) == code


@pytest.fixture
def at_noon(monkeypatch: pytest.MonkeyPatch) -> int:
    """A step that stays, however long a test takes."""
    step = 58_000_000
    monkeypatch.setattr(authenticator_app, "now_step", lambda: step)
    return step


@pytest.mark.parametrize("off", [-1, 0, 1])
def test_a_clock_may_be_off_by_one_step(at_noon: int, off: int) -> None:
    judged = judge(SEED, code_at(SEED, at_noon + off))
    assert judged == (at_noon + off, 0)


@pytest.mark.parametrize(("off", "minutes"), [(-2, 1), (-10, 5), (-20, 10), (-240, 120), (-241, 0)])
def test_a_clock_that_is_slow_is_told_so(at_noon: int, off: int, minutes: int) -> None:
    assert judge(SEED, code_at(SEED, at_noon + off)) == (None, minutes)


@pytest.mark.parametrize("off", [2, 10, 240])
def test_a_code_of_the_time_to_come_is_as_wrong_as_any(at_noon: int, off: int) -> None:
    """Whoever guesses must not learn when to come back with it."""
    assert judge(SEED, code_at(SEED, at_noon + off)) == (None, 0)


def test_what_is_no_code_is_wrong(at_noon: int) -> None:
    near = {code_at(SEED, at_noon + off) for off in range(-240, 241)}
    wrong = next(f"{number:06}" for number in range(10**6) if f"{number:06}" not in near)
    for text in (wrong, "", "12345", "\uff11" * 6, "x" * 5_000, "\ud800"):
        assert judge(SEED, text) == (None, 0)


def test_the_clock_is_the_products(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    before = now_step()
    clock.passes(seconds=PERIOD)
    assert now_step() in {before + 1, before + 2}


def test_a_step_counts_once_and_none_before_it(bank: Organisation) -> None:
    with serving(bank.tenant):
        app = store_app(bank.ada, "Phone", SEED, 100)
        # The code of the enrolment.
        assert not use_step(app, 100)
        assert use_step(app, 101)
        for step in (101, 100, 99):
            assert not use_step(app, step)
        assert use_step(app, 103)
        app.refresh_from_db()
        assert app.data["last_step"] == 103
        assert app.last_used_at is not None


def test_an_app_that_was_just_removed_counts_nothing(bank: Organisation) -> None:
    with serving(bank.tenant):
        app = store_app(bank.ada, "Phone", SEED, 100)
        Authenticator.objects.filter(pk=app.pk).delete()
        assert not use_step(app, 101)


def test_seeds_are_sealed_and_of_chance(bank: Organisation, insurer: Organisation) -> None:
    seeds = {make_seed() for _ in range(100)}
    assert len(seeds) == 100
    assert all(re.fullmatch("[A-Z2-7]{32}", seed) for seed in seeds)
    with serving(bank.tenant):
        app = store_app(bank.ada, "Phone", SEED, 0)
        assert SEED not in str(app.data)
        assert seed_of(Authenticator.objects.get(pk=app.pk)) == SEED


def test_the_picture_says_whose_it_is_and_has_no_style(bank: Organisation) -> None:
    with serving(bank.tenant):
        address = address_of(bank.ada, SEED)
    assert address == f"otpauth://totp/Bank%3Aada%40bank.example?secret={SEED}&issuer=Bank"
    picture = drawn(address)
    assert picture.startswith("data:image/svg+xml")
    assert "style" not in picture
    assert SEED not in picture

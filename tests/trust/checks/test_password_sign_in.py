"""A sign-in that lets guess, tells who has an account, or locks people out is found."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from siegel.identity import throttle
from siegel.tenancy.models import Tenant
from siegel.trust.checks import password_sign_in
from siegel.trust.checks.password_sign_in import EXAMINED, examine_password_sign_in

ON_DEVICE = "guessing on a known device is not slowed down"


def test_it_holds_and_counts_what_was_tried() -> None:
    finding = examine_password_sign_in()
    assert finding.faults == ()
    assert finding.examined == finding.expected == EXAMINED == 24
    assert not Tenant.objects.exists()


@pytest.mark.parametrize(
    ("plant", "faults"),
    [
        ("no_limit", {"guessing is not slowed down", ON_DEVICE}),
        ("hard_lock", {"a known device waits for what strangers do", ON_DEVICE}),
        ("free_device", {ON_DEVICE}),
        ("endless_wait", {"who has waited as long as was asked for is not let in"}),
        ("quick_answer", {"an unknown address does not cost one hash"}),
        ("telling_answer", {"known and unknown addresses get different answers"}),
    ],
)
def test_what_is_planted_is_found_and_nothing_else(plant: str, faults: set[str]) -> None:
    planted: Callable[[], AbstractContextManager[object]]
    planted = getattr(password_sign_in, f"plant_{plant}")
    assert set(examine_password_sign_in(planted).faults) == faults


def test_any_password_that_opens_is_found() -> None:
    found = examine_password_sign_in(password_sign_in.plant_any_password).faults
    assert "a wrong password is let in" in found


def test_a_password_that_opens_nothing_is_found() -> None:
    found = examine_password_sign_in(password_sign_in.plant_no_password).faults
    assert "the right password is refused" in found


def test_a_delay_that_only_begins_later_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    delay = throttle.delay_after
    monkeypatch.setattr(throttle, "delay_after", lambda failures: delay(failures - 3))
    assert examine_password_sign_in().faults == ("guessing is not slowed down", ON_DEVICE)


def test_a_lock_that_comes_at_once_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "delay_after", lambda failures: 60)
    assert "guessing is not slowed down" in examine_password_sign_in().faults


def test_a_lock_for_hours_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    delay = throttle.delay_after
    monkeypatch.setattr(throttle, "delay_after", lambda failures: delay(failures) * 10_000)
    assert "guessing is not slowed down" in examine_password_sign_in().faults

"""Whoever goes on guessing waits longer each time, and nobody else does."""

import datetime as dt

import pytest

from siegel.identity.code_tries import (
    FREE,
    LONGEST_WAIT,
    Asked,
    TooSoon,
    count_try,
    forget_tries,
    wait_after,
)
from siegel.identity.models import Alarm, CodeTries
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.identity.clocks import Clock


def test_the_first_few_cost_nothing_and_the_others_more_and_more() -> None:
    waits = [wait_after(failed).total_seconds() for failed in range(1, 15)]
    assert waits[: FREE - 1] == [0] * (FREE - 1)
    assert waits[FREE - 1 : FREE + 4] == [5, 10, 20, 40, 80]
    assert waits == sorted(waits)
    assert wait_after(10_000) == LONGEST_WAIT == dt.timedelta(minutes=15)


def test_somebody_waits_and_others_do_not(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    with serving(bank.tenant):
        for _ in range(FREE):
            count_try(bank.ada, Asked.SIGN_IN)
        with pytest.raises(TooSoon) as early:
            count_try(bank.ada, Asked.SIGN_IN)
        assert 0 < early.value.seconds <= 5
        count_try(bank.ben, Asked.SIGN_IN)
        clock.passes(seconds=5)
        count_try(bank.ada, Asked.SIGN_IN)
        with pytest.raises(TooSoon) as early:
            count_try(bank.ada, Asked.SIGN_IN)
        assert 5 < early.value.seconds <= 10
        assert CodeTries.objects.get(person=bank.ada).failed == FREE + 1
        forget_tries(bank.ada, Asked.SIGN_IN)
        count_try(bank.ada, Asked.SIGN_IN)
        assert str(CodeTries.objects.get(person=bank.ada)) == f"{bank.ada.pk} 1"


def test_what_is_asked_again_is_counted_by_itself(bank: Organisation) -> None:
    with serving(bank.tenant):
        for _ in range(FREE):
            count_try(bank.ada, Asked.AGAIN)
        with pytest.raises(TooSoon):
            count_try(bank.ada, Asked.AGAIN)
        count_try(bank.ada, Asked.SIGN_IN)
        forget_tries(bank.ada, Asked.SIGN_IN)
        with pytest.raises(TooSoon):
            count_try(bank.ada, Asked.AGAIN)


def test_whoever_guesses_on_and_on_raises_an_alarm(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    with serving(bank.tenant):
        while True:
            assert not Alarm.objects.exists()
            count_try(bank.ada, Asked.SIGN_IN)
            wait = wait_after(CodeTries.objects.get().failed)
            if wait == LONGEST_WAIT:
                break
            clock.passes(seconds=wait.total_seconds())
        alarm = Alarm.objects.get()
        assert (alarm.kind, alarm.subject) == ("refused-sign-ins", f"person:{bank.ada.pk}")
        # A quarter of an hour later it is the same alarm, counted.
        clock.passes(seconds=wait.total_seconds())
        count_try(bank.ada, Asked.SIGN_IN)
        assert Alarm.objects.get().repeated == 1

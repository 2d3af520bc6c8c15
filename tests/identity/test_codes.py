"""Codes: few tries, soon over, and hashed as slowly as passwords."""

import datetime as dt
import threading

import pytest
from django.contrib.auth.hashers import check_password
from django.utils import timezone

from siegel.identity.codes import issue_code, use_code
from siegel.identity.models import Code
from siegel.identity.tokens import NotHeld
from siegel.tenancy.context import serving
from tests.cast import Organisation

MINUTES = dt.timedelta(minutes=10)


def wrong(code: str) -> str:
    return "0" * 8 if code != "0" * 8 else "1" * 8


def test_a_code_is_good_once_however_it_is_typed(bank: Organisation) -> None:
    with serving(bank.tenant):
        code = issue_code("proof", "contact:1", MINUTES)
        assert len(code) == 8
        assert code.isdigit()
        use_code("proof", "contact:1", f" {code[:4]} {code[4:]} ")
        with pytest.raises(NotHeld):
            use_code("proof", "contact:1", code)


def test_only_a_slow_hash_of_it_is_kept(bank: Organisation) -> None:
    with serving(bank.tenant):
        code = issue_code("proof", "contact:1", MINUTES)
        row = Code.objects.get()
        assert str(row) == str(row.pk)
    assert row.record.startswith("siegel$1$argon2id$")
    assert code not in row.record


def test_it_is_for_its_purpose_and_its_holder(bank: Organisation, insurer: Organisation) -> None:
    with serving(bank.tenant):
        code = issue_code("proof", "contact:1", MINUTES)
        for purpose, subject in (("link", "contact:1"), ("proof", "contact:2")):
            with pytest.raises(NotHeld):
                use_code(purpose, subject, code)
    with serving(insurer.tenant), pytest.raises(NotHeld):
        use_code("proof", "contact:1", code)


def test_five_tries_end_it(bank: Organisation) -> None:
    with serving(bank.tenant):
        code = issue_code("proof", "contact:1", MINUTES)
        for _ in range(5):
            with pytest.raises(NotHeld):
                use_code("proof", "contact:1", wrong(code))
        with pytest.raises(NotHeld):
            use_code("proof", "contact:1", code)


def test_the_fifth_try_may_be_right(bank: Organisation) -> None:
    with serving(bank.tenant):
        code = issue_code("proof", "contact:1", MINUTES)
        for _ in range(4):
            with pytest.raises(NotHeld):
                use_code("proof", "contact:1", wrong(code))
        use_code("proof", "contact:1", code)


def test_many_at_once_have_no_more_tries_and_one_wins(bank: Organisation) -> None:
    with serving(bank.tenant):
        code = issue_code("proof", "contact:1", MINUTES)
    good = []
    barrier = threading.Barrier(3)

    def try_it() -> None:
        with serving(bank.tenant):
            barrier.wait()
            try:
                use_code("proof", "contact:1", code)
            except NotHeld:
                return
            good.append(True)

    threads = [threading.Thread(target=try_it) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert good == [True]


def test_one_that_was_used_while_it_was_judged_is_not_used_again(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judged_slowly(given: str, record: str) -> bool:
        Code.objects.update(ended_at=timezone.now())
        return check_password(given, record)

    monkeypatch.setattr("siegel.identity.codes.check_password", judged_slowly)
    with serving(bank.tenant):
        code = issue_code("proof", "contact:1", MINUTES)
        with pytest.raises(NotHeld):
            use_code("proof", "contact:1", code)


def test_it_expires(bank: Organisation) -> None:
    with serving(bank.tenant):
        code = issue_code("proof", "contact:1", MINUTES)
        Code.objects.update(expires_at=timezone.now())
        with pytest.raises(NotHeld):
            use_code("proof", "contact:1", code)


def test_a_new_one_ends_the_old_one(bank: Organisation) -> None:
    with serving(bank.tenant):
        old = issue_code("proof", "contact:1", MINUTES)
        new = issue_code("proof", "contact:1", MINUTES)
        if old != new:
            with pytest.raises(NotHeld):
                use_code("proof", "contact:1", old)
        use_code("proof", "contact:1", new)

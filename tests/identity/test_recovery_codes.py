"""Recovery codes: ten, of chance, each once, and nothing of them in the database."""

import re

import pytest
from django.contrib.auth.hashers import check_password, identify_hasher

from siegel.identity.models import RecoveryCode
from siegel.identity.recovery_codes import (
    COUNT,
    codes_left,
    make_codes,
    store_codes,
    use_code,
)
from siegel.tenancy.context import serving
from tests.cast import Organisation

SIGN = "[0-9A-HJKMNP-TV-Z]"
SHAPE = f"{SIGN}{{4}}-{SIGN}{{5}}-{SIGN}{{5}}"


def given_to_ada(bank: Organisation) -> list[str]:
    with serving(bank.tenant):
        return store_codes(bank.ada, make_codes())


def test_ten_that_are_read_without_doubt(bank: Organisation) -> None:
    codes = given_to_ada(bank)
    assert len(set(codes)) == COUNT == 10
    for code in codes:
        assert re.fullmatch(SHAPE, code)


def test_they_are_stored_as_passwords_are(bank: Organisation) -> None:
    codes = given_to_ada(bank)
    with serving(bank.tenant):
        rows = list(RecoveryCode.objects.filter(person=bank.ada))
        assert len(rows) == COUNT
        for row in rows:
            assert identify_hasher(row.record).algorithm == "siegel"
            assert "$argon2id$" in row.record
            assert str(row) == f"{bank.ada.pk} {row.created_at}"
        stored = " ".join(row.lookup + row.record for row in rows)
        assert not any(code[5:].replace("-", "") in stored for code in codes)


def test_each_opens_once_however_it_is_typed(bank: Organisation) -> None:
    first, second, *_ = given_to_ada(bank)
    with serving(bank.tenant):
        assert codes_left(bank.ada) == 10
        assert use_code(bank.ada, first)
        assert not use_code(bank.ada, first)
        typed = second.lower().replace("-", " ").replace("0", "o").replace("1", "l")
        assert use_code(bank.ada, f" {typed} ")
        assert codes_left(bank.ada) == 8


def test_nothing_else_opens(bank: Organisation) -> None:
    code = given_to_ada(bank)[0]
    with serving(bank.tenant):
        for wrong in (
            code[:-1] + ("2" if code[-1] != "2" else "3"),
            code[:4],
            "",
            "A" * 5_000,
            "é",
        ):
            assert not use_code(bank.ada, wrong)
        assert not use_code(bank.ben, code)
        assert use_code(bank.ada, code)


def test_new_ones_end_the_old_ones(bank: Organisation) -> None:
    old = given_to_ada(bank)
    new = given_to_ada(bank)
    with serving(bank.tenant):
        assert not use_code(bank.ada, old[0])
        assert use_code(bank.ada, new[0])


def test_of_two_who_use_one_at_once_one_is_let_in(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = given_to_ada(bank)[0]
    from siegel.identity import recovery_codes

    checked = check_password

    def used_meanwhile(secret: str, record: str) -> bool:
        RecoveryCode.objects.filter(record=record).update(used_at="2026-11-30T12:00:00Z")
        return checked(secret, record)

    monkeypatch.setattr(recovery_codes, "check_password", used_meanwhile)
    with serving(bank.tenant):
        assert not use_code(bank.ada, code)


def test_lookups_are_never_the_same(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    from siegel.identity import recovery_codes

    more = [text for number in range(9) for text in (f"B{number:03}", "S")]
    chance = iter(["AAAA", "S", "AAAA", "S", *more])
    monkeypatch.setattr(recovery_codes, "_chance", lambda _length: next(chance))
    with serving(bank.tenant):
        rows = [row.lookup for _, row in make_codes()]
    assert len(rows) == len(set(rows)) == COUNT

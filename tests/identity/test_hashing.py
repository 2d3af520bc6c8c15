"""How passwords are stored: what a record is worth, and how older ones become new ones."""

import hashlib
import json
import threading
import unicodedata
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.test import override_settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from siegel.identity import hashing, password_cost
from siegel.identity.hashing import Argon2id, Pbkdf2, WrappedSha256
from siegel.tenancy.context import serving
from tests.cast import PASSWORD, Organisation

UMLAUT = "Bär im Gärtnerplatzviertel"


def upgraded(password: str, record: str) -> tuple[bool, str]:
    """Whether a password is a record's, and the record that takes its place."""
    made: list[str] = []
    accepted = check_password(password, record, lambda given: made.append(make_password(given)))
    return accepted, made[0] if made else record


def test_a_record_names_its_scheme_its_pepper_and_its_cost(bank: Organisation) -> None:
    with serving(bank.tenant):
        record, other = make_password(PASSWORD), make_password(PASSWORD)
        assert record != other
        scheme, pepper, rest = record.split("$", 2)
        assert (scheme, pepper) == ("siegel", "1")
        assert rest.startswith(f"argon2id$v=19$m=19456,t={password_cost.passes()},p=1$")
        assert upgraded(PASSWORD, record) == (True, record)
        assert not check_password(PASSWORD + " ", record)
        assert len(record) <= 128


def test_a_record_of_one_tenant_is_nothing_at_another(
    bank: Organisation, insurer: Organisation
) -> None:
    with serving(bank.tenant):
        record = make_password(PASSWORD)
    with serving(insurer.tenant):
        assert not check_password(PASSWORD, record)


def test_the_form_that_a_keyboard_gives_does_not_matter(bank: Organisation) -> None:
    with serving(bank.tenant):
        record = make_password(unicodedata.normalize("NFD", UMLAUT))
        assert check_password(unicodedata.normalize("NFC", UMLAUT), record)
        assert not check_password(UMLAUT.replace("ä", "a"), record)


def test_every_character_of_any_password_counts(bank: Organisation) -> None:
    with serving(bank.tenant), pytest.MonkeyPatch.context() as patch:
        patch.setattr(password_cost, "MEMORY_KIB", 64)
        patch.setattr(hashing, "MEMORY_KIB", 64)

        @hypothesis_settings(max_examples=50, deadline=None)
        @given(st.text(min_size=1, max_size=4096), st.characters())
        def each(password: str, last: str) -> None:
            record = make_password(password)
            assert check_password(password, record)
            assert not check_password(password + "x" + last, record)

        each()
        for password in ("\0", " ", "  both sides  ", "x" * 4096, "\udc80"):
            record = make_password(password)
            assert check_password(password, record)
            assert not check_password(password.strip(" \0") + "x", record)


@pytest.mark.parametrize("accepted", [True, False])
def test_an_older_pepper_or_a_cheaper_hash_is_made_anew_at_the_sign_in(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, accepted: bool
) -> None:
    password = PASSWORD if accepted else "wrong"
    with serving(bank.tenant):
        dearest = make_password(PASSWORD)
        monkeypatch.setattr(hashing, "passes", lambda: 1)
        cheap = make_password(PASSWORD)
        assert upgraded(PASSWORD, dearest) == (True, dearest)  # Never lowered.
        monkeypatch.undo()
        monkeypatch.setattr(hashing, "PEPPER", "2")
        for old in (dearest, cheap):
            known, new = upgraded(password, old)
            assert known is accepted
            assert new.startswith("siegel$2$") is accepted
        monkeypatch.undo()
        assert (upgraded(password, cheap)[1] != cheap) is accepted


def test_a_record_from_before_the_pepper_gets_one(bank: Organisation) -> None:
    with serving(bank.tenant):
        accepted, record = upgraded(PASSWORD, make_password(PASSWORD, hasher="argon2"))
        assert accepted
        assert record.startswith("siegel$1$argon2id$")
        assert not check_password("wrong", make_password(PASSWORD, hasher="argon2"))


def test_the_profile_of_approved_functions(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "siegel.identity.hashing."
    with serving(bank.tenant):
        before = make_password(PASSWORD)
        with override_settings(PASSWORD_HASHERS=[f"{name}Pbkdf2", f"{name}Argon2id"]):
            accepted, record = upgraded(PASSWORD, before)
            assert accepted
            assert record.startswith("siegel-fips$1$600000$")
            assert upgraded(PASSWORD, record) == (True, record)
            assert not check_password("wrong", record)
            monkeypatch.setattr(Pbkdf2, "iterations", 700_000)
            assert "$700000$" in upgraded(PASSWORD, record)[1]
            assert upgraded("wrong", record) == (False, record)
        assert upgraded(PASSWORD, record)[1].startswith("siegel$1$argon2id$")


def test_an_imported_digest_is_wrapped_and_is_no_password(bank: Organisation) -> None:
    digest = hashlib.sha256(b"old-salt" + PASSWORD.encode()).hexdigest()
    with serving(bank.tenant):
        record = WrappedSha256.wrap(digest.upper(), "old-salt")
        assert digest not in record
        assert not check_password(digest, record)
        assert not check_password(digest.upper(), record)
        assert upgraded("wrong", record) == (False, record)
        accepted, new = upgraded(PASSWORD, record)
        assert accepted
        assert new.startswith("siegel$1$argon2id$")
        assert not check_password(digest, new)


@pytest.mark.parametrize(
    ("digest", "salt"), [("", ""), ("g" * 64, "s"), ("a" * 63, "s"), ("a" * 64, "s" * 129)]
)
def test_what_is_no_digest_is_not_wrapped(digest: str, salt: str) -> None:
    with pytest.raises(ValueError, match=r"SHA-256|salt"):
        WrappedSha256.wrap(digest, salt)


def test_a_damaged_record_opens_nothing(bank: Organisation) -> None:
    with serving(bank.tenant):
        record = make_password(PASSWORD)
        assert not Argon2id().verify(PASSWORD, record[:-8])
        assert not Argon2id().verify(PASSWORD, record.replace("argon2id", "argon2x"))


def test_the_cost_is_measured_once_and_never_lowered(tmp_path: Path) -> None:
    with override_settings(SIEGEL_DATA=tmp_path):
        file = tmp_path / "password-cost.json"
        found = password_cost.passes()
        assert 2 <= found <= 16
        assert json.loads(file.read_text()) == {"memory_kib": 19456, "passes": found}
        assert file.stat().st_mode & 0o777 == 0o600
        assert password_cost.calibrate(lambda passes: passes * 0.005) == max(found, 10)
        assert password_cost.calibrate(lambda passes: passes * 1.0) == max(found, 10)
        assert password_cost.calibrate(lambda passes: passes * 0.0) == 16
        assert password_cost.passes() == 16


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"passes": "many"}', '{"passes": 1}'])
def test_a_damaged_cost_is_never_below_the_floor(tmp_path: Path, text: str) -> None:
    (tmp_path / "password-cost.json").write_text(text)
    with override_settings(SIEGEL_DATA=tmp_path):
        assert password_cost.passes() >= 2


def test_hashes_wait_until_their_memory_fits(bank: Organisation) -> None:
    """One place: whoever comes second begins when the first one is done."""
    assert [password_cost.at_once(megabytes) for megabytes in (1, 38, 256)] == [1, 2, 13]
    done: list[str] = []

    def hash_one() -> None:
        with serving(bank.tenant):
            make_password(PASSWORD)
        done.append("hashed")

    with override_settings(SIEGEL_PASSWORD_MEMORY_MB=19):
        second = threading.Thread(target=hash_one)
        with password_cost.room_for_a_hash():
            second.start()
            second.join(0.3)
            done.append("left")
        second.join()
    assert done == ["left", "hashed"]


def test_the_sign_in_upgrades_what_is_stored(bank: Organisation) -> None:
    with serving(bank.tenant):
        assert bank.ada.password.startswith("argon2$")
    answer = bank.anonymous().post("/sign-in/", {"login": "ada@bank.example", "password": PASSWORD})
    assert answer.status_code == 302
    with serving(bank.tenant):
        bank.ada.refresh_from_db()
        assert bank.ada.password.startswith("siegel$1$")


def test_both_profiles_are_as_shipped() -> None:
    from siegel.tenancy.machine_checks import settings_are_not_weakened

    name = "siegel.identity.hashing."
    rest = [f"{name}WrappedSha256", f"{name}Unpeppered"]
    assert [f"{name}Argon2id", f"{name}Pbkdf2", *rest] == settings.PASSWORD_HASHERS
    assert settings_are_not_weakened() == []
    with override_settings(PASSWORD_HASHERS=[f"{name}Pbkdf2", f"{name}Argon2id", *rest]):
        assert settings_are_not_weakened() == []
    for weaker in (rest, [rest[1], f"{name}Argon2id", f"{name}Pbkdf2", rest[0]]):
        with override_settings(PASSWORD_HASHERS=weaker):
            assert len(settings_are_not_weakened()) == 1

"""Each control of passwords is green, notices what is planted, and is red where it must be."""

import datetime as dt
from collections.abc import Callable
from unittest import mock

import pytest
from django.core.exceptions import ValidationError

from siegel.claims.control import Finding
from siegel.identity import (
    breaches,
    further_rules,
    password_policy,
    password_trials,
    stored_passwords,
)
from siegel.identity.controls import CONTROLS
from siegel.identity.hashing import Argon2id, WrappedSha256
from siegel.identity.models import Person
from siegel.identity.password_doors import DOORS, Case, examine_cases
from siegel.identity.password_policy import Policy
from siegel.identity.password_trials import satisfies
from siegel.tenancy.context import serving
from siegel.tenancy.handler import close_connection
from tests.cast import Organisation


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a hash costs here decides nothing below."""
    monkeypatch.setattr("siegel.identity.hashing.passes", lambda: 2)
    monkeypatch.setattr("siegel.identity.password_cost.passes", lambda: 2)
    monkeypatch.setattr(password_trials, "ROUNDS", 2)


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: str(control.id))
def test_it_is_green_and_its_canary_is_noticed(control: object) -> None:
    found: Finding = control.check()  # type: ignore[attr-defined] # of the list above
    assert found.is_complete
    assert found.faults == ()
    assert control.canary().faults  # type: ignore[attr-defined] # as above


def anything(password: str, person: Person, *, with_earlier: bool = True) -> None:
    """Asks for no rule."""


def faults_of(examine: Callable[[], Finding], target: str, fault: object) -> str:
    with mock.patch(target, fault):
        return "; ".join(examine().faults)


@pytest.mark.parametrize(
    ("door", "target"),
    [
        ("created", "siegel.identity.passwords.check"),
        ("invited", "siegel.identity.passwords.check"),
        ("changed", "siegel.identity.passwords.check"),
        ("reset", "siegel.identity.passwords.check"),
        ("validated", "siegel.identity.passwords.check"),
        ("imported", "siegel.identity.judging.against"),
    ],
)
def test_a_way_that_asks_for_no_rules_is_found(door: str, target: str) -> None:
    open_door = anything if target.endswith("check") else (lambda *_: [])
    case = Case("short", Policy(), "kurz", is_good=False)
    with mock.patch(target, open_door):
        assert f"{door}: short is accepted" in examine_cases([case]).faults


def test_a_way_that_refuses_what_satisfies_is_found() -> None:
    with mock.patch.dict(DOORS, {"created": mock.Mock(side_effect=ValidationError("x"))}):
        case = Case("good", Policy(), "qzv xkw 7 vvq zky", is_good=True, doors=("created",))
        assert examine_cases([case]).faults == ("created: good is refused",)


def test_people_taken_over_who_cannot_sign_in_prove_nothing() -> None:
    with (
        mock.patch.object(WrappedSha256, "verify", return_value=False),
        pytest.raises(LookupError),
    ):
        examine_cases([Case("any", Policy(), "x" * 20, is_good=True, doors=("imported",))])


def test_nothing_tried_proves_nothing() -> None:
    assert not examine_cases([]).is_complete


def test_a_floor_that_is_undercut_is_found() -> None:
    found = faults_of(
        password_trials.examine_lengths,
        "siegel.identity.password_trials.check_policy",
        lambda policy: None,
    )
    assert "7: below the floor" in found


def test_signs_that_do_not_count_and_letters_that_are_asked_for_anyway_are_found() -> None:
    def without_emoji(password: str) -> dict[str, int]:
        found = counts(password)
        return found | {"special": found["special"] - password.count("$")}

    counts = password_policy.counts
    target = "siegel.identity.password_policy.counts"
    assert "refused" in faults_of(password_trials.examine_special, target, without_emoji)

    def one_letter_more(password: str) -> dict[str, int]:
        return counts(password) | {"letters": 99}

    found = faults_of(password_trials.examine_letters, target, one_letter_more)
    assert "none of the letters is accepted" in found


def test_the_second_reading_is_one() -> None:
    assert satisfies("Äb1-" + "x" * 11, Policy(letters=2, upper=1, lower=1, digits=1, special=1))
    for policy in (
        Policy(min_length=16),
        Policy(letters=14),
        Policy(upper=2),
        Policy(lower=13),
        Policy(digits=2),
        Policy(special=2),
    ):
        assert not satisfies("Äb1-" + "x" * 11, policy)


def test_a_fixed_salt_and_a_short_one_are_found() -> None:
    def found(salt: str) -> str:
        return faults_of(
            stored_passwords.examine_salts,
            "django.contrib.auth.hashers.BasePasswordHasher.salt",
            lambda _hasher: salt,
        )

    assert "share their random value" in found("s" * 22)
    assert "too short" in found("s" * 12)


def test_records_of_every_tenant_are_looked_at(bank: Organisation) -> None:
    with serving(bank.tenant):
        # The cast shares one hash; here each has one of their own.
        for person in Person.objects.all():
            person.set_password("a sentence for this test only")
            person.save()
        Person.objects.filter(pk=bank.ada.pk).update(password="!unusable")
    assert stored_passwords.examine_salts().faults == ()
    with serving(bank.tenant):
        Person.objects.filter(pk=bank.ben.pk).update(password="sha256$s$" + "0" * 64)
    for examine in (
        stored_passwords.examine_salts,
        stored_passwords.examine_digests,
        stored_passwords.examine_cost,
    ):
        assert any(fault.startswith(bank.tenant.id) for fault in examine().faults)
        assert "0" * 64 not in "".join(examine().faults)


def test_a_database_that_does_not_open_is_told(bank: Organisation) -> None:
    from django.conf import settings

    close_connection(bank.tenant.id)
    (settings.SIEGEL_KEYS / f"{bank.tenant.id}.json").unlink()
    assert "its database does not open" in "".join(stored_passwords.examine_cost().faults)


def test_cheaper_hashes_and_a_review_that_is_over_are_found() -> None:
    found = faults_of(stored_passwords.examine_cost, "siegel.identity.hashing.MEMORY_KIB", 8192)
    assert "weaker than published" in found
    later = stored_passwords.REVIEWED + dt.timedelta(days=366)
    assert stored_passwords.examine_cost(today=later).faults


def test_records_of_the_approved_functions_are_known() -> None:
    record = "siegel-fips$1$600000$" + "s" * 22 + "$eA=="
    weak = record.replace("600000", "1000")
    other = "pbkdf2_sha256$1$s$x"
    assert not stored_passwords._is_weak(stored_passwords._cost(record))
    assert stored_passwords._is_weak(stored_passwords._cost(weak))
    assert stored_passwords._cost(other) is None
    assert stored_passwords._cost("siegel$1$x") is None
    assert stored_passwords._is_weak(None)


def test_imports_that_keep_or_accept_the_digest_are_found() -> None:
    examine = stored_passwords.examine_digests

    def bare(digest: str, salt: str) -> str:
        return f"sha256${salt}${digest}"

    with mock.patch.object(WrappedSha256, "wrap", bare):
        found = "; ".join(examine().faults)
    assert "an imported hash is stored bare" in found
    assert "somebody taken over cannot sign in" in found
    with mock.patch.object(WrappedSha256, "verify", return_value=True):
        assert "accepted as a password" in "; ".join(examine().faults)
    with mock.patch.object(Person, "_hash_anew", return_value=None):
        assert "not renewed at the sign-in" in "; ".join(examine().faults)
    with mock.patch.object(Argon2id, "verify", return_value=False), pytest.raises(LookupError):
        examine()


def test_an_empty_blocklist_and_a_service_that_is_told_more_are_found() -> None:
    found = faults_of(
        further_rules.examine_further, "siegel.identity.password_policy.is_common", lambda *_: False
    )
    assert "created: the counter-example of blocklist is accepted" in found
    with further_rules._stolen(), pytest.raises(LookupError):
        breaches._ask("https://service.invalid/123456")


def test_a_rule_that_is_tried_and_not_published_is_found() -> None:
    pair = further_rules.examples()["upper"]
    assert further_rules.examine_further({"upper": pair}, set()).faults == (
        "the rule upper is not published",
    )

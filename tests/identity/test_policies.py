"""An organisation's rules for passwords: who decides, what is kept, and every way to set one."""

import dataclasses
import hashlib
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)
from django.core.exceptions import PermissionDenied, ValidationError
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from siegel.audit.models import TrailEntry
from siegel.cli import main
from siegel.identity import passwords
from siegel.identity.hashing import WrappedSha256
from siegel.identity.inviting import accept, invite
from siegel.identity.models import EarlierPassword, PasswordPolicyVersion, Person
from siegel.identity.password_policy import PRESETS, Audience, Policy, Preset, RefusedPolicy
from siegel.identity.people import create_person
from siegel.identity.policies import audience_of, holding, policy_of, stricter_since
from siegel.identity.roles import Role
from siegel.identity.weakening import decide
from siegel.tenancy.context import serving
from siegel.tenancy.writing import write_transaction
from tests.cast import PASSWORD, Organisation
from tests.identity.rules import change

STRICTER = Policy(min_length=16, digits=1)


def broken(person: Person, password: str) -> list[str]:
    """The rules that a password breaks, by name."""
    try:
        passwords.check(password, person)
    except ValidationError as refusal:
        return [error.code or "" for error in refusal.error_list]
    return []


def test_the_default_holds_until_somebody_decides(bank: Organisation) -> None:
    with serving(bank.tenant):
        for audience in Audience:
            assert holding(audience).version == 0
            assert policy_of(audience) == PRESETS[Preset.NIST_2025]


def test_a_policy_holds_for_its_audience_and_its_tenant_only(
    bank: Organisation, insurer: Organisation
) -> None:
    with serving(bank.tenant):
        assert change(bank.mia, Audience.ADMINISTRATOR, STRICTER) == 1
        assert policy_of(Audience.ADMINISTRATOR) == STRICTER
        assert broken(bank.mia, PASSWORD) == ["digits"]
        assert broken(bank.ada, PASSWORD) == []
    with serving(insurer.tenant):
        assert broken(insurer.mia, PASSWORD) == []


def test_whoever_administers_is_under_the_administrators_policy() -> None:
    assert audience_of([Role.ADVISER, Role.ADMINISTRATOR]) == Audience.ADMINISTRATOR
    assert audience_of([Role.ADVISER]) == audience_of([]) == Audience.ADVISER


def test_every_version_is_kept_and_noted(bank: Organisation) -> None:
    words = dataclasses.replace(STRICTER, words=("Girokonto",))
    with serving(bank.tenant):
        assert change(bank.mia, Audience.ADVISER, STRICTER) == 1
        assert change(None, Audience.ADVISER, words) == 2
        assert policy_of(Audience.ADVISER) == words
        kept = PasswordPolicyVersion.objects.order_by("version")
        assert [(str(row), row.by) for row in kept] == [
            ("adviser 1", bank.mia), ("adviser 2", None),
        ]  # fmt: skip
        noted = TrailEntry.objects.filter(action="password-policy.changed").order_by("seq")
        assert [(row.actor, row.subject, row.detail) for row in noted] == [
            (
                f"person:{bank.mia.pk}", "password-policy:adviser",
                {
                    "version": 1, "old": {"min_length": 15, "digits": 0},
                    "new": {"min_length": 16, "digits": 1},
                },
            ),
            (
                "control", "password-policy:adviser",
                {"version": 2, "old": {"words": "0"}, "new": {"words": "1 (38500ce3428f96c5)"}},
            ),
        ]  # fmt: skip


def test_the_trail_speaks_of_it_in_words(bank: Organisation) -> None:
    with serving(bank.tenant):
        change(bank.mia, Audience.ADVISER, STRICTER)
    page = bank.desk(bank.mia).get("/administration/trail/").content.decode()
    assert "Rules for passwords changed" in page


@pytest.mark.parametrize("role", [Role.ADVISER, Role.AUDITOR])
def test_nobody_else_decides(bank: Organisation, role: Role) -> None:
    other = bank.hire("Olaf Other", role)
    with serving(bank.tenant):
        with pytest.raises(PermissionDenied):
            decide(other, Audience.ADVISER, STRICTER, base=0, reason="x")
        assert policy_of(Audience.ADVISER) == Policy()


def test_what_is_refused_changes_nothing(bank: Organisation) -> None:
    with serving(bank.tenant):
        with pytest.raises(RefusedPolicy, match="number"):
            decide(bank.mia, Audience.ADVISER, Policy(min_length=7), base=0, reason="x")
        assert holding(Audience.ADVISER).version == 0


def test_exchanged_words_leave_a_trace(bank: Organisation) -> None:
    with serving(bank.tenant):
        for word in ("Girokonto", "Sparbuch"):
            change(bank.mia, Audience.ADVISER, Policy(words=(word,)))
        row = TrailEntry.objects.filter(action="password-policy.changed").latest("seq")
    old, new = row.detail["old"]["words"], row.detail["new"]["words"]
    assert old[:3] == new[:3] == "1 ("
    assert old != new
    assert "Girokonto" not in str(row.detail)


def test_only_stricter_rules_begin_anew(bank: Organisation) -> None:
    """Whatever else is changed later, another reason or fewer rules, gives nobody more time."""
    with serving(bank.tenant):
        assert stricter_since(Audience.ADVISER) is None
        change(bank.mia, Audience.ADVISER, Policy(min_length=14))
        assert stricter_since(Audience.ADVISER) is None
        change(bank.mia, Audience.ADVISER, STRICTER)
        since = holding(Audience.ADVISER).since
        assert stricter_since(Audience.ADVISER) == since
        change(bank.mia, Audience.ADVISER, STRICTER, "another reason")
        change(bank.mia, Audience.ADVISER, Policy(min_length=14))
        assert stricter_since(Audience.ADVISER) == since
        change(bank.mia, Audience.CLIENT, STRICTER)
        assert stricter_since(Audience.CLIENT) == holding(Audience.CLIENT).since


def chooses(person: Person, password: str) -> None:
    with write_transaction():
        passwords.replace_password(person, passwords.with_password(person, password))
    person.refresh_from_db()


def test_earlier_passwords_are_refused_as_many_as_are_asked_for(bank: Organisation) -> None:
    one, two, three = (f"{number} rare words in a row" for number in ("one", "two", "three"))
    with serving(bank.tenant):
        change(bank.mia, Audience.ADVISER, Policy(history=2))
        for password in (one, two):
            chooses(bank.ada, password)
        assert [broken(bank.ada, word) for word in (one, two, three)] == [["used"], ["used"], []]
        chooses(bank.ada, three)
        assert [broken(bank.ada, word) for word in (one, two, three)] == [[], ["used"], ["used"]]
        assert EarlierPassword.objects.count() == 1
        assert str(bank.ada.pk) in str(EarlierPassword.objects.get())
        # Somebody else may have it, and whoever is not stored yet has had none.
        assert (
            broken(bank.ben, three) == broken(Person(name="N", email="n@bank.example"), one) == []
        )


def test_a_history_that_nobody_asks_for_is_not_kept(bank: Organisation) -> None:
    with serving(bank.tenant):
        chooses(bank.ada, "some rare words in a row")
        assert not EarlierPassword.objects.exists()
        assert broken(bank.ada, "some rare words in a row") == []


def test_an_imported_record_fits_and_counts_as_an_earlier_one(bank: Organisation) -> None:
    salt = "s" * 128
    digest = hashlib.sha256(f"{salt}{PASSWORD}".encode()).hexdigest()
    with serving(bank.tenant):
        bank.ada.password = WrappedSha256.wrap(digest, salt)
        Person._meta.get_field("password").run_validators(bank.ada.password)
        bank.ada.save()
        change(bank.mia, Audience.ADVISER, Policy(history=1))
        assert broken(bank.ada, PASSWORD) == ["used"]


def test_names_from_here_are_no_passwords(bank: Organisation) -> None:
    with serving(bank.tenant):
        for password in ("Adler-Bank-2026", "ada@bank.example", "Siegel, Ada Adler"):
            assert "similar" in broken(bank.ada, password), password


def invited(organisation: Organisation, password: str) -> None:
    token = invite(
        organisation.mia, name="Kim Keller", email="kim@mail.test", roles=[Role.ADVISER], teams=[]
    )
    accept(token, password)


def created(organisation: Organisation, password: str) -> None:
    create_person(name="Kim Keller", email="kim@mail.test", password=password, roles=[Role.ADVISER])


def changed(organisation: Organisation, password: str) -> None:
    kim = Person(name="Kim Keller", email="kim@mail.test", roles=[Role.ADVISER])
    passwords.set_password(kim, password)
    kim.save()


def validated(organisation: Organisation, password: str) -> None:
    kim = Person(name="Kim Keller", email="kim@mail.test", roles=[Role.ADVISER])
    validate_password(password, kim)
    kim.set_password(password)
    kim.save()


def is_accepted(password: str, policy: Policy) -> bool:
    """A second reading of the three rules that are drawn below."""
    return (
        len(password) >= policy.min_length
        and sum(character in "0123" for character in password) >= policy.digits
        and sum(character in " -!" for character in password) >= policy.special
    )


@pytest.mark.parametrize("way", [invited, created, changed, validated])
def test_every_way_to_set_a_password_asks_for_the_rules(
    bank: Organisation, way: Callable[[Organisation, str], None]
) -> None:
    policies = st.builds(
        Policy,
        min_length=st.integers(15, 18),
        digits=st.integers(0, 2),
        special=st.integers(0, 2),
        blocklist=st.just(False),
    )

    @hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.text("äbçd0123 -!", min_size=13, max_size=20), policies)
    def each(password: str, policy: Policy) -> None:
        with serving(bank.tenant):
            PasswordPolicyVersion.objects.all().delete()
            PasswordPolicyVersion.objects.create(
                audience=Audience.ADVISER,
                version=1,
                knobs=dataclasses.asdict(policy),
                at="2026-01-01T00:00Z",
            )
            try:
                way(bank, password)
            except ValidationError:
                assert not is_accepted(password, policy)
            else:
                assert is_accepted(password, policy)
                assert Person.objects.get(email="kim@mail.test").check_password(password)
            for model in (Person.objects.filter(email="kim@mail.test"),):
                model.delete()
            bank.mia.invitations.all().delete()

    each()


def test_the_command_line_asks_for_them_too(bank: Organisation) -> None:
    with serving(bank.tenant):
        change(None, Audience.ADVISER, STRICTER)
    refused = CliRunner().invoke(
        main,
        ["people", "create", "bank", "--name", "N", "--email", "n@mail.test", "--role", "adviser",
         "--password-stdin"],
        input=PASSWORD,
    )  # fmt: skip
    assert refused.exit_code == 1
    assert "At least 1 digit." in refused.output


def test_people_are_told_the_rules_before_they_choose(bank: Organisation) -> None:
    with serving(bank.tenant):
        assert passwords.rules_for([Role.ADVISER]) == [
            "At least 15 characters.",
            "None that many people use.",
            "Not mostly your name, your address or a name from here.",
        ]
        bare = Policy(min_length=20, special=2, history=3)
        change(None, Audience.ADVISER, bare)
        assert passwords.rules_for([Role.ADVISER])[1:2] == [
            "At least 2 characters that are neither letters nor digits."
        ]
        assert passwords.rules_for([Role.ADVISER])[-1] == "None of your last 3."
        assert passwords.rules_for([Role.ADMINISTRATOR])[0] == "At least 15 characters."
        assert password_validators_help_texts()[0].startswith("At least 20 characters. At least 2")
        with pytest.raises(ValidationError):
            validate_password("short")

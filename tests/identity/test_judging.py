"""A password is judged when it is given: what holds then, and how long it need not be satisfied."""

import datetime as dt
from unittest import mock

import pytest
from argon2.low_level import hash_secret, verify_secret
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from siegel.identity import hashing, passwords
from siegel.identity.judging import Reason, begin_grace, foretold, must_choose
from siegel.identity.models import Organisation as Settings
from siegel.identity.models import PasswordPolicyVersion, Person
from siegel.identity.password_policy import Audience, Policy
from siegel.identity.policies import holding
from siegel.identity.roles import Role
from siegel.identity.sessions import person_of_session
from siegel.identity.staffing import change_person
from siegel.identity.weakening import decide
from siegel.tenancy.context import serving
from tests.cast import PASSWORD, Organisation
from tests.identity.rules import change

DIGITS = Policy(digits=3, grace_days=20)


def signed_in(bank: Organisation, person: Person, password: str = PASSWORD) -> Client:
    browser = bank.anonymous()
    answer = browser.post("/sign-in/", {"login": person.email, "password": password})
    assert answer.status_code == 302
    return browser


def now_of(bank: Organisation, person: Person) -> Person:
    with serving(bank.tenant):
        return Person.objects.get(pk=person.pk)


def aged(bank: Organisation, policy: Policy, days: int, audience: Audience) -> None:
    """The policy holds since so many days."""
    with serving(bank.tenant):
        change(bank.mia, audience, policy)
        PasswordPolicyVersion.objects.update(at=timezone.now() - dt.timedelta(days=days))
        Person.objects.update(password_set_at=timezone.now() - dt.timedelta(days=400))


def test_what_satisfies_is_not_spoken_of(bank: Organisation) -> None:
    browser = signed_in(bank, bank.ada)
    assert browser.get("/inbox/").status_code == 200
    ada = now_of(bank, bank.ada)
    assert (ada.password_due_at, must_choose(ada), foretold(ada)) == (None, False, None)


def test_within_the_grace_it_is_told_until_when(bank: Organisation) -> None:
    aged(bank, DIGITS, 5, Audience.ADVISER)
    browser = signed_in(bank, bank.ada)
    ada = now_of(bank, bank.ada)
    due = foretold(ada)
    assert due is not None
    assert due.why == Reason.UNFIT
    assert dt.timedelta(days=14) < due.at - timezone.now() < dt.timedelta(days=15, minutes=1)
    page = browser.get("/inbox/")
    assert page.status_code == 200
    assert "does not satisfy" in page.content.decode()
    assert f"{due.at:%d.%m.%Y}" in page.content.decode()
    # Of others nothing is known, and of another audience it does not hold.
    assert now_of(bank, bank.ben).password_due_at is None
    signed_in(bank, bank.mia)
    assert now_of(bank, bank.mia).password_due_at is None


def test_beyond_the_grace_nothing_else_is_open(bank: Organisation) -> None:
    aged(bank, DIGITS, 21, Audience.ADVISER)
    browser = signed_in(bank, bank.ada)
    answer = browser.get("/inbox/?tab=all")
    assert (answer.status_code, answer.headers["Location"]) == (
        302, "/account/password/?next=%2Finbox%2F%3Ftab%3Dall",
    )  # fmt: skip
    assert browser.post("/inbox/labels/").headers["Location"] == "/account/password/"
    refused = browser.post("/socket-ticket/", headers={"x-siegel": "1"})
    assert (refused.status_code, refused.json()["code"]) == (403, "password-due")
    assert refused.json()["page"] == "/account/password/"
    for address in ("/account/password/", "/trust/", "/logo/"):
        assert browser.get(address).status_code in {200, 404}, address
    assert browser.post("/language/", {"language": "de"}).status_code == 302
    with serving(bank.tenant):
        key = browser.cookies["__Host-session"].value
        assert person_of_session(key) is None
        Person.objects.update(password_due_at=None)
        assert person_of_session(key) == bank.ada
    assert browser.get("/inbox/").status_code == 200


def test_where_a_second_factor_is_due_as_well_it_comes_first(bank: Organisation) -> None:
    aged(bank, DIGITS, 21, Audience.ADVISER)
    browser = signed_in(bank, bank.ada)
    with serving(bank.tenant):
        Settings.objects.update(factor_roles=["adviser"])
    assert browser.get("/inbox/").headers["Location"] == "/account/factors/"
    assert browser.get("/account/factors/").status_code == 200
    with serving(bank.tenant):
        Settings.objects.update(factor_roles=[])
    assert browser.get("/inbox/").headers["Location"].startswith("/account/password/")


def test_a_reason_typed_anew_lifts_nothing(bank: Organisation) -> None:
    aged(bank, DIGITS, 21, Audience.ADVISER)
    with serving(bank.tenant):
        decide(bank.mia, Audience.ADVISER, DIGITS, base=1, reason="another reason")
        assert holding(Audience.ADVISER).version == 2
    signed_in(bank, bank.ada)
    assert must_choose(now_of(bank, bank.ada))


def test_who_must_choose_may_sign_out(bank: Organisation) -> None:
    aged(bank, DIGITS, 21, Audience.ADVISER)
    browser = signed_in(bank, bank.ada)
    assert browser.post("/sign-out/").headers["Location"] == "/sign-in/"


def test_no_grace_and_no_end_of_it(bank: Organisation) -> None:
    aged(bank, Policy(digits=3, grace_days=0), 0, Audience.ADVISER)
    signed_in(bank, bank.ada)
    assert must_choose(now_of(bank, bank.ada))
    aged(bank, Policy(digits=3), 900, Audience.ADMINISTRATOR)
    with serving(bank.tenant):
        version = PasswordPolicyVersion.objects.get(audience=Audience.ADMINISTRATOR)
        version.knobs["grace_days"] = None
        version.save()
    signed_in(bank, bank.mia)
    assert now_of(bank, bank.mia).password_due_at is None


def test_a_password_expires_and_is_told_of_in_time(bank: Organisation) -> None:
    aged(bank, Policy(expiry_days=420), 1, Audience.ADVISER)
    browser = signed_in(bank, bank.ada)
    assert foretold(now_of(bank, bank.ada)) is None  # In twenty days.
    assert "expires" not in browser.get("/inbox/").content.decode()
    with serving(bank.tenant):
        Person.objects.update(password_set_at=timezone.now() - dt.timedelta(days=410))
    browser = signed_in(bank, bank.ada)
    due = foretold(now_of(bank, bank.ada))
    assert due is not None
    assert due.why == Reason.EXPIRED
    assert "Your password expires" in browser.get("/inbox/").content.decode()
    with serving(bank.tenant):
        Person.objects.update(password_set_at=timezone.now() - dt.timedelta(days=421))
    page = signed_in(bank, bank.ada).get("/", follow=True).content.decode()
    assert "Your password has expired" in page


def test_the_sooner_of_two_reasons_counts(bank: Organisation) -> None:
    aged(bank, Policy(digits=3, grace_days=20, expiry_days=401), 10, Audience.ADVISER)
    signed_in(bank, bank.ada)
    assert now_of(bank, bank.ada).password_due_why == Reason.EXPIRED


def test_it_is_judged_again_by_what_holds_then(bank: Organisation) -> None:
    aged(bank, DIGITS, 21, Audience.ADVISER)
    signed_in(bank, bank.ada)
    assert must_choose(now_of(bank, bank.ada))
    with serving(bank.tenant):
        PasswordPolicyVersion.objects.all().delete()
    signed_in(bank, bank.ada)
    ada = now_of(bank, bank.ada)
    assert (ada.password_due_at, ada.password_due_why) == (None, "")


def test_a_password_chosen_meanwhile_is_not_judged_by_the_one_before(bank: Organisation) -> None:
    aged(bank, DIGITS, 21, Audience.ADVISER)

    def change_meanwhile(*given: object) -> list[object]:
        Person.objects.update(password=make_password("another sentence of 123 words"))
        return [object()]

    with (
        serving(bank.tenant),
        mock.patch("siegel.identity.judging.against", side_effect=change_meanwhile),
    ):
        authenticate(None, email=bank.ada.email, password=PASSWORD)
        assert Person.objects.get(pk=bank.ada.pk).password_due_at is None


@pytest.mark.parametrize("roles", [[Role.ADMINISTRATOR], [Role.ADVISER]])
def test_another_role_gives_the_time_of_a_change_of_rules(
    bank: Organisation, roles: list[Role]
) -> None:
    aged(bank, DIGITS, 300, Audience.ADMINISTRATOR)
    with serving(bank.tenant):
        change_person(bank.mia, bank.ada, name="Ada Adler", roles=roles, teams=[])
    signed_in(bank, bank.ada)
    ada = now_of(bank, bank.ada)
    assert (foretold(ada) is not None) is (roles == [Role.ADMINISTRATOR])
    assert not must_choose(ada)


def test_grace_begins_anew_when_a_factor_is_gone(bank: Organisation) -> None:
    aged(bank, Policy(min_length=40, min_length_with_factor=8), 300, Audience.ADVISER)
    with serving(bank.tenant):
        with mock.patch.object(passwords, "has_second_factor", return_value=True):
            authenticate(None, email=bank.ada.email, password=PASSWORD)
        assert Person.objects.get(pk=bank.ada.pk).password_due_at is None
        begin_grace(bank.ada)
        authenticate(None, email=bank.ada.email, password=PASSWORD)
    ada = now_of(bank, bank.ada)
    assert foretold(ada) is not None


def test_judging_costs_no_hash_and_hashing_anew_costs_one(bank: Organisation) -> None:
    aged(bank, DIGITS, 5, Audience.ADVISER)
    with serving(bank.tenant):
        Person.objects.update(password=make_password(PASSWORD))
        with (
            mock.patch("siegel.identity.hashing.hash_secret", wraps=hash_secret) as made,
            mock.patch("siegel.identity.hashing.verify_secret", wraps=verify_secret) as verified,
        ):
            assert authenticate(None, email=bank.ada.email, password=PASSWORD)
            assert (made.call_count, verified.call_count) == (0, 1)
            assert not authenticate(None, email=bank.ada.email, password="wrong")
            assert (made.call_count, verified.call_count) == (0, 2)
            with mock.patch.object(hashing, "PEPPER", "2"):
                assert authenticate(None, email=bank.ada.email, password=PASSWORD)
            assert (made.call_count, verified.call_count) == (1, 3)


def test_hashing_anew_ends_no_session_and_setting_does(bank: Organisation) -> None:
    with serving(bank.tenant):
        Person.objects.update(password=make_password(PASSWORD))
    other = signed_in(bank, bank.ada)
    for pepper in ("2", "3"):
        with mock.patch.object(hashing, "PEPPER", pepper):
            signed_in(bank, bank.ada)
        ada = now_of(bank, bank.ada)
        assert ada.password.startswith(f"siegel${pepper}$")
        assert other.get("/inbox/").status_code == 200
    with serving(bank.tenant):
        # However it is stored.
        Person.objects.filter(pk=bank.ada.pk).update(password=make_password(PASSWORD))
    assert other.get("/inbox/").status_code == 302


def test_what_is_set_while_it_is_hashed_anew_stays(bank: Organisation) -> None:
    with serving(bank.tenant):
        chosen = make_password("another sentence for tests")
        ada = Person.objects.get(pk=bank.ada.pk)
        Person.objects.filter(pk=bank.ada.pk).update(password=chosen)
        assert ada.check_password(PASSWORD)  # Read before, and older than there was a pepper.
        assert Person.objects.get(pk=bank.ada.pk).password == chosen


def test_sessions_under_an_earlier_key_are_known(bank: Organisation) -> None:
    with serving(bank.tenant), mock.patch("django.conf.settings.SECRET_KEY_FALLBACKS", ["earlier"]):
        (earlier,) = bank.ada.get_session_auth_fallback_hash()
        assert earlier != bank.ada.get_session_auth_hash()

"""Adding, naming, removing and resetting second factors, and what follows from it."""

import secrets
import uuid
from unittest import mock

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import override

from siegel.audit.models import TrailEntry
from siegel.identity import mail_server
from siegel.identity.authenticator_app import store_app
from siegel.identity.factor_changes import (
    LastFactor,
    OneAlready,
    Store,
    add_factor,
    remove_factor,
    rename_factor,
    renew_recovery_codes,
    reset_factors,
)
from siegel.identity.factor_letters import factors_changed
from siegel.identity.letters import Notice
from siegel.identity.models import CodeTries, Person, QueuedNotice, RecoveryCode, Session
from siegel.identity.naming import RefusedName
from siegel.identity.passkeys import store_passkey
from siegel.identity.roles import Role
from siegel.identity.second_factors import factors_of, id_of
from siegel.identity.sessions import person_of_session
from siegel.identity.trusted_devices import devices_of
from siegel.tenancy.context import serving
from tests.cast import SEED, Organisation
from tests.conversations.conversing import session_of
from tests.identity.authenticators import made_credential
from tests.identity.test_trusted_devices import trusted


def app(person: Person, name: str) -> Authenticator:
    return store_app(person, name, SEED, 0)


def key(person: Person, name: str) -> Authenticator:
    return store_passkey(person, name, made_credential(), 0)


def session(person: Person) -> str:
    """The key of a session of somebody's."""
    now, key = timezone.now(), secrets.token_hex(16)
    Session.objects.create(
        session_key=key, person=person, expire_date=now, created_at=now, authenticated_at=now,
        seen_at=now,
    )  # fmt: skip
    return key


def added(person: Person, name: str, store: Store) -> list[str]:
    return add_factor(person, name, store, session=session(person))


def last() -> tuple[str, str, str, dict[str, object]]:
    entry = TrailEntry.objects.latest("seq")
    return entry.actor, entry.action, entry.subject, entry.detail


def own(person: Person) -> uuid.UUID:
    return uuid.UUID(id_of(factors_of(person)[-1]))


def test_the_first_one_brings_recovery_codes_and_the_next_one_does_not(bank: Organisation) -> None:
    with serving(bank.tenant):
        trusted(bank, bank.ada)
        codes = added(bank.ada, "  My   phone ", app)
        who = f"person:{bank.ada.pk}"
        assert last() == (who, "factor.added", who, {"kind": "totp"})
        assert len(codes) == 10
        assert factors_of(bank.ada)[0].data["name"] == "My phone"
        # Every change asks for the factor again where it was not asked for.
        assert devices_of(bank.ada) == []
        assert added(bank.ada, "Key", key) == []
        with pytest.raises(RefusedName):
            added(bank.ada, "x" * 61, key)
        assert len(factors_of(bank.ada)) == 2


def test_a_session_that_was_ended_adds_nothing(bank: Organisation) -> None:
    with serving(bank.tenant):
        of_another = session(bank.ben)
        for key_of_session in ("ended", of_another, None):
            with pytest.raises(PermissionDenied):
                add_factor(bank.ada, "Phone", app, session=key_of_session)
        assert factors_of(bank.ada) == []


def test_a_second_app_is_refused_and_nothing_is_written(bank: Organisation) -> None:
    with serving(bank.tenant):
        added(bank.ada, "Phone", app)
        before = TrailEntry.objects.count()
        with pytest.raises(OneAlready):
            added(bank.ada, "Other", app)
        assert TrailEntry.objects.count() == before
        assert [factor.data["name"] for factor in factors_of(bank.ada)] == ["Phone"]


def test_naming_one(bank: Organisation) -> None:
    with serving(bank.tenant):
        added(bank.ada, "Phone", app)
        rename_factor(bank.ada, own(bank.ada), "Work phone")
        assert factors_of(bank.ada)[0].data["name"] == "Work phone"
        assert last()[1] == "factor.renamed"
        assert "Work phone" not in str(last())
        before = TrailEntry.objects.count()
        rename_factor(bank.ada, own(bank.ada), "Work phone")
        assert TrailEntry.objects.count() == before
        with pytest.raises(RefusedName):
            rename_factor(bank.ada, own(bank.ada), "")
        with pytest.raises(Authenticator.DoesNotExist):
            rename_factor(bank.ben, own(bank.ada), "Mine")


def test_removing_the_last_one_takes_the_codes_along(bank: Organisation) -> None:
    with serving(bank.tenant):
        added(bank.ada, "Phone", app)
        added(bank.ada, "Key", key)
        remove_factor(bank.ada, own(bank.ada))
        assert RecoveryCode.objects.filter(person=bank.ada).count() == 10
        with pytest.raises(Authenticator.DoesNotExist):
            remove_factor(bank.ben, own(bank.ada))
        assert Person.objects.get(pk=bank.ada.pk).password_grace_from is None
        remove_factor(bank.ada, own(bank.ada))
        assert last()[1] == "factor.removed"
        # The password is the only factor from now on, and gets time to become longer.
        assert Person.objects.get(pk=bank.ada.pk).password_grace_from is not None
        assert not RecoveryCode.objects.filter(person=bank.ada).exists()


def test_who_must_have_one_keeps_the_last_one(bank: Organisation) -> None:
    with serving(bank.tenant):
        before = TrailEntry.objects.count()
        with pytest.raises(LastFactor):
            remove_factor(bank.mia, own(bank.mia))
        assert len(factors_of(bank.mia)) == 1
        assert TrailEntry.objects.count() == before


def test_new_codes(bank: Organisation) -> None:
    with serving(bank.tenant):
        added(bank.ada, "Phone", app)
        assert len(set(renew_recovery_codes(bank.ada))) == 10
        assert last()[1] == "recovery-codes.made"
        assert RecoveryCode.objects.filter(person=bank.ada).count() == 10


@pytest.mark.parametrize("is_operator", [True, False])
def test_a_reset_takes_everything_and_signs_out(bank: Organisation, is_operator: bool) -> None:
    session = session_of(bank, bank.ada)
    with serving(bank.tenant):
        added(bank.ada, "Phone", app)
        added(bank.ada, "Key", key)
        CodeTries.objects.create(person=bank.ada, failed=3, next_at="2026-11-30T12:00:00Z")
        device, _ = trusted(bank, bank.ada)
        by = None if is_operator else bank.mia
        assert reset_factors(by, bank.ada) == 2
        actor = "operator" if is_operator else f"person:{bank.mia.pk}"
        assert last() == (actor, "person.factors-reset", f"person:{bank.ada.pk}", {"factors": 2})
        assert factors_of(bank.ada) == []
        assert not RecoveryCode.objects.filter(person=bank.ada).exists()
        assert not CodeTries.objects.exists()
        assert person_of_session(session) is None
        ada = Person.objects.get(pk=bank.ada.pk)
        assert ada.password_grace_from is not None
        assert devices_of(ada) == []
        assert device.COOKIES


def test_nobody_else_resets(bank: Organisation) -> None:
    with serving(bank.tenant):
        added(bank.ada, "Phone", app)
        with pytest.raises(PermissionDenied):
            reset_factors(bank.ben, bank.ada)
        assert len(factors_of(bank.ada)) == 1


def test_people_are_written_to(bank: Organisation) -> None:
    with (
        serving(bank.tenant),
        mock.patch.object(mail_server, "is_configured", return_value=True),
    ):
        added(bank.ada, "Phone", app)
        reset_factors(bank.mia, bank.ada)
        notices = list(QueuedNotice.objects.order_by("created_at"))
        assert [notice.kind for notice in notices] == [Notice.FACTORS_CHANGED] * 2
        assert {notice.to for notice in notices} == {bank.ada.email}
        letters = []
        for notice in notices:
            with override("en"):
                letter = factors_changed(notice)
            assert letter is not None
            assert letter.button is not None
            assert letter.button[1].endswith("/account/factors/")
            letters.append(" ".join(letter.paragraphs))
        assert "was added" in letters[0]
        assert "by an administrator" in letters[1]
        assert "Hello Ada Adler," in letters[0]
        Person.objects.filter(pk=bank.ada.pk).update(is_active=False)
        assert factors_changed(notices[0]) is None


def test_every_change_has_its_words(bank: Organisation) -> None:
    with serving(bank.tenant):
        for action in ("factor.removed", "recovery-codes.made"):
            context = {"person": str(bank.ada.pk), "action": action}
            letter = factors_changed(QueuedNotice(context=context))
            assert letter is not None
            assert letter.paragraphs[1]


def test_an_administrator_needs_one_and_others_may(bank: Organisation) -> None:
    zoe = bank.hire("Zoe Zander", Role.ADVISER, Role.ADMINISTRATOR)
    with serving(bank.tenant):
        assert len(factors_of(zoe)) == 1
        added(bank.ada, "Phone", app)
        remove_factor(bank.ada, own(bank.ada))
        assert factors_of(bank.ada) == []

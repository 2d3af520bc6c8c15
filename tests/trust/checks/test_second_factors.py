"""A password that opens more than it may, and accounts without a factor, are found."""

import datetime as dt

import pytest
from django.utils import timezone

from siegel.identity import factor_gate
from siegel.identity.models import Person
from siegel.identity.roles import Role
from siegel.tenancy.availability import Unavailable
from siegel.tenancy.context import serving
from siegel.trust.checks import second_factors
from siegel.trust.checks.second_factors import examine_second_factors
from tests.cast import Organisation


def test_a_page_that_asks_for_no_factor_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from siegel.desk.administration import overview

    monkeypatch.setattr(overview.overview, "second_factor_required", False, raising=False)
    faults = examine_second_factors().faults
    assert faults == (
        "with the password alone: /administration/ opens",
        "an operator with a code: /administration/ opens",
    )


def test_a_gate_that_is_gone_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factor_gate, "is_short", lambda *_: False)
    faults = examine_second_factors().faults
    assert "with the password alone: /administration/people/ opens" in faults
    assert "an operator with a code: /inbox/ opens" in faults
    # Sockets and files have a gate of their own.
    assert not any("the socket" in fault or "a file" in fault for fault in faults)


def test_accounts_without_a_factor_are_counted(bank: Organisation) -> None:
    nora, owe = bank.hire("Nora Neu"), bank.hire("Owe Alt")
    old = timezone.now() - dt.timedelta(days=2)
    with serving(bank.tenant):
        found = Person.objects.filter(pk__in=[nora.pk, owe.pk])
        found.update(roles=[Role.ADMINISTRATOR])
        # Neither whoever has never signed in, nor whoever came today.
        found.filter(pk=nora.pk).update(created_at=old)
        found.filter(pk=owe.pk).update(last_login=timezone.now())
    finding = examine_second_factors()
    assert finding.faults == ()
    with serving(bank.tenant):
        found.filter(pk=owe.pk).update(created_at=old)
    assert examine_second_factors().faults == (f"{bank.tenant.id} has an account without a factor",)
    with serving(bank.tenant):
        found.filter(pk=owe.pk).update(is_active=False)
    assert examine_second_factors().faults == ()


def test_a_tenant_that_does_not_open_is_named(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(tenant: object) -> None:
        raise Unavailable("CannotBeOpened")

    monkeypatch.setattr(second_factors, "open_database", closed)
    expected = f"{bank.tenant.id} cannot be examined: it does not open"
    assert expected in examine_second_factors().faults


def test_a_right_code_that_opens_nothing_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_factors, "code_at", lambda *_: "000000")
    with pytest.raises(LookupError, match="right code"):
        examine_second_factors()


@pytest.mark.parametrize(
    ("plant", "fault"),
    [
        ("trusted_browsers", "a sign-in with the password alone opens the administration"),
        ("any_code", "a sign-in with a wrong code opens the administration"),
    ],
)
def test_a_sign_in_that_asks_for_too_little_is_found(plant: str, fault: str) -> None:
    faults = examine_second_factors(getattr(second_factors, f"plant_{plant}")).faults
    assert faults == (fault,)


def test_a_code_that_lets_an_operator_add_a_passkey_is_found() -> None:
    faults = examine_second_factors(second_factors.plant_code_for_passkey).faults
    assert [fault.partition(": ")[2] for fault in faults] == [
        "/account/factors/app/ opens", "/account/factors/passkey/ opens",
        "/account/factors/recovery-codes/ opens",
    ]  # fmt: skip


def test_that_nobody_is_let_in_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_factors, "opens_desk", lambda *_: False)
    with pytest.raises(LookupError):
        examine_second_factors()

"""Whose word counts beside the one who proposes weaker rules: no puppet's."""

from collections.abc import Callable

import pytest

from siegel.identity import inviting, resetting, staffing, weakening
from siegel.identity.factor_changes import reset_factors
from siegel.identity.models import PasswordPolicyProposal, Person
from siegel.identity.password_policy import Audience, Policy
from siegel.identity.policies import holding
from siegel.identity.roles import Role
from siegel.identity.weakening import OwnProposal, approve, may_agree
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.identity.clocks import Clock
from tests.identity.rules import long_here

NEW = "kolibri sägt am montag quer"


def propose(by: Person) -> PasswordPolicyProposal:
    now = holding(Audience.ADVISER)
    made = weakening.decide(
        by, Audience.ADVISER, Policy(min_length=9), base=now.version, reason="x"
    )
    assert made is not None
    return made


def reset_password(bank: Organisation, olga: Person) -> None:
    resetting.start(bank.mia, olga)


def take_factors(bank: Organisation, olga: Person) -> None:
    reset_factors(bank.mia, olga)


def switch_off_and_on(bank: Organisation, olga: Person) -> None:
    staffing.deactivate(bank.mia, olga)
    staffing.reactivate(bank.mia, olga)


def take_and_give_role(bank: Organisation, olga: Person) -> None:
    for roles in ([Role.AUDITOR], [Role.ADMINISTRATOR]):
        staffing.change_person(bank.mia, olga, name=olga.name, roles=roles, teams=[])


WAYS = [reset_password, take_factors, switch_off_and_on, take_and_give_role]


def test_a_puppet_does_not_agree(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    clock.passes(days=2)
    with serving(bank.tenant):
        token = inviting.invite(
            bank.mia, name="Puppe", email="p@mail.test", roles=[Role.ADMINISTRATOR], teams=[]
        )
        puppet = inviting.accept(token, NEW)
        proposal = propose(bank.mia)
        assert proposal.effective_at is not None
        with pytest.raises(OwnProposal):
            approve(puppet, proposal.pk)
        weakening.withdraw(bank.mia, proposal.pk)
        # Nor does it propose, for whoever made it to agree.
        assert propose(puppet).effective_at is not None


def test_who_has_been_one_for_a_day_agrees(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    with serving(bank.tenant):
        token = inviting.invite(
            bank.mia, name="Olga", email="o@mail.test", roles=[Role.ADMINISTRATOR], teams=[]
        )
        olga = inviting.accept(token, NEW)
        clock.passes(hours=25)
        # Another name makes nobody another one.
        staffing.change_person(bank.mia, olga, name="Olga O", roles=[Role.ADMINISTRATOR], teams=[])
        proposal = propose(bank.mia)
        assert proposal.effective_at is None
        assert approve(olga, proposal.pk) == 1


@pytest.mark.parametrize("way", WAYS)
def test_whom_somebody_could_sign_in_as_does_not_count(
    bank: Organisation, way: Callable[[Organisation, Person], None]
) -> None:
    olga = bank.hire("Olga Ober", Role.ADMINISTRATOR)
    long_here(bank)
    with serving(bank.tenant):
        way(bank, olga)
        assert propose(bank.mia).effective_at is not None


@pytest.mark.parametrize("way", [reset_password, take_factors])
def test_nor_if_it_is_done_after_the_proposal(
    bank: Organisation, way: Callable[[Organisation, Person], None]
) -> None:
    olga = bank.hire("Olga Ober", Role.ADMINISTRATOR)
    long_here(bank)
    with serving(bank.tenant):
        proposal = propose(bank.mia)
        assert may_agree(olga, proposal)
        way(bank, olga)
        assert not may_agree(olga, proposal)
        with pytest.raises(OwnProposal):
            approve(olga, proposal.pk)


def test_a_proposal_of_nobody_is_agreed_to_by_nobody(bank: Organisation) -> None:
    olga = bank.hire("Olga Ober", Role.ADMINISTRATOR)
    long_here(bank)
    with serving(bank.tenant):
        proposal = propose(bank.mia)
        proposal.by = None
        assert not may_agree(olga, proposal)


def test_a_role_given_within_the_day_does_not_count(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    with serving(bank.tenant):
        clock.passes(days=2)
        staffing.change_person(bank.mia, bank.ada, name="Ada", roles=[Role.ADMINISTRATOR], teams=[])
        proposal = propose(bank.mia)
        assert proposal.effective_at is not None
        weakening.withdraw(bank.mia, proposal.pk)
        clock.passes(hours=25)
        assert propose(bank.mia).effective_at is None

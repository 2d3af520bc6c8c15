"""Weaker rules for passwords hold by somebody else's word, or after everybody was told."""

import dataclasses
import datetime as dt
import uuid
from unittest import mock

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.identity import weakening
from siegel.identity.jobs import let_all_rules_hold, let_rules_hold
from siegel.identity.letters import told_time, write
from siegel.identity.models import (
    PasswordPolicyProposal,
    PasswordPolicyVersion,
    Person,
    QueuedNotice,
)
from siegel.identity.password_policy import Audience, Policy, RefusedPolicy
from siegel.identity.policies import holding, policy_of
from siegel.identity.roles import Role
from siegel.identity.staffing import change_person, deactivate
from siegel.identity.weakening import (
    NOTICE,
    Ended,
    Overtaken,
    OwnProposal,
    announced,
    approve,
    decide,
    take_effect,
    waiting,
    withdraw,
)
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.identity.rules import long_here

ADVISER = Audience.ADVISER
STRICTER = Policy(min_length=16, history=2)
WEAKER = Policy(min_length=12)


def told(action: str) -> list[tuple[str, dict[str, object]]]:
    rows = TrailEntry.objects.filter(action=f"password-policy.{action}").order_by("seq")
    return [(row.actor, row.detail) for row in rows]


def propose(by: Person, policy: Policy = WEAKER, base: int = 0) -> PasswordPolicyProposal:
    made = decide(by, ADVISER, policy, base=base, reason="Ein altes Telefonsystem.")
    assert made is not None
    return made


def pass_time(of: dt.timedelta) -> None:
    for proposal in PasswordPolicyProposal.objects.filter(effective_at__isnull=False):
        assert proposal.effective_at
        proposal.effective_at -= of
        proposal.save()


def test_what_accepts_nothing_more_holds_at_once(bank: Organisation) -> None:
    with serving(bank.tenant):
        assert decide(bank.mia, ADVISER, STRICTER, base=0) is None
        assert policy_of(ADVISER) == STRICTER
        assert waiting(ADVISER) is None


def test_another_administrator_agrees(bank: Organisation) -> None:
    olga = bank.hire("Olga Ober", Role.ADMINISTRATOR)
    long_here(bank)
    with serving(bank.tenant):
        proposal = propose(bank.mia)
        assert proposal.effective_at is None
        assert announced() == []
        assert policy_of(ADVISER) == Policy()
        with pytest.raises(OwnProposal):
            approve(bank.mia, proposal.pk)
        with pytest.raises(PermissionDenied):
            approve(bank.ada, proposal.pk)
        assert policy_of(ADVISER) == Policy()
        assert approve(olga, proposal.pk) == 1
        assert policy_of(ADVISER) == WEAKER
        version = PasswordPolicyVersion.objects.get()
        assert (version.by, version.approved_by) == (bank.mia, olga)
        assert version.reason == "Ein altes Telefonsystem."
        with pytest.raises(Ended):
            approve(olga, proposal.pk)
        change = {"old": {"min_length": 15}, "new": {"min_length": 12}}
        assert told("proposed") == [
            (f"person:{bank.mia.pk}", {"version": 1, "until": None, **change})
        ]
        assert told("changed") == [
            (f"person:{olga.pk}", {"version": 1, "person": str(bank.mia.pk), **change})
        ]
        assert take_effect() == 0


def test_a_single_administrator_tells_everybody_a_day_before(bank: Organisation) -> None:
    with serving(bank.tenant):
        proposal = propose(bank.mia)
        assert proposal.effective_at is not None
        assert abs(proposal.effective_at - timezone.now() - NOTICE) < dt.timedelta(minutes=1)
        assert announced() == [proposal]
    for person in (bank.ada, bank.ben, bank.mia):
        page = bank.desk(person).get("/help/").content.decode()
        assert "rules for passwords become weaker" in page
        assert f"{proposal.effective_at:%d.%m.%Y, %H:%M}" in page
    with serving(bank.tenant):
        pass_time(NOTICE - dt.timedelta(minutes=1))
        let_rules_hold.function()
        assert policy_of(ADVISER) == Policy()
        pass_time(dt.timedelta(minutes=2))
        let_rules_hold.function()
        assert policy_of(ADVISER) == WEAKER
        assert announced() == []
        ((actor, detail),) = told("changed")
        assert (actor, detail["person"]) == ("notice", str(bank.mia.pk))
        assert PasswordPolicyVersion.objects.get().by == bank.mia
    assert "become weaker" not in bank.desk(bank.ada).get("/help/").content.decode()


def test_it_takes_effect_in_every_tenant(bank: Organisation) -> None:
    with serving(bank.tenant):
        propose(bank.mia)
        pass_time(NOTICE)
    with mock.patch("siegel.identity.jobs.enqueue_for_all") as enqueued:
        let_all_rules_hold.function()
    enqueued.assert_called_once_with(let_rules_hold)


def test_nobody_need_agree_to_what_everybody_is_told_of(bank: Organisation) -> None:
    with serving(bank.tenant):
        proposal = propose(bank.mia)
    olga = bank.hire("Olga Ober", Role.ADMINISTRATOR)
    long_here(bank)
    with serving(bank.tenant), pytest.raises(OwnProposal):
        approve(olga, proposal.pk)


def test_it_can_be_withdrawn_by_any_administrator(bank: Organisation) -> None:
    olga = bank.hire("Olga Ober", Role.ADMINISTRATOR)
    long_here(bank)
    with serving(bank.tenant):
        for by in (bank.mia, olga):
            proposal = propose(bank.mia)
            with pytest.raises(PermissionDenied):
                withdraw(bank.ada, proposal.pk)
            withdraw(by, proposal.pk)
            assert waiting(ADVISER) is None
            with pytest.raises(Ended):
                withdraw(by, proposal.pk)
        with pytest.raises(Ended):
            approve(olga, uuid.uuid4())
        assert [actor for actor, _ in told("withdrawn")] == [
            f"person:{bank.mia.pk}", f"person:{olga.pk}",
        ]  # fmt: skip
        assert policy_of(ADVISER) == Policy()


def test_of_two_who_weaken_at_once_the_second_is_refused(bank: Organisation) -> None:
    olga = bank.hire("Olga Ober", Role.ADMINISTRATOR)
    long_here(bank)
    with serving(bank.tenant):
        proposal = propose(bank.mia)
        # Both have looked at version 0.
        with pytest.raises(Overtaken):
            decide(olga, ADVISER, Policy(min_length=10), base=0, reason="x")
        approve(olga, proposal.pk)
        with pytest.raises(Overtaken):
            decide(olga, ADVISER, Policy(min_length=10), base=0, reason="x")
        assert policy_of(ADVISER) == WEAKER
        # Of another audience nothing was decided.
        assert decide(olga, Audience.CLIENT, Policy(min_length=10), base=0, reason="x")


def test_harder_rules_hold_at_once_and_end_what_waits(bank: Organisation) -> None:
    olga = bank.hire("Olga Ober", Role.ADMINISTRATOR)
    long_here(bank)
    with serving(bank.tenant):
        proposal = propose(bank.mia)
        decide(olga, ADVISER, STRICTER, base=0)
        assert (policy_of(ADVISER), waiting(ADVISER)) == (STRICTER, None)
        with pytest.raises(Ended):
            approve(olga, proposal.pk)
        assert told("withdrawn") == [(f"person:{olga.pk}", {"version": 1})]


@pytest.mark.parametrize("how", ["demoted", "deactivated"])
def test_who_is_no_administrator_any_more_has_proposed_nothing(
    bank: Organisation, how: str
) -> None:
    olga = bank.hire("Olga Ober", Role.ADMINISTRATOR)
    long_here(bank)
    with serving(bank.tenant):
        propose(olga)
        if how == "demoted":
            change_person(bank.mia, olga, name="Olga Ober", roles=[Role.AUDITOR], teams=[])
        else:
            deactivate(bank.mia, olga)
        assert waiting(ADVISER) is None


def test_a_departure_needs_a_reason(bank: Organisation) -> None:
    digits = dataclasses.replace(STRICTER, digits=1)
    with serving(bank.tenant):
        for reason in ("", "  ", "x" * 501):
            with pytest.raises(RefusedPolicy) as refusal:
                decide(bank.mia, ADVISER, digits, base=0, reason=reason)
            assert refusal.value.field == "reason"
        assert decide(bank.mia, ADVISER, digits, base=0, reason=" Vorschrift ") is None
        assert holding(ADVISER).reason == "Vorschrift"
        # The same with another reason is another version; the same with the same is not.
        assert decide(bank.mia, ADVISER, digits, base=1, reason="Andere Vorschrift") is None
        assert decide(bank.mia, ADVISER, digits, base=2, reason="Andere Vorschrift") is None
        assert holding(ADVISER).version == 2


def test_people_are_written_to_where_there_is_a_server(bank: Organisation) -> None:
    with serving(bank.tenant):
        Person.objects.filter(pk=bank.ben.pk).update(is_active=False)
        with mock.patch("siegel.identity.mail_server.is_configured", return_value=True):
            proposal = propose(bank.mia)
        queued = QueuedNotice.objects.order_by("to")
        assert [notice.to for notice in queued] == ["ada@bank.example", "mia@bank.example"]
        letter = write(queued[0])
        assert letter is not None
        assert proposal.effective_at is not None
        assert told_time(proposal.effective_at) in letter.paragraphs[0]
        withdraw(bank.mia, proposal.pk)
        assert write(queued[0]) is None


def test_a_proposal_shows_itself(bank: Organisation) -> None:
    with serving(bank.tenant):
        assert str(propose(bank.mia)).startswith("adviser 0 ")
        assert weakening.LONGEST_REASON == 500

"""The claim that nothing lies longer than its rule says, and its canary."""

import datetime as dt
from unittest import mock

from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.conversations import deleting
from siegel.conversations.controls import CONTROLS
from siegel.conversations.holding import hold, lift
from siegel.conversations.models import (
    Conversation,
    Event,
    State,
)
from siegel.conversations.retention import due, set_rule
from siegel.conversations.retention_kept import examine_retention
from siegel.files import objects
from siegel.tenancy.availability import Unavailable
from siegel.tenancy.context import serving
from siegel.tenancy.models import Tenant
from tests.cast import Organisation
from tests.conversations.retained import (
    resolved,
    rule,
)

CONTROL = next(control for control in CONTROLS if control.id == "x-retention-kept")


def test_the_claim_holds_and_its_canary_bites(bank: Organisation) -> None:
    resolved(bank, 31)
    rule(bank)
    check, canary = CONTROL.check(), CONTROL.canary()
    assert (check.is_complete, check.faults) == (True, ())
    assert canary.is_complete
    assert canary.faults


def test_what_lies_too_long_is_counted(bank: Organisation) -> None:
    old, lifted = resolved(bank, 33), resolved(bank, 33)
    rule(bank)
    with serving(bank.tenant):
        hold(bank.ada, lifted, "until today")
        lift(bank.mia, lifted.pk)
    (fault,) = examine_retention().faults
    assert fault == f"1 conversations of {bank.tenant.id} should have been deleted"
    with serving(bank.tenant):
        hold(bank.ada, old, "for a dispute")
    assert examine_retention().faults == ()
    with serving(bank.tenant):
        lift(bank.mia, old.pk)
        Event.objects.filter(kind="hold-lifted").update(at=timezone.now() - dt.timedelta(days=3))
    assert examine_retention().faults == (fault.replace("1 c", "2 c"),)
    looked_at = examine_retention().examined
    with serving(bank.tenant):
        set_rule(bank.mia, 29)
    # What was due by the old rule as well still is.
    finding = examine_retention()
    assert (finding.faults, finding.examined) == ((fault.replace("1 c", "2 c"),), looked_at)


def test_a_rule_that_was_changed_counts_by_the_longest_for_two_days(bank: Organisation) -> None:
    resolved(bank, 45)
    rule(bank, 60)
    with serving(bank.tenant):
        set_rule(bank.mia, 30)
        set_rule(bank.mia, 40)
    assert examine_retention().faults == ()
    with serving(bank.tenant):
        TrailEntry.objects.update(at=timezone.now() - dt.timedelta(days=3))
    (fault,) = examine_retention().faults
    assert fault == f"1 conversations of {bank.tenant.id} should have been deleted"


def test_a_tenant_from_which_nothing_has_to_go_is_not_counted(
    bank: Organisation, insurer: Organisation
) -> None:
    resolved(bank, 45)
    rule(insurer, 30)
    finding = examine_retention()
    with serving(bank.tenant):
        set_rule(bank.mia, 30)
    new_rule = examine_retention()
    for each in (finding, new_rule):
        # One probe and the insurer; neither the other probe nor the bank.
        assert (each.faults, each.examined) == ((), 4 + 2)
        assert "with a rule: 2; without a rule or suspended: 2" in each.what.en
    with serving(bank.tenant):
        TrailEntry.objects.update(at=timezone.now() - dt.timedelta(days=3))
    then = examine_retention()
    assert (len(then.faults), then.examined) == (1, 4 + 3)
    Tenant.objects.filter(pk=bank.tenant.id).update(state="suspended")
    assert examine_retention().examined == 4 + 2


def test_a_suspended_tenant_waits_and_a_closed_one_is_a_fault(bank: Organisation) -> None:
    resolved(bank, 33)
    rule(bank)
    with mock.patch(
        "siegel.conversations.retention_kept.open_database", side_effect=Unavailable("x")
    ):
        assert any("does not open" in fault for fault in examine_retention().faults)
    Tenant.objects.update(state="suspended")
    assert examine_retention().faults == ()


def test_whatever_else_goes_wrong_is_found(bank: Organisation) -> None:
    def orphan(text: str, held: Conversation) -> None:
        with objects.sealing(objects.Purpose.FILE) as (_, writer):
            writer.write(b"left")

    (fault,) = examine_retention(orphan).faults
    assert fault == "a file of a deleted conversation is still in the store"
    with mock.patch.object(deleting, "_delete_contact"):
        (fault,) = examine_retention().faults
    assert fault == "rows of a deleted conversation are still in the database"
    with mock.patch("siegel.conversations.retention_kept.plant_overdue"):
        assert CONTROL.canary().faults == ()


def test_an_open_one_is_never_due(bank: Organisation) -> None:
    conversation = resolved(bank)
    with serving(bank.tenant):
        Conversation.objects.filter(pk=conversation.pk).update(state=State.OPEN)
        assert not due(1).exists()

"""What is done at the installation has its row, if it was done."""

from django.db import transaction

from siegel.audit import trail
from siegel.tenancy.models import OperatorTrailEntry
from siegel.tenancy.operator_trail import note_operation


def test_an_operation_is_a_row_of_the_chain() -> None:
    before = OperatorTrailEntry.objects.count()
    note_operation("keys.rotated", "7", {"keysets": 3})
    note_operation("tenant.created", "t1", actor="demo")
    rows = OperatorTrailEntry.objects.order_by("seq")[before:]
    assert [(row.actor, row.action, row.subject, row.detail) for row in rows] == [
        ("operator", "keys.rotated", "7", {"keysets": 3}),
        ("demo", "tenant.created", "t1", {}),
    ]
    trail.verify(OperatorTrailEntry.objects.order_by("seq"))


def test_what_is_undone_leaves_no_row() -> None:
    before = OperatorTrailEntry.objects.count()
    with transaction.atomic(using="default"):
        note_operation("tenant.shredding", "t1")
        transaction.set_rollback(True, using="default")
    assert OperatorTrailEntry.objects.count() == before

"""Every claim that a program checks holds on a sound installation, and its canary bites."""

import re

import pytest

from siegel.claims.control import Control
from siegel.tenancy.models import Tenant
from siegel.trust.discovery import all_controls
from tests.trust.runs import canary_of, check_of

CONTROLS = pytest.mark.parametrize("control", all_controls(), ids=lambda control: control.id)
LONGEST_CLAIM, LONGEST_FALSIFIER = 160, 220


@CONTROLS
def test_it_holds(control: Control) -> None:
    finding = check_of(control.id)
    assert finding.faults == ()
    assert finding.is_complete
    assert not re.search(r"probe-|t[0-9a-f]{20}", finding.what.de + finding.what.en)
    assert not Tenant.objects.exists()


@CONTROLS
def test_its_canary_bites(control: Control) -> None:
    assert canary_of(control.id).faults
    assert not Tenant.objects.exists()


@CONTROLS
def test_it_is_said_in_both_languages(control: Control) -> None:
    for text, longest in ((control.claim, LONGEST_CLAIM), (control.falsifier, LONGEST_FALSIFIER)):
        assert text.de != text.en
        assert max(len(text.de), len(text.en)) <= longest
    assert "Canary: " in control.checking
    assert all((control.meaning, control.breaking, control.remedy))


def test_no_two_are_of_one_claim() -> None:
    ids = [control.id for control in all_controls()]
    assert len(ids) == len(set(ids))

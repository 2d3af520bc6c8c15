"""Every control of the product runs once for all tests of a worker: some take seconds."""

from functools import cache

from siegel.claims.control import Control, Finding
from siegel.trust.discovery import all_controls


@cache
def check_of(control: str) -> Finding:
    """What the check of a control found on a sound installation."""
    return _control(control).check()


@cache
def canary_of(control: str) -> Finding:
    """What it found of a planted failure."""
    return _control(control).canary()


def _control(control: str) -> Control:
    return next(each for each in all_controls() if each.id == control)

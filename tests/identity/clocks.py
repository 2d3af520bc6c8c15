"""A clock that a test sets."""

import datetime as dt

import pytest
from django.utils import timezone


class Clock:
    """Puts what the product takes for now forward or back."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = timezone.now
        self.passed = dt.timedelta()
        monkeypatch.setattr(timezone, "now", lambda: now() + self.passed)

    def passes(self, **by: float) -> None:
        self.passed += dt.timedelta(**by)

"""What is left by tests that shred."""

from collections.abc import Iterator

import pytest

from siegel.tenancy.models import Tombstone


@pytest.fixture(autouse=True)
def no_tombstone_remains() -> Iterator[None]:
    """Who was shredded in one test may come in another."""
    yield
    Tombstone.objects.all().delete()

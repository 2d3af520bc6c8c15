"""A probe is furnished as people would, beside whatever else runs there."""

import pytest
from django.db import connections

from siegel.conversations.models import Contact
from siegel.conversations.search_index import index_contact
from siegel.tenancy.context import served
from siegel.trust.checks import scene


def test_a_scene_is_indexed_under_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """An indexer may be at the same contact."""

    def locked(contact: Contact) -> None:
        assert connections[served().id].in_atomic_block
        index_contact(contact)

    monkeypatch.setattr(scene, "index_contact", locked)
    with scene.scenes(str):
        pass

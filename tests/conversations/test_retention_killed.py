"""Deletion by rule is killed in the middle, and finishes when it runs again."""

import importlib
import os
import signal
import subprocess
import sys
from unittest import mock

import pytest

from siegel.audit import trail
from siegel.audit.models import TrailEntry
from siegel.conversations import deleting
from siegel.conversations.models import (
    Conversation,
)
from siegel.conversations.retention import delete_due
from siegel.files import objects
from siegel.files.models import StoredFile
from siegel.tenancy.context import serving
from siegel.tenancy.separation import knows
from tests.cast import Organisation
from tests.conversations.retained import PLANTED, Killed, resolved, rule, swept, with_everything


@pytest.mark.parametrize(
    ("module", "name", "call"),
    [
        ("siegel.files.objects", "delete", 1),
        ("siegel.files.objects", "delete", 2),
        ("siegel.files.objects", "delete", 3),
        ("siegel.audit.trail", "append", 1),
        ("siegel.audit.trail", "append", 3),
        ("siegel.conversations.deleting", "forget_files", 1),
        ("siegel.conversations.deleting", "remove_objects", 1),
        ("siegel.conversations.deleting", "discard_upload", 1),
        ("siegel.conversations.deleting", "forget_words", 1),
        ("siegel.conversations.deleting", "forget_texts", 1),
        ("siegel.conversations.deleting", "forget_texts", 2),
        ("siegel.conversations.deleting", "_delete_rest", 1),
        ("siegel.conversations.deleting", "_delete_rest", 2),
        ("siegel.conversations.deleting", "_delete_contact", 1),
        ("siegel.conversations.deleting", "_delete_contact", 2),
    ],
)
def test_killed_anywhere_it_finishes_when_it_runs_again(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, module: str, name: str, call: int
) -> None:
    monkeypatch.setattr(deleting, "EVENTS_AT_ONCE", 2)
    conversations = [with_everything(bank), resolved(bank)]
    rule(bank)
    owner = importlib.import_module(module)
    real, calls = getattr(owner, name), 0

    def killed(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        if calls == call:
            raise Killed
        return real(*arguments)

    with serving(bank.tenant):
        with mock.patch.object(owner, name, killed), pytest.raises(Killed):
            delete_due()
        assert Conversation.objects.exists()
        # What is rolled back has lost no bytes, and no rule is needed to finish what is begun.
        assert all(objects.path_of(file.object).exists() for file in StoredFile.objects.all())
        delete_due()
        assert not knows(bank.tenant, PLANTED)
        assert swept() == []
        told = TrailEntry.objects.filter(action="retention.deleted")
        assert {entry.subject for entry in told} == {str(one.pk) for one in conversations}
        assert told.count() == 2


DIES = """
import os, signal, sys, django
django.setup(set_prefix=False)
from siegel.conversations import deleting, retention
from siegel.files import objects
from siegel.tenancy.context import ServedTenant, serving
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
owner = {"objects": objects, "deleting": deleting}[sys.argv[2]]
setattr(owner, sys.argv[3], die)
with serving(ServedTenant(id=sys.argv[1])):
    retention.delete_due()
"""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("objects", "delete"),
        ("deleting", "forget_texts"),
        ("deleting", "_delete_contact"),
    ],
)
def test_killed_for_good_it_finishes_when_it_runs_again(
    bank: Organisation, module: str, name: str
) -> None:
    conversation = with_everything(bank)
    rule(bank)
    ran = subprocess.run(
        [sys.executable, "-c", DIES, bank.tenant.id, module, name],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "siegel.settings"},
        check=False,
    )
    assert ran.returncode == -signal.SIGKILL
    rule(bank, None)
    with serving(bank.tenant):
        assert Conversation.objects.get() == conversation
        assert not TrailEntry.objects.filter(action="retention.ran").exists()
        delete_due()
        assert not knows(bank.tenant, PLANTED)
        assert swept() == []
        assert TrailEntry.objects.filter(action="retention.deleted").count() == 1
        trail.verify(TrailEntry.objects.all())

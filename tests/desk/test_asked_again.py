"""Whoever is no administrator any more when their change is stored changes nothing."""

from typing import Any

import pytest
from django.db.models import Model
from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.conversations.canned import save_canned
from siegel.conversations.labelling import save_labels
from siegel.conversations.models import CannedReply, Label, LegalHold
from siegel.files.models import FilePolicy
from siegel.identity.models import Logo, Person, SettingChange, Team
from siegel.identity.models import Organisation as OrganisationRow
from siegel.identity.roles import Role
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.desk.test_settings import TEXTS, UPLOADS, WEEK, picture

CANNED = {"shortcut": "neu", "title": "Neu", "body": "Guten Tag"}
CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("organisation/", TEXTS),
    ("organisation/", {"part": "logo"}),
    ("office-hours/", WEEK),
    ("chat/", {"part": "chat", "page_origins": "", "undo_seconds": "10"}),
    ("chat/", UPLOADS),
    ("texts/new/", CANNED),
    ("texts/{text}/", CANNED),
    ("texts/{text}/delete/", {}),
    ("labels/new/", {"names": "Neu\nVertrag"}),
    ("labels/{label}/", {"name": "Neu"}),
    ("labels/{label}/delete/", {}),
    ("figures/", {"switch": "on", "confirmed": "on"}),
    ("retention/rule/", {"days": "30", "confirmed": "yes"}),
    ("retention/holds/{hold}/lift/", {}),
    ("checklist/", {"keep": "files"}),
    ("checklist/", {"list": "away"}),
    ("teams/default/", {"team": "{team}"}),
]
KEPT: tuple[type[Model], ...] = (
    CannedReply, FilePolicy, Label, LegalHold, Logo, OrganisationRow, SettingChange, TrailEntry,
)  # fmt: skip


def state() -> list[list[dict[str, Any]]]:
    return [list(model._default_manager.order_by("pk").values()) for model in KEPT]


@pytest.mark.parametrize(("address", "form"), CHANGES)
def test_a_change_is_refused(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, address: str, form: dict[str, Any]
) -> None:
    mia, conversation = bank.desk(bank.mia), bank.conversation()
    with serving(bank.tenant):
        reply = save_canned("operator", shortcut="alt", title="Alt", body="Guten Tag")
        LegalHold.objects.create(
            conversation=conversation, reason="Klage", set_by=bank.ada, set_at=timezone.now()
        )
        there = {
            "text": str(reply.pk),
            "label": str(save_labels(["Alt"], "operator")[0].pk),
            "hold": str(conversation.pk),
            "team": str(Team.objects.create(name="Schaden").pk),
        }
        before = state()
        Person.objects.filter(pk=bank.mia.pk).update(roles=[Role.AUDITOR])
    # As if that had happened after the page let her in.
    monkeypatch.setattr(Person, "has_perm", lambda *_: True)
    told = {
        name: value.format(**there) if isinstance(value, str) else value
        for name, value in form.items()
    }
    if form.get("part") == "logo":
        told["logo"] = picture()
    answer = mia.post(f"/administration/{address.format(**there)}", told)
    assert answer.status_code == 403
    with serving(bank.tenant):
        assert state() == before

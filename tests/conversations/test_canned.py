"""Canned replies: what they are filled with, how they are found, which are refused."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone, translation

from siegel.audit.models import TrailEntry
from siegel.conversations.canned import (
    RefusedCanned,
    Situation,
    delete_canned,
    find_canned,
    refusal_text,
    rendered,
    save_canned,
)
from siegel.conversations.models import CannedReply
from siegel.tenancy.context import serving
from tests.cast import Organisation

ALL = "{client.name}|{client.email}|{adviser.name}|{organisation.name}|{date}"
NEARLY_MIDNIGHT = dt.datetime(2026, 11, 23, 23, 30, tzinfo=dt.UTC)


def situation(
    bank: Organisation, zone: str = "UTC", language: str = "de", **known: str
) -> Situation:
    from siegel.identity.models import Organisation as Row

    conversation = bank.conversation()
    for name, value in {"language": language, **known}.items():
        setattr(conversation.contact, name, value)
    return Situation(conversation, bank.ada, Row.of_tenant(), zone)


@pytest.mark.parametrize(
    ("zone", "language", "date"),
    [
        ("UTC", "de", "23.11.2026"),
        ("Europe/Berlin", "de", "24.11.2026"),
        ("Pacific/Honolulu", "en", "23 November 2026"),
        ("nowhere/at all", "de", "23.11.2026"),
        ("../etc/passwd", "de", "23.11.2026"),
    ],
)
def test_variables_are_filled_in(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, zone: str, language: str, date: str
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NEARLY_MIDNIGHT)
    with serving(bank.tenant):
        of = situation(bank, zone, language, name="Vera Vogt", email="v@x.example")
        parts = rendered(ALL, of)
    assert "".join(part.text for part in parts) == (f"Vera Vogt|v@x.example|Ada Adler|Bank|{date}")
    assert not any(part.is_gap for part in parts)


def test_what_is_missing_is_a_gap_that_is_seen(bank: Organisation) -> None:
    with serving(bank.tenant), translation.override("de"):
        parts = rendered("Guten Tag {client.name}, {client.phone} {nichts", situation(bank))
    assert [(part.text, part.is_gap) for part in parts] == [
        ("Guten Tag ", False),
        ("[Name]", True),
        (", ", False),
        ("[client.phone]", True),
        (" {nichts", False),
    ]


def test_what_a_client_calls_themselves_is_no_variable(bank: Organisation) -> None:
    with serving(bank.tenant):
        parts = rendered("{client.name}", situation(bank, name="{adviser.name}"))
    assert [(part.text, part.is_gap) for part in parts] == [("{adviser.name}", False)]


def test_the_nearest_are_found_first_and_20_at_most(bank: Organisation) -> None:
    with serving(bank.tenant):
        save_canned("person:1", shortcut="abgruß", title="Zum Ende", body="x")
        save_canned("person:1", shortcut=" Gruß ", title="Am Anfang", body="x")
        save_canned("person:1", shortcut="anfang", title="Schöne GRUSSFORMEL", body="x")
        assert [reply.shortcut for reply in find_canned("gru")] == ["gruß", "abgruß", "anfang"]
        assert find_canned("GRUß")[0].shortcut == "gruß"
        assert find_canned("\uff27\uff32\uff35\u1e9e")[0].shortcut == "gruß"
        assert find_canned("nichts") == []
        for number in range(25):
            save_canned("person:1", shortcut=f"n{number:02}", title="Viele", body="x")
        assert [reply.shortcut for reply in find_canned("viele")] == [
            f"n{number:02}" for number in range(20)
        ]


@pytest.mark.parametrize(
    ("shortcut", "title", "body", "code", "field"),
    [
        ("", "T", "x", "shortcut-malformed", "shortcut"),
        ("zwei worte", "T", "x", "shortcut-malformed", "shortcut"),
        ("a" * 31, "T", "x", "shortcut-malformed", "shortcut"),
        ("-a", "T", "x", "shortcut-malformed", "shortcut"),
        ("GRUSS", "T", "x", "shortcut-taken", "shortcut"),
        ("a", " ", "x", "title-malformed", "title"),
        ("a", "t" * 81, "x", "title-malformed", "title"),
        ("a", "a\nb", "x", "title-malformed", "title"),
        ("a", "T", " ", "body-empty", "body"),
        ("a", "T", "x" * 20_001, "body-too-long", "body"),
        ("a", "T", "x\x00", "body-control-characters", "body"),
        ("a", "T", "{client.phone}", "variable-unknown", "body"),
    ],
)
def test_what_is_refused_in_words(
    bank: Organisation, shortcut: str, title: str, body: str, code: str, field: str
) -> None:
    with serving(bank.tenant):
        save_canned("person:1", shortcut="gruss", title="Gruß", body="{date}, {client.name} {}")
        with pytest.raises(RefusedCanned) as refusal:
            save_canned("person:1", shortcut=shortcut, title=title, body=body)
        assert CannedReply.objects.count() == 1
    assert (refusal.value.code, refusal.value.field) == (code, field)
    for language in ("de", "en"):
        with translation.override(language):
            assert refusal_text(refusal.value).endswith(".")
    assert ("{client.phone}" in refusal_text(refusal.value)) is (code == "variable-unknown")


def test_saving_and_deleting_is_noted_without_content(bank: Organisation) -> None:
    with serving(bank.tenant):
        reply = save_canned("person:1", shortcut="gruss", title="Gruß", body="alt")
        save_canned("person:1", shortcut="gruss", title="Gruß", body="neu", identifier=reply.pk)
        assert CannedReply.objects.get().body == "neu"
        delete_canned("person:2", reply.pk)
        for change in (
            lambda: delete_canned("person:2", reply.pk),
            lambda: save_canned(
                "person:2", shortcut="b", title="B", body="b", identifier=uuid.uuid4()
            ),
        ):
            with pytest.raises(CannedReply.DoesNotExist):
                change()
        entries = TrailEntry.objects.filter(action__startswith="canned.").order_by("pk")
        assert [(entry.actor, entry.action, entry.subject) for entry in entries] == [
            ("person:1", "canned.saved", f"canned:{reply.pk}"),
            ("person:1", "canned.saved", f"canned:{reply.pk}"),
            ("person:2", "canned.deleted", f"canned:{reply.pk}"),
        ]


def test_one_that_goes_while_it_is_looked_for_is_left_out(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(bank.tenant):
        save_canned("person:1", shortcut="a", title="A", body="a")
        monkeypatch.setattr(CannedReply.objects, "in_bulk", lambda _ids: {})
        assert find_canned("a") == []

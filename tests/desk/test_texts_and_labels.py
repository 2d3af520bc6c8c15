"""Canned replies and labels: written, renamed, deleted; refused in words; thousands of them."""

import re
import uuid
from typing import Any

import pytest
from django.db import connections
from django.db.models import Model
from django.shortcuts import get_object_or_404
from django.test import Client
from django.test.utils import CaptureQueriesContext

from siegel.audit.models import TrailEntry
from siegel.conversations.canned import save_canned
from siegel.conversations.labelling import NoSuchLabel, delete_label
from siegel.conversations.models import CannedReply, Label, Labelling
from siegel.identity.models import Person, SettingChange
from siegel.identity.roles import Role
from siegel.tenancy.context import serving
from tests.cast import Organisation

HELLO = {"shortcut": "Hallo", "title": "Gruß", "body": "Guten Tag {client.name},\r\nam {date}"}


@pytest.fixture
def mia(bank: Organisation) -> Client:
    return bank.desk(bank.mia)


def kept(bank: Organisation) -> CannedReply:
    with serving(bank.tenant):
        return CannedReply.objects.get()


def actions(bank: Organisation) -> list[str]:
    with serving(bank.tenant):
        found = TrailEntry.objects.exclude(action__startswith="person.").order_by("seq")
        return list(found.values_list("action", flat=True))


def seen_in(page: Any) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page.content.decode())
    assert found is not None
    return found[1]


def names(bank: Organisation) -> set[str]:
    with serving(bank.tenant):
        return set(Label.objects.values_list("name", flat=True))


def label(bank: Organisation, name: str) -> Label:
    with serving(bank.tenant):
        return Label.objects.create(name=name)


def test_a_text_is_written_reworded_and_deleted(bank: Organisation, mia: Client) -> None:
    assert "No text yet" in mia.get("/administration/texts/").content.decode()
    assert "{adviser.name}" in mia.get("/administration/texts/new/").content.decode()
    answer = mia.post("/administration/texts/new/", HELLO)
    assert answer.headers["Location"] == "/administration/texts/?done=text-saved"
    text = kept(bank)
    assert (text.shortcut, text.body) == ("hallo", "Guten Tag {client.name},\nam {date}")
    page = mia.get(answer.headers["Location"]).content.decode()
    assert "Saved." in page
    assert ":hallo" in page
    assert "changed by <bdi>Mia Maurer</bdi>" in page
    path = f"/administration/texts/{text.pk}/"
    form = mia.get(path)
    assert "Guten Tag" in form.content.decode()
    assert mia.post(path, HELLO | {"title": "Anderer", "seen": seen_in(form)}).status_code == 302
    assert kept(bank).title == "Anderer"
    page = mia.get(f"{path}delete/").content.decode()
    assert "Delete this text?" in page
    assert "<code>:hallo</code>" in page
    assert "It was deleted." in mia.post(f"{path}delete/", follow=True).content.decode()
    with serving(bank.tenant):
        assert not CannedReply.objects.exists()
        assert SettingChange.objects.get().name == "canned_replies"
    assert actions(bank) == ["canned.saved", "canned.saved", "canned.deleted"]
    assert mia.post(f"{path}delete/").status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("shortcut", "zwei worte", "is one word"),
        ("shortcut", "x" * 31, "at most 30"),
        ("title", "\u200b", "a title of at most 80"),
        ("body", "\u200b", "The text is empty"),
        ("body", "{client.iban}", "no variable {client.iban}"),
        ("body", "x" * 20_001, "at most 20000"),
    ],
)
def test_a_text_that_cannot_be_kept_is_refused(
    bank: Organisation, mia: Client, field: str, value: str, reason: str
) -> None:
    page = mia.post("/administration/texts/new/", HELLO | {field: value})
    text = page.content.decode()
    assert page.status_code == 422
    assert reason in text
    assert f'href="#id_{field}"' in text
    with serving(bank.tenant):
        assert not CannedReply.objects.exists()


def test_two_texts_have_two_shortcuts(bank: Organisation, mia: Client) -> None:
    mia.post("/administration/texts/new/", HELLO)
    page = mia.post("/administration/texts/new/", HELLO | {"shortcut": "HALLO"})
    assert "Another canned reply has this shortcut" in page.content.decode()
    assert page.status_code == 422


def test_of_two_who_word_a_text_at_once_the_second_one_is_told(
    bank: Organisation, mia: Client
) -> None:
    with serving(bank.tenant):
        Person.objects.filter(pk=bank.ben.pk).update(roles=[Role.ADMINISTRATOR])
        reply = save_canned("operator", shortcut="hallo", title="Gruß", body="Alt")
    ben, path = bank.desk(bank.ben), f"/administration/texts/{reply.pk}/"
    seen = seen_in(mia.get(path))
    bens = HELLO | {"body": "Bens Wortlaut", "seen": seen_in(ben.get(path))}
    assert ben.post(path, bens).status_code == 302
    mias = HELLO | {"body": "Mias Wortlaut", "seen": seen}
    # What is refused for another reason does not pass for what was decided on what is stored now.
    refused = mia.post(path, mias | {"title": ""})
    assert refused.status_code == 422
    assert seen_in(refused) == seen
    page = mia.post(path, mias)
    assert page.status_code == 409
    told = page.content.decode()
    assert "Somebody else changed this text while you were writing" in told
    assert "Mias Wortlaut" in told
    assert '<p class="stored" dir="auto">Bens Wortlaut</p>' in told
    assert told.count("What is stored now") == 2  # The shortcut was typed in capitals.
    assert kept(bank).body == "Bens Wortlaut"
    with serving(bank.tenant):
        assert SettingChange.objects.get().by_id == bank.ben.pk
    assert actions(bank) == ["canned.saved", "canned.saved"]
    # The page now shows it, and saving again is a decision.
    assert mia.post(path, mias | {"seen": seen_in(page)}).status_code == 302
    assert kept(bank).body == "Mias Wortlaut"
    # A form that does not say what it was decided on is not trusted.
    assert mia.post(path, HELLO).status_code == 409


def test_labels_are_created_several_at_once(bank: Organisation, mia: Client) -> None:
    assert "No label yet" in mia.get("/administration/labels/").content.decode()
    several = {"names": "Vertrag\r\n Schaden  im   Haus \r\n\r\nVertrag\r\n保険\r\nשלמה"}
    page = mia.post("/administration/labels/new/", several, follow=True)
    assert "4 labels were created." in page.content.decode()
    assert names(bank) == {"Vertrag", "Schaden im Haus", "保険", "שלמה"}
    page = mia.post("/administration/labels/new/", {"names": "vertrag\nNeu"}, follow=True)
    assert "1 label was created. 1 was there before." in page.content.decode()
    with serving(bank.tenant):
        change = SettingChange.objects.get()
    assert (change.name, change.by_id) == ("labels", bank.mia.pk)
    page = mia.post("/administration/labels/new/", {"names": "VERTRAG"}, follow=True)
    assert "0 labels were created. 1 was there before." in page.content.decode()
    with serving(bank.tenant):
        # Without anything to create nothing has changed.
        assert SettingChange.objects.get().at == change.at
        assert set(TrailEntry.objects.values_list("actor", flat=True)) == {f"person:{bank.mia.pk}"}
    assert actions(bank) == ["label.created"] * 5


def test_many_labels_beside_many_are_created_in_few_statements(
    bank: Organisation, mia: Client
) -> None:
    """Those that are there are read once: messages wait for the write lock meanwhile."""
    with serving(bank.tenant):
        Label.objects.bulk_create(Label(name=f"Alt {n}") for n in range(5_000))
    counts = []
    for first, number in ((0, 2), (1_000, 199)):
        typed = "\n".join(f"Neu {first + n}" for n in range(number))
        with serving(bank.tenant):
            connection = connections[bank.tenant.id]
        with CaptureQueriesContext(connection) as captured:
            mia.post("/administration/labels/new/", {"names": f"{typed}\nALT 7"})
        counts.append(len(captured))
    assert counts[1] <= counts[0] < 40
    assert len(names(bank)) == 5_201
    assert actions(bank).count("label.created") == 201


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("gut\n" + "x" * 61, "at most 60 characters"),
        ("gut\n\u200b", "needs a name"),
        ("gut\nx\x07", "cannot be shown"),
        ("\n".join(f"L{n}" for n in range(201)), "more than 200"),
        ("", "required"),
    ],
)
def test_either_all_labels_or_none(
    bank: Organisation, mia: Client, typed: str, reason: str
) -> None:
    page = mia.post("/administration/labels/new/", {"names": typed})
    assert page.status_code == 422
    assert reason in page.content.decode()
    assert names(bank) == set()
    assert actions(bank) == []


def test_a_label_is_renamed(bank: Organisation, mia: Client) -> None:
    known, _other = label(bank, "Alt"), label(bank, "Ärger")
    path = f"/administration/labels/{known.pk}/"
    assert 'value="Alt"' in mia.get(path).content.decode()
    assert "The label was renamed." in mia.post(path, {"name": "Neu"}, follow=True).content.decode()
    assert names(bank) == {"Neu", "Ärger"}
    # The same name again is no change, and another writing of one's own is.
    assert mia.post(path, {"name": "Neu"}).status_code == 302
    assert mia.post(path, {"name": "NEU"}).status_code == 302
    for typed, reason in (("ärger", "with this name already"), ("", "required")):
        page = mia.post(path, {"name": typed})
        assert page.status_code == 422
        assert reason in page.content.decode()
    assert names(bank) == {"NEU", "Ärger"}


def test_deleting_a_label_says_how_many_conversations_carry_it(
    bank: Organisation, mia: Client
) -> None:
    known = label(bank, "Schaden")
    conversations = [bank.conversation() for _ in range(3)]
    with serving(bank.tenant):
        for conversation in conversations:
            Labelling.objects.create(conversation=conversation, label=known)
    path = f"/administration/labels/{known.pk}/delete/"
    assert "3 conversations carry it." in mia.get(path).content.decode()
    assert "It was deleted." in mia.post(path, follow=True).content.decode()
    with serving(bank.tenant):
        assert not Labelling.objects.exists()
        assert TrailEntry.objects.get(action="label.deleted").detail == {"conversations": 3}
        with pytest.raises(NoSuchLabel):
            delete_label(known.pk, "operator")
    assert mia.post(path).status_code == 404


@pytest.mark.parametrize(
    "address", ["texts/{}/", "texts/{}/delete/", "labels/{}/", "labels/{}/delete/"]
)
def test_what_somebody_has_deleted_meanwhile_is_not_found(
    bank: Organisation, mia: Client, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    with serving(bank.tenant):
        reply = save_canned("operator", shortcut="alt", title="Alt", body="Guten Tag")
    there = reply if address.startswith("texts") else label(bank, "Alt")
    page = "texts" if address.startswith("texts") else "labels"

    def then_it_is_deleted(kind: type[Model], **named: object) -> Model:
        found = get_object_or_404(kind, **named)
        kind._default_manager.all().delete()
        return found

    monkeypatch.setattr(f"siegel.desk.administration.{page}.get_object_or_404", then_it_is_deleted)
    answer = mia.post(f"/administration/{address.format(there.pk)}", HELLO | {"name": "Neu"})
    assert answer.status_code == 404
    with serving(bank.tenant):
        assert not SettingChange.objects.exists()


def test_five_thousand_labels_are_searched_and_turned(bank: Organisation, mia: Client) -> None:
    with serving(bank.tenant):
        Label.objects.bulk_create(
            Label(pk=uuid.uuid4(), name=f"Schlagwort {n}") for n in range(4_999)
        )
        Label.objects.create(name="ÄRGER")
    page = mia.get("/administration/labels/")
    text = page.content.decode()
    assert "5000 labels" in text
    assert "Page 1 of 100" in text
    assert len(page.context["labels"]) == 50
    found = mia.get("/administration/labels/?q=ärg").content.decode()
    assert "ÄRGER" in found
    assert "1 label<" in found
    turned = mia.get("/administration/labels/?q=schlagwort&page=2").content.decode()
    assert "?q=schlagwort&amp;page=3" in turned
    assert "?q=schlagwort&amp;page=1" in turned
    assert "No label contains this" in mia.get("/administration/labels/?q=zzz").content.decode()
    assert "Page 100 of 100" in mia.get("/administration/labels/?page=1000").content.decode()

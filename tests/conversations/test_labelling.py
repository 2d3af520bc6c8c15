"""Labels: their names, and the conversations that have them."""

import uuid

import pytest

from siegel.audit.models import TrailEntry
from siegel.conversations import labelling
from siegel.conversations.labelling import (
    NoSuchLabel,
    RefusedLabel,
    RefusedLabels,
    TooManyLabels,
    delete_label,
    label,
    labels_named,
    labels_of,
    rename_label,
    save_labels,
    unlabel,
)
from siegel.conversations.models import Event, Label
from siegel.tenancy.context import serving
from tests.cast import Organisation


def test_giving_and_taking(bank: Organisation) -> None:
    conversation, ada = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        [made] = save_labels(["Kfz"], "person:1")
        for change in (label, label, unlabel, unlabel, label):
            change(ada, conversation, made.pk)
        assert labels_of(conversation) == [made]
        events = Event.objects.exclude(kind="started").order_by("seq")
        assert [event.kind for event in events] == ["labelled", "unlabelled", "labelled"]
        assert events[0].detail == {"name": "Ada Adler", "label": str(made.pk), "title": "Kfz"}
        for change in (label, unlabel):
            with pytest.raises(NoSuchLabel):
                change(ada, conversation, uuid.uuid4())


def test_one_has_so_many_and_no_more(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelling, "MOST_OF_ONE", 2)
    conversation, ada = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        made = save_labels("abc", "x")
        for each in made[:2]:
            label(ada, conversation, each.pk)
        with pytest.raises(TooManyLabels):
            label(ada, conversation, made[2].pk)


def test_they_are_administered_with_a_trail_of_ids(bank: Organisation) -> None:
    conversation, ada = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        [made] = save_labels(["  Kfz \t Schaden\n"], "person:1")
        assert made.name == "Kfz Schaden"
        label(ada, conversation, made.pk)
        assert rename_label(made.pk, "KFZ Schaden", "person:1").name == "KFZ Schaden"
        rename_label(made.pk, "KFZ Schaden", "person:1")  # Nothing to note.
        assert delete_label(made.pk, "person:1") == 1
        assert labels_of(conversation) == []
        rows = TrailEntry.objects.filter(action__startswith="label.").order_by("seq")
        assert [(row.action, row.subject, row.detail) for row in rows] == [
            ("label.created", f"label:{made.pk}", {}),
            ("label.renamed", f"label:{made.pk}", {}),
            ("label.deleted", f"label:{made.pk}", {"conversations": 1}),
        ]
        with pytest.raises(NoSuchLabel):
            rename_label(made.pk, "x", "y")
        with pytest.raises(NoSuchLabel):
            delete_label(made.pk, "y")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "label-empty"),
        (" \u200b ", "label-empty"),
        ("x" * 61, "label-too-long"),
        ("x" * 30_000, "label-too-long"),
        ("a\x00b", "label-control-characters"),
        ("a\x7fb", "label-control-characters"),
        ("ÄRGER", "label-taken"),
        ("  ärger ", "label-taken"),
        ("A\u0308rger", "label-taken"),
        ("\uff2f\uff34\uff28\uff25\uff32 ärger", "label-taken"),
    ],
)
def test_a_name_that_is_none(bank: Organisation, name: str, code: str) -> None:
    with serving(bank.tenant):
        *_, other = save_labels(["Ärger", "other ärger", "Other"], "x")
        if code == "label-taken":
            assert save_labels([name], "x") == []
        else:
            with pytest.raises(RefusedLabels, match=code) as refusals:
                save_labels(["Gut", name], "x")
            assert list(refusals.value.refusals) == [name]
        with pytest.raises(RefusedLabel) as refusal:
            rename_label(other.pk, name, "x")
        assert refusal.value.code == code
        assert Label.objects.count() == 3


def test_five_thousand_are_searched(bank: Organisation) -> None:
    with serving(bank.tenant):
        Label.objects.bulk_create(Label(name=f"Sparte {number}") for number in range(5000))
        Label.objects.bulk_create([Label(name="Übersicht"), Label(name="Die Übersicht")])
        assert len(labels_named("")) == 20
        assert [each.name for each in labels_named("sparte 4999")] == ["Sparte 4999"]
        # Whose name begins so comes first; letters are letters in any case.
        assert [each.name for each in labels_named("übers")] == ["Übersicht", "Die Übersicht"]
        assert [each.name for each in labels_named("SPARTE \uff14\uff19\uff19\uff19")] == [
            "Sparte 4999"
        ]
        assert labels_named("nothing") == []

"""Labels: which there are, and which a conversation has."""

import uuid
from collections.abc import Collection, Iterable

from siegel.audit import trail
from siegel.conversations.access import Participant, conversation_for
from siegel.conversations.events import append_event
from siegel.conversations.models import Conversation, Label, Labelling
from siegel.identity.naming import RefusedName, checked_name, folded
from siegel.tenancy.writing import write_transaction

LONGEST_NAME = 60
MOST_FOUND = 20
MOST_OF_ONE = 20


class RefusedLabel(ValueError):
    """No label can be called so; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class RefusedLabels(ValueError):
    """Of several labels at once no one was made; `refusals` say why, by the name that was given."""

    def __init__(self, refusals: dict[str, RefusedLabel]) -> None:
        super().__init__(", ".join(refusal.code for refusal in refusals.values()))
        self.refusals = refusals


class NoSuchLabel(LookupError):
    """There is no label of this id (any more)."""


class TooManyLabels(Exception):
    """The conversation has as many labels as one may have."""


def labels_named(query: str) -> list[Label]:
    """Up to 20 labels with a text in their names, those that begin with it first."""
    sought = folded(query).strip()
    names = [
        (not folded(name).startswith(sought), folded(name), name, pk)
        for pk, name in Label.objects.values_list("pk", "name")
        if sought in folded(name)
    ]
    return [Label(pk=pk, name=name) for _, _, name, pk in sorted(names)[:MOST_FOUND]]


def labels_of(conversation: Conversation) -> list[Label]:
    """What a conversation is about, by name."""
    found = Labelling.objects.filter(conversation=conversation).select_related("label")
    return sorted((each.label for each in found), key=lambda label: folded(label.name))


def label(by: Participant, conversation: Conversation, identifier: uuid.UUID) -> None:
    """Give a conversation a label; twice is once. Raises NotFound, NoSuchLabel, TooManyLabels."""
    with write_transaction():
        found = conversation_for(by, conversation.pk)
        chosen = _label(identifier)
        given = Labelling.objects.filter(conversation=found)
        if given.filter(label=chosen).exists():
            return
        if given.count() >= MOST_OF_ONE:
            raise TooManyLabels
        Labelling.objects.create(conversation=found, label=chosen)
        append_event(found, "labelled", by, _told(by, chosen))


def unlabel(by: Participant, conversation: Conversation, identifier: uuid.UUID) -> None:
    """Take a label from a conversation; twice is once. Raises NotFound, NoSuchLabel."""
    with write_transaction():
        found = conversation_for(by, conversation.pk)
        chosen = _label(identifier)
        removed, _ = Labelling.objects.filter(conversation=found, label=chosen).delete()
        if removed:
            append_event(found, "unlabelled", by, _told(by, chosen))


def save_labels(names: Iterable[str], actor: str) -> list[Label]:
    """Make those of several labels that are not there; returns these. Raises RefusedLabels."""
    made: list[Label] = []
    refusals: dict[str, RefusedLabel] = {}
    with write_transaction():
        # Read and folded once: there can be thousands, and messages wait meanwhile.
        taken = _taken()
        for name in names:
            try:
                new = Label(name=_checked(name, taken))
            except RefusedLabel as refusal:
                if refusal.code != "label-taken":
                    refusals[name] = refusal
            else:
                taken.add(folded(new.name))
                made.append(new)
        if refusals:
            raise RefusedLabels(refusals)
        Label.objects.bulk_create(made)
        trail.append(trail.Event(actor, "label.created", f"label:{new.pk}") for new in made)
    return made


def rename_label(identifier: uuid.UUID, name: str, actor: str) -> Label:
    """Call a label otherwise, wherever it is; raises NoSuchLabel, RefusedLabel."""
    with write_transaction():
        found = _label(identifier)
        name = _checked(name, _taken(besides=found))
        if name != found.name:
            found.name = name
            found.save(update_fields=["name"])
            trail.append([trail.Event(actor, "label.renamed", f"label:{found.pk}")])
    return found


def delete_label(identifier: uuid.UUID, actor: str) -> int:
    """Delete a label; returns how many conversations have lost it. Raises NoSuchLabel."""
    with write_transaction():
        found = _label(identifier)
        count = Labelling.objects.filter(label=found).count()
        event = trail.Event(actor, "label.deleted", f"label:{found.pk}", {"conversations": count})
        found.delete()
        trail.append([event])
    return count


def _label(identifier: uuid.UUID) -> Label:
    found = Label.objects.filter(pk=identifier).first()
    if found is None:
        raise NoSuchLabel
    return found


def _taken(besides: Label | None = None) -> set[str]:
    """The names that others have, folded: the constraint knows the letters of ASCII only."""
    others = Label.objects.exclude(pk=besides.pk) if besides else Label.objects.all()
    return {folded(name) for name in others.values_list("name", flat=True)}


def _checked(name: str, taken: Collection[str]) -> str:
    """A name as it is stored, which no other label has."""
    try:
        name = checked_name(name, LONGEST_NAME)
    except RefusedName as refusal:
        raise RefusedLabel(f"label-{refusal.code}") from None
    if folded(name) in taken:
        raise RefusedLabel("label-taken")
    return name


def _told(by: Participant, chosen: Label) -> dict[str, str]:
    return {"name": by.name, "label": str(chosen.pk), "title": chosen.name}

"""Two contacts that are one person: said by an adviser, for what advisers are shown, reversible.

A browser's right stays with its own contact: no gate asks who was merged with whom.
"""

from collections.abc import Iterator

from siegel.audit import trail
from siegel.conversations.access import Participant
from siegel.conversations.contact_access import contact_for, newest_conversation
from siegel.conversations.events import append_event
from siegel.conversations.models import Contact
from siegel.tenancy.writing import write_transaction


class SamePerson(ValueError):
    """The two are one already."""


class NotMerged(ValueError):
    """Nobody has merged this contact with another one."""


def merge(by: Participant, contact: Contact, into: Contact) -> None:
    """Note that two contacts, both visible to `by`, are the same person.

    Of each the first contact of its person counts, so that there are neither chains nor circles.
    Raises access.NotFound, SamePerson.
    """
    with write_transaction():
        one, other = contact_for(by, contact.pk), contact_for(by, into.pk)
        if not merge_persons(one, other):
            raise SamePerson
        _note(by, "merged", _first(one), _first(other))


def merge_persons(contact: Contact, into: Contact) -> bool:
    """Do it, inside a write transaction; False if the two are one already."""
    one, other = _first(contact), _first(into)
    if one == other:
        return False
    Contact.objects.filter(merged_into=one).update(merged_into=other)
    Contact.objects.filter(pk=one.pk).update(merged_into=other, merged_with=other)
    return True


def split(by: Participant, contact: Contact) -> Contact:
    """Take back that a contact was merged, with all that were merged with it before.

    Returns the one that it was merged with; raises access.NotFound, NotMerged.
    """
    with write_transaction():
        contact = contact_for(by, contact.pk)
        other = contact.merged_with
        if other is None:
            raise NotMerged
        Contact.objects.filter(pk__in=list(_merged_before(contact))).update(merged_into=contact)
        Contact.objects.filter(pk=contact.pk).update(merged_into=None, merged_with=None)
        _note(by, "split", contact, other)
    return other


def _first(contact: Contact) -> Contact:
    return contact.merged_into or contact


def _merged_before(contact: Contact) -> Iterator[object]:
    """All that came with the contact, directly or with another one."""
    level = [contact.pk]
    while level:
        level = list(Contact.objects.filter(merged_with__in=level).values_list("pk", flat=True))
        yield from level


def _note(by: Participant, kind: str, contact: Contact, other: Contact) -> None:
    for one in (contact, other):
        conversation = newest_conversation(one)
        if conversation is not None:
            append_event(conversation, kind, by, {"name": by.name})
    detail = {"with": str(other.pk)}
    trail.append([trail.Event(by.actor, f"contact.{kind}", f"contact:{contact.pk}", detail)])

"""Finding another contact by its address, or by how its name begins, without reading them all."""

import uuid
from collections.abc import Iterable

from django.db.models import Q
from django.db.models.functions import Lower

from siegel.conversations.access import Participant, conversations_for
from siegel.conversations.models import Contact

MOST_FOUND = 20
# Looked at by index for those that may be shown.
MOST_LOOKED_AT = 200
SHORTEST = 2
_LAST_CHARACTER = "\U0010ffff"
# SQLite's LOWER knows these letters only, and so does the index.
_ASCII = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def contacts_found(by: Participant, text: str, without: Contact) -> list[Contact]:
    """Up to 20 contacts of other people that `by` may see, by whole address or start of name.

    Of 200 that match at most; a text of less than two characters finds nothing.
    """
    text = text.strip()
    if len(text) < SHORTEST:
        return []
    is_meant = Q(email_lower=text.translate(_ASCII))
    for start in _spellings(text):
        is_meant |= Q(name_lower__gte=start, name_lower__lt=start + _LAST_CHARACTER)
    person = _person(without)
    others = Contact.objects.exclude(Q(pk=person) | Q(merged_into=person))
    matching = others.alias(email_lower=Lower("email"), name_lower=Lower("name")).filter(is_meant)
    # Unordered: to sort them, all that begin so would have to be read.
    looked_at: list[Contact] = list(matching[:MOST_LOOKED_AT])
    visible = _visible_persons(by, {_person(contact) for contact in looked_at})
    return [contact for contact in looked_at if _person(contact) in visible][:MOST_FOUND]


def _person(contact: Contact) -> uuid.UUID:
    return contact.merged_into_id or contact.pk


def _visible_persons(by: Participant, persons: set[uuid.UUID]) -> set[uuid.UUID]:
    """Those of whom `by` may see a conversation, as contact_access.contact_for asks for one."""
    members = Contact.objects.filter(Q(pk__in=persons) | Q(merged_into__in=persons))
    person_of = {contact.pk: _person(contact) for contact in members}
    seen = conversations_for(by).filter(contact__in=list(person_of))
    return {person_of[pk] for pk in seen.values_list("contact", flat=True).distinct()}


def _spellings(text: str) -> Iterable[str]:
    """As typed, and in the usual cases of letters beyond ASCII: änne finds Änne."""
    written = (text, text.lower(), text.upper(), text.title(), text.capitalize())
    return sorted({spelling.translate(_ASCII) for spelling in written})

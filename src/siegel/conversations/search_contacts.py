"""Finding contacts by a part of their name or address."""

from siegel.conversations.access import Participant, conversations_for
from siegel.conversations.models import Contact
from siegel.conversations.search_folding import words_of
from siegel.conversations.search_index import run, text_of
from siegel.conversations.search_plan import quoted
from siegel.conversations.search_terms import SHORTEST_PART, Kind, Term

MOST_CONTACTS = 5
MOST_WALKED = 200


def contacts_with(participant: Participant, terms: list[Term]) -> list[Contact]:
    """Up to five contacts whose conversations the participant sees, the newest first."""
    parts = [part for term in terms for part in _parts(term)]
    if not parts:
        return []
    numbered = run(
        "SELECT c.contact FROM search_contact_parts JOIN search_contact c"
        " ON c.id = search_contact_parts.rowid WHERE search_contact_parts MATCH %s"
        " ORDER BY search_contact_parts.rowid DESC LIMIT %s",
        [" AND ".join(quoted(part) for part in parts), MOST_WALKED],
    )
    order = [contact for (contact,) in numbered]
    seen = conversations_for(participant).filter(contact__in=order).values("contact")
    found = [
        contact
        for contact in Contact.objects.filter(pk__in=seen)
        if all(term.is_in(text_of(contact)) for term in terms)
    ]
    return sorted(found, key=lambda contact: order.index(contact.pk.hex))[:MOST_CONTACTS]


def _parts(term: Term) -> list[str]:
    parts = words_of(term.text) if term.kind is Kind.PHRASE else [term.text]
    return [part for part in parts if len(part) >= SHORTEST_PART]

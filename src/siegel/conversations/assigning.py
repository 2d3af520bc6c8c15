"""Who looks after a conversation: taking it over, handing it to somebody or a team, freeing it.

Every change names what it was decided on. Of two people who decide at once the second one is told
who was quicker, and nothing of theirs is done.
"""

import uuid

from siegel.conversations.access import Participant, conversation_for
from siegel.conversations.events import append_event
from siegel.conversations.leaving import looks_after
from siegel.conversations.models import Conversation, State
from siegel.conversations.noting import write_note
from siegel.conversations.resolving import AssignedElsewhere, NotOpen
from siegel.conversations.snoozing import wake_if_snoozed
from siegel.identity.models import Person, Team
from siegel.identity.naming import folded
from siegel.identity.roles import Permission
from siegel.tenancy.writing import write_transaction

MOST_CANDIDATES = 20


class NoSuchAssignee(LookupError):
    """Nobody, or no team, that a conversation can be handed to."""


def standing(conversation: Conversation) -> str:
    """Who looks after it, as a text to compare: what a request was decided on."""
    return f"{conversation.assigned_to_id or ''}/{conversation.team_id or ''}"


def assignee_named(name: str) -> Person | Team:
    """`person:<id>` of an active adviser or `team:<id>`; raises NoSuchAssignee."""
    kind, _, told = name.partition(":")
    try:
        identifier = uuid.UUID(told)
    except ValueError:
        raise NoSuchAssignee from None
    found: Person | Team | None = None
    if kind == "person":
        found = Person.objects.filter(pk=identifier).first()
        if found is not None and not found.may(Permission.CONVERSATION_READ):
            found = None
    elif kind == "team":
        found = Team.objects.filter(pk=identifier).first()
    if found is None:
        raise NoSuchAssignee
    return found


def candidates(query: str) -> list[tuple[str, str]]:
    """Up to 20 active advisers and teams, by name: what assignee_named takes, and the name."""
    sought = folded(query).strip()
    advisers = [
        (f"person:{person.pk}", person.name)
        for person in Person.objects.filter(is_active=True).only("name", "roles", "is_active")
        if person.may(Permission.CONVERSATION_READ)
    ]
    teams = [(f"team:{pk}", name) for pk, name in Team.objects.values_list("pk", "name")]
    found = [each for each in [*advisers, *teams] if sought in folded(each[1])]
    # Whose name begins so comes before those in whose name it stands somewhere.
    found.sort(key=lambda each: (not folded(each[1]).startswith(sought), folded(each[1])))
    return found[:MOST_CANDIDATES]


def take_over(by: Participant, conversation: Conversation, expected: str) -> None:
    """Look after it oneself, also instead of a colleague; raises as hand_over does."""
    with write_transaction():
        found = _as_expected(by, conversation, expected, by.person, None)
        if found is not None:
            found.assigned_to = by.person
            _save(by, found)
            append_event(found, "assigned", by, {"name": by.name})


def hand_over(
    by: Participant,
    conversation: Conversation,
    to: Person | Team,
    expected: str,
    *,
    note: str = "",
    key: uuid.UUID | None = None,
) -> None:
    """Give it to somebody, or to a team that has it free then, with a note if one is given.

    `expected` is the `standing` that was decided on. Of a retry, told by its `key`, and of what
    is so already nothing is done twice; a note is kept in any case. Raises access.NotFound,
    AssignedElsewhere if the standing has changed, NotOpen, NoSuchAssignee if they have left
    meanwhile, bodies.RefusedBody of the note.
    """
    person, team = (to, None) if isinstance(to, Person) else (None, to)
    with write_transaction():
        if person is not None and not looks_after(person.pk):
            raise NoSuchAssignee
        if note:  # First: it numbers an event on a row of its own.
            write_note(by, conversation, key or uuid.uuid4(), note)
        found = _as_expected(by, conversation, expected, person, team)
        if found is None:
            return
        found.assigned_to = person
        found.team = team or found.team
        _save(by, found)
        append_event(found, "handed-over", by, {"name": by.name, "to": to.name})
        if person is not None:
            append_event(found, "assigned", by, {"name": person.name})


def release(by: Participant, conversation: Conversation, expected: str) -> None:
    """Leave it to whoever takes it, within its team if it has one; raises as hand_over does."""
    with write_transaction():
        found = _as_expected(by, conversation, expected, None, None)
        if found is not None:
            before = found.assigned_to
            assert before is not None  # noqa: S101 - what is nobody's is free already: None
            found.assigned_to = None
            _save(by, found)
            append_event(found, "freed", by, {"name": before.name})


def _as_expected(
    by: Participant,
    conversation: Conversation,
    expected: str,
    person: Person | None,
    team: Team | None,
) -> Conversation | None:
    """The conversation as it is now, if it is as it was decided on; None if all is done already."""
    found = conversation_for(by, conversation.pk)
    if found.assigned_to == person and (team is None or found.team_id == team.pk):
        return None
    if standing(found) != expected:
        raise AssignedElsewhere(found.assigned_to.name if found.assigned_to else "")
    if found.state != State.OPEN:
        raise NotOpen
    return found


def _save(by: Participant, conversation: Conversation) -> None:
    conversation.save(update_fields=["assigned_to", "team"])
    # Whoever gets it is to see it, and not when somebody else wanted to.
    wake_if_snoozed(by, conversation)

"""The gate: a contact its own, an adviser what is nobody's and their own, nobody else anything."""

import uuid
from collections.abc import Callable

import pytest

from siegel.conversations.access import NotFound, Participant, conversation_for, conversations_for
from siegel.conversations.models import Conversation
from siegel.conversations.resolving import assign_to_self, reopen, resolve
from siegel.tenancy.context import serving
from tests.cast import Organisation


def test_a_contact_sees_its_own_conversation_only(bank: Organisation) -> None:
    own, other = bank.conversation(), bank.conversation()
    with serving(bank.tenant):
        assert conversation_for(bank.as_client(own), own.pk) == own
        with pytest.raises(NotFound):
            conversation_for(bank.as_client(own), other.pk)


def test_an_adviser_sees_what_is_nobodys_and_their_own(bank: Organisation) -> None:
    free, taken = bank.conversation(), bank.conversation()
    ada, ben = bank.as_adviser(bank.ada), bank.as_adviser(bank.ben)
    with serving(bank.tenant):
        assign_to_self(ada, taken)
        assert set(conversations_for(ada)) == {free, taken}
        assert set(conversations_for(ben)) == {free}
        with pytest.raises(NotFound):
            conversation_for(ben, taken.pk)


@pytest.mark.parametrize("change", [assign_to_self, resolve, reopen])
def test_whoever_comes_second_changes_nothing(
    bank: Organisation, change: Callable[[Participant, Conversation], None]
) -> None:
    taken = bank.conversation()
    with serving(bank.tenant):
        assign_to_self(bank.as_adviser(bank.ada), taken)
        with pytest.raises(NotFound):
            change(bank.as_adviser(bank.ben), taken)


def test_doing_something_twice_is_doing_it_once(bank: Organisation) -> None:
    conversation = bank.conversation()
    ada = bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        for change in (assign_to_self, assign_to_self, resolve, resolve, reopen, reopen):
            change(ada, conversation)
        conversation.refresh_from_db()
        assert [event.kind for event in conversation.events.order_by("seq")] == [
            "started", "assigned", "resolved", "reopened",
        ]  # fmt: skip


def test_an_administrator_reads_no_content(bank: Organisation) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant), pytest.raises(NotFound):
        conversation_for(bank.as_adviser(bank.mia), conversation.pk)


def test_somebody_switched_off_sees_nothing(bank: Organisation) -> None:
    conversation = bank.conversation()
    bank.ada.is_active = False
    with serving(bank.tenant), pytest.raises(NotFound):
        conversation_for(bank.as_adviser(bank.ada), conversation.pk)


@pytest.mark.parametrize("identifier", ["", "x", "../..", uuid.uuid4(), "0" * 33])
def test_absent_and_malformed_look_alike(bank: Organisation, identifier: object) -> None:
    with serving(bank.tenant), pytest.raises(NotFound):
        conversation_for(bank.as_adviser(bank.ada), str(identifier))


def test_another_tenants_conversation_is_absent(bank: Organisation, insurer: Organisation) -> None:
    theirs = insurer.conversation()
    with serving(bank.tenant), pytest.raises(NotFound):
        conversation_for(bank.as_adviser(bank.ada), theirs.pk)

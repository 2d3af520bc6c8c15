"""Drafts at the server: newer text of another window is never overwritten silently."""

import pytest

from siegel.conversations.access import NotFound
from siegel.conversations.drafts import (
    NewerDraft,
    RefusedDraft,
    delete_drafts,
    drafts_of,
    forget_sent,
    save_draft,
)
from siegel.conversations.models import Draft
from siegel.conversations.resolving import assign_to_self
from siegel.tenancy.context import serving
from siegel.tenancy.writing import write_transaction
from tests.cast import Organisation


def test_a_draft_goes_on_from_the_one_before(bank: Organisation) -> None:
    conversation, by = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        first = save_draft(by, conversation, "Gu", is_note=False, replaces=None)
        assert first is not None
        second = save_draft(by, conversation, "Guten", is_note=False, replaces=first.saved_at)
        note = save_draft(by, conversation, "Intern", is_note=True, replaces=None)
        assert second is not None
        assert note is not None
        assert [draft.body for draft in drafts_of(by, conversation).order_by("is_note")] == [
            "Guten", "Intern",
        ]  # fmt: skip
        assert not drafts_of(bank.as_adviser(bank.ben), conversation).exists()
        assert save_draft(by, conversation, "", is_note=False, replaces=second.saved_at) is None
        assert save_draft(by, conversation, "", is_note=False, replaces=second.saved_at) is None
        assert Draft.objects.get() == note
        delete_drafts(by, conversation)
        assert not Draft.objects.exists()


def test_what_another_window_wrote_is_kept_and_told(bank: Organisation) -> None:
    conversation, by = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        old = save_draft(by, conversation, "alt", is_note=False, replaces=None)
        assert old is not None
        new = save_draft(by, conversation, "neu", is_note=False, replaces=old.saved_at)
        assert new is not None
        for late in (None, old.saved_at):
            for text in ("anders", ""):
                with pytest.raises(NewerDraft) as refusal:
                    save_draft(by, conversation, text, is_note=False, replaces=late)
                assert refusal.value.draft.body == "neu"
        # Nor is a retry a conflict with itself.
        again = save_draft(by, conversation, "neu", is_note=False, replaces=old.saved_at)
        assert again is not None
        assert again.saved_at == new.saved_at
        # One that was sent elsewhere meanwhile overwrites nothing.
        delete_drafts(by, conversation)
        assert save_draft(by, conversation, "mehr", is_note=False, replaces=new.saved_at)


def test_what_is_not_kept(bank: Organisation) -> None:
    conversation, by = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        assert save_draft(by, conversation, "🙂" * 20_000, is_note=False, replaces=None)
        for body, code in {"a" * 1_000_000: "draft-too-long", "a\x00": "control"}.items():
            with pytest.raises(RefusedDraft, match=code):
                save_draft(by, conversation, body, is_note=True, replaces=None)
        with pytest.raises(NotFound):
            save_draft(
                bank.as_client(conversation), conversation, "x", is_note=False, replaces=None
            )
        assign_to_self(bank.as_adviser(bank.ben), conversation)
        with pytest.raises(NotFound):
            save_draft(by, conversation, "spät", is_note=False, replaces=None)


def test_what_was_sent_takes_only_its_own_draft_along(bank: Organisation) -> None:
    conversation, by = bank.conversation(), bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        save_draft(by, conversation, "Aus dem anderen Fenster", is_note=False, replaces=None)
        for body, left in {"Gern.": 1, "Aus dem anderen Fenster, ja.": 0}.items():
            with write_transaction():
                forget_sent(by, conversation, body, is_note=False)
            assert drafts_of(by, conversation).count() == left

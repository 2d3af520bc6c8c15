"""Events by number, marks that only move forward, transcripts, contacts, starts."""

import datetime as dt
import uuid

import pytest
from django.conf import settings
from django.utils import timezone, translation

from siegel.conversations.contacts import RefusedContact, introduce
from siegel.conversations.events import events_after, events_before, marks_of
from siegel.conversations.models import Conversation, Event, Message, ReadMark, Side
from siegel.conversations.posting import post_message
from siegel.conversations.reading import mark_read
from siegel.conversations.starting import TooManyStarts, start_conversation
from siegel.conversations.transcript import transcript
from siegel.identity.presence import beat, somebody_is_present
from siegel.tenancy.context import serving
from tests.cast import Organisation


def talk(bank: Organisation, messages: int) -> Conversation:
    conversation = bank.conversation()
    waiting = [
        post_message(
            bank.tenant, bank.as_client(conversation), conversation.pk, uuid.uuid4(), f"m{n}"
        )
        for n in range(messages)
    ]
    for acknowledgement in waiting:
        acknowledgement.result(10)
    return conversation


def test_pages_after_and_before_a_number(bank: Organisation) -> None:
    conversation = talk(bank, 250)
    with serving(bank.tenant):
        for page, first, last, more in (
            (events_after(conversation, 1, Side.CLIENT), 2, 201, True),
            (events_after(conversation, 201, Side.CLIENT), 202, 251, False),
            (events_before(conversation, None, Side.CLIENT), 152, 251, True),
            (events_before(conversation, 3, Side.CLIENT), 1, 2, False),
            (events_after(conversation, 251, Side.CLIENT), 0, 0, False),
        ):
            numbers = list(range(first, last + 1)) if last else []
            assert [event["seq"] for event in page.events] == numbers
            assert (page.first, page.last, page.more) == (first, last, more)
        page = events_before(conversation, 3, Side.ADVISER)
        assert [event["kind"] for event in page.events] == ["started", "message"]
        assert page.events[1]["body"] == "m0"
        assert page.events[1]["side"] == "client"


def test_a_fetch_looks_only_at_its_own_rows(bank: Organisation) -> None:
    conversation = talk(bank, 1)
    with serving(bank.tenant):
        plans = (
            Event.objects.filter(conversation=conversation, seq__gt=1).explain(),
            Message.objects.filter(conversation=conversation, seq__in=[1]).explain(),
            Message.objects.filter(
                key__in=[uuid.uuid4()], conversation__in=[conversation.pk]
            ).explain(),
        )
    assert all("USING" in plan and "INDEX" in plan for plan in plans), plans
    assert "key=? AND conversation_id=?" in plans[2]


def test_marks_move_forward_and_not_past_the_end(bank: Organisation) -> None:
    conversation = talk(bank, 3)
    client = bank.as_client(conversation)
    with serving(bank.tenant):
        for seq, expected in ((2, 2), (1, 2), (99, 4), (4, 4)):
            mark_read(client, conversation, seq)
            assert marks_of(conversation) == {"client": expected, "adviser": 0}
        assert str(ReadMark.objects.get()) == f"{conversation.pk} client 4"


def test_a_transcript_in_the_readers_zone(bank: Organisation) -> None:
    conversation = talk(bank, 1)
    at = dt.datetime(2026, 7, 1, 22, 30, tzinfo=dt.UTC)
    with serving(bank.tenant):
        post_message(
            bank.tenant,
            bank.as_adviser(bank.ada),
            conversation.pk,
            uuid.uuid4(),
            "line\n02.07.2026, 00:31  Vera\nforged",
        ).result(5)
        Message.objects.update(at=at)
        with translation.override("de"):
            text = transcript(conversation, "Bank", "Europe/Berlin", client="")
            assert "Zeiten: Europe/Berlin" in text
            assert "02.07.2026, 00:30  Ada Adler" in text
            assert "Kundin oder Kunde" in text
            # A body cannot pass for the head of another message.
            assert "\n    02.07.2026, 00:31  Vera\n" in text
        for zone in ("Nowhere/Land", "../../etc/passwd", "", "\x00"):
            assert "Times: UTC" in transcript(conversation, "Bank", zone, client="")


def test_a_contact_introduces_themselves(bank: Organisation) -> None:
    conversation = talk(bank, 1)
    with serving(bank.tenant):
        introduce(bank.as_client(conversation), conversation, " Vera Vogt ", "vera@x.example")
        conversation.contact.refresh_from_db()
        assert (conversation.contact.name, conversation.contact.email) == (
            "Vera Vogt",
            "vera@x.example",
        )
        assert Event.objects.last().detail == {"name": "Vera Vogt", "email": "vera@x.example"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "email", "field"),
    [
        ("", "v@x.example", "name"),
        ("V" * 121, "v@x.example", "name"),
        ("two\nlines", "v@x.example", "name"),
        ("a\x00", "v@x.example", "name"),
        ("\u200b\u2060\u202e", "v@x.example", "name"),
        ("Vera", "", "email"),
        ("Vera", "vera", "email"),
        ("Vera", "a@b.example\nBcc: c@d.example", "email"),
    ],
)
def test_an_introduction_that_cannot_be_taken(
    bank: Organisation, name: str, email: str, field: str
) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        with pytest.raises(RefusedContact) as refusal:
            introduce(bank.as_client(conversation), conversation, name, email)
        assert refusal.value.field == field
        conversation.contact.refresh_from_db()
        assert conversation.contact.name == ""


def test_a_network_starts_so_many_an_hour(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SIEGEL_STARTS_PER_NETWORK_AND_HOUR", 2)
    with serving(bank.tenant):
        for address in ("203.0.113.1", "203.0.113.250", "2001:db8::1", "2001:db8::2:3:4:5"):
            start_conversation(address, "de")
        for address in ("203.0.113.77", "2001:db8::ffff"):
            with pytest.raises(TooManyStarts) as limit:
                start_conversation(address, "de")
            assert limit.value.retry_after == 600
        start_conversation("2001:db8:0:1::1", "de")
        Conversation.objects.update(started_at=timezone.now() - dt.timedelta(minutes=61))
        started = start_conversation("203.0.113.77", "de")
        # The address itself is not kept.
        assert len(started.started_from) == 64


def test_what_a_proxy_names_oddly_is_limited_too(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SIEGEL_STARTS_PER_NETWORK_AND_HOUR", 1)
    with serving(bank.tenant):
        # An IPv4 address in an IPv6 socket is in its own /24 and not with all others in ::/64.
        for address in ("::ffff:203.0.113.1", "::ffff:198.51.100.1", "fe80::1%eth0", "unknown"):
            start_conversation(address, "de")
        for address in ("203.0.113.9", "198.51.100.9", "fe80::2", "", "10.0.0.1:4711", "a, b"):
            with pytest.raises(TooManyStarts):
                start_conversation(address, "de")


def test_a_tenant_starts_so_many_a_minute(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SIEGEL_STARTS_PER_MINUTE", 2)
    with serving(bank.tenant):
        start_conversation("203.0.113.1", "de")
        start_conversation("198.51.100.1", "de")
        with pytest.raises(TooManyStarts) as limit:
            start_conversation("192.0.2.1", "de")
    assert limit.value.retry_after == 60


def test_presence_ends_a_minute_after_the_last_beat(bank: Organisation) -> None:
    with serving(bank.tenant):
        assert not somebody_is_present()
        beat(bank.ada)
        beat(bank.ada)
        assert somebody_is_present()
        bank.ada.presence.seen_at -= dt.timedelta(seconds=61)
        bank.ada.presence.save()
        assert not somebody_is_present()

"""A contact's page at the desk: what is shown, corrected, merged, blocked, and refused."""

import uuid
from typing import Any

import pytest
from django.test import Client

from siegel.conversations.access import NotFound
from siegel.conversations.files import announce_file
from siegel.conversations.models import Contact, Conversation
from siegel.conversations.posting import post_message
from siegel.conversations.resolving import assign_to_self
from siegel.desk import contacts as pages
from siegel.files.models import StoredFile
from siegel.files.probing import send_whole
from siegel.tenancy.context import serving
from tests.cast import Organisation


def asked(bank: Organisation, body: str, name: str = "", email: str = "") -> Contact:
    """The contact of a conversation that somebody has begun, with a file in it."""
    conversation = bank.conversation()
    client = bank.as_client(conversation)
    with serving(bank.tenant):
        file = send_whole(announce_file(client, conversation.pk, f"{body}.txt", 4), b"text")
    post_message(bank.tenant, client, conversation.pk, uuid.uuid4(), body, files=[file.pk]).result(
        5
    )
    with serving(bank.tenant):
        Contact.objects.filter(pk=conversation.contact_id).update(name=name, email=email)
        return Contact.objects.get(pk=conversation.contact_id)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def hand_to_ben(bank: Organisation, contact: Contact) -> None:
    with serving(bank.tenant):
        assign_to_self(bank.as_adviser(bank.ben), Conversation.objects.get(contact=contact))


def test_the_page_shows_what_is_known_and_what_may_be_seen(bank: Organisation) -> None:
    anna = asked(bank, "Erste Frage", "Anna <b>", "anna@x.example")
    again, foreign = asked(bank, "Zweite Frage", "Anna W."), asked(bank, "Geheim", "Anna G.")
    ada = bank.desk(bank.ada)
    for other in (again, foreign):
        answer = ada.post(f"/contacts/{other.pk}/merge/", {"into": anna.pk})
        assert answer.headers["Location"] == f"/contacts/{other.pk}/"
    hand_to_ben(bank, foreign)
    page = text(ada.get(f"/contacts/{anna.pk}/"))
    for shown in ("Anna &lt;b&gt;", "anna@x.example", "not confirmed", "Anna W.", "Anna G."):
        assert shown in page
    for shown in ("Erste Frage", "Zweite Frage", "Erste Frage.txt", "not scanned", "4\xa0bytes"):
        assert shown in page
    assert "Geheim" not in page
    ben = bank.desk(bank.ben)
    assert "Geheim.txt" in text(ben.get(f"/contacts/{foreign.pk}/"))
    assert bank.desk(bank.mia).get(f"/contacts/{anna.pk}/").status_code == 404
    assert ada.get(f"/contacts/{uuid.uuid4()}/").status_code == 404


@pytest.mark.parametrize(
    ("scan", "told", "opens"),
    [
        ("clean", "scanned", True),
        ("none", "not scanned", True),
        ("waiting", "waits for its scan", False),
        ("infected", "blocked by the virus scanner", False),
    ],
)
def test_files_are_opened_as_elsewhere(
    bank: Organisation, scan: str, told: str, opens: bool
) -> None:
    contact = asked(bank, "a")
    with serving(bank.tenant):
        StoredFile.objects.update(scan=scan)
        file = StoredFile.objects.get()
    page = text(bank.desk(bank.ada).get(f"/contacts/{contact.pk}/"))
    assert told in page
    assert (f'href="/files/{file.pk}" download="a.txt"' in page) is opens


def test_long_lists_are_paged(bank: Organisation) -> None:
    contact = asked(bank, "a")
    with serving(bank.tenant):
        conversation = Conversation.objects.get()
        for number in range(20):
            conversation.pk, conversation.excerpt = uuid.uuid4(), f"Frage {number}"
            conversation.save(force_insert=True)
    ada = bank.desk(bank.ada)
    first, second = (
        ada.get(f"/contacts/{contact.pk}/?page={number}").context["conversations"]
        for number in ("x", "2")
    )
    assert (len(first), len(second)) == (20, 1)
    assert "?page=2" in text(ada.get(f"/contacts/{contact.pk}/"))


def test_correcting_a_contact(bank: Organisation) -> None:
    contact = asked(bank, "a")
    ada, address = bank.desk(bank.ada), f"/contacts/{contact.pk}/change/"
    told = {"name": "محمد", "email": "m@x.example", "language": "en"}
    answer = ada.post(address, told)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/contacts/{contact.pk}/")
    assert "محمد" in text(ada.get(f"/contacts/{contact.pk}/"))


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"name": "a\x01b"}, "invisible control characters"),
        ({"name": "\u200b"}, "invisible characters only"),
        ({"name": "x" * 121}, "longer than 120"),
        ({"email": "x"}, "was not understood"),
        ({"language": "xx"}, "one of the languages"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words(
    bank: Organisation, told: dict[str, str], reason: str
) -> None:
    contact = asked(bank, "a", "before")
    given = {"name": "typed", "email": "", "language": "de"} | told
    answer = bank.desk(bank.ada).post(f"/contacts/{contact.pk}/change/", given)
    assert answer.status_code == 422
    assert reason in text(answer)
    if "name" not in told:
        assert 'value="typed"' in text(answer)
    with serving(bank.tenant):
        assert Contact.objects.get().name == "before"


def test_merging_is_confirmed_with_both_in_view(bank: Organisation) -> None:
    anna, again = asked(bank, "Erste", "Anna", "anna@x.example"), asked(bank, "Zweite", "Anna W.")
    ada, address = bank.desk(bank.ada), f"/contacts/{again.pk}/merge/"
    assert "Contacts found" not in text(ada.get(address))
    assert "No other contact" in text(ada.get(f"{address}?find=zoe"))
    found = text(ada.get(f"{address}?find=anna"))
    assert f"?into={anna.pk}" in found
    assert str(again.pk) not in found.split("<ul", 2)[1].replace(f"/contacts/{again.pk}", "")
    both = text(ada.get(f"{address}?into={anna.pk}"))
    for shown in ("anna@x.example", "Anna W.", "Erste", "Zweite"):
        assert shown in both
    assert ada.post(address, {"into": anna.pk}).status_code == 302
    assert ada.post(address, {"into": anna.pk}).status_code == 302  # Already done.
    split = ada.post(f"/contacts/{again.pk}/split/")
    assert split.headers["Location"] == f"/contacts/{again.pk}/"
    assert ada.post(f"/contacts/{again.pk}/split/").status_code == 302
    with serving(bank.tenant):
        assert not Contact.objects.exclude(merged_into=None).exists()


def test_no_more_than_twenty_are_offered(bank: Organisation, monkeypatch: Any) -> None:
    me, other = asked(bank, "a", "me"), asked(bank, "b", "other")
    monkeypatch.setattr(pages, "MOST_FOUND", 1)
    page = text(bank.desk(bank.ada).get(f"/contacts/{me.pk}/merge/?find=ot"))
    assert f"?into={other.pk}" in page
    assert "These are the first 1" in page


def test_nobody_merges_with_what_they_do_not_see(bank: Organisation) -> None:
    mine, foreign = asked(bank, "a", "Anna"), asked(bank, "b", "Anna B.")
    hand_to_ben(bank, foreign)
    ada, address = bank.desk(bank.ada), f"/contacts/{mine.pk}/merge/"
    for named in (foreign.pk, uuid.uuid4(), "nonsense"):
        assert ada.get(f"{address}?into={named}").status_code == 404
        assert ada.post(address, {"into": named}).status_code == 404
    assert str(foreign.pk) not in text(ada.get(f"{address}?find=anna"))


def test_after_a_split_one_goes_where_one_may(bank: Organisation) -> None:
    mine, foreign = asked(bank, "a"), asked(bank, "b")
    ada = bank.desk(bank.ada)
    ada.post(f"/contacts/{foreign.pk}/merge/", {"into": mine.pk})
    hand_to_ben(bank, foreign)
    answer = ada.post(f"/contacts/{foreign.pk}/split/")
    assert answer.headers["Location"] == f"/contacts/{mine.pk}/"
    assert ada.get(f"/contacts/{foreign.pk}/").status_code == 404


def test_blocking_says_what_happens_and_can_be_undone(bank: Organisation) -> None:
    one, other = asked(bank, "a"), asked(bank, "b")
    ada = bank.desk(bank.ada)
    ada.post(f"/contacts/{one.pk}/merge/", {"into": other.pk})
    question = text(ada.get(f"/contacts/{one.pk}/block/"))
    assert "No message" not in question
    assert "no message, file or name is taken" in question
    assert "1 contact that was merged" in question
    ada.post(f"/contacts/{one.pk}/block/")
    page = text(ada.get(f"/contacts/{other.pk}/"))
    assert "Blocked: nothing is taken" in page
    assert "Block …" not in page
    ada.post(f"/contacts/{one.pk}/unblock/")
    assert "Block …" in text(ada.get(f"/contacts/{other.pk}/"))


def context(browser: Client, contact: Contact, bank: Organisation) -> str:
    with serving(bank.tenant):
        conversation = Conversation.objects.filter(contact=contact).latest("started_at")
    return text(browser.get(f"/inbox/{conversation.pk}/context/"))


def test_the_column_beside_a_conversation_leads_to_the_contact(bank: Organisation) -> None:
    one, other = asked(bank, "a"), asked(bank, "b")
    ada = bank.desk(bank.ada)
    assert "Open the contact" in context(ada, one, bank)
    ada.post(f"/contacts/{one.pk}/merge/", {"into": other.pk})
    ada.post(f"/contacts/{one.pk}/block/")
    column = context(ada, one, bank)
    assert f'href="/contacts/{one.pk}/"' in column
    assert "Contact, with 1 other conversation<" in column
    assert "Blocked: nothing is taken" in column


def test_what_is_lost_meanwhile_is_404(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = asked(bank, "a"), asked(bank, "b")
    ada = bank.desk(bank.ada)

    def gone(*_: object, **__: object) -> None:
        raise NotFound

    for name in ("change_contact", "merge", "split", "block"):
        monkeypatch.setattr(pages, name, gone)
    told = {"name": "", "email": "", "language": "de", "into": str(other.pk)}
    for what in ("change", "merge", "split", "block"):
        assert ada.post(f"/contacts/{one.pk}/{what}/", told).status_code == 404

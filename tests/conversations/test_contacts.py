"""One person with several contacts: what is shown of them, merged, split, blocked, corrected."""

import uuid

import pytest
from django.db import connections

from siegel.audit.models import TrailEntry
from siegel.conversations.access import NotFound
from siegel.conversations.blocking import Blocked, block, is_blocked, unblock
from siegel.conversations.contact_access import contact_for, conversations_of_person
from siegel.conversations.contact_lookup import contacts_found
from siegel.conversations.contacts import RefusedContact, change_contact, introduce
from siegel.conversations.files import announce_file
from siegel.conversations.merging import NotMerged, SamePerson, merge, split
from siegel.conversations.models import Contact, Conversation, Event
from siegel.conversations.posting import post_message
from siegel.conversations.resolving import assign_to_self
from siegel.files.kinds import RefusedFile
from siegel.tenancy.context import serving
from tests.cast import Organisation


def asked(bank: Organisation, body: str, name: str = "", email: str = "") -> Contact:
    """The contact of a conversation that somebody has begun with a question."""
    conversation = bank.conversation()
    client = bank.as_client(conversation)
    post_message(bank.tenant, client, conversation.pk, uuid.uuid4(), body).result(5)
    with serving(bank.tenant):
        Contact.objects.filter(pk=conversation.contact_id).update(name=name, email=email)
        return Contact.objects.get(pk=conversation.contact_id)


def pointers() -> dict[str, tuple[object, object]]:
    rows = Contact.objects.values_list("name", "merged_into__name", "merged_with__name")
    return {name: (into, with_) for name, into, with_ in rows}


def kinds(contact: Contact) -> list[str]:
    events = Event.objects.filter(conversation__contact=contact).order_by("seq")
    return list(events.values_list("kind", flat=True))


def test_merging_shows_both_in_one_place_and_splitting_undoes_it(bank: Organisation) -> None:
    anna, again = asked(bank, "Erste Frage", "Anna"), asked(bank, "Zweite Frage", "Anna W.")
    ada = bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        before = list(Contact.objects.order_by("pk").values())
        merge(ada, again, anna)
        for contact in (anna, again):
            shown = conversations_of_person(ada, Contact.objects.get(pk=contact.pk))
            assert [row.excerpt for row in shown] == ["Zweite Frage", "Erste Frage"]
            assert kinds(contact)[-1] == "merged"
        with pytest.raises(SamePerson):
            merge(ada, anna, again)
        assert split(ada, again) == anna
        assert list(Contact.objects.order_by("pk").values()) == before
        assert [row.excerpt for row in conversations_of_person(ada, anna)] == ["Erste Frage"]
        with pytest.raises(NotMerged):
            split(ada, again)
        told = TrailEntry.objects.filter(action__startswith="contact.").order_by("seq")
        rows = list(told.values_list("actor", "action", "subject", "detail"))
    actor, subject, detail = f"person:{bank.ada.pk}", f"contact:{again.pk}", {"with": str(anna.pk)}
    assert rows == [
        (actor, "contact.merged", subject, detail),
        (actor, "contact.split", subject, detail),
    ]


def test_there_are_no_chains_and_each_merge_can_be_taken_back(bank: Organisation) -> None:
    ada = bank.as_adviser(bank.ada)
    a, b, c, d = (asked(bank, name, name) for name in "abcd")
    with serving(bank.tenant):
        merge(ada, b, a)
        merge(ada, d, c)
        merge(ada, b, d)  # Of each the first counts: a into c.
        assert pointers() == {"a": ("c", "c"), "b": ("c", "a"), "c": (None, None), "d": ("c", "c")}
        for one, other in ((c, a), (a, c), (a, b), (c, c)):
            with pytest.raises(SamePerson):
                merge(ada, one, other)
        split(ada, a)
        assert pointers() == {
            "a": (None, None),
            "b": ("a", "a"),
            "c": (None, None),
            "d": ("c", "c"),
        }
        merge(ada, a, c)
        split(ada, b)
        assert pointers() == {
            "a": ("c", "c"),
            "b": (None, None),
            "c": (None, None),
            "d": ("c", "c"),
        }


def test_both_must_be_visible(bank: Organisation) -> None:
    mine, foreign = asked(bank, "a"), asked(bank, "b")
    ada, ben = bank.as_adviser(bank.ada), bank.as_adviser(bank.ben)
    with serving(bank.tenant):
        assign_to_self(ben, Conversation.objects.get(contact=foreign))
        for one, other in ((mine, foreign), (foreign, mine)):
            with pytest.raises(NotFound):
                merge(ada, one, other)
        for identifier in (foreign.pk, uuid.uuid4(), "nonsense"):
            with pytest.raises(NotFound):
                contact_for(ada, identifier)
        with pytest.raises(NotFound):
            contact_for(bank.as_adviser(bank.mia), mine.pk)
        merge(ben, foreign, mine)
        # Known to be one person, of whom Ada sees a part.
        found = contact_for(ada, foreign.pk)
        assert [row.excerpt for row in conversations_of_person(ada, found)] == ["a"]


def test_a_contact_without_conversation_is_merged_without_an_event(bank: Organisation) -> None:
    ada = bank.as_adviser(bank.ada)
    a, b = asked(bank, "a"), asked(bank, "b")
    with serving(bank.tenant):
        merge(ada, b, a)
        Conversation.objects.filter(contact=a).update(contact=b)
        split(ada, b)
        with pytest.raises(NotFound):
            contact_for(ada, a.pk)
        merge_again = Contact.objects.filter(pk=a.pk)
        merge_again.update(merged_into=b, merged_with=b)
        block(ada, a)
        change_contact(ada, a, name="A", email="", language="en")
        assert merge_again.get().name == "A"


def test_from_a_blocked_person_nothing_is_taken(bank: Organisation) -> None:
    ada = bank.as_adviser(bank.ada)
    one, other = asked(bank, "a"), asked(bank, "b")
    with serving(bank.tenant):
        conversation = Conversation.objects.get(contact=other)
        client = bank.as_client(conversation)
        merge(ada, one, other)
        block(ada, one)
        block(ada, one)
        assert is_blocked(client)
        assert not is_blocked(ada)
        with pytest.raises(Blocked):
            introduce(client, conversation, "Anna", "a@x.example")
        with pytest.raises(RefusedFile, match="blocked"):
            announce_file(client, conversation.pk, "a.txt", 1)
        assert announce_file(ada, conversation.pk, "a.txt", 1).size == 1
        unblock(ada, other)
        assert not is_blocked(client)
        introduce(client, conversation, "Anna", "a@x.example")
        assert announce_file(client, conversation.pk, "a.txt", 1).size == 1
        for contact in (one, other):
            assert kinds(contact).count("blocked") == kinds(contact).count("unblocked") == 1
        actions = TrailEntry.objects.filter(subject=f"contact:{one.pk}").order_by("seq")
        assert list(actions.values_list("action", flat=True)) == [
            "contact.merged", "contact.blocked", "contact.unblocked",
        ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["", "Ann", "महात्मा गांधी", "محمد بن عبد الله", "李小龙", "O'Neill-Ünal, Dr.", "x" * 120]
)
def test_names_in_all_scripts_are_kept_to_the_letter(bank: Organisation, name: str) -> None:
    contact = asked(bank, "a", "before", "before@x.example")
    with serving(bank.tenant):
        ada = bank.as_adviser(bank.ada)
        change_contact(ada, contact, name=f" {name} ", email="", language="en")
        changed = Contact.objects.get()
        assert (changed.name, changed.email, changed.language) == (name, "", "en")
        change_contact(ada, contact, name=name, email="", language="en")
        (event,) = Event.objects.filter(kind="contact-changed")
        assert event.detail == {"name": "Ada Adler", "fields": ["email", "language", "name"]}


@pytest.mark.parametrize(
    ("told", "field", "code"),
    [
        ({"name": "x" * 121}, "name", "body-too-long"),
        ({"name": "x" * 20_001}, "name", "body-too-long"),
        ({"name": "a\nb"}, "name", "body-control-characters"),
        ({"name": "a\tb"}, "name", "body-control-characters"),
        ({"name": "a\x00b"}, "name", "body-control-characters"),
        ({"name": "\u200b\u200b"}, "name", "body-empty"),
        ({"email": "nobody"}, "email", ""),
        ({"language": "fr"}, "language", ""),
    ],
)
def test_what_is_no_name_or_address_is_refused(
    bank: Organisation, told: dict[str, str], field: str, code: str
) -> None:
    contact = asked(bank, "a", "before")
    given = {"name": "", "email": "", "language": "de"} | told
    with serving(bank.tenant):
        with pytest.raises(RefusedContact) as refusal:
            change_contact(bank.as_adviser(bank.ada), contact, **given)
        assert (refusal.value.field, refusal.value.code) == (field, code)
        assert Contact.objects.get().name == "before"


def test_finding_another_contact(bank: Organisation) -> None:
    ada, ben = bank.as_adviser(bank.ada), bank.as_adviser(bank.ben)
    me = asked(bank, "a", "Änne Meier", "anne@x.example")
    same = asked(bank, "b", "Änne M.", "anne@x.example")
    other = asked(bank, "c", "Änne Özdemir", "Oez@X.example")
    hidden = asked(bank, "d", "Ännegret", "gret@x.example")
    with serving(bank.tenant):
        assign_to_self(ben, Conversation.objects.get(contact=hidden))
        merge(ada, same, me)
        me.refresh_from_db()
        for text in ("änne", "ÄNNE ö", "Änne Ö", " oez@x.EXAMPLE "):
            assert contacts_found(ada, text, me) == [other]
        assert set(contacts_found(ben, "änne", other)) == {me, same, hidden}
        for text in ("", "ä", "özdemir", "oez@x.exampl", "%", "_nne"):
            assert contacts_found(ada, text, me) == []


def test_at_most_twenty_are_found_by_index(bank: Organisation) -> None:
    me = asked(bank, "a", "me")
    ada = bank.as_adviser(bank.ada)
    with serving(bank.tenant):
        for number in range(25):
            contact = Contact.objects.create(name=f"Zoe {number}")
            template = Conversation.objects.first()
            assert template is not None
            template.pk, template.contact = uuid.uuid4(), contact
            template.save(force_insert=True)
        assert len(contacts_found(ada, "zoe", me)) == 20
        plans = plans_of(bank, lambda: contacts_found(ada, "zoe", me))
    assert plans
    assert [
        line for plan in plans for line in plan if line.startswith("SCAN conversations_c")
    ] == []


def plans_of(bank: Organisation, act: object) -> list[list[str]]:
    """How SQLite answers each query of something."""
    connection = connections[bank.tenant.id]
    asked: list[tuple[str, object]] = []

    def note(execute: object, sql: str, params: object, many: bool, context: object) -> object:
        asked.append((sql, params))
        return execute(sql, params, many, context)  # type: ignore[operator] # Django's wrapper

    with connection.execute_wrapper(note):
        act()  # type: ignore[operator] # a function
    plans = []
    for sql, params in asked:
        if sql.startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)  # type: ignore[arg-type]
                plans.append([row[3] for row in cursor.fetchall()])
    return plans


def test_a_persons_conversations_are_found_by_their_contacts(bank: Organisation) -> None:
    contact = asked(bank, "a")
    with serving(bank.tenant):
        ada = bank.as_adviser(bank.ada)
        plans = plans_of(bank, lambda: list(conversations_of_person(ada, contact)))
    told = " / ".join(line for plan in plans for line in plan)
    assert "SCAN conversations" not in told
    assert "conversations_conversation_contact_id" in told

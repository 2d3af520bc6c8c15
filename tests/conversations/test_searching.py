"""What is found, by whom, and in which order."""

import datetime as dt
import random
import uuid
from collections.abc import Sequence

import pytest
from django.utils import timezone

from benchmarks.corpus import Corpus
from siegel.conversations import search_plan, searching
from siegel.conversations.access import NotFound
from siegel.conversations.contacts import introduce
from siegel.conversations.models import Conversation, Event, Label, Labelling, Message, State
from siegel.conversations.resolving import assign_to_self, resolve
from siegel.conversations.search_contacts import contacts_with
from siegel.conversations.search_folding import fold, words_of
from siegel.conversations.search_terms import can_be_searched, terms_of
from siegel.conversations.searching import Filters, Sender, TooShort, search
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.conversations.searched import found, index_all, marked, noted, said, texts

BODY = "Die Haftpflichtversicherung für mein Pferd: Größe S, Police KD-12345678 (neu)."


@pytest.mark.parametrize(
    "query",
    [
        "Haftpflichtversicherung",
        "pflichtversich",
        "PFERD",
        "größe",
        "groesse",
        "GRÖSSE",
        "Groe",
        "di",
        "pferd haft",
        "pferd di s",
        "KD-12345678",
        "kd-1234",
        "345",
        '"mein Pferd"',
        '"pferd größe"',
        '"S"',
        "(neu).",
        "):",
        'police "mein pferd" \'x',
    ],
)
def test_every_word_is_found_anywhere(bank: Organisation, query: str) -> None:
    said(bank, BODY, "Etwas anderes")
    index_all(bank)
    expected = [] if query in {"):", 'police "mein pferd" \'x'} else [BODY]
    if query == "):":
        with pytest.raises(TooShort):
            found(bank, query)
    else:
        assert texts(found(bank, query)) == expected


@pytest.mark.parametrize(
    "query",
    ["Hausrat", "ferd x", "in pferd", '"Pferd mein"', '"Haftpflicht"', "KD-999", "pferd hausrat"],
)
def test_what_is_not_there_is_not_found(bank: Organisation, query: str) -> None:
    said(bank, BODY)
    index_all(bank)
    assert found(bank, query).hits == []


@pytest.mark.parametrize("query", ["", " ", "a", "a b", "§", '""', "  -- ", "\x00", "\ud800", "👍"])
def test_a_query_must_lead_somewhere(bank: Organisation, query: str) -> None:
    with pytest.raises(TooShort):
        found(bank, query)


@pytest.mark.parametrize(
    "query",
    ['"', "'''", "abc*", "NEAR(a b)", "text:abc", "abc OR def", "^abc", "{abc}", "a\x00bc", "%__",
     "-abc", "abc AND", '"abc" "', "\\abc", "é" * 300, "x " * 300 + "abc", "👍👍👍"],
)  # fmt: skip
def test_no_character_is_syntax(bank: Organisation, query: str) -> None:
    said(bank, f"vorher {query.replace(chr(0), '')[:200]} nachher".replace('"', " "))
    index_all(bank)
    try:
        hits = found(bank, query).hits
    except TooShort:
        return
    assert len(hits) == 1


def test_the_newest_comes_first_and_pages_follow(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(bank, *[f"Antrag {number}" for number in range(60)])
    index_all(bank)
    pages: list[list[str]] = []
    before = None
    while True:
        found_page = found(bank, "antrag", before=before)
        pages.append(texts(found_page))
        assert found_page.back_to is None
        before = found_page.before
        if before is None:
            break
    assert [len(page) for page in pages] == [25, 25, 10]
    in_order = [text for page in pages for text in page]
    assert in_order == [f"Antrag {number}" for number in reversed(range(60))]


def test_work_is_bounded_and_goes_on(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "STEPS", (2, 3))
    hidden = said(bank, "Das Gesuchte ist hier, aber vor langer Zeit")
    with serving(bank.tenant):
        assign_to_self(bank.as_adviser(bank.ada), hidden)
    others = said(bank, *["Das Gesuchte von Ben"] * 7)
    with serving(bank.tenant):
        assign_to_self(bank.as_adviser(bank.ben), others)
    index_all(bank)
    first = found(bank, "gesuchte")
    assert first.hits == []
    assert first.before is not None
    with serving(bank.tenant):
        assert first.back_to == Event.objects.get(pk=first.before).at
    second = found(bank, "gesuchte", before=first.before)
    assert texts(second) == ["Das Gesuchte ist hier, aber vor langer Zeit"]
    assert second.before is None


def test_what_many_words_hold_is_found_by_its_parts(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_plan, "FEW_WORDS", 1)
    said(bank, "Hausratversicherung", "Versicherungsnummer", "Nummer sicher")
    index_all(bank)
    assert len(found(bank, "sicher").hits) == 3
    assert texts(found(bank, "sicher num")) == ["Nummer sicher", "Versicherungsnummer"]
    assert texts(found(bank, "sicher hausrat")) == ["Hausratversicherung"]
    assert texts(found(bank, "sicher nu")) == ["Nummer sicher"]
    with serving(bank.tenant):
        assert search_plan.plan_for(terms_of("sicher")) == search_plan.Plan(
            "search_parts", '"sicher"'
        )
        assert search_plan.plan_for(terms_of("hausrat sicher nu")) == search_plan.Plan(
            "search_words", '("hausratversicherung") AND "nu" *'
        )


def test_several_beginnings_must_all_occur(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(bank, "Nummer der Versicherung am Ort", "Nummer sicher", "Am Ort versichert", "Nur am Ort")
    index_all(bank)
    both = ["Nur am Ort", "Nummer der Versicherung am Ort"]
    with serving(bank.tenant):
        plan = search_plan.plan_for(terms_of("nu am or"))
    assert plan is not None
    assert plan.match == '"nu" * AND "am" * AND "or" *'
    read: list[int] = []
    real = searching._texts

    def counted(events: Sequence[int]) -> dict[int, searching._Text]:
        read.extend(events)
        return real(events)

    monkeypatch.setattr(searching, "_texts", counted)
    assert texts(found(bank, "nu am or")) == both
    assert len(read) == 2
    # Also beside a part that is in too many words to look them up: no other text is read.
    monkeypatch.setattr(search_plan, "FEW_WORDS", 1)
    read.clear()
    assert texts(found(bank, "sicher nu am")) == ["Nummer der Versicherung am Ort"]
    assert texts(found(bank, "sicher zz")) == texts(found(bank, "gibtesnicht nu")) == []
    assert len(read) == 1


def test_long_texts_end_a_page_early(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MOST_FOLDED", 250)
    said(bank, "Das Gesuchte zuerst", *["Gesuchter" + "." * 91] * 5)
    index_all(bank)
    first = found(bank, '"das gesuchte" gesuchte')
    assert texts(first) == ["Das Gesuchte zuerst"]
    pages: list[list[str]] = []
    page = found(bank, "gesuchte")
    while page.before is not None:
        pages.append(texts(page))
        # As far as texts were folded, and not as far as the index was read.
        with serving(bank.tenant):
            assert page.back_to == Event.objects.get(pk=page.before).at
        assert page.before == page.hits[-1].event
        page = found(bank, "gesuchte", before=page.before)
    # Each is folded twice: to see that it is one, and to show it.
    assert [*map(len, pages), len(page.hits)] == [2, 2, 2]


def test_what_is_no_hit_wears_out_as_well(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "MOST_FOLDED", 250)
    said(bank, "Es ist ganz genau dies", *["Ist es genau " + "." * 87] * 7)
    index_all(bank)
    pages = 0
    page = found(bank, "genau es§")
    while page.before is not None:
        assert page.hits == []
        pages += 1
        page = found(bank, "genau es§", before=page.before)
    assert page.hits == []
    assert pages == 2


def test_only_what_is_seen_is_found(bank: Organisation) -> None:
    free, of_ben = said(bank, "Meine Gehaltsabrechnung"), said(bank, "Seine Gehaltsabrechnung")
    with serving(bank.tenant):
        assign_to_self(bank.as_adviser(bank.ben), of_ben)
    index_all(bank)
    assert [hit.conversation for hit in found(bank, "gehalt").hits] == [free.pk]
    assert len(found(bank, "gehalt", by=bank.ben).hits) == 2
    assert found(bank, "gehalt", by=bank.mia).hits == []
    with serving(bank.tenant), pytest.raises(NotFound):
        search(bank.as_client(free), "gehalt", Filters())


def test_filters(bank: Organisation) -> None:
    said(bank, "Freies Darlehen")
    conversation = said(bank, "Frage zum Darlehen")
    said(bank, "Antwort zum Darlehen", conversation=conversation, by=bank.ada)
    noted(bank, conversation, bank.ada, "Notiz zum Darlehen")
    done = said(bank, "Altes Darlehen")
    with serving(bank.tenant):
        resolve(bank.as_adviser(bank.ada), done)
        label = Label.objects.create(name="Kredit")
        Labelling.objects.create(conversation=done, label=label)
    said(bank, "Antwort von Ben", by=bank.ben, conversation=said(bank, "Ben, das Darlehen"))
    index_all(bank)

    def with_filters(**filters: object) -> list[str]:
        return texts(found(bank, "darlehen", filters=Filters(**filters)))  # type: ignore[arg-type] # as named

    everything = [
        "Altes Darlehen", "Notiz zum Darlehen", "Antwort zum Darlehen", "Frage zum Darlehen",
        "Freies Darlehen",
    ]  # fmt: skip
    assert with_filters() == everything
    assert with_filters(sender=Sender.CLIENT) == [everything[0], *everything[3:]]
    assert with_filters(sender=Sender.ADVISER) == ["Notiz zum Darlehen", "Antwort zum Darlehen"]
    assert with_filters(sender=Sender.ME) == ["Notiz zum Darlehen", "Antwort zum Darlehen"]
    assert with_filters(only_notes=True) == ["Notiz zum Darlehen"]
    assert with_filters(state=State.RESOLVED) == ["Altes Darlehen"]
    assert with_filters(label=label.pk) == ["Altes Darlehen"]
    assert with_filters(label=uuid.uuid4()) == []
    assert with_filters(only_mine=True) == everything[:-1]
    hit = found(bank, "notiz").hits[0]
    assert (hit.kind, hit.side, hit.author, hit.seq) == ("note", "adviser", "Ada Adler", 5)
    client = found(bank, "frage").hits[0]
    assert (client.kind, client.side, client.author, client.state) == (
        "message", "client", "", "open",
    )  # fmt: skip


def test_dates(bank: Organisation) -> None:
    said(bank, *[f"Schaden {number}" for number in range(6)])
    index_all(bank)
    day = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    with serving(bank.tenant):
        for number, event in enumerate(Event.objects.filter(kind="message").order_by("pk")):
            Event.objects.filter(pk=event.pk).update(at=day + dt.timedelta(days=number))
        Event.objects.filter(kind="started").update(at=day - dt.timedelta(days=1))

    def between(since: int | None, until: int | None) -> list[str]:
        def on(days: int | None) -> dt.datetime | None:
            return None if days is None else day + dt.timedelta(days=days)

        return texts(found(bank, "schaden", filters=Filters(since=on(since), until=on(until))))

    assert between(None, None) == between(-9, 99)
    assert between(2, 4) == ["Schaden 3", "Schaden 2"]
    assert between(5, None) == ["Schaden 5"]
    assert between(None, 1) == ["Schaden 0"]
    assert between(6, None) == between(None, 0) == between(4, 2) == []


def test_what_was_deleted_meanwhile_is_not_shown(bank: Organisation) -> None:
    conversation = said(bank, "Das bleibt nicht", "Das bleibt")
    index_all(bank)
    with serving(bank.tenant):
        Message.objects.filter(body="Das bleibt nicht").delete()
    assert texts(found(bank, "bleibt")) == ["Das bleibt"]
    with serving(bank.tenant):
        Event.objects.filter(conversation=conversation).delete()
    assert found(bank, "bleibt").hits == []


def test_marks_are_of_what_was_written(bank: Organisation) -> None:
    said(bank, "Das Ärgste: STRASSE, Straße, straßen-ÖL")
    index_all(bank)
    assert marked(found(bank, "strasse")) == [["STRASSE", "Straße", "straße"]]
    assert marked(found(bank, "aergste öl")) == [["Ärgste", "ÖL"]]


def test_contacts_are_found_by_name_and_address(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [("Vera Größing", "vera@kunden.example"), ("Karl Vogt", "karl.groe@kunden.example")]
    conversations: list[Conversation] = []
    for name, email in people:
        conversations.append(bank.conversation())
        with serving(bank.tenant):
            introduce(bank.as_client(conversations[-1]), conversations[-1], name, email)
    index_all(bank)

    def names(query: str) -> list[str]:
        with serving(bank.tenant):
            contacts = contacts_with(bank.as_adviser(bank.ada), terms_of(query))
            return [contact.name for contact in contacts]

    assert names("groe") == ["Karl Vogt", "Vera Größing"]
    assert names("vera gr") == ["Vera Größing"]
    assert names('"vera groessing"') == ["Vera Größing"]
    assert names("karl.groe@kunden") == ["Karl Vogt"]
    assert names("vera karl") == names("ka") == names("niemand") == []
    with serving(bank.tenant):
        introduce(bank.as_client(conversations[0]), conversations[0], "Vera Neu", "v@x.example")
        assign_to_self(bank.as_adviser(bank.ben), conversations[1])
    index_all(bank)
    assert names("groe") == []
    assert names("neu") == ["Vera Neu"]


def test_a_page_of_old_hits_is_shown_in_time(bank: Organisation) -> None:
    """A search beginning in an old place does not depend on what comes meanwhile."""
    said(bank, "Termin eins", "Termin zwei")
    index_all(bank)
    newest = found(bank, "termin").hits[0]
    said(bank, "Termin drei")
    index_all(bank)
    assert texts(found(bank, "termin", before=newest.event)) == ["Termin eins"]
    assert newest.at <= timezone.now()


def test_the_index_finds_what_reading_everything_finds(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any two parts of what was said, by both ways of asking the index."""
    draw = random.Random(7)  # noqa: S311 - the same texts each time
    corpus = Corpus()
    bodies = [corpus.message() for _ in range(80)]
    said(bank, *bodies)
    index_all(bank)
    folded = [fold(body) for body in bodies]
    for few in (0, 3, 200):
        monkeypatch.setattr(search_plan, "FEW_WORDS", few)
        for _ in range(100):
            one, other = draw.choice(folded), draw.choice(folded)
            parts = [
                some[at : at + draw.randint(2, 9)]
                for some in (one, other)
                for at in [draw.randrange(len(some))]
            ]
            query = draw.choice([" ".join(parts), parts[0], f'"{" ".join(words_of(one)[1:4])}"'])
            terms = terms_of(query)
            if not can_be_searched(terms):
                continue
            expected = [
                body
                for body, text in zip(reversed(bodies), reversed(folded), strict=True)
                if all(term.is_in(text) for term in terms)
            ]
            page = found(bank, query)
            assert len(page.hits) == min(25, len(expected)), query
            for hit, body in zip(page.hits, expected, strict=False):
                assert "".join(p.text for p in hit.pieces).strip("…") in body

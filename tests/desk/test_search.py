"""The page of the search: what it shows, says and refuses."""

import datetime as dt

import pytest
from django.http import QueryDict

from siegel.conversations import searching
from siegel.conversations.contacts import introduce
from siegel.conversations.models import Event, Label, Labelling
from siegel.conversations.resolving import resolve
from siegel.desk.search_query import SearchQuery
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.conversations.searched import index_all, noted, said


def page(bank: Organisation, query: str) -> str:
    response = bank.desk(bank.ada).get(f"/search/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_before_anything_is_asked_it_teaches(bank: Organisation) -> None:
    shown = page(bank, "")
    assert "Both words must occur" in shown
    assert "autofocus" in shown
    assert "That is all" not in shown
    german = bank.desk(bank.ada).get("/search/", headers={"accept-language": "de"})
    assert "Beide Wörter müssen vorkommen" in german.content.decode()


def test_a_hit_leads_to_its_place(bank: Organisation) -> None:
    conversation = said(bank, "Vorher", "Zur <b>Hausratversicherung</b> & mehr")
    noted(bank, conversation, bank.ada, "Hausrat ist geklärt")
    with serving(bank.tenant):
        introduce(bank.as_client(conversation), conversation, "Vera Vogt", "v@x.example")
    index_all(bank)
    shown = page(bank, "?q=ratversich")
    assert f'href="/inbox/{conversation.pk}/?at=3"' in shown
    assert "&lt;b&gt;Haus<mark>ratversich</mark>erung&lt;/b&gt; &amp; mehr" in shown
    assert '<bdi class="who">Vera Vogt</bdi>' in shown
    assert "from the client" in shown
    assert "That is all." in shown
    assert "autofocus" not in shown
    notes = page(bank, "?q=hausrat&kind=note&from=me&state=open&mine=")
    assert "Note</span> <bdi>Ada Adler</bdi>" in notes
    assert "from the client" not in notes
    assert "Without filters" in notes


def test_resolved_ones_say_so(bank: Organisation) -> None:
    conversation = said(bank, "Frage zum Depot")
    said(bank, "Antwort zum Depot", conversation=conversation, by=bank.ada)
    with serving(bank.tenant):
        resolve(bank.as_adviser(bank.ada), conversation)
    index_all(bank)
    shown = page(bank, "?q=antwort+depot&state=resolved")
    assert "<bdi>Ada Adler</bdi> · resolved" in shown
    assert page(bank, "?q=depot&state=open").count('class="hit"') == 0


def test_contacts_come_first(bank: Organisation) -> None:
    conversation = said(bank, "Guten Tag")
    with serving(bank.tenant):
        introduce(bank.as_client(conversation), conversation, "Vera Vogt", "v@x.example")
    index_all(bank)
    shown = page(bank, "?q=vogt")
    assert f'href="/contacts/{conversation.contact_id}/"' in shown
    assert "/contacts/" not in page(bank, "?q=vogt&mine=1")


def test_nothing_found_gives_advice(bank: Organisation) -> None:
    said(bank, "Guten Tag")
    index_all(bank)
    shown = page(bank, "?q=%3Cscript%3E")
    assert "Nothing you see holds “&lt;script&gt;”" in shown
    assert "unless it is open in one of your teams" in shown
    assert "The filters may leave it out" not in shown
    assert "The filters may leave it out" in page(bank, "?q=tag&since=2999-01-01")


@pytest.mark.parametrize("query", ["a", "%00", "%ED", "§"])
def test_too_short_is_explained(bank: Organisation, query: str) -> None:
    shown = page(bank, f"?q={query}")
    assert "too short" in shown
    assert 'aria-describedby="problem"' in shown


def test_a_label_by_its_name(bank: Organisation) -> None:
    conversation = said(bank, "Frage zum Depot")
    with serving(bank.tenant):
        label = Label.objects.create(name="Geldanlage")
        Labelling.objects.create(conversation=conversation, label=label)
    index_all(bank)
    assert page(bank, "?q=depot&label=geldanlage").count('class="hit"') == 1
    assert '<option value="Geldanlage">' in page(bank, "")
    assert "No label is called “Geld&lt;&gt;”" in page(bank, "?q=depot&label=Geld%3C%3E")


def test_pages_lead_on(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    said(bank, *[f"Rate {number}" for number in range(26)])
    index_all(bank)
    with serving(bank.tenant):
        second = Event.objects.filter(kind="message").order_by("pk")[1].pk
    first = page(bank, "?q=rate&from=client&before=nonsense")
    assert f'href="?q=rate&amp;from=client&amp;before={second}"' in first
    older = page(bank, f"?q=rate&from=client&before={second}")
    assert older.count('class="hit"') == 1
    assert 'href="?q=rate&amp;from=client"' in older
    monkeypatch.setattr(searching, "STEPS", (5,))
    assert "Search further back" in page(bank, "?q=rate&from=adviser")
    assert "Nothing of it is what you look for" in page(bank, "?q=rate&from=adviser")
    assert "Nothing of it is what you look for" not in page(bank, "?q=rate")


def test_who_reads_no_conversation_searches_none(bank: Organisation) -> None:
    assert bank.desk(bank.mia).get("/search/?q=rate").status_code == 403
    assert "/search/" not in bank.desk(bank.mia).get("/inbox/").content.decode()
    assert 'href="/search/"' in bank.desk(bank.ada).get("/inbox/").content.decode()


@pytest.mark.parametrize(
    ("zone", "since"),
    [
        ("Europe/Berlin", dt.datetime(2026, 3, 28, 23, tzinfo=dt.UTC)),
        ("America/New_York", dt.datetime(2026, 3, 29, 4, tzinfo=dt.UTC)),
        ("UTC", dt.datetime(2026, 3, 29, tzinfo=dt.UTC)),
        ("Nowhere/At/All", dt.datetime(2026, 3, 29, tzinfo=dt.UTC)),
        ("../../etc/passwd", dt.datetime(2026, 3, 29, tzinfo=dt.UTC)),
    ],
)
def test_a_day_begins_where_the_person_is(zone: str, since: dt.datetime) -> None:
    """On this Sunday Berlin has 23 hours."""
    given = QueryDict(mutable=True)
    given.update({"q": "x", "since": "2026-03-29", "until": "2026-03-29", "zone": zone})
    filters = SearchQuery.of(given).filters()
    assert filters is not None
    assert filters.since == since
    assert filters.until is not None
    hours = (filters.until - filters.since) / dt.timedelta(hours=1)
    assert hours == (23 if zone == "Europe/Berlin" else 24)


def test_what_means_nothing_filters_nothing() -> None:
    given = QueryDict("from=boss&state=lost&since=31.3.2026&until=0001-01-01&before=-1&kind=x")
    query = SearchQuery.of(given)
    assert not query.is_filtered
    assert query.before is None
    assert SearchQuery.of(QueryDict("before=1234567890123456789")).before is None
    assert SearchQuery.of(QueryDict("before=٣")).before is None

"""The feed of changes: valid Atom (RFC 4287), stable, and nobody else's."""

import datetime as dt
import re
from xml.etree import ElementTree

from siegel.trust import feed
from siegel.trust.models import StateChange
from tests.cast import Organisation
from tests.trust.stage import staged_now  # noqa: F401 - a fixture

ATOM = "{http://www.w3.org/2005/Atom}"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
# An IRI with its scheme; both of ours are URNs or tags.
IRI = re.compile(r"(urn:uuid:[0-9a-f-]{36}|tag:[a-z0-9.-]+,\d{4}:[a-z/]+)")


def feed_of(bank: Organisation, language: str = "en") -> ElementTree.Element:
    answer = bank.anonymous().get(f"/trust/feed.atom?lang={language}")
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    found = ElementTree.fromstring(answer.content)  # noqa: S314 - our own answer
    assert_valid(found)
    return found


def assert_valid(root: ElementTree.Element) -> None:
    """What RFC 4287 requires of a feed and of its entries (4.1.1, 4.1.2, 4.2)."""
    assert root.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated"):
        assert len(root.findall(ATOM + name)) == 1, name
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    relations = [link.get("rel") for link in root.findall(f"{ATOM}link")]
    assert sorted(str(relation) for relation in relations) == ["alternate", "self"]
    entries = root.findall(f"{ATOM}entry")
    for entry in entries:
        for name in ("id", "title", "updated"):
            assert len(entry.findall(ATOM + name)) == 1, name
        assert [link.get("rel") for link in entry.findall(f"{ATOM}link")] == ["alternate"]
        assert len(entry.findall(f"{ATOM}summary")) <= 1
    both = [root, *entries]
    assert all(IRI.fullmatch(str(one.findtext(f"{ATOM}id"))) for one in both)
    assert all(RFC_3339.fullmatch(str(one.findtext(f"{ATOM}updated"))) for one in both)
    ids = [one.findtext(f"{ATOM}id") for one in both]
    assert len(ids) == len(set(ids))


def change(control: str, at: dt.datetime, before: str, after: str, tenant: str = "") -> None:
    StateChange.objects.create(control=control, at=at, before=before, after=after, tenant=tenant)


def entries(root: ElementTree.Element, name: str) -> list[str | None]:
    return [entry.findtext(ATOM + name) for entry in root.findall(f"{ATOM}entry")]


def test_an_empty_feed_does_not_change_by_being_asked(bank: Organisation, now: dt.datetime) -> None:
    root = feed_of(bank)
    assert entries(root, "id") == []
    assert root.findtext(f"{ATOM}updated") == "2026-01-01T00:00:00+00:00"


def test_a_change_in_both_languages(bank: Organisation, now: dt.datetime) -> None:
    change("phy-sep-physical", now, "pass", "fail")
    german, english = feed_of(bank, "de"), feed_of(bank, "en")
    assert entries(german, "title") == ["phy-sep-physical: bestanden → gescheitert"]
    assert entries(english, "title") == ["phy-sep-physical: passed → failed"]
    assert entries(german, "id") == entries(english, "id")
    assert german.get("{http://www.w3.org/XML/1998/namespace}lang") == "de"
    assert str(entries(german, "summary")[0]).startswith("Jeder Mandant hat")
    link = german.find(f"{ATOM}entry/{ATOM}link")
    assert link is not None
    assert link.get("href") == "http://bank.test/trust/?lang=de#phy-sep-physical"
    assert german.findtext(f"{ATOM}updated") == now.isoformat()


def test_newest_first_and_before_the_first_run_nothing_was_known(
    bank: Organisation, now: dt.datetime
) -> None:
    change("x-durable", now - dt.timedelta(hours=1), "", "pass")
    change("x-durable", now, "pass", "canary-failed")
    assert entries(feed_of(bank), "title") == [
        "x-durable: passed → unreliable",
        "x-durable: unknown → passed",
    ]


def test_a_claim_that_is_not_there_any_more_leads_to_the_page(
    bank: Organisation, now: dt.datetime
) -> None:
    change("x-gone", now, "pass", "unknown")
    root = feed_of(bank)
    link = root.find(f"{ATOM}entry/{ATOM}link")
    assert link is not None
    assert link.get("href") == "http://bank.test/trust/?lang=en"
    assert entries(root, "summary") == [""]


def test_own_changes_and_those_of_the_installation(
    bank: Organisation, insurer: Organisation, now: dt.datetime
) -> None:
    change("x-durable", now, "", "pass")
    change("x-own-key", now, "", "pass", bank.tenant.id)
    change("x-own-key", now, "", "fail", insurer.tenant.id)
    assert sorted(map(str, entries(feed_of(bank), "title"))) == [
        "x-durable: unknown → passed",
        "x-own-key: unknown → passed",
    ]
    # Numbers of rows would tell how many changes others had.
    ids = {*entries(feed_of(bank), "id"), *entries(feed_of(insurer), "id")}
    assert len(ids) == 4


def test_the_feed_ends(bank: Organisation, now: dt.datetime) -> None:
    StateChange.objects.bulk_create(
        StateChange(control="x-durable", at=now - dt.timedelta(minutes=m), after="pass")
        for m in range(feed.ENTRIES + 5)
    )
    assert len(entries(feed_of(bank), "id")) == feed.ENTRIES == 100

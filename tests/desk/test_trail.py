"""The trail for people: rows in words, filters, files, and whether it holds."""

import csv
import datetime as dt
import io
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import pytest
from django.test import Client
from django.utils import timezone, translation

from siegel.audit import reading, trail
from siegel.audit.models import TrailEntry, Verification
from siegel.audit.trail import Event
from siegel.desk import jobs as desk_jobs
from siegel.desk.administration import verifying
from siegel.desk.administration.trail_words import ACTIONS, facts_in_words
from siegel.identity.models import Person, Session
from siegel.identity.roles import Role
from siegel.tenancy import jobs as workers
from siegel.tenancy.context import serving
from siegel.tenancy.handler import close_connection
from siegel.tenancy.job_queue import queue
from siegel.tenancy.models import Job
from tests.audit.trails import many, messages, raw
from tests.cast import Organisation

TRAIL = "/administration/trail/"
EXPORT = "/administration/trail/export/"
VERIFY = "/administration/trail/verify/"


@pytest.fixture(autouse=True)
def only_the_test_runs_jobs() -> Iterator[None]:
    """A server of other tests in this process would be quicker at times."""
    server_runs_them = workers.is_running()
    assert workers.stop()
    yield
    queue().storage.flush_queue()
    if server_runs_them:
        workers.start()


@pytest.fixture
def ola(bank: Organisation) -> Person:
    """The auditor: reads the trail and the settings, no content, and changes nothing."""
    return bank.hire("Ola Öz", Role.AUDITOR)


@pytest.fixture
def audit(bank: Organisation, ola: Person) -> Client:
    client = bank.desk(ola)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def record(bank: Organisation, *events: Event, at: dt.datetime | None = None) -> None:
    with serving(bank.tenant):
        many(events, at)


def shown(client: Client, **query: str) -> list[int]:
    response = client.get(TRAIL, query)
    assert response.status_code == 200
    return [row.seq for row in response.context["rows"]]


def test_the_auditor_reads_the_trail_and_no_content(
    bank: Organisation, audit: Client, ola: Person
) -> None:
    conversation = bank.conversation()
    start = audit.get("/")
    assert start.headers["Location"] == "/administration/"
    page = audit.get(TRAIL)
    assert page.context["may_change"] is False
    assert [row.what for row in page.context["rows"]] == ["Conversation begun"]
    assert "desk:trail" in [entry.address for entry in page.context["pages"]]
    assert audit.get(f"/inbox/{conversation.pk}/").status_code == 404
    assert "Inbox" not in audit.get("/administration/").content.decode()


@pytest.mark.parametrize("address", [TRAIL, EXPORT, VERIFY])
def test_advisers_do_not(bank: Organisation, address: str) -> None:
    assert bank.desk(bank.ada).get(address).status_code == 403
    assert bank.desk(bank.ada).post(VERIFY).status_code == 403
    with serving(bank.tenant):
        assert not TrailEntry.objects.exists()


def test_a_row_says_who_what_and_about_what(bank: Organisation, audit: Client) -> None:
    ada, ben = f"person:{bank.ada.pk}", f"person:{bank.ben.pk}"
    conversation = bank.conversation()
    record(
        bank,
        Event(ada, "person.created", ben, {"roles": ["adviser"]}),
        Event("operator", "file.policy-changed", "files", {"largest_bytes": 5, "tails": 9}),
        Event("scanner", "file.scanned", f"file:{conversation.pk}", {"scan": "clean"}),
        Event("person:gone", "moon.painted", "person:0", {"holds": True, "filters": {}}),
    )
    page = audit.get(TRAIL)
    rows = {row.seq: row for row in page.context["rows"]}
    assert (rows[1].who, rows[1].what) == ("A client", "Conversation begun")
    assert rows[1].subject == f"Conversation {str(conversation.pk)[:8]}"
    assert (rows[2].who, rows[2].subject) == ("Ada Adler", "Ben Brandt")
    assert rows[2].facts == [("roles", "adviser")]
    assert (rows[3].who, rows[3].subject) == ("Operator of the installation", "Files")
    assert rows[3].facts == [("largest file in bytes", "5"), ("tails", "9")]
    assert (rows[4].who, rows[4].subject) == ("Virus scanner", f"File {str(conversation.pk)[:8]}")
    # What nobody foresaw is shown by its code.
    assert (rows[5].who, rows[5].what) == ("person:gone", "moon.painted")
    assert rows[5].facts == [("holds", "yes"), ("filters", "-")]
    text = page.content.decode()
    at = page.context["rows"][0].at
    assert f'<time datetime="{at.isoformat()}" data-whole>' in text
    assert "moon.painted" in text


def test_in_german(bank: Organisation, ola: Person) -> None:
    bank.conversation()
    page = bank.desk(ola).get(TRAIL, headers={"accept-language": "de"}).content.decode()
    for words in ("Protokoll", "Gespräch begonnen", "Eine Kundin oder ein Kunde", "Wann"):
        assert words in page


def test_facts_are_small_and_plain() -> None:
    with translation.override("en"):
        assert facts_in_words({"a": [1, None], "filters": {"who": "x", "zone": "UTC"}}) == [
            ("a", "1, -"),
            ("filters", "who: x, time zone: UTC"),
        ]
        assert facts_in_words({"holds": False}) == [("holds", "no")]
        assert facts_in_words(None) == []
        assert facts_in_words("odd") == [("", "odd")]
        assert all(str(words) != code for code, words in ACTIONS.items())


def test_nothing_of_ours_is_shown_by_its_code(bank: Organisation, audit: Client) -> None:
    deleted = {"messages": 5, "files": 1, "resolved_at": "2026-01-01T00:00:00Z", "rule": 30}
    received = {"kind": "pdf", "size": 3, "sha256": "ab", "scan": "clean", "scope": "c"}
    changed = {"largest_bytes": 1, "visitor_bytes": 2, "tenant_bytes": 3, "kinds": ["pdf"]}
    record(
        bank,
        Event("clock", "conversation.woken", "c", {"seq": 1}),
        Event("retention", "retention.ran", "organisation", {"deleted": 1, "failed": 0}),
        Event("retention", "retention.deleted", "c", deleted),
        Event("operator", "settings.changed", "setting:retention_days", {"before": 1, "now": 2}),
        Event("operator", "settings.changed", "setting:figures_per_person", {"on": 1}),
        Event("operator", "settings.changed", "setting:something.new"),
        Event("contact:1", "file.received", "file:1", received),
        Event("operator", "file.policy-changed", "files", changed | {"encrypted_archives": True}),
        Event("operator", "person.created", "person:1", {"roles": [], "invitation": "i"}),
        Event("operator", "person.invited", "invitation:1", {"roles": [], "teams": []}),
        Event("operator", "team.deleted", "team:1", {"conversations": 2}),
        Event("operator", "team.member-added", "team:1", {"person": "p"}),
        Event("operator", "team.default-changed", "organisation", {"to": None}),
        Event("operator", "contact.changed", "contact:1", {"fields": ["name"]}),
        Event("operator", "contact.merged", "contact:1", {"with": "d"}),
        Event("operator", "trail.exported", "trail", {"format": "csv", "rows": 1, "filters": {}}),
    )
    with serving(bank.tenant):
        entries = {entry.seq: entry for entry in TrailEntry.objects.all()}
    # In English some facts are called as their codes are.
    german = audit.get(TRAIL, headers={"accept-language": "de"}).context["rows"]
    assert len(german) == len(entries) == 16
    for row in german:
        entry = entries[row.seq]
        assert row.who != entry.actor
        assert row.what != entry.action
        assert not {name for name, _ in row.facts} & {*entry.detail}
    about = {row.seq: row.subject for row in audit.get(TRAIL).context["rows"]}
    assert about[2] == "Organisation"
    assert about[4] == "Setting: How long conversations are kept"
    assert about[5] == "Setting: Figures of single people"
    # One that nobody foresaw has its whole name.
    assert about[6] == "Setting: something.new"
    assert about[8] == "Files"


def test_names_are_shown_as_text(bank: Organisation, audit: Client) -> None:
    with serving(bank.tenant):
        Person.objects.filter(pk=bank.ada.pk).update(name="<img src=x>")
    record(bank, Event(f"person:{bank.ada.pk}", "<b>", "<i>", {"<u>": "<s>"}))
    text = audit.get(TRAIL).content.decode()
    for mark in ("<img", "<b>", "<i>", "<u>", "<s>"):
        assert mark not in text


def test_filters_of_the_form(bank: Organisation, audit: Client) -> None:
    ada = f"person:{bank.ada.pk}"
    conversation = str(bank.conversation().pk)
    record(
        bank,
        Event(ada, "conversation.resolved", conversation),
        Event("operator", "person.created", ada),
        *messages(1, conversation),
    )
    assert shown(audit) == [3, 2, 1]
    assert shown(audit, messages="on") == [4, 3, 2, 1]
    assert shown(audit, who=ada) == [2]
    assert shown(audit, who="contact:") == [1]
    assert shown(audit, area="people") == [3]
    assert shown(audit, action="conversation.resolved", who=ada, area="conversations") == [2]
    assert shown(audit, subject=conversation) == [2, 1]
    assert shown(audit, subject=f" {conversation.upper()} ") == [2, 1]
    assert shown(audit, subject=f"conversation:{conversation}") == [2, 1]
    page = audit.get(TRAIL, {"who": ada, "area": "people", "action": "person.created"})
    text = page.content.decode()
    assert "No entry matches" in text
    assert "Nothing has happened yet" not in text
    assert f'<option value="{ada}" selected>Ada Adler</option>' in text
    assert '<option value="people" selected>' in text
    assert '<option value="person.created" selected>Person created</option>' in text
    # A client of whom somebody has the identifier is no choice, and stays chosen.
    assert (
        '<option value="contact:1" selected>'
        in audit.get(TRAIL, {"who": "contact:1"}).content.decode()
    )
    with serving(bank.tenant):
        Person.objects.filter(pk=bank.ben.pk).update(is_active=False)
    assert "Ben Brandt (deactivated)" in audit.get(TRAIL).content.decode()


def test_an_empty_trail_says_what_will_be_here(bank: Organisation, audit: Client) -> None:
    assert "Nothing has happened yet" in audit.get(TRAIL).content.decode()


def test_going_back_page_by_page(bank: Organisation, audit: Client) -> None:
    record(bank, *(Event("operator", "label.created", f"l{n}") for n in range(60)))
    page = audit.get(TRAIL, {"area": "settings"})
    assert page.context["rows"][-1].seq == 11
    assert page.context["newest"] == ""
    older = audit.get(f"{TRAIL}?{page.context['older']}")
    assert [row.seq for row in older.context["rows"]] == list(range(10, 0, -1))
    assert older.context["older"] == ""
    assert older.context["newest"] == "area=settings"
    assert "Back to the newest" in older.content.decode()
    for nonsense in ("", "x", "-1", "٣", "1.5", "9" * 40):
        assert shown(audit, before=nonsense)[0] == 60
    assert shown(audit, before="9" * 19)[0] == 60


def test_a_long_search_goes_on_when_asked(
    bank: Organisation, audit: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "EXAMINED", 20)
    record(bank, Event("operator", "label.created", "old"))
    record(bank, *messages(30))
    page = audit.get(TRAIL, {"messages": "on", "subject": "old"})
    text = page.content.decode()
    assert "Searched back to" in text
    assert "No entry matches" not in text
    assert "Go on searching" in text
    further = audit.get(f"{TRAIL}?{page.context['older']}")
    assert [row.seq for row in further.context["rows"]] == [1]


@pytest.mark.parametrize(
    ("zone", "day", "first", "behind"),
    [
        # 23 and 25 hours: clocks are changed in the night.
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00Z", "2026-10-25T23:00Z"),
        # Where the day begins at one, because midnight is left out.
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00Z", "2026-04-24T21:00Z"),
        # Where midnight comes twice, it begins with the first.
        ("America/Havana", "2026-11-01", "2026-11-01T04:00Z", "2026-11-02T05:00Z"),
        ("Asia/Kathmandu", "2026-06-01", "2026-05-31T18:15Z", "2026-06-01T18:15Z"),
        ("UTC", "2026-06-01", "2026-06-01T00:00Z", "2026-06-02T00:00Z"),
        ("No/Where", "2026-06-01", "2026-06-01T00:00Z", "2026-06-02T00:00Z"),
        ("../../etc/passwd", "2026-06-01", "2026-06-01T00:00Z", "2026-06-02T00:00Z"),
        ("Europe", "2026-06-01", "2026-06-01T00:00Z", "2026-06-02T00:00Z"),
    ],
)
def test_a_day_is_that_of_the_readers_zone(
    bank: Organisation, audit: Client, zone: str, day: str, first: str, behind: str
) -> None:
    begins, ends = dt.datetime.fromisoformat(first), dt.datetime.fromisoformat(behind)
    second = dt.timedelta(seconds=1)
    for at in (begins - second, begins, ends - second, ends):
        record(bank, Event("operator", "label.created", "x"), at=at)
    assert shown(audit, since=day, until=day, zone=zone) == [3, 2]
    assert shown(audit, since=day, zone=zone) == [4, 3, 2]
    assert shown(audit, until=day, zone=zone) == [3, 2, 1]


def test_days_at_the_ends_of_the_calendar(bank: Organisation, audit: Client) -> None:
    record(bank, Event("operator", "label.created", "x"))
    assert shown(audit, since="0001-01-01", until="9999-12-31", zone="Asia/Tokyo") == [1]
    assert shown(audit, since="9999-12-31", zone="America/New_York") == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"since": "2026-05-02", "until": "2026-05-01"}, "lies before the first one"),
        ({"since": "yesterday"}, "Enter a valid date"),
        ({"until": "31.12.2026"}, "Enter a valid date"),
        ({"area": "moon"}, "Select a valid choice"),
        ({"subject": "<script>"}, "no identifier"),
        ({"who": "a b"}, "no identifier"),
        ({"action": "x" * 81}, "at most 80 characters"),
        ({"subject": "a\0b"}, "Null characters"),
    ],
)
def test_filters_that_are_not_understood(
    bank: Organisation, audit: Client, query: dict[str, str], words: str
) -> None:
    record(bank, Event("operator", "label.created", "x"))
    page = audit.get(TRAIL, query)
    text = page.content.decode()
    assert page.status_code == 422
    assert words in text
    assert "nothing was searched" in text
    assert "<script>" not in text.split("<main")[1]
    refused = audit.get(EXPORT, query)
    assert refused.status_code == 422
    assert "No file was made" in refused.content.decode()
    with serving(bank.tenant):
        assert TrailEntry.objects.count() == 1


def test_a_file_for_those_who_recompute(bank: Organisation, audit: Client, ola: Person) -> None:
    record(bank, Event("operator", "label.created", "x", {"n": 1}))
    record(bank, *messages(2))
    today = timezone.now().date().isoformat()
    answer = audit.get(EXPORT, {"format": "jsonl", "messages": "on"})
    assert (
        answer.headers["Content-Disposition"] == f'attachment; filename="bank-trail-{today}.jsonl"'
    )
    rows = [json.loads(line) for line in answer.content.decode().splitlines()]
    assert [row["seq"] for row in rows] == [1, 2, 3]
    again = [TrailEntry(**row | {"at": dt.datetime.fromisoformat(row["at"])}) for row in rows]
    assert trail.verify(again).seq == 3
    with serving(bank.tenant):
        noted = TrailEntry.objects.get(seq=4)
    assert (noted.actor, noted.action) == (f"person:{ola.pk}", "trail.exported")
    assert noted.detail == {"format": "jsonl", "rows": 3, "filters": {"messages": True}}


def test_a_file_of_what_the_filters_ask_for(bank: Organisation, audit: Client) -> None:
    at = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
    record(bank, Event("operator", "label.created", "x"), at=at)
    record(bank, Event("operator", "label.created", "y"))
    query = {
        "format": "csv", "since": "2026-05-01", "until": "2026-05-01", "who": "operator",
        "zone": "Europe/Berlin",
    }  # fmt: skip
    answer = audit.get(EXPORT, query)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    head, *rows = csv.reader(io.StringIO(answer.content.decode(), newline=""))
    assert head[0] == "seq"
    assert [row[4] for row in rows] == ["x"]
    with serving(bank.tenant):
        filters = TrailEntry.objects.get(seq=3).detail["filters"]
    assert filters == {key: value for key, value in query.items() if key != "format"}


def test_the_name_of_a_file_is_that_of_the_organisation(bank: Organisation, audit: Client) -> None:
    from siegel.identity.models import Organisation as Row

    with serving(bank.tenant):
        Row.objects.update(name='Ärzte & "Söhne"\r\nX: 1')
    header = audit.get(EXPORT).headers["Content-Disposition"]
    assert "filename*=utf-8''%C3%A4rzte-s%C3%B6hne-x-1-trail-" in header
    with serving(bank.tenant):
        Row.objects.update(name="🙂")
    assert 'filename="siegel-trail-' in audit.get(EXPORT).headers["Content-Disposition"]


def test_no_file_when_it_would_be_too_large(
    bank: Organisation, audit: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LARGEST_EXPORT", 2)
    record(bank, *(Event("operator", "label.created", "x") for _ in range(3)))
    answer = audit.get(EXPORT, {"format": "csv", "area": "settings"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "at most 2 rows" in text
    assert "siegel audit export" in text
    assert f'href="{TRAIL}?area=settings"' in text
    assert audit.get(EXPORT, {"format": "xlsx"}).status_code == 422
    with serving(bank.tenant):
        assert TrailEntry.objects.count() == 3


def run_jobs() -> None:
    """As a worker does, in the tenant that is served."""
    assert desk_jobs.verify_trail is verifying.verify_trail
    for row in Job.objects.filter(name="trail.verify", state="waiting"):
        verifying.verify_trail(*row.arguments)


def test_verifying_shows_how_far_it_is_and_what_was_found(
    bank: Organisation, audit: Client, ola: Person
) -> None:
    record(bank, *messages(5))
    assert "Nobody has verified" in audit.get(VERIFY).content.decode()
    answer = audit.post(VERIFY)
    assert (answer.status_code, answer.headers["Location"]) == (302, VERIFY)
    text = audit.get(VERIFY).content.decode()
    assert '<progress id="progress-1" max="5" value="0">' in text
    assert 'data-running="yes"' in text
    with serving(bank.tenant):
        run = Verification.objects.get()
        run_jobs()
        run.refresh_from_db()
        assert run.head == f"5:{TrailEntry.objects.get(seq=5).digest}"
        assert (run.rows, run.fault, str(run)) == (5, "", f"1 {run.head}")
        noted = TrailEntry.objects.get(seq=6)
        assert (noted.action, noted.detail) == ("trail.verified", {"rows": 5, "holds": True})
        assert noted.actor == f"person:{ola.pk}"
        # A second run of the same job finds nothing to do.
        verifying.verify_trail(run.pk)
        verifying.verify_trail(99)
        assert TrailEntry.objects.count() == 6
    text = audit.get(VERIFY).content.decode()
    for words in ("The trail holds", run.head, "5 entries", "Without a kept head", "Ola Öz"):
        assert words in text
    assert 'data-running="no"' in text


def test_one_verification_at_a_time(bank: Organisation, audit: Client) -> None:
    record(bank, *messages(5))
    audit.post(VERIFY)
    with serving(bank.tenant):
        kept = str(trail.head())
    # Whatever it is to be compared with, which is not lost.
    for given in ("", kept):
        answer = audit.post(VERIFY, {"kept": given})
        assert answer.status_code == 409
        text = answer.content.decode()
        assert "One verification is under way" in text
        assert f'name="kept" value="{given}"' in text
    with serving(bank.tenant):
        assert Job.objects.filter(name="trail.verify").count() == 1
        run_jobs()
    assert audit.post(VERIFY, {"kept": kept}).status_code == 302
    with serving(bank.tenant):
        assert [run.kept for run in Verification.objects.all()] == [kept, ""]


def test_of_two_who_verify_at_the_same_moment_one_does(bank: Organisation) -> None:
    ready = threading.Barrier(2)

    def press(kept: str) -> str:
        with serving(bank.tenant):
            ready.wait(10)
            try:
                verifying.begin("operator", kept)
            except verifying.UnderWay:
                return "under way"
            finally:
                close_connection(bank.tenant.id)
            return "begun"

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(press, ["", f"1:{'a' * 64}"]))
    assert sorted(found) == ["begun", "under way"]
    with serving(bank.tenant):
        assert Verification.objects.count() == 1


def test_the_progress_is_written_down_piece_by_piece(
    bank: Organisation, audit: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "PIECE", 2)
    record(bank, *messages(5))
    seen: list[int] = []
    real = trail.digest_of

    def look(entry: TrailEntry) -> str:
        seen.append(Verification.objects.get().rows)
        return real(entry)

    monkeypatch.setattr(trail, "digest_of", look)
    audit.post(VERIFY)
    with serving(bank.tenant):
        run_jobs()
        assert seen == [0, 0, 2, 2, 4]
        assert Verification.objects.get().rows == 5


def test_against_a_kept_head(bank: Organisation, audit: Client) -> None:
    record(bank, *messages(5))
    with serving(bank.tenant):
        kept = str(trail.head())
    audit.post(VERIFY, {"kept": f" {kept}\n"})
    with serving(bank.tenant):
        run_jobs()
    text = audit.get(VERIFY).content.decode()
    assert "It passes through the head that was kept" in text
    with serving(bank.tenant):
        raw("DELETE FROM audit_trailentry WHERE seq > 3")
    audit.post(VERIFY, {"kept": kept})
    with serving(bank.tenant):
        run_jobs()
        assert TrailEntry.objects.get(seq=4).detail == {
            "rows": 3, "holds": False, "fault": "ends-before", "bad": 5,
        }  # fmt: skip
    text = audit.get(VERIFY).content.decode()
    assert "ends before number 5" in text
    assert "ask the operator for a backup" in text
    record(bank, *messages(3))
    audit.post(VERIFY, {"kept": kept})
    with serving(bank.tenant):
        run_jobs()
    assert "Number 5 is another row" in audit.get(VERIFY).content.decode()


def test_a_changed_row_is_named(bank: Organisation, audit: Client) -> None:
    record(bank, *messages(5))
    with serving(bank.tenant):
        raw("UPDATE audit_trailentry SET actor = 'nobody' WHERE seq = 2")
    audit.post(VERIFY)
    with serving(bank.tenant):
        run_jobs()
    text = audit.get(VERIFY).content.decode()
    assert "From number 2 on the trail does not hold" in text
    german = audit.get(VERIFY, headers={"accept-language": "de"}).content.decode()
    assert "Ab Nummer 2 ist das Protokoll nicht unversehrt" in german


@pytest.mark.parametrize("kept", ["7", "x" * 5000, "1:zz", "\u0661:" + "a" * 64, "\0"])
def test_what_is_no_head_is_said(bank: Organisation, audit: Client, kept: str) -> None:
    answer = audit.post(VERIFY, {"kept": kept})
    assert answer.status_code == 422
    assert "This is no head" in answer.content.decode()
    with serving(bank.tenant):
        assert not Verification.objects.exists()


def test_a_verification_that_was_lost(bank: Organisation, audit: Client) -> None:
    audit.post(VERIFY)
    later = timezone.now() + verifying.LOST_AFTER * 2
    with serving(bank.tenant):
        # They were there all the time.
        Session.objects.update(seen_at=later)
    with mock.patch("siegel.desk.administration.verifying.timezone.now", return_value=later):
        text = audit.get(VERIFY).content.decode()
        assert "did not come to an end" in text
        assert 'data-running="no"' in text
        audit.post(VERIFY)
    with serving(bank.tenant):
        assert Verification.objects.get().started_at == later


def test_only_the_last_results_are_kept(
    bank: Organisation, audit: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "RESULTS_KEPT", 2)
    for _ in range(4):
        audit.post(VERIFY)
        with serving(bank.tenant):
            run_jobs()
    with serving(bank.tenant):
        assert Verification.objects.count() == 3
        assert TrailEntry.objects.filter(action="trail.verified").count() == 4

"""What an administrator decides: checked, stored, noted; and what auditors see of it."""

import datetime as dt
import html
import io
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from siegel.audit.models import TrailEntry
from siegel.desk.administration import organisation as organisation_page
from siegel.desk.administration.setting_titles import PAGES, TITLES
from siegel.files.kinds import RefusedFile
from siegel.files.models import FilePolicy
from siegel.identity.models import Logo, Person, SettingChange
from siegel.identity.models import Organisation as OrganisationRow
from siegel.identity.office_hours import from_stored, week_in_words
from siegel.identity.roles import Role
from siegel.identity.setting_changes import note_change
from siegel.tenancy.context import serving
from siegel.tenancy.writing import write_transaction
from tests.cast import Organisation
from tests.server import Running

TEXTS = {
    "part": "organisation",
    "name": "Bank am Tor",
    "languages": ["de", "en"],
    "first_language": "de",
    "privacy_notice": "Erste Zeile\r\n\r\nZweite Zeile",
    "imprint": "Bank am Tor\r\nMusterweg 1",
}
WEEK = {
    "part": "hours", "zone": "Europe/Berlin", "monday": "8-18", "tuesday": "8-12, 13-17:30",
    "wednesday": "", "thursday": "", "friday": "", "saturday": "", "sunday": "",
    "closed": "24.12.2026", "office_note": "und nach Vereinbarung",
}  # fmt: skip
UPLOADS = {
    "part": "uploads", "largest": "20", "per_visitor": "200", "in_all": "5000",
    "kinds": ["pdf", "jpeg"],
}  # fmt: skip


@pytest.fixture
def mia(bank: Organisation) -> Client:
    return bank.desk(bank.mia)


@pytest.fixture
def auditor(bank: Organisation) -> Client:
    with serving(bank.tenant):
        bank.ben.roles = [Role.AUDITOR]
        bank.ben.save()
    return bank.desk(bank.ben)


def row(bank: Organisation) -> OrganisationRow:
    with serving(bank.tenant):
        return OrganisationRow.of_tenant()


def seen_in(page: Any, part: int = 0) -> str:
    """What a form of a page remembers of the settings it shows."""
    return html.unescape(re.findall(r'name="seen" value="([^"]*)"', page.content.decode())[part])


def noted(bank: Organisation) -> set[str]:
    with serving(bank.tenant):
        return set(SettingChange.objects.values_list("name", flat=True))


def picture(kind: str = "PNG", size: tuple[int, int] = (800, 400)) -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", size, "#0e5563").save(file, kind)
    file.seek(0)
    file.name = f"sign.{kind.lower()}"
    return file


def test_what_was_changed_is_stored_and_noted(bank: Organisation, mia: Client) -> None:
    page = mia.get("/administration/organisation/")
    assert page.content.decode().count("never changed") == 5
    answer = mia.post("/administration/organisation/", TEXTS)
    assert (
        answer.headers["Location"]
        == "/administration/organisation/?saved=organisation#organisation"
    )
    stored = row(bank)
    assert (stored.name, stored.languages) == ("Bank am Tor", ["de", "en"])
    assert stored.privacy_notice == "Erste Zeile\n\nZweite Zeile"
    assert noted(bank) == {"name", "privacy_notice", "imprint"}
    page = mia.get(answer.headers["Location"])
    text = page.content.decode()
    assert "Saved." in text
    assert "changed by <bdi>Mia Maurer</bdi>" in text
    with serving(bank.tenant):
        entries = TrailEntry.objects.filter(action="settings.changed")
        assert {entry.subject for entry in entries} == {
            "setting:name", "setting:privacy_notice", "setting:imprint",
        }  # fmt: skip
        assert "Zeile" not in json.dumps([entry.detail for entry in entries])
        assert {entry.actor for entry in entries} == {f"person:{bank.mia.pk}"}


def test_a_page_from_before_everything_was_put_back_is_overtaken(
    bank: Organisation, mia: Client
) -> None:
    page = mia.post("/administration/organisation/", TEXTS | {"seen": "2026-01-01T00:00:00+00:00"})
    assert page.status_code == 422
    assert "The operator changed something here" in page.content.decode()
    assert "Bank am Tor" in page.content.decode()
    assert noted(bank) == set()


def test_saving_what_is_stored_already_notes_nothing(bank: Organisation, mia: Client) -> None:
    mia.post("/administration/organisation/", TEXTS)
    seen = seen_in(mia.get("/administration/organisation/"), 0)
    with serving(bank.tenant):
        before = TrailEntry.objects.count()
    assert mia.post("/administration/organisation/", TEXTS | {"seen": seen}).status_code == 302
    with serving(bank.tenant):
        assert TrailEntry.objects.count() == before


def test_nothing_is_lost_when_something_is_wrong(bank: Organisation, mia: Client) -> None:
    wrong = TEXTS | {"name": "", "languages": ["en"], "imprint": "Mein neues Impressum"}
    page = mia.post("/administration/organisation/", wrong)
    text = page.content.decode()
    assert page.status_code == 422
    assert 'role="alert"' in text
    assert 'href="#id_name"' in text
    assert "Mein neues Impressum" in text
    assert 'aria-describedby="id_name_helptext id_name_error"' in text
    assert "The first language must be one of the chosen" in text
    assert row(bank).name == "Bank"
    without = {name: value for name, value in TEXTS.items() if name != "languages"}
    page = mia.post("/administration/organisation/", without)
    assert 'href="#id_languages"' in page.content.decode()


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("name", "a\nb", "cannot be shown"),
        ("imprint", "a\x07b", "cannot be shown"),
        ("privacy_notice", "x" * 900_000, "at most 20000 characters"),
    ],
)
def test_odd_and_endless_texts_are_answered_in_words(
    bank: Organisation, mia: Client, field: str, value: str, reason: str
) -> None:
    page = mia.post("/administration/organisation/", TEXTS | {field: value})
    assert page.status_code == 422
    assert reason in page.content.decode()
    assert noted(bank) == set()


def test_a_form_that_is_far_too_large_is_answered_with_a_page(
    server: Running, bank: Organisation
) -> None:
    body = b"imprint=" + b"x" * 1_100_000
    status, headers, answer = server.request(
        "POST", bank.host, "/administration/organisation/", body, Accept="text/html"
    )
    assert status == 413
    assert headers["Content-Type"].startswith("text/html")
    assert "Es wurde nichts geändert" in answer.decode()
    assert "Nothing was changed" in answer.decode()


def test_two_at_once_both_see_what_happened(bank: Organisation, mia: Client) -> None:
    seen = seen_in(mia.get("/administration/organisation/"), 0)
    with serving(bank.tenant), write_transaction():
        Person.objects.filter(pk=bank.ben.pk).update(roles=[Role.ADMINISTRATOR])
        OrganisationRow.objects.update(imprint="Bens Impressum")
        note_change("imprint", bank.ben)
    page = mia.post("/administration/organisation/", TEXTS | {"seen": seen})
    text = page.content.decode()
    assert page.status_code == 422
    assert "Ben Brandt changed something here" in text
    assert "Musterweg 1" in text
    assert "Bens Impressum" in text
    assert row(bank).imprint == "Bens Impressum"
    # The page now knows of it, and saving again is a decision.
    again = TEXTS | {"seen": seen_in(page)}
    assert mia.post("/administration/organisation/", again).status_code == 302
    with serving(bank.tenant), write_transaction():
        note_change("imprint", None, days=3)
    page = mia.post("/administration/organisation/", again | {"imprint": "x"})
    assert "The operator changed something here" in page.content.decode()
    assert "the operator" in mia.get("/administration/organisation/").content.decode()


def test_a_preview_saves_nothing(bank: Organisation, mia: Client) -> None:
    page = mia.post("/administration/organisation/", TEXTS | {"preview": "yes"})
    text = page.content.decode()
    assert page.status_code == 200
    assert "nothing is saved yet" in text
    assert text.count("Zweite Zeile") == 2
    assert noted(bank) == set()


def test_unknown_parts_are_not_found(mia: Client) -> None:
    assert mia.post("/administration/organisation/", {"part": "x"}).status_code == 404


def test_auditors_see_values_and_no_form(bank: Organisation, mia: Client, auditor: Client) -> None:
    mia.post("/administration/chat/", UPLOADS)
    for address in ("organisation", "office-hours", "chat", "texts", "labels", "figures", ""):
        path = f"/administration/{address}/" if address else "/administration/"
        page = auditor.get(path)
        main = page.content.decode().split("<main", 1)[1]
        assert page.status_code == 200
        assert "<textarea" not in main
        assert 'method="post"' not in main
        if address:
            assert "changed" in main
    assert "PDF, JPEG" in auditor.get("/administration/chat/").content.decode()
    assert "Not possible" in auditor.get("/administration/chat/").content.decode()
    assert "https://www.bank.example" in auditor.get("/administration/chat/").content.decode()
    assert ">no<" in auditor.get("/administration/chat/").content.decode()
    for address in ("organisation", "office-hours", "chat", "figures", "checklist", "labels/new"):
        assert auditor.post(f"/administration/{address}/", TEXTS).status_code == 403
    for address in ("texts/new", "labels/new"):
        assert auditor.get(f"/administration/{address}/").status_code in {403, 405}


def test_a_language_decides_what_the_chat_speaks(bank: Organisation, mia: Client) -> None:
    visitor = bank.visitor()

    def spoken(query: str = "", accepted: str = "") -> str:
        page = visitor.get(f"/{query}", headers={"accept-language": accepted})
        return page.content.decode().split('<html lang="')[1][:2]

    assert (spoken("?lang=en"), spoken(accepted="en-GB,de;q=0.5")) == ("en", "en")
    assert (spoken(), spoken(accepted="fr"), spoken("?lang=fr", "en")) == ("de", "de", "en")
    mia.post("/administration/organisation/", TEXTS | {"languages": ["en"], "first_language": "en"})
    assert row(bank).languages == ["en"]
    assert (spoken("?lang=de"), spoken(accepted="de")) == ("en", "en")
    assert noted(bank) >= {"languages"}


def test_a_logo_is_drawn_anew_and_shown_everywhere(bank: Organisation, mia: Client) -> None:
    anybody = bank.anonymous()
    assert anybody.get("/logo/").status_code == 404
    answer = mia.post("/administration/organisation/", {"part": "logo", "logo": picture()})
    assert answer.status_code == 302
    shown = anybody.get("/logo/")
    assert shown.headers["Content-Type"] == "image/webp"
    assert "max-age=86400" in shown.headers["Cache-Control"]
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    drawn = Image.open(io.BytesIO(shown.content))
    assert (drawn.format, drawn.size) == ("WEBP", (512, 256))
    etag = shown.headers["ETag"]
    assert anybody.get("/logo/", headers={"if-none-match": etag}).status_code == 304
    assert bank.visitor().get("/logo").content == shown.content
    assert "/logo/?" in anybody.get("/sign-in/").content.decode()
    assert "/logo?" in bank.visitor().get("/").content.decode()
    assert "/logo/?" in mia.get("/administration/").content.decode()
    assert noted(bank) == {"logo"}
    with serving(bank.tenant):
        assert str(Logo.objects.get()) == "512 x 256"
        assert SettingChange.objects.get().by == bank.mia
    seen = seen_in(mia.get("/administration/organisation/"), 1)
    gone = {"part": "logo", "remove_logo": "on", "seen": seen}
    assert mia.post("/administration/organisation/", gone).status_code == 302
    assert anybody.get("/logo/").status_code == 404
    seen = seen_in(mia.get("/administration/organisation/"), 1)
    page = mia.post("/administration/organisation/", gone | {"seen": seen})
    assert "There is no logo to remove" in page.content.decode()


def test_what_is_no_picture_is_refused_in_words(
    bank: Organisation, mia: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusal(content: bytes) -> str:
        file = io.BytesIO(content)
        file.name = "sign.png"
        page = mia.post("/administration/organisation/", {"part": "logo", "logo": file})
        assert page.status_code == 422
        return str(page.content.decode())

    assert "drawing (SVG)" in refusal(b'<?xml version="1.0"?><SVG onload="alert(1)"></svg>')
    assert "no PNG, JPEG or WebP" in refusal(b"GIF89a" + bytes(40))
    assert "larger than 1 MB" in refusal(bytes(1_000_001))
    assert "is damaged" in refusal(picture().read()[:60])

    def too_busy(content: bytes) -> None:
        raise RefusedFile("later")

    monkeypatch.setattr(organisation_page, "drawn_logo", too_busy)
    assert "try again in a moment" in refusal(picture().read())
    assert noted(bank) == set()


def test_office_hours_are_told_to_clients(bank: Organisation, mia: Client) -> None:
    assert "No hours are set yet" in mia.get("/administration/office-hours/").content.decode()
    assert mia.post("/administration/office-hours/", WEEK).status_code == 302
    stored = from_stored(row(bank).office_hours)
    assert week_in_words(stored, "de") == "Mo 8–18 Uhr, Di 8–12 und 13–17:30 Uhr"
    assert stored.closed == frozenset({dt.date(2026, 12, 24)})
    assert noted(bank) == {"office_hours", "office_note"}
    page = mia.get("/administration/office-hours/").content.decode()
    assert 'value="8:00–12:00, 13:00–17:30"' in page
    assert page.count("changed by") == 2
    chat = bank.visitor().get("/?lang=de").content.decode()
    assert 'data-hours="Mo 8–18 Uhr, Di 8–12 und 13–17:30 Uhr, und nach Vereinbarung"' in chat
    assert 'data-zone="Europe/Berlin"' in chat
    # Empty while it is open, whatever the time is where this runs.
    assert re.search('data-opening="(20[^"]+)?"', chat)


def test_the_page_says_whether_it_is_open(bank: Organisation, mia: Client) -> None:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    mia.post("/administration/office-hours/", WEEK | dict.fromkeys(days, "0-24") | {"closed": ""})
    assert "It is open now." in mia.get("/administration/office-hours/").content.decode()
    chat = bank.visitor().get("/?lang=en").content.decode()
    assert 'data-hours="daily 0:00–24:00' in chat
    assert 'data-opening=""' in chat
    seen = seen_in(mia.get("/administration/office-hours/"), 0)
    today = dt.datetime.now(dt.UTC).date()
    closed = "\n".join(str(today + dt.timedelta(days=n)) for n in range(-1, 399))
    # The only open day of the week lies far from both ends of the closed ones.
    only = dict.fromkeys(days, "") | {days[(today.weekday() + 3) % 7]: "8-18"}
    always_closed = WEEK | only | {"closed": closed, "seen": seen}
    assert mia.post("/administration/office-hours/", always_closed).status_code == 302
    assert "no next opening" in mia.get("/administration/office-hours/").content.decode()


def test_hours_that_cannot_be_are_refused_at_their_field(mia: Client) -> None:
    page = mia.post("/administration/office-hours/", WEEK | {"friday": "22-2", "closed": "bald"})
    text = page.content.decode()
    assert page.status_code == 422
    assert "past midnight" in text
    assert "Line 1 is no date" in text
    assert 'value="22-2"' in text
    assert mia.post("/administration/office-hours/", WEEK | {"zone": "Mars"}).status_code == 422


def test_pages_of_the_widget_are_checked_line_by_line(bank: Organisation, mia: Client) -> None:
    lines = [
        "https://WWW.bank.example/", "", "www.bank.example", "https://*.bank.example",
        "https://bank.example/chat", "https://bänk.example",
    ]  # fmt: skip
    page = mia.post(
        "/administration/chat/",
        {"part": "chat", "page_origins": "\n".join(lines), "undo_seconds": "10"},
    )
    text = page.content.decode()
    assert page.status_code == 422
    for line, reason in ((3, "https://"), (4, "a star"), (5, "without a path"), (6, "xn--")):
        assert f"Line {line}: " in text
        assert reason in text
    assert "https://bänk.example" in text
    many = "\n".join(f"https://{n}.example" for n in range(51))
    page = mia.post(
        "/administration/chat/", {"part": "chat", "page_origins": many, "undo_seconds": "0"}
    )
    assert "At most 50" in page.content.decode()
    right = {"part": "chat", "page_origins": "https://a.example\nhttps://a.example/ "}
    assert mia.post("/administration/chat/", right | {"undo_seconds": "10"}).status_code == 302
    stored = row(bank)
    assert (stored.page_origins, stored.undo_seconds) == (["https://a.example"], 10)
    seen = seen_in(mia.get("/administration/chat/"), 0)
    mia.post("/administration/chat/", right | {"undo_seconds": "0", "seen": seen})
    assert row(bank).undo_seconds == 0
    assert noted(bank) == {"page_origins", "undo_seconds"}
    page = mia.get("/administration/chat/")
    assert (
        page.context["snippet"] == '<script src="http://chat.bank.test/loader.js" async></script>'
    )


def test_limits_of_files(bank: Organisation, mia: Client) -> None:
    assert mia.post("/administration/chat/", UPLOADS).status_code == 302
    with serving(bank.tenant):
        policy = FilePolicy.of_tenant()
        entry = TrailEntry.objects.get()
    # One row for all of them; of each setting that changed the page says by whom.
    assert (entry.action, entry.actor) == ("file.policy-changed", f"person:{bank.mia.pk}")
    assert noted(bank) == {f"files.{field}" for field in entry.detail}
    assert "files.encrypted_archives" not in noted(bank)
    assert (policy.largest_bytes, policy.visitor_bytes) == (20_000_000, 200_000_000)
    assert (policy.tenant_bytes, policy.kinds) == (5_000_000_000, ["pdf", "jpeg"])
    assert not policy.encrypted_archives
    seen = seen_in(mia.get("/administration/chat/"), 1)
    page = mia.post("/administration/chat/", UPLOADS | {"largest": "1000", "seen": seen})
    text = page.content.decode()
    assert page.status_code == 422
    assert "must fit into what a visitor and the organisation may keep" in text
    assert 'href="#id_largest"' in text
    page = mia.post("/administration/chat/", UPLOADS | {"kinds": [], "largest": "0", "seen": seen})
    assert page.status_code == 422
    assert 'href="#id_kinds"' in page.content.decode()


def test_every_setting_has_a_title(bank: Organisation) -> None:
    names = {name for form in PAGES for name in form.settings()}
    assert names | {"default_team", "retention_days"} <= set(TITLES)
    # Each leads to the page on which it is changed.
    assert all(reverse(address) for _title, address in TITLES.values())
    with serving(bank.tenant):
        for form in PAGES:
            assert set(form.read()) == set(form.base_fields)

"""The trust page as somebody reads it: every claim, its state in words, and what it rests on."""

import datetime as dt
import re
from pathlib import Path

import pytest

from siegel.claims.headings import HEADINGS
from siegel.claims.state import State
from siegel.identity.models import Organisation as Settings
from siegel.tenancy import suspending
from siegel.tenancy.context import serving
from siegel.trust import views
from siegel.trust.page import FORMATS, SIGNS, _lasts
from tests.cast import Organisation
from tests.trust.stage import REASONS, head, staged_now  # noqa: F401 - a fixture

ADDRESSES = (
    "/trust/", "/trust/claims.json", "/trust/claims/phy-sep-physical.json", "/trust/feed.atom",
    "/trust/heads", "/trust/evidence",
)  # fmt: skip


def text_of(bank: Organisation, query: str = "?lang=en") -> str:
    answer = bank.anonymous().get(f"/trust/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def row_of(page: str, identifier: str) -> str:
    found = re.search(rf'<li id="{identifier}".*?</li>', page, re.DOTALL)
    assert found is not None, identifier
    return found[0]


def test_every_claim_has_its_row_below_its_heading(bank: Organisation, now: dt.datetime) -> None:
    page = text_of(bank)
    rows = re.findall(r'<li id="([^"]+)"', page)
    claims = [claim for heading in HEADINGS for claim in heading.claims]
    assert len(claims) == 119
    assert rows == [*claims, "x-durable", "x-own-key"]
    assert len(re.findall("<h2", page)) == len({heading.chapter for heading in HEADINGS}) + 2
    titles = re.findall("<h3>(.*?)</h3>", page)
    assert titles == [*(heading.title.en for heading in HEADINGS), "Claims of our own"]


def test_a_state_is_a_mark_and_a_word(bank: Organisation, now: dt.datetime) -> None:
    page = text_of(bank)
    for identifier, state in {
        "phy-fac-all-data": State.PASS,
        "phy-sep-physical": State.FAIL,
        "phy-sep-logical": State.UNKNOWN,
        "phy-power-redundant": State.ATTESTED,
        "phy-power-ups": State.CANARY_FAILED,
        "phy-site-zones": State.WAIVED,
        "phy-site-guards": State.NOT_APPLICABLE,
    }.items():
        row, sign = row_of(page, identifier), SIGNS[state]
        assert f'data-state="{state}"' in row
        assert f'<span aria-hidden="true">{sign.mark}</span> {sign.word}' in row
    assert len({sign.mark for sign in SIGNS.values()}) == len(State) == len(SIGNS)


def test_a_green_row_says_what_it_rests_on(bank: Organisation, now: dt.datetime) -> None:
    row = row_of(text_of(bank), "phy-fac-all-data")
    assert "Fails if: A probe text of one tenant is in any file of another." in row
    assert "Examined: 1\u202f214 – files and keys of 2 organisations, byte by byte." in row
    at = now - dt.timedelta(minutes=12)
    assert at.strftime("%-d %b %Y, %H:%M UTC</time>") in row
    assert row.count(at.strftime('datetime="%Y-%m-%dT%H:%M:%SZ"')) == 2
    assert "planted failure seen ✓" in row
    until = at + dt.timedelta(hours=26)
    assert until.strftime('data-until="%Y-%m-%dT%H:%M:%SZ"') in row
    assert "holds until" in row
    assert "/trust/claims/phy-fac-all-data.json" in row
    assert "reason" not in row


def test_of_how_many_is_said_where_it_is_known(bank: Organisation, now: dt.datetime) -> None:
    assert "Geprüft: 1\u202f214 von 1\u202f214 –" in row_of(
        text_of(bank, "?lang=de"), "phy-site-alarm"
    )


def test_a_row_that_is_not_green_says_why(bank: Organisation, now: dt.datetime) -> None:
    page = text_of(bank, "?lang=de")
    for identifier, kind in {"phy-sep-physical": "fail", "phy-power-generator": "crashed"}.items():
        assert f'<p class="reason">{REASONS[kind].de}</p>' in row_of(page, identifier)
    # What was written is text and stays text.
    assert "&lt;b&gt;bis&lt;/b&gt;" in row_of(page, "phy-site-zones")


def test_an_overlooked_failure_is_told(bank: Organisation, now: dt.datetime) -> None:
    row = row_of(text_of(bank), "phy-power-ups")
    assert "planted failure not seen ✕" in row
    assert "a proof holds 26 hours" in row
    assert "data-until" not in row


def test_what_broke_off_examined_nothing(bank: Organisation, now: dt.datetime) -> None:
    row = row_of(text_of(bank), "phy-power-generator")
    assert "gave no result" in row
    assert "planted failure without result" in row
    assert "Examined" not in row
    assert "timeout" not in row


def test_a_row_without_a_run_shows_how_long_one_would_hold(
    bank: Organisation, now: dt.datetime
) -> None:
    row = row_of(text_of(bank), "phy-sep-logical")
    assert "<time" not in row
    assert "a proof holds 26 hours" in row


@pytest.mark.parametrize(
    ("age", "told"),
    [
        (dt.timedelta(minutes=5), "1 hour"),
        (dt.timedelta(hours=48), "48 hours"),
        (dt.timedelta(days=35), "35 days"),
    ],
)
def test_periods_in_words(age: dt.timedelta, told: str) -> None:
    assert _lasts(age) == told


def test_states_are_counted(bank: Organisation, now: dt.datetime) -> None:
    page = text_of(bank)
    for state, number in re.findall(r'data-count="([^"]+)"><dt>[^<]+</dt><dd>(\d+)', page):
        assert page.count('<li id="') == 121
        assert len(re.findall(rf'<li id="[^"]+" data-state="{state}"', page)) == int(number)
    assert "121 claims" in page


def test_states_that_nothing_has_are_not_counted_but_the_usual_ones_are(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "standings", lambda *_: [])
    page = text_of(bank)
    assert re.findall(r'data-count="([^"]+)"', page) == ["pass", "attested", "fail", "unknown"]
    assert "0 claims" in page


def test_the_newest_head_is_named(bank: Organisation, now: dt.datetime) -> None:
    assert "No evidence yet" in text_of(bank)
    head(41_207, now - dt.timedelta(hours=1))
    head(41_208, now)
    page = text_of(bank)
    assert f'As of <time datetime="{now:%Y-%m-%dT%H:%M:%SZ}">' in page
    assert "41\u202f208 rows of evidence" in page


def test_whose_page_it_is(bank: Organisation, now: dt.datetime) -> None:
    page = text_of(bank, "?lang=de")
    assert "<bdi>Bank</bdi> · Informationssicherheit" in page
    assert "siegel verify http://bank.test</code>" in page
    with serving(bank.tenant):
        Settings.objects.all().delete()
    assert "<bdi>bank.test</bdi>" in text_of(bank)


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("?lang=de", "en", "de"),
        ("?lang=en", "de-DE", "en"),
        ("", "fr, en-GB;q=0.8, de;q=0.5", "en"),
        ("", "de-AT", "de"),
        ("?lang=fr", "", "en"),
        ("", "fr", "en"),
    ],
)
def test_the_language(
    bank: Organisation, now: dt.datetime, query: str, header: str, language: str
) -> None:
    with serving(bank.tenant):
        Settings.objects.update(languages=["fr", "en", "de"])
    answer = bank.anonymous().get(f"/trust/{query}", headers={"accept-language": header})
    assert f'<html lang="{language}">' in answer.content.decode()
    assert answer.headers["Content-Language"] == language
    assert answer.headers["Vary"] == "Accept-Language"
    assert sorted(FORMATS) == ["de", "en"]


def test_a_tenant_without_organisation_speaks_the_first_language(
    bank: Organisation, now: dt.datetime
) -> None:
    with serving(bank.tenant):
        Settings.objects.all().delete()
    assert '<html lang="de">' in text_of(bank, "")


def test_a_suspended_tenant_says_nothing(bank: Organisation, now: dt.datetime) -> None:
    suspending.suspend("bank", "test")
    for address in ADDRESSES:
        answer = bank.anonymous().get(address)
        assert answer.status_code == 503
        assert "Gerade nicht erreichbar" in answer.content.decode()


def test_the_chats_host_has_no_trust_page(bank: Organisation, now: dt.datetime) -> None:
    for address in ADDRESSES:
        assert bank.visitor().get(address).status_code == 404


def test_the_verifiers_source(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = tmp_path / "verify.py"
    monkeypatch.setattr(views, "VERIFIER", source)
    missing = bank.anonymous().get("/trust/verify.py")
    assert missing.status_code == 404
    assert "Nicht gefunden" in missing.content.decode()
    source.write_text("print('verified')\n")
    answer = bank.anonymous().get("/trust/verify.py")
    assert answer.content == b"print('verified')\n"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="verify.py"'


def test_other_pages_lead_here(bank: Organisation) -> None:
    assert 'href="/trust/"' in bank.anonymous().get("/sign-in/").content.decode()
    assert 'href="/trust/"' in bank.desk(bank.mia).get("/administration/").content.decode()
    chat = bank.visitor().get("/?lang=de").content.decode()
    assert 'href="http://bank.test/trust/?lang=de"' in chat
    secure = bank.visitor().get("/?lang=en", headers={"host": "CHAT.bank.test:8443"}, secure=True)
    assert 'href="https://bank.test:8443/trust/?lang=en"' in secure.content.decode()

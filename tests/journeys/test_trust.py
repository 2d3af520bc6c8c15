"""The trust page in a browser: without a script, past its deadlines, on paper, for everybody."""

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.accessibility import faults
from tests.journeys.demo_process import Demo
from tests.journeys.people import ClientBrowser

pytestmark = pytest.mark.browser

# Green, and in two minutes not any more.
LATE = "#phy-fac-iso27001"
MINUTE = dt.timedelta(minutes=1)
# What a page may weigh with all that it loads, before compression.
WEIGHT = 130_000


class StagedDemo(Demo):
    """The demo with standings made by hand, one of every kind."""

    module = "tests.trust.staged_demo"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, furnished: Path) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("staged")
    shutil.copytree(furnished, folder, dirs_exist_ok=True)
    running = StagedDemo(folder / "data")
    running.start()
    yield running
    running.close()


@pytest.fixture
def address(demo: Demo) -> str:
    return f"{demo.tenant('nordwind')['desk']}trust/"


def deadline(page: Page, row: str) -> dt.datetime:
    until = page.locator(row).get_attribute("data-until")
    assert until is not None
    return dt.datetime.fromisoformat(until)


def counted(page: Page, state: str) -> int:
    return int(page.locator(f"[data-count={state}] dd").inner_text())


def at(browser: Browser, contexts: list[BrowserContext], address: str, moment: dt.datetime) -> Page:
    """Somebody in Berlin who reads the page at that moment, as their clock says."""
    contexts.append(browser.new_context(locale="de-DE", timezone_id="Europe/Berlin"))
    page = contexts[-1].new_page()
    page.clock.install(time=moment)
    page.goto(address)
    return page


@pytest.fixture
def late(browser: Browser, contexts: list[BrowserContext], address: str) -> dt.datetime:
    contexts.append(browser.new_context(java_script_enabled=False))
    page = contexts[-1].new_page()
    page.goto(address)
    return deadline(page, LATE)


def test_it_is_whole_without_a_script(
    browser: Browser, contexts: list[BrowserContext], address: str
) -> None:
    contexts.append(browser.new_context(locale="de-DE", java_script_enabled=False))
    page = contexts[0].new_page()
    page.goto(address)
    expect(page.locator("main li")).to_have_count(121)
    expect(page.locator(LATE)).to_contain_text("bestanden")
    expect(page.locator(LATE)).to_contain_text("Widerlegt, sobald gilt:")
    expect(page.locator(LATE)).to_contain_text("Gegenprobe bestanden ✓")
    for time in page.locator("main time").all()[:9]:
        expect(time).to_have_text(re.compile(r"\d\d\.\d\d\.\d{4}, \d\d:\d\d UTC"))
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(LATE)).to_contain_text("planted failure seen ✓")
    expect(page.locator("#expired")).to_be_empty()


def test_times_are_the_readers(
    browser: Browser, contexts: list[BrowserContext], address: str, late: dt.datetime
) -> None:
    page = at(browser, contexts, address, late - MINUTE)
    checked = page.locator(f"{LATE} time[data-age]").first
    expect(checked).to_have_text("vor 13 Min.")
    expect(checked).to_have_attribute("title", re.compile(r"\d{4}, \d\d:\d\d (MEZ|MESZ)"))
    page.clock.fast_forward(30_000)
    expect(checked).to_have_text("vor 13 Min.")
    page.goto(address)
    page.clock.fast_forward(2 * 60 * 60 * 1000)
    expect(page.locator("#phy-fac-all-data time[data-age]").first).to_have_text("vor 2 Std.")
    page.clock.fast_forward(23 * 60 * 60 * 1000)
    expect(page.locator("#phy-fac-all-data time[data-age]").first).to_have_text(
        re.compile(r"^\d\d\.\d\d\.\d{4}, \d\d:\d\d$")
    )


def test_a_row_turns_grey_at_its_deadline_while_the_page_stays_open(
    browser: Browser, contexts: list[BrowserContext], address: str, late: dt.datetime
) -> None:
    page = at(browser, contexts, address, late - MINUTE)
    row = page.locator(LATE)
    green, grey = counted(page, "pass"), counted(page, "unknown")
    rows = page.locator('li[data-state="pass"]').count()
    assert rows == green
    contexts[-1].set_offline(True)
    page.clock.fast_forward(58_000)
    expect(row).to_have_attribute("data-state", "pass")
    page.clock.fast_forward(3_000)
    expect(row).to_have_attribute("data-state", "unknown")
    expect(row.locator(".badge")).to_have_text(re.compile(r"\?\s+unbekannt"))
    expect(row.locator(".reason")).to_have_text("Die Frist ist abgelaufen.")
    expect(row.locator(".proof")).to_contain_text("galt bis")
    lost = green - counted(page, "pass")
    assert lost >= 1
    assert counted(page, "unknown") == grey + lost
    expect(page.locator("#expired")).to_have_text(
        f"Abgelaufen, seit diese Seite geladen wurde: {lost}"
    )
    assert faults(page, "expired") == []


def test_a_page_that_was_kept_is_grey_when_it_is_opened_later(
    browser: Browser, contexts: list[BrowserContext], address: str, late: dt.datetime
) -> None:
    page = at(browser, contexts, address, late + dt.timedelta(days=3))
    # Of rows of this kind one has a proof that holds for five weeks.
    expect(page.locator("li[data-state=pass]")).to_have_count(1)
    expect(page.locator("li[data-state=fail]")).to_have_count(0)
    # A document holds for longer than a run.
    assert counted(page, "attested") > 5
    total = sum(int(one) for one in page.locator("[data-count] dd").all_inner_texts())
    assert total == 121
    # What was red is told by its deadline, and not any more by what was found.
    expect(page.locator("#phy-sep-physical .reason")).to_have_text("Die Frist ist abgelaufen.")


@pytest.mark.parametrize("locale", ["de-DE", "en-GB"])
def test_every_state_in_both_languages(
    browser: Browser, contexts: list[BrowserContext], address: str, locale: str
) -> None:
    contexts.append(browser.new_context(locale=locale, reduced_motion="reduce"))
    page = contexts[0].new_page()
    loaded: list[tuple[str, int]] = []
    page.on("response", lambda answer: loaded.append((answer.url, len(answer.body()))))
    page.goto(f"{address}#phy-sep-physical")
    page.wait_for_load_state("networkidle")
    assert {urlsplit(url).netloc for url, _ in loaded} == {urlsplit(address).netloc}
    assert sum(size for _, size in loaded) < WEIGHT
    expect(page.locator("#phy-sep-physical")).to_be_in_viewport()
    assert faults(page, "trust") == []
    assert contexts[0].cookies() == []


def test_everything_is_reached_by_keyboard(
    browser: Browser, contexts: list[BrowserContext], address: str
) -> None:
    contexts.append(browser.new_context(locale="de-DE"))
    page = contexts[0].new_page()
    page.goto(address)
    reached = []
    for _ in range(9):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        assert focused.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
        reached.append(focused.get_attribute("aria-label") or focused.inner_text())
    assert reached[:2] == ["Deutsch", "English"]
    assert reached[2].startswith("siegel verify http")
    assert reached[3:] == [
        "Signaturen", "Belege", "JSON", "Atom", "Prüfprogramm", "phy-fac-all-data: JSON",
    ]  # fmt: skip
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}claims/phy-fac-all-data.json")


def test_on_paper(browser: Browser, contexts: list[BrowserContext], address: str) -> None:
    contexts.append(browser.new_context(locale="de-DE", color_scheme="dark"))
    page = contexts[0].new_page()
    page.goto(address)
    page.emulate_media(media="print", color_scheme="dark")
    for chrome in ("header nav", ".links", ".id a"):
        expect(page.locator(chrome).first).to_be_hidden()
    colours = page.evaluate(
        """() => ["html", "main li .badge", "[data-count=fail] dd", "main li h4"].map(where => {
          const style = getComputedStyle(document.querySelector(where));
          return [style.color, where === "html" ? style.backgroundColor : "rgb(255, 255, 255)"];
        })"""
    )
    assert colours == [["rgb(0, 0, 0)", "rgb(255, 255, 255)"]] * 4
    row = page.locator(LATE)
    assert row.evaluate("one => getComputedStyle(one).breakInside") == "avoid"
    shown = row.locator("time[data-age]").first.evaluate(
        "one => getComputedStyle(one, '::after').content"
    )
    assert re.search(r"\d\d\.\d\d\.\d{4}, \d\d:\d\d ", shown)


def test_a_client_comes_here_from_the_chat(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], address: str
) -> None:
    contexts.append(browser.new_context(locale="de-DE"))
    client = ClientBrowser(contexts[0], demo.tenant("nordwind"))
    client.open_chat()
    with contexts[0].expect_page() as opened:
        client.chat.get_by_role("link", name="Wie das geprüft wird").click()
    expect(opened.value).to_have_url(f"{address}?lang=de")
    expect(opened.value.locator("h1")).to_have_text("Zusagen, die scheitern können.")


def test_it_greys_itself_when_no_server_answers_any_more(
    browser: Browser,
    demo: Demo,
    contexts: list[BrowserContext],
    address: str,
    late: dt.datetime,
) -> None:
    page = at(browser, contexts, address, late - MINUTE)
    demo.kill()
    page.clock.fast_forward(61_000)
    expect(page.locator(LATE)).to_have_attribute("data-state", "unknown")

"""The tour: each kind of person goes through their screens once, in German and in English.

What docs/tour.md shows is taken here, into var/screenshots/tour/<language>/, and copied to
docs/images/tour/ by hand when it is to change. A new screen gets a line in the journey of whoever
uses it, and a place in docs/tour.md.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.journeys.demo_process import Demo
from tests.journeys.people import AdviserBrowser, fill_sign_in
from tests.journeys.pictures import keep_picture

pytestmark = pytest.mark.browser

SIZE: ViewportSize = {"width": 1280, "height": 800}
WORDS = {
    "de-DE": {
        "sign in": "Anmelden", "administration": "Verwaltung", "trail": "Protokoll",
        "label given": "Schlagwort vergeben", "holds": "Das Protokoll ist unversehrt",
        "read only": "nichts ändern", "none": "Kein Eintrag passt", "no content": "Beraterinnen",
        "first steps": "6 von 8 sind erledigt", "answer": "Der Faktor gilt noch, ich prüfe ihn.",
    },
    "en-GB": {
        "sign in": "Sign in", "administration": "Administration", "trail": "Trail",
        "label given": "Label given", "holds": "The trail holds",
        "read only": "change nothing", "none": "No entry matches", "no content": "advisers",
        "first steps": "6 of 8 are done", "answer": "The factor still holds, let me check it.",
    },
}  # fmt: skip


class Tour:
    """One person's way through the product, with pictures."""

    def __init__(
        self, browser: Browser, demo: Demo, folder: Path, locale: str, person: int
    ) -> None:
        self.context: BrowserContext = browser.new_context(
            locale=locale, viewport=SIZE, timezone_id="Europe/Berlin"
        )
        self.person = AdviserBrowser(self.context, demo.tenant("nordwind"), person)
        self.page: Page = self.person.page
        self.words = WORDS[locale]
        self.language = locale[:2]
        self._folder = folder / "tour" / self.language

    def go(self, address: str) -> None:
        self.page.goto(self.person.tenant["desk"] + address)

    def picture(self, name: str) -> None:
        """Take it."""
        keep_picture(self.page, self._folder / f"{name}.png")

    def signs_in(self, *, lands_on: str) -> None:
        tenant = self.person.tenant
        self.go("sign-in/")
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.words["sign in"])
        fill_sign_in(self.page, tenant, self.person._person)
        expect(self.page).to_have_url(re.compile(re.escape(tenant["desk"] + lands_on)))

    def opens(self, view: str, name: str, messages: int) -> None:
        """A conversation of a list, with everything that was written in it."""
        self.person.go_to(view)
        self.page.locator("#rows a", has_text=name).click()
        expect(self.page.locator(".message")).to_have_count(messages)
        expect(self.page.locator("aside.context")).to_be_visible()


Begin = Callable[[int], Tour]


@pytest.fixture(params=["de-DE", "en-GB"])
def begin(
    request: pytest.FixtureRequest,
    browser: Browser,
    demo: Demo,
    images: Path,
    contexts: list[BrowserContext],
) -> Begin:
    def begins(person: int) -> Tour:
        tour = Tour(browser, demo, images, request.param, person)
        contexts.append(tour.context)
        return tour

    return begins


def test_an_adviser(begin: Begin) -> None:
    tour = begin(0)
    page = tour.page
    tour.signs_in(lands_on="inbox/")
    tour.person.go_to("open")
    expect(page.locator("#rows a")).to_have_count(6)
    page.locator("#more summary").click()
    expect(page.locator("#more [data-count=snoozed]")).to_have_text("1")
    tour.picture("inbox")
    tour.opens("mine", "Miriam Brandt", messages=4)
    # The first page of the policy is drawn in a child process, when somebody asks for it.
    first_page = page.locator("img.first-page")
    expect(first_page).to_have_js_property("complete", value=True)
    expect(first_page).not_to_have_js_property("naturalWidth", value=0)
    expect(page.locator(".message.note")).to_contain_text("@Mehmet Aydin")
    page.fill("#composer", tour.words["answer"])
    expect(page.locator("#draft[data-status=saved]")).to_be_visible()
    page.locator("#scroller").evaluate("element => { element.scrollTop = 150 }")
    tour.picture("conversation")
    page.fill("#composer", "")
    page.keyboard.press("Escape")
    for key, name in (("z", "snooze"), ("l", "labels"), ("Control+k", "palette")):
        page.keyboard.press(key)
        expect(page.locator("dialog [role=option]").first).to_be_visible()
        tour.picture(name)
        page.keyboard.press("Escape")
    page.keyboard.press("t")
    expect(page.locator("#choices [role=option]")).to_have_count(3)
    tour.picture("canned")
    page.fill("#composer", "")
    page.locator("#context .context-links a").click()
    expect(page.locator("#contact-files a")).to_have_count(1)
    tour.picture("contact")
    tour.go("search/?q=keller")
    expect(page.locator(".hit")).to_have_count(3)
    tour.picture("search")
    page.locator(".hit").last.click()
    expect(page.locator(".message.found")).to_be_in_viewport()


def test_a_second_adviser(begin: Begin) -> None:
    tour = begin(1)
    page = tour.page
    tour.signs_in(lands_on="inbox/")
    tour.person.go_to("free")
    expect(page.locator("#rows a")).to_have_count(2)
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    tour.picture("keyboard")
    tour.opens("mine", "Tilda", messages=3)
    page.keyboard.press("h")
    option = page.locator("[role=option]", has_text="Mehmet Aydin")
    option.click()
    expect(page.locator("#hand-over-note")).to_be_focused()
    tour.picture("hand-over")


def test_an_administrator(begin: Begin) -> None:
    tour = begin(2)
    page = tour.page
    tour.signs_in(lands_on="administration/")
    expect(page.locator("nav.pages h2")).to_have_text(tour.words["administration"])
    expect(page.locator("main")).to_contain_text(tour.words["first steps"])
    tour.picture("overview")
    tour.go("administration/people/")
    page.locator("details.panel > summary").click()
    page.fill("#name", "Nora Nagel")
    page.fill("#email", f"nora.{tour.language}@nordwind.example")
    page.locator("details.panel form button").click()
    expect(page.locator("#link")).to_have_value(re.compile("/invitation/#"))
    tour.picture("people")
    for name in ("organisation", "figures", "retention"):
        tour.go(f"administration/{name}/")
        tour.picture(name)
    # Content is for advisers: an administrator is told so.
    tour.go("inbox/")
    expect(page.locator("main")).to_contain_text(tour.words["no content"])


def test_an_auditor(begin: Begin) -> None:
    tour = begin(4)
    tour.signs_in(lands_on="administration/")
    expect(tour.page.locator(".notice")).to_contain_text(tour.words["read only"])
    tour.page.get_by_role("link", name=tour.words["trail"], exact=True).click()
    page = tour.page
    expect(page.locator("table.trail")).to_contain_text(tour.words["label given"])
    # The browser's zone, not the server's.
    expect(page.locator("input[name=zone]")).to_have_value("Europe/Berlin")
    expect(page.locator("td.when").first).not_to_contain_text("UTC")
    tour.picture("trail")
    page.select_option("#area", "files")
    page.locator("#trail-filters button").click()
    expect(page).to_have_url(re.compile(r"\?zone=Europe%2FBerlin&area=files$"))
    page.fill("#until", "2020-01-01")
    page.locator("#trail-filters button").click()
    expect(page.locator("main")).to_contain_text(tour.words["none"])
    with page.expect_download() as download:
        page.locator(".trail-ways a").first.click()
    assert download.value.suggested_filename.startswith("nordwind-versicherung-trail-")
    page.locator(".trail-ways a").last.click()
    page.locator(".trail-verify button").click()
    # Watched by the page's script until the job has ended.
    result = page.locator(".result").first
    expect(result).to_have_attribute("data-state", "good", timeout=30_000)
    expect(result.get_by_role("heading")).to_contain_text(tour.words["holds"])
    tour.picture("trail-verified")
    tour.context.grant_permissions(["clipboard-read", "clipboard-write"])
    result.locator("button[data-copies]").click()
    head = result.locator("code").first.inner_text()
    assert page.evaluate("navigator.clipboard.readText()") == head
    page.fill("#kept", head)
    page.locator(".trail-verify button").click()
    expect(page.locator(".result").first).to_have_attribute("data-state", "good", timeout=30_000)
    expect(page.locator(".result").first).to_contain_text(head)

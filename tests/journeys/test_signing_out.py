"""Whoever signs out leaves nothing of theirs in the browser, on whichever page they do."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.journeys.demo_process import Demo
from tests.journeys.people import AdviserBrowser

pytestmark = pytest.mark.browser

NAMES = "() => Object.keys(localStorage).filter(name => name.startsWith('siegel.')).sort()"
KEEP = "names => names.forEach(name => localStorage.setItem(name, '1'))"


@pytest.mark.parametrize(
    ("person", "address"),
    [
        (0, "inbox/"), (0, "inbox/#contact"), (0, "search/"), (0, "help/"), (0, "sign-out/"),
        (2, "administration/"), (2, "inbox/"),
    ],
)  # fmt: skip
def test_what_was_kept_is_forgotten(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], person: int, address: str
) -> None:
    nordwind = demo.tenant("nordwind")
    contexts.append(browser.new_context(locale="en-GB"))
    somebody = AdviserBrowser(contexts[0], nordwind, person)
    page = somebody.page
    somebody.sign_in()
    page.goto(nordwind["desk"] + address)
    if address.endswith("#contact"):
        somebody.go_to("mine")
        page.locator("#rows a", has_text="Miriam").click()
        page.locator("#header h2 a").click()
        expect(page.locator("#contact-page")).to_be_visible()
    own = page.locator("[data-signs-out]").first.get_attribute("data-signs-out")
    others = ["siegel.desk.another.draft.1", f"siegel.single-keys.{own}"]
    page.evaluate(KEEP, [f"siegel.desk.{own}.draft.1", f"siegel.desk.{own}.outbox", *others])
    if address != "sign-out/":
        page.locator("details.person summary").click()
    page.locator("[data-signs-out] button").first.click()
    expect(page).to_have_url(re.compile("/sign-in/"))
    assert page.evaluate(NAMES) == others


def test_a_draft_is_forgotten(browser: Browser, demo: Demo, contexts: list[BrowserContext]) -> None:
    contexts.append(browser.new_context(locale="en-GB"))
    adviser = AdviserBrowser(contexts[0], demo.tenant("nordwind"))
    page = adviser.page
    adviser.sign_in()
    adviser.go_to("mine")
    page.locator("#rows a", has_text="Miriam").click()
    page.fill("#composer", "What nobody else reads")
    expect(page.locator("#draft[data-status=saved]")).to_be_visible()
    assert "nobody else" in page.evaluate("JSON.stringify(localStorage)")
    page.locator("details.person summary").click()
    page.locator("#sign-out button").click()
    expect(page).to_have_url(re.compile("/sign-in/"))
    assert page.evaluate(NAMES) == []

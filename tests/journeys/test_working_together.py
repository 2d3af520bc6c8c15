"""Two advisers at one inbox: by keyboard, at the same time, and what each of them sees."""

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.journeys.demo_process import Demo
from tests.journeys.people import AdviserBrowser, ClientBrowser

pytestmark = pytest.mark.browser


@pytest.fixture
def both(
    browser: Browser, demo: Demo, contexts: list[BrowserContext]
) -> tuple[AdviserBrowser, AdviserBrowser, ClientBrowser]:
    """Two advisers, signed in, and somebody who has just asked something."""
    tenant = demo.tenant("nordwind")
    contexts += [browser.new_context(locale="en-GB") for _ in range(3)]
    client = ClientBrowser(contexts[2], tenant)
    client.open_chat()
    client.write("Does this cover hail?")
    client.everything_is_sent()
    advisers = AdviserBrowser(contexts[0], tenant), AdviserBrowser(contexts[1], tenant, person=1)
    for adviser in advisers:
        adviser.sign_in()
        adviser.go_to("free")
    return *advisers, client


def test_two_at_once(both: tuple[AdviserBrowser, AdviserBrowser, ClientBrowser]) -> None:
    anna, jonas, client = both
    for adviser in (anna, jonas):
        adviser.page.keyboard.press("j")
        adviser.page.wait_for_url("**/inbox/*-*/**")
        adviser.sees("Does this cover hail?")
    # Each sees that the other reads the same, and writes.
    expect(anna.page.locator("#beside")).to_have_text("Jonas Wieland reads as well.")
    expect(jonas.page.locator("#beside")).to_have_text("Anna Kern reads as well.")
    jonas.page.locator("#composer").press_sequentially("Yes")
    expect(anna.page.locator("#beside")).to_have_text("Jonas Wieland is writing.")
    expect(client.chat.locator("body")).not_to_contain_text("reads as well")
    jonas.page.keyboard.press("Escape")
    # Snoozed and back by one key each.
    jonas.page.keyboard.press("z")
    jonas.page.locator("[role=option]").first.wait_for()
    jonas.page.keyboard.press("Enter")
    expect(jonas.page.locator("#undo-text")).to_contain_text("Snoozed until")
    expect(jonas.page.locator("#rows", has_text="hail")).to_have_count(0)
    jonas.page.keyboard.press("u")
    expect(jonas.page.locator("#undo-text")).to_have_text("Undone.")
    jonas.sees_in_list("hail")
    # Handed over with a note: gone from here, and said so.
    jonas.page.keyboard.press("h")
    jonas.page.keyboard.type("anna")
    jonas.page.locator("[role=option]", has_text="Anna Kern").wait_for()
    jonas.page.keyboard.press("Enter")
    expect(jonas.page.locator("#hand-over-note")).to_be_focused()
    jonas.page.locator("#hand-over-note").fill("She asks about hail.")
    jonas.page.keyboard.press("Control+Enter")
    jonas.page.wait_for_url("**/inbox/?view=free")
    expect(jonas.page.locator("#undo-text")).to_contain_text("Anna Kern")
    expect(anna.page.locator(".who p")).to_contain_text("assigned to you")
    anna.page.keyboard.press("e")
    expect(anna.page.locator("#undo-text")).to_have_text("The conversation is resolved.")
    anna.page.keyboard.press("g")
    anna.page.keyboard.press("r")
    anna.page.wait_for_url("**/inbox/?view=resolved")
    anna.sees_in_list("hail")


def test_the_list_does_not_move_while_somebody_reads_it(
    both: tuple[AdviserBrowser, AdviserBrowser, ClientBrowser],
    browser: Browser,
    demo: Demo,
    contexts: list[BrowserContext],
) -> None:
    anna, _, _ = both
    first = anna.page.locator("#rows li").first
    first.hover()
    shown = first.get_attribute("data-id")
    contexts.append(browser.new_context(locale="en-GB"))
    another = ClientBrowser(contexts[-1], demo.tenant("nordwind"))
    another.open_chat()
    another.write("And storm?")
    another.everything_is_sent()
    expect(anna.page.locator("#fresh")).to_have_text("Show 1 new conversation")
    assert first.get_attribute("data-id") == shown
    anna.page.mouse.move(800, 400)
    anna.sees_in_list("And storm?")
    expect(anna.page.locator("#fresh")).to_be_hidden()
    assert anna.page.locator("#rows li").first.get_attribute("data-id") != shown

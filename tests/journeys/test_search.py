"""What a client writes is found at the desk a second later, and the hit leads to its place."""

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.journeys.demo_process import Demo
from tests.journeys.people import AdviserBrowser, ClientBrowser

pytestmark = pytest.mark.browser


def test_what_was_written_is_found(
    browser: Browser, demo: Demo, contexts: list[BrowserContext]
) -> None:
    nordwind = demo.tenant("nordwind")
    contexts += [browser.new_context(locale="de-DE") for _ in range(2)]
    client, adviser = ClientBrowser(contexts[0], nordwind), AdviserBrowser(contexts[1], nordwind)
    adviser.sign_in()
    client.open_chat()
    word = "Wohngebäudeversicherung"
    client.write(f"Betrifft die {word}, die seit März läuft")
    for number in range(60):
        client.write(f"Noch eine Zeile {number}")
    client.everything_is_sent()

    page = adviser.page
    page.locator("nav.rail a[href='/search/']").click()
    expect(page.locator("#words")).to_be_focused()
    # The last line is a second old, the first one a little more.
    page.wait_for_timeout(1000)
    page.locator("#words").press_sequentially("GEBAEUDEVERSICHERUNG")
    page.keyboard.press("Enter")
    hit = page.locator("#hits .hit")
    expect(hit).to_have_count(1)
    expect(hit.locator("mark")).to_have_text("gebäudeversicherung")

    page.keyboard.press("/")
    expect(page.locator("#words")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(hit).to_be_focused()
    page.keyboard.press("Enter")
    place = page.locator(".message.found")
    expect(place).to_contain_text(word)
    expect(place).to_be_in_viewport()
    expect(place).to_be_focused()
    # All that came afterwards is there too.
    expect(page.locator(".message .body", has_text="Noch eine Zeile 59")).to_have_count(1)
    expect(place).to_be_in_viewport()

    page.goto(f"{nordwind['desk']}search/?q=gibtesnicht")
    expect(page.locator(".notice")).to_contain_text("gibtesnicht")

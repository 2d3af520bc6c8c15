"""Slow answers, refusals, reloads and a visit that is over: the chat goes on by itself."""

import json
import time

import pytest
from playwright.sync_api import Browser, BrowserContext, Request, Route, expect

from tests.journeys.demo_process import Demo
from tests.journeys.people import AdviserBrowser, ClientBrowser

pytestmark = pytest.mark.browser

VISIT = "**/visit?lang=*"
TOO_MANY = "Gerade werden sehr viele Gespräche begonnen."


# In the browser, since Playwright cannot hold back an answer while the journey goes on.
SLOW = """
const real = window.fetch;
let looks = 0;
window.fetch = async (address, request) => {
  const isLook = String(address).startsWith("/visit") && request.method === "GET";
  const isSlow = isLook && ++looks === %d;
  const answer = await real(address, request);
  if (isSlow) await new Promise((resolve) => setTimeout(resolve, 1000));
  return answer;
};
"""


def test_an_answer_that_is_older_than_the_visit_stops_nothing(
    browser: Browser, demo: Demo, contexts: list[BrowserContext]
) -> None:
    nordwind = demo.tenant("nordwind")
    contexts += [browser.new_context(locale="de-DE") for _ in range(3)]
    adviser = AdviserBrowser(contexts[0], nordwind)
    adviser.sign_in()
    for delayed in (1, 2):
        contexts[delayed].add_init_script(SLOW % delayed)
        client = ClientBrowser(contexts[delayed], nordwind)
        client.button.click()
        client.write(f"Die erste Frage, {delayed}.")
        client.everything_is_sent()
        client.page.wait_for_timeout(1100)
        client.write(f"Und noch etwas, {delayed}.")
        client.everything_is_sent()
        adviser.go_to("free")
        adviser.open_conversation(f"Und noch etwas, {delayed}.")
        assert adviser.bodies() == [f"Die erste Frage, {delayed}.", f"Und noch etwas, {delayed}."]
        adviser.answer("Ich bin gleich bei Ihnen.")
        client.sees("Ich bin gleich bei Ihnen.")


def test_two_windows_share_the_conversation_that_one_of_them_began(
    browser: Browser, demo: Demo, contexts: list[BrowserContext]
) -> None:
    nordwind = demo.tenant("nordwind")
    contexts.append(browser.new_context(locale="de-DE"))
    one, other = (ClientBrowser(contexts[0], nordwind) for _ in range(2))
    other.open_chat()
    other.button.click()
    one.open_chat()
    one.write("Aus dem ersten Fenster.")
    one.everything_is_sent()
    other.open_chat()
    other.sees("Aus dem ersten Fenster.")
    other.write("Aus dem zweiten.")
    other.everything_is_sent()
    one.sees("Aus dem zweiten.")


def test_the_question_comes_back_and_a_new_conversation_begins_empty(
    browser: Browser, demo: Demo, contexts: list[BrowserContext]
) -> None:
    contexts.append(browser.new_context(locale="de-DE"))
    client = ClientBrowser(contexts[0], demo.tenant("hansebank"))
    form = client.chat.locator("#introduction")
    client.open_chat()
    client.write("Ist jemand da?")
    expect(form).to_be_visible()
    client.page.reload()
    client.open_chat()
    client.sees("Ist jemand da?")
    expect(form).to_be_visible()

    # The visit is over, and the network was away for a moment.
    contexts[0].clear_cookies()
    chat = next(frame for frame in client.page.frames if "chat." in frame.url)
    chat.evaluate("dispatchEvent(new Event('offline'))")
    client.sees("Ist jemand da?", times=0)
    expect(client.chat.locator("#greeting")).to_be_visible()
    client.write("Ein neues Anliegen.")
    client.everything_is_sent()
    client.sees("Ein neues Anliegen.")
    assert client.bodies() == ["Ein neues Anliegen."]


def test_a_start_that_is_refused_says_why_and_waits(
    browser: Browser, demo: Demo, contexts: list[BrowserContext]
) -> None:
    contexts.append(browser.new_context(locale="de-DE"))
    asked: list[float] = []

    def refuse(route: Route, request: Request) -> None:
        if request.method != "POST":
            route.continue_()
            return
        asked.append(time.monotonic())
        if len(asked) > 2:
            route.continue_()
            return
        wait = 600 if len(asked) == 1 else 2
        told = {"code": "too-many-starts", "message": TOO_MANY, "retry_after": wait}
        route.fulfill(status=429, content_type="application/json", body=json.dumps(told))

    contexts[0].route(VISIT, refuse)
    client = ClientBrowser(contexts[0], demo.tenant("nordwind"))
    client.open_chat()
    client.write("Eine Frage.")
    client.is_told(TOO_MANY)
    client.page.reload()
    client.open_chat()
    client.is_told(TOO_MANY)
    assert "Keine Verbindung" not in client.chat.locator("#notice").inner_text()
    client.everything_is_sent()
    client.sees("Eine Frage.")
    assert len(asked) == 3
    assert asked[2] - asked[1] >= 2
    expect(client.chat.locator("#notice")).to_be_hidden()


def test_what_comes_back_to_be_edited_stands_below_what_was_written_since(
    browser: Browser, demo: Demo, contexts: list[BrowserContext]
) -> None:
    contexts.append(browser.new_context(locale="de-DE"))
    client = ClientBrowser(contexts[0], demo.tenant("nordwind"))
    client.open_chat()
    client.write("Vorher.")
    client.everything_is_sent()
    chat = next(frame for frame in client.page.frames if "chat." in frame.url)
    failed = {"key": "k", "conversation": "", "body": "Alt.", "at": "", "failed": "Zu lang."}
    keep = "failed => localStorage.setItem('siegel.outbox', JSON.stringify([failed]))"
    chat.evaluate(keep, failed)
    client.page.reload()
    client.open_chat()
    client.composer.fill("Neu.")
    client.chat.locator(".failed button").first.click()
    expect(client.composer).to_have_value("Neu.\n\nAlt.")
    # A key that meets nothing in particular is meant for the message.
    client.chat.locator("#presence").click()
    client.page.keyboard.press("Enter")
    client.everything_is_sent()
    client.sees("Neu.\n\nAlt.")

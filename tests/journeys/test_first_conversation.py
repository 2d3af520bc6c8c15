"""A client on a foreign page and an adviser write to each other while the server is killed."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize, expect

from tests.journeys.accessibility import violations
from tests.journeys.demo_process import Demo
from tests.journeys.people import AdviserBrowser, ClientBrowser

pytestmark = pytest.mark.browser


def test_both_see_everything_once_although_the_server_was_killed(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], images: Path
) -> None:
    nordwind = demo.tenant("nordwind")
    sizes: list[ViewportSize] = [{"width": 1280, "height": 860}, {"width": 1440, "height": 900}]
    contexts += [browser.new_context(locale="de-DE", viewport=size) for size in sizes]
    client = ClientBrowser(contexts[0], nordwind)
    adviser = AdviserBrowser(contexts[1], nordwind)
    adviser.sign_in()
    adviser.comes_to("free")

    client.open_chat()
    client.is_told("Es ist jemand da")
    client.is_told("Ihre Nachrichten werden verschlüsselt übertragen")
    client.write("Guten Tag, mein Beitrag ist gestiegen.")
    client.everything_is_sent()

    adviser.sees_in_list("mein Beitrag ist gestiegen")  # Without a reload.
    adviser.open_conversation("mein Beitrag ist gestiegen")
    adviser.answer("Guten Tag, ich sehe gleich nach.")
    client.sees("ich sehe gleich nach")

    client.composer.type("Gern")
    expect(adviser.page.locator("#typing")).to_contain_text("schreibt")
    client.composer.fill("")

    demo.kill()
    client.is_told("Keine Verbindung")
    client.write("Ich habe die Police vor mir.")
    client.write("Der Neuwertfaktor steht auf Seite 3.")
    adviser.answer("Danke. Welche Nummer steht oben?")
    client.composer.fill("Ein angefangener Satz")
    demo.start()
    client.page.reload()

    client.open_chat()
    expect(client.composer).to_have_value("Ein angefangener Satz")
    client.everything_is_sent()
    adviser.everything_is_sent()
    adviser.sees("Der Neuwertfaktor steht auf Seite 3.")
    for both in (adviser, client):
        both.sees("Welche Nummer steht oben?")

    own = [body for body in adviser.bodies() if "Police" in body or "Neuwertfaktor" in body]
    assert own == ["Ich habe die Police vor mir.", "Der Neuwertfaktor steht auf Seite 3."]
    assert sorted(client.bodies()) == sorted(adviser.bodies())
    assert len(set(client.bodies())) == len(client.bodies()) == 5

    chat = next(frame for frame in client.page.frames if "chat." in frame.url)
    assert violations(chat) == []
    assert violations(adviser.page) == []
    client.composer.fill("")
    client.page.screenshot(path=images / "journey-client.png")
    adviser.page.screenshot(path=images / "journey-desk.png")


def test_resolving_and_writing_again(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], images: Path
) -> None:
    hansebank = demo.tenant("hansebank")
    contexts.append(browser.new_context(locale="en-GB"))
    contexts.append(browser.new_context(locale="en-GB", color_scheme="dark"))
    client = ClientBrowser(contexts[0], hansebank)
    adviser = AdviserBrowser(contexts[1], hansebank)
    adviser.sign_in()
    adviser.go_to("free")
    client.open_chat()
    client.write("Is my card blocked?")
    client.everything_is_sent()
    adviser.open_conversation("Is my card blocked?")
    page = adviser.page

    page.keyboard.press("a")
    expect(page.locator("#header")).to_contain_text("assigned to you")
    page.keyboard.press("e")
    expect(page.locator("#resolved")).to_be_visible()
    client.is_told("The conversation is resolved")
    page.locator("#resolved [data-action=resolve]").click()
    expect(page.locator("#composer-form")).to_be_visible()
    page.locator(".who p").click()
    page.keyboard.press("e")
    expect(page.locator("#resolved")).to_be_visible()
    page.screenshot(path=images / "desk-dark.png")

    client.write("One more question.")
    adviser.sees("One more question.")
    expect(page.locator("#composer-form")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    assert violations(page) == []


def test_nothing_that_is_written_is_ever_executed(
    browser: Browser, demo: Demo, contexts: list[BrowserContext]
) -> None:
    hansebank = demo.tenant("hansebank")
    contexts += [browser.new_context(locale="en-GB") for _ in range(2)]
    client = ClientBrowser(contexts[0], hansebank)
    adviser = AdviserBrowser(contexts[1], hansebank)
    adviser.sign_in()
    alarms: list[str] = []
    for page in (client.page, adviser.page):
        page.on("dialog", lambda dialog: alarms.append(dialog.message))
        page.on(
            "console", lambda entry: alarms.append(entry.text) if entry.type == "error" else None
        )
    hostile = [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "<svg/onload=alert(1)><style>*{display:none}</style>",
        "{{ 7*7 }} {% debug %} ${7*7} javascript:alert(1)",
        "abc\u202egnp.exe \u2066\u2067 \u200b",
        "W" * 10_000,
        "👩‍👩‍👧‍👦 ﷽ \u0e49\u0e49\u0e49",
    ]
    client.open_chat()
    for text in hostile:
        client.write(text)
    client.everything_is_sent()
    adviser.go_to("free")
    adviser.page.locator("#rows li[data-id] a").first.click()
    expect(adviser.page.locator(".message")).to_have_count(len(hostile))
    assert adviser.bodies() == client.bodies() == hostile
    assert alarms == []
    # A word of 10,000 letters wraps; nothing runs out of the page sideways.
    width = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert adviser.page.evaluate(width)


def test_an_unread_answer_shows_on_the_page_and_in_its_title(
    browser: Browser, demo: Demo, contexts: list[BrowserContext]
) -> None:
    nordwind = demo.tenant("nordwind")
    contexts += [browser.new_context(locale="de-DE") for _ in range(2)]
    client = ClientBrowser(contexts[0], nordwind)
    adviser = AdviserBrowser(contexts[1], nordwind)
    adviser.sign_in()
    title = client.page.title()
    client.open_chat()
    client.write("Gilt die Police auch im Ausland?")
    client.everything_is_sent()
    client.button.click()
    adviser.go_to("free")
    adviser.open_conversation("Gilt die Police auch im Ausland?")
    adviser.answer("Ja, bis zu drei Monate.")
    expect(client.page).to_have_title(f"(1) {title}")
    expect(client.button).to_contain_text("1")
    client.open_chat()
    client.sees("Ja, bis zu drei Monate.")
    expect(client.page).to_have_title(title)
    expect(adviser.page.locator(".own .read", has_text="gelesen")).to_be_visible()
    assert client.context.cookies(nordwind["client_page"]) == []

"""When nobody is there, a client is asked how to be reached; nobody has to answer."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.journeys.accessibility import violations
from tests.journeys.demo_process import Demo
from tests.journeys.people import ClientBrowser

pytestmark = pytest.mark.browser


def test_who_is_asked_how_to_be_reached(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], images: Path
) -> None:
    hansebank = demo.tenant("hansebank")
    contexts.append(
        browser.new_context(
            locale="de-DE", viewport={"width": 390, "height": 844}, color_scheme="dark"
        )
    )
    client = ClientBrowser(contexts[0], hansebank)
    client.open_chat()
    client.write("Ist jemand da?")
    form = client.chat.locator("#introduction")
    expect(form).to_be_visible()
    client.chat.locator("#introduction-name").fill("Vera Vogt")
    client.chat.locator("#introduction-email").fill("vera")
    form.locator("button[type=submit]").click()
    client.is_told("Bitte prüfen Sie die E-Mail-Adresse")
    client.page.screenshot(path=images / "widget-phone.png")
    chat = next(frame for frame in client.page.frames if "chat." in frame.url)
    assert violations(chat) == []
    client.chat.locator("#introduction-email").fill("vera@kunden.example")
    form.locator("button[type=submit]").click()
    expect(form).to_be_hidden()

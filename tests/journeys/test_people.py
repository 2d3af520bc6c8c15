"""An administrator invites an adviser, who answers a client, and lets them go again."""

import re
import time

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.demo_process import Demo
from tests.journeys.people import AdviserBrowser, ClientBrowser

pytestmark = pytest.mark.browser

PASSWORD = "noch ein Satz nur zur Probe"


def invite(administrator: AdviserBrowser, name: str, email: str) -> str:
    """Fill the form in, and return the link."""
    page = administrator.page
    page.goto(f"{administrator.tenant['desk']}administration/people/")
    page.locator("details.panel > summary").click()
    page.fill("#name", name)
    page.fill("#email", email)
    page.locator("details.panel form button").click()
    link = page.locator("#link").input_value()
    assert re.fullmatch(r"http://[^/]+/invitation/#sgl_i_[0-9A-Za-z]{61}", link)
    return link


def accept(newcomer: Page, link: str) -> None:
    """Open the link in another browser and choose a password, at the second attempt."""
    asked: list[str] = []
    newcomer.on("request", lambda request: asked.append(request.url))
    newcomer.goto(link)
    expect(newcomer.locator("h1")).to_contain_text("Willkommen")
    assert newcomer.url == link.split("#", maxsplit=1)[0]
    assert [url for url in asked if link.split("#")[1] in url.split("#")[0]] == []
    newcomer.fill("#password", "kurz")
    newcomer.locator("main form:has(#password) button.primary").click()
    expect(newcomer.get_by_role("alert")).to_contain_text("15")
    newcomer.locator("button[data-reveals]").click()
    newcomer.fill("#password", PASSWORD)
    expect(newcomer.locator("#password")).to_have_attribute("type", "text")
    newcomer.locator("main form:has(#password) button.primary").click()
    expect(newcomer.locator("#desk")).to_be_visible()


def test_invited_answering_and_gone(
    browser: Browser, demo: Demo, contexts: list[BrowserContext]
) -> None:
    nordwind = demo.tenant("nordwind")
    contexts += [browser.new_context(locale="de-DE") for _ in range(4)]
    contexts[0].grant_permissions(["clipboard-read", "clipboard-write"])
    administrator = AdviserBrowser(contexts[0], nordwind, person=2)
    administrator.sign_in()
    link = invite(administrator, "Nora Nagel", "nora.nagel@nordwind.example")
    page = administrator.page
    page.locator("button[data-copies]").click()
    expect(page.locator("#link-copied")).to_have_text("Kopiert")
    assert page.evaluate("navigator.clipboard.readText()") == link

    accept(contexts[1].new_page(), link)

    client = ClientBrowser(contexts[2], nordwind)
    client.open_chat()
    client.write("Wer ist neu bei Ihnen?")
    client.everything_is_sent()
    nora = AdviserBrowser(contexts[1], nordwind)
    nora.go_to("free")
    nora.open_conversation("Wer ist neu bei Ihnen?")
    nora.answer("Ich, seit heute.")
    client.sees("Ich, seit heute.")

    page.goto(f"{nordwind['desk']}administration/people/")
    page.locator(".entry a", has_text="Nora Nagel").click()
    panel = page.locator("details.panel", has_text="Deaktivieren")
    panel.locator("summary").click()
    panel.locator("button.danger").click()
    began = time.monotonic()
    expect(page.locator("main [role=status]")).to_contain_text("überall abgemeldet")
    expect(nora.page.locator("#notice")).to_contain_text("Sitzung ist beendet", timeout=5000)
    assert time.monotonic() - began < 5
    nora.page.reload()
    expect(nora.page.locator("#login")).to_be_visible()

    colleague = AdviserBrowser(contexts[3], nordwind)
    colleague.sign_in()
    colleague.go_to("free")
    colleague.open_conversation("Ich, seit heute.")
    expect(colleague.page.locator("#flow")).to_contain_text("Wieder frei: Nora Nagel")
    colleague.answer("Nun bin ich für Sie da.")
    client.sees("Nun bin ich für Sie da.")

    # The link has been used.
    again = contexts[3].new_page()
    again.goto(link)
    expect(again.locator("h1")).to_contain_text("gilt nicht")

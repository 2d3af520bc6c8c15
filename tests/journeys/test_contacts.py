"""A person with two browsers: merged and split at the desk, blocked, and what their chat shows."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.accessibility import violations
from tests.journeys.demo_process import Demo
from tests.journeys.people import AdviserBrowser, ClientBrowser

pytestmark = pytest.mark.browser


def introduced(client: ClientBrowser, text: str, name: str, email: str) -> None:
    client.open_chat()
    client.write(text)
    client.everything_is_sent()
    form = client.chat.locator("#introduction")
    expect(form).to_be_visible()
    client.chat.locator("#introduction-name").fill(name)
    client.chat.locator("#introduction-email").fill(email)
    form.locator("button[type=submit]").click()
    expect(form).to_be_hidden()


def open_contact(adviser: AdviserBrowser, excerpt: str) -> Page:
    adviser.go_to("free")
    adviser.open_conversation(excerpt)
    adviser.page.locator("#context .context-links a").click()
    expect(adviser.page.locator("#contact-page h1")).to_be_visible()
    return adviser.page


@pytest.fixture
def both(
    browser: Browser, demo: Demo, contexts: list[BrowserContext]
) -> tuple[ClientBrowser, ClientBrowser, Page]:
    """Two browsers of one person, and the page of the second one at the desk."""
    nordwind = demo.tenant("nordwind")
    contexts += [browser.new_context(locale="en-GB") for _ in range(3)]
    first, second = (ClientBrowser(context, nordwind) for context in contexts[:2])
    introduced(first, "My first question", "Zoë Ziegler", "zoe@kunden.example")
    introduced(second, "My second question", "Zoe Z.", "zoe@kunden.example")
    adviser = AdviserBrowser(contexts[2], nordwind)
    adviser.sign_in()
    return first, second, open_contact(adviser, "My second question")


def test_merged_split_and_blocked(both: tuple[ClientBrowser, ClientBrowser, Page]) -> None:
    merged_and_split(both[0], both[2])
    blocked_and_unblocked(*both)


def merged_and_split(first: ClientBrowser, page: Page) -> None:
    main = page.locator("main")
    expect(main).not_to_contain_text("My first question")
    page.get_by_role("link", name="Merge with another contact").click()
    page.get_by_label("The whole e-mail address").fill("zoë")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name=re.compile("Zoë Ziegler")).click()
    expect(page.locator(".both")).to_contain_text("My first question")
    expect(page.locator(".both")).to_contain_text("My second question")
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(main).to_contain_text("My first question")
    expect(main).to_contain_text("My second question")
    # The clients notice nothing, also after a reload.
    first.page.reload()
    first.open_chat()
    first.sees("My first question")
    first.sees("My second question", times=0)
    page.get_by_role("button", name="Split this contact off").click()
    expect(main).not_to_contain_text("My first question")


def blocked_and_unblocked(first: ClientBrowser, second: ClientBrowser, page: Page) -> None:
    page.get_by_role("link", name="Block …").click()
    expect(page.locator("main")).to_contain_text("no message, file or name is taken")
    page.get_by_role("button", name="Block", exact=True).click()
    expect(page.locator(".notice")).to_contain_text("Blocked")
    # At once, in the chat that is open.
    second.is_told("The organisation has ended this conversation")
    expect(second.chat.locator("#composer-form")).to_be_hidden()
    expect(second.chat.locator("#attach")).to_be_hidden()
    chat = next(frame for frame in second.page.frames if "chat." in frame.url)
    assert violations(chat) == []
    second.page.reload()
    second.button.click()
    second.is_told("The organisation has ended this conversation")
    expect(second.chat.locator("#composer-form")).to_be_hidden()
    expect(first.chat.locator("#composer-form")).to_be_visible()

    page.get_by_role("button", name="Unblock").click()
    expect(second.chat.locator("#composer-form")).to_be_visible()
    second.write("Thank you")
    second.everything_is_sent()
    second.sees("Thank you")


def test_kept_from_deletion_until_an_administrator_lifts_it(
    browser: Browser, demo: Demo, contexts: list[BrowserContext]
) -> None:
    nordwind = demo.tenant("nordwind")
    contexts += [browser.new_context(locale="de-DE") for _ in range(2)]
    adviser = AdviserBrowser(contexts[0], nordwind)
    adviser.sign_in()
    adviser.go_to("mine")
    adviser.page.locator("#rows a", has_text="Miriam Brandt").click()
    adviser.page.get_by_role("link", name="Vor dem Löschen bewahren").click()
    adviser.page.fill("#reason", "Rechtsstreit")
    adviser.page.locator("main form button.primary").click()
    expect(adviser.page.locator("#context .on-hold")).to_contain_text("Rechtsstreit")

    administrator = AdviserBrowser(contexts[1], nordwind, person=2)
    administrator.sign_in()
    page = administrator.page
    page.goto(f"{nordwind['desk']}administration/retention/")
    row = page.locator("tr", has_text="Rechtsstreit")
    row.locator("summary").click()
    row.locator("form button").click()
    expect(row).to_have_count(0)
    adviser.page.reload()
    expect(adviser.page.locator("#context")).to_be_visible()
    expect(adviser.page.locator("#context .on-hold")).to_have_count(0)

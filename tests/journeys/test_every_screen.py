"""Every screen of both sides, light and dark, wide and narrow: axe finds nothing."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.journeys.accessibility import violations
from tests.journeys.demo_process import Demo
from tests.journeys.people import AdviserBrowser, ClientBrowser

pytestmark = pytest.mark.browser

SIZES: list[ViewportSize] = [
    {"width": 1920, "height": 1080},
    {"width": 1100, "height": 800},
    {"width": 320, "height": 640},
]


def faults(page: Page, name: str) -> list[str]:
    """What is wrong with a screen, in all sizes and both colour schemes."""
    found = []
    for size in SIZES:
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            where = f"{name} {size['width']} {scheme}"
            found += [f"{where}: {violation}" for violation in violations(page)]
        width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        if page.evaluate(width) > 0:
            found.append(f"{name} {size['width']}: runs out sideways")
    return found


@pytest.mark.parametrize("locale", ["de-DE", "en-GB"])
def test_the_desk(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], locale: str
) -> None:
    nordwind = demo.tenant("nordwind")
    contexts += [browser.new_context(locale=locale) for _ in range(2)]
    adviser = AdviserBrowser(contexts[0], nordwind)
    page = adviser.page
    page.goto(f"{nordwind['desk']}sign-in/")
    found = faults(page, "sign-in")
    page.fill("#login", "nobody@nordwind.example")
    page.fill("#password", "wrong")
    page.locator("form:has(#password) button[type=submit]").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found += faults(page, "sign-in refused")
    page.set_viewport_size(SIZES[0])
    adviser.sign_in()
    for tab in ("mine", "free", "resolved"):
        adviser.go_to(tab)
        found += faults(page, f"inbox {tab}")
    page.set_viewport_size(SIZES[0])
    page.locator("details.person summary").click()
    found += faults(page, "person menu")
    page.set_viewport_size(SIZES[0])
    adviser.go_to("resolved")
    page.locator("#rows a").first.click()
    expect(page.locator(".message")).to_have_count(3)
    found += faults(page, "resolved conversation")
    page.set_viewport_size(SIZES[0])
    adviser.go_to("mine")
    page.locator("#rows a").first.click()
    expect(page.locator(".message")).to_have_count(3)
    page.fill("#composer", "Ein Entwurf, der bleibt")
    found += faults(page, "conversation")
    page.reload()
    expect(page.locator("#composer")).to_have_value("Ein Entwurf, der bleibt")
    page.fill("#composer", "")
    for address in ("sign-out/", "switched-off/", "nothing"):
        page.goto(nordwind["desk"] + address)
        found += faults(page, address)
    administrator = AdviserBrowser(contexts[1], nordwind, person=2)
    administrator.sign_in()
    found += faults(administrator.page, "administration")
    administrator.page.goto(f"{nordwind['desk']}inbox/")
    found += faults(administrator.page, "no permission")
    assert found == []


@pytest.mark.parametrize("locale", ["de-DE", "en-GB"])
def test_the_chat(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], locale: str
) -> None:
    hansebank = demo.tenant("hansebank")
    contexts.append(browser.new_context(locale=locale))
    page = contexts[0].new_page()
    language = locale[:2]
    found = []
    for address in ("", "privacy/", "imprint/"):
        page.goto(f"{hansebank['chat']}/{address}?lang={language}")
        assert page.locator("html").get_attribute("lang") == language
        found += faults(page, f"chat {address}")
    client = ClientBrowser(contexts[0], hansebank)
    found += faults(client.page, "client page")
    assert found == []


def test_the_visitors_cookie_is_partitioned_by_the_page(
    browser: Browser, demo: Demo, contexts: list[BrowserContext]
) -> None:
    nordwind = demo.tenant("nordwind")
    contexts.append(browser.new_context(locale="de-DE"))
    client = ClientBrowser(contexts[0], nordwind)
    client.open_chat()
    client.write("Guten Tag")
    client.everything_is_sent()
    cookie = next(c for c in client.context.cookies() if c["name"] == "__Host-visitor")
    assert "nordwind-versicherung.localhost" in str(cookie.get("partitionKey"))
    assert cookie["httpOnly"]
    assert cookie["secure"]
    # The same browser on the tenant's own address is a stranger.
    stranger = client.context.new_page()
    stranger.goto(f"{nordwind['chat']}/?lang=de")
    expect(stranger.locator("#greeting")).to_be_visible()
    assert stranger.evaluate("fetch('/visit').then(r => r.json()).then(v => v.known)") is False


def test_after_a_minute_without_answer_the_client_is_asked(
    browser: Browser, demo: Demo, contexts: list[BrowserContext]
) -> None:
    hansebank = demo.tenant("hansebank")
    contexts += [browser.new_context(locale="de-DE") for _ in range(2)]
    AdviserBrowser(contexts[1], hansebank).sign_in()
    client = ClientBrowser(contexts[0], hansebank)
    client.page.clock.install()
    client.page.reload()
    client.open_chat()
    client.is_told("Es ist jemand da")
    client.write("Ist jemand da?")
    client.everything_is_sent()
    form = client.chat.locator("#introduction")
    expect(form).to_be_hidden()
    client.page.clock.fast_forward(61_000)
    expect(form).to_be_visible()

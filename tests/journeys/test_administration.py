"""An administrator sets up an organisation, in German, and clients notice."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.demo_process import Demo
from tests.journeys.people import ClientBrowser, fill_sign_in

pytestmark = pytest.mark.browser


def administrator(contexts: list[BrowserContext], demo: Demo, slug: str) -> Page:
    """Somebody who administers, signed in, at the overview."""
    tenant = demo.tenant(slug)
    person = next(p for p in tenant["people"] if "administrator" in p["roles"])
    page = contexts[-1].new_page()
    page.goto(tenant["desk"])
    fill_sign_in(page, tenant, person)
    page.goto(f"{tenant['desk']}administration/")
    return page


def test_an_administrator_goes_through_the_first_steps(
    browser: Browser, demo: Demo, contexts: list[BrowserContext]
) -> None:
    contexts.append(browser.new_context(locale="de-DE", timezone_id="Europe/Berlin"))
    page = administrator(contexts, demo, "nordwind")
    first_steps = page.locator(".checklist")
    expect(first_steps).to_be_visible()
    expect(first_steps.locator("li:has-text('Erreichbarkeit')")).to_contain_text("erledigt")
    page.get_by_role("button", name="Grenzen so lassen, wie sie sind").click()
    expect(first_steps.locator("li:has-text('Dateien')")).to_contain_text("erledigt")

    page.get_by_role("link", name="Organisation", exact=True).click()
    page.get_by_label("Name", exact=True).fill("")
    page.get_by_label("Impressum").fill("Nordwind Versicherung\nMusterkai 2")
    page.locator("#organisation button.primary").click()
    expect(page.get_by_role("alert")).to_contain_text("Es wurde nichts gespeichert")
    page.get_by_role("alert").get_by_role("link", name="Name").click()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    expect(page.get_by_label("Impressum")).to_have_value("Nordwind Versicherung\nMusterkai 2")
    page.keyboard.type("Nordwind")
    page.get_by_label("Englisch").uncheck()
    page.get_by_label("Englisch").check()
    page.get_by_role("button", name="Vorschau, ohne zu speichern").click()
    expect(page.locator(".as-clients-see").last).to_contain_text("Musterkai 2")
    page.locator("#organisation button.primary").click()
    expect(page.get_by_role("status").first).to_have_text("Gespeichert.")
    expect(page.locator("#organisation .changed").first).to_contain_text(
        "geändert von Petra Sommer"
    )

    page.get_by_role("link", name="Erreichbarkeit", exact=True).click()
    page.get_by_label("Samstag").fill("22-2")
    page.get_by_label("Samstag").press("Enter")
    expect(page.locator("#id_saturday_error")).to_contain_text("geht über Mitternacht")
    page.get_by_label("Samstag").fill("9 bis 12 Uhr")
    page.get_by_label("Samstag").press("Enter")
    expect(page.locator("main")).to_contain_text("Mo–Fr 8–18 Uhr, Sa 9–12 Uhr")

    page.get_by_role("link", name="Schlagwörter", exact=True).click()
    page.get_by_label("Neue Schlagwörter").fill("Vertrag\nSchaden")
    page.get_by_role("button", name="Anlegen").click()
    expect(page.get_by_role("status")).to_have_text("2 Schlagwörter wurden angelegt.")
    page.get_by_role("link", name="Textbausteine", exact=True).click()
    page.get_by_role("link", name="Neuen Text schreiben").click()
    page.get_by_label("Kürzel").fill("hallo")
    page.get_by_label("Titel").fill("Gruß")
    page.get_by_label("Text", exact=True).fill("Guten Tag {client.name}")
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator(".rows")).to_contain_text(":hallo")
    page.get_by_role("link", name="Zahlen", exact=True).click()
    expect(page.locator("main")).to_contain_text("Die letzten 30 Tage")


def test_clients_read_when_somebody_is_back(
    browser: Browser, demo: Demo, contexts: list[BrowserContext]
) -> None:
    contexts.append(browser.new_context(locale="de-DE", timezone_id="America/New_York"))
    client = ClientBrowser(contexts[-1], demo.tenant("hansebank"))
    client.open_chat()
    expect(client.chat.locator("#presence")).to_contain_text("täglich 7–20 Uhr")
    expect(client.chat.locator("#presence")).to_contain_text("Zeitzone Europe/Berlin")

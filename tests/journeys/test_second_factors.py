"""Passkeys, an authenticator app, recovery codes and proving again, as somebody meets them.

Chromium's virtual authenticator stands in for the finger (WebAuthn.addVirtualAuthenticator).
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.demo_process import Demo
from tests.journeys.people import AdviserBrowser, Tenant, fill_sign_in, next_code
from tests.journeys.sweeping import Sweep
from tests.journeys.test_every_screen import OF_SECOND_FACTORS

pytestmark = pytest.mark.browser

# Ten codes are hashed like passwords, which takes long where much else is going on.
HASHING = 30_000
# Whose account it is, by language: each sets up their own.
PEOPLE = {"de-DE": 1, "en-GB": 3}


def with_a_finger(context: BrowserContext, page: Page) -> None:
    """A device that keeps passkeys and always finds the right finger on it."""
    authenticator = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": authenticator})


def press(page: Page, selector: str) -> None:
    """By the keyboard."""
    button = page.locator(selector).first
    button.focus()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")


def sign_out(page: Page, desk: str) -> None:
    page.goto(f"{desk}sign-out/")
    press(page, "form[data-signs-out] button")
    expect(page.locator("#password")).to_be_visible()


@pytest.mark.parametrize("locale", PEOPLE)
def test_second_factors(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], images: Path, locale: str
) -> None:
    nordwind = demo.tenant("nordwind")
    contexts.append(browser.new_context(locale=locale))
    somebody = AdviserBrowser(contexts[0], nordwind, PEOPLE[locale])
    page, sweep = (
        somebody.page,
        Sweep(somebody.page, nordwind["desk"], images / "signing-in" / locale[:2]),
    )
    with_a_finger(contexts[0], page)
    somebody.sign_in()
    sweep.go("account/factors/")
    codes = sets_up_a_passkey(sweep)
    sign_out(page, nordwind["desk"])
    # Neither address nor password.
    press(page, "form[data-passkey] button")
    expect(page).to_have_url(re.compile("/inbox/"))
    seed = sets_up_an_app(nordwind, sweep)
    sign_out(page, nordwind["desk"])

    fill_sign_in(page, nordwind, somebody._person)
    expect(page.locator("#code")).to_be_visible()
    sweep.look("second step")
    sweep.refused("form:has(#code) button", code="nothing")
    page.fill("#code", next_code(nordwind, seed))
    page.locator("form:has(#code) [name=trust]").check()
    press(page, "form:has(#code) button")
    expect(page).to_have_url(re.compile("/inbox/"))
    sign_out(page, nordwind["desk"])
    # This browser is trusted now: the password is enough, but not for what matters.
    fill_sign_in(page, nordwind, somebody._person)
    expect(page).to_have_url(re.compile("/inbox/"))
    proves_again(sweep)
    sweep.go("account/factors/")
    press(page, "form[action*='/trusted/'] button")
    expect(page.get_by_role("status")).to_be_visible()
    sign_out(page, nordwind["desk"])

    fill_sign_in(page, nordwind, somebody._person)
    page.fill("#code", codes[0].lower())
    press(page, "form:has(#code) button")
    expect(page).to_have_url(re.compile("/inbox/"))
    page.goto(f"{nordwind['desk']}account/factors/")
    press(page, "form[action$='/recovery-codes/'] button")
    expect(page.locator("#codes li")).to_have_count(10, timeout=HASHING)
    sweep.look("new recovery codes")
    assert sweep.found == []
    assert sweep.seen >= OF_SECOND_FACTORS


def sets_up_a_passkey(sweep: Sweep) -> list[str]:
    """Returns the recovery codes that are shown once."""
    page = sweep.page
    sweep.go("account/factors/passkey/")
    page.fill("#name", "Finger")
    press(page, "form[data-passkey] button")
    expect(page.locator("#codes li")).to_have_count(10, timeout=HASHING)
    sweep.look("recovery codes")
    codes = page.locator("#codes li").all_inner_texts()
    with page.expect_download() as download:
        page.locator("[data-downloads]").click()
    assert download.value.path().read_text().split() == codes
    page.locator("a.button.primary").click()
    expect(page.locator(".entries .entry", has_text="Finger")).to_be_visible()
    sweep.look("with a passkey")
    return codes


def sets_up_an_app(tenant: Tenant, sweep: Sweep) -> str:
    """Returns its seed, as the page shows it."""
    page = sweep.page
    sweep.go("account/factors/app/")
    sweep.refused("main form button.primary", code="nothing")
    seed = page.locator(".seed").inner_text().replace(" ", "")
    expect(page.locator("img.qr")).to_be_visible()
    page.fill("#code", next_code(tenant, seed))
    press(page, "main form button.primary")
    expect(page.locator(".entries .entry")).to_have_count(2, timeout=HASHING)
    sweep.look("with an app")
    return seed


def proves_again(sweep: Sweep) -> None:
    """What was entered waits until the finger has been shown."""
    page = sweep.page
    page.goto(f"{sweep.desk}account/factors/")
    page.locator(".entry summary").first.click()
    page.locator(".entry input[name=name]").first.fill("Zeigefinger")
    press(page, ".entry form[action$='/rename/'] button")
    expect(page).to_have_url(re.compile(r"/account/confirm/\?.*kept=[\w-]{22}"))
    sweep.look("proving again")
    sweep.refused("form:has(#password) button", password="wrong", code="wrong")
    press(page, "form[data-passkey] button")
    expect(page.locator("form[action$='/rename/'] button")).to_be_focused()
    sweep.look("to be carried out")
    page.keyboard.press("Enter")
    expect(page.locator(".entries .entry", has_text="Zeigefinger")).to_be_visible()

"""Somebody sees where they are signed in, and ends it there by the keyboard; in both languages."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.accessibility import faults
from tests.journeys.demo_process import Demo
from tests.journeys.people import AdviserBrowser
from tests.journeys.pictures import keep_picture

pytestmark = pytest.mark.browser

WORDS = {
    "de-DE": ("Geräte", "dieses Gerät", "Die Sitzung ist beendet.", "nur noch auf diesem Gerät"),
    "en-GB": ("Devices", "this device", "The session is ended.", "on this device only"),
}


def press(page: Page, selector: str) -> None:
    """Go to something by the keyboard and press it."""
    aim = page.locator(selector).first
    for _ in range(60):
        if aim.evaluate("element => element === document.activeElement"):
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"The keyboard does not get to {selector}.")


@pytest.mark.parametrize("locale", WORDS)
def test_other_devices_are_signed_out(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], images: Path, locale: str
) -> None:
    title, this, ended, only = WORDS[locale]
    nordwind = demo.tenant("nordwind")
    contexts += [browser.new_context(locale=locale) for _ in range(3)]
    own, *others = [AdviserBrowser(context, nordwind) for context in contexts]
    for each in (own, *others):
        each.sign_in()
    page = own.page
    press(page, "details.person summary")
    press(page, ".menu a[href='/account/']")
    press(page, "a[href='/account/devices/']")
    expect(page.locator("h1")).to_have_text(title)
    entries = page.locator(".entries .entry")
    expect(entries).to_have_count(3)
    expect(entries.filter(has_text=this)).to_have_count(1)
    expect(entries.first).to_contain_text("Chrome")
    assert faults(page, "devices") == []
    keep_picture(page, images / "signing-in" / locale[:2] / "my-devices.png")

    press(page, f".entry:not(:has-text('{this}')) button")
    expect(page.get_by_role("status")).to_contain_text(ended)
    expect(entries).to_have_count(2)
    assert faults(page, "one ended") == []

    began = time.monotonic()
    press(page, "main > form button")
    expect(page.get_by_role("status")).to_contain_text(only)
    expect(entries).to_have_count(1)
    # Open desks notice it by themselves.
    for each in others:
        expect(each.page.locator("#notice a[href^='/sign-in/']")).to_be_visible(timeout=5000)
    assert time.monotonic() - began < 6

    press(page, ".entry button")
    expect(page.locator("#login")).to_be_visible()

"""Passwords in the browser: the rules beside the standards, and one's own, judged while typed."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.journeys.demo_process import Demo
from tests.journeys.people import AdviserBrowser
from tests.journeys.sweeping import Sweep

both_languages = pytest.mark.parametrize("locale", ["de-DE", "en-GB"])
pytestmark = pytest.mark.browser
OF_PASSWORDS = {"password-rules", "account-password"}
# What only changes something, or is read by scripts.
NO_SCREENS = {
    "judge-password-rules", "agree-to-password-rules", "withdraw-password-rules",
    "judge-my-password",
}  # fmt: skip


@both_languages
def test_the_rules_are_judged_while_somebody_types(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], images: Path, locale: str
) -> None:
    nordwind = demo.tenant("nordwind")
    contexts.append(browser.new_context(locale=locale))
    administrator = AdviserBrowser(contexts[0], nordwind, person=2)
    administrator.sign_in()
    page, sweep = (
        administrator.page,
        Sweep(administrator.page, nordwind["desk"], images / "signing-in" / locale[:2]),
    )
    for query in ("", "?audience=client", "?preset=composition"):
        sweep.go(f"administration/passwords/{query}")
    page.goto(f"{nordwind['desk']}administration/passwords/")
    digits = page.locator('[data-standing="digits"] .departs')
    expect(digits).to_have_text("")
    page.fill("#id_digits", "1")
    expect(digits).to_contain_text("ASVS 6.2.5")
    page.fill("#id_min_length", "9")
    expect(page.locator("#weaker")).to_be_visible()
    page.fill("#sample", "kurz")
    expect(page.locator("#sample-said li").first).to_contain_text("9")
    sweep.look("judged")
    page.fill("#id_min_length", "3")
    expect(page.locator('[data-standing="min_length"] .departs')).to_contain_text("8")
    page.locator("#knobs button.primary").click()
    expect(page.locator(".summary")).to_be_visible()
    sweep.look("refused")
    assert sweep.found == []
    assert "password-rules" in sweep.seen


@both_languages
def test_ones_own_is_judged_and_shown_on_demand(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], images: Path, locale: str
) -> None:
    nordwind = demo.tenant("nordwind")
    contexts.append(browser.new_context(locale=locale))
    adviser = AdviserBrowser(contexts[0], nordwind)
    adviser.sign_in()
    page, sweep = (
        adviser.page,
        Sweep(adviser.page, nordwind["desk"], images / "signing-in" / locale[:2]),
    )
    sweep.go("account/password/")
    page.locator("#new").press_sequentially("siegel")
    expect(page.locator("#judged .broken")).to_have_count(2)
    page.fill("#new", "seventeen quiet herons by the mill")
    expect(page.locator("#judged .kept")).to_have_count(1)
    page.locator("[data-reveals=new]").click()
    expect(page.locator("#new")).to_have_attribute("type", "text")
    sweep.look("judged")
    page.fill("#current", "wrong")
    page.locator("main form button.primary").click()
    expect(page.locator(".notice.bad")).to_be_visible()
    sweep.look("refused")
    assert sweep.found == []
    assert "account-password" in sweep.seen

"""What is done by mail, through a real Postfix: a forgotten password, and an invitation."""

import re
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.demo_process import Demo
from tests.journeys.people import AdviserBrowser
from tests.journeys.sweeping import Sweep
from tests.postfix import SENDER, Postfix, needs_postfix, real_postfix

pytestmark = [pytest.mark.browser, *needs_postfix]
both_languages = pytest.mark.parametrize("locale", ["de-DE", "en-GB"])
NEW = "noch ein Satz nur zur Probe"


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    with real_postfix() as server:
        yield server


@pytest.fixture(scope="module")
def mailing(tmp_path_factory: pytest.TempPathFactory, postfix: Postfix) -> Iterator[Demo]:
    """A demo that sends mail."""
    running = Demo(
        tmp_path_factory.mktemp("mailing") / "data",
        SIEGEL_SMTP_HOST="localhost",
        SIEGEL_SMTP_PORT=str(postfix.port),
        SIEGEL_SMTP_FROM=SENDER,
        SIEGEL_SMTP_CA_FILE=str(postfix.authority.file),
    )
    running.start()
    yield running
    running.close()


def mail_to(postfix: Postfix, address: str) -> EmailMessage:
    """The newest one; it takes a moment."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found = [mail for mail in postfix.mails() if mail["To"] == address]
        if found:
            return found[-1]
        time.sleep(0.1)
    raise TimeoutError(address)


def link_in(mail: EmailMessage, desk: str) -> str:
    """As people click on it; the demo has another port, and no certificate."""
    plain = next(mail.iter_parts()).get_content()
    [(path, token)] = re.findall(r"https://nordwind\.localhost/(\w+/)#(\w+)", plain)
    return f"{desk}{path}#{token}"


def choose(page: Page, password: str) -> None:
    page.fill("#password", password)
    page.locator("main form:has(#password) button.primary").click()


@both_languages
def test_a_forgotten_password(
    browser: Browser,
    mailing: Demo,
    postfix: Postfix,
    contexts: list[BrowserContext],
    images: Path,
    locale: str,
) -> None:
    postfix.forget()
    nordwind = mailing.tenant("nordwind")
    person = nordwind["people"][["de-DE", "en-GB"].index(locale)]
    contexts.append(browser.new_context(locale=locale))
    page = contexts[0].new_page()
    sweep = Sweep(page, nordwind["desk"], images / "signing-in" / locale[:2])
    sweep.go("sign-in/")
    sweep.follow("a[href='/forgotten/']")
    sweep.refused("main form:has(#email) button", email="nobody")
    page.fill("#email", person["email"])
    page.locator("main form:has(#email) button.primary").click()
    expect(page.locator("[role=status]")).to_contain_text(person["email"])
    sweep.look("asked")
    mail = mail_to(postfix, person["email"])
    assert mail["Content-Language"] == locale[:2]
    link = link_in(mail, nordwind["desk"])
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator("#password")).to_be_visible()
    assert page.url == link.split("#", maxsplit=1)[0]
    sweep.look()
    sweep.refused("main form:has(#password) button.primary", password="kurz")
    choose(page, NEW)
    expect(page.locator("[role=status]")).to_be_visible()
    sweep.look("chosen")
    # Nobody is signed in by it.
    page.locator("main a.button").click()
    page.fill("#login", person["email"])
    page.fill("#password", NEW)
    page.locator("form:has(#password) button[type=submit]").click()
    expect(page.locator("nav.rail")).to_be_visible()
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator("a[href='/forgotten/']")).to_be_visible()
    sweep.look("that does not hold")
    assert sweep.found == []


@both_languages
def test_an_invitation(
    browser: Browser,
    mailing: Demo,
    postfix: Postfix,
    contexts: list[BrowserContext],
    images: Path,
    locale: str,
) -> None:
    postfix.forget()
    nordwind = mailing.tenant("nordwind")
    contexts += [browser.new_context(locale=locale) for _ in range(2)]
    administrator = AdviserBrowser(contexts[0], nordwind, person=2)
    administrator.sign_in()
    page, address = administrator.page, f"nora.{locale.lower()}@nordwind.example"
    sweep = Sweep(page, nordwind["desk"], images / "signing-in" / locale[:2])
    page.goto(f"{nordwind['desk']}administration/people/")
    page.locator("details.panel > summary").first.click()
    page.fill("#name", "Nora Nagel")
    page.fill("#email", address)
    page.locator("details.panel form button").click()
    expect(page.locator("#link")).to_be_visible()
    sweep.look("on its way")
    newcomer = contexts[1].new_page()
    newcomer.goto(link_in(mail_to(postfix, address), nordwind["desk"]))
    choose(newcomer, NEW)
    expect(newcomer.locator("#desk")).to_be_visible()
    sweep.go("administration/mail/")
    page.locator("form[action='/administration/mail/test/'] button").click()
    expect(page.locator("main [role=status]")).to_be_visible()
    mail_to(postfix, nordwind["people"][2]["email"])
    sweep.look("after a test")
    assert sweep.found == []

"""Every screen of both sides in both languages: axe finds nothing, nothing runs out sideways,
nothing is said in the other language; in German light and dark, wide and narrow, in English narrow.

A new screen gets a line in the journey of whoever uses it; a test tells which is missing.
"""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.urls import get_resolver
from playwright.sync_api import Browser, BrowserContext, expect

from tests.client_signing import pem_of
from tests.journeys.accessibility import faults
from tests.journeys.demo_process import Demo
from tests.journeys.people import AdviserBrowser, ClientBrowser
from tests.journeys.sweeping import Sweep
from tests.journeys.test_passwords import NO_SCREENS as NO_SCREENS_OF_PASSWORDS
from tests.journeys.test_passwords import OF_PASSWORDS

pytestmark = pytest.mark.browser

both_languages = pytest.mark.parametrize("locale", ["de-DE", "en-GB"])

OF_ADVISERS = {
    "account_login", "account_logout", "account_inactive", "inbox", "conversation", "hold",
    "contact", "merge-contact", "block-contact", "search", "help", "my-devices", "forgotten",
    "reset", "proof", "client-link", "end-client-sign-ins",
}  # fmt: skip
OF_EVERYBODY_IN_ADMINISTRATION = {
    "administration", "people", "person", "teams", "team", "trail", "trail-verify", "retention",
    "organisation", "office-hours", "chat", "texts", "labels", "figures", "recognising", "mail",
    "second-factors",
}  # fmt: skip
OF_ADMINISTRATORS = OF_EVERYBODY_IN_ADMINISTRATION | {
    "inbox", "end-all-sessions", "trail-export", "retention-rule", "new-text", "text",
    "delete-text", "new-labels", "label", "delete-label", "invitation",
    "withdraw-client-key",
}  # fmt: skip
OF_EVERYBODY = {"trust"}
# In the journey of tests/journeys/test_second_factors.py.
OF_SECOND_FACTORS = {
    "mfa_authenticate", "confirm", "my-factors", "add-app", "add-passkey", "recovery-codes",
}  # fmt: skip
# What only changes something, or is read by scripts and other programs.
NO_SCREENS = {
    "home", "my-account", "end-my-session", "end-my-others", "end-session", "end-sessions",
    "known-labels", "header", "context", "assign", "hand-over", "release", "assignees",
    "resolve", "reopen", "snooze", "wake", "label", "unlabel", "transcript", "change-contact",
    "split-contact", "unblock-contact", "composing", "notes", "mentionable", "mentions-seen",
    "canned", "draft", "pending", "call-back", "unsent", "forget-unsent", "logo", "ticket",
    "language", "deactivate", "reactivate", "withdraw", "default-team", "add-member",
    "remove-member", "delete-team", "lift-hold", "checklist", "claims", "claim", "feed", "heads",
    "evidence", "verifier", "start-reset", "mail-test", "mail-again",
    "rename-factor", "remove-factor", "forget-device", "reset-factors",
    "sign-in-passkey",
}  # fmt: skip


def test_no_screen_is_left_out() -> None:
    rooms = ("", ".desk", ".desk.account", ".desk.administration", ".trust")
    names = {
        str(name)
        for room in rooms
        for name in get_resolver(f"siegel{room}.urls").reverse_dict
        if isinstance(name, str)
    }
    assert names == (
        OF_ADVISERS | OF_ADMINISTRATORS | OF_EVERYBODY | OF_SECOND_FACTORS | NO_SCREENS
        | OF_PASSWORDS | NO_SCREENS_OF_PASSWORDS
    )  # fmt: skip


@both_languages
def test_an_advisers_screens(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], locale: str
) -> None:
    nordwind = demo.tenant("nordwind")
    contexts.append(browser.new_context(locale=locale))
    adviser = AdviserBrowser(contexts[0], nordwind)
    sweep = Sweep(adviser.page, nordwind["desk"])
    sweep.go("forgotten/", "reset/", "sign-in/")
    sweep.refused("form:has(#password) button", login="nobody@nordwind.example", password="wrong")
    adviser.sign_in()
    the_lists(adviser, sweep)
    conversations(adviser, sweep)
    a_contact(adviser, sweep)
    for words in ("", "?q=police", "?q=nothingofthis", "?q=x", "?q=police&label=unknown"):
        sweep.go(f"search/{words}")
    sweep.go(
        "account/",
        "account/devices/",
        "help/",
        "administration/",
        "nothing",
        "switched-off/",
        "sign-out/",
    )
    assert sweep.found == []
    assert sweep.seen >= OF_ADVISERS


def the_lists(adviser: AdviserBrowser, sweep: Sweep) -> None:
    page = adviser.page
    for view in ("mine", "free", "snoozed", "mentions", "resolved", "open"):
        adviser.go_to(view)
        expect(page.locator("#rows a, #rows .nothing").first).to_be_visible()
        sweep.look()
    page.locator("#more summary").click()
    sweep.look("more lists")
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.locator("[role=option]", has_text="Kündigung").click()
    expect(page.locator("#rows .nothing")).to_be_visible()
    sweep.look("no conversation of a label")
    page.locator("details.person summary").click()
    sweep.look("person")


def conversations(adviser: AdviserBrowser, sweep: Sweep) -> None:
    page = adviser.page
    for view, name in (("free", "Emil"), ("open", "Tilda"), ("resolved", "Samir")):
        adviser.go_to(view)
        page.locator("#rows a", has_text=name).click()
        expect(page.locator(".message").first).to_be_visible()
        sweep.look(name)
    adviser.go_to("mine")
    page.locator("#rows a", has_text="Miriam").click()
    expect(page.locator(".message")).to_have_count(4)
    page.fill("#composer", "Ein Entwurf, der bleibt")
    expect(page.locator("#draft")).not_to_be_empty()
    sweep.look("with a draft")
    page.keyboard.press("Escape")
    for key in ("h", "z", "l", "Control+k", "?"):
        page.locator("#scroller").focus()
        page.keyboard.press(key)
        expect(page.locator("dialog[open]")).to_be_visible()
        sweep.look(f"dialog {key}")
        page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("#composer")).to_have_value("Ein Entwurf, der bleibt")
    page.fill("#composer", ":")
    expect(page.locator("#choices [role=option]")).to_have_count(3)
    sweep.look("canned replies")
    page.fill("#composer", "")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.fill("#composer", "@")
    expect(page.locator("#choices [role=option]").first).to_be_visible()
    sweep.look("mentioning")
    page.fill("#composer", "")
    page.keyboard.press("Escape")
    for number in (0, 1):
        page.locator(".message .file-buttons button").nth(number).click()
        expect(page.locator("dialog[open]")).to_be_visible()
        sweep.look(f"file dialog {number}")
        page.keyboard.press("Escape")
    here = page.url.split("?")[0].removeprefix(sweep.desk)
    for asked in ("proof/", "client-link/"):
        sweep.go(here + asked)
        page.locator("main form button").first.click()
        expect(page.locator("main strong code")).to_be_visible()
        sweep.look("the code")
    sweep.go(here)
    page.goto(f"{sweep.desk}{here}hold/")
    sweep.look()
    sweep.refused("main form button.primary", reason="ab")


def a_contact(adviser: AdviserBrowser, sweep: Sweep) -> None:
    page = adviser.page
    adviser.go_to("mine")
    page.locator("#rows a", has_text="Miriam").click()
    page.locator("#context .context-links a").click()
    expect(page.locator("#contact-files a").first).to_be_visible()
    contact = page.url.removeprefix(adviser.tenant["desk"])
    sweep.look()
    sweep.go(f"{contact}merge/", f"{contact}merge/?find=zz", f"{contact}merge/?find=samir")
    sweep.follow(".found a", "both")
    sweep.go(f"{contact}sign-ins/", f"{contact}block/")
    sweep.follow("main form button.primary", "blocked")
    page.locator("main form[action$='/unblock/'] button").click()
    expect(page.locator("main form[action$='/unblock/']")).to_have_count(0)
    sweep.refused("form.known button", email="no address")


@both_languages
def test_an_administrators_screens(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], locale: str
) -> None:
    nordwind = demo.tenant("nordwind")
    contexts += [browser.new_context(locale=locale) for _ in range(2)]
    administrator = AdviserBrowser(contexts[0], nordwind, person=2)
    administrator.sign_in()
    sweep = Sweep(administrator.page, nordwind["desk"])
    everything_of_the_administration(sweep)
    sweep.go("inbox/", "administration/people/end-sessions/")
    sweep.go("administration/people/end-sessions/?done=not-confirmed")
    invitations(sweep, Sweep(contexts[1].new_page(), nordwind["desk"]), locale)
    administrator.proves_again()
    what_is_refused(sweep)
    page = administrator.page
    page.goto(f"{nordwind['desk']}administration/people/")
    page.locator(".entry a").first.click()
    page.locator("details:has(form[action$='/reset/']) > summary").click()
    sweep.follow("form[action$='/reset/'] button", "a link for a new password")
    page.goto(f"{nordwind['desk']}administration/labels/")
    page.fill("#id_names", f"Vertrag {locale}\nSchaden {locale}")
    sweep.follow("main section form button", "labels made")
    sweep.follow(".rows a")
    sweep.follow("main .actions a >> nth=1")
    page.goto(f"{nordwind['desk']}administration/texts/")
    sweep.follow(".rows a")
    sweep.follow("main .actions a >> nth=1")
    sweep.go("administration/trail/?messages=on", "administration/trail/?until=2020-01-01")
    sweep.go("administration/trail/?since=2020-01-02&until=2020-01-01")
    administrator.proves_again()
    sweep.go("administration/trail/export/?format=pdf")
    assert sweep.found == []
    assert sweep.seen >= OF_ADMINISTRATORS


def everything_of_the_administration(sweep: Sweep) -> None:
    """What administrators may change, and auditors see as well."""
    for address in (
        "", "people/", "teams/", "trail/", "trail/verify/", "retention/", "organisation/",
        "office-hours/", "chat/", "texts/", "labels/", "figures/", "clients/", "mail/",
        "second-factors/",
    ):  # fmt: skip
        sweep.go(f"administration/{address}")
    for place in ("people/", "teams/"):
        page = sweep.page
        sweep.go(f"administration/{place}")
        page.locator(".entry a").first.click()
        expect(page.locator("main a").first).to_be_visible()
        sweep.go(page.url.split("/", 3)[3])


def invitations(sweep: Sweep, stranger: Sweep, locale: str) -> None:
    """Somebody with a very long name is invited, and opens the link in another browser."""
    page = sweep.page
    page.goto(f"{sweep.desk}administration/people/")
    page.locator("details.panel > summary").click()
    page.fill("#name", "A" * 120)
    page.fill("#email", f"{locale}.lang@nordwind.example")
    page.locator("details.panel form button").click()
    link = page.locator("#link").input_value()
    sweep.look("a fresh link")
    stranger.page.goto(f"{sweep.desk}invitation/")
    expect(stranger.page.locator("#incomplete")).to_be_visible()
    stranger.look("without a token")
    # Only the fragment changes, so that the page stays; its script hears of it.
    stranger.page.goto(link)
    expect(stranger.page.locator("#password")).to_be_visible()
    stranger.look()
    stranger.refused("main form:has(#password) button.primary", password="short")
    stranger.page.goto("about:blank")
    stranger.page.goto(f"{sweep.desk}invitation/#unknown")
    expect(stranger.page.locator("#incomplete, #password")).to_have_count(0)
    stranger.look("that does not hold")
    sweep.found += stranger.found
    sweep.seen |= stranger.seen


def what_is_refused(sweep: Sweep) -> None:
    page, below = sweep.page, f"{sweep.desk}administration/"
    page.goto(f"{below}people/")
    page.locator("details.panel > summary").click()
    sweep.refused("details.panel form button")
    page.goto(f"{below}teams/")
    sweep.refused("form.panel button", name="schaden")
    page.goto(f"{below}organisation/")
    sweep.refused("#organisation button.primary", id_name="")
    page.goto(f"{below}office-hours/")
    sweep.refused("main form button.primary", id_saturday="22-2")
    page.goto(f"{below}chat/")
    sweep.refused("main form button.primary", id_page_origins="no origin")
    page.goto(f"{below}clients/")
    sweep.refused("main form button.primary", id_name="Website", id_key="no key")
    page.fill("#id_key", pem_of(Ed25519PrivateKey.generate()))
    sweep.follow("main form button.primary", "a key")
    sweep.follow(".entry a", "withdrawing")
    page.goto(f"{below}texts/new/")
    sweep.look()
    sweep.refused("main form button.primary", id_shortcut="a b")
    page.goto(f"{below}labels/")
    sweep.refused("main section form button", id_names="x" * 61)
    page.goto(f"{below}retention/")
    sweep.refused("form.rule button", days="x")
    page.fill("#days", "3650")
    page.locator("form.rule button").click()
    expect(page.locator("main .actions a")).to_be_visible()
    sweep.look("asked")
    page.goto(f"{below}trail/verify/")
    sweep.refused(".trail-verify button", kept="no head")
    page.fill("#kept", "")
    page.locator(".trail-verify button").click()
    expect(page.locator(".result[data-state=good]").first).to_be_visible(timeout=30_000)
    sweep.look("verified")


@both_languages
def test_an_auditors_screens(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], locale: str
) -> None:
    hansebank = demo.tenant("hansebank")
    contexts.append(browser.new_context(locale=locale))
    auditor = AdviserBrowser(contexts[0], hansebank, person=2)
    auditor.sign_in()
    sweep = Sweep(auditor.page, hansebank["desk"])
    everything_of_the_administration(sweep)
    assert sweep.found == []
    assert sweep.seen >= OF_EVERYBODY_IN_ADMINISTRATION


@both_languages
def test_everybodys_screens(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], locale: str
) -> None:
    contexts.append(browser.new_context(locale=locale))
    sweep = Sweep(contexts[0].new_page(), demo.tenant("nordwind")["desk"])
    sweep.go("trust/")
    expect(sweep.page.locator("main li").first).to_be_visible()
    assert sweep.found == []
    assert sweep.seen >= OF_EVERYBODY


@both_languages
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
    adviser = AdviserBrowser(contexts[1], hansebank)
    adviser.sign_in()
    adviser.comes_to("free")
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

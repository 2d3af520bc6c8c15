"""A client whom the website names, on two devices; what they began before; proof by a code."""

import dataclasses
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect

from tests.client_signing import pem_of
from tests.journeys.accessibility import violations
from tests.journeys.demo_process import Demo
from tests.journeys.people import AdviserBrowser, ClientBrowser
from tests.journeys.pictures import keep_picture

pytestmark = pytest.mark.browser


@dataclasses.dataclass
class Website:
    """The organisation's own, which knows who is signed in there."""

    host: str
    private: ed25519.Ed25519PrivateKey
    made: int = 0

    def names(self, client: ClientBrowser, customer: str, **told: str) -> None:
        """As a page of it does that was just shown to a customer."""
        self.made += 1
        now = int(time.time())
        claims: dict[str, Any] = {
            "aud": self.host.split(":")[0],
            "sub": customer,
            "jti": str(self.made),
            "iat": now,
            "exp": now + 60,
            **told,
        }
        token = jwt.encode(claims, self.private, "EdDSA", headers={"kid": "demo"})
        client.page.wait_for_function("() => 'siegelChat' in window")
        client.page.evaluate("token => siegelChat.identify(token)", token)


def frame_of(client: ClientBrowser) -> Frame:
    return next(frame for frame in client.page.frames if "chat." in frame.url)


def enter_key(administrator: AdviserBrowser, private: ed25519.Ed25519PrivateKey) -> None:
    page = administrator.page
    page.goto(f"{administrator.tenant['desk']}administration/clients/")
    page.fill("#id_name", "Website der Probe")
    page.fill("#id_key", pem_of(private))
    page.fill("#id_kid", "demo")
    page.locator("main form button.primary").click()
    expect(page.get_by_role("status").first).to_contain_text("eingetragen")


def code_on(page: Page) -> str:
    code = page.locator("main strong code").inner_text()
    assert re.fullmatch(r"\d{4} \d{4}", code)
    return code


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, furnished: Path) -> Iterator[Demo]:
    """One that would send mail, if its server were there: what it waits with is kept."""
    folder = tmp_path_factory.mktemp("with-mail")
    shutil.copytree(furnished, folder, dirs_exist_ok=True)
    running = Demo(
        folder / "data", SIEGEL_SMTP_HOST="mail.invalid", SIEGEL_SMTP_FROM="chat@bank.example"
    )
    running.start()
    yield running
    running.close()


@pytest.fixture
def website(browser: Browser, demo: Demo, contexts: list[BrowserContext]) -> Website:
    hansebank = demo.tenant("hansebank")
    contexts.append(browser.new_context(locale="de-DE"))
    place = next(n for n, one in enumerate(hansebank["people"]) if "administrator" in one["roles"])
    administrator = AdviserBrowser(contexts[0], hansebank, person=place)
    administrator.sign_in()
    website = Website(hansebank["host"], ed25519.Ed25519PrivateKey.generate())
    enter_key(administrator, website.private)
    return website


def test_a_client_is_known_on_two_devices(
    browser: Browser,
    demo: Demo,
    contexts: list[BrowserContext],
    website: Website,
    images: Path,
) -> None:
    hansebank = demo.tenant("hansebank")
    contexts += [browser.new_context(locale="de-DE") for _ in range(4)]
    _, first, second, third, fourth = contexts
    phone = ClientBrowser(first, hansebank)
    said: list[str] = []
    phone.page.on("console", lambda message: said.append(message.text))
    phone.open_chat()
    phone.write("Geschrieben, bevor ich angemeldet war")
    phone.everything_is_sent()
    # A token of somebody else's is told to whoever builds the website, and to nobody else.
    stranger = Website(website.host, ed25519.Ed25519PrivateKey.generate())
    stranger.names(phone, "4711")
    phone.page.wait_for_event("console", lambda one: "signature-refused" in one.text)
    phone.sees("Geschrieben, bevor ich angemeldet war")
    # Recognised, and asked.
    website.names(phone, "4711", name="Vera Vogt")
    joining = phone.chat.locator("#joining")
    expect(joining).to_be_visible()
    phone.is_told("Angemeldet als Vera Vogt")
    expect(phone.chat.locator(".message")).to_have_count(0)
    assert violations(frame_of(phone)) == []
    pictures = images / "signing-in" / "de"
    keep_picture(phone.page, pictures / "client-joining.png")
    phone.chat.locator("#joining-yes").click()
    expect(joining).to_be_hidden()
    phone.sees("Geschrieben, bevor ich angemeldet war")
    phone.is_told("Dieses Gespräch gehört jetzt zu Ihrem Konto")
    # The other device.
    laptop = ClientBrowser(second, hansebank)
    website.names(laptop, "4711")
    laptop.button.click()
    laptop.sees("Geschrieben, bevor ich angemeldet war")
    laptop.write("Und jetzt am Laptop")
    phone.sees("Und jetzt am Laptop")
    proves_who_they_are(AdviserBrowser(third, hansebank), laptop, fourth, pictures)
    # They see where they are signed in, and end it.
    panel = laptop.chat.locator("#client")
    panel.locator("summary").click()
    devices = panel.locator("#client-devices li")
    expect(devices).to_have_count(3)
    expect(devices.filter(has_text="dieses Gerät")).to_have_count(1)
    assert violations(frame_of(laptop)) == []
    while (ends := devices.locator("button")).count():
        before = ends.count()
        ends.first.click()
        expect(ends).to_have_count(before - 1)
    expect(phone.chat.locator("#client")).to_be_hidden(timeout=10_000)
    phone.is_told("Sie sind abgemeldet")
    # What is typed goes with whoever is not there any more.
    laptop.composer.fill("Noch nicht gesendet")
    laptop.page.evaluate("siegelChat.signOut()")
    expect(panel).to_be_hidden()
    laptop.is_told("Sie sind abgemeldet. Was nicht gesendet war, ist gelöscht.")
    expect(laptop.composer).to_have_value("")
    signs_out_before_the_frame_is_there(laptop, website)


def signs_out_before_the_frame_is_there(client: ClientBrowser, website: Website) -> None:
    """A page shows that nobody is signed in there any more, and is left a moment later."""
    website.names(client, "4711")
    expect(client.chat.locator("#client")).to_be_visible()
    client.page.add_init_script("addEventListener('siegelchat', () => siegelChat.signOut())")
    client.page.reload()
    client.button.click()
    expect(client.chat.locator("#client")).to_be_hidden()
    # The cookie holds nobody any more, and not only this page shows nobody.
    state = frame_of(client).evaluate("fetch('/visit').then(answer => answer.json())")
    assert state["client"] is None
    # Named and signed out at once: nobody is there in the end.
    website.names(client, "4711")
    client.page.evaluate("siegelChat.signOut()")
    client.page.wait_for_timeout(2_000)
    state = frame_of(client).evaluate("fetch('/visit').then(answer => answer.json())")
    assert state["client"] is None


def proves_who_they_are(
    adviser: AdviserBrowser, client: ClientBrowser, device: BrowserContext, pictures: Path
) -> None:
    """Live on both sides; then the adviser hands over a link for a third device."""
    adviser.sign_in()
    adviser.go_to("free")
    adviser.open_conversation("Und jetzt am Laptop")
    page = adviser.page
    conversation = page.url
    page.locator("#context a", has_text="Um Nachweis der Identität bitten").click()
    page.locator("button[value=told]").click()
    code = code_on(page)
    assert violations(page) == []
    keep_picture(page, pictures / "proof.png")
    watching = adviser.context.new_page()
    watching.goto(conversation)
    proof = client.chat.locator("#proof")
    expect(proof).to_be_visible()
    keep_picture(client.page, pictures / "client-proof.png")
    client.chat.locator("#proof-code").fill("0000 0000")
    proof.locator("button").click()
    client.is_told("Sie haben noch 4 Versuche")
    assert violations(frame_of(client)) == []
    client.chat.locator("#proof-code").fill(code)
    proof.locator("button").click()
    expect(proof).to_be_hidden()
    client.is_told("Danke. Sie haben gezeigt, wer Sie sind")
    expect(watching.locator("#header .proved")).to_contain_text("Identität bestätigt")
    assert violations(watching) == []
    keep_picture(watching, pictures / "conversation-proved.png")
    watching.locator("#context a", has_text="Link für ein anderes Gerät").click()
    watching.locator("main form button.primary").click()
    code, link = code_on(watching), watching.locator("#link").input_value()
    assert violations(watching) == []
    keep_picture(watching, pictures / "client-link.png")
    goes_on_elsewhere(device, link, code, pictures)


def goes_on_elsewhere(device: BrowserContext, link: str, code: str, pictures: Path) -> None:
    asked: list[str] = []
    page = device.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(link)
    expect(page.locator("#continue")).to_be_visible()
    keep_picture(page, pictures / "client-continue.png")
    assert "#" not in page.url
    assert [url for url in asked if link.split("#")[1] in url.split("#")[0]] == []
    page.fill("#code", "1")
    page.locator("#continue button").click()
    expect(page.locator("#problem")).to_contain_text("nicht der Code")
    assert violations(page) == []
    page.fill("#code", code)
    page.locator("#continue button").click()
    expect(page.locator(".message .body", has_text="Und jetzt am Laptop")).to_be_visible()
    page.goto(link.split("#", maxsplit=1)[0])
    expect(page.locator("#incomplete")).to_be_visible()


def test_a_link_by_mail_and_its_code(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], images: Path
) -> None:
    contexts.append(browser.new_context(locale="en-GB", color_scheme="dark"))
    client = ClientBrowser(contexts[0], demo.tenant("hansebank"))
    client.open_chat()
    client.chat.locator("#linking-open").click()
    form, email = client.chat.locator("#linking"), client.chat.locator("#linking-email")
    expect(form).to_be_visible()
    email.fill("vera")
    form.locator("button[type=submit]").click()
    expect(client.chat.locator("#linking-problem")).not_to_be_empty()
    assert violations(frame_of(client)) == []
    email.fill("vera@kunden.example")
    form.locator("button[type=submit]").click()
    expect(client.chat.locator("#linking-code")).to_have_text(re.compile(r"^\d{4} \d{4}$"))
    assert violations(frame_of(client)) == []
    keep_picture(client.page, images / "signing-in" / "en" / "client-code.png")
    client.chat.locator("#linking-later").click()
    expect(form).to_be_hidden()

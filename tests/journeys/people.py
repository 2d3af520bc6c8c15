"""What a client and an adviser do in their browsers, in the words of a journey."""

import json
import time
from typing import Any

from playwright.sync_api import (
    BrowserContext,
    FilePayload,
    FrameLocator,
    Locator,
    Page,
    WebSocket,
    expect,
)

from siegel.identity.authenticator_app import TOLERANCE, code_at, now_step

Tenant = dict[str, Any]
# The newest step whose code was given, by demo and seed: the product takes none twice.
_used: dict[tuple[str, str], int] = {}


def fill_sign_in(page: Page, tenant: Tenant, person: dict[str, Any]) -> None:
    """Address and password, and the code of the app of whoever has one."""
    page.fill("#login", person["email"])
    page.fill("#password", person["password"])
    page.locator("form:has(#password) button[type=submit]").click()
    if person["totp_seed"]:
        page.fill("#code", next_code(tenant, person["totp_seed"]))
        page.locator("form:has(#code) button").click()


def next_code(tenant: Tenant, seed: str) -> str:
    """A code of an authenticator app that was not given yet; waits if all that count were."""
    used = (tenant["desk"], seed)
    step = max(_used.get(used, 0) + 1, now_step() - TOLERANCE)
    while step > now_step() + TOLERANCE:
        time.sleep(0.5)
    _used[used] = step
    return code_at(seed, step)


class ClientBrowser:
    """Somebody on the organisation's website, which is another site than the chat."""

    def __init__(self, context: BrowserContext, tenant: Tenant) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.page.goto(tenant["client_page"])

    @property
    def chat(self) -> FrameLocator:
        return self.page.frame_locator("iframe")

    @property
    def composer(self) -> Locator:
        return self.chat.locator("#composer")

    @property
    def button(self) -> Locator:
        return self.page.locator("button[aria-expanded]")

    def open_chat(self) -> None:
        self.button.click()
        expect(self.composer).to_be_visible()
        expect(self.chat.locator("#presence")).not_to_be_empty()
        # The chat takes the focus once the page has told it that it was opened; a key pressed
        # before that would go nowhere.
        expect(self.composer).to_be_focused()

    def write(self, text: str) -> None:
        self.composer.fill(text)
        self.composer.press("Enter")
        expect(self.composer).to_have_value("")

    def sees(self, text: str, *, times: int = 1, seconds: float = 5) -> None:
        shown = self.chat.locator(".message .body", has_text=text)
        expect(shown).to_have_count(times, timeout=seconds * 1000)

    def is_told(self, text: str) -> None:
        expect(self.chat.locator("body")).to_contain_text(text)

    def everything_is_sent(self) -> None:
        expect(self.chat.locator(".waiting")).to_have_count(0)

    def bodies(self) -> list[str]:
        return self.chat.locator(".message .body").all_inner_texts()

    def attach(self, *files: FilePayload) -> None:
        self.chat.locator("#attach-input").set_input_files(list(files))

    def chips(self, state: str) -> Locator:
        return self.chat.locator(f"#chips > li[data-state={state}]")

    def sends(self) -> None:
        self.chat.locator("#send").click()

    def card(self, name: str) -> Locator:
        return self.chat.locator(".message .file", has_text=name)


class AdviserBrowser:
    """Somebody at the desk."""

    def __init__(self, context: BrowserContext, tenant: Tenant, person: int = 0) -> None:
        self.tenant = tenant
        self.context = context
        self.page: Page = context.new_page()
        self._person = tenant["people"][person]
        self._times_connected = 0
        self.page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._count)

    def _count(self, frame: str | bytes) -> None:
        self._times_connected += isinstance(frame, str) and json.loads(frame)["type"] == "ready"

    def sign_in(self) -> None:
        self.page.goto(self.tenant["desk"])
        fill_sign_in(self.page, self.tenant, self._person)
        # Whoever reads no conversation begins at the administration.
        expect(self.page.locator("nav.rail")).to_be_visible()

    def proves_again(self) -> None:
        """Before what matters, unless they have done it a moment ago."""
        self.page.goto(f"{self.tenant['desk']}account/confirm/")
        if "/account/confirm/" in self.page.url:
            self.page.fill("#password", self._person["password"])
            if self._person["totp_seed"]:
                self.page.fill("#code", next_code(self.tenant, self._person["totp_seed"]))
            self.page.locator("form:has(#password) button").click()
            expect(self.page.locator("nav.rail")).to_be_visible()

    def go_to(self, view: str) -> None:
        self.page.goto(f"{self.tenant['desk']}inbox/?view={view}")

    def comes_to(self, view: str) -> None:
        """Open a view and be connected: whoever opens the chat now is told of it."""
        before, deadline = self._times_connected, time.monotonic() + 10
        self.go_to(view)
        while self._times_connected == before:
            assert time.monotonic() < deadline, "The desk was not connected."
            self.page.wait_for_timeout(20)

    def open_conversation(self, excerpt: str) -> None:
        self.page.locator("#rows a", has_text=excerpt).click()
        expect(self.page.locator("#composer-form, #resolved:visible").first).to_be_attached()
        self.sees(excerpt)

    def answer(self, text: str) -> None:
        self.page.fill("#composer", text)
        self.page.press("#composer", "Control+Enter")

    def sees(self, text: str, *, times: int = 1) -> None:
        expect(self.page.locator(".message .body", has_text=text)).to_have_count(times)

    def sees_in_list(self, text: str) -> None:
        expect(self.page.locator("#rows", has_text=text)).to_be_visible()

    def everything_is_sent(self) -> None:
        expect(self.page.locator(".waiting")).to_have_count(0)

    def bodies(self) -> list[str]:
        return self.page.locator(".message .body").all_inner_texts()

    def attach(self, *files: FilePayload) -> None:
        self.page.locator("#attach-input").set_input_files(list(files))

    def chips(self, state: str) -> Locator:
        return self.page.locator(f"#chips > li[data-state={state}]")

    def sends(self) -> None:
        self.page.locator("#send").click()

    def card(self, name: str) -> Locator:
        return self.page.locator(".message .file", has_text=name)

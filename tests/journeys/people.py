"""What a client and an adviser do in their browsers, in the words of a journey."""

from typing import Any

from playwright.sync_api import BrowserContext, FilePayload, FrameLocator, Locator, Page, expect

Tenant = dict[str, Any]


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

    def sign_in(self) -> None:
        self.page.goto(self.tenant["desk"])
        self.page.fill("#login", self._person["email"])
        self.page.fill("#password", self._person["password"])
        self.page.locator("form:has(#password) button[type=submit]").click()
        # Whoever reads no conversation begins at the administration.
        expect(self.page.locator("nav.rail")).to_be_visible()

    def go_to(self, view: str) -> None:
        self.page.goto(f"{self.tenant['desk']}inbox/?view={view}")

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

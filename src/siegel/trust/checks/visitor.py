"""A browser that keeps its cookies, at a desk, with the forms that people fill in there."""

import re
from dataclasses import dataclass, field, replace

from siegel.trust.checks.asking import Answer, Browser

CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Visitor:
    """Somebody before the screen."""

    browser: Browser
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> Answer:
        """One request, as a page of ours would send it."""
        told = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        browser = replace(self.browser, cookies=told)
        answer = browser.ask(method, path, headers={"origin": browser.origin}, form=form)
        self.cookies |= answer.cookies
        return answer

    def fill_in(self, path: str, form: dict[str, str]) -> Answer:
        """Open a page with a form and send it."""
        page = CSRF.search(self.ask("GET", path).text)
        return self.ask("POST", path, form | {"csrfmiddlewaretoken": page[1] if page else ""})

    def sign_in(self, address: str, password: str) -> Answer:
        """With a password."""
        return self.fill_in("/sign-in/", {"login": address, "password": password})

    def is_in(self) -> bool:
        """Whether the desk opens."""
        return self.ask("GET", "/inbox/").status == 200

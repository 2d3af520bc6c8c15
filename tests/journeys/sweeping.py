"""Going from screen to screen and noting what is wrong with each."""

from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Page, expect

from tests.journeys.accessibility import faults
from tests.journeys.pictures import keep_picture

UNFOLD = "() => document.querySelectorAll('main details').forEach(one => { one.open = true })"


class Sweep:
    """One person's screens: what is wrong with them, and which there were, by name of address.

    With a folder for `pictures` one of each is kept there, in the language of the browser.
    """

    def __init__(self, page: Page, desk: str, pictures: Path | None = None) -> None:
        self.page = page
        self._pictures = pictures
        self.found: list[str] = []
        self.seen: set[str] = set()
        self.desk = desk

    def look(self, name: str = "") -> None:
        """Examine the screen as it stands."""
        where = urlsplit(self.page.url)
        self.found += faults(self.page, f"{where.path}?{where.query} {name}")
        with suppress(Resolver404):  # The page that says so is a screen as well.
            screen = resolve(where.path, "siegel.urls").url_name or ""
            self.seen.add(screen)
            if self._pictures is not None:
                file = f"{screen} {name}".strip().replace(" ", "-").replace("_", "-")
                keep_picture(self.page, self._pictures / f"{file}.png", whole=True)

    def go(self, *addresses: str) -> None:
        """Examine the screens at these addresses, with all that can be unfolded in their middle."""
        for address in addresses:
            self.page.goto(self.desk + address)
            self.page.evaluate(UNFOLD)
            self.look()

    def follow(self, selector: str, name: str = "") -> None:
        """Click the first of what is called so, and examine where it leads."""
        before = self.page.url
        self.page.locator(selector).first.click()
        expect(self.page).not_to_have_url(before)
        self.look(name)

    def refused(self, selector: str, **values: str) -> None:
        """Fill in what cannot be taken, send it, and examine what is said to it."""
        for field, value in values.items():
            self.page.fill(f"#{field}", value)
        self.page.locator(selector).first.click()
        expect(self.page.locator("[role=alert]:visible, .problem:visible").first).to_be_visible()
        self.look("refused")

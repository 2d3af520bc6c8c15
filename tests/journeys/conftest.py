"""A real Chromium, the demo, and two people who have never met."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.journeys.demo_process import Demo

CHROMIUM = "/usr/bin/chromium"
# Playwright's own default switches storage partitioning off, which customers' browsers have on;
# and no cookie of a third party gets anywhere.
FLAGS = ["--disable-features=Translate", "--test-third-party-cookie-phaseout"]


@pytest.fixture(autouse=True)
def no_tenant_remains() -> None:
    """Journeys run against another process; this one has no tenant to remove."""


# Not for the whole session: Playwright keeps an event loop running in the thread, in which the
# ORM of tests that come afterwards would refuse to work.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, with third-party cookies blocked and storage partitioned."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a demo leaves that was started and stopped: a copy of it starts much sooner."""
    folder = tmp_path_factory.mktemp("furnished")
    first = Demo(folder / "data")
    first.start()
    first.stop()
    return folder


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, furnished: Path) -> Iterator[Demo]:
    """The demo, started once per file of journeys."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(furnished, folder, dirs_exist_ok=True)
    running = Demo(folder / "data")
    running.start()
    yield running
    running.close()


@pytest.fixture
def contexts(browser: Browser) -> Iterator[list[BrowserContext]]:
    """Collects the browsers of a journey; closes them at its end."""
    opened: list[BrowserContext] = []
    yield opened
    for context in opened:
        context.close()


@pytest.fixture(scope="session")
def images() -> Path:
    """Where screenshots for the README go."""
    folder = Path(__file__).parents[2] / "var" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder

"""Two advisers work on one conversation: notes, canned replies, drafts, and calling back."""

import os
import subprocess
import sys

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.accessibility import violations
from tests.journeys.demo_process import ROOT, Demo
from tests.journeys.people import AdviserBrowser, ClientBrowser

pytestmark = pytest.mark.browser

SET_UP = """
import django, sys
django.setup(set_prefix=False)
from siegel.conversations.models import Conversation
from siegel.identity.models import Organisation, Team
from siegel.tenancy.context import serving
from siegel.tenancy.models import Tenant
with serving(Tenant.objects.get(slug="nordwind").as_served()):
    Organisation.objects.update(undo_seconds=int(sys.argv[1]))
    if len(sys.argv) > 2:
        team = Team.objects.get(name="Schaden")
        Conversation.objects.filter(excerpt__contains=sys.argv[2]).update(team=team)
"""

# The note arrives, its acknowledgement does not.
LOSE_THE_FIRST_ANSWER = """() => {
  const real = window.fetch;
  window.fetch = async (address, options) => {
    const answer = await real(address, options);
    const { dataset } = document.documentElement;
    if (!String(address).endsWith("/notes/") || dataset.lost) return answer;
    dataset.lost = "1";
    throw new TypeError("lost");
  };
}"""

COPY = "lines => navigator.clipboard.writeText('Eine Zeile mit Wörtern.\\n'.repeat(lines))"


def set_up(demo: Demo, undo_seconds: int, for_the_team: str = "") -> None:
    """What an administrator decides, without the pages of the administration."""
    environment = {name: value for name, value in os.environ.items() if "SIEGEL" not in name}
    environment |= {"SIEGEL_DATA": demo.facts["data"], "DJANGO_SETTINGS_MODULE": "siegel.settings"}
    arguments = [str(undo_seconds), *([for_the_team] if for_the_team else [])]
    subprocess.run(
        [sys.executable, "-c", SET_UP, *arguments], cwd=ROOT, env=environment, check=True
    )


@pytest.fixture
def asked(browser: Browser, demo: Demo, contexts: list[BrowserContext]) -> ClientBrowser:
    """A client who has asked something."""
    contexts.append(browser.new_context(locale="de-DE"))
    client = ClientBrowser(contexts[-1], demo.tenant("nordwind"))
    client.open_chat()
    return client


def adviser(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], person: int = 0, **more: object
) -> AdviserBrowser:
    contexts.append(browser.new_context(locale="de-DE", **more))  # type: ignore[arg-type] # as given
    made = AdviserBrowser(contexts[-1], demo.tenant("nordwind"), person)
    made.sign_in()
    return made


def is_as_wide_as_the_screen(page: Page) -> bool:
    width = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    return bool(page.evaluate(width))


def test_a_note_calls_a_colleague_and_no_client_ever_sees_it(
    browser: Browser,
    demo: Demo,
    contexts: list[BrowserContext],
    asked: ClientBrowser,
) -> None:
    asked.write("Ist mein Fahrrad im Keller versichert?")
    asked.everything_is_sent()
    set_up(demo, 0, for_the_team="Fahrrad im Keller")
    anna, jonas = adviser(browser, demo, contexts), adviser(browser, demo, contexts, 1)
    anna.go_to("free")
    anna.open_conversation("Ist mein Fahrrad")
    page = anna.page
    page.fill("#composer", "Ja, wenn er")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator("#note-sign")).to_be_visible()
    expect(page.locator("#composer")).to_be_focused()
    expect(page.locator("#composer")).to_have_value("")
    page.keyboard.type("Bitte nachsehen, @jo")
    expect(page.locator("#choices [role=option]")).to_have_count(1)
    # A letter for which no list has come yet.
    page.locator("#composer").evaluate("field => field.setRangeText('n', 20, 20, 'end')")
    page.keyboard.press("Enter")
    page.keyboard.type("ob der Keller zählt.")
    expect(page.locator("#composer")).to_have_value(
        "Bitte nachsehen, @Jonas Wieland ob der Keller zählt."
    )
    page.keyboard.press("Control+Enter")
    note = page.locator(".message.note", has_text="nur im Team sichtbar")
    expect(note.locator(".mention")).to_have_text("@Jonas Wieland")
    # The answer that was begun is still there.
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.locator("#composer")).to_have_value("Ja, wenn er")
    page.keyboard.press("End")
    page.keyboard.type(" abgeschlossen ist.")
    page.keyboard.press("Control+Enter")
    asked.sees("Ja, wenn er abgeschlossen ist.")

    # A colleague of the team reads and notes; to answer he would take it over.
    address = page.url.split("?")[0]
    jonas.page.goto(address)
    expect(jonas.page.locator(".message.note")).to_have_count(1)
    expect(jonas.page.locator("#composer")).to_be_hidden()
    expect(jonas.page.locator("#taken")).to_contain_text("Anna Kern")
    assert violations(jonas.page) == []
    jonas.page.locator("#taken [data-mode-to=note]").click()
    jonas.page.fill("#composer", "Steht auf Seite 3. @Anna Kern")
    jonas.page.locator("#send").click()
    expect(page.locator(".message.note", has_text="Steht auf Seite 3.")).to_be_visible()
    expect(page.locator(".mention", has_text="@Anna Kern")).to_be_visible()
    asked.page.reload()
    asked.open_chat()
    asked.sees("Ja, wenn er abgeschlossen ist.")
    expect(asked.chat.locator("body")).not_to_contain_text("nachsehen")
    expect(asked.chat.locator("body")).not_to_contain_text("Seite 3")


def test_a_canned_reply_with_a_gap(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], asked: ClientBrowser
) -> None:
    set_up(demo, 0)
    asked.write("Wie kündige ich?")
    asked.everything_is_sent()
    anna = adviser(browser, demo, contexts, color_scheme="dark")
    anna.go_to("free")
    anna.open_conversation("Wie kündige ich?")
    page, field = anna.page, anna.page.locator("#composer")
    page.keyboard.press("t")
    expect(page.locator("#choices [role=option]")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(page.locator("#choices")).to_be_hidden()
    field.fill("")
    page.keyboard.type("Gern: :begr")
    expect(page.locator("#choices [role=option]")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(field).to_have_value(
        "Gern: Guten Tag [Name], hier ist Anna Kern. Ich sehe mir Ihr Anliegen an."
    )
    page.keyboard.press("Control+Enter")
    expect(page.locator("#notice")).to_contain_text("[Name]")
    page.keyboard.type("Frau Vogt")  # The gap is selected.
    page.keyboard.press("Control+Enter")
    asked.sees("Gern: Guten Tag Frau Vogt, hier ist Anna Kern.")


def test_a_draft_goes_on_in_another_browser(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], asked: ClientBrowser
) -> None:
    set_up(demo, 0)
    asked.write("Was ist ein Neuwertfaktor?")
    asked.everything_is_sent()
    clipboard = ["clipboard-read", "clipboard-write"]
    first = adviser(browser, demo, contexts, permissions=clipboard)
    second = adviser(browser, demo, contexts)
    first.go_to("free")
    first.open_conversation("Was ist ein Neuwertfaktor?")
    first.page.fill("#composer", "Der Faktor, mit dem")
    expect(first.page.locator("#draft")).to_have_text("Entwurf gespeichert")
    second.page.goto(first.page.url)
    expect(second.page.locator("#composer")).to_have_value("Der Faktor, mit dem")
    second.page.fill("#composer", "Der Faktor, mit dem wir rechnen")
    expect(second.page.locator("#draft")).to_have_text("Entwurf gespeichert")

    # The first window knows nothing of it yet: it is asked, nothing is overwritten.
    first.page.fill("#composer", "Der Faktor für das Haus")
    choice = first.page.locator("#draft-choice")
    expect(choice).to_contain_text("Der Faktor, mit dem wir rechnen")
    assert violations(first.page) == []
    choice.locator("button").nth(2).click()
    both = "Der Faktor, mit dem wir rechnen\n\nDer Faktor für das Haus"
    expect(first.page.locator("#composer")).to_have_value(both)
    expect(first.page.locator("#draft")).to_have_text("Entwurf gespeichert")

    # What is too long for the server stays in this browser, and says so.
    first.page.evaluate(COPY, 43_000)
    first.page.fill("#composer", "")
    first.page.keyboard.press("Control+V")
    expect(first.page.locator("#draft")).to_contain_text("nur in diesem Browser gespeichert")
    first.page.reload()
    expect(first.page.locator("#draft")).to_contain_text("nur in diesem Browser gespeichert")
    assert first.page.evaluate("document.getElementById('composer').value.length") > 1_000_000
    assert is_as_wide_as_the_screen(first.page)

    # Sent, it is a draft nowhere any more.
    # As people do it: Playwright's way to fill a field takes Chromium minutes for so many lines.
    first.page.focus("#composer")
    first.page.keyboard.press("Control+A")
    first.page.keyboard.press("Delete")
    first.page.keyboard.type("Das erkläre ich gern.")
    first.page.keyboard.press("Control+Enter")
    asked.sees("Das erkläre ich gern.")
    expect(first.page.locator("#draft")).to_have_text("")
    second.page.reload()
    second.sees("Das erkläre ich gern.")
    expect(second.page.locator("#composer")).to_have_value("")


def test_an_answer_is_called_back_and_another_survives_a_kill(
    browser: Browser,
    demo: Demo,
    contexts: list[BrowserContext],
    asked: ClientBrowser,
) -> None:
    set_up(demo, 6)
    asked.write("Ist die Rechnung angekommen?")
    asked.everything_is_sent()
    anna = adviser(browser, demo, contexts, viewport={"width": 320, "height": 700})
    anna.go_to("free")
    anna.open_conversation("Ist die Rechnung angekommen?")
    page = anna.page
    anna.answer("Ja, gestern.")
    expect(page.locator("#held li")).to_contain_text("Geht in")
    assert violations(page) == []
    assert is_as_wide_as_the_screen(page)
    page.locator("#held button").click()
    expect(page.locator("#composer")).to_have_value("Ja, gestern.")
    expect(page.locator("#held li")).to_have_count(0)

    page.fill("#composer", "Ja, am Montag.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#held li")).to_contain_text("Geht in")
    page.reload()
    expect(page.locator("#held li")).to_contain_text("Ja, am Montag.")
    demo.kill()
    demo.start()
    # Both browsers come back in their own time, and it is let out then.
    asked.sees("Ja, am Montag.", seconds=20)
    expect(page.locator("#held li")).to_have_count(0)
    anna.sees("Ja, am Montag.")
    assert asked.bodies() == ["Ist die Rechnung angekommen?", "Ja, am Montag."]


def test_a_note_that_has_no_answer_is_sent_again_and_stands_once(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], asked: ClientBrowser
) -> None:
    set_up(demo, 0)
    asked.write("Kann ich den Vertrag ändern?")
    asked.everything_is_sent()
    anna = adviser(browser, demo, contexts)
    anna.go_to("free")
    anna.open_conversation("Kann ich den Vertrag ändern?")
    anna.page.evaluate(LOSE_THE_FIRST_ANSWER)
    anna.page.keyboard.press("n")
    anna.page.fill("#composer", "Nur einmal.")
    anna.page.press("#composer", "Control+Enter")
    expect(anna.page.locator(".message.note", has_text="Nur einmal.")).to_have_count(1)
    expect(anna.page.locator(".waiting")).to_have_count(0)
    expect(anna.page.locator("html")).to_have_attribute("data-lost", "1")
    anna.page.reload()
    expect(anna.page.locator(".message.note", has_text="Nur einmal.")).to_have_count(1)

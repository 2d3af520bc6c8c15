"""Files in both directions in real browsers, past a real scanner and a server that is killed."""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, FilePayload, Frame, Locator, Page, expect

from tests.clamd import EICAR, needs_clamd, real_clamd
from tests.files import samples
from tests.journeys.accessibility import violations
from tests.journeys.demo_process import Demo
from tests.journeys.people import AdviserBrowser, ClientBrowser

pytestmark = [pytest.mark.browser, *needs_clamd]
SLOW = 40_000_000 / 8  # bytes per second: long enough to kill the server in the middle


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo with a real clamd."""
    with real_clamd() as scanner:
        running = Demo(tmp_path_factory.mktemp("demo") / "data", SIEGEL_CLAMD=scanner.unix)
        running.start()
        yield running
        running.close()


def payload(name: str, content: bytes) -> FilePayload:
    # What the browser says of the type decides nothing.
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def photo(text: str) -> bytes:
    """A picture that can be recognised on a screenshot."""
    image = Image.new("RGB", (1200, 800), "#e4eff1")
    draw = ImageDraw.Draw(image)
    draw.rectangle((80, 80, 1120, 720), outline="#0e5563", width=12)
    draw.text((140, 340), text, fill="#16242c", font_size=90)
    content = io.BytesIO()
    image.save(content, "JPEG", quality=90)
    return content.getvalue()


def document(pages: int) -> bytes:
    """A PDF with something on each page."""
    sheets = []
    for number in range(1, pages + 1):
        sheet = Image.new("RGB", (1240, 1754), "white")
        draw = ImageDraw.Draw(sheet)
        draw.text((140, 160), "Nordwind Versicherung", fill="#16242c", font_size=72)
        draw.text((140, 300), f"Police 2026, Seite {number}", fill="#0e5563", font_size=54)
        draw.rectangle((140, 420, 1100, 1500), outline="#cfd8db", width=4)
        sheets.append(sheet)
    content = io.BytesIO()
    sheets[0].save(content, "PDF", save_all=True, append_images=sheets[1:])
    return content.getvalue()


def saved(card: Locator, page: Page) -> bytes:
    """What somebody gets who presses the button."""
    with page.expect_download() as download:
        card.get_by_role("link").click()
    return Path(download.value.path()).read_bytes()


def test_files_go_both_ways_although_the_server_is_killed(
    browser: Browser, demo: Demo, contexts: list[BrowserContext], images: Path
) -> None:
    nordwind = demo.tenant("nordwind")
    contexts += [
        browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 860}),
        browser.new_context(locale="de-DE", viewport={"width": 1440, "height": 900}),
    ]
    client, adviser = ClientBrowser(contexts[0], nordwind), AdviserBrowser(contexts[1], nordwind)
    adviser.sign_in()
    client.open_chat()
    the_client_begins_with_files(client, adviser, images)
    the_adviser_looks_at_pages(adviser, images)
    the_adviser_answers_with_files(adviser, client)
    slow_down(contexts[0], client.page)
    the_server_dies_in_the_middle(client, adviser, demo, images)
    what_is_harmful_is_refused(client, adviser, images)
    a_file_is_deleted_for_good(adviser, client)


def the_client_begins_with_files(
    client: ClientBrowser, adviser: AdviserBrowser, images: Path
) -> None:
    """Before there is a conversation; the adviser gets what was sent, to the byte."""
    police, picture = document(6), photo("Wasserschaden")
    client.attach(payload("Police 2026.pdf", police), payload("Schaden.jpg", picture))
    expect(client.chips("done")).to_have_count(2)
    client.composer.fill("Hier sind Police und Foto.")
    client.page.screenshot(path=images / "files-chosen.png")
    client.sends()
    client.everything_is_sent()
    names = client.chat.locator(".message .file-name")
    expect(names).to_have_text(["Police 2026.pdf", "Schaden.jpg"])
    expect(client.card("Police")).to_contain_text("geprüft")
    adviser.go_to("free")
    adviser.open_conversation("Hier sind Police und Foto.")
    expect(adviser.card("Police").locator("img")).to_have_js_property("complete", True)
    assert saved(adviser.card("Police"), adviser.page) == police
    assert saved(adviser.card("Schaden"), adviser.page) == picture


def the_adviser_looks_at_pages(adviser: AdviserBrowser, images: Path) -> None:
    adviser.card("Police").get_by_role("button", name="Ansehen").click()
    viewer = adviser.page.get_by_role("dialog")
    expect(viewer.locator("img").first).to_be_visible()
    expect(viewer).to_contain_text("Seite 1 von 6")
    expect(viewer.locator("img").first).to_have_js_property("complete", True)
    adviser.page.screenshot(path=images / "files-viewer.png")
    assert violations(adviser.page) == []
    adviser.page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()


def the_adviser_answers_with_files(adviser: AdviserBrowser, client: ClientBrowser) -> None:
    adviser.answer("Danke. Hier ist der Vordruck.")
    adviser.attach(
        payload("Vordruck.docx", samples.docx()), payload("Lageplan.webp", samples.webp())
    )
    expect(adviser.chips("done")).to_have_count(2)
    adviser.sends()
    expect(client.card("Vordruck.docx")).to_be_visible()
    expect(client.card("Lageplan.webp")).to_be_visible()


def the_server_dies_in_the_middle(
    client: ClientBrowser, adviser: AdviserBrowser, demo: Demo, images: Path
) -> None:
    """The upload goes on where it was, the file behind it follows, and the order is kept."""
    large = b"".join(b"%08d;Zeile\r\n" % number for number in range(1_000_000))
    client.attach(payload("Buchungen.csv", large), payload("Ausweis.heic", samples.heic()))
    expect(client.chips("sending").locator("progress")).to_have_js_property("max", 1)
    client.page.wait_for_timeout(1500)
    demo.kill()
    expect(client.chips("lost")).to_have_count(1)
    client.page.screenshot(path=images / "files-lost.png")
    demo.start()
    expect(client.chips("done")).to_have_count(2, timeout=60_000)
    client.sends()
    expect(adviser.card("Buchungen.csv")).to_be_visible()
    content = saved(adviser.card("Buchungen.csv"), adviser.page)
    assert hashlib.sha256(content).digest() == hashlib.sha256(large).digest()


def what_is_harmful_is_refused(
    client: ClientBrowser, adviser: AdviserBrowser, images: Path
) -> None:
    """In words, on both sides; the text is kept."""
    client.composer.fill("Und noch eine Datei.")
    client.attach(payload("Rechnung.txt", b"Rechnung " + EICAR))
    expect(client.chips("refused")).to_contain_text("Schadsoftware")
    expect(client.composer).to_have_value("Und noch eine Datei.")
    client.page.screenshot(path=images / "files-refused.png")
    adviser.attach(payload("Plan.pdf.exe", samples.exe()))
    expect(adviser.chips("refused")).to_contain_text("Programm")
    adviser.page.screenshot(path=images / "files-desk.png")
    assert violations(adviser.page) == []
    chat = next(frame for frame in client.page.frames if "chat." in frame.url)
    assert violations(chat) == []


def a_file_is_deleted_for_good(adviser: AdviserBrowser, client: ClientBrowser) -> None:
    adviser.card("Schaden").get_by_role("button", name="Löschen").click()
    adviser.page.get_by_role("dialog").get_by_role("button", name="Löschen").click()
    expect(adviser.page.locator(".file[data-state=deleted]")).to_have_count(1)
    expect(client.chat.locator(".file[data-state=deleted]")).to_have_count(1)


def slow_down(context: BrowserContext, page: Page) -> None:
    """A connection on which a large file takes some seconds."""
    targets: list[Page | Frame] = [page, *page.frames[1:]]
    for target in targets:
        session = context.new_cdp_session(target)
        session.send("Network.enable")
        session.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": SLOW},
        )


def test_a_waiting_file_opens_once_it_was_scanned(
    browser: Browser, tmp_path: Path, contexts: list[BrowserContext]
) -> None:
    with real_clamd() as scanner:
        demo = Demo(tmp_path / "data", SIEGEL_CLAMD=scanner.unix)
        demo.start()
        try:
            hansebank = demo.tenant("hansebank")
            contexts.append(browser.new_context(locale="en-GB"))
            client = ClientBrowser(contexts[0], hansebank)
            client.open_chat()
            scanner.stop()
            client.attach(payload("note.txt", b"A harmless note."))
            expect(client.chips("done")).to_have_count(1)
            client.sends()
            card = client.card("note.txt")
            expect(card).to_have_attribute("data-state", "waiting")
            expect(card.get_by_role("link")).to_have_count(0)
            scanner.start()
            expect(card).to_have_attribute("data-state", "ready", timeout=90_000)
            assert saved(card, client.page) == b"A harmless note."
            with client.page.expect_download() as transcript:
                client.chat.locator("#transcript").click()
            assert transcript.value.suggested_filename == "conversation.txt"
            assert "Conversation with Hansebank" in Path(transcript.value.path()).read_text()
        finally:
            demo.close()

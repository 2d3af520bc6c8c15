"""Documents of invented people, drawn when the demo is furnished."""

import io
import uuid

from PIL import Image, ImageDraw

from siegel.conversations.access import Participant
from siegel.conversations.files import announce_file
from siegel.files.probing import send_whole

INK, PETROL, LINE = "#16242c", "#0e5563", "#cfd8db"


def insurance_policy() -> bytes:
    """A PDF of three pages, of which every word says that it is a sample."""
    pages = []
    for number in range(1, 4):
        page = Image.new("RGB", (1240, 1754), "white")
        draw = ImageDraw.Draw(page)
        draw.text((140, 150), "Nordwind Versicherung", fill=INK, font_size=64)
        draw.text((140, 250), "Police Haus und Wohnung (Muster)", fill=PETROL, font_size=44)
        draw.line((140, 330, 1100, 330), fill=LINE, width=4)
        for line in range(18):
            width = 820 if line % 4 == 3 else 960
            draw.rectangle((140, 400 + line * 64, 140 + width, 418 + line * 64), fill="#eef2f3")
        draw.text((140, 1640), f"Seite {number} von 3", fill=INK, font_size=32)
        pages.append(page)
    document = io.BytesIO()
    pages[0].save(document, "PDF", save_all=True, append_images=pages[1:], resolution=150)
    return document.getvalue()


def hand_over(by: Participant, conversation: uuid.UUID, name: str, content: bytes) -> uuid.UUID:
    """Upload a small file the way a browser does; returns its id."""
    upload = announce_file(by, conversation, name, len(content))
    file: uuid.UUID = send_whole(upload, content).pk
    return file

"""Documents of invented people, drawn when the demo is furnished."""

import hashlib
import io
import uuid

from PIL import Image, ImageDraw

from siegel.conversations.access import Participant
from siegel.conversations.handing_over import begin
from siegel.files import objects
from siegel.files.receiving import complete_upload
from siegel.files.uploading import keep_part

INK, PETROL, LINE = "#16242c", "#0e5563", "#cfd8db"


def insurance_policy() -> bytes:
    """A PDF of three pages, of which every word says that it is a sample."""
    pages = []
    for number in range(1, 4):
        page = Image.new("RGB", (1240, 1754), "white")
        draw = ImageDraw.Draw(page)
        draw.text((140, 150), "Nordwind Versicherung", fill=INK, font_size=64)
        draw.text((140, 250), "Wohngebäudeversicherung (Muster)", fill=PETROL, font_size=44)
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
    upload = begin(by, conversation, name, len(content))
    with objects.sealing(objects.Purpose.PART) as (identifier, writer):
        writer.write(content)
    keep_part(upload, 1, hashlib.sha256(content).hexdigest(), identifier)
    file: uuid.UUID = complete_upload(upload).pk
    return file

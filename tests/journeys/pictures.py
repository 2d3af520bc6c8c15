"""Pictures of screens for the docs, small enough to be kept with them."""

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

# They are of screens, not of landscapes.
COLOURS = 192


def keep_picture(page: Page, file: Path, *, whole: bool = False) -> None:
    """Take one of what is shown, or of the whole page, and of nothing that moves."""
    file.parent.mkdir(parents=True, exist_ok=True)
    shown = page.screenshot(animations="disabled", full_page=whole)
    picture = Image.open(io.BytesIO(shown)).convert("RGB").quantize(COLOURS)
    picture.save(file, optimize=True)

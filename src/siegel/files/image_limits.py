"""How large an image may be, and in how many pieces: before anything unpacks it."""

from siegel.files.kinds import RefusedFile

# A scanned plan has a few hundred million pixels; a bomb fits a billion into some kilobytes.
MOST_PIXELS = 1_000_000_000
# A GIF has a block for each 255 bytes, the others far fewer; a bomb has millions of empty ones.
MOST_BLOCKS = 1_000_000


def check_pixels(width: int, height: int) -> None:
    """Refuse an image that says it is larger than any scan."""
    if width * height > MOST_PIXELS:
        raise RefusedFile("archive-bomb")


def check_blocks(number: int) -> None:
    """Refuse an image whose walk takes too many steps; `number` counts them."""
    if number > MOST_BLOCKS:
        raise RefusedFile("archive-bomb")

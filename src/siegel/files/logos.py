"""A picture that an organisation shows as its sign: recognised, then drawn anew in the sandbox."""

import io

from siegel.files.images import image_kind
from siegel.files.kinds import Kind, RefusedFile
from siegel.files.reading import Source
from siegel.files.rendering import CannotRender, Page, render

LARGEST_LOGO = 1_000_000
HIGHEST_LOGO = 256
KINDS = frozenset({Kind.PNG, Kind.JPEG, Kind.WEBP})


def drawn_logo(content: bytes) -> Page:
    """The picture as WebP with pixels and nothing else, at most 256 of them high.

    Raises RefusedFile: `file-too-large`, `drawing` (SVG), `type-not-allowed`, `damaged`,
    `archive-bomb`, or `later` if it cannot be drawn just now.
    """
    if len(content) > LARGEST_LOGO:
        raise RefusedFile("file-too-large")
    kind = image_kind(Source(io.BytesIO(content), len(content)))
    if kind not in KINDS:
        raise RefusedFile("drawing" if b"<svg" in content[:4096].lower() else "type-not-allowed")
    try:
        rendered = render(io.BytesIO(content), kind, height=HIGHEST_LOGO)
    except CannotRender as problem:
        code = {"damaged": "damaged", "too-large": "archive-bomb"}.get(problem.reason, "later")
        raise RefusedFile(code) from None
    return rendered.pages[0]

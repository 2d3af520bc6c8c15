"""The parts that a mail program shows as the mail itself, even where they have a file name.

They may be pages, as bodies are: nobody gets them as a file. Everything else is an attachment.
"""

import re

_BODIES, _SHOWN = frozenset({"text/plain", "text/html"}), frozenset({None, "", "inline"})
_ALTERNATIVE, _RELATED = "multipart/alternative", "multipart/related"
# What a body of this type may be called.
_PAGES = frozenset({"htm", "html"})
OWN_ENDINGS = {"text/html": _PAGES, "image/svg+xml": frozenset({"svg"})}
_ATTRIBUTE = r'\s+(?:style|class|dir|lang|id|xmlns(?::\w+)?)="[^"<>()@+\\]*"'
_DESCRIPTION = r'\s+(?:http-equiv="?Content-Type"?|(?:name|content|charset)="?[\w\s;=/.()-]*"?)'
# Exchange turns the gap behind an attachment into a file ATT00001.htm with nothing in it.
_BLANK_PAGE = re.compile(
    rf"(?:\s|&nbsp;|\xa0|</?(?:html|head|body|div|span|font|br|p)(?:{_ATTRIBUTE})*+\s*/?>"
    rf"|<meta(?:{_DESCRIPTION})*+\s*/?>|<!doctype html>"
    r"|<style[^<>]*>[\w\s:;,.#%!{}-]*</style>)*+",
    re.IGNORECASE,
)
_IMAGE_START = re.compile(r"\ufeff?\s*(?:<svg|<\?xml|<!--|<!doctype svg)", re.IGNORECASE)
_ACTIVE = re.compile(
    r"<script|<foreignobject|<iframe|<!entity|javascript:|[\s/\"']on\w+\s*=", re.IGNORECASE
)


def is_body(
    kind: str, disposition: str | None, *, container: str, first: bool, named: bool
) -> bool:
    """A text or page that is the mail; `container` is the type around it, "" if there is none."""
    if disposition not in _SHOWN:
        return False
    if kind == "text/html" and (
        container in {"", _ALTERNATIVE} or (container == _RELATED and first)
    ):
        return True
    if kind == "text/x-amp-html":
        return container == _ALTERNATIVE
    return kind in _BODIES and not named


def is_blank_page(kind: str, content: bytes) -> bool:
    """Nothing in it that anybody could see, follow or run."""
    return kind == "text/html" and _BLANK_PAGE.fullmatch(content.decode("latin-1")) is not None


def is_inline_drawing(kind: str, disposition: str | None, container: str, content: bytes) -> bool:
    """A logo (SVG) that the page shows; it must be a picture and nothing that runs."""
    if (kind, container) != ("image/svg+xml", _RELATED) or disposition not in _SHOWN:
        return False
    drawing = content.decode("utf-8", "replace")
    return bool(_IMAGE_START.match(drawing)) and not _ACTIVE.search(drawing)

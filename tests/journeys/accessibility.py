"""What is wrong with a screen as it stands: axe-core with the page's own strict CSP in force,
whether anything runs out sideways, and whether something is said in another language.
"""

from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from playwright.sync_api import Frame, Page, ViewportSize

ROOT = Path(__file__).parents[2]
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
GERMAN = ROOT / "src" / "siegel" / "locale" / "de" / "LC_MESSAGES" / "django.po"
NARROWEST: ViewportSize = {"width": 320, "height": 640}
SIZES: list[ViewportSize] = [
    {"width": 1920, "height": 1080},
    {"width": 1100, "height": 800},
    NARROWEST,
]

RUN = """rules => axe.run({
  resultTypes: ["violations"],
  ...(rules.length && { runOnly: { type: "rule", values: rules } }),
})"""

# What scrolls sideways by intention says so: tables of many columns, code, the pages of the
# administration on a phone.
SIDEWAYS = """() => {
  const root = document.documentElement;
  const wide = element => element.scrollWidth > element.clientWidth + 1;
  const scrolls = element => ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
  const meant = ".wide, .snippet, .command, .administration > .pages, textarea";
  return [
    ...(wide(root) ? ["the page"] : []),
    ...[...document.body.querySelectorAll("*")]
      .filter(element => wide(element) && !element.matches(meant) && scrolls(element))
      .map(element => element.cloneNode().outerHTML.slice(0, 80)),
  ];
}"""

TEXTS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    const { parentElement, textContent } = walker.currentNode;
    if (!parentElement.closest("script, [lang]:not(html), bdi")) texts.push(textContent.trim());
  }
  const named = [...document.body.querySelectorAll("[aria-label], [placeholder], [title]")]
    .filter(element => !element.closest("[lang]:not(html)"))
    .flatMap(element => ["aria-label", "placeholder", "title"].map(n => element.getAttribute(n)));
  return [...texts, ...named.filter(text => text)];
}"""


def violations(page: Page | Frame, *rules: str) -> list[str]:
    """What axe finds, by these rules or all, one line each: rule, help, and where."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())
    result: dict[str, Any] = page.evaluate(RUN, list(rules))
    return [
        f"{found['id']}: {found['help']}: {[node['target'] for node in found['nodes']]}"
        for found in result["violations"]
    ]


def faults(page: Page, name: str) -> list[str]:
    """What is wrong with a screen: in German in all sizes and both colour schemes.

    Another language has other words in the same elements: their names, and whether they fit where
    there is least room, is all that can differ.
    """
    found = [f"{name}: {text!r} is in another language" for text in _foreign_texts(page)]
    before = page.viewport_size
    is_german = page.locator("html").get_attribute("lang") == "de"
    for size in SIZES if is_german else [NARROWEST]:
        page.set_viewport_size(size)
        wrong = [*violations(page), *(f"{one} runs out" for one in page.evaluate(SIDEWAYS))]
        if is_german:
            page.emulate_media(color_scheme="dark")
            # Nothing but the colours is another one.
            wrong += [f"dark: {one}" for one in violations(page, "color-contrast")]
            page.emulate_media(color_scheme="light")
        found += [f"{name} {size['width']}: {one}" for one in wrong]
    if before:
        page.set_viewport_size(before)
    return found


def _foreign_texts(page: Page) -> list[str]:
    """Texts of the templates that stand there in the other of the two languages."""
    english, german = _texts()
    language = page.locator("html").get_attribute("lang")
    other = english if language == "de" else german
    return [text for text in page.evaluate(TEXTS) if text in other]


@cache
def _texts() -> tuple[frozenset[str], frozenset[str]]:
    """Texts that are English only, and those that are German only."""
    with GERMAN.open("rb") as file:
        pairs = [
            (m.id, m.string)
            for m in read_po(file)
            if isinstance(m.id, str) and isinstance(m.string, str) and m.id
        ]
    english, german = ({pair[side] for pair in pairs} for side in (0, 1))
    return frozenset(english - german), frozenset(german - english)

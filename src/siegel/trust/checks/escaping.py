"""Looking whether what people write can become a part of a page (XSS)."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from itertools import product
from unittest import mock

from django.template import engines

from siegel.claims.control import Finding, Text
from siegel.claims.planting import all_noticed, noticed_as
from siegel.trust.checks import sources
from siegel.trust.checks.addresses import all_addresses
from siegel.trust.checks.asking import Answer
from siegel.trust.checks.closed_pages import plant_open_pages, policy_faults
from siegel.trust.checks.scene import PLACES, WORD, Plant, scenes
from siegel.trust.checks.unescaped import unescaped

# What no browser runs whatever is in it, as long as it does not guess the type.
DATA = ("application/json", "text/plain", "text/csv", "application/octet-stream")
SEARCHES = (f"?q={WORD}", f"?q={WORD}&kind=note")


def examine_escaping(plant: Plant = nullcontext) -> Finding:
    """Write a script in every place at a probe, and read every address; search the program's files.

    `plant` breaks what is examined for the length of its block.
    """
    mark = secrets.token_hex(8)
    faults: list[str] = []
    shown: set[str] = set()
    with scenes(lambda place: _script(place, mark), str) as (scene, _), plant():
        addresses = all_addresses()
        for address in addresses:
            browser = scene.browser(address.surface)
            # Searches find them; other addresses look at none of it.
            queries = SEARCHES[:1] if address.names_things else SEARCHES
            for path, query in product(address.paths(scene.things), queries):
                answer = browser.ask("GET", path + query)
                found = [*_raw(answer, mark), *policy_faults(answer)]
                faults += [f"{address.surface} {address.route}: {each}" for each in found]
                shown |= {place for place in PLACES if _token(place, mark) in answer.text}
    files = examine_files(sources.sources())
    faults += files.faults
    what = Text(
        f"Texte aus {len(shown)} Arten von Feldern auf {len(addresses)} Adressen, {files.what.de}",
        f"texts of {len(shown)} kinds of fields at {len(addresses)} addresses, {files.what.en}",
    )
    examined = len(addresses) + len(shown) + files.examined
    expected = len(addresses) + len(PLACES) + files.examined
    return Finding(examined, what, tuple(dict.fromkeys(faults)), expected=expected)


def examine_files(files: Mapping[str, str]) -> Finding:
    """Look in templates, program and scripts for what is not escaped."""
    what = Text(f"{len(files)} Dateien des Programms", f"{len(files)} files of the program")
    return Finding(len(files), what, tuple(unescaped(files)))


def plant_unescaped_templates() -> AbstractContextManager[object]:
    """Templates that escape nothing."""
    engine = engines["django"].engine  # type: ignore[attr-defined] # of Django's own templates
    return mock.patch.object(engine, "autoescape", False)


# A template with a text that is not escaped.
PLANTED = {"templates/planted.html": "<p>{{ client.name|safe }}</p>"}


def plant_each() -> Finding:
    """Plant every failure in turn; one that is not noticed leaves nothing noticed at all."""
    return all_noticed(
        [
            noticed_as(
                examine_escaping(plant_unescaped_templates), "a text is shown as it was written"
            ),
            noticed_as(examine_escaping(plant_open_pages), "the policy lets in what is not ours"),
            noticed_as(examine_files(PLANTED), "planted.html"),
        ]
    )


def _token(place: str, mark: str) -> str:
    return f"{mark}-{PLACES.index(place)}-"


def _script(place: str, mark: str) -> str:
    return f"<script>{_token(place, mark)} {WORD}"


def _raw(answer: Answer, mark: str) -> Iterator[str]:
    """Whether a text is in an answer in a way in which a browser would run it."""
    if f"<script>{mark}" not in answer.text:
        return
    kind = answer.header("content-type").split(";")[0]
    if kind not in DATA or answer.header("x-content-type-options") != "nosniff":
        yield "a text is shown as it was written"

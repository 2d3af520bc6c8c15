"""Looking whether what people send can become a part of a statement (SQL injection)."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from unittest import mock
from urllib.parse import quote

from django.db import connections
from django.http import HttpRequest, HttpResponse, QueryDict

from siegel.claims.control import Finding, Text
from siegel.claims.planting import all_noticed, noticed_as
from siegel.tenancy.context import served, serving
from siegel.trust.checks import sources
from siegel.trust.checks.addresses import Address, desk_address, pages
from siegel.trust.checks.asking import Answer
from siegel.trust.checks.raw_sql import calls
from siegel.trust.checks.scene import PLACES, WORD, Plant, Scene, scenes

# Each twice: with a condition that holds and with one that does not. What is taken for the text
# that it is has the same answer both times; a statement that it became a part of has not.
CONDITIONS = (
    ("{word}' AND '1'='1", "{word}' AND '1'='2"),
    ("1) OR (1=1", "1) OR (1=2"),
)
# Whatever they do, the answer is no failure.
BREAKING = ("'\";--\\", "zz'; DROP TABLE conversations_event; --")


def examine_injection(plant: Plant = nullcontext) -> Finding:
    """Read every call that runs SQL; try statements in every parameter of every address.

    `plant` breaks what is examined for the length of its block.
    """
    with scenes(lambda place: f"{place} {WORD}", str) as (scene, _), plant():
        statements = examine_statements(sources.sources())
        faults = [*statements.faults]
        search = scene.browser("desk").ask("GET", f"/search/?q={WORD}")
        if str(scene.conversation) not in search.text:
            raise LookupError("A search does not find what is there.")
        before = _tables(scene)
        parameters = [pair for address in pages() for pair in _parameters(scene, address)]
        for address, name in parameters:
            tried = [*_told_apart(scene, address, name), *_broken(scene, address, name)]
            faults += [f"{address.surface} {address.route} {name}: {fault}" for fault in tried]
        if _tables(scene) != before:
            faults.append("tables are not as they were")
    what = Text(
        f"{statements.what.de}, {len(parameters)} Parameter von Adressen",
        f"{statements.what.en}, {len(parameters)} parameters of addresses",
    )
    examined = statements.examined + len(parameters)
    return Finding(examined, what, tuple(dict.fromkeys(faults)), expected=examined)


def examine_statements(files: Mapping[str, str]) -> Finding:
    """Read every call in files of the program that runs SQL."""
    found = list(calls(files))
    faults = tuple(f"{call.place} {call.fault}" for call in found if call.fault)
    what = Text(
        f"{len(found)} Aufrufe mit SQL im Programm", f"{len(found)} calls with SQL in the program"
    )
    return Finding(len(found), what, faults)


@contextmanager
def plant_built_statement() -> Iterator[None]:
    """A page that puts what it is asked for into a statement."""
    pattern = desk_address("known-labels").pattern
    assert pattern is not None  # noqa: S101 - a page has one, mypy cannot know

    def built(request: HttpRequest) -> HttpResponse:
        sought = request.GET.get("q", "")
        with connections[served().id].cursor() as cursor:
            cursor.execute(
                "SELECT name FROM conversations_label WHERE name = '" + sought + "'"  # noqa: S608 - what is to be noticed
            )
            return HttpResponse(repr(cursor.fetchall()))

    with mock.patch.object(pattern, "callback", built):
        yield


# A file of the program that puts values into a statement.
PLANTED = {
    "desk/planted.py": "cursor.execute(\"SELECT * FROM p WHERE n = '%s'\" % request.GET['q'])"
}


def plant_each() -> Finding:
    """Plant every failure in turn; one that is not noticed leaves nothing noticed at all."""
    built = noticed_as(examine_injection(plant_built_statement), "labels/ q: a quotation mark")
    return all_noticed([built, noticed_as(examine_statements(PLANTED), "planted.py")])


def _parameters(scene: Scene, address: Address) -> list[tuple[Address, str]]:
    """The names in the query that an address looks at, as it is seen to look."""
    names: list[str] = []

    def noting(method: str) -> Callable[..., object]:
        real = getattr(QueryDict, method)

        def noted(self: QueryDict, name: str, *rest: object) -> object:
            if not self._mutable:  # Else it is being made.
                names.append(name)
            return real(self, name, *rest)

        return noted

    methods = ("get", "getlist", "__getitem__", "__contains__")
    with ExitStack() as patches:
        for method in methods:
            patches.enter_context(mock.patch.object(QueryDict, method, noting(method)))
        _ask(scene, address, f"q={WORD}")
    return [(address, name) for name in sorted(set(names))]


def _told_apart(scene: Scene, address: Address, name: str) -> Iterator[str]:
    for pair in CONDITIONS:
        true, false = (text.format(word=WORD) for text in pair)
        first, second = (_shown(scene, address, name, text) for text in (true, false))
        # Asked again, since some answers tell of the question before.
        if first != second and first == _shown(scene, address, name, true):
            yield "the answer depends on a condition that was sent"


def _broken(scene: Scene, address: Address, name: str) -> Iterator[str]:
    for text in BREAKING:
        if _with(scene, address, name, text).status >= 500:
            yield "a quotation mark makes it fail"


def _with(scene: Scene, address: Address, name: str, value: str) -> Answer:
    query = f"{quote(name)}={quote(value)}"
    return _ask(scene, address, query if name == "q" else f"q={WORD}&{query}")


def _ask(scene: Scene, address: Address, query: str) -> Answer:
    path = address.paths(scene.things)[0]
    return scene.browser(address.surface).ask("GET", f"{path}?{query}")


def _shown(scene: Scene, address: Address, name: str, value: str) -> tuple[int, ...]:
    """The status of an answer, and how often each of the probe's things and texts is in it."""
    answer = _with(scene, address, name, value)
    texts = [f"{place} {WORD}" for place in PLACES]
    return answer.status, *(answer.text.count(each) for each in scene.identifiers + texts)


def _tables(scene: Scene) -> dict[str, int]:
    """The rows of every table of the probe that nobody changes by reading."""
    changing = ("identity_session", "siegel_cache", "audit_")
    with serving(scene.tenant), connections[scene.tenant.id].cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        names = [name for (name,) in cursor.fetchall() if not name.startswith(changing)]
        counts = {}
        for name in names:
            cursor.execute(f'SELECT count(*) FROM "{name}"')  # noqa: S608 - a name from the schema
            counts[name] = cursor.fetchone()[0]
    return counts

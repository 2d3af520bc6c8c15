"""The map of all addresses of both hosts, as Django's resolver and the files' table have it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from siegel.conversations.file_requests import NUMBER, ROUTES, UUID
from siegel.trust.checks.asking import Browser

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
PLACEHOLDER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")


@dataclass(frozen=True)
class Address:
    """A route of a surface (`desk` or `chat`), such as `/inbox/<uuid:identifier>/`.

    `pattern` is Django's; below /files/ there is none, and `method` is the one that it takes.
    """

    surface: str
    route: str
    pattern: URLPattern | None = field(default=None, compare=False)
    method: str = ""

    @property
    def names_things(self) -> bool:
        return PLACEHOLDER.search(self.route) is not None

    def paths(self, things: Mapping[str, Sequence[str]]) -> list[str]:
        """The route with every combination of things in the places of its placeholders.

        `things` has values by the name of a placeholder, `""` those for a name that it lacks.
        """
        names = [found["name"] for found in PLACEHOLDER.finditer(self.route)]
        values = [things.get(name, things[""]) for name in names]
        return [self._filled(list(combination)) for combination in product(*values)]

    def _filled(self, values: list[str]) -> str:
        return PLACEHOLDER.sub(lambda _: values.pop(0), self.route)


def all_addresses() -> list[Address]:
    """Every page of both hosts, and every address below /files/ once for each of them."""
    pages = [
        Address(surface, route, pattern)
        for surface, module in settings.SURFACES.items()
        for route, pattern in _walk(get_resolver(module).url_patterns, "/")
    ]
    files = [
        Address(surface, _as_route(pattern), method=method)
        for surface in settings.SURFACES
        for method, pattern, _ in ROUTES
    ]
    return pages + files


def pages() -> list[Address]:
    """The addresses that Django answers."""
    return [address for address in all_addresses() if address.pattern is not None]


def methods(address: Address, browser: Browser, path: str) -> list[str]:
    """The methods that an address takes for somebody, by its own word; all if it does not say."""
    if address.method:
        return [address.method]
    allowed = browser.ask("OPTIONS", path).header("allow")
    said = [method for method in ("GET", *UNSAFE) if method in re.split(r",\s*", allowed)]
    return said or ["GET", *UNSAFE]


def _walk(entries: Sequence[Any], prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for entry in entries:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, route)
        else:
            yield route, entry


def _as_route(pattern: re.Pattern[str]) -> str:
    is_upload = pattern.pattern.startswith("/files/uploads/")
    route = pattern.pattern.replace(UUID, "<uuid:upload>" if is_upload else "<uuid:file>")
    return route.replace(NUMBER, "<int:number>")


def desk_address(name: str) -> Address:
    """The desk's address of this name in its list of addresses."""
    found = [each for each in pages() if each.surface == "desk"]
    return next(each for each in found if each.pattern is not None and each.pattern.name == name)

"""Looking whether a foreign page can have a browser change something in somebody's name."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from unittest import mock

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from siegel.claims.control import Finding, Text
from siegel.claims.planting import each_noticed
from siegel.trust.checks.addresses import (
    UNSAFE,
    Address,
    all_addresses,
    desk_address,
    methods,
    pages,
)
from siegel.trust.checks.scene import FOREIGN_ORIGIN, Plant, Scene, scenes

# What a foreign page can have sent without our consent: a form, and text of its own (Fetch, CORS).
SIMPLE: tuple[dict[str, str], ...] = (
    {},
    {"origin": FOREIGN_ORIGIN},
    {"origin": FOREIGN_ORIGIN, "content-type": "text/plain"},
)
# Asked by a browser before it sends what is not so simple.
PREFLIGHT = {
    "origin": FOREIGN_ORIGIN,
    "access-control-request-method": "POST",
    "access-control-request-headers": "x-siegel, x-csrftoken, content-type",
}
ALLOWING = "access-control-allow"
REFUSED = 403


def examine_forged_requests(plant: Plant = nullcontext) -> Finding:
    """Send to every address that changes something what a foreign page can send.

    `plant` breaks what is examined for the length of its block.
    """
    faults: list[str] = []
    examined, changing = 0, 0
    with scenes(str) as (scene, _), plant():
        desk = scene.browser("desk")
        ticket = desk.ask("POST", "/socket-ticket/", headers=scene.proofs("desk"))
        if ticket.status != 200 or not desk.greets(ticket.json["ticket"]):
            raise LookupError("What our own page sends is refused as well.")
        if desk.greets(ticket.json["ticket"], FOREIGN_ORIGIN):
            faults.append("the socket opens for foreign pages")
        for address in all_addresses():
            browser, path = scene.browser(address.surface), address.paths(scene.things)[0]
            taken = [each for each in methods(address, browser, path) if each in UNSAFE]
            changing += len(taken)
            preflight = browser.ask("OPTIONS", path, headers=PREFLIGHT)
            allowed = [name for name, _ in preflight.headers if name.startswith(ALLOWING)]
            if taken and allowed:
                faults.append(f"{address.surface} {address.route} lets foreign pages in")
            for method in taken:
                faults += _forged(scene, address, method, path)
                examined += 1
    what = Text(
        f"{examined} Adressen und Methoden, die etwas ändern, je ohne Nachweis und von fremder "
        "Seite",
        f"{examined} addresses and methods that change something, without a proof and from a "
        "foreign page",
    )
    return Finding(examined, what, tuple(faults), expected=changing)


@contextmanager
def plant_exempt_view() -> Iterator[None]:
    """A page of the desk that asks for no token."""
    pattern = desk_address("ticket").pattern
    assert pattern is not None  # noqa: S101 - a page has one, mypy cannot know
    with mock.patch.object(pattern, "callback", csrf_exempt(pattern.callback)):
        yield


@contextmanager
def plant_trusting_chat() -> Iterator[None]:
    """A page of the chat that takes what anybody sends."""
    (pattern,) = [each.pattern for each in pages() if each.route == "/contact"]
    assert pattern is not None  # noqa: S101 - as above

    def trusting(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=204, headers={"Allow": "POST"})

    trusting.login_required = False  # type: ignore[attr-defined] # read by Django's middleware
    with mock.patch.object(pattern, "callback", csrf_exempt(trusting)):
        yield


def plant_open_files() -> AbstractContextManager[object]:
    """Files that are taken from foreign pages."""
    return mock.patch(
        "siegel.conversations.file_requests.FileRequest._refuse_foreign_pages", return_value=None
    )


def plant_each() -> Finding:
    """Plant every failure in turn; one that is not noticed leaves nothing noticed at all."""
    plants = {
        plant_exempt_view: "POST desk /socket-ticket/ answers 200",
        plant_trusting_chat: "POST chat /contact answers 204",
        plant_open_files: "/files",
    }
    return each_noticed(examine_forged_requests, plants)


def _forged(scene: Scene, address: Address, method: str, path: str) -> Iterator[str]:
    browser = scene.browser(address.surface)
    attempts: list[dict[str, str]] = [*SIMPLE]
    if address.surface == "desk" or address.method:
        # With every proof, and yet from elsewhere: the origin alone must be enough to refuse it.
        attempts.append(scene.proofs(address.surface) | {"origin": FOREIGN_ORIGIN})
    for told in attempts:
        answer = browser.ask(method, path, headers=told)
        if answer.status != REFUSED:
            yield f"{method} {address.surface} {address.route} answers {answer.status}"

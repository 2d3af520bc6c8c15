"""Looking whether any address gives one organisation's data to somebody of another."""

import secrets
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import permutations

from django.apps import apps
from django.utils.module_loading import import_string

from siegel.claims.control import Finding, Text
from siegel.claims.planting import all_noticed, noticed_as
from siegel.identity.models import Session
from siegel.tenancy import registry
from siegel.tenancy.context import serving
from siegel.trust.checks.addresses import UNSAFE, Address, all_addresses, methods
from siegel.trust.checks.asking import Answer
from siegel.trust.checks.scene import PUBLIC_PLACES, Scene, scenes

Plant = Callable[[Scene, Scene], AbstractContextManager[object]]
# Of the desk, of the chat and of files at each: what a copied credential is noticed by.
OF_THINGS = (
    "desk /inbox/<uuid:identifier>/",
    "desk /files/<uuid:file>",
    "chat /transcript",
    "chat /files/<uuid:file>",
)


def nothing_planted(one: Scene, other: Scene) -> AbstractContextManager[object]:
    """Two probes as they are."""
    return nullcontext()


def examine_foreign_access(plant: Plant = nothing_planted) -> Finding:
    """Ask every address of a probe with the other's credentials, and for the other's things.

    `plant` is given both probes, and breaks what is examined for the length of its block.
    """
    faults: list[str] = []
    examined, count = 0, 0
    marks = [secrets.token_hex(16) for _ in range(2)]
    with scenes(*map(_wording, marks)) as pair, plant(*pair):
        addresses = all_addresses()
        for address in addresses:
            for (own, _), (other, mark) in permutations(zip(pair, marks, strict=True)):
                for method, path, answer in _attempts(address, own, other):
                    count += 1
                    if 200 <= answer.status < 300 and _tells(answer, other, mark):
                        faults.append(f"{method} {address.surface} {address.route} tells of {path}")
            examined += 1
        # What holds nowhere shows nothing by being refused.
        if not faults and not all(map(_is_at_home, pair, marks)):
            raise LookupError("What was looked for is not found where it belongs.")
    what = Text(
        f"{examined} Adressen, {count} Anfragen mit fremdem Ausweis oder nach Fremdem",
        f"{examined} addresses, {count} requests with foreign credentials or for foreign things",
    )
    return Finding(examined, what, tuple(faults), expected=len(addresses))


@contextmanager
def plant_valid_elsewhere(one: Scene, other: Scene) -> Iterator[None]:
    """The first probe's session and client are the second's as well, as in a store of both."""
    copy_session(one, other)
    copy_client(one, other)
    yield


@contextmanager
def plant_wrong_organisation(one: Scene, other: Scene) -> Iterator[None]:
    """The first probe's host leads to the second, as with a table of hosts gone wrong."""
    copy_session(one, other)
    with registry.reachable({one.tenant.host: other.tenant}):
        yield


def plant_each() -> Finding:
    """Plant every failure in turn; one that is not noticed leaves nothing noticed at all."""
    valid = examine_foreign_access(plant_valid_elsewhere)
    wrong = examine_foreign_access(plant_wrong_organisation)
    found = [noticed_as(valid, f"{address} tells of") for address in OF_THINGS]
    return all_noticed([*found, noticed_as(wrong, "tells of")])


def copy_session(one: Scene, other: Scene) -> None:
    """Have the key of the first probe's session be one of the second's person as well."""
    with serving(other.tenant):
        row = Session.objects.get(session_key=other.session)
        row.session_key, row.id = one.session, uuid.uuid4()
        row.save(force_insert=True)


def copy_client(one: Scene, other: Scene) -> None:
    """Have the cookie of the first probe's client be one of the second's client as well."""
    _, _, token = one.visitor.partition("=")
    (contact,) = other.things["contact"]
    with serving(other.tenant):
        # By name: the chat is a room beside this one.
        digest = import_string("siegel.widget.visiting._digest")(token)
        visits = apps.get_model("widget", "Visit")._default_manager
        visits.create(digest=digest, contact_id=contact)


def _is_at_home(own: Scene, mark: str) -> bool:
    """Whether everybody still reads what is theirs: at both surfaces, and their file at each."""
    places = {"desk": f"/inbox/{own.conversation}/", "chat": "/transcript"}
    (file,) = own.things["file"]
    return all(
        mark in own.browser(surface).ask("GET", path).text
        for surface, page in places.items()
        for path in (page, f"/files/{file}")
    )


def _wording(mark: str) -> Callable[[str], str]:
    return lambda place: place if place in PUBLIC_PLACES else f"{place} {mark}"


def _attempts(address: Address, own: Scene, other: Scene) -> Iterator[tuple[str, str, Answer]]:
    """Requests of `own`'s people at `other`'s host, and for `other`'s things at their own."""
    surface = address.surface
    home = own.browser(surface)
    credentials = [*own.cookies.values()]
    paths = address.paths(other.things)
    own_proofs, away_proofs = own.proofs(surface), other.proofs(surface)
    taken = methods(address, home, address.paths(own.things)[0])
    for path in paths:
        for method in taken:
            for cookies in credentials:
                away = other.browser(surface, cookies)
                # Our header and the origin a stranger can send as well; the token is one's own.
                told = away_proofs | {"x-csrftoken": own.csrf} if method in UNSAFE else {}
                yield method, path, away.ask(method, path, headers=told)
            # Without a thing in its path, an address changes only what is one's own.
            if address.names_things or method not in UNSAFE:
                told = own_proofs if method in UNSAFE else {}
                yield method, path, home.ask(method, path, headers=told)


def _tells(answer: Answer, other: Scene, mark: str) -> bool:
    """Whether an answer holds a text of the other, or the id of something that is theirs."""
    return any(each.encode() in answer.body for each in (mark, *other.identifiers))

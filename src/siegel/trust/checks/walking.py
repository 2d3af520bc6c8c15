"""Going to every address once, as our own pages would: so that its view itself answers."""

from siegel.trust.checks.addresses import UNSAFE, Address, all_addresses, methods
from siegel.trust.checks.asking import Answer
from siegel.trust.checks.scene import Scene


def in_turn(scene: Scene) -> list[tuple[Address, str]]:
    """Every address with a method that it takes, GET if it can be.

    Those that may change something come last: by then everything else has been asked for.
    """
    found = []
    for address in all_addresses():
        taken = methods(address, scene.browser(address.surface), _path(scene, address))
        found.append((address, "GET" if "GET" in taken else taken[0]))
    return sorted(found, key=lambda pair: pair[1] != "GET")


def go_to(
    scene: Scene,
    address: Address,
    method: str,
    *,
    cookies: str | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Ask without any content, with the proofs that are wanted of what changes something."""
    proofs = scene.proofs(address.surface) if method in UNSAFE else {}
    browser = scene.browser(address.surface, cookies)
    return browser.ask(method, _path(scene, address), headers=proofs | (headers or {}))


def is_well(answer: Answer) -> bool:
    """Whether the address did what it is for, or leads on."""
    return 200 <= answer.status < 400


def _path(scene: Scene, address: Address) -> str:
    return address.paths(scene.things)[0]

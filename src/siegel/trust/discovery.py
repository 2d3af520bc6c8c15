"""Finding what is claimed: beside the mechanisms, and among what no program checks yet."""

import importlib
import pkgutil
from collections import Counter
from functools import lru_cache

from siegel.claims import not_built
from siegel.claims.control import Claim, Control
from siegel.claims.headings import HEADINGS, OWN_PREFIX
from siegel.conversations import controls as conversations
from siegel.files import controls as files
from siegel.identity import controls as identity
from siegel.tenancy import controls as tenancy
from siegel.trust.checks import controls as trust
from siegel.trust.checks import credential_controls, password_claims


class WrongClaims(ValueError):
    """A claim of the list is missing, there twice, or has an id that nobody gave it."""


class NoControl(LookupError):
    """There is no control of that id."""


@lru_cache
def all_controls() -> tuple[Control, ...]:
    """Every claim that is checked, by id."""
    rooms = (tenancy, identity, files, conversations, trust, password_claims, credential_controls)
    found = [control for room in rooms for control in room.CONTROLS]
    return tuple(sorted(found, key=lambda control: control.id))


def control_named(control_id: str) -> Control:
    """The control of an id; raises NoControl."""
    for control in all_controls():
        if control.id == control_id:
            return control
    raise NoControl(f"There is no control {control_id}.")


@lru_cache
def all_claims() -> dict[str, Claim]:
    """Every claim by its id: the list's in its order, then our own; raises WrongClaims."""
    return in_order([*all_controls(), *_not_built()])


def in_order(claims: list[Claim]) -> dict[str, Claim]:
    """The claims by id in the order of the page, if they are the list's and our own."""
    listed = [claim_id for heading in HEADINGS for claim_id in heading.claims]
    times = Counter(claim.id for claim in claims)
    own = sorted(claim_id for claim_id in times if claim_id.startswith(OWN_PREFIX))
    for problem, ids in {
        "there twice": [claim_id for claim_id, number in times.items() if number > 1],
        "missing": [claim_id for claim_id in listed if claim_id not in times],
        f"neither listed nor our own ({OWN_PREFIX}…)": sorted({*times} - {*listed} - {*own}),
    }.items():
        if ids:
            raise WrongClaims(f"Claims that are {problem}: {', '.join(ids)}.")
    by_id = {claim.id: claim for claim in claims}
    return {claim_id: by_id[claim_id] for claim_id in [*listed, *own]}


def _not_built() -> list[Claim]:
    names = sorted(module.name for module in pkgutil.iter_modules(not_built.__path__))
    modules = [importlib.import_module(f"{not_built.__name__}.{name}") for name in names]
    return [claim for module in modules for claim in module.CLAIMS]

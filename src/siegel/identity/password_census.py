"""How the passwords of a tenant are stored: counted by scheme, pepper and cost."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.contrib.auth.hashers import identify_hasher, is_password_usable

from siegel.identity.models import EarlierPassword, Person

_COST = re.compile(r"\$(m=[0-9]+,t=[0-9]+,p=[0-9]+)\$")
NONE = "none: signs in otherwise"


@dataclass(frozen=True)
class Census:
    """How many records there are of each scheme, and how many that no scheme here has made."""

    schemes: dict[str, int]
    bare: int


def count() -> Census:
    """Every record of the served tenant, those of earlier passwords included."""
    found = Counter(scheme_of(record) for record in records())
    bare = found.pop("", 0)
    return Census(dict(found), bare)


def records() -> Iterator[str]:
    """Every stored record, a few at a time."""
    tables: Iterable[Iterable[str]] = (
        Person.objects.values_list("password", flat=True).iterator(),
        EarlierPassword.objects.values_list("record", flat=True).iterator(),
    )
    for table in tables:
        yield from table


def scheme_of(record: str) -> str:
    """The scheme of a record with its pepper and cost; empty if it is none that is known."""
    if not record or not is_password_usable(record):
        return NONE
    try:
        hasher = identify_hasher(record)
    except ValueError:
        return ""
    parts = record.split("$")
    pepper = f" pepper {parts[1]}" if (hasher.algorithm or "").startswith("siegel") else ""
    cost = _COST.search(record)
    return f"{hasher.algorithm}{pepper}" + (f" {cost[1]}" if cost else "")

"""Canaries: whether a planted failure was noticed as what it is."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from siegel.claims.control import Finding, Text

Plant = TypeVar("Plant", bound=Callable[..., Any])


def noticed_as(finding: Finding, words: str) -> Finding:
    """The finding with those faults only that say `words`: any other is not what was planted."""
    told = tuple(fault for fault in finding.faults if words in fault)
    return dataclasses.replace(finding, faults=told)


def each_noticed(examine: Callable[[Plant], Finding], plants: Mapping[Plant, str]) -> Finding:
    """Plant every failure in turn, and look whether each is noticed by the words beside it."""
    return all_noticed([noticed_as(examine(plant), words) for plant, words in plants.items()])


def all_noticed(findings: Sequence[Finding]) -> Finding:
    """One finding of several plantings; one that was not noticed leaves nothing noticed at all.

    Nor does one that was not looked at as a whole: the sum would not tell any more.
    """
    noticed = all(finding.faults and finding.is_complete for finding in findings)
    return Finding(
        examined=sum(finding.examined for finding in findings),
        what=Text(f"{len(findings)} eingebaute Fehler", f"{len(findings)} planted failures"),
        faults=tuple(fault for finding in findings for fault in finding.faults if noticed),
    )

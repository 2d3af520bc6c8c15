"""Every rule for passwords that is published, with a counter-example that it must refuse."""

import dataclasses
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any
from unittest import mock

from django.test.utils import override_settings

from siegel.claims.control import Finding
from siegel.claims.planting import all_noticed, noticed_as
from siegel.identity.password_doors import AGE, EARLIER, Case, examine_cases
from siegel.identity.password_policy import Policy

Plant = Callable[[], AbstractContextManager[object]]
GOOD = "vq zx 7 wj kqx ypv"
STOLEN = "jq xw zv qky vjw 5"
SET_NOW = ("created", "invited", "changed", "reset", "validated")
# Beside the knobs: what the operator switches on.
BREACHES = "breaches"


def _of_length(name: str, **asked: Any) -> tuple[Case, Case]:
    """A rule of length or composition, which has a claim of its own: tried at one way only."""
    policy, doors = Policy(**asked), ("created",)
    rich = "Vq ZXÄ 7893 wjkqx ypv --- more"
    return (
        Case(f"the counter-example of {name}", policy, "vqzxwjkqxypvzwj", False, doors),
        Case(f"the example of {name}", policy, rich, True, doors),
    )


def _rule(
    name: str, policy: Policy, refused: str, accepted: str = GOOD, doors: tuple[str, ...] = ()
) -> tuple[Case, Case]:
    return (
        Case(f"the counter-example of {name}", policy, refused, False, doors),
        Case(f"the example of {name}", policy, accepted, True, doors),
    )


def examples() -> dict[str, tuple[Case, Case]]:
    """Of each rule what it refuses and what it accepts."""
    late, never = Policy(digits=9, grace_days=0), Policy(digits=9, grace_days=None)
    days = AGE.days
    return {
        "min_length": _of_length("min_length", min_length=16),
        "min_length_with_factor": _of_length("min_length_with_factor", min_length=17),
        "letters": _rule("letters", Policy(letters=3), "78-93 45 67:89 01 23", doors=("created",)),
        "upper": _of_length("upper", upper=1),
        "lower": _rule("lower", Policy(lower=9), "VQZXWJKQXYPVZWJ", doors=("created",)),
        "digits": _of_length("digits", digits=2),
        "special": _of_length("special", special=2),
        "history": _rule("history", Policy(history=2), EARLIER, doors=("changed", "reset")),
        "expiry_days": (
            Case("the counter-example of expiry_days", _expiring(days), GOOD, False, ("aged",)),
            Case("the example of expiry_days", _expiring(days + 9), GOOD, True, ("aged",)),
        ),
        "blocklist": _rule("blocklist", Policy(), "abcabcabcabcabcabc"),
        "words": _rule("words", Policy(words=("Girokonto",)), "Girokonto 123456"),
        "similarity": _rule("similarity", Policy(), "siegelSIEGEL1234"),
        "min_guesses_log10": _rule(
            "min_guesses_log10",
            Policy(blocklist=False, min_guesses_log10=9),
            "aaaaaaaaaaaaaaaaaaaa",
        ),
        "grace_days": (
            Case("the counter-example of grace_days", late, GOOD, False, ("imported",)),
            Case("the example of grace_days", never, GOOD, True, ("imported",)),
        ),
        BREACHES: _rule(BREACHES, Policy(), STOLEN, doors=SET_NOW),
    }


def published() -> set[str]:
    """The rules that there are, by name, as the page of the administration has them."""
    return {field.name for field in dataclasses.fields(Policy)} | {BREACHES}


def examine_further(
    tried: Mapping[str, tuple[Case, Case]] | None = None,
    rules: set[str] | None = None,
    plant: Plant = nullcontext,
) -> Finding:
    """Try each rule's example and counter-example; a rule without one is a fault."""
    tried = examples() if tried is None else tried
    rules = published() if rules is None else rules

    @contextmanager
    def with_service() -> Iterator[None]:
        with _stolen(), plant():
            yield

    found = examine_cases([case for pair in tried.values() for case in pair], with_service)
    faults = [f"the rule {name} has no counter-example" for name in sorted(rules - {*tried})]
    faults += [f"the rule {name} is not published" for name in sorted({*tried} - rules)]
    return dataclasses.replace(found, faults=(*found.faults, *faults))


def plant_each() -> Finding:
    """Exchange the two of one rule, and in turn publish a rule that there is not."""
    exchanged = examples()
    bad, good = exchanged["words"]
    exchanged["words"] = (
        dataclasses.replace(bad, is_good=True),
        dataclasses.replace(good, is_good=False),
    )
    return all_noticed(
        [
            noticed_as(examine_further(exchanged), "the counter-example of words is refused"),
            noticed_as(
                examine_further({"upper": exchanged["upper"]}, {"upper", "horoscope"}),
                "the rule horoscope has no counter-example",
            ),
        ]
    )


def _expiring(days: int) -> Policy:
    return Policy(expiry_days=days)


@contextmanager
def _stolen() -> Iterator[None]:
    """A service that knows one password, and must be told no more than five digits of its hash."""
    digest = hashlib.sha1(STOLEN.encode()).hexdigest().upper()  # noqa: S324 - the published format

    def ask(address: str) -> str:
        prefix = address.removeprefix("https://service.invalid/")
        if len(prefix) != 5:
            raise LookupError("The service was told more than five digits.")
        return f"{digest[5:]}:1" if prefix == digest[:5] else ""

    with (
        override_settings(SIEGEL_BREACH_SERVICE="https://service.invalid/"),
        mock.patch("siegel.identity.breaches._ask", ask),
    ):
        yield

"""Looking whether passwords are accepted and refused as an organisation's rules say."""

import dataclasses
import secrets
import unicodedata
from contextlib import AbstractContextManager, nullcontext
from unittest import mock

from siegel.claims.control import Finding
from siegel.claims.planting import noticed_as
from siegel.identity import password_policy
from siegel.identity.models import Person
from siegel.identity.password_doors import Case, Plant, examine_cases
from siegel.identity.password_policy import FLOOR, Policy, RefusedPolicy, check_policy

ROUNDS = 8
# Rare ones, so that no word comes about by chance; some take several bytes.
LETTERS, DIGITS, SIGNS = "qxzjvwkyßäöüΩд中", "0123456789٣५", " -_.:!?#+*/€☃½"
LIMIT = 16


def examine_custom(plant: Plant = nullcontext) -> Finding:
    """Random rules and passwords on every way, judged by a second reading of the rules."""
    return examine_cases([_drawn(number) for number in range(ROUNDS)], plant)


def examine_lengths(plant: Plant = nullcontext) -> Finding:
    """One character too few, as many as asked for, and one more; and whether the floor holds."""
    asked = Policy(min_length=LIMIT)
    cases = [
        Case(f"{name} character", asked, _made(LIMIT + more), more >= 0)
        for more, name in {-1: "one too few", 0: "the last needed", 1: "one more"}.items()
    ]
    found = examine_cases(cases, plant)
    with plant():
        below = [policy for policy in _below_the_floor() if not _is_refused(policy)]
    faults = (*found.faults, *(f"{policy.min_length}: below the floor" for policy in below))
    more = len(_below_the_floor())
    return dataclasses.replace(
        found,
        examined=found.examined + more,
        faults=faults,
        expected=(found.expected or 0) + more,
    )


def examine_letters(plant: Plant = nullcontext) -> Finding:
    """With the rule and without it: no letter, one too few, and as many as asked for."""
    asked, bare = Policy(letters=3), _made(17, LETTERS="")
    cases = [
        Case("none of the letters", asked, bare, is_good=False),
        Case("one letter too few", asked, f"{bare}ßд", is_good=False),
        Case("just enough letters", asked, f"{bare}ßд中", is_good=True),
        Case("no letter without the rule", Policy(), bare, is_good=True),
    ]
    return examine_cases(cases, plant)


def examine_digits(plant: Plant = nullcontext) -> Finding:
    """One digit too few, as many as asked for, one more, and none without the rule."""
    asked, bare = Policy(digits=3), _made(17, DIGITS="")
    cases = [
        Case("one digit too few", asked, f"{bare}7٣", is_good=False),
        Case("just enough digits", asked, f"{bare}7٣५", is_good=True),
        Case("one digit more", asked, f"{bare}7٣५1", is_good=True),
        Case("no digit without the rule", Policy(), bare, is_good=True),
    ]
    return examine_cases(cases, plant)


def examine_special(plant: Plant = nullcontext) -> Finding:
    """One sign too few, as many as asked for; and whether a sign of every category counts."""
    asked, bare = Policy(special=2), _made(17, SIGNS="")
    cases = [
        Case("one sign too few", asked, f"{bare}-", is_good=False),
        Case("one sign more", asked, f"{bare}-+!", is_good=True),
        Case("one of each kind", Policy(special=len(_signs())), f"q{_signs()}{bare}", is_good=True),
    ]
    return examine_cases(cases, plant)


def plant_unasked() -> Finding:
    """A way that does not ask for the rules."""

    def set_anyhow(person: Person, password: str) -> None:
        person.set_password(password)

    def plant() -> AbstractContextManager[object]:
        return mock.patch("siegel.identity.people.set_password", set_anyhow)

    return noticed_as(examine_custom(plant), "created: what breaks the rules is accepted")


def plant_shorter() -> Finding:
    """A limit that is one too low."""
    asked = Policy.least

    def less(policy: Policy, has_second_factor: bool) -> int:
        return asked(policy, has_second_factor) - 1

    found = examine_lengths(lambda: mock.patch.object(Policy, "least", less))
    return noticed_as(found, "one too few character is accepted")


def plant_no_letters() -> Finding:
    """Rules that nobody follows."""
    ignored = mock.patch("siegel.identity.password_policy._missing", return_value=())
    return noticed_as(examine_letters(lambda: ignored), "one letter too few is accepted")


def plant_more_digits() -> Finding:
    """One digit more than there is."""
    return noticed_as(
        examine_digits(lambda: _counting(digits=lambda _password: 1)),
        "one digit too few is accepted",
    )


def plant_no_spaces() -> Finding:
    """A space that does not count."""
    planted = examine_special(lambda: _counting(special=lambda password: -password.count(" ")))
    return noticed_as(planted, "one of each kind is refused")


def satisfies(password: str, policy: Policy) -> bool:
    """A second reading of the rules of length and composition, by other means than the first."""
    form = unicodedata.normalize("NFC", password)
    letters = sum(one.isalpha() for one in form)
    digits = sum(one.isdecimal() for one in form)
    return (
        len(form) >= policy.min_length
        and letters >= policy.letters
        and sum(one.isupper() for one in form if one.isalpha()) >= policy.upper
        and sum(one.islower() for one in form if one.isalpha()) >= policy.lower
        and digits >= policy.digits
        and len(form) - letters - digits >= policy.special
    )


def _drawn(number: int) -> Case:
    """Rules, and a password that satisfies them or, every second time, breaks one."""
    draw = secrets.SystemRandom()
    policy = Policy(
        min_length=draw.randint(15, 24),
        letters=draw.randint(0, 3),
        lower=draw.randint(0, 2),
        digits=draw.randint(0, 3),
        special=draw.randint(0, 3),
    )
    while True:
        password = _made(draw.randint(policy.min_length - 2, policy.min_length + 2))
        if satisfies(password, policy) == bool(number % 2):
            break
    name = "what satisfies the rules" if number % 2 else "what breaks the rules"
    return Case(name, policy, password, bool(number % 2))


def _made(length: int, **kinds: str) -> str:
    """So many random characters; a class that is empty has none of them."""
    given = {"LETTERS": LETTERS, "DIGITS": DIGITS, "SIGNS": SIGNS} | kinds
    return "".join(secrets.choice("".join(given.values())) for _ in range(length))


def _signs() -> str:
    """One sign of every category that a keyboard, or a program, can type; the space first."""
    found: dict[str, str] = {"Zs": " "}
    for number in range(0x21, 0x3000):
        kind = unicodedata.category(chr(number))
        if kind[0] in "PSNZM" and kind != "Nd" and unicodedata.is_normalized("NFC", chr(number)):
            found.setdefault(kind, chr(number))
    # Marks join the character before them.
    return "".join(sign for kind, sign in found.items() if kind[0] != "M")


def _counting(**more: object) -> AbstractContextManager[object]:
    counts = password_policy.counts

    def counted(password: str) -> dict[str, int]:
        found = counts(password)
        return found | {name: found[name] + by(password) for name, by in more.items()}  # type: ignore[operator] # of the plants above

    return mock.patch("siegel.identity.password_policy.counts", counted)


def _below_the_floor() -> list[Policy]:
    least = FLOOR - 1
    return [Policy(min_length=least), Policy(min_length_with_factor=least), Policy(min_length=0)]


def _is_refused(policy: Policy) -> bool:
    try:
        check_policy(policy)
    except RefusedPolicy:
        return True
    return False

"""Whether a password signs in, guessing is slowed down, and strangers learn who has an account."""

import itertools
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from unittest import mock

from allauth.account.auth_backends import AuthenticationBackend

from siegel.claims.control import Finding, Text
from siegel.claims.planting import each_noticed
from siegel.identity import hashing, password_cost, sign_ins, throttle
from siegel.identity.devices import COOKIE, Device
from siegel.identity.models import Person
from siegel.identity.organisations import furnish
from siegel.identity.roles import Role
from siegel.identity.throttle import FREE, LONGEST_SECONDS
from siegel.tenancy import registry
from siegel.tenancy.context import serving
from siegel.tenancy.probes import probe_tenants
from siegel.trust.checks.asking import Answer, Browser, asking
from siegel.trust.checks.visitor import CSRF, Visitor

Plant = Callable[[], AbstractContextManager[object]]
# Of one length: the form has the address again.
KNOWN, UNKNOWN = "known@probe.invalid", "other@probe.invalid"
# Other at every answer: the time, and the cookie of the session.
VARYING = {"expires", "set-cookie", "date"}
# Wrong ones at both addresses and on the known device.
GUESSES = 3 * (FREE + 1)
# The right one at first, twice on the known device, as a stranger; and both after they waited.
EXAMINED = GUESSES + 6


def examine_password_sign_in(plant: Plant = nullcontext) -> Finding:
    """Sign in at a probe, guess as a stranger at an address that is known and at one that is not.

    And on a device that is known; and wait as long as is asked for. `plant` breaks what is examined
    for the length of its block. For the counters time passes only when it is put forward: how busy
    the machine is changes nothing.
    """
    password = secrets.token_urlsafe(24)
    with (
        _probe(password) as stranger,
        mock.patch.object(throttle, "_now", return_value=time.time()) as clock,
        plant(),
    ):
        faults = list(_as_the_person(stranger(), password))
        known_device = stranger()
        known_device.sign_in(KNOWN, password)
        guessed = {address: list(_guess(stranger, address)) for address in (KNOWN, UNKNOWN)}
        faults += _let_through(guessed) + _told(guessed)
        waiting = stranger()
        told_to_wait = waiting.sign_in(KNOWN, password)
        if not _is_slowed(told_to_wait):
            faults.append("guessing is not slowed down")
        device = _on_device(stranger(), known_device)
        device.sign_in(KNOWN, password)
        if not device.is_in():
            faults.append("a known device waits for what strangers do")
        guesses = list(_guess(lambda: _on_device(stranger(), device), KNOWN))
        if not _is_slowed(guesses[-1].answer) or any(_is_slowed(g.answer) for g in guesses[:-1]):
            faults.append("guessing on a known device is not slowed down")
        # As a stranger, and on the device: with the right password, once they have waited.
        for visitor, answer in (
            (waiting, told_to_wait),
            (guesses[-1].visitor, guesses[-1].answer),
        ):
            wait = answer.header("retry-after")
            clock.return_value += int(wait) if wait.isdigit() else 0
            visitor.sign_in(KNOWN, password)
            if not visitor.is_in():
                faults.append("who has waited as long as was asked for is not let in")
    what = Text(
        f"{EXAMINED} Anmeldungen an einem Prüfmandanten, davon {GUESSES} mit geratenem Passwort",
        f"{EXAMINED} sign-ins at a probe tenant, {GUESSES} of them with a guessed password",
    )
    return Finding(EXAMINED, what, tuple(dict.fromkeys(faults)), expected=EXAMINED)


@dataclass(frozen=True)
class Guess:
    """What somebody got for a password, and what it has cost."""

    visitor: Visitor
    answer: Answer
    is_in: bool
    hashes: int


def _as_the_person(visitor: Visitor, password: str) -> Iterator[str]:
    answer = visitor.sign_in(KNOWN, password)
    if answer.status != 302 or not visitor.is_in():
        yield "the right password is refused"


def _on_device(visitor: Visitor, device: Visitor) -> Visitor:
    """Another window of a browser that is known, in which nobody is signed in."""
    visitor.cookies[COOKIE] = device.cookies.get(COOKIE, "")
    return visitor


def _guess(stranger: Callable[[], Visitor], address: str) -> Iterator[Guess]:
    """As many as are free, and the first one after them."""
    for _ in range(FREE + 1):
        visitor = stranger()
        with _counted() as hashes:
            answer = visitor.sign_in(address, secrets.token_urlsafe(24))
        yield Guess(visitor, answer, visitor.is_in(), len(hashes))


def _let_through(guessed: dict[str, list[Guess]]) -> list[str]:
    faults = []
    for address, guesses in guessed.items():
        whose = "a known" if address == KNOWN else "an unknown"
        if any(guess.is_in for guess in guesses):
            faults.append("a wrong password is let in")
        if not _is_slowed(guesses[-1].answer) or any(_is_slowed(g.answer) for g in guesses[:-1]):
            faults.append("guessing is not slowed down")
        if {guess.hashes for guess in guesses[:-1]} != {1}:
            faults.append(f"{whose} address does not cost one hash")
    return faults


def _told(guessed: dict[str, list[Guess]]) -> list[str]:
    pairs = zip(guessed[KNOWN], guessed[UNKNOWN], strict=True)
    if all(_shown(one.answer) == _shown(other.answer) for one, other in pairs):
        return []
    return ["known and unknown addresses get different answers"]


def _shown(answer: Answer) -> tuple[object, ...]:
    headers = [pair for pair in answer.headers if pair[0] not in VARYING]
    text = CSRF.sub("", answer.text).replace(KNOWN, "").replace(UNKNOWN, "")
    return answer.status, headers, sorted(answer.cookies), text


def _is_slowed(answer: Answer) -> bool:
    wait = answer.header("retry-after")
    return answer.status == 429 and wait.isdigit() and 0 < int(wait) <= LONGEST_SECONDS


@contextmanager
def _probe(password: str) -> Iterator[Callable[[], Visitor]]:
    """A probe with one person, reachable in this process; gives a new browser at its desk."""
    with (
        probe_tenants() as (probe, _),
        registry.reachable({probe.host: probe}),
        asking() as runner,
    ):
        with serving(probe):
            furnish("Probe")
            person = Person(name="Probe", email=KNOWN, roles=[Role.ADVISER])
            person.set_password(password)
            person.save()
        # Each of another network, or the limit of one would hide what accounts have.
        networks = (f"192.0.2.{number}" for number in itertools.count(1))
        yield lambda: Visitor(Browser(runner, probe.host, network=next(networks)))


@contextmanager
def _counted() -> Iterator[list[None]]:
    """One entry for each hash: whatever makes one asks for room for it."""
    made: list[None] = []
    room = password_cost.room_for_a_hash

    @contextmanager
    def counting() -> Iterator[None]:
        made.append(None)
        with room():
            yield

    with mock.patch.object(hashing, "room_for_a_hash", counting):
        yield made


def plant_no_limit() -> AbstractContextManager[object]:
    """Failures that nobody has to wait after."""
    return mock.patch.object(throttle, "delay_after", return_value=0)


def plant_hard_lock() -> AbstractContextManager[object]:
    """Devices that nobody knows again: a stranger locks everybody out."""
    return mock.patch.object(Device, "knows", return_value=False)


def plant_free_device() -> AbstractContextManager[object]:
    """Devices on which whoever is known there guesses for ever."""
    admit = throttle.admit

    def admit_known(address: str, *, known_device: str, network: str) -> throttle.Attempt:
        if known_device:
            return throttle.Attempt("", is_known=True)
        return admit(address, known_device=known_device, network=network)

    return mock.patch.object(throttle, "admit", admit_known)


def plant_endless_wait() -> AbstractContextManager[object]:
    """Whoever has waited and comes back waits anew."""
    opens_at = throttle._opens_at

    def never(place: str, now: float, count: throttle.Count) -> float:
        opens = opens_at(place, now, count)
        return opens if opens <= now and not count.is_noted else now + LONGEST_SECONDS

    return mock.patch.object(throttle, "_opens_at", never)


def plant_any_password() -> AbstractContextManager[object]:
    """Passwords that are not looked at."""
    return mock.patch.object(Person, "check_password", return_value=True)


def plant_no_password() -> AbstractContextManager[object]:
    """A password that opens nothing."""
    return mock.patch.object(Person, "check_password", return_value=False)


def plant_quick_answer() -> AbstractContextManager[object]:
    """Unknown addresses that are answered at once."""
    return mock.patch.object(AuthenticationBackend, "_mitigate_timing_attack")


@contextmanager
def plant_telling_answer() -> Iterator[None]:
    """A page that says that nobody has an address."""
    refuse = sign_ins.refuse

    def tell(person: Person | None, code: str) -> None:
        refuse(person, code)
        if person is None:
            raise LookupError("Nobody has this address.")

    with mock.patch.object(sign_ins, "refuse", tell):
        yield


def plant_each() -> Finding:
    """Plant every failure in turn; one that is not noticed leaves nothing noticed at all."""
    plants: dict[Plant, str] = {
        plant_no_password: "the right password is refused",
        plant_any_password: "a wrong password is let in",
        plant_no_limit: "guessing is not slowed down",
        plant_hard_lock: "a known device waits",
        plant_free_device: "guessing on a known device is not slowed down",
        plant_endless_wait: "who has waited as long as was asked for is not let in",
        plant_quick_answer: "an unknown address does not cost one hash",
        plant_telling_answer: "known and unknown addresses get different answers",
    }
    return each_noticed(examine_password_sign_in, plants)

"""Looking how every tenant's passwords are stored; the records are read, and nothing is guessed."""

import base64
import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import NamedTuple

from argon2.low_level import Type, hash_secret
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import identify_hasher, is_password_usable, make_password
from django.utils import timezone

from siegel.claims.control import Finding, Text
from siegel.claims.planting import all_noticed, each_noticed, noticed_as
from siegel.identity import password_cost
from siegel.identity.models import Person
from siegel.identity.password_census import records
from siegel.identity.password_doors import PRESENT, Probe, probing
from siegel.identity.people_import import import_people
from siegel.tenancy.availability import Unavailable, open_database
from siegel.tenancy.context import serving
from siegel.tenancy.probes import examined_tenants

Plant = Callable[[Probe], AbstractContextManager[object]]
# When memory, passes and lanes were last compared with what is published (OWASP, RFC 9106).
REVIEWED = dt.date(2026, 11, 30)
REVIEW_HOLDS = dt.timedelta(days=365)
SHORTEST_SALT = 16
# What is published; not read from where it is set, so that it is noticed if that is lowered.
FLOOR_KIB, FEWEST_PASSES, FEWEST_ROUNDS = 19456, 2, 600_000
_ARGON2 = re.compile(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$")


class Cost(NamedTuple):
    """What a record cost: memory in KiB, passes, lanes; rounds of PBKDF2 instead, and its salt."""

    memory: int
    passes: int
    lanes: int
    rounds: int
    salt: str


def examine_cost(plant: Plant = nullcontext, today: dt.date | None = None) -> Finding:
    """Whether every record costs at least what is published, and when that was last reviewed."""
    stored, faults = _stored(plant)
    costs = [(owner, _cost(record)) for owner, record in stored]
    faults += [f"{owner}: a hash is weaker than published" for owner, c in costs if _is_weak(c)]
    today = today or timezone.now().date()
    if today - REVIEWED > REVIEW_HOLDS:
        faults.append("the parameters were reviewed more than a year ago")
    dear = password_cost.passes()
    older = sum(c is not None and not c.rounds and c.passes < dear for _, c in costs)
    what = Text(
        f"{len(costs)} Hashes und der Stand der Überprüfung ({REVIEWED:%d.%m.%Y}); {older} Hashes "
        "sind älter und werden bei der nächsten Anmeldung erneuert",
        f"{len(costs)} hashes and the date of the review ({REVIEWED:%d.%m.%Y}); {older} hashes are "
        "older and renewed at the next sign-in",
    )
    return Finding(len(costs) + 1, what, tuple(faults))


def examine_salts(plant: Plant = nullcontext) -> Finding:
    """Whether every record is one of an admitted scheme, under a random value of its own."""
    stored, faults = _stored(plant)
    seen: set[tuple[str, str]] = set()
    for owner, record in stored:
        cost = _cost(record)
        if cost is None:
            faults.append(f"{owner}: a value is stored under no admitted scheme")
            continue
        if len(cost.salt) < SHORTEST_SALT:
            faults.append(f"{owner}: a random value is too short")
        if (owner, cost.salt) in seen:
            faults.append(f"{owner}: two hashes share their random value")
        seen.add((owner, cost.salt))
    what = Text(
        f"{len(stored)} gespeicherte Werte, darunter zwei gleiche Passwörter",
        f"{len(stored)} stored values, among them two equal passwords",
    )
    return Finding(len(stored), what, tuple(faults))


def examine_digests(plant: Plant = nullcontext) -> Finding:
    """Whether no record is bare, and somebody who was taken over signs in and is upgraded."""
    stored, faults = _stored(plant)
    faults += [f"{owner}: a hash is bare" for owner, record in stored if _cost(record) is None]
    what = Text(
        f"{len(stored)} gespeicherte Werte und eine Übernahme mit erster Anmeldung",
        f"{len(stored)} stored values, and somebody taken over who signs in for the first time",
    )
    with probing() as probe:
        digest = hashlib.sha256(f"s{PRESENT}".encode()).hexdigest()
        line = {"email": "t@x.invalid", "name": "T", "roles": ["adviser"], "sha256": digest}
        import_people([json.dumps(line | {"salt": "s"}).encode()], is_rehearsal=False)
        taken_over = Person.objects.get(email="t@x.invalid")
        if _cost(taken_over.password) is None or digest in taken_over.password:
            faults.append("an imported hash is stored bare")
        if authenticate(None, email=taken_over.email, password=digest) is not None:
            faults.append("an imported hash is accepted as a password")
        if authenticate(None, email=probe.person.email, password=PRESENT) is None:
            raise LookupError("A password of the probe does not even work.")
        if authenticate(None, email=taken_over.email, password=PRESENT) is None:
            faults.append("somebody taken over cannot sign in")
        elif Person.objects.get(pk=taken_over.pk).password == taken_over.password:
            faults.append("an imported hash is not renewed at the sign-in")
    return Finding(len(stored) + 4, what, tuple(faults))


@contextmanager
def plant_one_pass(probe: Probe) -> Iterator[None]:
    """A hash with one pass."""
    cheap = hash_secret(b"x", b"s" * 22, 1, 8192, 1, 32, Type.ID).decode()
    _store(probe, f"siegel$1{cheap}")
    yield


@contextmanager
def plant_twin(probe: Probe) -> Iterator[None]:
    """The same hash twice."""
    _store(probe, probe.record)
    Person.objects.filter(pk=probe.by.pk).update(password=probe.record)
    yield


@contextmanager
def plant_reversible(probe: Probe) -> Iterator[None]:
    """A value that can be turned back."""
    _store(probe, "cGxhaW4gdGV4dA==")
    yield


@contextmanager
def plant_bare(probe: Probe) -> Iterator[None]:
    """A salted SHA-256 as an older system kept it."""
    _store(probe, f"sha256$s${hashlib.sha256(b's').hexdigest()}")
    yield


def plant_old_review() -> Finding:
    """A review of thirteen months ago."""
    return examine_cost(today=REVIEWED + dt.timedelta(days=396))


def notice_cost() -> Finding:
    """The canary of the cost."""
    return all_noticed(
        [
            noticed_as(examine_cost(plant_one_pass), "a hash is weaker than published"),
            noticed_as(plant_old_review(), "reviewed more than a year ago"),
        ]
    )


def notice_salts() -> Finding:
    """The canary of the random values."""
    plants = {
        plant_twin: "two hashes share their random value",
        plant_reversible: "under no admitted scheme",
    }
    return each_noticed(examine_salts, plants)


def notice_digests() -> Finding:
    """The canary of bare digests."""
    return each_noticed(examine_digests, {plant_bare: "a hash is bare"})


def _stored(plant: Plant) -> tuple[list[tuple[str, str]], list[str]]:
    """Every stored record with its tenant's id, and what could not be opened.

    Among them are two people of a probe with the same password.
    """
    found, faults = [], []
    with probing() as probe:
        _store(probe, probe.record)
        Person.objects.filter(pk=probe.by.pk).update(password=make_password(PRESENT))
        with plant(probe):
            own = [("probe", record) for record in records()]
    for tenant in examined_tenants():
        try:
            with serving(tenant):
                open_database(tenant)
                found += [(tenant.id, record) for record in records()]
        except Unavailable:
            faults.append(f"{tenant.id}: its database does not open")
    return [(o, r) for o, r in own + found if is_password_usable(r) and r], faults


def _store(probe: Probe, record: str) -> None:
    Person.objects.filter(pk=probe.person.pk).update(password=record)


def _cost(record: str) -> Cost | None:
    try:
        hasher = identify_hasher(record)
    except ValueError:
        return None
    if found := _ARGON2.search(record):
        memory, passes, lanes, salt = found.groups()
        return Cost(int(memory), int(passes), int(lanes), 0, _plain(salt))
    if hasher.algorithm == "siegel-fips":
        _, _, rounds, salt, _ = record.split("$")
        return Cost(0, 0, 0, int(rounds), salt)
    return None


def _plain(salt: str) -> str:
    """The salt, of which a record has the base64 without its padding."""
    return base64.b64decode(salt + "=" * (-len(salt) % 4)).decode("latin-1")


def _is_weak(cost: Cost | None) -> bool:
    if cost is None:
        return True
    if cost.rounds:
        return cost.rounds < FEWEST_ROUNDS
    return cost.memory < FLOOR_KIB or cost.passes < FEWEST_PASSES

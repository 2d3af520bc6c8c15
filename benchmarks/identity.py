"""What signing in costs beside its hash, and what it tells: who is known, and how many at once."""

import contextlib
import functools
import hashlib
import json
import math
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.installations import create_tenants, installation
from benchmarks.pairs import Result, absolute

PAIRS = 60
PEOPLE, INTERRUPTED_AFTER = 2_000, 700
BARE = 200
AT_ONCE = 50
# What the threads have beside their hashes: a stack and connections.
THREADS_MB = 64
PASSWORD = "a sentence that only benchmarks know"  # noqa: S105 - of a tenant that is removed


def run() -> list[Result]:
    """All measurements in one process; CPU time of its thread, where nothing else is said."""
    with installation(connections_per_thread=8):
        from django.test.utils import override_settings, setup_test_environment

        from siegel.identity.password_cost import passes
        from siegel.identity.people import create_person
        from siegel.identity.roles import Role
        from siegel.tenancy.context import serving

        setup_test_environment()
        (tenant,), _seconds = create_tenants(1)
        print(f"  a hash takes {passes()} passes here", flush=True)
        with serving(tenant):  # type: ignore[arg-type] # of the harness
            for number in range(AT_ONCE):
                create_person(
                    name="N",
                    email=f"n{number}@x.test",
                    password=PASSWORD,
                    roles=[Role.ADVISER],
                )
        # Guessing is slowed down; here nobody guesses.
        with override_settings(ACCOUNT_RATE_LIMITS=False):
            return [
                _unknown_against_known(tenant),
                _beyond_the_hash(tenant),
                _at_once(tenant),
                _imported(tenant),
            ]


def _unknown_against_known(tenant: Any) -> Result:
    """A wrong password for somebody, and for nobody, one after the other, the order changing."""
    ratios = []
    for address in ("n0@x.test", "u@x.test"):  # What is loaded once is loaded now.
        _sign_in(tenant, address, "wrong")
    for number in range(PAIRS):
        known, unknown = f"n{number % AT_ONCE}@x.test", f"u{number}@x.test"
        order = (known, unknown) if number % 2 else (unknown, known)
        cost = {address: _cpu(lambda a=address: _sign_in(tenant, a, "wrong")) for address in order}
        ratios.append(cost[known] / cost[unknown])
    low, high = _interval(ratios)
    print(f"  known to unknown: {low:.4f} to {high:.4f}", flush=True)
    return absolute(
        "known against unknown address, CPU: the 95 % interval's distance from 1",
        max(abs(low - 1), abs(high - 1)),
        unit="",
        at_most=0.05,
    )


def _beyond_the_hash(tenant: Any) -> Result:
    from siegel.identity.models import Person
    from siegel.tenancy.context import serving

    with serving(tenant):
        person = Person.objects.get(email="n0@x.test")
    _sign_in(tenant, person.email, PASSWORD)
    beyond = []
    for _ in range(PAIRS // 2):
        with serving(tenant):
            hashed = _cpu(lambda: person.check_password(PASSWORD))
        beyond.append(_cpu(lambda: _sign_in(tenant, person.email, PASSWORD)) - hashed)
    return absolute(
        "a sign-in beyond its hash, CPU", statistics.median(beyond) * 1000, unit="ms", at_most=15
    )


def _at_once(tenant: Any) -> Result:
    from django.conf import settings

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # All at once, for as many threads as the process answers with.
    with ThreadPoolExecutor(settings.SIEGEL_THREADS) as pool:
        addresses = [f"n{number}@x.test" for number in range(AT_ONCE)]
        answers = list(pool.map(lambda address: _sign_in(tenant, address, PASSWORD), addresses))
    assert answers == [302] * AT_ONCE
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return absolute(
        f"memory that {AT_ONCE} sign-ins at once add, RSS",
        grown,
        unit="MB",
        at_most=settings.SIEGEL_PASSWORD_MEMORY_MB + THREADS_MB,
    )


def _imported(tenant: Any) -> Result:
    """Everybody taken over, interrupted and resumed, against as many bare hashes."""
    from siegel.identity.hashing import argon2id
    from siegel.identity.people_import import import_people
    from siegel.tenancy.context import serving

    lines = [line_of(number) for number in range(PEOPLE)]

    def interrupted() -> Iterator[bytes]:
        yield from lines[:INTERRUPTED_AFTER]
        raise KeyboardInterrupt

    bare = _cpu(lambda: [argon2id(b"x" * 32, "s" * 22) for _ in range(BARE)]) / BARE
    with serving(tenant):
        began = time.thread_time()
        with contextlib.suppress(KeyboardInterrupt):
            import_people(interrupted(), is_rehearsal=False)
        outcome = import_people(lines, is_rehearsal=False)
        took = time.thread_time() - began
    assert outcome.created + outcome.present == PEOPLE
    assert outcome.present >= INTERRUPTED_AFTER // 20 * 20
    return absolute(
        f"{PEOPLE:,} people imported, interrupted and resumed: CPU to that of bare hashes",
        took / PEOPLE / bare,
        unit="",
        at_most=1 / 0.9,
    )


def line_of(number: int) -> bytes:
    """Somebody of a file for the import."""
    digest = hashlib.sha256(f"s{number}".encode()).hexdigest()
    return json.dumps(
        {
            "email": f"i{number}@x.test",
            "name": "I",
            "roles": ["adviser"],
            "sha256": digest,
            "salt": "s",
        }
    ).encode()


def _sign_in(tenant: Any, address: str, password: str) -> int:
    from django.test import Client

    browser = Client(headers={"host": tenant.host})
    browser.handler = _handler()
    return browser.post("/sign-in/", {"login": address, "password": password}).status_code


@functools.cache
def _handler() -> Any:
    """One for all, as in service: a client of its own would load all middleware at each sign-in."""
    from django.test.client import ClientHandler

    return ClientHandler(enforce_csrf_checks=False)


def _cpu(what: Callable[[], object]) -> float:
    began = time.thread_time()
    what()
    return time.thread_time() - began


def _interval(ratios: list[float]) -> tuple[float, float]:
    """Of the median, with 95 %: by order statistics, the binomial taken as normal."""
    ordered, n = sorted(ratios), len(ratios)
    k = max(0, math.floor(n / 2 - 0.98 * math.sqrt(n)))
    return ordered[k], ordered[-1 - k]

"""Guessing passwords is slowed down, and nobody is locked out by it.

Each device that is known to an account counts its own failures; all others share one counter of
the account, also of an address that nobody has. After a few failures every further one doubles the
time until the next try, up to LONGEST_SECONDS. Who was told to wait has a place: their next try
after that time is let through, however often others have tried meanwhile. There is one place for
each network, so that a stranger gets no more tries by opening more browsers.
"""

import math
from typing import NamedTuple

from django.core.cache import cache
from django.utils import timezone
from django.utils.crypto import salted_hmac

from siegel.tenancy.writing import write_transaction

FREE = 5
LONGEST_SECONDS = 300
# Without another failure the counter is forgotten after this time.
FORGOTTEN_SECONDS = 60 * 60


class Throttled(Exception):
    """Not now: `seconds` is how long to wait. `is_first` since the counter began."""

    def __init__(self, seconds: int, *, is_first: bool) -> None:
        super().__init__(seconds)
        self.seconds = seconds
        self.is_first = is_first


class Count(NamedTuple):
    """Failures that were counted, when the next try is let through, whether it was noted."""

    failures: int = 0
    next_at: float = 0.0
    is_noted: bool = False


class Attempt(NamedTuple):
    """A try that was let through; it counts as a failure until it has succeeded."""

    counter: str
    is_known: bool

    def succeeded(self) -> None:
        """Take it back. A known device begins anew; others have only this one forgiven."""
        if self.is_known:
            cache.delete(self.counter)
            return
        with write_transaction():
            count = cache.get(self.counter, Count())
            failures = max(count.failures - 1, 0)
            next_at = min(count.next_at, _now() + delay_after(failures))
            cache.set(
                self.counter, count._replace(failures=failures, next_at=next_at), FORGOTTEN_SECONDS
            )


def delay_after(failures: int) -> int:
    """Seconds until the next try."""
    if failures < FREE:
        return 0
    # The exponent is bounded as well: nobody computes 2 to the power of a million.
    return int(min(2 ** min(failures - FREE + 1, 16), LONGEST_SECONDS))


def admit(address: str, *, known_device: str, network: str) -> Attempt:
    """Let a try through, or raise Throttled.

    `known_device` is empty for one that the account does not know. Counted before the password is
    looked at: of a hundred tries at once not more get through than of a hundred in turn.
    """
    account = salted_hmac("siegel.throttle", address.lower(), algorithm="sha256").hexdigest()
    counter = f"sign-in:{account}:{known_device}"
    place = f"sign-in-place:{account}:{known_device or network}"
    with write_transaction():
        now, count = _now(), cache.get(counter, Count())
        opens_at = _opens_at(place, now, count)
        if opens_at <= now:
            cache.delete(place)
            failures = count.failures + 1
            after = count._replace(failures=failures, next_at=now + delay_after(failures))
        else:
            after = count._replace(is_noted=True)
        # Who is told to wait again and again causes no write.
        if after != count:
            cache.set(counter, after, FORGOTTEN_SECONDS)
    if opens_at > now:
        seconds = math.ceil(opens_at - now)
        raise Throttled(seconds, is_first=not count.is_noted)
    return Attempt(counter, is_known=bool(known_device))


def _opens_at(place: str, now: float, count: Count) -> float:
    """When somebody who asks now is let through; whoever has to wait gets a place."""
    if count.next_at <= now:
        return now
    kept: float | None = cache.get(place)
    if kept is None:
        # Longer than the wait, for whoever comes back late.
        cache.set(place, count.next_at, FORGOTTEN_SECONDS)
        return count.next_at
    return kept


def _now() -> float:
    return timezone.now().timestamp()

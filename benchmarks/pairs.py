"""Interleaved pairs: the median of their ratios with an interval, and a verdict."""

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import IntEnum
from math import comb
from pathlib import Path

MEASURED = Path(__file__).parents[1] / "docs" / "measured"
FEWEST_PAIRS = 5
# An interval wider than this share of the median says more about the machine than about us.
NOISE = 0.6


class Verdict(IntEnum):
    """The exit code of a benchmark."""

    MET = 0
    MISSED = 1
    NOISY = 2


@dataclass(frozen=True)
class Result:
    """Ratios ours / baseline of interleaved pairs, against a target."""

    name: str
    unit: str
    target: str
    ours: float
    baseline: float
    median: float
    low: float
    high: float
    confidence: float
    pairs: int
    verdict: str

    def told(self) -> str:
        return (
            f"{self.name}: {self.median:.2f} [{self.low:.2f}, {self.high:.2f}] of {self.target}"
            f"  ({self.ours:.4g} to {self.baseline:.4g} {self.unit}, {self.pairs} pairs,"
            f" {self.confidence:.0%} interval): {self.verdict}"
        )


def interval(ratios: list[float]) -> tuple[float, float, float]:
    """The narrowest symmetric order-statistics interval of the median with at least 90 %.

    With few pairs it is the whole range; its confidence is 1 - 2 * P(binomial < k), after
    Conover, Practical Nonparametric Statistics, section 3.2.
    """
    ordered, n = sorted(ratios), len(ratios)
    best = (ordered[0], ordered[-1], 1 - 2 * 0.5**n)
    for k in range(1, n // 2):
        confidence = 1 - 2 * sum(comb(n, i) for i in range(k + 1)) * 0.5**n
        if confidence < 0.9:
            break
        best = (ordered[k], ordered[-1 - k], confidence)
    return best


def compare(
    name: str,
    ours: Callable[[], float],
    baseline: Callable[[], float],
    *,
    unit: str,
    at_least: float | None = None,
    at_most: float | None = None,
    pairs: int = 7,
) -> Result:
    """Measure both in turn, the order changing, and compare the ratios with the target."""
    found: list[tuple[float, float]] = []
    for number in range(pairs):
        began = time.monotonic()
        if number % 2:
            other = baseline()
            own = ours()
        else:
            own = ours()
            other = baseline()
        found.append((own, other))
        print(
            f"  {name} {number + 1}/{pairs}: {own:.4g} / {other:.4g} = {own / other:.2f}"
            f"  ({time.monotonic() - began:.0f} s)",
            flush=True,
        )
    return _keep(_judge(name, found, unit, at_least, at_most))


def _judge(
    name: str,
    found: list[tuple[float, float]],
    unit: str,
    at_least: float | None,
    at_most: float | None,
) -> Result:
    ratios = [own / other for own, other in found]
    median = statistics.median(ratios)
    low, high, confidence = interval(ratios)
    misses = (at_least is not None and high < at_least) or (at_most is not None and low > at_most)
    meets = (at_least is not None and median >= at_least) or (
        at_most is not None and median <= at_most
    )
    if misses:
        verdict = Verdict.MISSED
    elif len(found) < FEWEST_PAIRS or not meets or (high - low) / median > NOISE:
        verdict = Verdict.NOISY
    else:
        verdict = Verdict.MET
    return Result(
        name=name,
        unit=unit,
        target=f"at least {at_least}" if at_least is not None else f"at most {at_most}",
        ours=statistics.median(own for own, _ in found),
        baseline=statistics.median(other for _, other in found),
        median=median,
        low=low,
        high=high,
        confidence=confidence,
        pairs=len(found),
        verdict=verdict.name.lower(),
    )


def absolute(name: str, value: float, *, unit: str, at_most: float) -> Result:
    """One value against a limit of its own, such as a number of milliseconds."""
    verdict = Verdict.MET if value <= at_most else Verdict.MISSED
    return _keep(
        Result(
            name=name, unit=unit, target=f"at most {at_most} {unit}", ours=value,
            baseline=at_most, median=value / at_most, low=value / at_most, high=value / at_most,
            confidence=1.0, pairs=1, verdict=verdict.name.lower(),
        )
    )  # fmt: skip


def _keep(result: Result) -> Result:
    MEASURED.mkdir(parents=True, exist_ok=True)
    with (MEASURED / "results.jsonl").open("a") as file:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        file.write(json.dumps({"at": at, **asdict(result)}) + "\n")
    print(result.told(), flush=True)
    return result

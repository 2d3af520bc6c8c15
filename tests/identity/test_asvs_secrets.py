"""What ASVS 5.0 asks of codes and tokens and other tests do not show; see docs/asvs.toml."""

import ast
import math
from collections import Counter
from pathlib import Path

import siegel
from siegel.identity.codes import DIGITS, make_code

SOURCE = Path(siegel.__file__).parent


def test_codes_have_enough_chance_in_them() -> None:
    assert math.log2(10**DIGITS) >= 20
    drawn = [make_code() for _ in range(2000)]
    assert {len(code) for code in drawn} == {DIGITS}
    assert len(set(drawn)) > 1990
    for place in range(DIGITS):
        found = Counter(code[place] for code in drawn)
        # 200 of each are to be expected; 100 are seven deviations away.
        assert set(found) == set("0123456789")
        assert min(found.values()) > 100


def imported(path: Path) -> set[str]:
    """The modules that a file imports, by their full names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_every_secret_is_drawn_by_the_systems_generator() -> None:
    """Nothing in the product draws from a generator that can be predicted."""
    found = {path: imported(path) for path in SOURCE.rglob("*.py")}
    assert any("secrets" in modules for modules in found.values())
    predictable = {"random", "numpy.random"}
    assert [path for path, modules in found.items() if modules & predictable] == []

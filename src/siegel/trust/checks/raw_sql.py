"""Statements that the program hands to a database as they are written, and what is in them."""

import ast
from collections.abc import Iterator, Mapping
from typing import NamedTuple

# Methods of cursors, connections and querysets, and Django's expression.
CALLS = {"execute", "executemany", "executescript", "raw", "extra", "RawSQL"}
SAID = "noqa: S608 - "


Assigned = dict[str, list[ast.expr]]


class Known(NamedTuple):
    """A statement that is not written where it is run: file, function, and why it is harmless."""

    file: str
    function: str
    reason: str


KNOWN = (
    Known("tenancy/sqlcipher/base.py", "execute", "the cursor itself, which is given them"),
    Known("tenancy/sqlcipher/base.py", "executemany", "as above"),
    Known("tenancy/sqlcipher/base.py", "get_new_connection", "constants of the settings"),
    Known("tenancy/sqlcipher/unlocking.py", "unlock", "a key of ours, in hexadecimal digits"),
    Known("tenancy/sqlcipher/unlocking.py", "attach", "as above, and a constant of callers"),
    Known("tenancy/sqlcipher/unlocking.py", "_as_we_encrypt", "a constant of callers"),
    Known("conversations/search_index.py", "run", "constants of callers, which are looked at"),
    Known("conversations/search_index.py", "run_many", "as above"),
    Known("conversations/migrations/0004_search.py", "", "constants of the migration"),
    Known("trust/rows.py", "_piece", "two constants of the same file"),
    Known("desk/prepared.py", "rows_of", "written by Django's query compiler"),
    Known("desk/prepared.py", "counts_of", "as above"),
    Known("trust/checks/injected_queries.py", "built", "planted by the canary, and noticed"),
)
# What hands its first argument on to a cursor.
PASSING = {"run", "run_many"}


class Call(NamedTuple):
    """A call that runs SQL: where it is, and what is wrong with its statement, if anything."""

    place: str
    fault: str


def calls(files: Mapping[str, str]) -> Iterator[Call]:
    """Every such call of the program."""
    for name, text in files.items():
        if name.endswith(".py") and any(f"{call}(" in text for call in CALLS | PASSING):
            yield from _Reader(name, text).read()


class _Reader:
    """One file of Python."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._lines = text.splitlines()
        self._tree = ast.parse(text)
        self._passes = "search_index" in name + text

    def read(self) -> Iterator[Call]:
        """Its calls, from above."""
        yield from self._within(self._tree, "", {})

    def _within(self, node: ast.AST, function: str, known: Assigned) -> Iterator[Call]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from self._within(child, child.name, {k: [*v] for k, v in known.items()})
                continue
            if isinstance(child, ast.Assign) and isinstance(child.targets[0], ast.Name):
                known.setdefault(child.targets[0].id, []).append(child.value)
            if isinstance(child, ast.AugAssign) and isinstance(child.target, ast.Name):
                known.setdefault(child.target.id, []).append(child.value)
            if isinstance(child, ast.Call) and self._runs_sql(child):
                place = f"{self._name}:{child.lineno}"
                yield Call(place, self._fault(child, function, known))
            yield from self._within(child, function, known)

    def _runs_sql(self, call: ast.Call) -> bool:
        if isinstance(call.func, ast.Attribute):
            return call.func.attr in CALLS and bool(call.args or call.keywords)
        named = call.func.id if isinstance(call.func, ast.Name) else ""
        return named in CALLS or (self._passes and named in PASSING and bool(call.args))

    def _fault(self, call: ast.Call, function: str, known: Assigned) -> str:
        if any(each.file == self._name and each.function in ("", function) for each in KNOWN):
            return ""
        if not call.args:
            return "is not given a statement in its place"
        statement = call.args[0]
        if isinstance(statement, ast.Name):
            if statement.id not in known:
                return "runs a statement that is written elsewhere"
            # Whichever of them it is when it runs.
            return next(filter(None, map(self._of_statement, known[statement.id])), "")
        return self._of_statement(statement)

    def _of_statement(self, statement: ast.expr) -> str:
        if isinstance(statement, ast.Constant):
            return ""
        if isinstance(statement, ast.JoinedStr):
            lines = self._lines[statement.lineno - 1 : statement.end_lineno]
            return "" if any(SAID in line for line in lines) else "puts values into a statement"
        if isinstance(statement, ast.BinOp) and isinstance(statement.op, ast.Add):
            return self._of_statement(statement.left) or self._of_statement(statement.right)
        return "makes a statement of values"

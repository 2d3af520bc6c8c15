"""Whatever the code writes into a tenant's trail is called by a name of its own, not by its code.

What it writes is read out of the code: the arguments with which it makes events.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from siegel.audit.models import TrailEntry
from siegel.desk.administration import trail_words
from siegel.desk.administration.checklist import DECIDED
from siegel.desk.administration.setting_forms import SettingForm
from siegel.desk.administration.setting_titles import TITLES
from siegel.desk.administration.trail_filters import TrailFilters
from siegel.files.models import FilePolicy
from siegel.tenancy.context import serving
from tests.cast import Organisation

SOURCE = Path(__file__).parents[2] / "src" / "siegel"
# The operators' trail has no page, nor has the evidence one of these; nobody reads probes' trails.
OPERATORS = {
    "audit_chain.py", "evidence.py", "importing.py", "key_rotation.py",
    "probes.py", "provisioning.py", "shredding.py", "suspending.py", "tenant_checks.py",
}  # fmt: skip
# What a change of the policy notes is given from outside by name.
OF_THE_POLICY = {"largest_bytes", "tenant_bytes", "visitor_bytes", "kinds", "encrypted_archives"}


@dataclass
class Module:
    """A module's functions by name, and its constants that are texts."""

    tree: ast.Module
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef):
                self.functions[node.name] = node
        for line in self.tree.body:
            if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant):
                for target in line.targets:
                    if isinstance(target, ast.Name) and isinstance(line.value.value, str):
                        self.constants[target.id] = line.value.value

    def text_of(self, node: ast.AST) -> str:
        """The text that an expression is, as far as to what is filled in; empty if it is none."""
        match node:
            case (
                ast.Constant(value=str(text))
                | ast.JoinedStr(values=[ast.Constant(value=str(text)), *_])
            ):
                return text
            case ast.Name(id=name):
                return self.constants.get(name, "")
        return ""


@cache
def modules() -> list[Module]:
    paths = sorted(path for path in SOURCE.rglob("*.py") if path.name not in OPERATORS)
    return [Module(ast.parse(path.read_text())) for path in paths]


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            called = node.func.id if isinstance(node.func, ast.Name) else called
            if called in names:
                yield node


def given(position: int, *names: str) -> set[str]:
    """The texts that functions of these names are called with there."""
    found = {
        module.text_of(call.args[position])
        for module in modules()
        for call in calls(module.tree, *names)
        if len(call.args) > position
    }
    return found - {""}


def keys_of(
    module: Module, function: ast.FunctionDef, expression: ast.AST, seen: frozenset[str]
) -> set[str]:
    """The keys of what an expression can be: written here, in a variable, or by whoever calls."""
    found: set[str] = set()
    match expression:
        case ast.Dict(keys=keys):
            found = {key.value for key in keys if isinstance(key, ast.Constant)}  # type: ignore[misc] # they are texts
        case ast.Name(id=name) if name in seen:
            return found
        case ast.Name(id=name):
            seen |= {name}
            if function.args.kwarg is not None and name == function.args.kwarg.arg:
                found = keywords_to(function)
        case ast.Call(func=ast.Name(id=name)) if name in module.functions:
            function = module.functions[name]
    for part in parts_of(expression, function):
        found |= keys_of(module, function, part, seen)
    return found


def parts_of(expression: ast.AST, function: ast.FunctionDef) -> list[ast.expr]:
    """What else an expression takes its keys from; of a call, what that function returns."""
    match expression:
        case ast.Dict(keys=keys, values=values):
            return [value for key, value in zip(keys, values, strict=True) if key is None]
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.Call(func=ast.Name(id="dict"), args=arguments):
            return arguments
        case ast.Name(id=name):
            return list(values_of(name, function))
        case ast.Call(func=ast.Name(id=name)) if name == function.name:
            return results_of(function)
    return []


def results_of(function: ast.FunctionDef) -> list[ast.expr]:
    lines = [line for line in ast.walk(function) if isinstance(line, ast.Return)]
    return [line.value for line in lines if line.value is not None]


def values_of(name: str, function: ast.FunctionDef) -> Iterator[ast.expr]:
    """What a variable becomes."""
    for line in ast.walk(function):
        if isinstance(line, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and line.value is not None:
            targets = line.targets if isinstance(line, ast.Assign) else [line.target]
            if name in {target.id for target in targets if isinstance(target, ast.Name)}:
                yield line.value


def keywords_to(function: ast.FunctionDef) -> set[str]:
    named = {argument.arg for argument in [*function.args.args, *function.args.kwonlyargs]}
    return {
        keyword.arg
        for module in modules()
        for call in calls(module.tree, function.name)
        for keyword in call.keywords
        if keyword.arg is not None
    } - named


def facts() -> set[str]:
    """The names of everything that the details of events hold."""
    found: set[str] = set()
    for module in modules():
        for function in module.functions.values():
            for call in calls(function, "Event"):
                if "trail" in ast.unparse(call.func) and len(call.args) == 4:
                    found |= keys_of(module, function, call.args[3], frozenset())
    return found


def test_every_fact_has_words_and_no_words_are_left_over() -> None:
    written = facts()
    # Written straight, by a variable that grows, through functions, by keywords of whoever calls.
    assert {"seq", "bad", "resolved_at", "invitation", "on", "roles"} <= written
    policy = {row.name for row in FilePolicy._meta.fields} & OF_THE_POLICY
    assert policy == OF_THE_POLICY
    assert set(trail_words._FACTS) == written | policy | set(TrailFilters.base_fields)


def test_every_program_has_words() -> None:
    programs = given(0, "Event") | given(1, "delete_file") | given(1, "_let_hold")
    programs |= {
        keyword.value.value  # type: ignore[misc] # a text
        for module in modules()
        for call in calls(module.tree, "Participant")
        for keyword in call.keywords
        if keyword.arg == "program" and isinstance(keyword.value, ast.Constant)
    }
    # Whoever is nobody of the organisation is the operator.
    assert {"clock", "retention", "scanner", "sweeper"} <= programs
    assert set(trail_words.PROGRAMS) == programs | {"operator"}


def test_every_kind_of_subject_has_words() -> None:
    kinds = {subject.partition(":")[0] for subject in given(2, "Event")}
    assert {"person", "setting", "upload", "organisation"} <= kinds
    assert kinds - set(trail_words._KINDS) == set()


def forms_of(kind: type[SettingForm]) -> Iterator[type[SettingForm]]:
    for form in kind.__subclasses__():
        yield form
        yield from forms_of(form)


def test_every_setting_has_a_title() -> None:
    names = given(0, "note_change", "remember_change") - {"files."}
    assert {"labels", "canned_replies", "retention_days", "default_team"} <= names
    names |= {name for form in forms_of(SettingForm) for name in form.settings()}
    names |= {f"files.{name}" for name in OF_THE_POLICY} | set(DECIDED.values())
    assert names - set(TITLES) == set()


@pytest.mark.parametrize("language", ["de", "en"])
def test_nobody_reads_a_code_of_a_conversation(bank: Organisation, language: str) -> None:
    bank.conversation()
    mia = bank.desk(bank.mia)
    page = mia.get("/administration/trail/", headers={"accept-language": language})
    with serving(bank.tenant):
        codes = set(TrailEntry.objects.values_list("action", flat=True))
    assert {row.what for row in page.context["rows"]} & codes == set()

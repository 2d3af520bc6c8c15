"""What exists is documented: settings, commands, events, refusals, dependencies."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from siegel.cli import main
from siegel.conversations import live
from siegel.conversations.events import CLIENT_KINDS
from siegel.conversations.refusal_texts import TEXTS
from siegel.desk.administration.trail_words import ACTIONS
from siegel.identity.letters import Notice

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
SOURCE = "\n".join(path.read_text() for path in (ROOT / "src" / "siegel").rglob("*.py"))


def page(name: str) -> str:
    return (DOCS / name).read_text()


def test_every_setting() -> None:
    settings = set(re.findall(r"\bSIEGEL_[A-Z_]+\b", (ROOT / "src/siegel/settings.py").read_text()))
    assert {name for name in settings if f"`{name}`" not in page("settings.md")} == set()
    documented = set(re.findall(r"^\| `(SIEGEL_[A-Z_]+)`", page("settings.md"), re.MULTILINE))
    assert documented == settings


def commands(group: click.Group, path: str = "siegel") -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= commands(command, f"{path} {name}")
        else:
            found[f"{path} {name}"] = command
    return found


@pytest.mark.parametrize(("name", "command"), commands(main).items())
def test_every_command_with_its_options(name: str, command: click.Command) -> None:
    line = next(line for line in page("commands.md").splitlines() if line.startswith(f"| `{name}"))
    options = {
        option
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
    }
    assert {option for option in options if f"`{option}`" not in line} == set()


def passed(takers: dict[str, int]) -> set[str]:
    """The texts that functions of these names get as that argument.

    Also through a function of the same module that hands on an argument of its own.
    """
    found: set[str] = set()
    for path in (ROOT / "src" / "siegel").rglob("*.py"):
        tree = ast.parse(path.read_text())
        known = dict(takers)
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            own = [argument.arg for argument in function.args.args if argument.arg != "self"]
            for given in arguments(function, takers):
                if isinstance(given, ast.Name) and given.id in own:
                    known[function.name] = own.index(given.id)
        found |= {
            given.value
            for given in arguments(tree, known)
            if isinstance(given, ast.Constant) and isinstance(given.value, str)
        }
    return found


def arguments(tree: ast.AST, takers: dict[str, int]) -> Iterator[ast.expr]:
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        name = call.func.id if isinstance(call.func, ast.Name) else name
        if name in takers and len(call.args) > takers[name]:
            yield call.args[takers[name]]


def first_column(table: str) -> list[str]:
    cells = re.findall(r"^\| (`[^|]*`) \|", table, re.MULTILINE)
    return sorted(name for cell in cells for name in re.findall(r"`([a-z.-]+)`", cell))


def test_every_event_and_action_once() -> None:
    conversations, trails = page("events.md").split("## Of the trail")
    kinds = passed({"append_event": 1, "EventRow": 2})
    # Written straight, with a hyphen, through other functions, by the writer of messages.
    assert {"started", "handed-over", "merged", "blocked", "resolved", "message"} <= kinds
    assert first_column(conversations) == sorted(kinds)
    # Clients are told of the first ones.
    told = conversations.split("| `handed-over` |")[0]
    assert set(first_column(told)) == CLIENT_KINDS
    actions = {f"conversation.{kind}" for kind in kinds} | set(first_column(trails))
    noted = passed({"Event": 1, "note_operation": 0})
    assert {"person.invited", "team.member-added", "tenant.resumed", "trail.verified"} <= noted
    assert noted - actions == set()
    elsewhere = ("keys.", "tenant.", "control.", "evidence.")
    of_operators = {action for action in actions if action.startswith(elsewhere)}
    assert actions - of_operators == set(ACTIONS)
    # Nothing stands there that nobody writes; these are made of the kind of the event.
    made = {"contact.merged", "contact.split", "contact.blocked", "contact.unblocked"}
    made |= {"client.joined", "client.not-joined"}
    assert sorted(noted | made) == first_column(trails)


def test_every_refusal_and_close_code() -> None:
    text = page("protocol.md")
    codes = set(TEXTS) | set(re.findall(r'refused\(\s*\d+, "([a-z-]+)"', SOURCE))
    assert {code for code in codes if f"`{code}`" not in text} == set()
    closing = {value for name, value in vars(live).items() if name.isupper() and name != "log"}
    numbers = {str(value) for value in closing if isinstance(value, int) and value > 1000}
    assert {number for number in numbers if number not in text} == set()


def test_every_direct_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {re.split(r"[<>=\[]", name)[0] for name in project["project"]["dependencies"]}
    for group in project["dependency-groups"].values():
        wanted |= {re.split(r"[<>=\[]", item)[0] for item in group if isinstance(item, str)}
    for folder in ("frontend", "benchmarks/baseline"):
        package = json.loads((ROOT / folder / "package.json").read_text())
        wanted |= set(package.get("dependencies", {})) | set(package.get("devDependencies", {}))
    text = page("dependencies.md").lower()
    assert {name for name in wanted if name.lower() not in text} == set()


def test_locks_name_no_host() -> None:
    locks = [*(ROOT / "requirements").glob("*.txt"), ROOT / "frontend/package-lock.json"]
    locks.append(ROOT / "benchmarks/baseline/package-lock.json")
    for lock in locks:
        text = re.sub(r'"(url|funding)": "https?://[^"]*"', "", lock.read_text())
        assert "://" not in text, lock


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", path.read_text())
    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", sorted((DOCS / "decisions").glob("0*.md")), ids=lambda p: p.name)
def test_a_decision_fits_a_page_and_is_listed(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 60
    assert path.name in page("decisions/README.md")


def test_every_kind_of_mail() -> None:
    table = page("how-to/send-system-mail.md").split("## Alarms")[0]
    kinds = re.findall(r"^\| [^|]+ \| `([a-z-]+)` \|", table, re.MULTILINE)
    assert sorted(kinds) == sorted(Notice)


def test_every_picture_of_signing_in() -> None:
    shown = page("signing-in-screens.md")
    pictures = (DOCS / "images/signing-in").glob("*/*.png")
    names = {str(picture.relative_to(DOCS)) for picture in pictures}
    assert {name for name in names if f"]({name})" not in shown} == set()

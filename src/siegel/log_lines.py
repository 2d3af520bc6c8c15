"""What a line of the log holds: who said it, where, and of what kind; never content.

The texts of our own loggers are written by us, with ids and numbers in them. Whatever else comes
along may quote what people wrote: of an exception only its class and the places in the code remain,
of another library's words only those that stand in its source, of an address only its pattern.
"""

import datetime as dt
import json
import logging
import threading
import traceback
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

OWN = "siegel"
# Their templates are constants in their source; of others nobody has looked.
KNOWN = {"asyncio", "django", "huey", "uvicorn", "websockets"}
FRAMES = 8
LONGEST_MESSAGE = 500
PACKAGES = Path(__file__).parents[1]


@dataclass(slots=True)
class RequestFacts:
    """What the lines of one request have in common; filled in by whoever comes to know it."""

    id: str
    tenant: str = ""
    route: str = ""


request_facts: ContextVar[RequestFacts | None] = ContextVar("request_facts", default=None)


def facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """A record as it may be kept, in the order in which it is written."""
    facts: dict[str, Any] = {
        "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(
            timespec="milliseconds"
        ),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": _message(record),
    }
    current = request_facts.get()
    if current is not None:
        facts["request"] = current.id
        if current.tenant:
            facts["tenant"] = current.tenant
    facts |= getattr(record, "facts", {})
    if record.exc_info and record.exc_info[0] is not None:
        facts["exception"] = _classes(record.exc_info[1])
        facts["at"] = _places(record.exc_info[2])
    return facts


class JsonLine(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(facts_of(record), ensure_ascii=False)


class TextLine(logging.Formatter):
    """The same for eyes: time, level, logger, message, then the other facts as `name=value`."""

    def format(self, record: logging.LogRecord) -> str:
        facts = facts_of(record)
        head = [facts.pop(name) for name in ("time", "level", "logger", "message")]
        rest = [f"{name}={_flat(value)}" for name, value in facts.items()]
        return " ".join([*head, *rest]).replace("\n", " ")


def _message(record: logging.LogRecord) -> str:
    room = record.name.split(".", maxsplit=1)[0]
    request = getattr(record, "request", None)
    if request is not None:
        # Django says the path, in which anything may have been typed.
        status = getattr(record, "status_code", "")
        return f"answered with {status}" if status else "a request failed"
    if room == OWN:
        return _with_arguments(record)[:LONGEST_MESSAGE]
    if room in KNOWN and isinstance(record.msg, str):
        return record.msg.strip().split("\n", maxsplit=1)[0][:LONGEST_MESSAGE]
    return f"said at {_place(record.pathname, record.lineno, record.funcName)}"


def _with_arguments(record: logging.LogRecord) -> str:
    arguments = record.args
    if isinstance(arguments, tuple):
        arguments = tuple(_name(a) if isinstance(a, BaseException) else a for a in arguments)
    message = record.msg if isinstance(record.msg, str) else _name(record.msg)
    try:
        return message % arguments if arguments else message
    except (KeyError, TypeError, ValueError):
        # logging would print the arguments to stderr.
        return message


def _name(something: object) -> str:
    """A class; of an error of the system also its number, which tells what is missing."""
    number = getattr(something, "errno", None)
    name = type(something).__name__
    return f"{name} (errno {number})" if isinstance(number, int) else name


def _classes(error: BaseException | None) -> list[str]:
    """The classes of an exception and of those that it was raised from, outermost first."""
    found: list[str] = []
    while error is not None and len(found) < FRAMES:
        found.append(_name(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def _places(trace: TracebackType | None) -> list[str]:
    """The innermost places, the innermost last."""
    frames = list(traceback.walk_tb(trace))[-FRAMES:]
    return [_place(f.f_code.co_filename, line, f.f_code.co_name) for f, line in frames]


def _place(path: str, line: int, function: str | None) -> str:
    parts = Path(path).parts
    if Path(path).is_relative_to(PACKAGES):
        name = Path(path).relative_to(PACKAGES).as_posix()
    else:
        name = "/".join(parts[-3:])
    return f"{name}:{line} {function or ''}".strip()


def _flat(value: object) -> str:
    return " < ".join(map(str, value)) if isinstance(value, list) else str(value)


def tell_of_threads_without_content() -> None:
    """Have an exception that ends a thread written as a line of the log, without its text."""
    log = logging.getLogger(OWN)

    def ended(hook: threading.ExceptHookArgs) -> None:
        log.error("a thread ended", exc_info=hook.exc_value)

    threading.excepthook = ended

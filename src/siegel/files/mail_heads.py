"""The headers of a mail or of a part of it: read by the standard library, kept on a short leash.

Its parser of structured headers is thorough and slow, recurses, and has raised nearly everything;
so only the three headers that decide about a part reach it, short ones, and each once.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.errors import MessageError
from email.parser import BytesHeaderParser
from email.policy import compat32, default
from typing import Any

from siegel.files.kinds import RefusedFile

LONGEST_VALUE = 2000
MOST_COMMENTS = 10
_STRUCTURED = ("content-type", "content-disposition", "content-transfer-encoding")


@dataclass(frozen=True, slots=True)
class Head:
    """What the headers say."""

    is_mail: bool
    media_type: str
    boundary: str
    encoding: str
    is_attached: bool
    file_names: tuple[str, ...]
    length: int  # of what had to be parsed with patience


def parsed(block: bytes) -> Head:
    """Raises RefusedFile where programs could understand the headers differently."""
    try:
        return _parsed(block)
    except (MessageError, RecursionError, AttributeError, TypeError, LookupError) as error:
        raise RefusedFile("damaged") from error


def _parsed(block: bytes) -> Head:
    message = BytesHeaderParser(policy=compat32).parsebytes(block)
    told = [(name.lower(), str(value)) for name, value in message.raw_items()]
    names = {name for name, _ in told}
    values = {name: value for name, value in told if name in _STRUCTURED}
    # A line that is no header would be the first of the content to some programs.
    if message.get_payload() or sum(name in _STRUCTURED for name, _ in told) != len(values):
        raise RefusedFile("damaged")
    for value in values.values():
        if len(value) > LONGEST_VALUE or value.count("(") > MOST_COMMENTS:
            raise RefusedFile("damaged")
    found: dict[str, Any] = {
        name: default.header_fetch_parse(name, value) for name, value in values.items()
    }
    kind, disposition = found.get("content-type"), found.get("content-disposition")
    encoding = found.get("content-transfer-encoding")
    inside: Mapping[str, str] = kind.params if kind else {}
    return Head(
        is_mail="received" in names or {"from", "date"} <= names,
        media_type=kind.content_type if kind else "text/plain",
        boundary=inside.get("boundary", "").rstrip(),
        encoding=encoding.cte if encoding else "7bit",
        is_attached=bool(disposition and disposition.content_disposition == "attachment"),
        file_names=tuple(_file_names(values, found)),
        length=sum(map(len, values.values())),
    )


def _file_names(values: Mapping[str, str], found: Mapping[str, Any]) -> Iterator[str]:
    """What a program could take for the name; where the header is sloppy, each word of it."""
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        if header not in found:
            continue
        name = found[header].params.get(parameter, "")
        if name:
            yield name
        if found[header].defects and re.search(rf"\b{parameter}\b", values[header]):
            if not name:
                raise RefusedFile("damaged")
            yield from re.split(r"[\s;\"'=]+", values[header])

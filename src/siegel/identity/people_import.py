"""People are taken over from an older system, with the salted SHA-256 of their passwords.

A file has one person a line: CSV with a line of column names first, or one JSON object a line.
Columns: `email`, `name`, `roles` (in CSV separated by spaces), `sha256` (64 hexadecimal digits of
SHA-256 over salt and password) and `salt` (text, may be empty).

A digest is wrapped before it is stored, so that none is ever at rest bare; what it is of cannot be
judged before the person signs in. Whoever is there already is passed over: an import that was
interrupted goes on when it is started again.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError

from siegel.audit import trail
from siegel.identity.addresses import check_address
from siegel.identity.hashing import WrappedSha256
from siegel.identity.models import Person
from siegel.identity.naming import PERSON_LENGTH, RefusedName, checked_name
from siegel.identity.roles import Role
from siegel.tenancy.writing import write_transaction

COLUMNS = ("email", "name", "roles", "sha256", "salt")
# As the database keeps it.
LONGEST_ADDRESS = 254
LONGEST_LINE = 16 * 1024
# So many share a transaction; an interruption loses no more hashes than these.
BATCH = 20


class Fault(StrEnum):
    """Why a line is passed over, without a word of what is in it."""

    NOT_READ = "is no line of such a file"
    ADDRESS = "has no valid address"
    NAME = "has no name that can be taken"
    ROLES = "names no role, or one that there is not"
    DIGEST = "has no SHA-256 of 64 hexadecimal digits, or too long a salt"


class NoSuchFile(ValueError):
    """The file begins with nothing that an import could read."""


class BadLine(ValueError):
    """A line is passed over; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Entry:
    """A person of the file."""

    email: str
    name: str
    roles: list[str]
    sha256: str
    salt: str

    def __repr__(self) -> str:
        return "<Entry>"  # A digest is in no log.


@dataclass
class Outcome:
    """What became of the lines: how many people are new, and were there; bad ones by number."""

    created: int = 0
    present: int = 0
    bad: list[tuple[int, Fault]] = field(default_factory=list)


def import_people(
    lines: Iterable[bytes], *, done: Callable[[int], None] = lambda _: None, is_rehearsal: bool
) -> Outcome:
    """Take over everybody of a file into the served tenant; a rehearsal stores and hashes nothing.

    `done` is called with how many bytes were dealt with. Raises NoSuchFile.
    """
    outcome, batch, taken = Outcome(), _Batch(), 0
    for number, line, entry in entries(lines):
        taken += len(line)
        if isinstance(entry, Fault):
            outcome.bad.append((number, entry))
        else:
            batch.entries.setdefault(entry.email, entry)
            outcome.present += 1
        if len(batch.entries) >= BATCH:
            batch.store(outcome, is_rehearsal=is_rehearsal)
            done(taken)
            taken = 0
    batch.store(outcome, is_rehearsal=is_rehearsal)
    done(taken)
    return outcome


def entries(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes, Entry | Fault]]:
    """Every line of a file with its number from 1, and what it says or why it says nothing.

    Raises NoSuchFile.
    """
    columns: list[str] | None = None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if columns is None:
            columns = _columns(line)
            if columns:
                continue
        try:
            yield number, line, _entry(line, columns)
        except BadLine as bad:
            yield number, line, bad.fault


class _Batch:
    """People who are stored in one transaction."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        # Of a rehearsal, which leaves nobody to be found.
        self.rehearsed: set[str] = set()

    def store(self, outcome: Outcome, *, is_rehearsal: bool) -> None:
        present = _present(self.entries) | self.rehearsed
        new = [entry for email, entry in self.entries.items() if email not in present]
        self.entries = {}
        if is_rehearsal:
            self.rehearsed.update(entry.email for entry in new)
            created = len(new)
        else:
            # Hashed before: it takes its time, and needs no lock.
            created = _add([_prepared(entry) for entry in new])
        outcome.created += created
        outcome.present -= created


def _add(people: list[Person]) -> int:
    with write_transaction():
        # Whoever was created meanwhile is there already.
        present = _present(person.email for person in people)
        new = [person for person in people if person.email not in present]
        Person.objects.bulk_create(new)
        trail.append(
            [
                trail.Event(
                    "operator", "person.imported", f"person:{person.pk}", {"roles": person.roles}
                )
                for person in new
            ]
        )
    return len(new)


def _present(addresses: Iterable[str]) -> set[str]:
    found = Person.objects.filter(email__in=list(addresses))
    return set(found.values_list("email", flat=True))


def _prepared(entry: Entry) -> Person:
    return Person(
        name=entry.name,
        email=entry.email,
        roles=entry.roles,
        password=WrappedSha256.wrap(entry.sha256, entry.salt),
    )


def _columns(first: bytes) -> list[str]:
    """The names of a CSV's columns; none where the file is JSON lines."""
    if first.lstrip().startswith(b"{"):
        return []
    try:
        names = [name.strip().lower() for name in _row(first.removeprefix(b"\xef\xbb\xbf"))]
    except BadLine:
        names = []
    if missing := set(COLUMNS) - set(names):
        raise NoSuchFile(
            f"The first line must name the columns {', '.join(COLUMNS)}, or be a JSON object; "
            f"missing: {', '.join(sorted(missing))}."
        )
    return names


def _entry(line: bytes, columns: list[str] | None) -> Entry:
    given = _fields(line, columns)
    email, name, roles, sha256, salt = (given.get(column) for column in COLUMNS)
    if isinstance(roles, str):
        roles = roles.split()
    if not isinstance(email, str) or not isinstance(name, str):
        raise BadLine(Fault.NOT_READ)
    return Entry(
        email=_address(email),
        name=_name(name),
        roles=_roles(roles),
        sha256=_digest(sha256, salt),
        salt=salt if isinstance(salt, str) else "",
    )


def _fields(line: bytes, columns: list[str] | None) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise BadLine(Fault.NOT_READ)
    if columns:
        values = _row(line)
        if len(values) != len(columns):
            raise BadLine(Fault.NOT_READ)
        return dict(zip(columns, values, strict=True))
    try:
        given = json.loads(line)
    # Also what is nested too deeply.
    except (ValueError, RecursionError):
        raise BadLine(Fault.NOT_READ) from None
    if not isinstance(given, dict):
        raise BadLine(Fault.NOT_READ)
    return given


def _row(line: bytes) -> list[str]:
    try:
        return next(csv.reader([line.decode().rstrip("\r\n")], strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise BadLine(Fault.NOT_READ) from None


def _address(email: str) -> str:
    email = email.strip().lower()
    try:
        check_address(email)
    except ValidationError:
        raise BadLine(Fault.ADDRESS) from None
    if len(email) > LONGEST_ADDRESS:
        raise BadLine(Fault.ADDRESS)
    return email


def _name(name: str) -> str:
    try:
        return checked_name(name, PERSON_LENGTH)
    except RefusedName:
        raise BadLine(Fault.NAME) from None


def _roles(roles: object) -> list[str]:
    known = set(Role)
    if not isinstance(roles, list) or not roles:
        raise BadLine(Fault.ROLES)
    if not all(isinstance(role, str) and role in known for role in roles):
        raise BadLine(Fault.ROLES)
    return sorted(set(roles))


def _digest(sha256: object, salt: object) -> str:
    try:
        if isinstance(sha256, str) and isinstance(salt, str | None):
            return WrappedSha256.checked(sha256.strip(), salt or "")
    except ValueError:
        pass
    raise BadLine(Fault.DIGEST)

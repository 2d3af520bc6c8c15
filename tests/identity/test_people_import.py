"""People come from another system, whatever their file looks like."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from siegel.audit.models import TrailEntry
from siegel.identity import people_import
from siegel.identity.models import Person
from siegel.identity.people_import import (
    Entry,
    Fault,
    NoSuchFile,
    Outcome,
    entries,
    import_people,
)
from siegel.tenancy.context import serving
from tests.cast import PASSWORD, Organisation

SALT = "old salt"
DIGEST = hashlib.sha256(f"{SALT}{PASSWORD}".encode()).hexdigest()
HEAD = b"email,name,roles,sha256,salt\n"


def row(number: int = 1, **other: Any) -> dict[str, Any]:
    return {
        "email": f"old{number}@bank.example",
        "name": f"Otto Old {number}",
        "roles": ["adviser"],
        "sha256": DIGEST,
        "salt": SALT,
    } | other


def lines(*rows: dict[str, Any]) -> list[bytes]:
    return [json.dumps(one).encode() + b"\n" for one in rows]


def run(given: list[bytes], *, is_rehearsal: bool = False) -> Outcome:
    return import_people(given, is_rehearsal=is_rehearsal)


def test_they_sign_in_and_their_digest_is_no_password(bank: Organisation) -> None:
    with serving(bank.tenant):
        outcome = run(lines(row()))
        assert (outcome.created, outcome.present, outcome.bad) == (1, 0, [])
        otto = Person.objects.get(email="old1@bank.example")
        assert otto.password.startswith("siegel-sha256$1$")
        assert DIGEST not in otto.password
        told = TrailEntry.objects.get(action="person.imported")
        assert (told.actor, told.subject) == ("operator", f"person:{otto.pk}")
        assert told.detail == {"roles": ["adviser"]}
    for password, status in ((DIGEST, 200), (PASSWORD, 302)):
        answer = bank.anonymous().post("/sign-in/", {"login": otto.email, "password": password})
        assert answer.status_code == status
    with serving(bank.tenant):
        assert Person.objects.get(pk=otto.pk).password.startswith("siegel$1$argon2id$")


def test_a_table_says_the_same(bank: Organisation) -> None:
    head = b"\xef\xbb\xbf" + b"Name, email ,salt,sha256,roles,more\r\n"
    line = f'"Old, Otto",OLD1@bank.example,{SALT},{DIGEST.upper()},auditor adviser auditor,x\r\n'
    with serving(bank.tenant):
        assert run([head, b"\r\n", line.encode()]).created == 1
        otto = Person.objects.get(email="old1@bank.example")
        assert (otto.name, otto.roles) == ("Old, Otto", ["adviser", "auditor"])
        assert otto.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"{", Fault.NOT_READ),
        (b"[1]", Fault.NOT_READ),
        (b"\xff\xfe{", Fault.NOT_READ),
        (b"{" * 5000, Fault.NOT_READ),
        (b'{"a":' + b"[" * 16000, Fault.NOT_READ),
        (json.dumps(row(name="x" * 17000)).encode(), Fault.NOT_READ),
        (json.dumps(row(email=7)).encode(), Fault.NOT_READ),
        (json.dumps(row(name=None)).encode(), Fault.NOT_READ),
        (json.dumps(row(email="nobody")).encode(), Fault.ADDRESS),
        (json.dumps(row(email=f"{'a' * 60}@{'b.' * 100}example")).encode(), Fault.ADDRESS),
        (json.dumps(row(name="a\u0000b")).encode(), Fault.NAME),
        (json.dumps(row(name="")).encode(), Fault.NAME),
        (json.dumps(row(roles=[])).encode(), Fault.ROLES),
        (json.dumps(row(roles=["emperor"])).encode(), Fault.ROLES),
        (json.dumps(row(roles=[["adviser"]])).encode(), Fault.ROLES),
        (json.dumps(row(roles=None)).encode(), Fault.ROLES),
        (json.dumps(row(sha256="abc")).encode(), Fault.DIGEST),
        (json.dumps(row(sha256=None)).encode(), Fault.DIGEST),
        (json.dumps(row(salt=7)).encode(), Fault.DIGEST),
        (json.dumps(row(salt="s" * 129)).encode(), Fault.DIGEST),
        (json.dumps(row(salt="\ud800")).encode(), Fault.DIGEST),
    ],
)
def test_a_bad_line_is_named_by_its_number_and_stops_no_other(
    bank: Organisation, line: bytes, fault: Fault
) -> None:
    with serving(bank.tenant):
        outcome = run([*lines(row(1)), line + b"\n", *lines(row(2, salt=None))])
        assert (outcome.created, outcome.bad) == (2, [(2, fault)])
        assert Person.objects.filter(email__startswith="old").count() == 2


@pytest.mark.parametrize("line", [b"a,b\n", b'"open,1,2,3,4\n', b"\xff,b,c,d,e\n"])
def test_a_bad_line_of_a_table(bank: Organisation, line: bytes) -> None:
    good = f"old1@bank.example,Otto Old,adviser,{DIGEST},{SALT}\n".encode()
    with serving(bank.tenant):
        outcome = run([HEAD, line, good])
    assert (outcome.created, outcome.bad) == (1, [(2, Fault.NOT_READ)])


@pytest.mark.parametrize("first", [b"email,name\n", b"\xff\n", b"old1@bank.example,O,adviser,,\n"])
def test_a_file_of_something_else_is_refused(bank: Organisation, first: bytes) -> None:
    with serving(bank.tenant), pytest.raises(NoSuchFile, match="The first line must name"):
        run([first, b"x\n"])


def test_an_empty_file_has_nobody(bank: Organisation) -> None:
    with serving(bank.tenant):
        assert run([]) == Outcome()


def test_an_import_that_was_interrupted_goes_on(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_import, "BATCH", 2)
    given = lines(*(row(number) for number in range(7)))

    def interrupted() -> Iterator[bytes]:
        yield from given[:5]
        raise KeyboardInterrupt

    dealt: list[int] = []
    with serving(bank.tenant):
        with pytest.raises(KeyboardInterrupt):
            import_people(interrupted(), is_rehearsal=False)
        assert Person.objects.filter(email__startswith="old").count() == 4
        records = dict(Person.objects.values_list("email", "password"))
        outcome = import_people(given, done=dealt.append, is_rehearsal=False)
        assert (outcome.created, outcome.present) == (3, 4)
        after = dict(Person.objects.values_list("email", "password"))
        assert records.items() <= after.items()
        assert run(given) == Outcome(present=7)
    assert sum(dealt) == sum(map(len, given))


def test_the_same_address_twice_and_in_other_letters_is_one_person(bank: Organisation) -> None:
    given = lines(row(1), row(1, email="OLD1@bank.example"), row(2, email="ADA@bank.example"))
    with serving(bank.tenant):
        for is_rehearsal in (True, False):
            outcome = run(given, is_rehearsal=is_rehearsal)
            assert (outcome.created, outcome.present) == (1, 2)


def test_somebody_created_meanwhile_is_there(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = people_import._prepared

    def meanwhile(entry: Entry) -> Person:
        Person.objects.create(name="Otto", email=entry.email)
        return prepared(entry)

    monkeypatch.setattr(people_import, "_prepared", meanwhile)
    with serving(bank.tenant):
        assert run(lines(row())) == Outcome(present=1)


def test_a_rehearsal_stores_and_hashes_nothing(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_import, "BATCH", 2)
    monkeypatch.delattr(people_import, "_prepared")
    given = lines(row(1), row(2), row(3), row(1))
    with serving(bank.tenant):
        outcome = run([*given, b"{\n"], is_rehearsal=True)
        assert (outcome.created, outcome.present) == (3, 1)
        assert outcome.bad == [(5, Fault.NOT_READ)]
        assert Person.objects.count() == 3


def test_a_digest_is_in_no_repr() -> None:
    ((_, _, entry),) = entries(lines(row()))
    assert repr(entry) == "<Entry>"

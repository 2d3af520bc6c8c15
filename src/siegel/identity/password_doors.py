"""Every way to set a password, tried at a probe tenant: which passwords each of them accepts."""

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone

from siegel.claims.control import Finding, Text
from siegel.identity.inviting import accept, invite
from siegel.identity.judging import must_choose
from siegel.identity.models import EarlierPassword, Person
from siegel.identity.organisations import furnish
from siegel.identity.own_password import change_own
from siegel.identity.password_policy import Audience, Policy
from siegel.identity.people import prepare_person
from siegel.identity.people_import import import_people
from siegel.identity.policies import let_hold
from siegel.identity.resetting import choose, issue_token
from siegel.identity.roles import Role
from siegel.tenancy.context import serving
from siegel.tenancy.probes import probe_tenants
from siegel.tenancy.writing import write_transaction

Plant = Callable[[], AbstractContextManager[object]]
PRESENT = "what the probe has had until now"
EARLIER = "what the probe has had before that"
AGE = dt.timedelta(days=100)


@dataclass(frozen=True)
class Case:
    """A password, the rules that it is tried under, and whether they accept it.

    `doors` names the ways that know of it, where not all of them can.
    """

    name: str
    policy: Policy
    password: str
    is_good: bool
    doors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Probe:
    """Who administers a probe tenant, and who has a password there."""

    by: Person
    person: Person
    record: str
    earlier: str

    @property
    def address(self) -> str:
        """One that nobody has."""
        return f"{uuid.uuid4().hex}@x.invalid"


def _create(probe: Probe, password: str) -> None:
    prepare_person(name="Vq", email=probe.address, password=password, roles=[Role.ADVISER])


def _invite(probe: Probe, password: str) -> None:
    token = invite(probe.by, name="Vq", email=probe.address, roles=[Role.ADVISER], teams=[])
    accept(token, password)


def _change(probe: Probe, password: str) -> None:
    _remember(probe)
    change_own(Person.objects.get(pk=probe.person.pk), PRESENT, password, session=None)


def _reset(probe: Probe, password: str) -> None:
    _remember(probe)
    choose(issue_token(Person.objects.get(pk=probe.person.pk)), password)


def _validate(probe: Probe, password: str) -> None:
    validate_password(password, Person(name="Vq", roles=[Role.ADVISER]))


def _import(probe: Probe, password: str) -> None:
    """Its digest is taken over, and judged when they first sign in."""
    digest, email = hashlib.sha256(f"s{password}".encode()).hexdigest(), probe.address
    line = {"email": email, "name": "Vq", "roles": ["adviser"], "sha256": digest, "salt": "s"}
    import_people([json.dumps(line).encode()], is_rehearsal=False)
    person = authenticate(None, email=email, password=password)
    if not isinstance(person, Person):
        raise LookupError("Somebody who was taken over cannot sign in.")
    if person.password_due_at is not None:
        raise ValidationError("due")


def _age(probe: Probe, password: str) -> None:
    """Somebody signs in who has had it for a hundred days."""
    Person.objects.filter(pk=probe.person.pk).update(
        password=make_password(password), password_set_at=timezone.now() - AGE
    )
    person = authenticate(None, email=probe.person.email, password=password)
    if isinstance(person, Person) and must_choose(person):
        raise ValidationError("due")


def _remember(probe: Probe) -> None:
    """Whatever the last try has left: these are the passwords that the person has and had."""
    Person.objects.filter(pk=probe.person.pk).update(password=probe.record)
    EarlierPassword.objects.all().delete()
    EarlierPassword.objects.create(person=probe.person, record=probe.earlier)


# The command line creates as the first one does.
DOORS: dict[str, Callable[[Probe, str], None]] = {
    "created": _create,
    "invited": _invite,
    "changed": _change,
    "reset": _reset,
    "validated": _validate,
    "imported": _import,
}

# Of rules that are about something else than what is typed.
OTHER_DOORS = {"aged": _age}


def examine_cases(cases: Sequence[Case], plant: Plant = nullcontext) -> Finding:
    """Try every case at every door of a fresh probe; `plant` breaks what is examined."""
    faults, tried, expected = [], 0, 0
    with probing() as probe, plant():
        for case in cases:
            hold(case.policy)
            doors = case.doors or tuple(DOORS)
            expected += len(doors)
            for door in doors:
                tried += 1
                if is_accepted(probe, door, case.password) != case.is_good:
                    faults.append(
                        f"{door}: {case.name} is {'refused' if case.is_good else 'accepted'}"
                    )
    what = Text(
        f"{tried} Versuche auf {len(DOORS)} Wegen, ein Passwort zu setzen",
        f"{tried} attempts on {len(DOORS)} ways to set a password",
    )
    return Finding(tried, what, tuple(faults), expected=max(1, expected))


@contextmanager
def probing() -> Iterator[Probe]:
    """A fresh probe tenant, served, with an administrator and an adviser."""
    with probe_tenants() as (tenant, _other), serving(tenant):
        furnish("Xq")
        by = Person.objects.create(name="Wq", email="by@x.invalid", roles=[Role.ADMINISTRATOR])
        record = make_password(PRESENT)
        person = Person.objects.create(
            name="Vq", email="v@x.invalid", roles=[Role.ADVISER], password=record
        )
        yield Probe(by, person, record, make_password(EARLIER))


def hold(policy: Policy) -> None:
    """Let a policy hold for advisers at the probe, whatever held before."""
    with write_transaction():
        let_hold("control", None, Audience.ADVISER, policy, reason="control")


def is_accepted(probe: Probe, door: str, password: str) -> bool:
    """Whether a way to set a password accepts one."""
    try:
        (DOORS | OTHER_DOORS)[door](probe, password)
    except ValidationError:
        return False
    return True

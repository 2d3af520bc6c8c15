"""Creating people."""

from collections.abc import Iterable

from django.db import IntegrityError

from siegel.audit import trail
from siegel.identity.addresses import check_address
from siegel.identity.models import Person
from siegel.identity.naming import PERSON_LENGTH, checked_name
from siegel.identity.passwords import set_password
from siegel.identity.roles import Role
from siegel.tenancy.writing import write_transaction


class AddressTaken(ValueError):
    """A person of this organisation has this address already."""


def create_person(
    *, name: str, email: str, password: str, roles: Iterable[Role], actor: str = "operator"
) -> Person:
    """Create somebody who signs in with an address and a password.

    Raises naming.RefusedName, django's ValidationError for a malformed address or a weak password,
    AddressTaken.
    """
    name = checked_name(name, PERSON_LENGTH)
    person = prepare_person(name=name, email=email, password=password, roles=roles)
    add_person(person, actor)
    return person


def prepare_person(*, name: str, email: str, password: str, roles: Iterable[Role]) -> Person:
    """Somebody who is not stored yet: hashing takes its time and needs no lock.

    Raises django's ValidationError for a malformed address or a weak password.
    """
    check_address(email)
    person = Person(name=name, email=email.lower(), roles=sorted(roles))
    set_password(person, password)
    return person


def add_person(person: Person, actor: str, **detail: str) -> None:
    """Store somebody who was prepared; raises AddressTaken."""
    try:
        with write_transaction():
            person.save()
            event = trail.Event(
                actor, "person.created", f"person:{person.pk}", {"roles": person.roles, **detail}
            )
            trail.append([event])
    except IntegrityError as error:
        raise AddressTaken(f"There is a person with the address {person.email} already.") from error


def name_of(person: str) -> str:
    """What somebody is called, by id; empty if there is nobody of it."""
    found = Person.objects.filter(pk=person).values_list("name", flat=True).first()
    return found or ""

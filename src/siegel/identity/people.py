"""Creating people."""

from collections.abc import Iterable

from django.contrib.auth.password_validation import validate_password
from django.core.validators import validate_email
from django.db import IntegrityError

from siegel.audit import trail
from siegel.identity.models import Person
from siegel.identity.roles import Role
from siegel.tenancy.writing import write_transaction


class AddressTaken(ValueError):
    """A person of this organisation has this address already."""


def create_person(
    *, name: str, email: str, password: str, roles: Iterable[Role], actor: str = "operator"
) -> Person:
    """Create somebody who signs in with an address and a password.

    Raises django's ValidationError for a malformed address or a weak password, AddressTaken.
    """
    validate_email(email)
    person = Person(name=name, email=email.lower(), roles=sorted(roles))
    validate_password(password, person)
    person.set_password(password)
    try:
        with write_transaction():
            person.save()
            event = trail.Event(
                actor, "person.created", f"person:{person.pk}", {"roles": person.roles}
            )
            trail.append([event])
    except IntegrityError as error:
        raise AddressTaken(f"There is a person with the address {email} already.") from error
    return person

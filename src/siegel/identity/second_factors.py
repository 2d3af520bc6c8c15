"""What people have besides their password, and who must have it."""

import uuid
from enum import IntEnum
from typing import cast

from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from siegel.identity.models import Organisation, Person, Session
from siegel.identity.proofs import OF_TWO_FACTORS, PHISHING_RESISTANT
from siegel.identity.roles import Role
from siegel.identity.session_engine import SessionStore
from siegel.tenancy.context import served
from siegel.tenancy.operators import is_of_operators

APP, PASSKEY = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN
# Recovery codes stand in for one of these, and are none of their own.
FACTORS = (APP, PASSKEY)


class Need(IntEnum):
    """What somebody must have used to reach more than the page on which they set it up."""

    NOTHING = 0
    TWO_FACTORS = 1
    PHISHING_RESISTANT = 2


def has_second_factor(person: Person) -> bool:
    """Whether somebody has an authenticator app or a passkey."""
    return bool(factors_of(person))


def factors_of(person: Person) -> list[Authenticator]:
    """The authenticator app and the passkeys of somebody, in the order they were added."""
    return list(Authenticator.objects.filter(user=person, type__in=FACTORS).order_by("pk"))


def new_facts(name: str) -> dict[str, str]:
    """What is kept of every factor. Its id names it in addresses: the row's number is guessed."""
    return {"id": str(uuid.uuid4()), "name": name}


def id_of(factor: Authenticator) -> str:
    """What names a factor."""
    return str(factor.data["id"])


def need_of(person: Person) -> Need:
    """Of operators and administrators always, of others as their organisation decides."""
    if is_of_operators(served()):
        return Need.PHISHING_RESISTANT
    if Role.ADMINISTRATOR in person.roles:
        return Need.TWO_FACTORS
    wanted = Organisation.objects.values_list("factor_roles", flat=True).get()
    return Need.TWO_FACTORS if set(wanted) & set(person.roles) else Need.NOTHING


def satisfies(proof: str, need: Need) -> bool:
    """Whether a session with this proof is enough."""
    enough = {Need.TWO_FACTORS: OF_TWO_FACTORS, Need.PHISHING_RESISTANT: PHISHING_RESISTANT}
    return need is Need.NOTHING or proof in enough[need]


def fulfils(person: Person, need: Need) -> bool:
    """Whether somebody has a factor with which they can prove as much as they must."""
    kinds = {factor.type for factor in factors_of(person)}
    if need is Need.PHISHING_RESISTANT:
        return PASSKEY in kinds
    return need is Need.NOTHING or bool(kinds)


def is_short(person: Person, session: Session | None) -> bool:
    """Whether a session proves less than its person must: it opens nothing but their factors."""
    proof = session.factor if session else ""
    # Whoever used a passkey satisfies everything: nothing has to be looked up.
    return proof not in PHISHING_RESISTANT and not satisfies(proof, need_of(person))


def session_of(request: HttpRequest) -> Session | None:
    """The row of a request's session, once it was read."""
    return cast("SessionStore", request.session).row

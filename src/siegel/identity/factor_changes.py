"""Adding, renaming and removing second factors, by their person or for them.

Every change ends what was trusted before, is in the trail, and is written to the person, who may
not be the one who made it.
"""

import uuid
from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError

from siegel.audit import trail
from siegel.identity import mailing
from siegel.identity.acting import acting
from siegel.identity.ending_sessions import end_everywhere
from siegel.identity.judging import begin_grace
from siegel.identity.letters import Notice
from siegel.identity.models import CodeTries, Organisation, Person, RecoveryCode
from siegel.identity.naming import checked_name
from siegel.identity.recovery_codes import make_codes, store_codes
from siegel.identity.second_factors import FACTORS, factors_of, fulfils, id_of, need_of
from siegel.identity.trusted_devices import forget_devices
from siegel.tenancy.writing import write_transaction

NAME_LENGTH = 60
Store = Callable[[Person, str], Authenticator]


class OneAlready(ValueError):
    """There is a factor of this kind already, and it may be there once only."""


class LastFactor(ValueError):
    """Without this one the person could not do what their role asks for."""


def add_factor(person: Person, name: str, store: Store, *, session: str | None) -> list[str]:
    """Add what `store` keeps; returns new recovery codes if there were none.

    `session` is the key of the one in which that is asked for. Raises naming.RefusedName,
    OneAlready, and django's PermissionDenied if the session was ended meanwhile.
    """
    name = checked_name(name, NAME_LENGTH)
    # Hashed before the lock is taken; those that are not needed are thrown away.
    made = [] if RecoveryCode.objects.filter(person=person).exists() else make_codes()
    with write_transaction():
        # A session that its owner has just ended leaves no factor behind.
        if not person.sessions.filter(session_key=session).exists():
            raise PermissionDenied
        factor = _stored(person, name, store)
        codes = store_codes(person, made) if made else []
        _note(f"person:{person.pk}", "factor.added", person, kind=factor.type)
        _tell(person, "factor.added")
    return codes


def rename_factor(person: Person, identifier: uuid.UUID, name: str) -> None:
    """Raises naming.RefusedName, Authenticator.DoesNotExist."""
    name = checked_name(name, NAME_LENGTH)
    with write_transaction():
        factor = _own(person, identifier)
        if factor.data["name"] != name:
            factor.data["name"] = name
            factor.save(update_fields=["data"])
            _note(f"person:{person.pk}", "factor.renamed", person, kind=factor.type)


def remove_factor(person: Person, identifier: uuid.UUID) -> None:
    """Raises LastFactor, Authenticator.DoesNotExist."""
    with write_transaction():
        factor = _own(person, identifier)
        factor.delete()
        if not fulfils(person, need_of(person)):
            raise LastFactor
        if not factors_of(person):
            RecoveryCode.objects.filter(person=person).delete()
            begin_grace(person)
        _note(f"person:{person.pk}", "factor.removed", person, kind=factor.type)
        _tell(person, "factor.removed")


def renew_recovery_codes(person: Person) -> list[str]:
    """Ten new ones; the old ones open nothing any more."""
    made = make_codes()
    with write_transaction():
        codes = store_codes(person, made)
        _note(f"person:{person.pk}", "recovery-codes.made", person)
        _tell(person, "recovery-codes.made")
    return codes


def reset_factors(by: Person | None, person: Person) -> int:
    """Take away all second factors of somebody who has lost theirs; None is the operator.

    Their sessions end, and they set a new one up when they next sign in. Returns how many there
    were. Raises django's PermissionDenied.
    """
    with write_transaction():
        actor = acting(by)
        removed: int = Authenticator.objects.filter(user=person, type__in=FACTORS).delete()[0]
        RecoveryCode.objects.filter(person=person).delete()
        CodeTries.objects.filter(person=person).delete()
        begin_grace(person)
        end_everywhere(person)
        _note(actor, "person.factors-reset", person, factors=removed)
        _tell(person, "person.factors-reset")
    return removed


def _stored(person: Person, name: str, store: Store) -> Authenticator:
    try:
        # A savepoint: after what fails the transaction goes on.
        with write_transaction():
            return store(person, name)
    except IntegrityError:
        raise OneAlready from None


def _own(person: Person, identifier: uuid.UUID) -> Authenticator:
    for factor in factors_of(person):
        if id_of(factor) == str(identifier):
            return factor
    raise Authenticator.DoesNotExist


def _tell(person: Person, action: str) -> None:
    """Ask for the factor everywhere again, and write to the person. Within a transaction."""
    forget_devices(person)
    languages = Organisation.of_tenant().languages
    context = {"person": str(person.pk), "action": action}
    mailing.send(Notice.FACTORS_CHANGED, person.email, languages[0], context=context)


def _note(actor: str, action: str, person: Person, **detail: Any) -> None:
    trail.append([trail.Event(actor, action, f"person:{person.pk}", detail)])

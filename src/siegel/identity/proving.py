"""Judging what somebody gives as their second factor: a code, or the answer of a passkey."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from django.contrib.auth.hashers import check_password
from django.http import HttpRequest

from siegel.audit import trail
from siegel.identity import recovery_codes
from siegel.identity.authenticator_app import judge, seed_of, use_step
from siegel.identity.code_tries import Asked, TooSoon, count_try, forget_tries
from siegel.identity.models import Person
from siegel.identity.passkeys import NotVerified, verify
from siegel.identity.proofs import Proof
from siegel.identity.second_factors import APP, factors_of
from siegel.tenancy.writing import write_transaction

DIGITS = 6


class Why(StrEnum):
    """Why a proof is refused, as the trail names it."""

    WRONG = "wrong"
    USED = "used"
    CLOCK = "clock"
    TOO_SOON = "too-soon"


class Refused(ValueError):
    """A proof that is not taken; `number`: seconds to wait, or minutes by which a clock is slow."""

    def __init__(self, why: Why, number: int = 0) -> None:
        super().__init__(why)
        self.why, self.number = why, number


def prove_by_code(person: Person, text: str) -> Proof:
    """Judge a code of the app, or a recovery code, which is used up. Raises Refused."""
    with counted(person, "code", Asked.SIGN_IN):
        return _by_code(person, text)


def prove_again(person: Person, password: str, code: str) -> Proof:
    """Judge what somebody who is signed in gives once more. Raises Refused.

    Without a second factor the password is all there is. One try for both: whoever knows the
    password does not guess the code any faster.
    """
    with counted(person, "password", Asked.AGAIN):
        require_password(person, password)
        return _by_code(person, code) if factors_of(person) else Proof.PASSWORD


def require_password(person: Person, password: str) -> None:
    """Within `counted`. Raises Refused if it is not the person's."""
    # Without making the record anew: that would end this very session.
    if not check_password(password, person.password):
        raise Refused(Why.WRONG)


def prove_by_passkey(request: HttpRequest, person: Person, answer: Any, asked: Asked) -> None:
    """Judge what a passkey of somebody has answered. Raises Refused."""
    try:
        verify(request, answer, person)
    except NotVerified:
        note_refused(person, "passkey", Why.WRONG)
        raise Refused(Why.WRONG) from None
    forget_tries(person, asked)


def note_refused(person: Person, kind: str, why: Why) -> None:
    """In the trail: that somebody failed to prove who they are."""
    with write_transaction():
        actor, detail = f"person:{person.pk}", {"kind": kind, "reason": why}
        trail.append([trail.Event(actor, "factor.refused", actor, detail)])


@contextmanager
def counted(person: Person, kind: str, asked: Asked) -> Iterator[None]:
    """One try, counted before it is judged, and forgotten if it was right.

    Raises Refused, from within as well, after it was noted.
    """
    try:
        count_try(person, asked)
        yield
    except TooSoon as early:
        note_refused(person, kind, Why.TOO_SOON)
        raise Refused(Why.TOO_SOON, early.seconds) from None
    except Refused as refused:
        note_refused(person, kind, refused.why)
        raise
    forget_tries(person, asked)


def _by_code(person: Person, text: str) -> Proof:
    given = "".join(text.split())
    is_of_app = len(given) == DIGITS and given.isascii() and given.isdigit()
    return _by_app(person, given) if is_of_app else _by_recovery_code(person, given)


def _by_app(person: Person, code: str) -> Proof:
    factor = next((each for each in factors_of(person) if each.type == APP), None)
    if factor is None:
        raise Refused(Why.WRONG)
    judged = judge(seed_of(factor), code)
    if judged.minutes_late:
        raise Refused(Why.CLOCK, judged.minutes_late)
    if judged.step is None:
        raise Refused(Why.WRONG)
    if not use_step(factor, judged.step):
        raise Refused(Why.USED)
    return Proof.APP


def _by_recovery_code(person: Person, text: str) -> Proof:
    if not recovery_codes.use_code(person, text):
        raise Refused(Why.WRONG)
    with write_transaction():
        actor, left = f"person:{person.pk}", recovery_codes.codes_left(person)
        trail.append([trail.Event(actor, "recovery-code.used", actor, {"left": left})])
    return Proof.RECOVERY_CODE

"""A forgotten password: a link that works once and for half an hour lets its person choose another.

Whoever asks for one learns nothing of who has an account: what is asked for is kept as it was
typed, and only the job that sends the mail looks whether there is somebody of that address. The
second factor is not touched: who has chosen a password still has to sign in.
"""

import datetime as dt

from django.utils import translation

from siegel.audit import trail
from siegel.identity import mailing, tokens
from siegel.identity.acting import acting
from siegel.identity.mailing import Notice
from siegel.identity.models import Person, QueuedNotice, Token
from siegel.identity.passwords import SetMeanwhile, replace_password, with_password
from siegel.identity.tokens import Kind, NotHeld
from siegel.tenancy.writing import write_transaction

VALID = dt.timedelta(minutes=30)


class SwitchedOff(ValueError):
    """The person may not sign in, whatever their password is."""


def ask(email: str) -> None:
    """Somebody has forgotten the password of an address, which need not be anybody's."""
    language = translation.get_language() or "en"
    mailing.send(Notice.PASSWORD_RESET, email, language, context={})


def start(by: Person, person: Person) -> str:
    """An administrator has somebody choose another password; nobody chooses it for them.

    By mail, if there is a server; otherwise a token is returned for a link to hand over. Raises
    SwitchedOff, and django's PermissionDenied if they are no administrator any more.
    """
    with write_transaction():
        actor = acting(by)
        person = Person.objects.get(pk=person.pk)
        if not person.is_active:
            raise SwitchedOff
        _note(actor, "person.reset-started", person)
        language = translation.get_language() or "en"
        context = {"started_by": str(by.pk)}
        if mailing.send(Notice.PASSWORD_RESET, person.email, language, context=context):
            return ""
        return issue_token(person)


def note_asked(person: Person, notice: QueuedNotice) -> None:
    """Note that somebody, who need not be the person, has asked for a link that is being sent.

    Once, however often it is tried to send it.
    """
    if "noted" in notice.context:
        return
    event = trail.Event("anonymous", "person.reset-asked", f"person:{person.pk}")
    with write_transaction():
        trail.append([event])
        notice.context = notice.context | {"noted": True}
        notice.save(update_fields=["context"])


def issue_token(person: Person) -> str:
    """A token for a link; a newer one, another password, or signing out everywhere, ends it."""
    scope = {"since": person.get_session_auth_hash()}
    with write_transaction():
        tokens.end_all(Kind.PASSWORD_RESET, person=person)
        return tokens.issue(Kind.PASSWORD_RESET, person=person, scope=scope, lifetime=VALID)


def person_of(token: str) -> Person:
    """Whose password a token lets choose; raises tokens.NotHeld."""
    return _held(token)[1]


def choose(token: str, password: str) -> Person:
    """Give the person another password, sign them out everywhere, and tell them by mail.

    Raises tokens.NotHeld, django's ValidationError for a weak password.
    """
    row, person = _held(token)
    changed = with_password(person, password)
    with write_transaction():
        # Of two browsers the second one finds it used up here.
        tokens.use(row)
        if not Person.objects.filter(pk=person.pk, is_active=True).exists():
            raise NotHeld
        try:
            replace_password(person, changed)
        except SetMeanwhile:
            raise NotHeld from None
        ended, _ = person.sessions.all().delete()
        tokens.end_all(Kind.PASSWORD_RESET, person=person)
        _note(f"person:{person.pk}", "person.password-reset", person, sessions=ended)
        language = translation.get_language() or "en"
        context = {"person": str(person.pk)}
        mailing.send(Notice.PASSWORD_CHANGED, person.email, language, context=context)
    return changed


def _held(token: str) -> tuple[Token, Person]:
    row = tokens.find(Kind.PASSWORD_RESET, token)
    person = row.person
    if (
        person is None
        or not person.is_active
        or row.scope.get("since") != person.get_session_auth_hash()
    ):
        raise NotHeld
    return row, person


def _note(actor: str, action: str, person: Person, **detail: int) -> None:
    trail.append([trail.Event(actor, action, f"person:{person.pk}", dict(detail))])

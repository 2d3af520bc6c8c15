"""Canned replies: texts that advisers send again and again, with variables."""

import hashlib
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from siegel.audit import trail
from siegel.conversations.bodies import RefusedBody, check_body
from siegel.conversations.models import CannedReply, Conversation
from siegel.identity.models import Organisation, Person
from siegel.identity.naming import folded
from siegel.identity.zones import zone_named
from siegel.tenancy.writing import write_transaction

MOST_FOUND = 20
LONGEST_SHORTCUT = 30
LONGEST_TITLE = 80
SHORTCUT = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")
VARIABLE = re.compile(r"\{([\w.]+)\}")


class RefusedCanned(ValueError):
    """A canned reply cannot be saved so: `code` says why, `field` names what to change."""

    def __init__(self, code: str, field: str, variable: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.variable = variable


class ChangedMeanwhile(ValueError):
    """Somebody else has changed the canned reply since it was looked at."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the variables are filled with."""

    conversation: Conversation
    adviser: Person
    organisation: Organisation
    # The adviser's, by its IANA name: it says which day it is.
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a rendered text; a gap is what the adviser still has to fill in."""

    text: str
    is_gap: bool = False


def _today(situation: Situation) -> str:
    # As the client reads it.
    language = situation.conversation.contact.language
    with override(language):
        day = timezone.now().astimezone(zone_named(situation.zone)).date()
        return date_format(day, "d.m.Y" if language == "de" else "j F Y")


VARIABLES: dict[str, Callable[[Situation], str]] = {
    "client.name": lambda of: of.conversation.contact.name,
    "client.email": lambda of: of.conversation.contact.email,
    "adviser.name": lambda of: of.adviser.name,
    "organisation.name": lambda of: of.organisation.name,
    "date": _today,
}


def _placeholder(variable: str) -> str:
    """What stands in its place while nobody knows it."""
    known = {
        "client.name": _("Name"),
        "client.email": _("E-mail"),
        "adviser.name": _("Your name"),
        "organisation.name": _("Organisation"),
    }
    return f"[{known.get(variable, variable)}]"


def rendered(body: str, situation: Situation) -> list[Part]:
    """The text with its variables filled in.

    A value that is missing and a variable that is unknown are gaps, such as `[Name]`: visible, so
    that nobody sends an empty salutation. What somebody wrote is never looked at for variables.
    """
    parts: list[Part] = []
    end = 0
    for found in VARIABLE.finditer(body):
        parts += [Part(body[end : found.start()]), _filled(found[1], situation)]
        end = found.end()
    return [part for part in [*parts, Part(body[end:])] if part.text]


def find_canned(wanted: str) -> list[CannedReply]:
    """At most 20: those whose shortcut begins so, then those whose shortcut or title holds it."""
    wanted = folded(wanted).strip()
    ranked = [
        (not folded(shortcut).startswith(wanted), shortcut, pk)
        for pk, shortcut, title in CannedReply.objects.values_list("pk", "shortcut", "title")
        if wanted in folded(shortcut) or wanted in folded(title)
    ]
    chosen = [pk for _, _, pk in sorted(ranked)[:MOST_FOUND]]
    found = CannedReply.objects.in_bulk(chosen)
    return [found[pk] for pk in chosen if pk in found]


def standing(reply: CannedReply) -> str:
    """What a canned reply says, as a short text to compare: what a change was decided on."""
    said = json.dumps([reply.shortcut, reply.title, reply.body])
    return hashlib.sha256(said.encode()).hexdigest()


def save_canned(
    actor: str,
    *,
    shortcut: str,
    title: str,
    body: str,
    identifier: uuid.UUID | None = None,
    expected: str | None = None,
) -> CannedReply:
    """Make a canned reply, or change the one with this identifier.

    A shortcut is one word of letters, digits, hyphens and underscores, in small letters. `expected`
    is the `standing` that a change was decided on, if it was: what somebody else has worded since
    must not be lost by a form that was open. Raises RefusedCanned, ChangedMeanwhile,
    CannedReply.DoesNotExist.
    """
    shortcut, title = shortcut.strip().lower(), title.strip()
    _check(shortcut, title, body)
    with write_transaction():
        reply = CannedReply.objects.get(pk=identifier) if identifier else CannedReply()
        if expected is not None and standing(reply) != expected:
            raise ChangedMeanwhile
        if CannedReply.objects.filter(shortcut=shortcut).exclude(pk=reply.pk).exists():
            raise RefusedCanned("shortcut-taken", "shortcut")
        reply.shortcut, reply.title, reply.body = shortcut, title, body
        reply.save()
        trail.append([trail.Event(actor, "canned.saved", f"canned:{reply.pk}", {})])
    return reply


def delete_canned(actor: str, identifier: uuid.UUID) -> None:
    """Delete a canned reply; what was sent with it stays. Raises CannedReply.DoesNotExist."""
    with write_transaction():
        reply = CannedReply.objects.get(pk=identifier)
        reply.delete()
        trail.append([trail.Event(actor, "canned.deleted", f"canned:{identifier}", {})])


def refusal_text(refusal: RefusedCanned) -> str:
    """What a person reads who tried to save it."""
    texts = {
        "shortcut-malformed": _(
            "A shortcut is one word of at most 30 letters, digits and hyphens, such as greeting."
        ),
        "shortcut-taken": _("Another canned reply has this shortcut. Choose a different one."),
        "title-malformed": _("Give it a title of at most 80 characters."),
        "body-empty": _("The text is empty. Write something first."),
        "body-too-long": _("The text is longer than 20,000 characters. Shorten it."),
        "body-control-characters": _(
            "The text contains invisible control characters. Remove them, for instance by pasting "
            "the text without formatting."
        ),
        "variable-unknown": _("There is no variable {%(variable)s}. The known ones are: %(known)s.")
        % {
            "variable": refusal.variable,
            "known": ", ".join(f"{{{name}}}" for name in VARIABLES),
        },
    }
    return texts[refusal.code]


def _filled(variable: str, situation: Situation) -> Part:
    value = VARIABLES[variable](situation) if variable in VARIABLES else ""
    return Part(value) if value else Part(_placeholder(variable), is_gap=True)


def _check(shortcut: str, title: str, body: str) -> None:
    if len(shortcut) > LONGEST_SHORTCUT or not SHORTCUT.fullmatch(shortcut):
        raise RefusedCanned("shortcut-malformed", "shortcut")
    if not 0 < len(title) <= LONGEST_TITLE or not title.isprintable():
        raise RefusedCanned("title-malformed", "title")
    try:
        check_body(body)
    except RefusedBody as refusal:
        raise RefusedCanned(refusal.code, "body") from None
    for variable in VARIABLE.findall(body):
        if variable not in VARIABLES:
            raise RefusedCanned("variable-unknown", "body", variable)

"""What happens around the field in which an adviser writes: notes, mentions, canned replies."""

import uuid

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from siegel.conversations import noting
from siegel.conversations.bodies import RefusedBody
from siegel.conversations.canned import Situation, find_canned, rendered
from siegel.desk.json_bodies import UNFIT, json_of, refused_in_words
from siegel.desk.participants import absent_is_404, adviser_of, conversation_or_404
from siegel.desk.permitted import person_of
from siegel.identity.models import Organisation
from siegel.identity.naming import folded
from siegel.refusals import refused

MOST_PEOPLE = 20


class NewNote(msgspec.Struct, forbid_unknown_fields=True):
    """A note as the browser sends it."""

    key: uuid.UUID
    body: str
    mentions: list[uuid.UUID] = []


@require_GET
def state(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Whether the person may answer, and who looks after the conversation if it is not theirs."""
    conversation = conversation_or_404(request, identifier)
    assigned = conversation.assigned_to
    is_others = assigned is not None and assigned != person_of(request)
    return JsonResponse(
        {
            "state": conversation.state,
            "colleague": assigned.name if assigned is not None and is_others else "",
            "undo_seconds": Organisation.of_tenant().undo_seconds,
        }
    )


@require_POST
def notes(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Add a note; again with the same key, it is the same note."""
    conversation = conversation_or_404(request, identifier)
    wish = json_of(request, NewNote)
    by = adviser_of(request)
    try:
        with absent_is_404():
            note = noting.write_note(by, conversation, wish.key, wish.body, wish.mentions)
    except RefusedBody as refusal:
        return refused_in_words(UNFIT, refusal.code)
    except noting.NotMentionable:
        message = _(
            "Somebody whom you mention cannot see this conversation any more. Your note is kept. "
            "Remove the mention and send it again."
        )
        return refused(422, "not-mentionable", message)
    return JsonResponse({"seq": note.seq}, status=201)


@require_GET
def mentionable(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Colleagues who may see the conversation and whose name or address holds what was typed."""
    conversation = conversation_or_404(request, identifier)
    wanted = folded(request.GET.get("q", "")).strip()
    found = [
        {"id": str(person.pk), "name": person.name, "email": person.email}
        for person in noting.mentionable(conversation)
        if person != request.user and wanted in folded(f"{person.name} {person.email}")
    ]
    return JsonResponse({"people": found[:MOST_PEOPLE]})


@require_POST
def mentions_seen(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Somebody has the conversation open, and sees the note that has just named them."""
    noting.see_mentions(person_of(request), conversation_or_404(request, identifier))
    return HttpResponse(status=204)


@require_GET
def canned(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Canned replies for this client; `q` is what was typed, `zone` the reader's time zone."""
    situation = Situation(
        conversation_or_404(request, identifier),
        person_of(request),
        Organisation.of_tenant(),
        request.GET.get("zone", ""),
    )
    found = [
        {
            "id": str(reply.pk),
            "shortcut": reply.shortcut,
            "title": reply.title,
            "parts": [
                {"text": part.text, "is_gap": part.is_gap}
                for part in rendered(reply.body, situation)
            ],
        }
        for reply in find_canned(request.GET.get("q", ""))
    ]
    return JsonResponse({"canned": found})

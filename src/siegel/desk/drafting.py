"""Drafts of an adviser over HTTP."""

import datetime as dt
import uuid
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from siegel.conversations.drafts import (
    NewerDraft,
    RefusedDraft,
    delete_drafts,
    drafts_of,
    save_draft,
)
from siegel.conversations.models import Conversation, Draft
from siegel.desk.json_bodies import json_of
from siegel.desk.participants import absent_is_404, adviser_of, conversation_or_404
from siegel.refusals import refused


class Written(msgspec.Struct, forbid_unknown_fields=True):
    """A draft as the browser sends it; `saved_at` is of the one that it goes on from."""

    body: str
    is_note: bool = False
    saved_at: dt.datetime | None = None


@require_http_methods(["GET", "PUT", "DELETE"])
def draft(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """GET: the own drafts. PUT: keep one, an empty one is none. DELETE: throw them away."""
    conversation = conversation_or_404(request, identifier)
    by = adviser_of(request)
    if request.method == "GET":
        return JsonResponse({"drafts": [_shown(found) for found in drafts_of(by, conversation)]})
    if request.method == "DELETE":
        delete_drafts(by, conversation)
        return HttpResponse(status=204)
    return _put(request, conversation)


def _put(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    written = json_of(request, Written)
    try:
        with absent_is_404():
            kept = save_draft(
                adviser_of(request),
                conversation,
                written.body,
                is_note=written.is_note,
                replaces=written.saved_at,
            )
    except RefusedDraft as refusal:
        texts = {
            "draft-too-long": _(
                "This draft is longer than 20,000 characters. It is kept in this browser only. "
                "Split it up to send it."
            ),
            "body-control-characters": _(
                "This draft contains invisible control characters. It is kept in this browser "
                "only. Remove them, for instance by pasting the text without formatting."
            ),
        }
        return refused(422, refusal.code, texts[refusal.code])
    except NewerDraft as newer:
        message = _(
            "You have written something else in another window meanwhile. Both texts are kept. "
            "Choose which one to go on with."
        )
        return refused(409, "draft-newer", message, draft=_shown(newer.draft))
    return JsonResponse({"saved_at": kept.saved_at.isoformat() if kept else None})


def _shown(found: Draft) -> dict[str, Any]:
    return {
        "body": found.body,
        "is_note": found.is_note,
        "saved_at": found.saved_at.isoformat(),
    }

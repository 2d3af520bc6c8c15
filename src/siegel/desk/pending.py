"""Answers that can be called back, over HTTP; and those that were not taken."""

import uuid
from collections.abc import Iterable
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from siegel.conversations import pending as held
from siegel.conversations.batches import Refused
from siegel.conversations.bodies import RefusedBody
from siegel.conversations.models import Conversation, PendingMessage
from siegel.conversations.refusal_texts import refusal_text
from siegel.conversations.releasing import alarm
from siegel.desk.json_bodies import CONFLICT, UNFIT, json_of, refused_in_words
from siegel.desk.participants import absent_is_404, adviser_of, conversation_or_404
from siegel.desk.permitted import permitted
from siegel.identity.roles import Permission
from siegel.refusals import refused
from siegel.tenancy.context import served


class NewAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """An answer as the browser sends it."""

    key: uuid.UUID
    body: str
    files: list[uuid.UUID] = []


@require_http_methods(["GET", "POST"])
def pending(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """GET: the own answers that wait here. POST: one more; it goes out at `release_at`."""
    conversation = conversation_or_404(request, identifier)
    if request.method == "GET":
        found = list(held.pending_of(adviser_of(request), conversation))
        for row in found:
            # Of a process that was killed nobody else in this one knows before a minute is over.
            alarm.set(served(), row.release_at)
        return JsonResponse({"pending": _shown(found)})
    return _hold(request, conversation)


@require_http_methods(["DELETE"])
def call_back(request: HttpRequest, identifier: uuid.UUID, key: uuid.UUID) -> HttpResponse:
    """Take an answer back before it goes out. It is kept, and given again, until `?forget=1`.

    That says that the browser has it, or that it is thrown away.
    """
    conversation = conversation_or_404(request, identifier)
    by = adviser_of(request)
    try:
        with absent_is_404():
            if "forget" in request.GET:
                held.forget(by, conversation, key)
                return HttpResponse(status=204)
            row = held.call_back(by, conversation, key)
            return JsonResponse({"body": row.body, "files": held.files_of([row])[row.key]})
    except held.GoneOut:
        message = _("The message has gone out already and cannot be called back.")
        return refused(409, "gone-out", message)


@require_GET
@permitted(Permission.CONVERSATION_READ)
def unsent(request: HttpRequest) -> HttpResponse:
    """The own answers that do not go out by themselves."""
    return JsonResponse({"unsent": _shown(list(held.unsent_of(adviser_of(request))))})


@require_http_methods(["DELETE"])
@permitted(Permission.CONVERSATION_READ)
def forget_unsent(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Throw away an answer that was not taken, also if its conversation is a colleague's now."""
    with absent_is_404():
        held.forget_unsent(adviser_of(request), key)
    return HttpResponse(status=204)


def _hold(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    answer = json_of(request, NewAnswer)
    by = adviser_of(request)
    try:
        with absent_is_404():
            row = held.hold_message(by, conversation, answer.key, answer.body, answer.files)
    except RefusedBody as refusal:
        return refused_in_words(UNFIT, refusal.code)
    except Refused as refusal:
        return refused_in_words(CONFLICT, refusal.code)
    if row is None:
        return JsonResponse({"release_at": None})
    alarm.set(served(), row.release_at)
    return JsonResponse(
        {"release_at": row.release_at.isoformat(), "seconds_left": _seconds_left(row)}, status=201
    )


def _shown(rows: Iterable[PendingMessage]) -> list[dict[str, Any]]:
    """As the browser draws them: seconds, since its clock may differ."""
    rows = list(rows)
    files = held.files_of(rows)
    language = get_language() or "de"
    return [
        {
            "key": str(row.key),
            "conversation": str(row.conversation_id),
            "body": row.body,
            "files": files[row.key],
            "seconds_left": _seconds_left(row),
            "problem": refusal_text(row.outcome, language) if _is_refused(row) else "",
        }
        for row in rows
    ]


def _seconds_left(row: PendingMessage) -> float:
    return max(0.0, (row.release_at - timezone.now()).total_seconds())


def _is_refused(row: PendingMessage) -> bool:
    return row.outcome not in ("", held.GOING)

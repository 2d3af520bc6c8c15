"""What an adviser does with a conversation as a whole; every answer says what has become of it."""

import re
import uuid
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from siegel.conversations import assigning, labelling, releasing, resolving, snoozing
from siegel.conversations.access import NotFound, Participant, conversation_for
from siegel.conversations.bodies import RefusedBody
from siegel.conversations.models import Conversation
from siegel.conversations.refusal_texts import TEXTS
from siegel.desk.participants import absent_is_404, adviser_of, conversation_or_404
from siegel.desk.permitted import permitted
from siegel.identity.roles import Permission
from siegel.refusals import refused

Change = Callable[[Participant, Conversation], object]
SEEN = re.compile(r"[0-9]{1,15}")


@require_POST
def assign(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Take a conversation: a free one, or the one of the colleague named as `expected`."""
    expected = request.POST.get("expected")
    if expected is None:
        return _change(request, identifier, resolving.assign_to_self)
    return _change(
        request, identifier, lambda by, chosen: assigning.take_over(by, chosen, expected)
    )


@require_POST
def hand_over(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Give it to somebody or to a team, with a note; the answer says whether one still sees it."""
    told = request.POST

    def change(by: Participant, chosen: Conversation) -> None:
        to = assigning.assignee_named(told.get("to", ""))
        key = _uuid(told.get("key", ""))
        note = told.get("note", "").strip()
        expected = _after_own_answers(by, chosen, told.get("expected", ""))
        assigning.hand_over(by, chosen, to, expected, note=note, key=key)

    response = _change(request, identifier, change)
    if response.status_code != 204:
        return response
    try:
        conversation_for(adviser_of(request), identifier)
    except NotFound:
        return JsonResponse({"visible": False})
    return JsonResponse({"visible": True})


@require_POST
def release(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Leave it to whoever takes it."""
    told = request.POST.get("expected", "")

    def change(by: Participant, chosen: Conversation) -> None:
        assigning.release(by, chosen, _after_own_answers(by, chosen, told))

    return _change(request, identifier, change)


@require_GET
def assignees(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Up to 20 advisers and teams that it can be given to, by a part of their names."""
    conversation_or_404(request, identifier)
    found = assigning.candidates(request.GET.get("q", ""))
    return JsonResponse({"found": [{"id": each, "name": name} for each, name in found]})


@require_POST
def resolve(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Mark it as done; `seen` is the number of the last event that was shown."""
    told = request.POST.get("seen", "")

    def change(by: Participant, chosen: Conversation) -> None:
        if not SEEN.fullmatch(told):
            raise BadRequest
        seen = int(told)
        resolving.check_seen(chosen, seen)
        releasing.release_own(by, chosen)
        resolving.resolve(by, chosen, seen)

    return _change(request, identifier, change)


@require_POST
def reopen(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Open it again."""
    return _change(request, identifier, resolving.reopen)


@require_POST
def snooze(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Put it aside until a time, with its zone, that the browser has computed."""
    told = request.POST.get("until", "")

    def change(by: Participant, chosen: Conversation) -> None:
        until = snoozing.moment(told)
        releasing.release_own(by, chosen)  # Later it would wake the conversation.
        snoozing.snooze(by, chosen, until)

    return _change(request, identifier, change)


@require_POST
def wake(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Have it back now."""
    return _change(request, identifier, snoozing.wake)


@require_POST
def label(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Give it a label."""
    return _change(request, identifier, _labelling(request, labelling.label))


@require_POST
def unlabel(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Take a label from it."""
    return _change(request, identifier, _labelling(request, labelling.unlabel))


@require_GET
@permitted(Permission.CONVERSATION_READ)
def labels(request: HttpRequest) -> HttpResponse:
    """Up to 20 labels, by a part of their names."""
    found = labelling.labels_named(request.GET.get("q", ""))
    return JsonResponse({"found": [{"id": str(each.pk), "name": each.name} for each in found]})


def _labelling(
    request: HttpRequest, change: Callable[[Participant, Conversation, uuid.UUID], None]
) -> Change:
    chosen = _uuid(request.POST.get("label", ""))

    def changing(by: Participant, conversation: Conversation) -> None:
        if chosen is None:
            raise labelling.NoSuchLabel
        change(by, conversation, chosen)

    return changing


def _after_own_answers(by: Participant, chosen: Conversation, expected: str) -> str:
    """Let own answers go out first; whoever answers what was nobody's looks after it then.

    Returns what the request was decided on, with that in it.
    """
    if assigning.standing(chosen) != expected or not releasing.release_own(by, chosen):
        return expected
    found = conversation_for(by, chosen.pk)
    return assigning.standing(found) if found.assigned_to == by.person else expected


def _change(request: HttpRequest, identifier: uuid.UUID, change: Change) -> HttpResponse:
    """Do it and answer 204, or say why not; whatever is refused has changed nothing."""
    chosen = conversation_or_404(request, identifier)
    try:
        with absent_is_404():
            change(adviser_of(request), chosen)
    except resolving.AssignedElsewhere as refusal:
        return refused(409, "taken-meanwhile", _quicker(refusal.name))
    except resolving.NotOpen:
        message = _("This conversation is resolved. Nothing was changed. Reopen it first.")
        return refused(409, "not-open", message)
    except resolving.WrittenMeanwhile:
        message = _("The client has written meanwhile. Nothing was changed. Read it first.")
        return refused(409, "written-meanwhile", message)
    except releasing.NotSent:
        message = _(
            "An answer of yours could not be sent. It is kept above the field, and nothing was "
            "changed. Try again in a moment."
        )
        return refused(409, "answer-waits", message)
    except assigning.NoSuchAssignee:
        message = _(
            "Nobody of this name looks after conversations any more. Nothing was changed. Choose "
            "somebody else."
        )
        return refused(422, "assignee-gone", message)
    except labelling.NoSuchLabel:
        message = _("This label was deleted meanwhile. Nothing was changed. Choose another one.")
        return refused(422, "label-gone", message)
    except labelling.TooManyLabels:
        message = _(
            "A conversation has at most 20 labels. Nothing was changed. Take one away first."
        )
        return refused(422, "too-many-labels", message)
    except snoozing.RefusedTime as refusal:
        return refused(422, refusal.code, _about_time(refusal.code))
    except RefusedBody as refusal:
        return refused(422, refusal.code, str(TEXTS[refusal.code]))
    return HttpResponse(status=204)


def _quicker(name: str) -> str:
    if name:
        told = _("%(name)s has taken it meanwhile. Nothing was changed.")
        return told % {"name": f"\u2068{name}\u2069"}
    return _("Somebody else has changed who looks after it meanwhile. Nothing was changed.")


def _about_time(code: str) -> str:
    match code:
        case "time-past":
            return _("This time has passed already. Nothing was changed. Choose a later one.")
        case "time-too-far":
            return _("This is more than a year away. Nothing was changed. Choose an earlier time.")
    return _("This is no time that was understood. Nothing was changed. Choose one again.")


def _uuid(told: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(told)
    except ValueError:
        return None

"""Legal hold as an adviser sets it."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from siegel.conversations.holding import LONGEST_REASON, SHORTEST_REASON, RefusedReason, hold
from siegel.conversations.models import LegalHold
from siegel.desk.participants import absent_is_404, conversation_or_404
from siegel.desk.permitted import person_of
from siegel.desk.rail import rail


@require_http_methods(["GET", "POST"])
def hold_conversation(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """GET: what a hold means, and the question why. POST: it is held."""
    conversation = conversation_or_404(request, identifier)
    is_refused, reason = False, request.POST.get("reason", "")
    if request.method == "POST":
        try:
            with absent_is_404():
                hold(person_of(request), conversation, reason)
            return redirect("desk:conversation", conversation.pk)
        except RefusedReason:
            is_refused = True
    context = rail(request, "inbox") | {
        "conversation": conversation,
        "hold": LegalHold.objects.select_related("set_by").filter(pk=conversation.pk).first(),
        "is_refused": is_refused,
        "reason": reason,
        "shortest": SHORTEST_REASON,
        "longest": LONGEST_REASON,
    }
    return render(request, "desk/hold.html", context, status=422 if is_refused else 200)

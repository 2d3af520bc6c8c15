"""A link by which a client goes on elsewhere, handed over by an adviser."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from siegel.conversations.client_links import PATH, NotAllSeen, hand_over_link
from siegel.desk.participants import absent_is_404, adviser_of, conversation_or_404
from siegel.desk.rail import rail
from siegel.identity.codes import in_groups
from siegel.tenancy.registry import CHAT_PREFIX


@require_http_methods(["GET", "POST"])
def client_link(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """GET: what it opens. POST: the link and its code, shown once."""
    conversation = conversation_or_404(request, identifier)
    context = rail(request, "inbox") | {"conversation": conversation}
    if request.method == "POST":
        try:
            with absent_is_404():
                token, code = hand_over_link(adviser_of(request), conversation.contact)
        except NotAllSeen:
            context |= {"is_refused": True}
            return render(request, "desk/client_link.html", context, status=403)
        # As the desk is reached: a trial without TLS has another address than mail tells.
        chat = f"{request.scheme}://{CHAT_PREFIX}{request.get_host()}"
        context |= {"link": f"{chat}{PATH}#{token}", "code": in_groups(code)}
    return render(request, "desk/client_link.html", context)

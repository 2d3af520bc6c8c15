"""Asking a client to show who they are, as an adviser does it."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from siegel.conversations.contacts import typed_by_client
from siegel.conversations.models import Conversation
from siegel.conversations.proving import ask_by_mail, ask_by_telling
from siegel.desk.participants import absent_is_404, adviser_of, conversation_or_404
from siegel.desk.rail import rail
from siegel.identity import mailing
from siegel.identity.codes import in_groups
from siegel.identity.mailing import NoMail, RefusedAddress


@require_http_methods(["GET", "POST"])
def ask_for_proof(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """GET: by mail or by telling? POST: the code goes out, or is shown to be told, once."""
    conversation = conversation_or_404(request, identifier)
    if request.method == "GET":
        return _shown(request, conversation)
    by, address = adviser_of(request), request.POST.get("address", "")
    with absent_is_404():
        if request.POST.get("how") == "told":
            code = ask_by_telling(by, conversation)
            return _shown(request, conversation, code=in_groups(code))
        try:
            ask_by_mail(by, conversation, address)
        except RefusedAddress:
            problem = _("This was not understood as an e-mail address. No code was sent.")
        except NoMail:
            problem = _("There is no mail server. No code was sent. Tell it instead.")
        else:
            return redirect("desk:conversation", conversation.pk)
    return _shown(request, conversation, problem=problem, address=address, status=422)


def _known_address(conversation: Conversation) -> str:
    """What the client typed themselves proves nothing: it is not offered."""
    contact = conversation.contact
    return "" if typed_by_client(contact) else contact.email


def _shown(
    request: HttpRequest,
    conversation: Conversation,
    *,
    code: str = "",
    problem: str = "",
    address: str | None = None,
    status: int = 200,
) -> HttpResponse:
    context = rail(request, "inbox") | {
        "conversation": conversation,
        "code": code,
        "problem": problem,
        "address": _known_address(conversation) if address is None else address,
        "can_mail": mailing.is_configured(),
    }
    return render(request, "desk/proof.html", context, status=status)

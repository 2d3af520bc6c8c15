"""A contact's page, and what an adviser decides about a contact there."""

import contextlib
import uuid
from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from siegel.conversations.access import NotFound, Participant
from siegel.conversations.attached import file_shown
from siegel.conversations.blocking import block, unblock
from siegel.conversations.client_endings import account_beside, end_sign_ins, is_recognised
from siegel.conversations.contact_access import (
    contact_for,
    contacts_of_person,
    conversations_of_person,
)
from siegel.conversations.contact_lookup import MOST_FOUND, contacts_found
from siegel.conversations.contacts import RefusedContact, change_contact
from siegel.conversations.merging import NotMerged, SamePerson, merge, split
from siegel.conversations.models import Contact, Conversation, LegalHold
from siegel.conversations.proving import awaited_proof, newest_proof
from siegel.desk.participants import absent_is_404, adviser_of
from siegel.desk.rail import rail
from siegel.files.models import StoredFile

PER_PAGE = 20


@require_GET
def contact_page(request: HttpRequest, contact: uuid.UUID) -> HttpResponse:
    """What is known of a person, their conversations and files as far as one may see them."""
    return _page(request, contact_or_404(request, contact))


@require_POST
def change(request: HttpRequest, contact: uuid.UUID) -> HttpResponse:
    """Correct name, e-mail and language; what is refused is shown again with the reason."""
    found = contact_or_404(request, contact)
    told = {field: request.POST.get(field, "") for field in ("name", "email", "language")}
    try:
        with absent_is_404():
            change_contact(adviser_of(request), found, **told)
    except RefusedContact as refusal:
        return _page(request, found, told=told, problem=_why(refusal), status=422)
    return redirect("desk:contact", found.pk)


@require_http_methods(["GET", "POST"])
def merge_contact(request: HttpRequest, contact: uuid.UUID) -> HttpResponse:
    """GET: find the other contact, then look at both. POST: they are one person."""
    found = contact_or_404(request, contact)
    if named := request.POST.get("into") or request.GET.get("into"):
        other = contact_or_404(request, named)
        if request.method == "POST":
            return _merged(request, found, other)
        both = [_known(request, found), _known(request, other)]
        return _shown(request, "desk/contact_merge.html", found, {"both": both, "other": other})
    wanted = request.GET.get("find", "")
    matching = contacts_found(adviser_of(request), wanted, found)
    return _shown(
        request,
        "desk/contact_find.html",
        found,
        {"wanted": wanted, "matching": matching, "most": MOST_FOUND},
    )


@require_POST
def split_contact(request: HttpRequest, contact: uuid.UUID) -> HttpResponse:
    """Take a merge back."""
    found = contact_or_404(request, contact)
    try:
        with absent_is_404():
            other = split(adviser_of(request), found)
    except NotMerged:
        other = found  # Somebody else was quicker.
    # Of the two, at least one has a conversation that made both visible.
    try:
        contact_for(adviser_of(request), found.pk)
    except NotFound:
        return redirect("desk:contact", other.pk)
    return redirect("desk:contact", found.pk)


@require_http_methods(["GET", "POST"])
def block_contact(request: HttpRequest, contact: uuid.UUID) -> HttpResponse:
    """GET: what it means. POST: nothing is taken from the person any more."""
    found = contact_or_404(request, contact)
    if request.method == "GET":
        number = contacts_of_person(found).count()
        return _shown(request, "desk/contact_block.html", found, {"number": number})
    return _done(request, found, block)


@require_POST
def unblock_contact(request: HttpRequest, contact: uuid.UUID) -> HttpResponse:
    """What the person sends is taken again."""
    return _done(request, contact_or_404(request, contact), unblock)


@require_http_methods(["GET", "POST"])
def end_client_sign_ins(request: HttpRequest, contact: uuid.UUID) -> HttpResponse:
    """GET: what it means. POST: the client is signed out everywhere, and comes back anew only."""
    found = contact_or_404(request, contact)
    if request.method == "GET":
        return _shown(request, "desk/contact_sign_ins.html", found, {})
    return _done(request, found, end_sign_ins)


def contact_or_404(request: HttpRequest, identifier: object) -> Contact:
    """A contact through the gate; absent and forbidden look alike."""
    with absent_is_404():
        return contact_for(adviser_of(request), str(identifier))


def beside(request: HttpRequest, conversation: Conversation) -> dict[str, Any]:
    """What desk/_context.html shows of the contact beside a conversation."""
    others = conversations_of_person(adviser_of(request), conversation.contact)
    return {
        "other_conversations": others.exclude(pk=conversation.pk).exclude(excerpt="").count(),
        "recognised": is_recognised(conversation.contact),
        "proof": newest_proof(conversation),
        "awaited": awaited_proof(conversation),
        "hold": LegalHold.objects.select_related("set_by").filter(pk=conversation.pk).first(),
    }


def _page(
    request: HttpRequest,
    contact: Contact,
    told: dict[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    conversations = conversations_of_person(adviser_of(request), contact)
    files = StoredFile.objects.filter(
        # Asked beforehand, so that the files are found by their index.
        scope__in=list(conversations.values_list("pk", flat=True)),
        attachment__isnull=False,
    ).order_by("-received_at", "pk")
    context = {
        "told": told
        or {"name": contact.name, "email": contact.email, "language": contact.language},
        "problem": problem,
        "account": account_beside(contact),
        "others": contacts_of_person(contact).exclude(pk=contact.pk),
        "conversations": _part(request, "page", conversations.exclude(excerpt="")),
        "files": _part(request, "files", files),
    }
    context["shown_files"] = [
        {"file": file, "facts": file_shown(file)} for file in context["files"].object_list
    ]
    return _shown(request, "desk/contact.html", contact, context, status)


def _part(request: HttpRequest, name: str, rows: "QuerySet[Any]") -> Any:
    return Paginator(rows, PER_PAGE).get_page(request.GET.get(name))


def _known(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    visible = conversations_of_person(adviser_of(request), contact).exclude(excerpt="")
    return {"contact": contact, "number": visible.count(), "newest": visible.first()}


def _merged(request: HttpRequest, contact: Contact, other: Contact) -> HttpResponse:
    # They are one already if somebody else was quicker.
    with absent_is_404(), contextlib.suppress(SamePerson):
        merge(adviser_of(request), contact, other)
    return redirect("desk:contact", contact.pk)


def _done(
    request: HttpRequest, contact: Contact, change: Callable[[Participant, Contact], None]
) -> HttpResponse:
    with absent_is_404():
        change(adviser_of(request), contact)
    return redirect("desk:contact", contact.pk)


def _shown(
    request: HttpRequest,
    template: str,
    contact: Contact,
    context: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    around = rail(request, "inbox") | {"contact": contact}
    return render(request, template, around | context, status=status)


def _why(refusal: RefusedContact) -> str:
    match refusal.field, refusal.code:
        case "name", "body-control-characters":
            return _(
                "The name contains line breaks, tabs or invisible control characters. Nothing was "
                "changed. Remove them, for instance by typing the name anew."
            )
        case "name", "body-empty":
            return _(
                "The name consists of invisible characters only. Nothing was changed. Type a name, "
                "or leave the field empty."
            )
        case "name", _code:
            return _(
                "The name is longer than 120 characters. Nothing was changed. Please shorten it."
            )
        case "email", _code:
            return _(
                "The e-mail address was not understood. Nothing was changed. It should look like "
                "name@example.org, or be empty."
            )
        case _:
            return _("Choose one of the languages. Nothing was changed.")

"""Going on from another device: asking for a link, opening it, joining what was begun before."""

import msgspec
from allauth.core.ratelimit import consume
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from siegel.conversations import joining
from siegel.conversations.client_links import Asker, WrongCode, let_in, mail_link
from siegel.conversations.models import Contact
from siegel.identity.codes import in_groups
from siegel.identity.mailing import NoMail, RefusedAddress
from siegel.identity.models import Organisation
from siegel.identity.tokens import NotHeld
from siegel.refusals import refused
from siegel.tenancy.writing import write_transaction
from siegel.widget.asked import in_language_of_the_page, json_of, sent_by_our_page
from siegel.widget.models import Visit
from siegel.widget.standing import state_of
from siegel.widget.visiting import (
    CLIENT_COOKIE,
    Holder,
    begin_client_visit,
    client_of,
    hand_over,
    holder,
    note_use,
    settle_visits,
)


class Address(msgspec.Struct, forbid_unknown_fields=True):
    """Where a link is to go."""

    email: str


class Opened(msgspec.Struct, forbid_unknown_fields=True):
    """A link's token and the code for it."""

    token: str
    code: str


class Decision(msgspec.Struct, forbid_unknown_fields=True):
    """Whether what was begun before belongs to the account from now on."""

    join: bool


@login_not_required
@require_POST
@sent_by_our_page
@in_language_of_the_page
def ask_for_link(request: HttpRequest) -> HttpResponse:
    """Mail a link to an address, and answer with its code; the same whoever has an account."""
    email = json_of(request, Address).email.strip().lower()
    held = holder(request.COOKIES)
    if not _may_ask(request, email, held):
        message = _("Too many links were asked for. Please try again in some minutes.")
        return refused(429, "too-many-links", message)
    try:
        contact = held.visit.contact if held else None
        asker = Asker(held.visit.pk, held.visit.kid) if held else Asker()
        fills = not consume(request, action="client_link_address", key=email[:320])
        language = get_language() or "de"
        code = mail_link(contact, email, language, asker, is_silent=fills)
    except RefusedAddress:
        message = _("Please check the e-mail address: it should look like name@example.org.")
        return refused(422, "email-refused", message, field="email")
    except NoMail:
        message = _("This organisation sends no e-mail. Ask your adviser for a link.")
        return refused(409, "no-mail", message)
    return JsonResponse({"code": in_groups(code)})


def _may_ask(request: HttpRequest, email: str, held: Holder | None) -> bool:
    """Whether not too many were asked for: from here, from here for this address, by a client."""
    here = f"{request.META['REMOTE_ADDR']} {email[:320]}"
    if not consume(request, action="client_link") or not consume(
        request, action="client_link_here", key=here
    ):
        return False
    return held is None or bool(
        consume(request, action="client_link_contact", key=str(held.visit.contact_id))
    )


@login_not_required
@require_GET
@in_language_of_the_page
def opening(request: HttpRequest) -> HttpResponse:
    """The page that a link opens: it asks for the code."""
    context = {"organisation": Organisation.of_tenant(), "language": get_language()}
    return render(request, "widget/continue.html", context)


@login_not_required
@require_POST
@sent_by_our_page
@in_language_of_the_page
def open_link(request: HttpRequest) -> HttpResponse:
    """Sign in by a link and its code."""
    told = json_of(request, Opened)
    try:
        # In no transaction of ours: a try that was wrong stays counted.
        found = let_in(told.token[:200], told.code[:40])
    except WrongCode:
        message = _(
            "This is not the code of this link, or it is over: it holds for 15 minutes and five "
            "tries. Please look at it again."
        )
        return refused(422, "code-wrong", message)
    except NotHeld:
        message = _("This link does not hold (any more). Ask for a new one in the chat.")
        return refused(410, "link-over", message)
    settle_visits(found.account, found.asker)
    token = begin_client_visit(found.account, "link", request, found.offered, kid=found.kid)
    response = JsonResponse(state_of(client_of({CLIENT_COOKIE: token})))
    hand_over(response, token, CLIENT_COOKIE)
    return response


@login_not_required
@require_POST
@sent_by_our_page
@in_language_of_the_page
def decide(request: HttpRequest) -> HttpResponse:
    """Join what was begun before to the account, or leave it apart; asked once."""
    wish = json_of(request, Decision)
    held = client_of(request.COOKIES)
    account = held.visit.account if held else None
    offered = held.visit.offered if held else None
    if held is None or account is None or offered is None:
        raise Http404
    note_use(held.visit)
    with write_transaction():
        before = Visit.objects.filter(contact=offered, account=None)
        # As it is now: another account may have been quicker, or a link that was opened.
        offered = Contact.objects.filter(pk=offered.pk).first()
        if offered is None or not joining.may_be_joined(account, offered):
            raise Http404
        if wish.join:
            joining.join(account, offered)
            # Its right is the account's now: after signing out it opens nothing here.
            before.filter(ended_at=None).update(ended_at=timezone.now())
        else:
            joining.decline(account, offered)
            before.update(declined_at=timezone.now())
        Visit.objects.filter(pk=held.visit.pk).update(offered=None)
    return JsonResponse(state_of(client_of(request.COOKIES)))

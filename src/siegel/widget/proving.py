"""A client shows who they are, by the code that an adviser asked for."""

import msgspec
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from siegel.conversations.proving import NothingAsked, WrongCode, confirm
from siegel.refusals import refused
from siegel.widget.asked import in_language_of_the_page, json_of, sent_by_our_page
from siegel.widget.visiting import holder, note_use

LONGEST_CODE = 40


class Entered(msgspec.Struct, forbid_unknown_fields=True):
    """What was typed."""

    code: str


@login_not_required
@require_POST
@sent_by_our_page
@in_language_of_the_page
def prove(request: HttpRequest) -> HttpResponse:
    """Take the code: 204 if it is the one."""
    held = holder(request.COOKIES)
    if held is None:
        raise Http404
    note_use(held.visit)
    try:
        confirm(held.participant, json_of(request, Entered).code[:LONGEST_CODE])
    except NothingAsked:
        message = _("No code is waited for any more. Ask your adviser for a new one.")
        return refused(410, "proof-over", message)
    except WrongCode as wrong:
        if not wrong.left:
            message = _("This was not the code either. Ask your adviser for a new one.")
            return refused(410, "proof-over", message)
        message = ngettext(
            "This is not the code. Please look at it again; you have %(n)d more try.",
            "This is not the code. Please look at it again; you have %(n)d more tries.",
            wrong.left,
        )
        return refused(422, "code-wrong", message % {"n": wrong.left})
    return HttpResponse(status=204)

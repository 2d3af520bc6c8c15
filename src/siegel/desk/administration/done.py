"""What was done by the form before, said once on the page that follows it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Only these can be said, whatever the address of a page holds.
TEXTS: dict[str, Promise] = {
    "invitation-withdrawn": _("The invitation is withdrawn. Its link opens nothing any more."),
    "person-changed": _("The changes are saved."),
    "person-deactivated": _(
        "They are signed out everywhere, and their open conversations are free."
    ),
    "person-reactivated": _("They may sign in again with their password."),
    "team-created": _("The team is created. Now add its members."),
    "team-changed": _("The team has its new name."),
    "member-added": _("They belong to the team now."),
    "member-removed": _("They do not belong to the team any more."),
    "team-deleted": _("The team is deleted. Its conversations belong to no team now."),
    "text-saved": _("Saved."),
    "text-deleted": _("It was deleted."),
    "label-renamed": _("The label was renamed."),
    "label-deleted": _("It was deleted."),
    "default-team": _("New conversations go there from now on."),
}
REFUSED: dict[str, Promise] = {
    "invitation-ended": _(
        "Nothing was changed: this invitation has been accepted or withdrawn meanwhile."
    ),
    "person-changed-meanwhile": _(
        "Nothing was changed: somebody else has changed this person while your page was open. "
        "Below is what holds now. Please decide again."
    ),
    "oneself": _("Nothing was changed: nobody deactivates themselves. Ask another administrator."),
}


def redirect_with(code: str, address: str, *arguments: object) -> HttpResponse:
    """Lead to a page that says what a code of TEXTS or REFUSED stands for."""
    response = redirect(address, *arguments)
    response.headers["Location"] += f"?done={code}"
    return response


def done_before(request: HttpRequest) -> dict[str, Any]:
    """What administration/_done.html needs."""
    code = request.GET.get("done", "")
    return {"done": TEXTS.get(code), "refused": REFUSED.get(code)}

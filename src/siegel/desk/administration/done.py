"""What was done by the form before, said once on the page that follows it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Only these can be said, whatever the address of a page holds.
TEXTS: dict[str, Promise] = {
    "invitation-withdrawn": _("The invitation is withdrawn. Its link opens nothing any more."),
    "factor-added": _("The second factor is added."),
    "factor-removed": _("The second factor is removed."),
    "factor-renamed": _("It has its new name."),
    "device-forgotten": _("The second factor is asked for there again."),
    "factors-reset": _(
        "They are signed out everywhere and have no second factor any more. With their password "
        "they sign in and set a new one up."
    ),
    "factors-and-password-reset": _(
        "They are signed out everywhere and have no second factor any more. A link to choose a new "
        "password is on its way to them; until they have, the old one still opens the account."
    ),
    "person-changed": _("The changes are saved."),
    "person-deactivated": _(
        "They are signed out everywhere, and their open conversations are free."
    ),
    "person-reactivated": _("They may sign in again with their password."),
    "session-ended": _("The session is ended. Whoever used it has to sign in again."),
    "person-signed-out": _("They are signed out everywhere, and may sign in again."),
    "others-ended": _("You are signed in on this device only."),
    "reset-sent": _("A link to choose a new password is on its way to them."),
    "mail-test": _("A test is on its way to your own address."),
    "mail-again": _("It is tried again now."),
    "team-created": _("The team is created. Now add its members."),
    "team-changed": _("The team has its new name."),
    "member-added": _("They belong to the team now."),
    "member-removed": _("They do not belong to the team any more."),
    "team-deleted": _("The team is deleted. Its conversations belong to no team now."),
    "password-changed": _("Your password is changed. All other devices are signed out."),
    "rules-hold": _("These rules hold now."),
    "rules-proposed": _(
        "These rules accept more than before: they hold when another administrator agrees."
    ),
    "rules-announced": _(
        "These rules accept more than before: they hold in 24 hours. Everybody is told."
    ),
    "rules-withdrawn": _("The proposed rules are withdrawn. What held still holds."),
    "text-saved": _("Saved."),
    "text-deleted": _("It was deleted."),
    "label-renamed": _("The label was renamed."),
    "label-deleted": _("It was deleted."),
    "client-key-added": _("The key is added. From its first day on the website may sign with it."),
    "client-key-withdrawn": _("The key is withdrawn. What it has signed is refused from now on."),
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
    "reset-switched-off": _(
        "Nothing was sent: who is deactivated cannot sign in. Reactivate them first."
    ),
    "mail-not-again": _("Nothing was changed: it has been sent, or is being tried, meanwhile."),
    "not-confirmed": _("Nothing was changed: please tick that everybody is to be signed out."),
    "factor-name-refused": _("Nothing was changed: this name cannot be taken. Please check it."),
    "last-factor": _(
        "Nothing was changed: your role needs a second factor. Add another one before you remove "
        "this one."
    ),
    "no-factor": _("Nothing was changed: set a second factor up first."),
    "one-app": _(
        "Nothing was changed: you have an authenticator app already. Remove it to set up another."
    ),
    "too-many-passkeys": _("Nothing was changed: you have 20 passkeys already. Remove one first."),
    "own-factors": _("Nothing was changed: your own second factors are under my account."),
    "client-key-gone": _("Nothing was changed: this key was withdrawn meanwhile."),
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

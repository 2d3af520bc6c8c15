"""What a form that was kept will do when it is sent again, in words."""

from typing import Any

from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _

from siegel.identity.step_up import HeldForm

WORDS = {
    "add-app": _("Add an authenticator app"),
    "add-passkey": _("Add a passkey"),
    "agree-to-password-rules": _("Agree to weaker password rules"),
    "deactivate": _("Deactivate a person"),
    "password-rules": _("Change the rules for passwords"),
    "people": _("Invite a person"),
    "person": _("Change a person"),
    "reactivate": _("Reactivate a person"),
    "recovery-codes": _("Make new recovery codes"),
    "remove-factor": _("Remove a second factor"),
    "rename-factor": _("Rename a second factor"),
    "reset-factors": _("Take away the second factors of a person"),
    "retention-rule": _("Change the retention rule"),
    "second-factors": _("Change who needs a second factor"),
    "start-reset": _("Have a person choose another password"),
    "withdraw-client-key": _("Withdraw a key of the website"),
}


def what_it_does(held: HeldForm) -> Any:
    """In words where there are some; else the address itself."""
    path = held.address.partition("?")[0]
    try:
        name = resolve(path).url_name
    except Resolver404:
        return path
    return WORDS.get(name or "", path)

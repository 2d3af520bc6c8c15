"""Recognising clients: the website's public keys, and which of its tokens were refused."""

import datetime as dt
import uuid
from functools import partial
from typing import Any, NamedTuple

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from siegel.conversations.client_endings import end_by_key
from siegel.desk.administration.done import done_before, redirect_with
from siegel.desk.administration.navigation import administration_page
from siegel.desk.administration.setting_forms import Line, Paragraphs
from siegel.desk.permitted import permitted, permitted_to_change, person_of
from siegel.identity import client_keys
from siegel.identity.client_tokens import Why
from siegel.identity.models import ClientKey, Organisation, Person, RefusedClientToken
from siegel.identity.office_hours import from_stored
from siegel.identity.roles import Permission
from siegel.identity.step_up import stepped_up, stepped_up_to_change
from siegel.identity.zones import beginning_of, zone_named
from siegel.tenancy.context import served
from siegel.tenancy.writing import write_transaction

ADDRESS = "desk:recognising"
MOST_REFUSALS = 20
WHY_NOT = {
    "name-empty": _("Give the key a name, for instance of the website that signs with it."),
    "name-too-long": _("A name has at most 60 characters."),
    "name-control-characters": _("A name cannot hold control characters."),
    "key-not-understood": _(
        "This is no public key as PEM (it begins with BEGIN PUBLIC KEY) or as a JWK (it begins "
        "with a curly bracket)."
    ),
    "key-private": _(
        "This is a secret key. It was not kept. Nobody but your website may have it: make a new "
        "pair, and enter the public half."
    ),
    "key-of-other-sort": _(
        "Only keys of the curve P-256 (ES256) and Ed25519 (EdDSA) are accepted."
    ),
    "kid-refused": _("Letters, digits, dots, hyphens and underscores only, 64 at most."),
    "kid-taken": _("There is or was a key with this id. Choose another one."),
    "until-passed": _("This day lies before the beginning, or has passed."),
    "too-many-keys": _("There are 20 keys already. Withdraw one that is not used any more."),
}
REFUSALS = {
    Why.MALFORMED: _("it is no token of ES256 or EdDSA as it should be"),
    Why.KEY_UNKNOWN: _("it names no key that is known here (kid)"),
    Why.KEY_WITHDRAWN: _("its key was withdrawn"),
    Why.KEY_NOT_YET_VALID: _("its key is not valid yet"),
    Why.KEY_EXPIRED: _("its key is not valid any more"),
    Why.ALGORITHM: _("it is signed by another algorithm than its key is for (alg)"),
    Why.SIGNATURE: _("its signature is not that of its key"),
    Why.CLAIMS: _("something in it is missing or of the wrong sort (aud, sub, jti, iat, exp)"),
    Why.AUDIENCE: _("it is meant for somebody else (aud)"),
    Why.TOO_LONG_LIVED: _("it is valid for longer than 5 minutes, or for no time (iat, exp)"),
    Why.EXPIRED: _("it was valid earlier (exp)"),
    Why.NOT_YET_VALID: _("it is valid later only (iat, nbf); look at the clock of the website"),
    Why.USED: _("it was used before (jti)"),
}


class KeyForm(forms.Form):
    """A public key."""

    name = Line(
        label=_("Name"),
        max_length=60,
        help_text=_("For yourselves, for instance: online banking 2027."),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    key = Paragraphs(
        label=_("Public key"),
        max_length=client_keys.LONGEST_KEY,
        help_text=_("As PEM or JWK; of the curve P-256 (ES256) or Ed25519 (EdDSA)."),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocapitalize": "off"}),
    )
    kid = Line(
        label=_("Id of the key (kid)"),
        required=False,
        max_length=64,
        help_text=_("What tokens call it. Left empty, it gets the key's thumbprint (RFC 7638)."),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    since = forms.DateField(
        label=_("Valid from"),
        required=False,
        input_formats=["%Y-%m-%d"],
        help_text=_("Left empty: at once."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = forms.DateField(
        label=_("Valid up to and including"),
        required=False,
        input_formats=["%Y-%m-%d"],
        help_text=_("Left empty: until it is withdrawn."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def save(self, person: Person) -> bool:
        """Add the key; without success the form says why."""
        if not self.is_valid():
            return False
        given = self.cleaned_data
        try:
            client_keys.add_key(
                person,
                name=given["name"],
                text=given["key"],
                kid=given["kid"],
                valid_from=_midnight(given["since"], 0),
                valid_until=_midnight(given["until"], 1),
            )
        except client_keys.RefusedKey as refusal:
            self.add_error(refusal.field, str(WHY_NOT[refusal.code]))
            return False
        return True


class Row(NamedTuple):
    """A key as the page shows it."""

    key: ClientKey
    state: Any


@require_http_methods(["GET", "POST"])
@permitted_to_change
@partial(stepped_up_to_change, hold=False)  # What is pasted may be a private key.
def recognising(request: HttpRequest) -> HttpResponse:
    """The keys and the refusals; POST adds a key."""
    form, status = KeyForm(), 200
    if request.method == "POST":
        form = KeyForm(request.POST)
        if form.save(person_of(request)):
            return redirect_with("client-key-added", ADDRESS)
        status = 422
    keys = ClientKey.objects.select_related("added_by").order_by("-added_at")
    refusals = RefusedClientToken.objects.select_related("key").order_by("-last_at")
    context = {
        "form": form,
        "rows": [Row(key, _state(key)) for key in keys],
        "refusals": [(REFUSALS[Why(one.code)], one) for one in refusals[:MOST_REFUSALS]],
        "audience": served().host,
        **done_before(request),
    }
    return administration_page(request, "administration/recognising.html", ADDRESS, context, status)


@require_http_methods(["GET", "POST"])
@permitted(Permission.SETTINGS_CHANGE)
@stepped_up
def withdraw_client_key(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Say what it means, then accept nothing any more that a key has signed."""
    found = get_object_or_404(ClientKey, pk=identifier, withdrawn_at=None)
    if request.method == "POST":
        by = person_of(request)
        try:
            with write_transaction():
                client_keys.withdraw_key(by, found.pk)
                if request.POST.get("end"):
                    end_by_key(by, found)
        except client_keys.Gone:
            return redirect_with("client-key-gone", ADDRESS)
        return redirect_with("client-key-withdrawn", ADDRESS)
    return administration_page(
        request, "administration/withdraw_client_key.html", ADDRESS, {"key": found}
    )


def _state(key: ClientKey) -> Any:
    now = timezone.now()
    if key.withdrawn_at is not None:
        return _("withdrawn")
    if key.valid_from > now:
        return _("not valid yet")
    if key.valid_until is not None and key.valid_until <= now:
        return _("has expired")
    return _("valid")


def _midnight(day: dt.date | None, later: int) -> dt.datetime | None:
    """When a day, or that many days later, begins in the organisation's zone."""
    if day is None:
        return None
    zone = zone_named(from_stored(Organisation.of_tenant().office_hours).zone)
    try:
        return beginning_of(day + dt.timedelta(days=later), zone)
    except OverflowError:
        return None  # Where the calendar ends: without an end, and from the beginning.

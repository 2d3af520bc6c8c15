"""Canned replies: the texts that advisers insert with a shortcut."""

import uuid

from django import forms
from django.forms.models import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from siegel.conversations.bodies import LONGEST_BODY
from siegel.conversations.canned import (
    VARIABLES,
    ChangedMeanwhile,
    RefusedCanned,
    delete_canned,
    refusal_text,
    save_canned,
    standing,
)
from siegel.conversations.models import CannedReply
from siegel.desk.administration.done import done_before, redirect_with
from siegel.desk.administration.navigation import administration_page
from siegel.desk.administration.setting_forms import Line, Paragraphs
from siegel.desk.permitted import permitted, person_of
from siegel.identity.models import Person
from siegel.identity.roles import Permission
from siegel.identity.setting_changes import remember_change, who_changed
from siegel.tenancy.writing import write_transaction

ADDRESS = "desk:texts"
SETTING = "canned_replies"
OVERTAKEN = _(
    "Somebody else changed this text while you were writing. What you wrote is kept below and is "
    "not saved yet. Compare it with what is stored, and save again."
)


class TextForm(forms.Form):
    """One canned reply."""

    shortcut = Line(
        label=_("Shortcut"),
        max_length=30,
        help_text=_("What advisers type after a colon, for instance hello for :hello."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off"}),
    )
    title = Line(
        label=_("Title"),
        max_length=80,
        help_text=_("By which advisers recognise it in the list; clients never see it."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    body = Paragraphs(
        label=_("Text"),
        max_length=LONGEST_BODY,
        help_text=_("Advisers can change it before they send it."),
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}),
    )

    def save(self, person: Person, identifier: uuid.UUID | None, seen: str | None) -> int:
        """Keep the text; without success the form says why. Returns the status of the answer.

        `seen` is the standing of the text that it was decided on.
        """
        if not self.is_valid():
            return 422
        try:
            with write_transaction():
                actor = remember_change(SETTING, person)
                save_canned(actor, **self.cleaned_data, identifier=identifier, expected=seen)
        except CannedReply.DoesNotExist:  # Somebody has deleted it meanwhile.
            raise Http404 from None
        except ChangedMeanwhile:
            self.add_error(None, str(OVERTAKEN))
            return 409
        except RefusedCanned as refusal:
            self.add_error(refusal.field, refusal_text(refusal))
            return 422
        return 302


@require_GET
@permitted(Permission.SETTINGS_READ)
def texts(request: HttpRequest) -> HttpResponse:
    """All of them, by shortcut."""
    context = {
        "texts": CannedReply.objects.order_by("shortcut"),
        "change": who_changed([SETTING]).get(SETTING),
        **done_before(request),
    }
    return administration_page(request, "administration/texts.html", ADDRESS, context)


@require_http_methods(["GET", "POST"])
@permitted(Permission.SETTINGS_CHANGE)
def new_text(request: HttpRequest) -> HttpResponse:
    """Write another one."""
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@permitted(Permission.SETTINGS_CHANGE)
def text(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Word one differently."""
    return _edit(request, get_object_or_404(CannedReply, pk=identifier))


@require_http_methods(["GET", "POST"])
@permitted(Permission.SETTINGS_CHANGE)
def delete_text(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Ask once more, then delete one."""
    kept = get_object_or_404(CannedReply, pk=identifier)
    if request.method == "POST":
        try:
            with write_transaction():
                delete_canned(remember_change(SETTING, person_of(request)), identifier)
        except CannedReply.DoesNotExist:  # By somebody who was quicker.
            raise Http404 from None
        return redirect_with("text-deleted", ADDRESS)
    return administration_page(request, "administration/delete_text.html", ADDRESS, {"text": kept})


def _edit(request: HttpRequest, kept: CannedReply | None) -> HttpResponse:
    initial = model_to_dict(kept, TextForm.base_fields) if kept else {}
    form, seen, status = TextForm(initial=initial), standing(kept) if kept else "", 200
    if request.method == "POST":
        form, told = TextForm(request.POST, initial=initial), request.POST.get("seen", "")
        identifier, expected = (kept.pk, told) if kept else (None, None)
        status = form.save(person_of(request), identifier, expected)
        if status == 302:
            return redirect_with("text-saved", ADDRESS)
        # Only who was told of what is stored now decides on that from here on.
        seen = seen if status == 409 else told
    context = {
        "form": form,
        "text": kept,
        "seen": seen,
        "is_overtaken": status == 409,
        "variables": [f"{{{name}}}" for name in VARIABLES],
    }
    return administration_page(request, "administration/text.html", ADDRESS, context, status)

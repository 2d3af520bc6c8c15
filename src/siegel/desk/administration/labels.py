"""The labels of the organisation: thousands of them can be searched, renamed and deleted."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from siegel.conversations.labelling import (
    NoSuchLabel,
    RefusedLabel,
    RefusedLabels,
    delete_label,
    rename_label,
    save_labels,
)
from siegel.conversations.models import Label, Labelling
from siegel.desk.administration.done import done_before, redirect_with
from siegel.desk.administration.navigation import administration_page
from siegel.desk.administration.setting_forms import Line, Paragraphs
from siegel.desk.permitted import permitted, person_of
from siegel.identity.acting import acting
from siegel.identity.models import Person
from siegel.identity.naming import folded
from siegel.identity.roles import Permission
from siegel.identity.setting_changes import remember_change, who_changed
from siegel.tenancy.writing import write_transaction

ADDRESS = "desk:labels"
SETTING = "labels"
PER_PAGE = 50
MOST_AT_ONCE = 200
WHY = {
    "label-empty": _("A label needs a name."),
    "label-too-long": _("A label has at most 60 characters."),
    "label-control-characters": _("A label cannot hold control characters or line ends."),
    "label-taken": _("There is a label with this name already."),
}


class NewLabelsForm(forms.Form):
    """Several labels, one a line."""

    names = Paragraphs(
        label=_("New labels"),
        max_length=20_000,
        help_text=_("One a line, up to 200 at once."),
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )

    def save(self, person: Person) -> tuple[int, int] | None:
        """All of them or none: how many were created, and how many were there before."""
        if not self.is_valid():
            return None
        lines = [" ".join(line.split()) for line in self.cleaned_data["names"].splitlines()]
        names = list(dict.fromkeys(filter(None, lines)))
        if len(names) > MOST_AT_ONCE:
            self.add_error(
                "names", gettext("These are more than 200. Create them in several goes.")
            )
            return None
        try:
            return _create(names, person)
        except forms.ValidationError as problems:
            self.add_error("names", problems)
            return None


class RenameForm(forms.Form):
    """Another name."""

    name = Line(
        label=_("Name"),
        max_length=60,
        help_text=_("Conversations that carry the label show the new name."),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )


@require_GET
@permitted(Permission.SETTINGS_READ)
def labels(request: HttpRequest) -> HttpResponse:
    """Those that a search finds, by name, page by page."""
    return _listed(request, NewLabelsForm())


@require_POST
@permitted(Permission.SETTINGS_CHANGE)
def new_labels(request: HttpRequest) -> HttpResponse:
    """Create several at once."""
    form = NewLabelsForm(request.POST)
    made = form.save(person_of(request))
    if made is None:
        return _listed(request, form, 422)
    created, known = made
    return redirect(f"/administration/labels/?created={created}&known={known}")


@require_http_methods(["GET", "POST"])
@permitted(Permission.SETTINGS_CHANGE)
def label(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Call one differently."""
    found, status = get_object_or_404(Label, pk=identifier), 200
    form = RenameForm(initial={"name": found.name})
    if request.method == "POST":
        form = RenameForm(request.POST)
        if form.is_valid() and _renamed(form, found, person_of(request)):
            return redirect_with("label-renamed", ADDRESS)
        status = 422
    context = {"form": form, "label": found, "carried": _carried([found.pk]).get(found.pk, 0)}
    return administration_page(request, "administration/label.html", ADDRESS, context, status)


@require_http_methods(["GET", "POST"])
@permitted(Permission.SETTINGS_CHANGE)
def remove_label(request: HttpRequest, identifier: uuid.UUID) -> HttpResponse:
    """Say how many conversations carry one, then delete it."""
    found = get_object_or_404(Label, pk=identifier)
    if request.method == "POST":
        with _gone_is_404(), write_transaction():
            delete_label(identifier, remember_change(SETTING, person_of(request)))
        return redirect_with("label-deleted", ADDRESS)
    context = {"label": found, "carried": _carried([found.pk]).get(found.pk, 0)}
    return administration_page(request, "administration/delete_label.html", ADDRESS, context)


def _listed(request: HttpRequest, form: NewLabelsForm, status: int = 200) -> HttpResponse:
    sought = request.GET.get("q", "").strip()[:60]
    page = _page(sought, request.GET.get("page", ""))
    carried = _carried([pk for pk, _name in page])
    context = {
        "form": form,
        "sought": sought,
        "query": urlencode({"q": sought}),
        "page": page,
        "labels": [(pk, name, carried.get(pk, 0)) for pk, name in page],
        **done_before(request),
        "counted": _counted(request),
        "change": who_changed([SETTING]).get(SETTING),
    }
    return administration_page(request, "administration/labels.html", ADDRESS, context, status)


def _page(sought: str, number: str) -> Page[tuple[uuid.UUID, str]]:
    """Sought and sorted here, because the database folds only the letters of ASCII."""
    names = Label.objects.values_list("pk", "name")
    wanted = folded(sought)
    found = [(pk, name) for pk, name in names if wanted in folded(name)]
    return Paginator(sorted(found, key=lambda row: folded(row[1])), PER_PAGE).get_page(number)


def _carried(labels: list[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many conversations carry each label, counted in the index of labellings by label."""
    counted = Labelling.objects.filter(label__in=labels).values_list("label").order_by()
    return dict(counted.annotate(conversations=Count("pk")))


def _counted(request: HttpRequest) -> str:
    created, known = (_count(request.GET.get(name, "")) for name in ("created", "known"))
    if created is not None and known is not None:
        made = ngettext("%(n)d label was created.", "%(n)d labels were created.", created)
        there = ngettext("%(n)d was there before.", "%(n)d were there before.", known)
        texts = [made % {"n": created}] + ([there % {"n": known}] if known else [])
        return " ".join(texts)
    return ""


def _count(told: str) -> int | None:
    """How many labels it says; None for what no address of ours says, such as 5,000 digits."""
    return int(told) if told.isdecimal() and len(told) <= len(str(MOST_AT_ONCE)) else None


@contextmanager
def _gone_is_404() -> Iterator[None]:
    """Within it a label that somebody has deleted meanwhile is answered with 404."""
    try:
        yield
    except NoSuchLabel:
        raise Http404 from None


def _create(names: list[str], person: Person) -> tuple[int, int]:
    """Create those that are not there; raises forms.ValidationError, and creates none then."""
    try:
        with write_transaction():
            made = save_labels(names, acting(person))
            if made:
                remember_change(SETTING, person)
    except RefusedLabels as refused:
        raise forms.ValidationError(
            [f"“{name[:40]}”: {WHY[why.code]}" for name, why in refused.refusals.items()]
        ) from None
    return len(made), len(names) - len(made)


def _renamed(form: RenameForm, found: Label, person: Person) -> bool:
    try:
        with _gone_is_404(), write_transaction():
            actor = remember_change(SETTING, person)
            rename_label(found.pk, form.cleaned_data["name"], actor)
    except RefusedLabel as refusal:
        form.add_error("name", str(WHY[refusal.code]))
        return False
    return True

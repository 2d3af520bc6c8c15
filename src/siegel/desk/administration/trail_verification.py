"""Whether the trail holds: asking for it, watching, reading what was found."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from siegel.audit.models import Verification
from siegel.audit.trail import Fault, Head, NotAHead
from siegel.desk.administration.navigation import administration_page
from siegel.desk.administration.trail_words import actor_in_words
from siegel.desk.administration.verifying import UnderWay, begin, is_lost
from siegel.desk.permitted import permitted, person_of
from siegel.identity.models import Person
from siegel.identity.roles import Permission

# A head is shorter; what is longer is not kept in the field.
_LONGEST = 200

_FAULTS = {
    Fault.DOES_NOT_FOLLOW: _(
        "From number %(seq)s on the trail does not hold: a row was changed, removed or inserted. "
        "Keep the database as it is and ask the operator for a backup."
    ),
    Fault.ENDS_BEFORE: _(
        "The trail ends before number %(seq)s of the head that was kept: rows were cut off. "
        "Keep the database as it is and ask the operator for a backup."
    ),
    Fault.OTHER_ROW: _(
        "Number %(seq)s is another row than that of the head that was kept: the trail was written "
        "anew. Keep the database as it is and ask the operator for a backup."
    ),
}


@require_http_methods(["GET", "POST"])
@permitted(Permission.TRAIL_READ)
def verify(request: HttpRequest) -> HttpResponse:
    """The last results and the one under way; a POST begins another one, against a kept head."""
    if request.method == "GET":
        return _page(request)
    kept = request.POST.get("kept", "").strip()
    try:
        expected = str(Head.parse(kept)) if kept else ""
    except NotAHead:
        problem = gettext(
            "This is no head: a number, a colon, and 64 digits. Nothing was verified."
        )
        return _page(request, {"problem": problem, "kept": kept[:_LONGEST]}, status=422)
    try:
        begin(f"person:{person_of(request).pk}", expected)
    except UnderWay:
        return _page(request, {"is_refused": True, "kept": expected}, status=409)
    return redirect("desk:trail-verify")


def _page(
    request: HttpRequest, more: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    runs = list(Verification.objects.all())
    people = {f"person:{person.pk}": person.name for person in Person.objects.all()}
    context = {
        "running": any(run.finished_at is None and not is_lost(run) for run in runs),
        "runs": [
            {
                "run": run,
                "who": people.get(run.by) or actor_in_words(run.by),
                "found": _found(run),
                "lost": is_lost(run),
            }
            for run in runs
        ],
    }
    return administration_page(
        request, "administration/trail_verify.html", "desk:trail", context | (more or {}), status
    )


def _found(run: Verification) -> str:
    """What is wrong, in a sentence that says what to do."""
    return str(_FAULTS[Fault(run.fault)] % {"seq": run.bad_seq}) if run.fault else ""

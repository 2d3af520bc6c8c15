"""The trail as a file, for those who keep or examine it elsewhere."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from siegel.audit import reading, trail
from siegel.audit.export import Format, lines
from siegel.desk.administration.navigation import administration_page
from siegel.desk.administration.trail_filters import TrailFilters
from siegel.desk.permitted import permitted, person_of
from siegel.identity.models import Organisation
from siegel.identity.roles import Permission
from siegel.identity.step_up import stepped_up
from siegel.identity.zones import zone_named
from siegel.tenancy.writing import write_transaction

_TYPES = {Format.JSONL: "application/jsonl", Format.CSV: "text/csv; charset=utf-8"}


@require_GET
@permitted(Permission.TRAIL_READ)
@stepped_up
def export(request: HttpRequest) -> HttpResponse:
    """What the filters ask for, oldest first, as one file; that it was taken is in the trail."""
    form = TrailFilters(request.GET)
    wished = request.GET.get("format", Format.JSONL)
    if not form.is_valid() or wished not in set(Format):
        return _refused(request, _("These filters are not understood. No file was made."))
    kind = Format(wished)
    try:
        entries = reading.all_of(form.wanted)
    except reading.TooMany:
        message = _("This is more than one file holds: at most %(rows)s rows. No file was made.")
        return _refused(request, message % {"rows": f"{reading.LARGEST_EXPORT:,}"})
    content = "".join(
        f"{line}\r\n" if kind is Format.CSV else f"{line}\n" for line in lines(entries, kind)
    )
    detail = {"format": kind.value, "rows": len(entries), "filters": form.facts}
    with write_transaction():
        actor = f"person:{person_of(request).pk}"
        trail.append([trail.Event(actor, "trail.exported", "trail", detail)])
    headers = {"Content-Disposition": content_disposition_header(True, _name(form, kind)) or ""}
    return HttpResponse(content, content_type=_TYPES[kind], headers=headers)


def _refused(request: HttpRequest, reason: str) -> HttpResponse:
    query = request.GET.copy()
    query.pop("format", None)
    context = {"reason": reason, "back": query.urlencode()}
    return administration_page(
        request, "administration/trail_refused.html", "desk:trail", context, status=422
    )


def _name(form: TrailFilters, kind: Format) -> str:
    """Of the organisation and the day, as the reader's calendar has it."""
    organisation = slugify(Organisation.of_tenant().name, allow_unicode=True) or "siegel"
    today = timezone.now().astimezone(zone_named(form.cleaned_data["zone"])).date()
    return f"{organisation}-trail-{today.isoformat()}.{kind.value}"

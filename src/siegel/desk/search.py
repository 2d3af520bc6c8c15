"""Searching all conversations that somebody sees."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from siegel.conversations.models import Label
from siegel.conversations.search_contacts import contacts_with
from siegel.conversations.search_terms import LONGEST_QUERY, terms_of
from siegel.conversations.searching import Found, TooShort, search
from siegel.desk.participants import adviser_of
from siegel.desk.permitted import permitted
from siegel.desk.rail import rail
from siegel.desk.search_query import SearchQuery
from siegel.identity.roles import Permission

LABELS_OFFERED = 200


@require_GET
@permitted(Permission.CONVERSATION_READ)
def search_page(request: HttpRequest) -> HttpResponse:
    """The field, the filters, and what was found."""
    query = SearchQuery.of(request.GET)
    context = rail(request, "search") | {
        "query": query,
        "longest": LONGEST_QUERY,
        "labels": Label.objects.order_by("name").values_list("name", flat=True)[:LABELS_OFFERED],
    }
    if query.text:
        context |= _results(request, query)
    return render(request, "desk/search.html", context)


def _results(request: HttpRequest, query: SearchQuery) -> dict[str, Any]:
    participant = adviser_of(request)
    filters = query.filters()
    if filters is None:
        return {"problem": "no-label"}
    try:
        found: Found = search(participant, query.text, filters, query.before)
    except TooShort:
        return {"problem": "too-short"}
    first_page = query.before is None
    wants_contacts = first_page and not query.is_filtered
    return {
        "found": found,
        "first_page": first_page,
        "contacts": contacts_with(participant, terms_of(query.text)) if wants_contacts else [],
        "next": _with(request, before=found.before) if found.before else "",
        "newest": _with(request, before=None),
    }


def _with(request: HttpRequest, before: int | None) -> str:
    """The query string of another page of the same search."""
    given = request.GET.copy()
    given.pop("before", None)
    if before is not None:
        given["before"] = str(before)
    return f"?{given.urlencode()}"

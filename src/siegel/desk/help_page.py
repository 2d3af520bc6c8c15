"""The guide inside: a page for advisers, and one for those who administer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from siegel.desk.rail import rail
from siegel.identity.factor_gate import without_second_factor


@without_second_factor
@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    """Written in each language by itself, so that both read well."""
    language = "de" if get_language() == "de" else "en"
    guides = {
        "adviser_guide": f"help/adviser.{language}.html",
        "administrator_guide": f"help/administrator.{language}.html",
    }
    return render(request, "help/help.html", rail(request, "help") | guides)

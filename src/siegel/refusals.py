"""Answers that refuse: the same shape everywhere, without naming what is behind them."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils.translation import gettext as _

UNKNOWN_HOST = (
    "Diese Adresse gehört zu keiner Organisation.\nThis address belongs to no organisation.\n"
).encode()


def refused(status: int, code: str, message: str, **more: Any) -> JsonResponse:
    """A refusal for programs: `code` for them, `message` for the person behind."""
    return JsonResponse({"code": code, "message": message, **more}, status=status)


def unknown_host() -> HttpResponse:
    """No tenant has this name. Nothing of any tenant was opened to find out."""
    return HttpResponse(UNKNOWN_HOST, status=404, content_type="text/plain; charset=utf-8")


def paused() -> HttpResponse:
    """The tenant is suspended: a page without database."""
    page = loader.render_to_string("503.html")
    return HttpResponse(page, status=503, headers={"Retry-After": "600"})


def unavailable() -> HttpResponse:
    """The tenant's database or key cannot be opened; nobody learns which from here."""
    page = loader.render_to_string("503.html")
    return HttpResponse(page, status=503, headers={"Retry-After": "60"})


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form is not from this page, or its session has ended."""
    if request.headers.get("X-CSRFToken") is not None:
        message = _("Your session has ended. What you wrote is kept. Please sign in again.")
        return refused(403, "session-ended", message)
    return HttpResponse(loader.render_to_string("403_csrf.html", request=request), status=403)

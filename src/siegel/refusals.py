"""Answers that refuse: the same shape everywhere, without naming what is behind them."""

import logging
import sys
from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.db import DatabaseError, DataError, IntegrityError, ProgrammingError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from django.template import loader
from django.utils.log import log_response
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.defaults import server_error

log = logging.getLogger(__name__)
RETRY_SECONDS = 5
# Our mistakes and not the disk's: they stay errors with a traceback.
OUR_MISTAKES = (DataError, IntegrityError, ProgrammingError)

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


def too_large() -> str:
    """The page that is answered when a form is larger than SIEGEL_BODY_LIMIT: without database.

    Made once, before anybody asks: what is refused never comes as far as Django.
    """
    return loader.render_to_string("413.html")


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form is not from this page, or its session has ended."""
    if request.headers.get("X-CSRFToken") is not None:
        return _session_ended()
    return HttpResponse(loader.render_to_string("403_csrf.html", request=request), status=403)


class SignInRequired(LoginRequiredMiddleware):
    """Leads whoever is not signed in to the form; a program could not follow, and is told so."""

    def handle_no_permission(  # type: ignore[override] # Django's own answer is always a redirect
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        if is_asked_by_program(request):
            return _session_ended()
        return super().handle_no_permission(request, view_func)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400: a malformed Host header, too many fields, a body too large."""
    if not is_asked_by_program(request):
        return HttpResponse(loader.render_to_string("400.html"), status=400)
    with override(_language(request)):
        message = _("This request was not understood. Reload the page and try again.")
        return refused(400, "malformed", message)


def failed(request: HttpRequest) -> HttpResponse:
    """Django's handler500. A database that cannot be read or written just now is no mistake.

    Here and not in a middleware: sessions are stored by one, and its errors come to no other.
    """
    error = sys.exception()
    is_storage = isinstance(error, (DatabaseError, OSError))
    if not is_storage or isinstance(error, OUR_MISTAKES):
        return server_error(request)
    response = _not_stored(request)
    # Noted as logged, so that Django does not log it again with its text, which may hold content.
    log_response(
        "%s was not answered: %s",
        request.path,
        type(error).__name__,
        response=response,
        request=request,
        logger=log,
    )
    return response


def refuse_method_in_words(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Give a body to the empty 405 of views."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            worded = _method_refused(request)
            worded.headers["Allow"] = response.headers["Allow"]
            return worded
        return response

    return middleware


def is_asked_by_program(request: HttpRequest) -> bool:
    """Our scripts send one of two headers; others say what they read."""
    if "X-Siegel" in request.headers or "X-CSRFToken" in request.headers:
        return True
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def _session_ended() -> HttpResponse:
    message = _("Your session has ended. What you wrote is kept. Please sign in again.")
    return refused(403, "session-ended", message)


def _method_refused(request: HttpRequest) -> HttpResponse:
    if not is_asked_by_program(request):
        return HttpResponse(loader.render_to_string("405.html"), status=405)
    with override(_language(request)):
        message = _("Nothing was changed: this address does not do that. Reload the page.")
        return refused(405, "method-refused", message)


def _not_stored(request: HttpRequest) -> HttpResponse:
    if not is_asked_by_program(request):
        response = unavailable()
    else:
        with override(_language(request)):
            message = _(
                "This could not be stored just now. What you wrote is kept. "
                "Please try again in a moment."
            )
            response = refused(507, "storage-full", message, retry_after=RETRY_SECONDS)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _language(request: HttpRequest) -> str:
    """As the page or the browser wishes, also after the view that knew it has failed."""
    return getattr(request, "LANGUAGE_CODE", None) or get_language() or "de"

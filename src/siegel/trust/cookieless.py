"""Addresses below /trust/ are the same for everybody: no cookie is read there, and none is set."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

PREFIX = "/trust/"
# In these one language is spoken; the other forms hold both.
IN_ONE_LANGUAGE = ("text/html", "application/atom+xml")


def without_cookies(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Forget cookies before anything looks at them, and say to caches what an answer depends on.

    Placed before the session's middleware: Django's protection of forms asks the session for its
    secret at every address, and would have it read from the tenant's database.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(PREFIX):
            return get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        response = get_response(request)
        if response.headers.get("Content-Type", "text/html").startswith(IN_ONE_LANGUAGE):
            response.headers["Vary"] = "Accept-Language"
        else:
            for name in ("Vary", "Content-Language"):
                response.headers.pop(name, None)
        return response

    return middleware

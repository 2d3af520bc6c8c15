"""The host name names the tenant, before anything else happens."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from siegel.refusals import paused, unavailable, unknown_host
from siegel.tenancy import registry
from siegel.tenancy.availability import Unavailable, open_database
from siegel.tenancy.context import serving


def serve_tenant(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Serve the tenant of the Host header; 404 for an unknown one, 503 for one that is
    suspended or whose database does not open."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        found = registry.by_host(request.META.get("HTTP_HOST", ""))
        if found is None:
            return unknown_host()
        tenant, surface = found
        if tenant.is_suspended:
            return paused()
        request.urlconf = settings.SURFACES[surface]
        with serving(tenant):
            try:
                open_database(tenant)
            except Unavailable:
                return unavailable()
            return get_response(request)

    return middleware

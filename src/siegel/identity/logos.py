"""The organisation's sign: kept, removed, and handed to every browser that shows it."""

import hashlib

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response

from siegel.identity.models import Logo
from siegel.tenancy.writing import write_transaction

# Pages name the picture with its digest, so that another logo is another address.
SECONDS = 24 * 60 * 60


def keep_logo(webp: bytes, width: int, height: int) -> None:
    """Keep a drawn picture in place of the one before."""
    with write_transaction():
        Logo.objects.all().delete()
        digest = hashlib.sha256(webp).hexdigest()
        Logo.objects.create(webp=webp, width=width, height=height, digest=digest)


def remove_logo() -> None:
    """Show the name alone again."""
    with write_transaction():
        Logo.objects.all().delete()


def logo_of_tenant() -> Logo | None:
    """The sign without its bytes, which only `logo_answer` needs."""
    return Logo.objects.defer("webp").first()


def logo_answer(request: HttpRequest) -> HttpResponseBase:
    """The picture for everybody, 304 for a browser that has it; raises Http404 without one."""
    logo = Logo.objects.first()
    if logo is None:
        raise Http404
    response = HttpResponse(
        bytes(logo.webp),
        content_type="image/webp",
        headers={
            "Cache-Control": f"public, max-age={SECONDS}",
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
            "ETag": f'"{logo.digest}"',
        },
    )
    found = get_conditional_response(request, etag=response.headers["ETag"], response=response)
    return found or response

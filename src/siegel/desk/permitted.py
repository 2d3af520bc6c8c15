"""Views that need a permission."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from siegel.identity.models import Person
from siegel.identity.roles import Permission

View = Callable[..., HttpResponse]


def permitted(permission: Permission) -> Callable[[View], View]:
    """Refuse (403) whoever is signed in without this permission."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *arguments: object, **named: object) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *arguments, **named)

        return checked

    return decorate


def permitted_to_change(view: View) -> View:
    """The settings are shown to whoever may read them, and changed (POST) by fewer."""
    read, change = (
        permitted(permission)(view)
        for permission in (Permission.SETTINGS_READ, Permission.SETTINGS_CHANGE)
    )

    @wraps(view)
    def checked(request: HttpRequest, *arguments: object, **named: object) -> HttpResponse:
        return (change if request.method == "POST" else read)(request, *arguments, **named)

    return checked


def person_of(request: HttpRequest) -> Person:
    """Whoever is signed in; the views of the desk are asked by nobody else."""
    if not isinstance(request.user, Person):
        raise PermissionDenied
    return request.user

"""What a browser sends of a passkey, and to where it goes on."""

import json
from typing import Any

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def answer_in(request: HttpRequest) -> Any:
    """The passkey's answer out of a form; None for what is no JSON: no passkey sends that."""
    try:
        return json.loads(request.POST.get("credential", ""))
    except (ValueError, RecursionError):
        return None


def next_in(request: HttpRequest) -> str:
    """The page of ours to go on to, as the form or the address says; else the first one."""
    wanted = request.POST.get("next", request.GET.get("next", ""))
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours else "/"

"""From where a session is used, and when last."""

import re
from collections.abc import Callable
from typing import cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from siegel.identity.devices import hand_out
from siegel.identity.session_engine import SessionStore

# Our pages send it with what they ask for by themselves, while nobody has touched them for a
# minute: an open page does not keep a session alive. frontend/src/live/touched.ts
BACKGROUND = "X-Siegel-Background"
# In this order: most browsers call themselves by the names of others too.
BROWSERS = {
    "Edge": r"\bEdgA?/|\bEdgiOS/",
    "Opera": r"\bOPR/",
    "Samsung Internet": r"\bSamsungBrowser/",
    "Firefox": r"\bFirefox/|\bFxiOS/",
    "Chrome": r"\bChrom(e|ium)/|\bHeadlessChrome/|\bCriOS/",
    "Safari": r"\bVersion/\S+ .*Safari/",
}
SYSTEMS = {
    "iPhone": r"\biPhone\b",
    "iPad": r"\biPad\b",
    "Android": r"\bAndroid\b",
    "Windows": r"\bWindows\b",
    "macOS": r"\bMac OS X\b|\bMacintosh\b",
    "ChromeOS": r"\bCrOS\b",
    "Linux": r"\bLinux\b",
}


def browser_in_words(user_agent: str) -> str:
    """Browser and system, e.g. "Firefox, Windows"; empty if neither is known."""
    found = [
        next((name for name, pattern in names.items() if re.search(pattern, user_agent[:400])), "")
        for names in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(filter(None, found))


def note_use(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Tell the session from where it is used, for its first row, and that it is."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        session = cast("SessionStore", request.session)
        session.address = request.META.get("REMOTE_ADDR", "")[:45]
        session.browser = browser_in_words(request.META.get("HTTP_USER_AGENT", ""))
        session.is_used = BACKGROUND not in request.headers
        response = get_response(request)
        hand_out(request, response)
        # What is stored anyway says so itself.
        if not session.modified:
            session.note_seen()
        return response

    return middleware

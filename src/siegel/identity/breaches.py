"""Whether a password stands in a collection of stolen ones, asked of a service that learns nothing.

It is told the first five hexadecimal digits of the password's SHA-1 and answers with the rest of
every hash that begins so, in lines of `SUFFIX:COUNT` (the published format of Have I Been Pwned's
range interface, k-anonymity). Neither the password nor its hash leaves the installation.
"""

import hashlib
import hmac
import http.client
import logging
import time
import urllib.request
from threading import Lock
from urllib.error import URLError

from django.conf import settings

from siegel.identity.hashing import normalised

log = logging.getLogger(__name__)
TIMEOUT_SECONDS = 2.0
LARGEST_ANSWER = 1024 * 1024
# While it does not answer, the log says so so often.
TOLD_EVERY = 60 * 60.0
_telling = Lock()
_told_at: list[float] = []


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: object) -> None:
        """Nobody but the service that was named is asked."""


def is_breached(password: str) -> bool:
    """Whether the service knows it; False where there is none, or it does not answer."""
    service: str = settings.SIEGEL_BREACH_SERVICE
    if not service:
        return False
    # What the collections are kept by; nothing is protected by it here.
    digest = hashlib.sha1(normalised(password).encode(errors="surrogatepass"))  # noqa: S324 - as said above
    prefix, suffix = digest.hexdigest().upper()[:5], digest.hexdigest().upper()[5:]
    try:
        answer = _ask(f"{service}{prefix}")
    except (URLError, OSError, http.client.HTTPException, ValueError) as error:
        _tell(error)
        return False
    return any(_counts(line, suffix) for line in answer.splitlines())


def _ask(address: str) -> str:
    """Raises URLError, OSError, HTTPException, ValueError."""
    # Without the proxies of an environment, which nobody has decided on for this.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)
    # Padded, so that the size of the answer does not tell which range was asked for.
    asked = urllib.request.Request(address, headers={"Add-Padding": "true"})  # noqa: S310 - settings allow https only
    with opener.open(asked, timeout=TIMEOUT_SECONDS) as answer:
        body: bytes = answer.read(LARGEST_ANSWER + 1)
    if len(body) > LARGEST_ANSWER:
        raise ValueError("The answer is too large.")
    return body.decode("ascii")


def _counts(line: str, suffix: str) -> bool:
    """Padding has the count 0."""
    found, _, count = line.strip().partition(":")
    return hmac.compare_digest(found.upper(), suffix) and count.strip() != "0"


def _tell(error: Exception) -> None:
    now = time.monotonic()
    with _telling:
        if _told_at and now - _told_at[-1] < TOLD_EVERY:
            return
        _told_at[:] = [now]
    log.warning(
        "The breach service does not answer (%s): passwords are judged by the local list only.",
        type(error).__name__,
    )

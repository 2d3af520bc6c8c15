"""Django's sessions in the tenant's database; those of nobody end soon.

The sign-in form needs one for its CSRF secret, so every stranger who asks for it gets a row.
"""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore

ANONYMOUS_SECONDS = 60 * 60


class SessionStore(DatabaseSessionStore):
    """A session that lasts as SESSION_COOKIE_AGE says once somebody has signed in."""

    def get_session_cookie_age(self) -> int:
        """An hour until then."""
        if SESSION_KEY not in self:
            return ANONYMOUS_SECONDS
        return super().get_session_cookie_age()

"""Sessions in the tenant's database, which know whose they are; those of nobody end soon.

The sign-in form needs one for its CSRF secret, so every stranger who asks for it gets a row.
"""

import datetime as dt
import uuid
from contextlib import suppress
from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone

from siegel.identity.models import Person, Session
from siegel.identity.proofs import proved_in
from siegel.identity.session_limits import is_over, limits_of
from siegel.tenancy.writing import write_transaction

ANONYMOUS_SECONDS = 60 * 60
# More often than that a session's last use is not written.
SEEN = dt.timedelta(minutes=1)
KEPT_UNDER_ANOTHER_KEY = (
    "id",
    "person",
    "created_at",
    "authenticated_at",
    "address",
    "browser",
    "factor",
)


class SessionStore(DatabaseSessionStore):
    """A session that lasts as session_limits says once somebody has signed in."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        # As it was read or written last.
        self.row: Session | None = None
        self.address, self.browser, self.factor = "", "", ""
        # Whether a person asks, and not a page by itself.
        self.is_used = True

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def get_session_cookie_age(self) -> int:
        """An hour until somebody has signed in."""
        if SESSION_KEY not in self:
            return ANONYMOUS_SECONDS
        return super().get_session_cookie_age()

    def save(self, must_create: bool = False) -> None:
        """Under the tenant's write lock; raises as Django's does."""
        with write_transaction():
            super().save(must_create)

    def delete(self, session_key: str | None = None) -> None:
        with write_transaction():
            super().delete(session_key)

    def flush(self) -> None:
        """Begin as a stranger."""
        super().flush()
        self.row = None

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row to be written: used now, by whoever has signed in."""
        now, old = timezone.now(), self.row
        row = cast("Session", super().create_model_instance(data))
        person = uuid.UUID(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.person_id = person
        row.created_at = row.authenticated_at = row.seen_at = now
        row.address, row.browser, row.factor = self.address, self.browser, self.factor
        if old is not None and old.person_id is not None and old.person_id == person:
            # Another key does not make it younger, nor another thing in a person's list.
            for name in KEPT_UNDER_ANOTHER_KEY:
                setattr(row, name, getattr(old, name))
            if not self.is_used:
                row.seen_at = old.seen_at
        if row.person is not None:
            row.expire_date = row.created_at + limits_of(row.person).absolute
        self.row = row
        return row

    def cycle_key(self) -> None:
        """Another key for the same session; raises SessionInterrupted if it was ended meanwhile."""
        self.keys()  # Read before it is deleted.
        with write_transaction():
            if self._is_of_somebody():
                # Whoever is ended from elsewhere must not come back under another key.
                if not Session.objects.filter(session_key=self.session_key).exists():
                    raise SessionInterrupted
                self.delete(self.session_key)
            super().cycle_key()

    def sign_in(self, factor: str = "") -> None:
        """Somebody has signed in just now: in a session that was theirs already all begins anew.

        `factor` is how they proved who they are.
        """
        self.factor = factor
        if self._is_of_somebody():
            self._renew(id=uuid.uuid4(), created_at=timezone.now(), factor=factor)

    def prove(self, factor: str = "") -> None:
        """The person of the session has proved again who they are: another key.

        By `factor`, or as before if none is said. Raises SessionInterrupted if it is nobody's, or
        was ended meanwhile.
        """
        self.keys()
        if not self._is_of_somebody():
            raise SessionInterrupted
        self._renew(**{"factor": factor} if factor else {})

    def note_seen(self) -> None:
        """Keep that a person uses it, at most once a minute."""
        now = timezone.now()
        if self.row is None or not self._is_of_somebody() or self.row.seen_at > now - SEEN:
            return
        if not self.is_used:
            return
        # Who may read goes on reading while nothing can be written.
        with suppress(DatabaseError, OSError), write_transaction():
            Session.objects.filter(pk=self.row.pk).update(seen_at=now)

    def _get_session_from_db(self) -> Session | None:
        rows = Session.objects.select_related("person")
        row = rows.filter(session_key=self.session_key).first()
        if row is None or is_over(row):
            self._session_key = None
            return None
        self.row = row
        return row

    def _is_of_somebody(self) -> bool:
        return self.row is not None and self.row.person_id is not None

    def _renew(self, **changed: Any) -> None:
        for name, value in {"authenticated_at": timezone.now(), **changed}.items():
            setattr(self.row, name, value)
        self.cycle_key()


def note_sign_in(request: HttpRequest, user: Person, **_: Any) -> None:
    """Django's signal `user_logged_in`: whichever way somebody comes in, it is sent."""
    cast("SessionStore", request.session).sign_in(proved_in(request, user))

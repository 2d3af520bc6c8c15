"""Recognising a client's browser by its cookie.

A browser may hold two cookies: of a visit that somebody began without saying who they are, which
lasts a month, and of a client who has signed in, which is over soon. The second one counts if it
holds.
"""

import datetime as dt
import secrets
import uuid
from collections.abc import Mapping
from typing import NamedTuple

from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from siegel.audit import trail
from siegel.conversations.access import Participant
from siegel.conversations.client_models import ClientAccount
from siegel.conversations.joining import may_be_joined
from siegel.conversations.models import Contact, Conversation, Side
from siegel.identity.session_seen import browser_in_words
from siegel.tenancy.writing import write_transaction
from siegel.widget.models import Visit

COOKIE = "__Host-visitor"
COOKIE_SECONDS = 30 * 24 * 60 * 60
CLIENT_COOKIE = "__Host-client"
# Of whoever has signed in: without use, and at all.
IDLE = dt.timedelta(minutes=15)
ABSOLUTE = dt.timedelta(hours=8)
# More often than that its last use is not written.
SEEN = dt.timedelta(minutes=1)


class Holder(NamedTuple):
    """Whose browser it is, and the token by which it showed that."""

    visit: Visit
    token: str

    @property
    def participant(self) -> Participant:
        return Participant(Side.CLIENT, contact=self.visit.contact_id)


def begin_visit(conversation: Conversation) -> str:
    """Give a browser a token for the conversation's contact; only its keyed hash is stored."""
    token = secrets.token_urlsafe(32)
    Visit.objects.create(digest=_digest(token), contact=conversation.contact)
    return token


def begin_client_visit(
    account: ClientAccount,
    way: str,
    request: HttpRequest,
    offered: Contact | None = None,
    *,
    kid: str = "",
) -> str:
    """The same for a client who has just signed in; another visit of this browser's is over.

    `offered` may be joined to the account, if the client wants that; else it is what was begun in
    this browser before.
    """
    token = secrets.token_urlsafe(32)
    if offered is None:
        before = visitor_of(request.COOKIES)
        offered = before.visit.contact if before and before.visit.declined_at is None else None
    with write_transaction():
        _own(request.COOKIES).update(ended_at=timezone.now())
        Visit.objects.create(
            digest=_digest(token),
            reference=uuid.uuid4(),
            contact_id=account.contact_id,
            account=account,
            way=way,
            kid=kid,
            browser=browser_in_words(request.META.get("HTTP_USER_AGENT", "")),
            seen_at=timezone.now(),
            offered=offered if offered and may_be_joined(account, offered) else None,
        )
    return token


def settle_visits(account: ClientAccount, asker: int) -> None:
    """Whoever has an account is seen by nobody who has not signed in: their earlier visits end.

    The one in which the link was asked for goes on, within the limits of a client's.
    """
    with write_transaction():
        now = timezone.now()
        before = Visit.objects.filter(contact=account.contact_id, account=None, ended_at=None)
        before.filter(pk=asker).update(
            account=account, way="link", reference=uuid.uuid4(), seen_at=now, started_at=now
        )
        before.update(ended_at=now)


def holder(cookies: Mapping[str, str]) -> Holder | None:
    """Whose browser has these cookies: a client who has signed in, else a visitor, or None."""
    return client_of(cookies) or visitor_of(cookies)


def client_of(cookies: Mapping[str, str]) -> Holder | None:
    """The client who has signed in and was not away for too long, or None."""
    for token in _tokens(cookies):
        visit = lasting().filter(digest=_digest(token)).first()
        if visit is not None:
            return Holder(visit, token)
    return None


def visitor_of(cookies: Mapping[str, str]) -> Holder | None:
    """Who has begun without saying who they are, or None.

    With an account there is more to see than what was begun here: only who signs in sees that.
    """
    token = cookies.get(COOKIE, "")
    # As the cookie, whatever a browser makes of its end.
    begun = timezone.now() - dt.timedelta(seconds=COOKIE_SECONDS)
    lasting = Visit.objects.filter(ended_at=None, account=None, started_at__gt=begun)
    found = lasting.filter(digest=_digest(token), contact__account=None, contact__joined_to=None)
    visit = found.first() if token else None
    return Holder(visit, token) if visit else None


def note_use(visit: Visit) -> None:
    """Keep that a client who has signed in is there, at most once a minute."""
    now = timezone.now()
    if visit.seen_at is None or visit.seen_at > now - SEEN:
        return
    try:
        with write_transaction():
            Visit.objects.filter(pk=visit.pk).update(seen_at=now)
    except (DatabaseError, OSError):
        return  # Who may read goes on reading while nothing can be written.
    visit.seen_at = now


def devices(account: ClientAccount) -> list[Visit]:
    """Where a client is signed in, used last first."""
    return list(lasting().filter(account=account).order_by("-seen_at", "-pk"))


def end_device(account: ClientAccount, reference: uuid.UUID) -> None:
    """Sign a client out there; raises Visit.DoesNotExist. Its socket notices within 5 seconds."""
    with write_transaction():
        visit = lasting().get(account=account, reference=reference)
        visit.ended_at = timezone.now()
        visit.save(update_fields=["ended_at"])
        client, device = f"contact:{visit.contact_id}", {"device": str(reference)}
        trail.append([trail.Event(client, "client.signed-out", client, device)])


def hand_over(response: HttpResponse, token: str, name: str = COOKIE) -> None:
    """Set the cookie: partitioned by the page that embeds us (CHIPS), unreadable for scripts.

    As a header, because http.cookies knows the attribute only from Python 3.14 on. A token that is
    empty takes the cookie away.
    """
    lasting = COOKIE_SECONDS if name == COOKIE else int(ABSOLUTE.total_seconds())
    response.headers["Set-Cookie"] = (
        f"{name}={token}; Max-Age={lasting if token else 0}; Path=/; "
        "Secure; HttpOnly; SameSite=None; Partitioned"
    )


def lasting() -> QuerySet[Visit]:
    """Of clients who have signed in, what has not ended and is within its limits."""
    now = timezone.now()
    return Visit.objects.select_related("account").filter(
        account__isnull=False,
        ended_at=None,
        seen_at__gt=now - IDLE,
        started_at__gt=now - ABSOLUTE,
    )


def _tokens(cookies: Mapping[str, str]) -> list[str]:
    """The client's first; a visit that was begun without an account may have got one since."""
    return [cookies[name] for name in (CLIENT_COOKIE, COOKIE) if cookies.get(name)]


def _own(cookies: Mapping[str, str]) -> QuerySet[Visit]:
    digests = [_digest(token) for token in _tokens(cookies)]
    return Visit.objects.filter(digest__in=digests, account__isnull=False, ended_at=None)


def _digest(token: str) -> str:
    return salted_hmac("siegel.visitor", token, algorithm="sha256").hexdigest()

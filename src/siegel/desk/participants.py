"""The person of a request as a participant of conversations."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import Http404, HttpRequest

from siegel.conversations.access import NotFound, Participant, conversation_for
from siegel.conversations.models import Conversation, Side
from siegel.identity.models import Person


def adviser_of(request: HttpRequest) -> Participant:
    """Whoever is signed in; what they may see is decided by conversations.access."""
    person = request.user
    if not isinstance(person, Person):
        raise Http404
    return Participant(Side.ADVISER, person=person)


def conversation_or_404(request: HttpRequest, identifier: object) -> Conversation:
    """A conversation through the gate; absent and forbidden look alike."""
    with absent_is_404():
        return conversation_for(adviser_of(request), str(identifier))


@contextmanager
def absent_is_404() -> Iterator[None]:
    """Within it what is absent or forbidden, or has just become so, is answered with 404."""
    try:
        yield
    except NotFound:
        raise Http404 from None

"""The person of a request as a participant of conversations."""

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
    try:
        return conversation_for(adviser_of(request), str(identifier))
    except NotFound:
        raise Http404 from None

"""Whatever one tenant has handed out is refused at the other, in both directions.

That what one tenant has is absent at the other, address by address: test_every_address.py.
"""

import asyncio
from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from siegel.audit import trail
from siegel.identity.inviting import invite
from siegel.identity.models import Person
from siegel.identity.roles import Role
from siegel.tenancy.context import serving
from siegel.widget.visiting import COOKIE
from tests.cast import PASSWORD, Organisation
from tests.conversations.conversing import session_of, ticket_for
from tests.server import Running, socket


@pytest.fixture(params=["bank at insurer", "insurer at bank"])
def pair(
    request: pytest.FixtureRequest, bank: Organisation, insurer: Organisation
) -> tuple[Organisation, Organisation]:
    """Whose credential it is, and where it is tried."""
    return (bank, insurer) if request.param.startswith("bank") else (insurer, bank)


Pair = tuple[Organisation, Organisation]


def strict(host: str) -> Client:
    return Client(enforce_csrf_checks=True, headers={"host": host})


def test_a_session_signs_nobody_in_elsewhere(pair: Pair) -> None:
    own, other = pair
    browser = strict(other.host)
    browser.cookies[settings.SESSION_COOKIE_NAME] = session_of(own, own.ada)
    assert browser.get("/inbox/").status_code == 302
    # Where it belongs it still holds.
    home = strict(own.host)
    home.cookies[settings.SESSION_COOKIE_NAME] = browser.cookies[settings.SESSION_COOKIE_NAME].value
    assert own.desk(own.ada).get("/inbox/").status_code == 200


def test_a_csrf_token_is_refused_elsewhere(pair: Pair) -> None:
    own, other = pair
    here, there = strict(own.host), strict(other.host)
    token = here.get("/sign-in/").context["csrf_token"]
    there.get("/sign-in/")
    form = {"login": f"ada@{other.tenant.slug}.example", "password": PASSWORD}
    assert there.post("/sign-in/", form | {"csrfmiddlewaretoken": str(token)}).status_code == 403
    # Nor does the pair of cookie and token help, taken along together.
    thief = strict(other.host)
    thief.cookies[settings.SESSION_COOKIE_NAME] = here.cookies[settings.SESSION_COOKIE_NAME].value
    assert thief.post("/sign-in/", form | {"csrfmiddlewaretoken": str(token)}).status_code == 403
    # The token works where it was made.
    own_form = {"login": f"ada@{own.tenant.slug}.example", "password": PASSWORD}
    assert here.post("/sign-in/", own_form | {"csrfmiddlewaretoken": str(token)}).status_code == 302


def test_a_visitor_is_nobody_elsewhere(pair: Pair) -> None:
    own, other = pair
    conversation = own.conversation()
    browser = strict(other.chat_host)
    browser.cookies[COOKIE] = own._visitors[conversation.pk]
    assert browser.get("/visit").json()["known"] is False
    assert browser.get("/transcript").status_code == 404


def adviser(organisation: Organisation) -> tuple[str, str, str]:
    session = session_of(organisation, organisation.ada)
    return "host", f"{settings.SESSION_COOKIE_NAME}={session}", session


def visitor(organisation: Organisation) -> tuple[str, str, str]:
    token = organisation._visitors[organisation.conversation().pk]
    return "chat_host", f"{COOKIE}={token}", token


@pytest.mark.parametrize("who", [adviser, visitor])
def test_a_socket_ticket_is_refused_elsewhere(
    server: Running, pair: Pair, who: Callable[[Organisation], tuple[str, str, str]]
) -> None:
    own, other = pair
    surface, own_cookie, own_credential = who(own)
    _, other_cookie, other_credential = who(other)
    own_ticket, other_ticket = ticket_for(own, own_credential), ticket_for(other, other_credential)
    foreign = ticket_for(own, other_credential)

    async def code(cookie: str, ticket: str) -> int:
        async with socket(
            server.port, getattr(other, surface), cookie, ticket=ticket
        ) as connection:
            first = asyncio.create_task(connection.hear("ready", 5))
            await asyncio.wait({first}, timeout=5)
            if first.exception() is None:
                return 0
            return connection.connection.close_code or -1

    assert asyncio.run(code(own_cookie, own_ticket)) == 4401
    assert asyncio.run(code(other_cookie, own_ticket)) == 4401
    assert asyncio.run(code(own_cookie, other_ticket)) == 4401
    # Signed by the wrong tenant for the right credential.
    assert asyncio.run(code(other_cookie, foreign)) == 4401
    assert asyncio.run(code(other_cookie, other_ticket)) == 0


def test_an_invitation_opens_nothing_elsewhere(pair: Pair) -> None:
    own, other = pair
    with serving(own.tenant):
        token = invite(
            own.mia, name="Nora Neu", email="nora@neu.example", roles=[Role.ADVISER], teams=[]
        )
    password = {"password": "a sentence that nobody guesses"}
    before = _people(other)
    for sent in ({"token": token}, {"token": token} | password):
        there = strict(other.host)
        csrf = {"csrfmiddlewaretoken": str(there.get("/invitation/").context["csrf_token"])}
        answer = there.post("/invitation/", sent | csrf)
        assert answer.status_code == 404
        assert "Nora" not in answer.content.decode()
        assert there.get("/inbox/").status_code == 302
    assert _people(other) == before
    # It was not used up, and holds where it was made.
    home = strict(own.host)
    csrf = {"csrfmiddlewaretoken": str(home.get("/invitation/").context["csrf_token"])}
    assert home.post("/invitation/", {"token": token} | password | csrf).status_code == 302
    assert home.get("/inbox/").status_code == 200


def _people(organisation: Organisation) -> tuple[int, trail.Head]:
    with serving(organisation.tenant):
        return Person.objects.count(), trail.head()

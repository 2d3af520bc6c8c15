"""Clients whom the website names: the same on every device, for as long as they are there."""

import asyncio
import datetime as dt
import uuid
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.conversations.blocking import block
from siegel.conversations.contacts import change_contact
from siegel.conversations.models import ClientAccount, Contact, Conversation
from siegel.identity.models import RefusedClientToken, UsedClientToken
from siegel.tenancy.context import serving
from siegel.tenancy.models import Job
from siegel.widget import visiting
from siegel.widget.jobs import forget_all_clients, forget_clients
from siegel.widget.models import Visit
from siegel.widget.visiting import CLIENT_COOKIE
from tests.cast import Organisation
from tests.client_signing import Website
from tests.conversations.conversing import message, ticket_for
from tests.server import Running, socket
from tests.widget.known import begun, client_token, keep_cookies, post, recognised, website_of


def test_a_client_comes_back_on_another_device(bank: Organisation) -> None:
    website = website_of(bank)
    told = {"name": "Vera Voss", "email": "vera@kunde.example"}
    phone = recognised(website, **told)
    state = phone.get("/visit").json()
    assert state["known"] is False
    assert state["client"] == {"name": "Vera Voss", "email": "", "way": "website"}
    conversation = begun(phone)
    laptop = recognised(website)
    state = laptop.get("/visit").json()
    assert state["conversation"] == str(conversation)
    assert [one["id"] for one in state["conversations"]] == [str(conversation)]
    assert recognised(website, "4712").get("/visit").json()["known"] is False
    with serving(bank.tenant):
        contact = Contact.objects.get(conversations=conversation)
        assert (contact.name, contact.email) == ("Vera Voss", "vera@kunde.example")
        signed_in = TrailEntry.objects.filter(action="client.signed-in")
        assert [one.subject for one in signed_in].count(f"contact:{contact.pk}") == 2
        assert signed_in[0].detail == {"factor": "website", "kid": website.kid}
        assert ClientAccount.objects.count() == 2
        assert str(ClientAccount.objects.get(subject="4711")) == str(contact.account.pk)


def test_the_cookie_is_partitioned_and_short_lived(bank: Organisation) -> None:
    website = website_of(bank)
    answer = post(bank.visitor(), "/recognise", {"token": website.token()})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-client=")
    for attribute in ("Path=/", "Secure", "HttpOnly", "SameSite=None", "Partitioned", "=28800;"):
        assert attribute in cookie
    token = cookie.split(";")[0].split("=", 1)[1]
    with serving(bank.tenant):
        assert token not in Visit.objects.get().digest


def test_names_fill_what_is_empty_and_replace_nothing(bank: Organisation) -> None:
    website = website_of(bank)
    begun(recognised(website))
    with serving(bank.tenant):
        contact = Contact.objects.get()
        change_contact(
            bank.as_adviser(bank.ada), contact, name="Vera Voss-Ott", email="", language="de"
        )
    recognised(website, name="V. Voss", email="vera@kunde.example")
    with serving(bank.tenant):
        contact.refresh_from_db()
        assert (contact.name, contact.email) == ("Vera Voss-Ott", "vera@kunde.example")


def test_on_the_next_page_the_visit_goes_on(bank: Organisation) -> None:
    website = website_of(bank)
    browser = recognised(website)
    before = client_token(browser)
    answer = post(browser, "/recognise", {"token": website.token()})
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)
    # Somebody else at the same machine is somebody else.
    answer = post(browser, "/recognise", {"token": website.token("4712")})
    keep_cookies(browser, answer)
    assert client_token(browser) != before
    with serving(bank.tenant):
        assert Visit.objects.filter(ended_at=None).count() == 1
        assert TrailEntry.objects.filter(action="client.signed-in").count() == 2
        assert UsedClientToken.objects.count() == 3


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"aud": "insurer.test"}, 403, "audience-refused"),
        ({"sub": ...}, 400, "claims-refused"),
        (None, 400, "token-malformed"),
    ],
)
def test_a_refused_token_leaves_the_chat_as_it_is(
    bank: Organisation, changed: dict[str, Any] | None, status: int, code: str
) -> None:
    website = website_of(bank)
    conversation = bank.conversation()
    browser = bank.visitor(conversation)
    token = "no token" if changed is None else website.token(**changed)
    answer = post(browser, "/recognise?lang=de", {"token": token})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "ohne" in answer.json()["message"]
    assert "Set-Cookie" not in answer.headers
    assert browser.get("/visit").json()["conversation"] == str(conversation.pk)
    with serving(bank.tenant):
        assert RefusedClientToken.objects.get().code == code
        assert not ClientAccount.objects.exists()


def test_a_token_of_a_signs_nobody_in_at_b(bank: Organisation, insurer: Organisation) -> None:
    own = website_of(bank)
    Website(insurer, private=own.private).known()
    answer = post(insurer.visitor(), "/recognise", {"token": own.token()})
    assert (answer.status_code, answer.json()["code"]) == (403, "audience-refused")
    # Nor is the cookie of A's client worth anything there.
    thief = insurer.visitor()
    thief.cookies[CLIENT_COOKIE] = client_token(recognised(own))
    assert thief.get("/visit").json()["client"] is None
    assert thief.get("/devices").status_code == 404


def test_many_refusals_are_not_counted_without_end(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.ACCOUNT_RATE_LIMITS, "recognition_refused", "2/m/ip")
    website = website_of(bank)
    codes = [post(bank.visitor(), "/recognise", {"token": "x"}).status_code for _ in range(3)]
    assert codes == [400, 400, 429]
    with serving(bank.tenant):
        assert RefusedClientToken.objects.get().times == 2
    # Whoever brings a good one is let in.
    recognised(website)


@pytest.mark.parametrize("limit", ["IDLE", "ABSOLUTE"])
def test_after_its_limits_a_visit_is_over(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    website = website_of(bank)
    browser = recognised(website)
    begun(browser)
    before = {"IDLE": dt.timedelta(minutes=16), "ABSOLUTE": dt.timedelta(hours=8, minutes=1)}
    with serving(bank.tenant):
        changed = "seen_at" if limit == "IDLE" else "started_at"
        Visit.objects.update(**{changed: timezone.now() - before[limit]})
    state = browser.get("/visit").json()
    assert (state["client"], state["known"]) == (None, False)
    assert browser.get("/devices").status_code == 404
    with serving(bank.tenant):
        forget_clients()
        assert not Visit.objects.exists()
        # Whoever has a conversation is known the next time.
        assert ClientAccount.objects.count() == 1


def test_what_somebody_does_keeps_them_signed_in(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = recognised(website_of(bank))
    earlier = timezone.now() - dt.timedelta(minutes=14)
    with serving(bank.tenant):
        Visit.objects.update(seen_at=earlier)
        forget_clients()
    # Looking is done by the page itself.
    browser.get("/visit")
    with serving(bank.tenant):
        assert Visit.objects.get().seen_at == earlier
    browser.get("/devices")
    with serving(bank.tenant):
        visit = Visit.objects.get()
        assert visit.seen_at is not None
        assert visit.seen_at > earlier

        def full(*_: object, **__: object) -> None:
            raise DatabaseError

        # Without a disk to write to nobody is thrown out.
        visit.seen_at = earlier
        monkeypatch.setattr(visiting, "write_transaction", full)
        visiting.note_use(visit)
        assert visit.seen_at == earlier


def test_whoever_never_wrote_is_forgotten_when_they_have_left(bank: Organisation) -> None:
    website = website_of(bank)
    recognised(website, name="Vera Voss")
    recognised(website, "4712")
    with serving(bank.tenant):
        left = Visit.objects.filter(account__subject="4711")
        left.update(seen_at=timezone.now() - dt.timedelta(minutes=16))
    forget_all_clients()
    with serving(bank.tenant):
        assert Job.objects.filter(name=forget_clients.name).count() == 1
        forget_clients()
        assert [one.subject for one in ClientAccount.objects.all()] == ["4712"]
        assert Contact.objects.count() == 1


def test_devices_are_listed_and_ended(bank: Organisation) -> None:
    website = website_of(bank)
    phone, laptop, stranger = recognised(website), recognised(website), recognised(website, "4712")
    listed = phone.get("/devices").json()["devices"]
    assert sorted(one["own"] for one in listed) == [False, True]
    assert {one["way"] for one in listed} == {"website"}
    other = next(one["device"] for one in listed if not one["own"])
    for nobody in (stranger, bank.visitor(), bank.visitor(bank.conversation())):
        assert post(nobody, "/devices/end", {"device": other}).status_code == 404
    assert post(phone, "/devices/end", {"device": str(uuid.uuid4())}).status_code == 404
    assert post(phone, "/devices/end", {"device": "x"}).status_code == 400
    assert post(phone, "/devices/end", {"device": other}).status_code == 204
    assert laptop.get("/devices").status_code == 404
    assert len(phone.get("/devices").json()["devices"]) == 1
    with serving(bank.tenant):
        entry = TrailEntry.objects.get(action="client.signed-out")
        assert entry.detail == {"device": other}


def test_signing_out_leaves_what_was_begun_anonymously(bank: Organisation) -> None:
    website = website_of(bank)
    browser = bank.visitor()
    anonymous = begun(browser)
    keep_cookies(browser, post(browser, "/recognise", {"token": website.token()}))
    assert browser.get("/visit").json()["known"] is False
    answer = post(browser, "/sign-out")
    assert "__Host-client=; Max-Age=0" in answer.headers["Set-Cookie"]
    # The cookie would open nothing either.
    assert browser.get("/visit").json()["conversation"] == str(anonymous)
    keep_cookies(browser, answer)
    assert post(browser, "/sign-out").status_code == 204


def test_several_conversations_are_chosen_from(bank: Organisation) -> None:
    website = website_of(bank)
    browser = recognised(website)
    first = begun(browser)
    with serving(bank.tenant):
        contact = Contact.objects.get()
        now = timezone.now() + dt.timedelta(seconds=1)
        second = Conversation.objects.create(contact=contact, started_at=now, last_message_at=now)
    state = browser.get("/visit").json()
    assert [one["id"] for one in state["conversations"]] == [str(second.pk), str(first)]
    for wanted, status in {str(first): 200, str(second.pk): 200, "x": 404}.items():
        assert browser.get(f"/transcript?conversation={wanted}").status_code == status
    foreign = bank.conversation()
    assert browser.get(f"/transcript?conversation={foreign.pk}").status_code == 404


def test_without_a_conversation_there_is_no_transcript(bank: Organisation) -> None:
    assert recognised(website_of(bank)).get("/transcript").status_code == 404


def test_a_blocked_client_stays_so_on_every_device(bank: Organisation) -> None:
    website = website_of(bank)
    begun(recognised(website))
    with serving(bank.tenant):
        block(bank.as_adviser(bank.ada), Contact.objects.get())
    assert recognised(website).get("/visit").json()["blocked"] is True


def test_the_socket_is_the_clients_and_ends_with_the_visit(
    server: Running, bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("siegel.conversations.grants.USE_SECONDS", 0.0)
    website = website_of(bank)
    browser = bank.visitor()
    begun(browser)
    keep_cookies(browser, post(browser, "/recognise", {"token": website.token()}))
    with serving(bank.tenant):
        conversation = Conversation.objects.get(pk=begun(browser))
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())
    ticket = ticket_for(bank, client_token(browser))
    earlier = timezone.now() - dt.timedelta(minutes=10)

    def age() -> None:
        with serving(bank.tenant):
            Visit.objects.exclude(account=None).update(seen_at=earlier)

    def seen() -> Any:
        with serving(bank.tenant):
            return Visit.objects.exclude(account=None).get().seen_at

    async def converse() -> int:
        async with socket(server.port, bank.chat_host, cookie, ticket=ticket) as client:
            await client.hear("ready")
            await asyncio.to_thread(age)
            await client.ask("pong", type="ping")
            assert await asyncio.to_thread(seen) == earlier
            await client.ask("sent", **message(conversation, uuid.uuid4(), "Hallo"))
            await asyncio.sleep(2.5)  # It is kept when the right is asked for again.
            assert await asyncio.to_thread(seen) > earlier
            await asyncio.to_thread(lambda: post(browser, "/sign-out"))
            # Not as the visitor either, whose cookie is there as well.
            await client.connection.wait_closed()
            return client.connection.close_code or 0

    assert asyncio.run(asyncio.wait_for(converse(), 20)) == 4401


def test_a_visitors_socket_notes_no_use(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    token = bank._visitors[conversation.pk]
    ticket = ticket_for(bank, token)

    async def converse() -> None:
        cookie = f"__Host-visitor={token}"
        async with socket(server.port, bank.chat_host, cookie, ticket=ticket) as client:
            await client.ask("sent", **message(conversation, uuid.uuid4(), "Hallo"))
            await asyncio.sleep(2.5)  # When it would have been kept.
            await client.ask("pong", type="ping")

    asyncio.run(converse())
    with serving(bank.tenant):
        assert Visit.objects.get().seen_at is None


def test_a_visitors_cookie_is_over_after_a_month(bank: Organisation) -> None:
    conversation = bank.conversation()
    browser = bank.visitor(conversation)
    assert browser.get("/visit").json()["known"] is True
    with serving(bank.tenant):
        Visit.objects.update(started_at=timezone.now() - dt.timedelta(days=31))
    assert browser.get("/visit").json()["known"] is False

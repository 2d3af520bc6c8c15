"""Going on from another device: a link and a code, and what was begun before."""

import datetime as dt
import html
import re
import uuid
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.utils import timezone, translation

from siegel.audit.models import TrailEntry
from siegel.conversations.access import NotFound, conversation_for, conversations_for
from siegel.conversations.batches import Posting, commit_batch
from siegel.conversations.blocking import block
from siegel.conversations.client_links import client_link, hand_over_link, let_in
from siegel.conversations.contact_access import contacts_of_person
from siegel.conversations.deleting import delete_hidden, hide
from siegel.conversations.joining import decline, join, may_be_joined
from siegel.conversations.merging import split
from siegel.conversations.models import ClientAccount, Contact, Conversation, Event, Side
from siegel.identity import mailing
from siegel.identity.letters import write
from siegel.identity.mailing import Notice
from siegel.identity.models import QueuedNotice
from siegel.identity.tokens import NotHeld
from siegel.tenancy.context import serving
from siegel.widget.models import Visit
from tests.cast import Organisation
from tests.widget.known import begun, keep_cookies, post, recognised, website_of

pytestmark = pytest.mark.usefixtures("mail")
EMAIL = "vera@kunde.example"


def write_something(bank: Organisation, conversation: uuid.UUID, text: str = "Meine Frage") -> None:
    with serving(bank.tenant):
        contact = Conversation.objects.get(pk=conversation).contact_id
        actor = f"contact:{contact}"
        commit_batch([Posting(conversation, uuid.uuid4(), Side.CLIENT, text, actor)])


def anonymous(bank: Organisation, text: str = "Meine Frage") -> tuple[Client, uuid.UUID]:
    """A browser in which somebody has written without saying who they are."""
    browser = bank.visitor()
    conversation = begun(browser)
    write_something(bank, conversation, text)
    return browser, conversation


def asked(browser: Client, email: str = EMAIL) -> str:
    answer = post(browser, "/links?lang=en", {"email": email})
    assert answer.status_code == 200, answer.content
    return str(answer.json()["code"])


def mailed_token(bank: Organisation) -> str:
    """From the newest mail, as it is made when it is sent."""
    with serving(bank.tenant), translation.override("en"):
        letter = write(QueuedNotice.objects.latest("created_at"))
    assert letter is not None
    assert letter.button is not None
    address, _, token = letter.button[1].partition("#")
    assert address == "https://chat.bank.test/continue"
    return token


def opened(bank: Organisation, token: str, code: str, browser: Client | None = None) -> Any:
    """Another device, or this one, in which a link was opened and its code entered."""
    browser = browser or bank.visitor()
    answer = post(browser, "/links/open?lang=en", {"token": token, "code": code})
    if answer.status_code == 200:
        keep_cookies(browser, answer)
    answer.browser = browser
    return answer


def actions(bank: Organisation, start: str) -> list[str]:
    with serving(bank.tenant):
        found = TrailEntry.objects.filter(action__startswith=start).order_by("seq")
        return [one.action for one in found]


def test_a_link_and_its_code_bring_the_conversation_along(bank: Organisation) -> None:
    first, conversation = anonymous(bank)
    code = asked(first)
    with serving(bank.tenant):
        notice = QueuedNotice.objects.get()
        assert (notice.kind, notice.to) == (Notice.CLIENT_LINK, EMAIL)
        assert code.replace(" ", "") not in str(notice.context)
    token = mailed_token(bank)
    answer = opened(bank, token, code)
    assert answer.status_code == 200
    state = answer.browser.get("/visit").json()
    assert (state["conversation"], state["offer"]) == (str(conversation), None)
    assert state["client"] == {"name": "", "email": EMAIL, "way": "link"}
    # The browser that asked goes on as a client's: within limits, and on the list.
    state = first.get("/visit").json()
    assert (state["conversation"], state["client"]["way"]) == (str(conversation), "link")
    assert len(answer.browser.get("/devices").json()["devices"]) == 2
    assert actions(bank, "client.") == ["client.account-bound", "client.signed-in"]
    with serving(bank.tenant):
        trail = str(list(TrailEntry.objects.values()))
        assert token not in trail
        assert EMAIL not in trail
    # Both are used up.
    again = opened(bank, token, code)
    assert (again.status_code, again.json()["code"]) == (410, "link-over")
    # The next time the browser that asks has nothing.
    third = bank.visitor()
    code = asked(third, EMAIL.upper())
    assert opened(bank, mailed_token(bank), code, third).status_code == 200
    assert third.get("/visit").json()["conversation"] == str(conversation)
    assert actions(bank, "client.account-bound") == ["client.account-bound"]


def test_neither_the_link_nor_the_code_is_enough(bank: Organisation) -> None:
    browser, _ = anonymous(bank)
    code = asked(browser)
    token = mailed_token(bank)
    other, _ = anonymous(bank)
    others_code = asked(other, "mallory@kunde.example")
    for wrong in ("", "0000 0000x", others_code):
        answer = opened(bank, token, wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "code-wrong")
    for broken in ("", token[:-1] + ("a" if token[-1] != "a" else "b"), "x" * 300):
        assert opened(bank, broken, code).status_code == 410
    # Two more tries, and then not even the right one.
    for _ in range(2):
        assert opened(bank, token, "1").status_code == 422
    assert opened(bank, token, code).status_code == 422
    with serving(bank.tenant):
        assert not ClientAccount.objects.exists()


def test_a_link_of_a_opens_nothing_at_b(bank: Organisation, insurer: Organisation) -> None:
    browser, _ = anonymous(bank)
    code = asked(browser)
    token = mailed_token(bank)
    assert opened(insurer, token, code).status_code == 410
    assert opened(bank, token, code).status_code == 200


def test_after_a_quarter_of_an_hour_it_is_over(bank: Organisation) -> None:
    browser, _ = anonymous(bank)
    asked(browser)
    with serving(bank.tenant):
        before = timezone.now() - dt.timedelta(minutes=15)
        QueuedNotice.objects.update(created_at=before)
        assert client_link(QueuedNotice.objects.get()) is None


def test_nobody_learns_who_has_an_account(bank: Organisation) -> None:
    stranger = bank.visitor()
    assert re.fullmatch(r"\d{4} \d{4}", asked(stranger))
    with serving(bank.tenant):
        assert not QueuedNotice.objects.exists()


def test_what_cannot_be_mailed(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, _ = anonymous(bank)
    answer = post(browser, "/links?lang=en", {"email": "vera"})
    assert (answer.status_code, answer.json()["field"]) == (422, "email")
    with override_settings(SIEGEL_SMTP_HOST=""):
        assert browser.get("/visit").json()["links"] is False
        answer = post(browser, "/links?lang=en", {"email": EMAIL})
        assert (answer.status_code, answer.json()["code"]) == (409, "no-mail")
    assert browser.get("/visit").json()["links"] is True
    monkeypatch.setitem(settings.ACCOUNT_RATE_LIMITS, "client_link_here", "1/h/key")
    asked(browser, "other@kunde.example")
    answer = post(browser, "/links", {"email": " OTHER@kunde.example"})
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-links")


def test_a_recognised_client_gets_an_address_as_well(bank: Organisation) -> None:
    website = website_of(bank)
    browser = recognised(website)
    conversation = begun(browser)
    code = asked(browser)
    assert opened(bank, mailed_token(bank), code).status_code == 200
    with serving(bank.tenant):
        account = ClientAccount.objects.get()
        assert (account.subject, account.email) == ("4711", EMAIL)
    # Another address does not take its place.
    code = asked(browser, "mallory@kunde.example")
    assert opened(bank, mailed_token(bank), code).status_code == 410
    assert recognised(website).get("/visit").json()["conversation"] == str(conversation)


def test_the_page_of_a_link_shows_nothing_of_anybody(bank: Organisation) -> None:
    page = bank.visitor().get("/continue?lang=de").content.decode()
    assert "Hier weiterschreiben" in page
    assert "continue.js" in page or "continue." in page


def of_an_account(bank: Organisation) -> Client:
    """A device on which a client is signed in, who has written before."""
    browser, _ = anonymous(bank, "Früher")
    return opened(bank, mailed_token_after(bank, browser), codes.pop()).browser  # type: ignore[no-any-return]


codes: list[str] = []


def mailed_token_after(bank: Organisation, browser: Client) -> str:
    codes.append(asked(browser))
    return mailed_token(bank)


def test_nothing_is_joined_without_a_yes(bank: Organisation) -> None:
    of_an_account(bank)
    browser, conversation = anonymous(bank)
    code = asked(browser)
    device = opened(bank, mailed_token(bank), code).browser
    state = device.get("/visit").json()
    assert state["offer"] is not None
    assert str(conversation) not in {one["id"] for one in state["conversations"]}
    assert device.get(f"/transcript?conversation={conversation}").status_code == 404
    answer = post(device, "/join", {"join": True})
    state = answer.json()
    assert state["offer"] is None
    assert str(conversation) in {one["id"] for one in state["conversations"]}
    assert device.get(f"/transcript?conversation={conversation}").status_code == 200
    # Its right is the account's now.
    assert browser.get("/visit").json()["known"] is False
    assert post(device, "/join", {"join": True}).status_code == 404
    with serving(bank.tenant):
        last = Event.objects.filter(conversation=conversation).latest("seq")
        assert last.kind == "joined"
        contact = Conversation.objects.get(pk=conversation).contact
        # Advisers see one person, and nothing has moved.
        assert contacts_of_person(contact).count() == 2
    assert actions(bank, "client.joined") == ["client.joined"]
    # It is there on every other device.
    third = bank.visitor()
    code = asked(third)
    state = opened(bank, mailed_token(bank), code, third).json()
    assert len(state["conversations"]) == 2


def test_a_no_changes_nothing_and_is_kept(bank: Organisation) -> None:
    website = website_of(bank)
    browser, conversation = anonymous(bank)
    keep_cookies(browser, post(browser, "/recognise", {"token": website.token()}))
    assert browser.get("/visit").json()["offer"] is not None
    state = post(browser, "/join", {"join": False}).json()
    assert (state["offer"], state["known"]) == (None, False)
    with serving(bank.tenant):
        assert Event.objects.filter(conversation=conversation).latest("seq").kind == "not-joined"
        assert Contact.objects.filter(joined_to=None).count() == 2
    assert actions(bank, "client.not-joined") == ["client.not-joined"]
    # After signing out it is there as before, and nobody is asked twice.
    keep_cookies(browser, post(browser, "/sign-out"))
    assert browser.get("/visit").json()["conversation"] == str(conversation)
    keep_cookies(browser, post(browser, "/recognise", {"token": website.token()}))
    assert browser.get("/visit").json()["offer"] is None


def test_who_has_not_been_asked_decides_nothing(bank: Organisation) -> None:
    for browser in (bank.visitor(), anonymous(bank)[0], recognised(website_of(bank))):
        assert post(browser, "/join", {"join": True}).status_code == 404


def test_what_is_not_offered(bank: Organisation) -> None:
    website = website_of(bank)
    # Begun, and nothing written.
    browser = bank.visitor()
    begun(browser)
    keep_cookies(browser, post(browser, "/recognise", {"token": website.token()}))
    assert browser.get("/visit").json()["offer"] is None
    # Blocked since it was offered.
    browser, conversation = anonymous(bank)
    keep_cookies(browser, post(browser, "/recognise", {"token": website.token()}))
    assert browser.get("/visit").json()["offer"] is not None
    with serving(bank.tenant):
        contact = Conversation.objects.get(pk=conversation).contact
        block(bank.as_adviser(bank.ada), contact)
    assert browser.get("/visit").json()["offer"] is None
    assert post(browser, "/join", {"join": True}).status_code == 404
    with serving(bank.tenant):
        account = ClientAccount.objects.get()
        assert not may_be_joined(account, account.contact)


def test_a_split_by_an_adviser_takes_nothing_from_the_client(bank: Organisation) -> None:
    website = website_of(bank)
    browser, conversation = anonymous(bank)
    keep_cookies(browser, post(browser, "/recognise", {"token": website.token()}))
    post(browser, "/join", {"join": True})
    with serving(bank.tenant):
        joined = Conversation.objects.get(pk=conversation).contact
        account = ClientAccount.objects.get()
        split(bank.as_adviser(bank.ada), joined)
        client = bank.as_client(Conversation(contact=account.contact))
        assert conversation_for(client, conversation).pk == conversation
        # Nor does the anonymous contact get what is the account's.
        alone = bank.as_client(Conversation(contact=joined))
        assert {one.pk for one in conversations_for(alone)} == {conversation}
        # With the last conversation everything goes, the account with it.
        found = Conversation.objects.get(pk=conversation)
        hide(found)
        delete_hidden(conversation, "retention")
        assert not Contact.objects.filter(pk=joined.pk).exists()


def test_twice_at_once_joins_once(bank: Organisation) -> None:
    website = website_of(bank)
    browser, _conversation = anonymous(bank)
    keep_cookies(browser, post(browser, "/recognise", {"token": website.token()}))
    with serving(bank.tenant):
        account, contact = ClientAccount.objects.get(), Visit.objects.get(account=None).contact
        join(account, contact)
        contact.refresh_from_db()
        assert not may_be_joined(account, contact)
        # What has no conversation left is noted in the trail alone.
        decline(account, account.contact)
    assert actions(bank, "client.not") == ["client.not-joined"]


def test_an_adviser_hands_over_a_link_and_tells_the_code(bank: Organisation) -> None:
    _browser, conversation = anonymous(bank)
    ada, address = bank.desk(bank.ada), f"/inbox/{conversation}/client-link/"
    assert "Be sure who they are" in ada.get(address).content.decode()
    page = html.unescape(ada.post(address).content.decode())
    link = re.search(r'value="(http://chat\.bank\.test/continue#([^"]+))"', page)
    code = re.search(r"<code>(\d{4} \d{4})</code>", page)
    assert link
    assert code
    answer = opened(bank, link[2], code[1])
    assert answer.json()["conversation"] == str(conversation)
    with serving(bank.tenant):
        # Nobody has shown an address, so none is known.
        assert ClientAccount.objects.get().email == ""
    # Another one is to the same account.
    page = html.unescape(ada.post(address).content.decode())
    again = re.search(r"#([^\"]+)\"", page)
    code = re.search(r"<code>(\d{4} \d{4})</code>", page)
    assert again
    assert code
    assert opened(bank, again[1], code[1]).status_code == 200
    assert actions(bank, "client.") == [
        "client.link-made",
        "client.account-bound",
        "client.signed-in",
        "client.link-made",
        "client.signed-in",
    ]
    with serving(bank.tenant):
        entry = TrailEntry.objects.filter(action="client.link-made").first()
        assert entry is not None
        assert entry.actor == f"person:{bank.ada.pk}"
        Conversation.objects.update(assigned_to=bank.ben)
        with pytest.raises(NotFound):
            hand_over_link(bank.as_adviser(bank.ada), Contact.objects.get())


def test_a_link_to_what_was_deleted_opens_nothing(bank: Organisation) -> None:
    _, conversation = anonymous(bank)
    with serving(bank.tenant):
        contact = Conversation.objects.get(pk=conversation).contact
        token, code = hand_over_link(bank.as_adviser(bank.ada), contact)
        hide(Conversation.objects.get(pk=conversation))
        delete_hidden(conversation, "retention")
        with pytest.raises(NotHeld):
            let_in(token, code)


def test_a_port_is_part_of_the_address(bank: Organisation) -> None:
    with serving(bank.tenant), override_settings(SIEGEL_HTTPS_PORT=8443):
        assert mailing.chat_link("/x") == "https://chat.bank.test:8443/x"

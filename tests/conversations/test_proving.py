"""Proof of identity by a code: asked for, entered in time and in five tries, and shown."""

import asyncio
import datetime as dt
import re
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone, translation

from siegel.audit.models import TrailEntry
from siegel.conversations.access import NotFound
from siegel.conversations.models import Conversation, Event, IdentityProof
from siegel.conversations.proving import NothingAsked, ask_by_mail, ask_by_telling, confirm
from siegel.identity.codes import use_code
from siegel.identity.letters import write
from siegel.identity.mailing import Notice, RefusedAddress
from siegel.identity.models import QueuedNotice
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.conversations.conversing import adviser_socket, client_socket
from tests.server import Running
from tests.widget.known import post

WITH_MAIL = override_settings(SIEGEL_SMTP_HOST="mail.invalid")


def kinds(conversation: Conversation) -> list[str]:
    events = Event.objects.filter(conversation=conversation).order_by("seq")
    return [event.kind for event in events if event.kind.startswith("identity")]


def entered(bank: Organisation, conversation: Conversation, code: str) -> Any:
    return post(bank.visitor(conversation), "/proof?lang=en", {"code": code})


def told_code(bank: Organisation, conversation: Conversation) -> str:
    """The code that Ada has on her screen."""
    answer = bank.desk(bank.ada).post(f"/inbox/{conversation.pk}/proof/", {"how": "told"})
    found = re.search(r"<code>(\d{4} \d{4})</code>", answer.content.decode())
    assert found
    return found[1]


def test_a_code_that_was_told_is_entered_and_shown(bank: Organisation) -> None:
    conversation = bank.conversation()
    browser, ada = bank.visitor(conversation), bank.desk(bank.ada)
    assert browser.get("/visit").json()["proof"] is None
    code = told_code(bank, conversation)
    assert browser.get("/visit").json()["proof"] == {"person": "Ada Adler"}
    here = f"/inbox/{conversation.pk}"
    assert "A code was asked for" in ada.get(f"{here}/context/").content.decode()
    assert "proved" not in ada.get(f"{here}/header/").content.decode()
    assert entered(bank, conversation, code).status_code == 204
    header = ada.get(f"{here}/header/").content.decode()
    assert "Identity confirmed by a code that &#x2068;Ada Adler&#x2069; told" in header
    assert "A code was asked for" not in ada.get(f"{here}/context/").content.decode()
    assert browser.get("/visit").json()["proof"] is None
    with serving(bank.tenant):
        assert kinds(conversation) == ["identity-asked", "identity-confirmed"]
        entries = TrailEntry.objects.filter(action__startswith="conversation.identity")
        assert [one.actor for one in entries.order_by("seq")] == [
            f"person:{bank.ada.pk}",
            f"contact:{conversation.contact_id}",
        ]
        assert code.replace(" ", "") not in str(list(entries.values()))
        proof = IdentityProof.objects.get()
        assert str(proof) == str(proof.pk)
        assert code.replace(" ", "") not in str(IdentityProof.objects.values())
    # It opens nothing a second time.
    again = entered(bank, conversation, code)
    assert (again.status_code, again.json()["code"]) == (410, "proof-over")


@WITH_MAIL
def test_a_mailed_code_confirms_the_address(bank: Organisation) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        contact = conversation.contact
        contact.email, contact.language = "marta@kunde.example", "en"
        contact.save()
    ada, here = bank.desk(bank.ada), f"/inbox/{conversation.pk}"
    page = ada.get(f"{here}/proof/").content.decode()
    assert 'value="marta@kunde.example"' in page
    assert "not confirmed" in ada.get(f"{here}/context/").content.decode()
    answer = ada.post(f"{here}/proof/", {"how": "mail", "address": " marta@kunde.example "})
    assert answer.headers["Location"] == f"{here}/"
    with serving(bank.tenant), translation.override("en"):
        notice = QueuedNotice.objects.get()
        assert (notice.kind, notice.to, notice.language) == (
            Notice.PROOF_CODE,
            "marta@kunde.example",
            "en",
        )
        assert notice.context == {"proof": str(IdentityProof.objects.get().pk)}
        # Each attempt to send makes a code, and the last one holds.
        codes = []
        for _ in range(2):
            letter = write(notice)
            assert letter is not None
            assert "Bank" in letter.subject
            assert "Ada Adler of Bank" in letter.paragraphs[0]
            assert letter.why == "You get this because Ada Adler of Bank asked for it."
            found = re.search(r"\d{4} \d{4}", letter.paragraphs[1])
            assert found
            codes.append(found[0])
    wrong = entered(bank, conversation, codes[0])
    assert (wrong.status_code, wrong.json()["code"]) == (422, "code-wrong")
    assert "4 more tries" in wrong.json()["message"]
    assert entered(bank, conversation, codes[1]).status_code == 204
    header = ada.get(f"{here}/header/").content.decode()
    assert "by a code to &#x2068;marta@kunde.example&#x2069;" in header
    context = ada.get(f"{here}/context/").content.decode()
    assert "not confirmed" not in context
    with serving(bank.tenant):
        # What is over is not mailed any more.
        assert write(notice) is None


def test_five_tries_and_no_more(bank: Organisation) -> None:
    conversation = bank.conversation()
    code = told_code(bank, conversation)
    answers = [entered(bank, conversation, "0000 000x") for _ in range(5)]
    assert [one.status_code for one in answers] == [422, 422, 422, 422, 410]
    assert "1 more try." in answers[3].json()["message"]
    assert "either" in answers[4].json()["message"]
    assert entered(bank, conversation, code).status_code == 410
    with serving(bank.tenant):
        assert kinds(conversation) == ["identity-asked", "identity-failed"]
        assert IdentityProof.objects.get().outcome == IdentityProof.Outcome.FAILED


def test_tries_are_counted_before_they_are_judged(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = bank.conversation()
    code = told_code(bank, conversation)
    client = bank.as_client(conversation)
    with serving(bank.tenant):
        # Others are at it with all five.
        IdentityProof.objects.update(tries=5)
        with pytest.raises(NothingAsked):
            confirm(client, code)
        IdentityProof.objects.update(tries=0)

        def slow(*told: str) -> None:
            use_code(*told)
            with serving(bank.tenant):
                IdentityProof.objects.update(outcome=IdentityProof.Outcome.REPLACED)

        # Another one was asked for while this one was judged.
        monkeypatch.setattr("siegel.conversations.proving.use_code", slow)
        with pytest.raises(NothingAsked):
            confirm(client, code)
        assert kinds(conversation) == ["identity-asked"]


def test_a_code_is_over_after_ten_minutes_and_by_another_one(bank: Organisation) -> None:
    conversation = bank.conversation()
    first = told_code(bank, conversation)
    second = told_code(bank, conversation)
    assert entered(bank, conversation, first).status_code == 422
    with serving(bank.tenant):
        now = timezone.now()
        IdentityProof.objects.filter(outcome="").update(expires_at=now - dt.timedelta(seconds=1))
    assert entered(bank, conversation, second).status_code == 410
    assert bank.visitor(conversation).get("/visit").json()["proof"] is None


def test_a_code_is_good_in_its_own_conversation_only(
    bank: Organisation, insurer: Organisation
) -> None:
    own, other = bank.conversation(), bank.conversation()
    code = told_code(bank, own)
    told_code(bank, other)
    assert entered(bank, other, code).status_code == 422
    there = insurer.conversation()
    told_code(insurer, there)
    assert entered(insurer, there, code).status_code == 422
    assert post(bank.visitor(), "/proof", {"code": code}).status_code == 404
    assert entered(bank, own, code).status_code == 204


def test_only_who_sees_a_conversation_asks(bank: Organisation) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        Conversation.objects.update(assigned_to=bank.ben)
        for nobody in (bank.as_adviser(bank.ada), bank.as_client(conversation)):
            with pytest.raises(NotFound):
                ask_by_telling(nobody, conversation)
        assert not IdentityProof.objects.exists()


def test_without_a_mail_server_a_code_is_told(bank: Organisation) -> None:
    conversation = bank.conversation()
    ada, address = bank.desk(bank.ada), f"/inbox/{conversation.pk}/proof/"
    assert "you tell the code yourself" in ada.get(address).content.decode()
    answer = ada.post(address, {"how": "mail", "address": "m@kunde.example"})
    assert answer.status_code == 422
    assert "There is no mail server. No code was sent." in answer.content.decode()
    with serving(bank.tenant):
        assert not IdentityProof.objects.exists()
        assert kinds(conversation) == []


@WITH_MAIL
def test_no_address_is_none(bank: Organisation) -> None:
    conversation = bank.conversation()
    answer = bank.desk(bank.ada).post(
        f"/inbox/{conversation.pk}/proof/", {"how": "mail", "address": "marta"}
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "not understood as an e-mail address" in page
    assert 'value="marta"' in page
    with serving(bank.tenant):
        with pytest.raises(RefusedAddress):
            ask_by_mail(bank.as_adviser(bank.ada), conversation, "")
        assert not QueuedNotice.objects.exists()


def test_both_sides_hear_of_it_at_once(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    here = str(conversation.pk)

    async def converse() -> None:
        async with (
            adviser_socket(server, bank, bank.ada) as ada,
            client_socket(server, bank, conversation) as client,
        ):
            await ada.ask("events", type="fetch", conversation=here)
            code = await asyncio.to_thread(told_code, bank, conversation)
            await client.hear("hint")
            events = await client.ask("events", type="fetch", conversation=here, after=1)
            assert [(one["kind"], one["name"]) for one in events["events"]] == [
                ("identity-asked", "Ada Adler")
            ]
            await asyncio.to_thread(entered, bank, conversation, code)
            for side in (ada, client):
                while (await side.hear("hint"))["seq"] < 3:
                    pass
            events = await ada.ask("events", type="fetch", conversation=here, after=2)
            assert [one["kind"] for one in events["events"]] == ["identity-confirmed"]

    asyncio.run(asyncio.wait_for(converse(), 20))

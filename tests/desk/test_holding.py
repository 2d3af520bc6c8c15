"""A legal hold as an adviser sets it: with a reason, once, on what they may see."""

import pytest
from django.test import Client

from siegel.conversations.access import NotFound
from siegel.conversations.models import Conversation
from siegel.desk import holding
from tests.cast import Organisation


@pytest.fixture
def ada(bank: Organisation) -> Client:
    return bank.desk(bank.ada)


@pytest.fixture
def asked(bank: Organisation) -> Conversation:
    return bank.conversation()


def test_a_hold_is_set_with_a_reason(ada: Client, asked: Conversation) -> None:
    address = f"/inbox/{asked.pk}/hold/"
    assert "Only an administrator can lift" in ada.get(address).content.decode()
    refused = ada.post(address, {"reason": "ab"})
    assert refused.status_code == 422
    assert "3 to 500 characters" in refused.content.decode()
    assert ada.post(address, {"reason": "Rechtsstreit <1>"}).status_code == 302
    column = ada.get(f"/inbox/{asked.pk}/context/").content.decode()
    assert "Rechtsstreit &lt;1&gt;" in column
    assert "Ada Adler" in column
    assert "Keep from deletion" not in column
    assert "held already" in ada.get(address).content.decode()


def test_what_is_lost_meanwhile_is_404(
    ada: Client, asked: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise NotFound

    monkeypatch.setattr(holding, "hold", gone)
    assert ada.post(f"/inbox/{asked.pk}/hold/", {"reason": "good"}).status_code == 404

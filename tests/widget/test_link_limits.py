"""How many links somebody gets: strangers fill no mailbox, and keep nobody from their own."""

import json

import pytest
from django.conf import settings

from siegel.identity.models import QueuedNotice
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.widget.known import post
from tests.widget.test_continuing import EMAIL, anonymous, asked, mailed_token, opened

pytestmark = pytest.mark.usefixtures("mail")


def asked_from(bank: Organisation, network: str) -> int:
    answer = bank.visitor().post(
        "/links",
        json.dumps({"email": EMAIL}),
        content_type="application/json",
        headers={"X-Siegel": "1"},
        REMOTE_ADDR=network,
    )
    return int(answer.status_code)


def mails(bank: Organisation) -> int:
    with serving(bank.tenant):
        return QueuedNotice.objects.count()


def test_a_stranger_keeps_no_client_from_a_link(bank: Organisation) -> None:
    browser, _ = anonymous(bank)
    code = asked(browser)
    opened(bank, mailed_token(bank), code)
    stranger = "198.51.100.66"
    assert [asked_from(bank, stranger) for _ in range(6)] == [200] * 5 + [429]
    before = mails(bank)
    assert asked_from(bank, "203.0.113.9") == 200
    assert mails(bank) == before + 1


def test_an_address_gets_no_mail_without_end(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, _ = anonymous(bank)
    code = asked(browser)
    opened(bank, mailed_token(bank), code)
    before = mails(bank)
    monkeypatch.setitem(settings.ACCOUNT_RATE_LIMITS, "client_link_address", "3/h/key")
    # Nobody learns of it.
    assert [asked_from(bank, f"198.51.100.{n}") for n in range(5)] == [200] * 5
    assert mails(bank) == before + 3


def test_no_client_has_many_strangers_written_to(bank: Organisation) -> None:
    browser, _ = anonymous(bank)
    answers = [
        post(browser, "/links", {"email": f"v{n}@kunde.example"}).status_code for n in range(7)
    ]
    assert answers == [200] * 6 + [429]
    assert mails(bank) == 6


def test_nor_does_a_network(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(settings.ACCOUNT_RATE_LIMITS["client_link"]).endswith("60/h/ip")
    monkeypatch.setitem(settings.ACCOUNT_RATE_LIMITS, "client_link", "2/h/ip")
    answers = [
        post(bank.visitor(), "/links", {"email": f"v{n}@kunde.example"}).status_code
        for n in range(3)
    ]
    assert answers == [200, 200, 429]

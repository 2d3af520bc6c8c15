"""A token that is weak, endless or readable is found, at the probe and in every tenant."""

import datetime as dt
import itertools
from typing import Any

import pytest
from django.utils import timezone

from siegel.identity import letters, mailing
from siegel.identity import tokens as made
from siegel.identity.inviting import invite
from siegel.identity.mailing import Notice
from siegel.identity.models import Invitation, Token
from siegel.identity.tokens import Kind
from siegel.tenancy.context import serving
from siegel.trust.checks.tokens import examine_tokens, plant_each
from siegel.widget.models import Visit
from tests.cast import Organisation


def test_tokens_that_are_all_the_same_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siegel.identity.tokens.secrets.randbits", lambda bits: 2**255)
    faults = examine_tokens().faults
    assert "a token for invitation holds 0 bits of chance" in faults
    assert "a token for invitation is made twice" in faults


def test_tokens_that_are_counted_up_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = itertools.count(2**255)
    monkeypatch.setattr("siegel.identity.tokens.secrets.randbits", lambda bits: next(numbers))
    faults = [fault for fault in examine_tokens().faults if "bits of chance" in fault]
    assert len(faults) == len(Kind)


def test_what_stands_in_the_row_as_it_is_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the claim says to break."""
    monkeypatch.setattr(made, "_digest", "{1}".format)
    faults = examine_tokens().faults
    assert "a token for trusted device is not stored as its HMAC" in faults
    assert "a token for trusted device stands in the database" in faults


def test_a_client_who_stays_signed_in_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siegel.widget.visiting.ABSOLUTE", dt.timedelta(days=36_500))
    assert examine_tokens().faults == (
        "the cookie of a client who has signed in opens something after its end",
    )


def test_a_queue_that_keeps_links_is_found(
    monkeypatch: pytest.MonkeyPatch, bank: Organisation
) -> None:
    send = mailing.send

    def keeping(kind: Notice, to: str, language: str, *, context: dict[str, Any]) -> bool:
        token = made.issue(Kind.INVITATION, lifetime=dt.timedelta(days=1))
        return send(kind, to, language, context=context | {"token": token})

    monkeypatch.setattr(mailing, "send", keeping)
    assert any(fault.endswith("stands in the queue of mail") for fault in examine_tokens().faults)


def test_a_mail_that_should_have_a_link_and_has_none_is_no_finding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(letters, "write", lambda notice: None)
    with pytest.raises(LookupError, match="is to have a link"):
        examine_tokens()


def test_a_cookie_that_opens_nothing_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siegel.widget.visiting.ABSOLUTE", dt.timedelta())
    with pytest.raises(LookupError, match="at its beginning"):
        examine_tokens()


def test_every_planted_failure_is_noticed() -> None:
    assert plant_each().faults


def test_a_hash_without_a_key_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    def unkeyed(kind: str, secret: str, key: str, salt: str) -> str:
        text = f"{kind}${salt}${secret}".encode()
        return f"{key}${salt}${hashlib.sha256(text).hexdigest()}"

    monkeypatch.setattr(made, "_digest", unkeyed)
    assert "a token for trusted device is not stored as its HMAC" in examine_tokens().faults


def test_a_use_that_is_not_kept_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "use", lambda row: None)
    faults = examine_tokens().faults
    assert len(faults) == len(Kind)
    assert "the use of a token for client link is not kept" in faults


def test_an_end_that_nobody_looks_at_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        made, "holding", lambda kind: Token.objects.filter(kind=kind, ended_at=None)
    )
    faults = examine_tokens().faults
    assert "a token for password reset opens something after its end" in faults


def test_a_cookie_that_never_ends_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siegel.widget.visiting.COOKIE_SECONDS", 10**9)
    assert examine_tokens().faults == ("a client's cookie opens something after its end",)


def test_a_cookie_that_is_kept_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    short = itertools.count()
    monkeypatch.setattr(
        "siegel.widget.visiting.secrets.token_urlsafe", lambda *_: f"c2hvcn{next(short)}"
    )
    monkeypatch.setattr("siegel.widget.visiting._digest", lambda token: token)
    assert examine_tokens().faults[:3] == (
        "a client's cookie is too short",
        "a client's cookie stands in the database",
        "a client's cookie is not stored as its HMAC",
    )


def test_rows_of_every_tenant_are_read(bank: Organisation) -> None:
    bank.conversation()
    with serving(bank.tenant):
        invite(bank.mia, name="Nora", email="nora@bank.example", roles=[], teams=[])
    sound = examine_tokens()
    assert sound.faults == ()
    now = timezone.now()
    kept = {"created_at": now, "expires_at": now + dt.timedelta(hours=1), "digest": "open"}
    with serving(bank.tenant):
        Token.objects.create(kind="z", lookup="a", **kept)
        Token.objects.create(kind="i", lookup="b", **kept)
        Invitation.objects.update(digest="open")
        Visit.objects.update(digest="open")
    found = examine_tokens()
    assert found.faults == (
        *[f"{bank.tenant.id}: a token is of an unknown kind"],
        *[f"{bank.tenant.id}: a row holds no HMAC"] * 3,
    )
    assert found.examined == sound.examined + 3


def test_a_text_that_is_no_token_has_no_chance_in_it() -> None:
    with pytest.raises(made.NotHeld):
        made.chance_in("sgl_r_short")

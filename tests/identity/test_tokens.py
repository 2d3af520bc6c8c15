"""Tokens: what is kept of them, when they open something, and when no more."""

import datetime as dt
import re
import threading
from pathlib import Path

import pytest
from django.db import IntegrityError
from django.db.models import F
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from siegel.identity import tokens
from siegel.identity.codes import issue_code
from siegel.identity.jobs import delete_tokens
from siegel.identity.models import Code, Token
from siegel.identity.tokens import Kind, NotHeld
from siegel.tenancy.context import serving
from siegel.vault import keyring
from tests.cast import Organisation

HOUR = dt.timedelta(hours=1)
PAGE = Path(__file__).parents[2] / "docs" / "tokens.md"


def issued(bank: Organisation, kind: Kind = Kind.PASSWORD_RESET) -> str:
    with serving(bank.tenant):
        return tokens.issue(kind, person=bank.ada, scope={"what": "all"}, lifetime=HOUR)


def holds(bank: Organisation, text: str, kind: Kind = Kind.PASSWORD_RESET) -> bool:
    with serving(bank.tenant):
        try:
            tokens.find(kind, text)
        except NotHeld:
            return False
    return True


def test_a_token_finds_what_it_was_issued_for(bank: Organisation) -> None:
    text = issued(bank)
    with serving(bank.tenant):
        found = tokens.find(Kind.PASSWORD_RESET, text)
        assert (found.person, found.scope) == (bank.ada, {"what": "all"})
        assert found.last_used_at is None
        assert str(found) == str(found.pk)
    assert len(text) == 67


def test_no_part_of_it_that_opens_something_is_kept(bank: Organisation) -> None:
    text = issued(bank)
    with serving(bank.tenant):
        row = Token.objects.get()
        key = keyring.derive(bank.tenant.id, "token-digest-1")
    kept = " ".join(str(value) for value in vars(row).values())
    assert text[18:61] not in kept
    assert key.hex() not in kept
    assert re.fullmatch(r"1\$[0-9a-f]{32}\$[0-9a-f]{64}", row.digest)


def test_a_mistyped_one_is_known_without_a_database(bank: Organisation) -> None:
    text = issued(bank)
    other = "x" if text[30] != "x" else "y"
    # No tenant is served: a query would fail otherwise.
    for wrong in (text[:30] + other + text[31:], text[:-1], text + "a", "", "sgl_r_", text[4:]):
        with pytest.raises(NotHeld):
            tokens.find(Kind.PASSWORD_RESET, wrong)


@given(st.text(max_size=100))
def test_nothing_else_is_one(text: str) -> None:
    with pytest.raises(NotHeld):
        tokens.find(Kind.TRUSTED_DEVICE, text)


def test_a_right_checksum_alone_opens_nothing(bank: Organisation) -> None:
    text = issued(bank)
    secret = "0" * tokens.SECRET
    body = text[:18] + secret
    assert not holds(bank, body + tokens._checksum(body))
    body = f"sgl_r_{'0' * tokens.LOOKUP}{secret}"
    assert not holds(bank, body + tokens._checksum(body))
    assert holds(bank, text)


def test_one_of_another_kind_or_organisation_opens_nothing(
    bank: Organisation, insurer: Organisation
) -> None:
    text = issued(bank)
    assert not holds(bank, text, Kind.INVITATION)
    assert not holds(insurer, text)
    with serving(bank.tenant):
        row = Token.objects.values().get()
    with serving(insurer.tenant):
        # Even a copied row: the key is another.
        Token.objects.create(**row | {"person_id": None})
    assert not holds(insurer, text)


def test_it_expires(bank: Organisation) -> None:
    text = issued(bank)
    with serving(bank.tenant):
        Token.objects.update(created_at=timezone.now() - 2 * HOUR, expires_at=timezone.now() - HOUR)
    assert not holds(bank, text)


def test_the_database_keeps_none_without_an_end(bank: Organisation) -> None:
    with serving(bank.tenant), pytest.raises(IntegrityError):
        tokens.issue(Kind.TRUSTED_DEVICE, lifetime=dt.timedelta())


def test_some_open_once_and_some_again(bank: Organisation) -> None:
    for kind in Kind:
        text = issued(bank, kind)
        with serving(bank.tenant):
            row = tokens.find(kind, text)
            tokens.use(row)
            row.refresh_from_db()
            assert row.last_used_at is not None
        assert holds(bank, text, kind) == (kind is Kind.TRUSTED_DEVICE)


def test_of_two_at_once_one_uses_it(bank: Organisation) -> None:
    text, used = issued(bank), []
    barrier = threading.Barrier(4)

    def try_it() -> None:
        with serving(bank.tenant):
            row = tokens.find(Kind.PASSWORD_RESET, text)
            barrier.wait()
            try:
                tokens.use(row)
            except NotHeld:
                return
            used.append(row.pk)

    threads = [threading.Thread(target=try_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(used) == 1


def test_it_can_be_withdrawn(bank: Organisation) -> None:
    text = issued(bank)
    with serving(bank.tenant):
        row = tokens.find(Kind.PASSWORD_RESET, text)
        tokens.end(row)
        tokens.end(row)
    assert not holds(bank, text)


def test_all_of_somebody_or_of_something_can_be_withdrawn(bank: Organisation) -> None:
    hers, his, other = issued(bank), "", issued(bank, Kind.TRUSTED_DEVICE)
    with serving(bank.tenant):
        his = tokens.issue(
            Kind.PASSWORD_RESET, person=bank.ben, scope={"what": "some"}, lifetime=HOUR
        )
        tokens.end_all(Kind.PASSWORD_RESET, person=bank.ada)
    assert not holds(bank, hers)
    assert holds(bank, his)
    with serving(bank.tenant):
        tokens.end_all(Kind.PASSWORD_RESET, what="some")
    assert not holds(bank, his)
    assert holds(bank, other, Kind.TRUSTED_DEVICE)


def test_a_scanner_finds_them_by_the_documented_form(bank: Organisation) -> None:
    [expression] = re.findall(r"^    (\S*sgl_\S*)$", PAGE.read_text(), re.MULTILINE)
    for kind in Kind:
        text = issued(bank, kind)
        assert re.findall(expression, f"curl -H 'Authorization: Bearer {text}'") == [text]
        assert not re.search(expression, text[:-1])
    rows = re.findall(r"^\| `([a-z])` \|", PAGE.read_text(), re.MULTILINE)
    assert rows == [str(kind) for kind in Kind]


def test_what_was_over_a_month_ago_is_deleted(bank: Organisation) -> None:
    with serving(bank.tenant):
        of_old = [Kind.TRUSTED_DEVICE, Kind.INVITATION, Kind.PASSWORD_RESET]
        for kind in [*of_old, Kind.CLIENT_LINK]:
            tokens.issue(kind, lifetime=HOUR)
        tokens.end(Token.objects.get(kind=Kind.INVITATION))
        issue_code("proof", "contact:1", dt.timedelta(minutes=10))
        month = dt.timedelta(days=31)
        aged = {name: F(name) - month - HOUR for name in ("created_at", "expires_at", "ended_at")}
        Token.objects.filter(kind__in=of_old).update(**aged)
        delete_tokens()
        # Ended or run out, it is all the same; what still holds stays, and so does a code of today.
        assert [row.kind for row in Token.objects.all()] == [Kind.CLIENT_LINK]
        assert Code.objects.count() == 1
        Code.objects.update(**aged)
        delete_tokens()
        assert not Code.objects.exists()

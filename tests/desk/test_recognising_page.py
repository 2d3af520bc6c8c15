"""The page on which administrators keep the keys of their website."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from siegel.desk.administration.recognising import REFUSALS, WHY_NOT
from siegel.identity import client_keys
from siegel.identity.client_tokens import RefusedToken, Why, note_refusal
from siegel.identity.models import ClientKey, Session
from siegel.identity.session_engine import SessionStore
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.client_signing import Website, pem_of, secret_pem_of

PAGE = "/administration/clients/"


def posted(bank: Organisation, **told: str) -> Any:
    website = Website(bank)
    form = {"name": "Online-Banking", "key": pem_of(website.private), **told}
    return bank.desk(bank.mia).post(PAGE, form)


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_key_is_added_shown_and_withdrawn(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    assert "No key yet" in text_of(mia.get(PAGE))
    answer = posted(bank, kid="eins", since="2026-01-01", until="9999-12-30")
    assert answer.headers["Location"] == f"{PAGE}?done=client-key-added"
    with serving(bank.tenant):
        key = ClientKey.objects.get()
    # Days are those of the organisation.
    assert key.valid_from == dt.datetime(2025, 12, 31, 23, tzinfo=dt.UTC)
    page = text_of(mia.get(answer.headers["Location"]))
    for shown in ("Online-Banking", "eins", "EdDSA", "added by", "Mia Maurer", "bank.test"):
        assert shown in page
    address = f"{PAGE}keys/{key.pk}/withdraw/"
    assert "refused at once" in text_of(mia.get(address))
    assert mia.post(address).headers["Location"] == f"{PAGE}?done=client-key-withdrawn"
    assert mia.post(address).status_code == 404
    page = text_of(mia.get(PAGE))
    assert "withdrawn" in page
    assert address not in page


def test_two_who_withdraw_at_once(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    key = Website(bank).known()

    def gone(*_: object) -> None:
        raise client_keys.Gone

    monkeypatch.setattr(client_keys, "withdraw_key", gone)
    answer = bank.desk(bank.mia).post(f"{PAGE}keys/{key.pk}/withdraw/")
    assert answer.headers["Location"] == f"{PAGE}?done=client-key-gone"


def test_what_cannot_be_taken_is_said_beside_its_field(bank: Organisation) -> None:
    secret = secret_pem_of(Website(bank).private)
    for told, said in (
        ({"key": secret}, "This is a secret key."),
        ({"name": ""}, "This field is required."),
        ({"kid": "a b"}, "Letters, digits, dots"),
        ({"until": "2020-01-01"}, "has passed"),
        ({"since": "tomorrow"}, "Enter a valid date."),
    ):
        answer = posted(bank, **told)
        assert answer.status_code == 422
        assert said in text_of(answer)
    with serving(bank.tenant):
        assert not ClientKey.objects.exists()


def test_every_refusal_has_its_words() -> None:
    assert set(REFUSALS) == set(Why)
    assert all(str(text) for text in WHY_NOT.values())


def test_states_and_the_ends_of_the_calendar(bank: Organisation) -> None:
    now, day = timezone.now(), dt.timedelta(days=1)
    Website(bank, kid="later").known(valid_from=now + day)
    over = Website(bank, kid="over").known(valid_until=now + day)
    Website(bank, kid="now").known()
    with serving(bank.tenant):
        ClientKey.objects.filter(pk=over.pk).update(valid_until=now)
    page = text_of(bank.desk(bank.mia).get(PAGE))
    for state in ("not valid yet", "has expired", "<span>valid</span>"):
        assert state in page
    posted(bank, kid="ever", until="9999-12-31")
    with serving(bank.tenant):
        assert ClientKey.objects.get(kid="ever").valid_until is None


def test_refusals_are_shown_by_reason(bank: Organisation) -> None:
    key = Website(bank).known()
    with serving(bank.tenant):
        note_refusal(RefusedToken(Why.AUDIENCE, key))
        note_refusal(RefusedToken(Why.MALFORMED))
    page = text_of(bank.desk(bank.mia).get(PAGE))
    assert "it is meant for somebody else (aud)" in page
    assert "it is no token" in page


def test_keys_are_changed_by_whoever_has_just_proved_who_they_are(bank: Organisation) -> None:
    mia, key = bank.desk(bank.mia), Website(bank).known()
    with serving(bank.tenant):
        Session.objects.update(authenticated_at=timezone.now() - dt.timedelta(minutes=6))
    assert mia.get(PAGE).status_code == 200
    form = {"name": "Zweiter", "key": pem_of(Website(bank).private)}
    for answer in (mia.post(PAGE, form), mia.post(f"{PAGE}keys/{key.pk}/withdraw/")):
        assert answer.headers["Location"].startswith("/account/confirm/")
    with serving(bank.tenant):
        assert ClientKey.objects.get().withdrawn_at is None


def test_a_private_key_that_was_pasted_is_not_even_kept_until_confirmed(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    with serving(bank.tenant):
        Session.objects.update(authenticated_at=timezone.now() - dt.timedelta(minutes=6))
    answer = mia.post(PAGE, {"name": "Key", "key": "-----BEGIN PRIVATE KEY-----"})
    assert answer.headers["Location"].endswith("&kept=no")
    with serving(bank.tenant):
        session = SessionStore(mia.cookies["__Host-session"].value)
        assert "PRIVATE" not in str(dict(session.items()))

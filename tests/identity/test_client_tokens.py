"""Tokens in which a website says who a client is: what is accepted, and every refusal."""

import base64
import datetime as dt
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm

from siegel.identity import client_tokens
from siegel.identity.client_keys import withdraw_key
from siegel.identity.client_tokens import (
    Claims,
    RefusedToken,
    Why,
    forget_used,
    note_refusal,
    recognised_by,
)
from siegel.identity.models import ClientKey, RefusedClientToken, UsedClientToken
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.client_signing import Website, pem_of

DAY = dt.timedelta(days=1)


def why(bank: Organisation, token: str) -> Why | None:
    """Why a token is refused; None if it is accepted."""
    with serving(bank.tenant):
        try:
            recognised_by(token)
        except RefusedToken as refusal:
            return refusal.why
    return None


def part(content: dict[str, Any] | bytes) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "private", [ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()]
)
def test_who_is_named_is_recognised(bank: Organisation, private: Any) -> None:
    website = Website(bank, private=private)
    key = website.known()
    with serving(bank.tenant):
        token = website.token("kunde/4711", name=" Vera  Voss ", email="vera@kunde.example")
        who = recognised_by(token)
    assert (who.subject, who.name, who.email) == ("kunde/4711", "Vera Voss", "vera@kunde.example")
    assert who.key.pk == key.pk


def test_each_is_accepted_once_and_kept_until_it_would_be_refused_anyway(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    website = Website(bank)
    website.known()
    token = website.token()
    assert why(bank, token) is None
    assert why(bank, token) == Why.USED
    # Another signature of the same is the same.
    assert why(bank, website.token(jti=jwt.decode(token, options=UNVERIFIED)["jti"])) == Why.USED
    with serving(bank.tenant):
        used = UsedClientToken.objects.get()
        assert str(used) in used.digest
        forget_used()
        assert UsedClientToken.objects.exists()
        late = timezone.now() + dt.timedelta(minutes=8)
        monkeypatch.setattr(timezone, "now", lambda: late)
        forget_used()
        assert not UsedClientToken.objects.exists()
        monkeypatch.setattr(time, "time", late.timestamp)
    assert why(bank, token) == Why.EXPIRED


UNVERIFIED: Any = {"verify_signature": False}


def at(**offsets: int) -> Callable[[], dict[str, int]]:
    """Claims that are so many seconds from now."""
    return lambda: {name: int(time.time()) + by for name, by in offsets.items()}


TIMES: dict[str, tuple[Callable[[], dict[str, int]], Why | None]] = {
    "the whole five minutes": (at(iat=0, exp=300), None),
    "longer": (at(iat=0, exp=301), Why.TOO_LONG_LIVED),
    "no time": (at(iat=0, exp=0), Why.TOO_LONG_LIVED),
    "backwards": (at(iat=10, exp=5), Why.TOO_LONG_LIVED),
    "long from the past": (at(iat=-300, exp=10), Why.TOO_LONG_LIVED),
    "a clock that is slow": (at(iat=-300, exp=-50), None),
    "over": (at(iat=-300, exp=-61), Why.EXPIRED),
    "a clock that is fast": (at(iat=50, exp=300), None),
    "from the future": (at(iat=70, exp=300), Why.NOT_YET_VALID),
    "not before in a moment": (at(iat=0, nbf=50, exp=300), None),
    "not before later": (at(iat=0, nbf=70, exp=300), Why.NOT_YET_VALID),
}


@pytest.mark.parametrize(("times", "expected"), TIMES.values(), ids=list(TIMES))
def test_times_with_a_minute_of_skew(
    bank: Organisation, times: Callable[[], dict[str, int]], expected: Why | None
) -> None:
    website = Website(bank)
    website.known()
    assert why(bank, website.token(**times())) == expected


CLAIMS: dict[str, tuple[dict[str, Any], Why]] = {
    "for another": ({"aud": "insurer.test"}, Why.AUDIENCE),
    "for several": ({"aud": ["bank.test", "insurer.test"]}, Why.CLAIMS),
    "for nobody": ({"aud": ...}, Why.CLAIMS),
    "for the chat's host": ({"aud": "chat.bank.test"}, Why.AUDIENCE),
    "nobody": ({"sub": ...}, Why.CLAIMS),
    "what shows as something else": ({"sub": "a\u202eb"}, Why.CLAIMS),
    "address too long": (
        {"email": f"{'x' * 60}@{'y' * 60}.{'y' * 60}.{'z' * 63}.example.org"},
        Why.CLAIMS,
    ),
    "an empty one": ({"sub": ""}, Why.CLAIMS),
    "a number": ({"sub": 4711}, Why.CLAIMS),
    "a long one": ({"sub": "4" * 201}, Why.CLAIMS),
    "an invisible one": ({"sub": "4711\x00"}, Why.CLAIMS),
    "one with a space around": ({"sub": " 4711"}, Why.CLAIMS),
    "without an id": ({"jti": ...}, Why.CLAIMS),
    "a long id": ({"jti": "x" * 201}, Why.CLAIMS),
    "without an end": ({"exp": ...}, Why.CLAIMS),
    "without a beginning": ({"iat": ...}, Why.CLAIMS),
    "an end in words": ({"exp": "tomorrow"}, Why.CLAIMS),
    "no end": ({"exp": float("inf")}, Why.MALFORMED),
    "an end beyond all": ({"exp": 2**70}, Why.CLAIMS),
    "a yes for an end": ({"exp": True}, Why.CLAIMS),
    "a list for a name": ({"name": ["Vera"]}, Why.CLAIMS),
    "a long name": ({"name": "x" * 121}, Why.CLAIMS),
    "no address": ({"email": "vera"}, Why.CLAIMS),
}


@pytest.mark.parametrize(("changed", "expected"), CLAIMS.values(), ids=list(CLAIMS))
def test_what_it_must_say(bank: Organisation, changed: dict[str, Any], expected: Why) -> None:
    website = Website(bank)
    website.known()
    assert why(bank, website.token(**changed)) == expected
    with serving(bank.tenant):
        assert not UsedClientToken.objects.exists()


def test_one_of_a_is_refused_at_b(bank: Organisation, insurer: Organisation) -> None:
    own, theirs = Website(bank), Website(insurer)
    own.known()
    assert why(insurer, own.token()) == Why.KEY_UNKNOWN
    theirs.known()
    # Under the same name there is another key.
    assert why(insurer, own.token()) == Why.SIGNATURE
    # Even of a website that signs for both with one key.
    both = Website(insurer, kid="both", private=own.private)
    both.known()
    shared = Website(bank, kid="both", private=own.private)
    assert why(insurer, shared.token()) == Why.AUDIENCE
    assert why(bank, own.token()) is None


def test_the_algorithm_is_the_keys_and_never_the_tokens(bank: Organisation) -> None:
    website = Website(bank, private=ec.generate_private_key(ec.SECP256R1()))
    website.known()
    claims = website.claims()

    def forged(header: dict[str, Any], signature: bytes = b"") -> str:
        return f"{part({'kid': website.kid, **header})}.{part(claims)}.{part(signature)}"

    for name in ("none", "None", "nOnE"):
        assert why(bank, forged({"alg": name})) == Why.ALGORITHM
    # The public key taken for a secret (RFC 8725, 2.1).
    signed = f"{part({'kid': website.kid, 'alg': 'HS256'})}.{part(claims)}"
    algorithm = jwt.get_algorithm_by_name("HS256")
    mac = algorithm.sign(signed.encode(), pem_of(website.private).encode())
    assert why(bank, f"{signed}.{part(mac)}") == Why.ALGORITHM
    # Another key along with the token, which claims to be the one.
    private = ec.generate_private_key(ec.SECP256R1())
    jwk = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    headers = {"kid": website.kid, "jwk": jwk}
    token = jwt.encode(claims, private, "ES256", headers=headers)
    assert why(bank, token) == Why.SIGNATURE
    # A signature of nothing, and one of the other algorithm.
    assert why(bank, forged({"alg": "ES256"}, bytes(64))) == Why.SIGNATURE
    eddsa = Website(bank, kid=website.kid)
    assert why(bank, eddsa.token()) == Why.ALGORITHM
    assert why(bank, forged({"alg": None})) in {Why.ALGORITHM, Why.MALFORMED}
    assert why(bank, forged({"alg": "ES256", "crit": ["exp"]})) == Why.MALFORMED
    assert why(bank, forged({"alg": "ES256", "b64": False})) == Why.MALFORMED
    assert why(bank, website.token()) is None


def test_keys_overlap_and_end(bank: Organisation) -> None:
    now = timezone.now()
    old, new = Website(bank, kid="old"), Website(bank, kid="new")
    first, _ = old.known(), new.known()
    assert why(bank, old.token()) is None
    assert why(bank, new.token()) is None
    with serving(bank.tenant):
        withdraw_key(bank.mia, first.pk)
    assert why(bank, old.token()) == Why.KEY_WITHDRAWN
    assert why(bank, new.token()) is None
    later = Website(bank, kid="later")
    later.known(valid_from=now + DAY)
    assert why(bank, later.token()) == Why.KEY_NOT_YET_VALID
    over = Website(bank, kid="over")
    key = over.known(valid_until=now + DAY)
    assert why(bank, over.token()) is None
    with serving(bank.tenant):
        ClientKey.objects.filter(pk=key.pk).update(valid_until=now)
    assert why(bank, over.token()) == Why.KEY_EXPIRED
    assert why(bank, Website(bank, kid="unknown").token()) == Why.KEY_UNKNOWN


ODD = [
    "",
    "\ud800",
    ".",
    "..",
    "a.b.c",
    "x" * 5_000,
    "é.é.é",
    f"{part(b'[' * 3000)}.{part({})}.",
    f"{part(b'[1]')}.{part({})}.",
    f"{part({'alg': 'EdDSA', 'kid': 5})}.{part({})}.",
    f"{part({'alg': 'EdDSA', 'kid': chr(0xD800)})}.{part({})}.",
    f"{part({'alg': 'EdDSA', 'kid': chr(0)})}.{part({})}.",
]


@pytest.mark.parametrize("token", ODD, ids=range(len(ODD)))
def test_what_is_no_token(bank: Organisation, token: str) -> None:
    Website(bank).known()
    assert why(bank, token) in {Why.MALFORMED, Why.KEY_UNKNOWN}


@pytest.mark.parametrize(
    "payload", [b"[1]", b"no json", b'{"jti": "\\ud800"}', b'{"a":' * 500, b"\xff"]
)
def test_a_signed_payload_that_is_none(bank: Organisation, payload: bytes) -> None:
    website = Website(bank)
    website.known()
    token = jwt.api_jws.encode(payload, website.private, "EdDSA", headers={"kid": website.kid})
    assert why(bank, token) == Why.MALFORMED


@given(iat=st.integers(0, 2**40 - 1), exp=st.integers(0, 2**40 - 1), nbf=st.integers(0, 2**40 - 1))
def test_whatever_is_accepted_lasts_five_minutes_at_most(iat: int, exp: int, nbf: int) -> None:
    claims = Claims("bank.test", "4711", "x", iat, exp, nbf)
    accepted = [now for now in (iat, nbf, exp) if client_tokens._untimely(claims, now) is None]
    for now in accepted:
        assert exp - iat <= 300
        assert iat - 60 <= now < exp + 60
        assert nbf - 60 <= now


def test_refusals_are_counted_by_reason_and_nothing_else_is_kept(bank: Organisation) -> None:
    website = Website(bank)
    key = website.known()
    with serving(bank.tenant):
        for token in (website.token(aud="x"), website.token(aud="y"), "Vera Voss"):
            with pytest.raises(RefusedToken) as refused:
                recognised_by(token)
            note_refusal(refused.value)
        counted = {(one.code, one.key_id): one.times for one in RefusedClientToken.objects.all()}
        assert counted == {(Why.AUDIENCE, key.pk): 2, (Why.MALFORMED, None): 1}
        assert str(RefusedClientToken.objects.get(key=key)) == "audience-refused 2"


def test_a_key_that_is_withdrawn_while_a_token_is_looked_at(bank: Organisation) -> None:
    website = Website(bank)
    key = website.known()
    with serving(bank.tenant):
        verified = client_tokens.verify(website.token())
        withdraw_key(bank.mia, key.pk)
        with pytest.raises(RefusedToken) as refused:
            client_tokens.use_up(verified)
        assert refused.value.why == Why.KEY_WITHDRAWN
        assert not UsedClientToken.objects.exists()

"""The public keys of a website: what is taken for one, and for how long it holds."""

import datetime as dt
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

from siegel.audit.models import TrailEntry
from siegel.identity import client_keys
from siegel.identity.client_keys import Gone, RefusedKey, add_key, thumbprint, withdraw_key
from siegel.identity.models import ClientKey
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.client_signing import Private, pem_of, secret_pem_of

P256 = ec.generate_private_key(ec.SECP256R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()


def public_pem(private: Any) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return str(private.public_key().public_bytes(serialization.Encoding.PEM, form), "ascii")


def test_a_pem_and_a_jwk_are_the_same_key(bank: Organisation) -> None:
    with serving(bank.tenant):
        pairs: list[tuple[Private, str, dict[str, Any]]] = [
            (P256, "ES256", ECAlgorithm.to_jwk(P256.public_key(), as_dict=True)),
            (ED25519, "EdDSA", OKPAlgorithm.to_jwk(ED25519.public_key(), as_dict=True)),
        ]
        for private, algorithm, jwk in pairs:
            jwk |= {"kid": f"named-{algorithm}", "use": "sig"}
            by_pem = add_key(bank.mia, name="PEM", text=pem_of(private))
            by_jwk = add_key(bank.mia, name="JWK", text=f" {json.dumps(jwk)}\n")
            assert by_pem.algorithm == by_jwk.algorithm == algorithm
            assert by_pem.public == by_jwk.public == pem_of(private)
            assert by_jwk.kid == str(by_jwk) == f"named-{algorithm}"
            assert by_pem.kid == thumbprint(private.public_key())
        assert TrailEntry.objects.filter(action="client-key.added").count() == 4


def test_a_thumbprint_is_that_of_the_standard() -> None:
    # RFC 8037, A.3.
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    key = OKPAlgorithm.from_jwk(json.dumps(jwk))
    assert thumbprint(key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"  # type: ignore[arg-type]


REFUSED = {
    "": "key-not-understood",
    "no key": "key-not-understood",
    "x" * 4_001: "key-not-understood",
    "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----": "key-not-understood",
    "{": "key-not-understood",
    "{}": "key-not-understood",
    '{"kty": "EC", "crv": "P-256", "x": 1, "y": []}': "key-not-understood",
    "{" + '"a":{' * 700: "key-not-understood",
    secret_pem_of(P256): "key-private",
    secret_pem_of(ED25519): "key-private",
    json.dumps(ECAlgorithm.to_jwk(P256, as_dict=True)): "key-private",
    '{"kty": "oct", "k": "c2VjcmV0"}': "key-private",
    public_pem(rsa.generate_private_key(65537, 2048)): "key-of-other-sort",
    public_pem(ec.generate_private_key(ec.SECP384R1())): "key-of-other-sort",
    public_pem(ed448.Ed448PrivateKey.generate()): "key-of-other-sort",
}


@pytest.mark.parametrize(("text", "code"), REFUSED.items(), ids=lambda of: of[:30] or "empty")
def test_what_is_no_public_key_of_the_two_sorts(bank: Organisation, text: str, code: str) -> None:
    with serving(bank.tenant):
        with pytest.raises(RefusedKey) as refused:
            add_key(bank.mia, name="Website", text=text)
        assert (refused.value.field, refused.value.code) == ("key", code)
        assert not ClientKey.objects.exists()


def test_names_ids_and_days(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    now, day = timezone.now(), dt.timedelta(days=1)
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"name": " "}, "name", "name-empty"),
        ({"name": "x" * 61}, "name", "name-too-long"),
        ({"kid": "a b"}, "kid", "kid-refused"),
        ({"kid": "x" * 65}, "kid", "kid-refused"),
        ({"valid_until": now}, "until", "until-passed"),
        ({"valid_from": now + day, "valid_until": now + day}, "until", "until-passed"),
    ]
    with serving(bank.tenant):
        for told, field, code in wrong:
            with pytest.raises(RefusedKey) as refused:
                add_key(bank.mia, **{"name": "Website", "text": pem_of(P256), **told})
            assert (refused.value.field, refused.value.code) == (field, code)
        first = add_key(bank.mia, name="Website", text=pem_of(P256), kid="one")
        withdraw_key(bank.mia, first.pk)
        # Its id is never another key's.
        with pytest.raises(RefusedKey, match="kid-taken"):
            add_key(bank.mia, name="Website", text=pem_of(ED25519), kid="one")
        monkeypatch.setattr(client_keys, "MOST_KEYS", 1)
        add_key(bank.mia, name="Website", text=pem_of(P256), kid="two")
        with pytest.raises(RefusedKey, match="too-many-keys"):
            add_key(bank.mia, name="Website", text=pem_of(P256), kid="three")


def test_only_an_administrator_adds_and_withdraws_once(bank: Organisation) -> None:
    with serving(bank.tenant):
        with pytest.raises(PermissionDenied):
            add_key(bank.ada, name="Website", text=pem_of(P256))
        key = add_key(bank.mia, name="Website", text=pem_of(P256))
        with pytest.raises(PermissionDenied):
            withdraw_key(bank.ada, key.pk)
        withdraw_key(bank.mia, key.pk)
        with pytest.raises(Gone):
            withdraw_key(bank.mia, key.pk)
        entry = TrailEntry.objects.get(action="client-key.withdrawn")
        assert (entry.actor, entry.subject) == (f"person:{bank.mia.pk}", f"client-key:{key.pk}")
        assert entry.detail == {"kid": key.kid, "algorithm": "ES256"}


@pytest.mark.parametrize("kid", [None, 7, ["eins"]])
def test_an_id_in_a_jwk_that_is_no_text(bank: Organisation, kid: object) -> None:
    jwk = ECAlgorithm.to_jwk(P256.public_key(), as_dict=True) | {"kid": kid}
    with serving(bank.tenant):
        with pytest.raises(RefusedKey) as refused:
            add_key(bank.mia, name="Website", text=json.dumps(jwk))
        assert (refused.value.field, refused.value.code) == ("kid", "kid-refused")
        assert not ClientKey.objects.exists()

"""Keys, caches and names of one tenant mean nothing at another."""

import pytest
from django.conf import settings
from django.core import signing
from django.core.cache import cache

from siegel.tenancy.checks import INSIDE_DATA, keys_lie_apart_from_data
from siegel.tenancy.context import NoTenantServed, serving
from siegel.tenancy.names import tenant_scoped
from tests.cast import Organisation


def test_a_signature_of_one_is_not_the_others(bank: Organisation, insurer: Organisation) -> None:
    with serving(bank.tenant):
        signed = signing.dumps("x")
        assert signing.loads(signed) == "x"
    with serving(insurer.tenant), pytest.raises(signing.BadSignature):
        signing.loads(signed)


def test_without_a_tenant_nothing_is_signed() -> None:
    with pytest.raises(NoTenantServed):
        signing.dumps("x")


def test_the_signing_key_shows_itself_nowhere(bank: Organisation) -> None:
    key = settings.SECRET_KEY
    with serving(bank.tenant):
        assert str(key) not in repr(key)
    assert bool(key)
    assert len(key) == 64


def test_the_cache_of_one_is_not_the_others(bank: Organisation, insurer: Organisation) -> None:
    with serving(bank.tenant):
        cache.set("x", 1)
        assert cache.get("x") == 1
        assert tenant_scoped("lock", "a") == f"{bank.tenant.id}:lock:a"
    with serving(insurer.tenant):
        assert cache.get("x") is None


def test_keys_inside_the_data_are_a_misconfiguration(monkeypatch: pytest.MonkeyPatch) -> None:
    assert keys_lie_apart_from_data() == []
    monkeypatch.setattr(settings, "SIEGEL_KEYS", settings.SIEGEL_DATA / "keys")
    found = keys_lie_apart_from_data()
    assert [message.id for message in found] == [INSIDE_DATA]
    assert "SIEGEL_KEYS" in found[0].msg

"""A tenant is served as long as its key is there, however warm it is."""

import asyncio

import pytest
from django.conf import settings
from django.db import connections

from siegel.conversations.models import Contact
from siegel.tenancy.availability import Unavailable, open_database
from siegel.tenancy.context import serving
from siegel.tenancy.threads import in_tenant
from tests.cast import Organisation


def kept() -> list[str]:
    return list(connections.kept_aliases())  # type: ignore[attr-defined]


def test_a_key_that_is_taken_away_ends_pages_and_closes_the_connection(
    bank: Organisation, insurer: Organisation, caplog: pytest.LogCaptureFixture
) -> None:
    browser = bank.desk(bank.ada)
    assert browser.get("/inbox/").status_code == 200
    assert bank.tenant.id in kept()
    key = settings.SIEGEL_KEYS / f"{bank.tenant.id}.json"
    away = key.rename(key.with_suffix(".away"))
    assert browser.get("/inbox/").status_code == 503
    assert bank.tenant.id not in kept()
    assert "KeyUnavailable" in caplog.text
    assert insurer.anonymous().get("/sign-in/").status_code == 200
    away.rename(key)
    assert browser.get("/inbox/").status_code == 200


def test_work_for_sockets_and_files_is_refused_too(bank: Organisation) -> None:
    async def count() -> int:
        return await in_tenant(bank.tenant, Contact.objects.count)

    assert asyncio.run(count()) == 0
    (settings.SIEGEL_KEYS / f"{bank.tenant.id}.json").unlink()
    with pytest.raises(Unavailable):
        asyncio.run(count())


def test_asking_for_the_key_opens_nothing_anew(bank: Organisation) -> None:
    with serving(bank.tenant):
        open_database(bank.tenant)
        connection = connections[bank.tenant.id].connection
        open_database(bank.tenant)
        assert connections[bank.tenant.id].connection is connection

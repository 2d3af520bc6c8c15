"""What ASVS 5.0 asks of sessions and accounts and other tests do not show; see docs/asvs.toml."""

import math
import re

import pytest
from django.conf import settings

from siegel.identity.models import Person
from siegel.identity.session_engine import SessionStore
from siegel.tenancy.context import serving
from siegel.tenancy.provisioning import create_tenant
from tests.cast import Organisation
from tests.security.addresses import DESK, Desk

PAGES = [line for line in DESK if line.method == "GET" and "<" not in line.address]


def test_a_new_tenant_has_no_people() -> None:
    with serving(create_tenant("fresh", "fresh.test")):
        assert not Person.objects.exists()


def test_keys_of_sessions_are_drawn_and_long(bank: Organisation) -> None:
    with serving(bank.tenant):
        keys = set()
        for _ in range(200):
            store = SessionStore()
            store.create()
            keys.add(str(store.session_key))
    assert len(keys) == 200
    signs = set("".join(keys))
    assert signs == set("abcdefghijklmnopqrstuvwxyz0123456789")
    bits = {len(key) * math.log2(len(signs)) for key in keys}
    assert min(bits) >= 128


def test_a_session_is_a_row_here_and_the_cookie_its_name_only(bank: Organisation) -> None:
    browser = bank.desk(bank.ada)
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
    assert re.fullmatch(r"[a-z0-9]{32}", cookie)
    assert settings.SESSION_ENGINE == "siegel.identity.session_engine"
    for forged in ("a" * 32, cookie[:-1], cookie.upper(), f"{cookie}0"):
        browser.cookies[settings.SESSION_COOKIE_NAME] = forged
        assert browser.get("/help/").status_code == 302


@pytest.mark.parametrize("line", PAGES, ids=lambda line: line.address or "/")
def test_every_page_shows_how_to_sign_out(bank: Organisation, line: Desk) -> None:
    for person in (bank.ada, bank.mia):
        answer = bank.desk(person).get(f"/{line.address}")
        is_page = answer.headers.get("Content-Type", "").startswith("text/html")
        if answer.status_code == 200 and is_page and b"<html" in answer.content:
            assert b'id="sign-out"' in answer.content, person.name
            assert b'action="/sign-out/"' in answer.content

"""Guessing is slowed down, and the person whose account it is comes in all the same."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.identity.throttle import FREE, LONGEST_SECONDS, Throttled, admit, delay_after
from siegel.tenancy.context import serving
from tests.cast import PASSWORD, Organisation

SECOND = dt.timedelta(seconds=1)
ADA, WRONG = "ada@bank.example", "another one"
Later = Callable[[dt.timedelta], None]


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Puts the clock forward, which stands still otherwise: how busy a machine is says nothing."""
    passed = dt.timedelta()

    def put_forward(by: dt.timedelta) -> None:
        nonlocal passed
        passed += by

    began = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: began + passed)
    return put_forward


def try_from(
    browser: Client, network: str, password: str = WRONG, email: str = ADA
) -> tuple[int, int]:
    """The status, and for how many seconds to wait."""
    sent = {"login": email, "password": password}
    answer = browser.post("/sign-in/", sent, REMOTE_ADDR=network)
    return answer.status_code, int(answer.headers.get("Retry-After", 0))


def actions(bank: Organisation) -> list[tuple[str, str, object]]:
    with serving(bank.tenant):
        rows = TrailEntry.objects.filter(action__startswith="sign-in.").order_by("seq")
        return [(row.action, row.subject, row.detail["code"]) for row in rows]


def test_every_failure_doubles_the_time_up_to_five_minutes() -> None:
    assert [delay_after(failures) for failures in range(FREE)] == [0] * FREE
    assert [delay_after(FREE + more) for more in range(9)] == [2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert delay_after(10**9) == LONGEST_SECONDS == 300


def test_a_thousand_tries_of_strangers_keep_nobody_out(bank: Organisation, later: Later) -> None:
    own = bank.anonymous()
    assert try_from(own, "192.0.2.7", PASSWORD)[0] == 302
    own.post("/sign-out/")
    tried = [strangers_try(bank, count, later) for count in range(1000)]
    # Though they come from 250 networks, each of which gets one try for every time it has waited.
    assert FREE < sum(tried) < 500
    # On their own device they come in at once, also from the network of a stranger.
    assert try_from(own, "198.51.100.1", PASSWORD)[0] == 302
    # On a new one they wait, whatever strangers do meanwhile, and then come in.
    new = bank.anonymous()
    status, wait = try_from(new, "203.0.113.9", PASSWORD)
    assert status == 429
    assert 0 < wait <= LONGEST_SECONDS
    for count in range(wait):
        strangers_try(bank, count, later)
    assert try_from(new, "203.0.113.9", PASSWORD)[0] == 302


def strangers_try(bank: Organisation, count: int, later: Later) -> bool:
    """Another one each second, of 250 networks; returns whether it is let through."""
    later(SECOND)
    with serving(bank.tenant):
        try:
            admit(ADA, known_device="", network=f"198.51.100.{count % 250}")
        except Throttled as throttled:
            # Never longer, nobody is locked out.
            return throttled.seconds > LONGEST_SECONDS
    return True


def test_the_page_says_how_long_to_wait(bank: Organisation, later: Later) -> None:
    browser = bank.anonymous()
    for _ in range(FREE):
        assert try_from(browser, "192.0.2.7") == (200, 0)
    for seconds, english, german in [
        (2, "try again in 2 seconds", "in 2 Sekunden"),
        (64, "try again in 2 minutes", "in 2 Minuten"),
    ]:
        for network in range(1, 200):
            texts = [asked(browser, "en", network), asked(browser, "de", network)]
            assert [text.status_code for text in texts] == [429, 429]
            waits = int(texts[0].headers["Retry-After"])
            if waits == seconds:
                break
            later(waits * SECOND)
            assert try_from(browser, f"198.51.100.{network}") == (200, 0)
        assert english in texts[0].content.decode()
        assert german in texts[1].content.decode()


def asked(browser: Client, language: str, network: int) -> Any:
    sent = {"login": ADA, "password": PASSWORD}
    told = {"accept-language": language}
    return browser.post("/sign-in/", sent, headers=told, REMOTE_ADDR=f"203.0.113.{network}")


def test_a_known_device_counts_for_itself(bank: Organisation, later: Later) -> None:
    own, other = bank.anonymous(), bank.anonymous()
    for browser in (own, other):
        assert try_from(browser, "192.0.2.7", PASSWORD)[0] == 302
        browser.post("/sign-out/")
    for _ in range(FREE):
        assert try_from(own, "192.0.2.7") == (200, 0)
    assert try_from(own, "192.0.2.8", PASSWORD) == (429, 2)
    # Neither another device of theirs nor whoever has none waits for it.
    assert try_from(other, "192.0.2.7", PASSWORD)[0] == 302
    assert try_from(bank.anonymous(), "192.0.2.9")[0] == 200
    later(2 * SECOND)
    assert try_from(own, "192.0.2.7", PASSWORD)[0] == 302
    # Having come in, it begins anew.
    own.post("/sign-out/")
    for _ in range(FREE):
        assert try_from(own, "192.0.2.7") == (200, 0)


def test_coming_in_forgives_others_one_failure_only(bank: Organisation) -> None:
    with serving(bank.tenant):
        for _ in range(FREE - 1):
            admit(ADA, known_device="", network="198.51.100.1")
        admit(ADA, known_device="", network="192.0.2.7").succeeded()
        admit(ADA, known_device="", network="198.51.100.1")
        with pytest.raises(Throttled):
            admit(ADA, known_device="", network="198.51.100.1")


def test_of_many_at_once_not_more_get_through(bank: Organisation) -> None:
    def tries(count: int) -> bool:
        with serving(bank.tenant):
            try:
                admit(ADA, known_device="", network=f"198.51.100.{count}")
            except Throttled:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(tries, range(40))) == FREE


def test_a_place_is_of_one_network_and_good_once(bank: Organisation, later: Later) -> None:
    with serving(bank.tenant):
        for _ in range(FREE + 3):
            later(20 * SECOND)
            admit(ADA, known_device="", network="198.51.100.1")
        for network in ("192.0.2.7", "192.0.2.8"):
            with pytest.raises(Throttled) as waits:
                admit(ADA, known_device="", network=network)
            assert waits.value.seconds == 16
        later(16 * SECOND)
        admit(ADA, known_device="", network="192.0.2.7")
        # Whoever has waited comes in although another one was first; whoever has not waits.
        admit(ADA, known_device="", network="192.0.2.8")
        for network in ("192.0.2.8", "192.0.2.9"):
            with pytest.raises(Throttled) as waits:
                admit(ADA, known_device="", network=network)
            assert waits.value.seconds == 64


def test_a_network_may_fail_ten_times_a_minute(bank: Organisation) -> None:
    own = bank.anonymous()
    assert try_from(own, "192.0.2.7", PASSWORD)[0] == 302
    own.post("/sign-out/")
    for count in range(10):
        assert try_from(bank.anonymous(), "192.0.2.7", email=f"{count}@bank.example") == (200, 0)
    for _ in range(3):
        assert try_from(bank.anonymous(), "192.0.2.7", PASSWORD) == (429, 60)
    # Others, and who is known, are not concerned.
    assert try_from(bank.anonymous(), "192.0.2.8", PASSWORD)[0] == 302
    assert try_from(own, "192.0.2.7", PASSWORD)[0] == 302
    noted = [row for row in actions(bank) if row[0] == "sign-in.throttled"]
    assert noted == [("sign-in.throttled", "sign-in", "network")]


def test_who_is_only_waiting_uses_nothing_up(bank: Organisation, later: Later) -> None:
    for _ in range(FREE + 1):
        try_from(bank.anonymous(), "198.51.100.1")
    for _ in range(20):
        assert try_from(bank.anonymous(), "192.0.2.7", PASSWORD)[0] == 429
    later(4 * SECOND)
    assert try_from(bank.anonymous(), "192.0.2.7", PASSWORD)[0] == 302


def test_slowing_down_is_noted_once(bank: Organisation) -> None:
    own = bank.anonymous()
    assert try_from(own, "192.0.2.7", PASSWORD)[0] == 302
    own.post("/sign-out/")
    for browser in (own, bank.anonymous()):
        for _ in range(FREE + 3):
            try_from(browser, "192.0.2.7")
    for _ in range(FREE + 3):
        try_from(bank.anonymous(), "192.0.2.8", email="nobody@bank.example")
    noted = [row[1:] for row in actions(bank) if row[0] == "sign-in.throttled"]
    ada = f"person:{bank.ada.pk}"
    assert noted == [(ada, "device"), (ada, "account"), ("sign-in", "account")]


def test_counters_are_the_tenants(bank: Organisation, insurer: Organisation) -> None:
    for _ in range(FREE + 1):
        try_from(bank.anonymous(), "192.0.2.7", email="ada@insurer.example")
    assert try_from(bank.anonymous(), "192.0.2.7", email="ada@insurer.example")[0] == 429
    there = insurer.anonymous()
    assert try_from(there, "192.0.2.7", PASSWORD, "ada@insurer.example")[0] == 302


def test_what_is_counted_names_nobody(bank: Organisation) -> None:
    for _ in range(FREE + 1):
        try_from(bank.anonymous(), "192.0.2.7")
    with serving(bank.tenant), connections[bank.tenant.id].cursor() as cursor:
        cursor.execute("SELECT cache_key FROM siegel_cache")
        keys = [key for (key,) in cursor.fetchall()]
    assert [key for key in keys if "sign-in" in key]
    assert [key for key in keys if "bank.example" in key] == []

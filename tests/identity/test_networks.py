"""Addresses and networks, as guesses and conversations are counted by them."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory

from siegel.identity.adapter import ClosedAccounts
from siegel.identity.networks import address_of, network_of
from tests.cast import Organisation
from tests.identity.test_throttle import WRONG, try_from


@pytest.mark.parametrize(
    ("text", "address", "network"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.0/24"),
        ("2001:db8::1:2:3:4", "2001:db8::1:2:3:4", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::1%eth0", "fe80::/64"),
        ("unknown", "None", "None"),
        ("", "None", "None"),
    ],
)
def test_an_address_and_its_network(text: str, address: str, network: str) -> None:
    assert str(address_of(text)) == address
    assert str(network_of(text)) == network


def test_a_place_is_an_address_also_where_it_is_written_as_the_longer_kind(
    bank: Organisation,
) -> None:
    browser = bank.anonymous()
    tried = [try_from(browser, "::ffff:192.0.2.1", WRONG, f"{n}@x.example") for n in range(11)]
    assert [status for status, _ in tried] == [200] * 10 + [429]
    # Another address has a count of its own, and the same one has this, however it is written.
    assert try_from(browser, "::ffff:192.0.2.2", WRONG, "a@x.example")[0] == 200
    assert try_from(browser, "192.0.2.1", WRONG, "b@x.example")[0] == 429


def test_what_is_no_address_is_refused() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="a proxy's word")
    with pytest.raises(PermissionDenied):
        ClosedAccounts().get_client_ip(request)

"""A change that a foreign page can make is found."""

from contextlib import AbstractContextManager
from unittest import mock

import pytest
from django.middleware.csrf import CsrfViewMiddleware

from siegel import asgi, security_headers
from siegel.trust.checks import scene
from siegel.trust.checks.forged_requests import examine_forged_requests


def test_a_desk_that_asks_for_no_token_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CsrfViewMiddleware, "_check_token", lambda *_: None)
    monkeypatch.setattr(CsrfViewMiddleware, "_origin_verified", lambda *_: True)
    faults = examine_forged_requests().faults
    assert any("POST desk /inbox/<uuid:identifier>/resolve/" in fault for fault in faults)
    assert any("PUT desk /inbox/<uuid:identifier>/draft/" in fault for fault in faults)


def test_leave_for_foreign_pages_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    more = security_headers.ALWAYS | {"Access-Control-Allow-Origin": "*"}
    monkeypatch.setattr(security_headers, "ALWAYS", more)
    assert "chat /contact lets foreign pages in" in examine_forged_requests().faults


def test_a_socket_for_foreign_pages_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "is_own_page", lambda origin, host: True)
    assert "the socket opens for foreign pages" in examine_forged_requests().faults


def test_that_everything_is_refused_proves_nothing() -> None:
    def wrong_secret() -> AbstractContextManager[object]:
        return mock.patch.object(scene.Scene, "proofs", return_value={})

    with pytest.raises(LookupError):
        examine_forged_requests(wrong_secret)

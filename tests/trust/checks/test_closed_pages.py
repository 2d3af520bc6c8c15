"""A missing header, a kept page and an unguarded cookie are found."""

import re

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from siegel import security_headers
from siegel.identity.models import Organisation as Settings
from siegel.tenancy.availability import Unavailable
from siegel.tenancy.context import serving
from siegel.trust.checks import closed_pages, framing
from siegel.trust.checks.addresses import all_addresses, desk_address
from siegel.trust.checks.asking import Answer
from siegel.trust.checks.closed_pages import cookie_faults, examine_closed_pages, policy_faults
from siegel.trust.checks.framing import examine_framing
from siegel.trust.checks.scene import scenes
from siegel.trust.checks.walking import in_turn
from tests.cast import Organisation

POLICY = security_headers.content_security_policy()


def page(body: str = "", policy: str = POLICY) -> Answer:
    headers = (("content-type", "text/html"), ("content-security-policy", policy))
    return Answer(200, headers, body.encode())


def test_weaker_headers_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security_headers, "HSTS", "max-age=1")
    monkeypatch.setattr(
        security_headers, "ALWAYS", security_headers.ALWAYS | {"Permissions-Policy": "camera=()"}
    )
    monkeypatch.setattr(settings, "SESSION_COOKIE_HTTPONLY", False)
    faults = " ".join(examine_closed_pages().faults)
    assert "encryption is not asked for" in faults
    assert "may ask for microphone" in faults
    assert "read by scripts" in faults


def test_a_canary_that_overlooks_cookies_notices_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faults = closed_pages.plant_each().faults
    assert any("read by scripts" in fault for fault in faults)
    assert settings.SESSION_COOKIE_HTTPONLY
    monkeypatch.setattr(closed_pages, "cookie_faults", lambda _: iter(()))
    assert closed_pages.plant_each().faults == ()


@pytest.mark.parametrize("others", [(), ("a", "b", "c")])
def test_a_cookie_that_was_not_set_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, others: tuple[str, ...]
) -> None:
    instead = [Answer(200, (("set-cookie", f"__Host-{name}=x"),), b"") for name in others]
    monkeypatch.setattr(closed_pages, "_giving_cookies", lambda scene: iter(instead))
    monkeypatch.setattr(closed_pages, "in_turn", lambda scene: [])
    with pytest.raises(LookupError):
        examine_closed_pages()


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (page(policy=POLICY.replace("default-src 'none'", "default-src *")), "with nothing"),
        (page(policy=POLICY.replace("img-src 'self'", "img-src https:")), "is not ours"),
        (page(policy=POLICY.replace("script-src 'self'", "script-src data:")), "is not ours"),
        (page(policy="default-src 'none'"), "leaves forms"),
        (page("<p><script>alert(1)</script>"), "a script stands"),
    ],
)
def test_what_a_policy_lets_in_is_found(answer: Answer, fault: str) -> None:
    assert any(fault in found for found in policy_faults(answer))


def test_data_and_files_of_ours_are_no_script_in_the_page() -> None:
    body = '<script src="/static/a.js" defer></script><script id="a" type="application/json">{}'
    assert [*policy_faults(page(body))] == []


@pytest.mark.parametrize(
    ("cookie", "fault"),
    [
        ("session=a; Path=/; Secure; HttpOnly; SameSite=Lax", "bound to its host"),
        ("__Host-a=a; Path=/; Domain=x; Secure; HttpOnly; SameSite=Lax", "bound to its host"),
        ("__Host-a=a; Secure; HttpOnly; SameSite=Lax", "bound to its host"),
        ("__Host-a=a; Path=/; HttpOnly; SameSite=Lax", "travel openly"),
        ("__Host-a=a; Path=/; Secure; HttpOnly; SameSite=None", "foreign pages"),
        ("__Host-a=a; Path=/; Secure; HttpOnly", "foreign pages"),
    ],
)
def test_a_cookie_with_a_guard_less_is_found(cookie: str, fault: str) -> None:
    answer = Answer(200, (("set-cookie", cookie),), b"")
    assert [found for found in cookie_faults(answer) if fault in found]


def test_frames_for_everybody_are_found(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from siegel.widget import views

    with serving(bank.tenant):
        Settings.objects.update(page_origins=["https://*.bank.example"])
    monkeypatch.setattr(
        views, "content_security_policy", lambda **_: POLICY + "; frame-ancestors *"
    )
    faults = examine_framing().faults
    assert "chat /: other pages than those that are named may show it in a frame" in faults
    assert f"{bank.tenant.id} names a page that is no origin" in faults


def test_what_only_answers_to_a_post_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    pattern = desk_address("ticket").pattern
    assert pattern is not None
    view = pattern.callback

    def loose(request: HttpRequest) -> HttpResponse:
        answer: HttpResponse = view(request)
        if answer.status_code == 200:
            answer.headers["Content-Security-Policy"] = "default-src *"
            answer.headers["X-Frame-Options"] = "SAMEORIGIN"
        return answer

    monkeypatch.setattr(pattern, "callback", loose)
    assert "desk /socket-ticket/: old browsers show it in a frame" in examine_framing().faults
    closed = examine_closed_pages()
    assert "desk /socket-ticket/: the policy lets in what is not ours" in closed.faults
    assert closed.is_complete
    (well,) = re.findall(r"(\d+) of which answer with 2xx or 3xx", closed.what.en)
    assert 60 < int(well) < closed.examined


def test_what_changes_something_is_asked_last() -> None:
    with scenes(str) as (scene, _):
        addresses = in_turn(scene)
        methods = [method for _, method in addresses]
        assert [each for each, _ in addresses] != all_addresses()
        assert methods == sorted(methods, key=lambda method: method != "GET")
        assert {"GET", "POST", "PUT", "DELETE"} == set(methods)
        # A session that was ended would leave nothing to look at behind it.
        assert ("desk", "/sign-out/") in {(a.surface, a.route) for a, m in addresses if m == "GET"}


def test_a_tenant_that_does_not_open_is_a_fault_of_framing(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(tenant: object) -> None:
        raise Unavailable("CannotBeOpened")

    monkeypatch.setattr(framing, "open_database", closed)
    assert [*framing._origin_faults(bank.tenant)] == [
        f"{bank.tenant.id} cannot be examined: it does not open"
    ]

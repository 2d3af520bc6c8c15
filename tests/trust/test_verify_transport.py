"""What an outsider is told of header fields, cookies and certificates."""

import ssl
import threading
from collections.abc import Iterator
from http.client import HTTPMessage
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from siegel.trust import verify
from siegel.trust.verify import Answer, Report, Wish, as_text, examine
from tests.trust.publication import HEADERS, Publication, Reply, Stage, ago, published, served


@pytest.fixture
def stage() -> Iterator[Stage]:
    with served(Stage(published())) as started:
        yield started


def look(stage: Stage) -> Report:
    return examine(Wish(stage.url))


# --- Header fields -----------------------------------------------------------------------------

CLOSED = HEADERS["Content-Security-Policy"]


def header_faults(
    *pairs: tuple[str, str], is_https: bool = False, is_chat: bool = False
) -> list[str]:
    headers = HTTPMessage()
    for name, value in pairs:
        headers[name] = value
    answer = Answer(200, headers, iter(()), ago(), ("", ""))
    return list(verify.header_faults(answer, is_https=is_https, is_chat=is_chat))


def policy(text: str, *, is_chat: bool = False) -> list[str]:
    given = [("Content-Security-Policy", text), ("X-Content-Type-Options", "nosniff")]
    return header_faults(*given, is_chat=is_chat)


FRAMED = "may be framed by any page (frame-ancestors)"
ANYWHERE = "has a Content-Security-Policy that lets scripts come from anywhere"


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (CLOSED, []),
        ("default-src 'none'; frame-ancestors 'self'", []),
        ("default-src 'none'; script-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
         ["has a Content-Security-Policy with “unsafe-”"]),
        ("DEFAULT-SRC 'UNSAFE-EVAL'; frame-ancestors 'none'",
         ["has a Content-Security-Policy with “unsafe-”"]),
        ("default-src 'none'; script-src https:; frame-ancestors 'none'", [ANYWHERE]),
        ("script-src *; script-src 'self'; frame-ancestors 'none';", [ANYWHERE]),
        ("img-src 'self'; frame-ancestors 'none'", [ANYWHERE]),
        ("default-src 'self'", [FRAMED]),
        ("default-src 'self'; frame-ancestors https://evil.example", [FRAMED]),
    ],
)  # fmt: skip
def test_policies(text: str, faults: list[str]) -> None:
    assert policy(text) == faults


def test_of_several_policies_the_strictest_counts() -> None:
    found = header_faults(
        ("Content-Security-Policy", "default-src *"),
        ("Content-Security-Policy", CLOSED),
        ("X-Content-Type-Options", "nosniff"),
    )
    assert found == []


@pytest.mark.parametrize(
    ("ancestors", "is_closed"),
    [("https://www.bank.example", True), ("'none'", True), ("*", False), ("https:", False),
     ("https://*.example", False)],
)  # fmt: skip
def test_who_may_frame_the_chat(ancestors: str, is_closed: bool) -> None:
    found = policy(f"default-src 'self'; frame-ancestors {ancestors}", is_chat=True)
    assert found == ([] if is_closed else [FRAMED])


def test_a_page_without_any_header_field() -> None:
    assert header_faults(is_https=True) == [
        "has no Content-Security-Policy",
        FRAMED,
        "lacks X-Content-Type-Options: nosniff",
        "lacks Strict-Transport-Security for at least 365 days",
    ]


@pytest.mark.parametrize(
    ("value", "holds"),
    [("max-age=63072000; includeSubDomains", True), ('Max-Age="63072000"', True),
     ("max-age=31536000", True), ("max-age=31535999", False), ("max-age=15552000", False),
     ("max-age=60", False), ("includeSubDomains", False)],
)  # fmt: skip
def test_how_long_https_is_insisted_on(value: str, holds: bool) -> None:
    found = header_faults(*HEADERS.items(), ("Strict-Transport-Security", value), is_https=True)
    assert (found == []) == holds


@pytest.mark.parametrize(
    ("cookie", "is_chat", "lacking"),
    [
        ("a=1; Secure; HttpOnly; SameSite=Lax; Path=/", False, ""),
        ("a=1; secure; httponly; samesite=strict", False, ""),
        ("a=1", False, "without Secure, HttpOnly, SameSite"),
        ("a=1; Secure; HttpOnly; SameSite=None", True, "without SameSite"),
        ("a=1; Secure; HttpOnly; SameSite=None; Partitioned", True, ""),
        ("a=1; Secure; HttpOnly; SameSite=None; Partitioned", False, "without SameSite"),
        ("a=1; Secure; HttpOnly; SameSite=Lax; Domain=x.example", False, "being kept to its host"),
    ],
)
def test_cookies(cookie: str, is_chat: bool, lacking: str) -> None:
    found = header_faults(*HEADERS.items(), ("Set-Cookie", cookie), is_chat=is_chat)
    assert len(found) == bool(lacking)
    assert lacking in "".join(found)
    assert "a=1" not in "".join(found)


def test_the_pages_are_named_where_they_lack_something(stage: Stage) -> None:
    cookie = {"Set-Cookie": "a=1; Secure; HttpOnly; SameSite=Lax"}
    stage.pages["/trust/"] = lambda _: Reply(headers=HEADERS | cookie)
    stage.pages["/sign-in/"] = lambda _: Reply(headers={})
    report = look(stage)
    assert report.exit_code == 1
    assert (f"bank.localhost:{stage.port}/trust/", "sets a cookie, and is to set none") in (
        report.faults
    )
    assert (f"bank.localhost:{stage.port}/sign-in/", FRAMED) in report.faults


def test_a_page_that_does_not_answer_is_not_examined(stage: Stage) -> None:
    del stage.pages["chat/"]
    report = look(stage)
    assert (report.exit_code, report.faults) == (2, [])
    assert "chat.bank.localhost" in as_text(report)


# --- TLS ---------------------------------------------------------------------------------------


def certified(folder: Path, *names: str) -> ssl.SSLContext:
    """A server's context with a certificate of its own for these names, in `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(ago(days=1))
        .not_valid_after(ago(days=-1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([*map(x509.DNSName, names)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


def with_hsts(publication: Publication) -> Stage:
    stage = Stage(publication)
    hsts = {"Strict-Transport-Security": "max-age=63072000"}
    for name in ("/trust/", "/sign-in/", "chat/"):
        reply = stage.pages[name]({})
        stage.pages[name] = lambda _, reply=reply: reply._replace(  # type: ignore[misc] # bound now
            headers=reply.headers | hsts
        )
    return stage


def test_https_is_told_with_version_and_cipher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = certified(tmp_path, "bank.localhost", "chat.bank.localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with served(with_hsts(published()), context) as stage:
        report = look(stage)
        assert (report.faults, report.unexamined) == ([], [])
        assert "connection: TLSv1.3 with TLS_" in as_text(report)
        assert report.verified["address"].startswith("https://")
        monkeypatch.setattr(verify, "ANSWER_SECONDS", 0.05)
        answered = threading.Event()
        stage.pages["/trust/claims.json"] = lambda _: Reply(b"{}" * answered.wait(0.5))
        assert "did not answer in time" in look(stage).unexamined[0]


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    context = certified(tmp_path, "bank.localhost")
    with served(with_hsts(published()), context) as stage:
        report = look(stage)
    assert report.exit_code == 1
    assert report.faults == [("certificate", "does not hold: self-signed certificate")]


def test_a_certificate_of_the_page_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = certified(tmp_path, "bank.localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with served(with_hsts(published()), context) as stage:
        report = look(stage)
    assert [where for where, _ in report.faults] == [f"chat.bank.localhost:{stage.port}/"]
    assert "has a certificate that does not hold: Hostname mismatch" in report.faults[0].what


def test_http_where_https_is_expected(stage: Stage) -> None:
    report = examine(Wish(stage.url.replace("http:", "https:")))
    assert report.exit_code == 2
    assert "cannot be reached" in report.unexamined[0]

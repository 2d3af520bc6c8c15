"""Whatever a server answers, an outsider gets a sentence: no traceback, and no false green."""

import datetime as dt
import json
import threading
from collections.abc import Iterator
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from siegel.trust import verify
from siegel.trust.verify import Report, Site, Unexamined, Wish, as_text, examine
from tests.trust.publication import Publication, Reply, Stage, published, served


@pytest.fixture
def stage() -> Iterator[Stage]:
    with served(Stage(published())) as started:
        yield started


def look(stage: Stage) -> Report:
    return examine(Wish(stage.url))


# --- Addresses ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://tenant.example", "https://tenant.example"),
        ("https://tenant.example:443/trust/", "https://tenant.example"),
        ("http://bank.localhost:8080/", "http://bank.localhost:8080"),
        ("https://münchen.example/trust", "https://xn--mnchen-3ya.example"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_addresses(url: str, address: str) -> None:
    assert Site.of(url).address == address


@pytest.mark.parametrize(
    "url",
    [
        "tenant.example", "ftp://tenant.example", "https://", "https://a.example/else",
        "https://me@a.example", "https://a.example?x", "https://a.example:99999", "https://[x",
        "https://a..example", "\x1b[2J",
    ],
)  # fmt: skip
def test_what_is_no_address(url: str) -> None:
    report = examine(Wish(url))
    assert (report.exit_code, len(report.unexamined)) == (2, 1)
    assert "\x1b" not in as_text(report)


@pytest.mark.parametrize(
    ("host", "is_local"),
    [("localhost", True), ("a.localhost", True), ("127.0.0.9", True), ("::1", True),
     ("localhost.example", False), ("10.0.0.1", False)],
)  # fmt: skip
def test_what_is_this_machine(host: str, is_local: bool) -> None:
    assert Site("http", host, 80).is_local == is_local


def test_nobody_answers(stage: Stage) -> None:
    report = examine(Wish("http://bank.localhost:1"))
    assert report.exit_code == 2
    assert "cannot be reached: Connection refused" in as_text(report)
    assert "IT COULD NOT BE EXAMINED." in as_text(report)
    assert "Verified" not in as_text(report)


def test_an_address_without_encryption_does_not_hold() -> None:
    report = Report()
    verify.look_at_pages(verify.Visitor(), Site("http", "127.0.0.1.invalid", 1), report)
    assert ("transport", "is not encrypted: whoever is on the way reads and changes it") in (
        report.faults
    )


# --- Answers -----------------------------------------------------------------------------------


def claims(**changes: Any) -> bytes:
    return json.dumps(published().claims_json() | changes).encode()


def of_claim(**changes: Any) -> bytes:
    publication = published()
    publication.claims[0] |= changes
    return json.dumps(publication.claims_json()).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>", b"[]", b"{}", b"null", b"\xff\xfe", b"1e999", b"NaN",
        b'{"at": NaN}', b'{"at": 1, "at": 2}', b"[" * 200_000, b'{"a":' * 200_000,
        b"9" * 5_000, claims(at=1), claims(at="now"), claims(at="2026-99-99T00:00:00.000000+00:00"),
        claims(version=None), claims(head=[]), claims(head={}), claims(head={"seq": True}),
        claims(claims={}), claims(claims=[1]), claims(claims=[{}]),
        claims(claims=published().claims * 2), of_claim(id="../x"), of_claim(id=5),
        of_claim(state="green"), of_claim(scope="all"), of_claim(max_age_seconds=0),
        of_claim(max_age_seconds=10**12), of_claim(max_age_seconds=1.5), of_claim(until="soon"),
        of_claim(check=[]), of_claim(canary={}), of_claim(check={"seq": "1"}),
    ],
)  # fmt: skip
def test_no_page_of_claims(stage: Stage, body: bytes) -> None:
    stage.pages["/trust/claims.json"] = lambda _: Reply(body)
    report = look(stage)
    assert (report.exit_code, len(report.unexamined)) == (2, 1)
    assert "form agreed" in report.unexamined[0] or "claim twice" in report.unexamined[0]


def heads(index: int = 0, **changes: Any) -> bytes:
    publication = published()
    page = publication.heads_json(1 << 62)
    page["heads"][index] |= changes
    return json.dumps(page).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"[]", b'{"keys": [], "heads": {}}', b'{"keys": [], "heads": [1]}',
        b'{"keys": [1], "heads": []}', b'{"keys": [{"id": "x", "public": "AA"}], "heads": []}',
        b'{"keys": [{"id": "x", "public": "\\u00e4"}], "heads": []}',
        heads(seq=0), heads(seq="1"), heads(seq=1 << 63), heads(seq=True), heads(digest="x"),
        heads(previous=None), heads(key="../../x"), heads(at="yesterday"), heads(version="\ud800"),
        heads(1, seq=10**6),
    ],
)  # fmt: skip
def test_no_page_of_heads(stage: Stage, body: bytes) -> None:
    stage.pages["/trust/heads"] = lambda _: Reply(body)
    report = look(stage)
    assert (report.exit_code, len(report.unexamined)) == (2, 1)


def line(**changes: Any) -> bytes:
    return json.dumps(published().rows[0] | changes).encode() + b"\n"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"{}\n", "form agreed"),
        (b"\n", "not JSON"),
        (b"{", "ended within a row"),
        (line()[:-1], "ended within a row"),
        (line(seq="1"), "form agreed"),
        (line(seq=10**30), "form agreed"),
        (line(digest="z" * 64), "form agreed"),
        (line(detail="x"), "form agreed"),
        (line(more=1), "form agreed"),
        (line(detail={"x": 1.5}), "not JSON"),
        (line(actor="x" * 300_000)[:-1], "longer than 262,144 bytes"),
    ],
)
def test_no_page_of_rows(stage: Stage, body: bytes, sentence: str) -> None:
    stage.pages["/trust/evidence"] = lambda _: Reply(body)
    report = look(stage)
    assert report.exit_code == 2
    assert sentence in report.unexamined[0]


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (Reply(status=404), "this is no trust page of Siegel"),
        (Reply(status=500), "answers 500"),
        (Reply(b"{}", headers={"Content-Encoding": "gzip"}), "compressed, unasked"),
        (Reply(b"{}", headers={"Content-Length": "9"}), "ended half way"),
        (
            Reply(b"-9\r\n", headers={"Transfer-Encoding": "chunked", "Content-Length": ""}),
            "broken",
        ),
        (
            Reply(b"9\r\n{", headers={"Transfer-Encoding": "chunked", "Content-Length": ""}),
            "broken",
        ),
        (Reply(raw=b"SSH-2.0-OpenSSH\r\n"), "broken"),
        (Reply(raw=b"HTTP/1.0 200 OK\r\n" + b"A: b\r\n" * 500 + b"\r\n"), "broken"),
        (Reply(status=302, headers={"Location": "https://evil.example/\x1b[2J"}), "not followed"),
        (Reply(status=302, headers={"Location": "http://bank.localhost:1/"}), "not followed"),
        (Reply(status=302, headers={"Location": "/trust/claims.json?a=b"}), "in circles"),
        (Reply(status=302, headers={"Location": "http://[x"}), "broken"),
    ],
)
def test_half_answers_and_redirects(stage: Stage, reply: Reply, sentence: str) -> None:
    stage.pages["/trust/claims.json"] = lambda _: reply
    report = look(stage)
    assert report.exit_code == 2
    assert sentence in report.unexamined[0]
    assert "\x1b" not in as_text(report)
    assert len(stage.asked) <= 4


def test_a_redirect_on_the_same_host_is_followed(stage: Stage) -> None:
    stage.pages["/elsewhere"] = stage.pages["/trust/claims.json"]
    moved = Reply(status=308, headers={"Location": "/elsewhere"})
    stage.pages["/trust/claims.json"] = lambda _: moved
    assert look(stage).exit_code == 0


def test_everything_has_an_end(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value, sentence in [
        ("LARGEST_PAGE", 100, "is larger than 100 bytes"),
        ("MOST_HEADS", 1, "more than 1 signed heads"),
        ("MOST_ROWS", 1, "more than 1 rows"),
        ("MOST_REQUESTS", 3, "After 3 requests"),
        ("MOST_CLAIMS", 2, "or too many"),
        ("MOST_PARTS", 1, "more than 1 programs"),
    ]:
        with monkeypatch.context() as patch:
            patch.setattr(verify, name, value)
            report = look(stage)
            assert (report.exit_code, sentence in report.unexamined[0]) == (2, True)


@pytest.mark.parametrize("name", ["SILENCE_SECONDS", "ANSWER_SECONDS"])
def test_whoever_does_not_answer_is_left(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(verify, name, 0.05)
    answered = threading.Event()

    def wait(_: dict[str, str]) -> Reply:
        answered.wait(20)
        return Reply(b"{}")

    stage.pages["/trust/claims.json"] = wait
    report = look(stage)
    answered.set()
    assert "did not answer in time" in report.unexamined[0]


def test_a_deadline_that_comes_too_late_does_nothing() -> None:
    import socket

    with socket.socket() as unconnected:
        deadline = verify._Deadline(unconnected)
        deadline._end()
    assert deadline.passed


def test_whatever_else_happens_is_a_sentence(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("of nobody's thinking")

    monkeypatch.setattr(verify, "compare", fail)
    report = look(stage)
    assert report.unexamined == ["What was answered led to an error: RuntimeError."]


def test_it_says_how_far_it_is(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert look(stage).exit_code == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(verify, "PROGRESS_SECONDS", -1.0)
    assert look(stage).exit_code == 0
    assert "… 10 rows\n" in capsys.readouterr().err


# --- Clocks ------------------------------------------------------------------------------------


def dated(stage: Stage, date: str) -> Report:
    body = json.dumps(stage.publication.claims_json()).encode()
    stage.pages["/trust/claims.json"] = lambda _: Reply(
        raw=b"HTTP/1.0 200 OK\r\n" + (f"Date: {date}\r\n" if date else "").encode() + b"\r\n" + body
    )
    return look(stage)


@pytest.mark.parametrize(("seconds", "code"), [(0, 0), (50, 0), (-50, 0), (90, 1), (-90, 1)])
def test_with_clocks_a_minute_apart_no_green_is_confirmed(
    stage: Stage, seconds: int, code: int
) -> None:
    now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
    report = dated(stage, format_datetime(now, usegmt=True))
    assert report.exit_code == code
    assert abs(report.verified["clock_skew_seconds"] - abs(seconds)) <= 3
    assert ("no green can be confirmed" in as_text(report)) == bool(code)


@pytest.mark.parametrize(
    "date", ["", "soon", "Mon, 30 Nov 99999999999999999999 12:00:00 GMT", "Mon, 99 Nov 2026 1 GMT"]
)
def test_a_server_without_a_clock(stage: Stage, date: str) -> None:
    report = dated(stage, date)
    assert report.exit_code == 0
    assert "clock_skew_seconds" not in report.verified
    assert "The server does not tell its time" in as_text(report)


# --- Files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", '{"address": 1, "head": "", "keys": []}',
     '{"address": "ADDRESS", "head": "1", "keys": []}',
     '{"address": "http://other.example", "head": "", "keys": []}',
     '{"address": "ADDRESS", "head": "1:HEX", "keys": ["AA"]}'],
)  # fmt: skip
def test_a_state_file_that_is_none_is_left_as_it_is(
    stage: Stage, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "state"
    given = text.replace("ADDRESS", stage.url).replace("HEX", "a" * 64)
    path.write_text(given)
    report = examine(Wish(stage.url, state=path))
    assert (report.exit_code, len(report.unexamined)) == (2, 1)
    assert path.read_text() == given
    assert stage.asked == []


def test_files_that_cannot_be_read_or_written(stage: Stage, tmp_path: Path) -> None:
    assert "cannot be read: Is a directory" in as_text(examine(Wish(stage.url, keys=tmp_path)))
    report = examine(Wish(stage.url, state=tmp_path / "none" / "state"))
    assert "cannot be written: No such file or directory" in as_text(report)
    assert report.exit_code == 2


def test_no_state_is_kept_of_nothing(tmp_path: Path) -> None:
    with served(Stage(Publication())) as stage:
        assert examine(Wish(stage.url, state=tmp_path / "state")).exit_code == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["5", "x:" + "a" * 64, "5:" + "A" * 64])
def test_what_is_no_head(stage: Stage, text: str) -> None:
    assert "the head given is no head" in as_text(examine(Wish(stage.url, head=text)))


def test_the_head_of_nothing_is_no_head_that_was_kept(stage: Stage) -> None:
    told = as_text(examine(Wish(stage.url, head="0:" + "f" * 64)))
    assert "the head given names no row" in told


def test_what_is_no_key(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("bank AAAA\n")
    assert "is not 32 bytes in base64" in as_text(examine(Wish(stage.url, keys=tmp_path / "keys")))


def test_unexamined_is_no_other_error() -> None:
    with pytest.raises(Unexamined, match="no address"):
        Site.of("nowhere")

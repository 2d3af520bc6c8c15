"""What could name a person, a place, a tenant or a secret is taken out; words are left."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siegel.trust.redaction import Redaction

REDACTION = Redaction.of(slugs=["bank", "erste-hilfe"], hosts=["bank.test", "hilfe.example.org"])
NOBODY = Redaction.of()


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("sent to vera.vogt+x@bank.example today", "sent to [address] today"),
        ("row 7c9e6679-7425-40de-944b-e07fc1f90ae7 is", "row [id] is"),
        ("row 7c9e6679742540de944be07fc1f90ae7 is", "row [id] is"),
        ("from 198.51.100.17, port 80", "from [address], port 80"),
        (
            "from 2001:db8::17 and ::1 and fe80::1%eth0",
            "from [address] and [address] and [address]",
        ),
        ("in /srv/siegel/tenants/x.sqlite3, twice", "in [path], twice"),
        ("in ~/keys and /etc", "in [path] and [path]"),
        ("chat.bank.test, BANK.TEST and Bank", "[tenant], [tenant] and [tenant]"),
        ("erste-hilfe at a.b.hilfe.example.org", "[tenant] at [tenant]"),
        ("see https://user:pw@host.example/a?b=c now", "see [address] now"),
        ("postgres://siegel:pw@db/x", "[address]"),
        ("-----BEGIN RSA KEY-----\nabc\n-----END RSA KEY----- after", "[secret] after"),
        ("-----BEGIN RSA KEY----- abc", "[secret]"),
        ("eyJhbGciOi.eyJzdWIi.c2ln", "[secret]"),
        ("password=hunter2 and more", "password=[secret] and more"),
        ("Kennwort: hunter2, more", "Kennwort: [secret], more"),
        ("db_password = 'two words' x", "db_password = [secret] x"),
        ('{"api_key": "abc", "n": 1}', '{"api_key": [secret], "n": 1}'),
        ("Authorization: Bearer abc.def x", "Authorization: [secret] x"),
        ("with Bearer abcdefgh1 in it", "with Bearer [secret] in it"),
        ("sessionid=abc; csrftoken=def", "sessionid=[secret]; csrftoken=[secret]"),
        ("digest 9f86d081884c7d659a2f of", "digest [secret] of"),
        ("MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqV", "[secret]"),
        ("aGVsbG8gd29ybGQhIQ1234==", "[secret]"),
        ("a\nb\tc\x1b[31m", "a b c\ufffd[31m"),
        ("half \ud800 sign", "half \ufffd sign"),
        ("x" * 5000, "[too long]"),
        ("a " * 600, ("a " * 250)[:499] + "…"),
    ],
)
def test_it_is_taken_out(text: str, redacted: str) -> None:
    assert REDACTION.public(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "Dateien und Schlüssel von 12 Organisationen, 43 Dateien Byte für Byte",
        "200 bestätigte Nachrichten nach einem Absturz unter Last",
        "files and keys of 12 organisations, 43 files byte by byte",
        "commits do not wait for the disk: synchronous is 1, not FULL",
        "the second probe's key opens the first one's database",
        "Verschlüsselungsverfahrensprüfung und/oder x-durable-acknowledgement um 12:30:45",
        "banks and bankers in databank, 5 of 7",
        "version 5.2.19 answered 404",
    ],
)
def test_words_and_figures_are_left(text: str) -> None:
    assert REDACTION.public(text) == text


def test_the_operator_reads_which_tenant_it_was() -> None:
    text = "the database of t0123456789abcdef0123 is not encrypted"
    assert REDACTION.internal(text) == text
    assert REDACTION.public(text) == "the database of [tenant] is not encrypted"


def test_without_tenants_the_rest_is_taken_out() -> None:
    assert NOBODY.public("bank at a@b.example") == "bank at [address]"


@given(st.text(max_size=300), st.text(max_size=300))
def test_a_secret_is_found_in_any_surroundings(before: str, after: str) -> None:
    for secret in ("vera@vogt.example", "/srv/data/x", "bank.test", "hunter2=9f86d081884c7d659a2f"):
        text = REDACTION.public(f"{before} {secret} {after}")
        assert secret not in text or secret in f"{before}\n{after}"


@given(st.text())
def test_it_is_one_printable_line(text: str) -> None:
    redacted = REDACTION.public(text)
    assert redacted.isprintable()
    assert len(redacted) <= 500
    redacted.encode()


@pytest.mark.parametrize("sign", ["a", "a-", "a.", "a@", "/a", "1:", "=", "A1", "-", "password"])
def test_no_text_makes_it_slow(sign: str) -> None:
    many = Redaction.of(slugs=[f"tenant-{n}" for n in range(1000)], hosts=["x.test"])
    began = time.process_time()
    many.public((sign * 4000)[:4000])
    # It takes milliseconds; the bound only tells apart what grows with the square of the length.
    assert time.process_time() - began < 10

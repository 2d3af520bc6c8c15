"""Stored mails: every attachment is looked at, and the structure ends somewhere."""

from email.message import EmailMessage

import pytest

from siegel.files import mail_heads, mails
from siegel.files.kinds import Kind, Rules
from tests.files import samples
from tests.files.inspecting import outcome

HEAD = b"From: a@example.org\nDate: Mon, 02 Nov 2026 10:00:00 +0100\n"
BYTES = samples.noise(3)


def _parts(*parts: bytes) -> bytes:
    """A mail of these parts, each with its headers."""
    body = b"".join(b"--limit\n" + part + b"\n" for part in parts)
    return HEAD + b"Content-Type: multipart/mixed; boundary=limit\n\n" + body + b"--limit--\n"


def _signed(content: bytes) -> bytes:
    mail = EmailMessage()
    mail["Received"] = "from x"
    mail.set_content("text")
    mail.add_attachment(
        content, maintype="application", subtype="pkcs7-signature", filename="smime.p7s"
    )
    return mail.as_bytes()


def _nested(depth: int) -> bytes:
    opened = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (number, number)
        for number in range(depth)
    )
    return HEAD + opened + b"\ntext\n"


FORWARDED = EmailMessage()
FORWARDED["From"], FORWARDED["Date"] = "a@example.org", "Mon, 02 Nov 2026 10:00:00 +0100"
FORWARDED.set_content("see below")
INNER = EmailMessage()
INNER["From"], INNER["Date"] = "b@example.org", "Mon, 02 Nov 2026 09:00:00 +0100"
INNER.set_content("text")
INNER.add_attachment(samples.exe(), maintype="image", subtype="png", filename="a.png")
FORWARDED.add_attachment(INNER)

JPEG_LINES = b"Content-Type: image/jpeg\nContent-Transfer-Encoding: %s\n\n%s"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (samples.eml(), "eml"),
        (samples.eml().replace(b"\n", b"\r\n"), "eml"),
        (HEAD + b"\nonly a text\n", "eml"),
        (b"Received: from x\nSubject: y\n\ntext", "eml"),
        (HEAD + b"Content-Type: text/html\n\n<html><script>x</script></html>", "eml"),
        (samples.eml({"a.png": samples.png_around(BYTES)}), "eml"),
        (samples.eml({"a.eml": samples.eml({"b.pdf": samples.pdf()})}), "eml"),
        (samples.eml({"a.zip": samples.zip_of({"a.txt": b"text"})}), "eml"),
        (samples.eml({"a.txt": b""}), "eml"),
        (_signed(b"\x30\x82" + bytes(300)), "eml"),
        (_signed(samples.exe()), "executable"),
        (samples.eml({"a.pdf": samples.exe()}), "executable"),
        (samples.eml({"a.pdf.exe": samples.pdf()}), "executable"),
        (samples.eml({"a.docx": samples.macro_docx()}), "macros"),
        (samples.eml({"a.html": b"harmless"}), "script"),
        (samples.eml({"a.eml": samples.eml({"b.eml": samples.eml()})}), "archive-too-deep"),
        (FORWARDED.as_bytes(), "executable"),
        (b"Subject: x\n\ntext", "damaged"),
        (b"From: a\nDate: b\n", "damaged"),
        (b"no mail at all", "damaged"),
        (b"X: " + b"y" * 70_000 + b"\n\ntext", "damaged"),
        (HEAD + b"Content-Type: text/plain; a=" + b"y" * 3000 + b"\n\ntext", "damaged"),
        (HEAD + b"Content-Type: multipart/mixed\n\ntext", "damaged"),
        (HEAD + b"Content-Type: multipart/digest; boundary=x\n\ntext", "damaged"),
        (HEAD + b"Content-Type: " + b"(" * 1900 + b"\n\ntext", "damaged"),
        (HEAD + b"no header\n\ntext", "damaged"),
        (_parts(*[b"Content-Type: text/plain; a=" + b"y" * 1900 + b"\n\nx"] * 50), "archive-bomb"),
        (_parts(b"Content-Disposition: attachment; filename=a.txt\n\ntext"), "eml"),
        (_parts(b"Content-Disposition: inline; filename*=utf-8''a%2Eexe\n\ntext"), "executable"),
        (_parts(b"Content-Disposition: x; filename==?utf-8?q?a=2Eexe?=\n\ntext"), "damaged"),
        (_parts(b"Content-Disposition: x; filename=a b.exe\n\ntext"), "executable"),
        (_parts(b"Content-Disposition: x; filename=a b.txt\n\ntext"), "eml"),
        (_parts(b"Content-Disposition: attachment; other=a b\n\ntext"), "eml"),
        (HEAD + b"Content-Type: text/plain\nContent-Type: image/png\n\ntext", "damaged"),
        (HEAD + b"\nbegin 644 a.exe\nM35J0\nend\n", "disguised"),
        (_parts(b"\ntext", b"Content-Type: text/plain; name=a.exe\n\ntext"), "executable"),
        (_parts(b"Content-Disposition: attachment\n\n" + samples.html()), "script"),
        (_parts(b"Content-Type: text/html; name=x\n\n" + samples.html()), "script"),
        (_parts(JPEG_LINES % (b"7bit", samples.txt())), "eml"),
        (_parts(JPEG_LINES % (b"quoted-printable", b"<svg=20onload=3Dx>")), "script"),
        (_parts(JPEG_LINES % (b"x-uuencode", b"text")), "damaged"),
        (_parts(b"Content-Transfer-Encoding: x\nContent-Type: image/png\n\ntext"), "damaged"),
        (_parts(JPEG_LINES % (b"base64", b"dGV4dA==\ndGV4dA==")), "damaged"),
        (_parts(JPEG_LINES % (b"base64", b"dGV4dA==" + b"\n" * 70_000 + b"dGV4")), "damaged"),
        (_parts(JPEG_LINES % (b"base64", b"dGV4d")), "damaged"),
        (_parts(JPEG_LINES % (b"base64", b"dGV4dA==")) + b"the end", "eml"),
        (_parts(b"Content-Type: message/rfc822\n\n" + HEAD + b"\ntext"), "eml"),
        (
            _parts(b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nZm9v"),
            "damaged",
        ),
        # An inner boundary that is never closed ends with the outer one.
        (
            _parts(
                b"Content-Type: multipart/mixed; boundary=inner\n\n--inner\n\ntext",
                JPEG_LINES % (b"8bit", samples.exe()),
            ),
            "executable",
        ),
        (_nested(10), "eml"),
        (_nested(11), "archive-too-deep"),
        (_parts(*[b"\ntext"] * 210), "archive-bomb"),
    ],
)
def test_every_part_is_looked_at(data: bytes, code: str) -> None:
    assert outcome(data, "mail.eml") == code


def test_without_its_ending_a_mail_is_a_text() -> None:
    assert outcome(b"Received: from x\nSubject: y\n\ntext", "mail.txt") == "txt"


def test_an_attachment_that_is_not_allowed_is_refused() -> None:
    rules = Rules(allowed=frozenset({Kind.EML, Kind.PNG}))
    assert outcome(samples.eml({"a.png": samples.png()}), "a.eml", rules) == "eml"
    assert outcome(samples.eml({"a.pdf": samples.pdf()}), "a.eml", rules) == "type-not-allowed"


def test_a_bomb_in_a_mail_is_one() -> None:
    assert outcome(samples.eml({"a.zip": samples.zip_bomb(32)}), "a.eml") == "archive-bomb"


def test_large_mails_and_endless_lines_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mails, "MOST_LINES", 50)
    assert outcome(HEAD + b"\n" * 60, "a.eml") == "archive-bomb"
    monkeypatch.setattr(mails, "LARGEST_MAIL", 50)
    assert outcome(HEAD + b"\n", "a.eml") == "file-too-large"


def test_a_line_longer_than_a_block_is_read_in_pieces() -> None:
    assert outcome(HEAD + b"\n" + b"x" * 300_000 + b"\nbegin 644 a\n", "a.eml") == "disguised"


def test_whatever_the_library_trips_over_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_heads, "MOST_COMMENTS", 5000)
    assert outcome(HEAD + b"Content-Type: " + b"(" * 1900 + b"\n\ntext", "a.eml") == "damaged"

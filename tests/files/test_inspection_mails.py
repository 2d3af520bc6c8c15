"""Stored mails: every attachment is looked at, and the structure ends somewhere."""

from base64 import b64encode
from email.message import EmailMessage

import pytest

from siegel.files.kinds import Kind, Rules
from siegel.files.mails import LARGEST_MAIL
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


def _forwarded(levels: int) -> bytes:
    """A mail in a mail in a mail."""
    return HEAD + (b"Content-Type: message/rfc822\n\n" + HEAD) * levels + b"\ntext"


def _named(header: bytes) -> bytes:
    """A mail with one harmless attachment, named by this header."""
    return _parts(header + b"\n\ntext")


JPEG_LINES = b"Content-Type: image/jpeg\nContent-Transfer-Encoding: %s\n\n%s"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (samples.eml(), "eml"),
        (samples.eml().replace(b"\n", b"\r\n"), "eml"),
        (HEAD + b"\nonly a text\n", "eml"),
        (HEAD + b"\n", "eml"),
        ((HEAD + b"\n").replace(b"\n", b"\r\n"), "eml"),
        (b"From me Mon Nov  2 2026\n" + HEAD + b"\nfrom a mailbox\n", "eml"),
        (b"Received: from x\nSubject: y\n\ntext", "eml"),
        (HEAD + b"Content-Type: text/html\n\n<html><script>x</script></html>", "eml"),
        (HEAD + b"Content-Type:\nContent-Disposition: inline; size=4\n\ntext", "eml"),
        (samples.eml({"a.png": samples.png_around(BYTES)}), "eml"),
        (samples.eml({"a.eml": samples.eml({"b.pdf": samples.pdf()})}), "eml"),
        (samples.eml({"a.zip": samples.zip_of({"a.txt": b"text"})}), "eml"),
        (samples.eml({"a.txt": b""}), "eml"),
        (_signed(b"\x30\x82" + bytes(300)), "eml"),
        (_signed(b"-----BEGIN PGP SIGNATURE-----\n"), "eml"),
        (_signed(samples.exe()), "executable"),
        (samples.eml({"a.pdf": samples.exe()}), "executable"),
        (samples.eml({"a.pdf.exe": samples.pdf()}), "executable"),
        (samples.eml({"a.docx": samples.macro_docx()}), "macros"),
        (samples.eml({"a.html": b"harmless"}), "script"),
        (_parts(b"Content-Disposition: attachment\n\n" + samples.html()), "script"),
        (_parts(b"Content-Disposition: x\n\n" + samples.html()), "script"),
        (_parts(b"Content-Type: text/html; name=x\n\n" + samples.html()), "script"),
        (_parts(JPEG_LINES % (b"7bit", samples.txt())), "eml"),
        (_parts(JPEG_LINES % (b"BASE64", samples.txt().hex().encode())), "type-not-allowed"),
        (_parts(JPEG_LINES % (b"quoted-printable", b"<svg=20onload=3Dx>")), "script"),
        (_parts(JPEG_LINES % (b"base64", b"dGV4dA==")) + b"the end", "eml"),
        (samples.eml({"a.txt": b"From Cologne to Bonn\nthe train takes half an hour\n"}), "eml"),
        (_parts(b"Content-Disposition: attachment\n\nFrom: here\nFrom here\n"), "eml"),
        (_parts(b"Content-Disposition: attachment\n\nFrom x\n\n" + samples.html()), "script"),
    ],
)
def test_every_part_is_looked_at(data: bytes, code: str) -> None:
    assert outcome(data, "mail.eml") == code


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (b"Content-Disposition: attachment; filename=a.txt", "eml"),
        (b'Content-Disposition: attachment; filename="www.bank.com letter (1).txt"', "eml"),
        (b"Content-Disposition: attachment; other=a b", "eml"),
        (b"Content-Disposition: x; filename=a b.txt", "eml"),
        (b"Content-Disposition: x; filename=a b.exe", "executable"),
        (b"Content-Disposition: x; filename=a.exe b.txt", "executable"),
        (b"Content-Disposition: x; filename=a.exe(b.txt)", "executable"),
        (b'Content-Disposition: x; filename="a.exe"(b.txt)', "executable"),
        (b'Content-Disposition: x; filename="a.ex"e', "executable"),
        (b"Content-Disposition: x; filename=a.txt; filename=b.exe", "executable"),
        (b"Content-Disposition: inline; filename*=utf-8''a%2Eexe", "executable"),
        (b"Content-Disposition: x; filename=a.txt; filename*=utf-8''a%2Eexe", "executable"),
        (b"Content-Disposition: x;\n filename*1=exe;\n filename*0=a.", "executable"),
        (b"Content-Disposition: x; filename==?utf-8?q?a=2Eexe?=", "executable"),
        (b'Content-Disposition: x; filename="=?utf-8?b?YS5leGU=?="', "executable"),
        (b'Content-Disposition: x; filename="a.e\xe2\x80\x8bxe"', "executable"),
        (b"Content-Type: text/plain; name=a.exe", "executable"),
        (
            b"Content-Type: image/png; name=a.vbs\nContent-Disposition: inline; filename=a.png",
            "script",
        ),
        (b'Content-Disposition: x; filename="a.txt', "damaged"),
        (b'Content-Type: text/plain; name="a.txt', "damaged"),
        (b"Content-Disposition: x; filename*=a; filename*0=b", "damaged"),
        (b'Content-Disposition: x; filename="=?nothing?q?a?="', "damaged"),
    ],
)
def test_every_name_that_a_program_could_read_is_checked(header: bytes, code: str) -> None:
    assert outcome(_named(header), "mail.eml") == code


@pytest.mark.parametrize(
    "data",
    [
        b"Subject: x\n\ntext",
        b"From: a\nDate: b\n",
        b"no mail at all",
        HEAD + b"no header\n\ntext",
        b" " + HEAD + b"\ntext",
        HEAD + b": x\n\ntext",
        HEAD + b"From x\nSubject: y\n\ntext",
        HEAD + b"Content-Type: text/plain; a=" + b"y" * 3000 + b"\n\ntext",
        HEAD + b"Content-Type: text/plain\nContent-Type: image/png\n\ntext",
        HEAD + b"Content-Type: (a) multipart/mixed; boundary=x\n\n--x\n\ntext\n--x--",
        HEAD + b"Content-Type: multipart/mixed\n\ntext",
        HEAD + b"Content-Type: multipart/mixed; boundary=x\n\ntext",
        HEAD + b"Content-Type: multipart/digest; boundary=x\n\n--x\n\n" + HEAD + b"\n--x--",
        HEAD + b"Content-Type: multipart/mixed; boundary=x; boundary=y\n\n--x\n\ntext\n--x--",
        HEAD + b"Content-Type: multipart/mixed; boundary=(a)x\n\n--(a)x\n\ntext\n--(a)x--",
        HEAD + b'Content-Type: multipart/mixed; boundary=""\n\n--\n\ntext\n----',
        HEAD + b"Content-Type: multipart/mixed; boundary=a b\n\n--a b\n\ntext\n--a b--",
        HEAD + b'Content-Type: multipart/mixed; boundary=" a"\n\n-- a\n\ntext\n-- a--',
        HEAD + b'Content-Type: multipart/mixed; boundary="a;b"\n\n--a;b\n\ntext\n--a;b--',
        HEAD + b'Content-Type: multipart/mixed; boundary="a\tb"\n\n--a\tb\n\ntext\n--a\tb--',
        HEAD + b'Content-Type: multipart/mixed; boundary="a\\(b"\n\n--a(b\n\ntext\n--a(b--',
        HEAD + b'Content-Type: multipart/mixed; boundary*0=a; boundary*1=" b"\n\n--a b\n\nt',
        HEAD
        + b'Content-Type: multipart/mixed; x="y; boundary="a b"; z="; boundary=a b'
        + b"\n\n--a b\n\ntext\n--a b--",
        _parts(b"\ntext").replace(b"\n\n", b"\nContent-Transfer-Encoding: base64\n\n", 1),
        _parts(b"text without headers"),
        _parts(JPEG_LINES % (b"x-uuencode", b"text")),
        _parts(JPEG_LINES % (b"base64 (or not)", b"dGV4dA==")),
        _parts(JPEG_LINES % (b"base64", b"dGV4dA==\ndGV4dA==")),
        _parts(JPEG_LINES % (b"base64", b"dGV4dA==" + b"\n" * 70_000 + b"dGV4")),
        _parts(JPEG_LINES % (b"base64", b"dGV4d")),
        _parts(JPEG_LINES % (b"base64", b"dGV4!dA=")),
        _parts(b"Content-Type: image/png\nFrom x\n\n<html>"),
        _parts(b"Content-Type: message/rfc822\n\nSubject: x\n\ntext"),
        _parts(b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nZm9v"),
        _parts(
            b"Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n"
            + HEAD
            + b"\ntext"
        ),
    ],
)
def test_what_programs_would_read_differently_is_damaged(data: bytes) -> None:
    assert outcome(data, "mail.eml") == "damaged"


def test_mails_in_mails_are_walked() -> None:
    assert outcome(FORWARDED.as_bytes(), "a.eml") == "executable"
    assert outcome(_parts(b"Content-Type: message/rfc822\n\n" + HEAD + b"\ntext"), "a.eml") == "eml"
    assert outcome(_forwarded(10), "a.eml") == "eml"
    assert outcome(_forwarded(11), "a.eml") == "archive-too-deep"
    attached = samples.eml({"a.eml": samples.eml({"b.eml": samples.eml()})})
    assert outcome(attached, "a.eml") == "archive-too-deep"


@pytest.mark.parametrize("kind", [b"delivery-status", b"disposition-notification", b"partial"])
def test_a_report_of_the_post_is_a_text(kind: bytes) -> None:
    report = b"Content-Type: message/" + kind + b"\n\n%s"
    assert outcome(_parts(report % b"Action: failed\n\nStatus: 5.1.1\n"), "a.eml") == "eml"
    assert outcome(_parts(report % samples.html()), "a.eml") == "script"


def test_structure_ends_somewhere() -> None:
    assert outcome(_nested(10), "a.eml") == "eml"
    assert outcome(_nested(11), "a.eml") == "archive-too-deep"
    assert outcome(_parts(*[b"\ntext"] * 199), "a.eml") == "eml"
    assert outcome(_parts(*[b"\ntext"] * 200), "a.eml") == "archive-bomb"


def test_an_inner_boundary_that_is_never_closed_ends_with_the_outer_one() -> None:
    inner = b"Content-Type: multipart/mixed; boundary=inner\n\n--inner\n\ntext"
    mail = _parts(inner, JPEG_LINES % (b"8bit", samples.exe()))
    assert outcome(mail, "a.eml") == "executable"


UUENCODED = b"begin 644 a.exe\nM35J0\nend\n"


@pytest.mark.parametrize(
    "data",
    [
        HEAD + b"\n" + UUENCODED,
        HEAD + b"\n" + b"x" * 300_000 + b"\r" + UUENCODED,
        HEAD + b"Content-Transfer-Encoding: base64\n\n" + b64encode(UUENCODED),
        _parts(b"\ntext\n" + UUENCODED),
        _parts(b"\ntext") + UUENCODED,
        _parts(b"\ntext").replace(b"\n\n", b"\n\n" + UUENCODED, 1),
    ],
)
def test_a_file_in_the_middle_of_a_text_is_refused(data: bytes) -> None:
    assert outcome(data, "a.eml") == "disguised"


def test_without_its_ending_a_mail_is_a_text() -> None:
    assert outcome(b"Received: from x\nSubject: y\n\ntext", "mail.txt") == "txt"


def test_an_attachment_that_is_not_allowed_is_refused() -> None:
    rules = Rules(allowed=frozenset({Kind.EML, Kind.PNG}))
    assert outcome(samples.eml({"a.png": samples.png()}), "a.eml", rules) == "eml"
    assert outcome(samples.eml({"a.pdf": samples.pdf()}), "a.eml", rules) == "type-not-allowed"


def test_a_bomb_in_a_mail_is_one() -> None:
    assert outcome(samples.eml({"a.zip": samples.zip_bomb(32)}), "a.eml") == "archive-bomb"


def test_a_large_mail_is_refused() -> None:
    text = HEAD + b"\n" + (b"x" * 999 + b"\n") * (LARGEST_MAIL // 999)
    assert outcome(text[:LARGEST_MAIL], "a.eml") == "eml"
    assert outcome(text[:LARGEST_MAIL] + b"x", "a.eml") == "mail-too-large"


def test_what_would_keep_the_parser_busy_is_refused() -> None:
    """Lines, headers around many parts, long headers of many parts; in one mail or in several."""
    slow = [b"Content-Type: text/plain; a=" + b"y" * 1900 + b"\n\nx"] * 100
    lines = HEAD + b"\n" * 300_000
    assert outcome(lines, "a.eml") == "eml"
    assert outcome(lines + b"\n" * 300_000, "a.eml") == "archive-bomb"
    assert outcome(samples.zip_of({"a.eml": lines, "b.eml": lines}), "a.zip") == "archive-bomb"
    assert outcome(b"X: y\n" * 600 + _parts(b"\ntext"), "a.eml") == "archive-bomb"
    assert outcome(_parts(*slow), "a.eml") == "eml"
    mails = {f"{number}.eml": _parts(*slow) for number in range(3)}
    assert outcome(samples.zip_of(mails), "a.zip") == "archive-bomb"


def test_what_the_library_trips_over_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has raised nearly everything, on input that nobody had thought of."""

    def tripping(mail: object) -> None:
        raise RecursionError

    for place in ("feed", "close"):
        with monkeypatch.context() as patched:
            patched.setattr(f"email.feedparser.FeedParser.{place}", tripping)
            assert outcome(samples.eml(), "a.eml") == "damaged"

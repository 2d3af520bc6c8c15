"""Mails as Exchange, Notes, Gmail and newsletters write them: parts that only the mail shows."""

import pytest

from tests.files import samples
from tests.files.inspecting import outcome

HEAD = b"From: a@example.org\nDate: Mon, 02 Nov 2026 10:00:00 +0100\nMIME-Version: 1.0\n"
PAGE = b"<html><body><p>Kind regards</p></body></html>"
LOGO = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" '
    b'viewBox="0 0 9 9"><path d="M0 0h9v9z" fill="#024"/></svg>'
)
BLANK = (
    b'<html><head><meta http-equiv="Content-Type" content="text/html; charset=us-ascii"></head>'
    b'<body style="word-wrap: break-word; -webkit-nbsp-mode: space;" class=""><br class="">'
    b"<div>&nbsp;</div>\n</body></html>\n"
)
OUTLOOK_BLANK = (
    b'<html><head>\n<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">\n'
    b'<style type="text/css" style="display:none;"> P {margin-top:0;margin-bottom:0;} </style>\n'
    b'</head>\n<body dir="ltr">\n</body>\n</html>\n'
)


def _mail(kind: bytes, *parts: bytes, boundary: bytes = b'"limit"') -> bytes:
    """A mail of this type of multipart."""
    line = boundary.strip(b'"')
    body = b"".join(b"--" + line + b"\n" + part + b"\n" for part in parts)
    head = HEAD + b"Content-Type: multipart/" + kind + b"; boundary=" + boundary + b"\n\n"
    return head + body + b"--" + line + b"--\n"


def _part(headers: str, content: bytes) -> bytes:
    return headers.encode() + b"\n\n" + content


TEXT = _part("Content-Type: text/plain", b"Kind regards")
HTML = _part("Content-Type: text/html", PAGE)
NAMED = _part('Content-Type: text/html; name="message.html"', PAGE)
INLINE = _part("Content-Type: text/html\nContent-Disposition: inline; filename=body.htm", PAGE)
ATTACHED = _part("Content-Type: text/html\nContent-Disposition: attachment; filename=a.html", PAGE)
AMP = _part("Content-Type: text/x-amp-html; charset=utf-8", b"<!doctype html><html amp4email>")
EXCHANGE = (
    'Content-Type: text/html; name="ATT00001.htm"\n'
    'Content-Disposition: attachment; filename="ATT00001.htm"; size=168'
)
INLINE_LOGO = (
    'Content-Type: image/svg+xml; name="logo.svg"\nContent-ID: <logo>\n'
    'Content-Disposition: inline; filename="logo.svg"'
)
PDF = b"Content-Type: application/pdf; name=a.pdf\n\n" + b"%PDF"


@pytest.mark.parametrize(
    "boundary",
    [
        b'"=_alternative 0047B2E3C1258C5A_="',
        b'"=_mixed 0047B2E2C1258C5A_= (2)"',
        b'"----=_Part(1)\'+_,-./:=?"',
        b"----=_NextPart_000_0012_01DC4B.5A3E",
        b"limit",
    ],
)
@pytest.mark.parametrize("end", [b"", b"; charset=utf-8", b" ; x=y"])
def test_boundaries_that_programs_write_are_accepted(boundary: bytes, end: bytes) -> None:
    mail = _mail(b"alternative", TEXT, HTML, boundary=boundary)
    assert outcome(mail.replace(boundary, boundary + end, 1), "a.eml") == "eml"
    hostile = _mail(
        b"mixed", TEXT, _part("Content-Type: image/png", samples.exe()), boundary=boundary
    )
    assert outcome(hostile, "a.eml") == "executable"


@pytest.mark.parametrize(
    ("mail", "code"),
    [
        (_mail(b"alternative", TEXT, NAMED), "eml"),
        (_mail(b"alternative", TEXT, INLINE), "eml"),
        (_mail(b"alternative", TEXT, AMP, HTML), "eml"),
        (_mail(b"related", NAMED), "eml"),
        (_mail(b"related", HTML, _part(INLINE_LOGO, LOGO)), "eml"),
        (_mail(b"related", HTML, _part(INLINE_LOGO, b"\xef\xbb\xbf\n" + LOGO[39:])), "eml"),
        (HEAD + NAMED, "eml"),
        (HEAD + _part(EXCHANGE.replace("attachment", "inline"), PAGE), "eml"),
        (HEAD + b"Content-Type: message/rfc822\n\n" + HEAD + NAMED, "eml"),
        (_mail(b"mixed", TEXT, _part(EXCHANGE, b"")), "eml"),
        (_mail(b"mixed", TEXT, _part(EXCHANGE, BLANK)), "eml"),
        (_mail(b"mixed", TEXT, _part(EXCHANGE, OUTLOOK_BLANK)), "eml"),
        # As an attachment, elsewhere, or as something else, a page stays one.
        (_mail(b"alternative", TEXT, ATTACHED), "script"),
        (_mail(b"related", ATTACHED), "script"),
        (HEAD + ATTACHED, "script"),
        (_mail(b"mixed", TEXT, NAMED), "script"),
        (_mail(b"mixed", TEXT, INLINE), "script"),
        (_mail(b"mixed", TEXT, AMP), "script"),
        (_mail(b"related", HTML, NAMED), "script"),
        (_mail(b"related", AMP), "script"),
        (_mail(b"alternative", TEXT, NAMED.replace(b".html", b".exe")), "executable"),
        (_mail(b"alternative", TEXT, NAMED.replace(b".html", b".hta")), "script"),
        (_mail(b"alternative", TEXT, NAMED.replace(b".html", b".svg")), "script"),
        (_mail(b"alternative", NAMED, _part("Content-Type: x/y", samples.exe())), "executable"),
        (_mail(b"alternative", TEXT, NAMED + b"\nbegin 644 a.exe\nM35J0\nend"), "disguised"),
        (_mail(b"mixed", TEXT, _part(EXCHANGE, PAGE)), "script"),
        (_mail(b"mixed", TEXT, _part(EXCHANGE.replace("htm", "exe"), BLANK)), "executable"),
        (_mail(b"mixed", TEXT, _part(EXCHANGE.replace("text/html", "x/y"), BLANK)), "script"),
        (
            _mail(b"related", HTML, _part(INLINE_LOGO.replace("inline", "attachment"), LOGO)),
            "script",
        ),
        (_mail(b"related", HTML, _part(INLINE_LOGO.replace("-ID", "-Di"), LOGO)), "script"),
        (_mail(b"related", HTML, _part(INLINE_LOGO.replace(".svg", ".exe"), LOGO)), "executable"),
        (_mail(b"related", HTML, _part(INLINE_LOGO, samples.exe())), "script"),
        (
            _mail(b"related", HTML, _part("Content-ID: <a>\nContent-Type: image/png", LOGO)),
            "script",
        ),
        (_mail(b"mixed", HTML, _part(INLINE_LOGO, LOGO)), "script"),
        (_mail(b"alternative", HTML, _part(INLINE_LOGO, LOGO)), "script"),
    ],
)  # fmt: skip - one mail a line
def test_a_page_passes_only_as_the_mail_itself(mail: bytes, code: str) -> None:
    assert outcome(mail, "a.eml") == code


@pytest.mark.parametrize(
    "active",
    [
        b"<script>alert(1)</script>",
        b"<path onclick='x'/>",
        b"<path d=''onclick ='x'/>",
        b"<a href='javascript:x'/>",
        b"<foreignObject/>",
        b"<iframe/>",
    ],
)
def test_a_drawing_that_runs_is_no_logo(active: bytes) -> None:
    drawing = LOGO.replace(b"<path", active + b"<path")
    assert outcome(_mail(b"related", HTML, _part(INLINE_LOGO, drawing)), "a.eml") == "script"


@pytest.mark.parametrize(
    "content",
    [
        BLANK.replace(b"&nbsp;", b"text"),
        BLANK.replace(b"&nbsp;", b"<img src=x>"),
        BLANK.replace(b"&nbsp;", b"<script></script>"),
        BLANK.replace(b"<div>", b"<div onclick='x'>"),
        BLANK.replace(b"break-word", b"url(http://x)"),
        BLANK.replace(b'"Content-Type" content="text/html', b'"refresh" content="0'),
        OUTLOOK_BLANK.replace(b"P {", b"@import 'x'; P {"),
    ],
)
def test_a_page_with_anything_in_it_is_not_blank(content: bytes) -> None:
    assert outcome(_mail(b"mixed", TEXT, _part(EXCHANGE, content)), "a.eml") == "script"

"""Stored mails (EML), read by the standard library's parser on a short leash.

It builds whatever the sender describes: so lines are counted before it gets them, parts, depth and
headers while it builds. What it complains about is refused: other programs read that differently.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.errors import CloseBoundaryNotFoundDefect, MessageDefect, MessageError
from email.feedparser import BytesFeedParser
from email.header import decode_header, make_header
from email.message import Message
from email.policy import Compat32
from email.utils import collapse_rfc2231_value
from itertools import count
from typing import Any, cast

from siegel.files.budget import Budget
from siegel.files.dangerous import check_ending, ending
from siegel.files.kinds import RefusedFile
from siegel.files.mail_bodies import OWN_ENDINGS, is_blank_page, is_body, is_inline_drawing
from siegel.files.reading import Source

LARGEST_MAIL = 10 * 1024 * 1024
LONGEST_HEADER, MOST_HEADERS, MOST_PARTS, DEEPEST = 2000, 500, 200, 10
# So many lines, or characters of the headers that decide, cost time like an entry of an archive.
_PER_ENTRY = 50
# Outlook unpacks these out of the middle of a text.
_UUENCODED = re.compile(rb"(?:\A|[\r\n])begin(?:-base64)? [0-7]{3,4} ")
# Mail programs attach signatures (DER or PGP), and nobody opens them.
_SIGNATURE = re.compile(rb"0[\x80-\x83]|-----BEGIN PGP")
_SIGNATURES = {f"application/{kind}-signature" for kind in ("pkcs7", "x-pkcs7", "pgp")}
_MAILS = {"message/rfc822", "message/global"}
_PLAIN = {"", "7bit", "8bit", "binary"}
_PACKED = {"quoted-printable", "base64"}
_TYPE = re.compile(r"[\w.+!#$&^-]+/[\w.+!#$&^-]+\s*(;|$)|$", re.ASCII)
# Comments, quotes and blanks, by which programs could find another boundary; or none at all.
_ODD_BOUNDARY = re.compile(r'[\s("\\;]|^$')
# In quotes, blanks and brackets are ordinary signs (RFC 2046, 5.1.1); Lotus Notes writes blanks.
_QUOTED_BOUNDARY = re.compile(r'(?:^|;)\s*boundary\s*=\s*"([^"]*)"\s*(?:;|$)', re.IGNORECASE)
_ODD_QUOTED = re.compile(r'[^\S ]|["\\;]|^ |^$')
_BOUNDARY = re.compile(r"boundary\s*[*=]", re.IGNORECASE)
_QUOTED = re.compile(r'(?:[^"]|"(?:[^"\\]|\\.)*+")*+', re.DOTALL)
_WORDS = re.compile(r'"(?:[^"\\]|\\.)*+"|[^\s;=()"\']+', re.DOTALL)


def attachments(source: Source, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """Name and content of everything but the mail's own texts; raises RefusedFile."""
    parser = _Parser(policy=_Policy())
    for block in source.blocks():
        budget.count_entries(len(block.splitlines()) // _PER_ENTRY)
        with _surprises():
            parser.feed(block)
    with _surprises():
        mail = parser.close()
    _check_is_mail(mail)
    end = source.at(max(0, source.size - 3), 3)
    if not mail.get_payload() and not end.endswith((b"\n\n", b"\n\r\n")):
        raise RefusedFile("damaged")  # cut in its headers
    for part in mail.walk():
        with _surprises():
            name, content = _attachment(part, budget)
        if content:
            yield name, content


def _attachment(part: Message, budget: Budget) -> tuple[str, bytes]:
    """No content where there is nothing to look into."""
    kind, disposition = _only(part, "content-type"), _only(part, "content-disposition")
    budget.count_entries(1 + len(kind + disposition) // _PER_ENTRY)
    encoding = _only(part, "content-transfer-encoding").lower()
    known = encoding in _PLAIN or (encoding in _PACKED and not part.is_multipart())
    sound = known and _TYPE.match(kind) and _QUOTED.fullmatch(kind)
    if part.defects or not sound or not _QUOTED.fullmatch(disposition):
        raise RefusedFile("damaged")
    if part.get_content_maintype() == "multipart":
        _check_multipart(part)
        return "", b""
    if part.is_multipart():
        _check_names(part, kind, disposition, frozenset())
        _check_is_mail(cast("Message", part.get_payload(0)))
        return "", b""
    content = cast("bytes", part.get_payload(decode=True))
    shown = _is_shown(cast("_Part", part), content)
    own = OWN_ENDINGS.get(part.get_content_type(), frozenset()) if shown else frozenset()
    names = _check_names(part, kind, disposition, own)
    if shown:
        _check_text(content)
        return "", b""
    signed = part.get_content_type() in _SIGNATURES and _SIGNATURE.match(content)
    return "".join(names[:1]), b"" if signed else content


def _is_shown(part: "_Part", content: bytes) -> bool:
    """It is the mail, or a part of it that nobody gets as a file."""
    kind, disposition = part.get_content_type(), part.get_content_disposition()
    named = bool(_file_names(part))
    if is_body(kind, disposition, container=part.container, first=part.first, named=named):
        return True
    drawing = "content-id" in part and is_inline_drawing(kind, disposition, part.container, content)
    return drawing or is_blank_page(kind, content)


def _check_names(part: Message, kind: str, disposition: str, own: frozenset[str]) -> list[str]:
    """All names of the part; refuses an ending that runs, unless it is among its `own`."""
    names = _file_names(part)
    for name in [*names, *_WORDS.findall(f"{kind} ; {disposition}")]:
        plain = name.replace('"', "")
        if ending(plain) not in own:
            check_ending(plain)
    return names


class _Part(Message):
    """Knows where it lies: the type around it ("" for a mail itself), and if it comes first."""

    def __init__(self, policy: Any) -> None:
        super().__init__(policy)
        self.depth, self.numbers = 0, count(2)
        self.container, self.first = "", True

    def attach(self, payload: Any) -> None:
        """The parser calls this before it goes on with the new part."""
        payload.depth, payload.numbers = self.depth + 1, self.numbers
        kind = self.get_content_type()
        payload.container, payload.first = "" if kind in _MAILS else kind, not self.get_payload()
        if payload.depth > DEEPEST:
            raise RefusedFile("archive-too-deep")
        # Each new part makes the parser search the headers around it.
        if next(self.numbers) > MOST_PARTS or len(self) > MOST_HEADERS:
            raise RefusedFile("archive-bomb")
        super().attach(payload)

    def get_content_type(self) -> str:
        """The parser takes any message/x for a mail; a delivery report is a text like others."""
        kind = super().get_content_type()
        return kind if kind in _MAILS else kind.replace("message/", "application/x-message-")


class _Parser(BytesFeedParser):
    def _parse_headers(self, lines: list[str]) -> None:
        """Where such a line ends the headers, the library takes it for content; others do not."""
        if any(line.startswith("From ") for line in lines[1:]):
            raise RefusedFile("damaged")
        super()._parse_headers(lines)  # type: ignore[misc]  # private, so typeshed leaves it out


class _Policy(Compat32):
    message_factory = _Part

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Understanding a header takes the square of its length; what is not ASCII is UTF-8."""
        name, value = super().header_source_parse(sourcelines)
        if len(value) > LONGEST_HEADER and name.lower().startswith("content-"):
            raise RefusedFile("damaged")
        return name, value.encode("ascii", "surrogateescape").decode("utf-8", "replace").strip()

    def register_defect(self, obj: Message, defect: MessageDefect) -> None:
        """A mail that ends too early is read alike by everybody."""
        if not isinstance(defect, CloseBoundaryNotFoundDefect):
            raise RefusedFile("damaged") from defect


@contextmanager
def _surprises() -> Iterator[None]:
    """The library has raised nearly everything; inspection knows what a ValueError means."""
    try:
        yield
    except (MessageError, RecursionError, AssertionError, AttributeError, TypeError, LookupError):
        raise RefusedFile("damaged") from None


def _only(part: Message, header: str) -> str:
    """Programs differ in which of two headers they use."""
    values = part.get_all(header, [""])
    if len(values) > 1:
        raise RefusedFile("damaged")
    return values[0]


def _named(part: Message, parameter: str, header: str = "content-type") -> list[str]:
    """The values of a parameter, in whichever way their letters were written."""
    found = [value for key, value in part.get_params([], header) if key == parameter]
    return [str(make_header(decode_header(collapse_rfc2231_value(value)))) for value in found]


def _file_names(part: Message) -> list[str]:
    return [*_named(part, "filename", "content-disposition"), *_named(part, "name")]


def _check_is_mail(mail: Message) -> None:
    if "received" not in mail and not ("from" in mail and "date" in mail):
        raise RefusedFile("damaged")


def _check_multipart(part: Message) -> None:
    """The parts of a digest are mails without saying so; nobody sends one any more."""
    kind, boundary = _only(part, "content-type"), part.get_boundary("")
    quoted = _QUOTED_BOUNDARY.findall(kind) == [boundary] and len(_BOUNDARY.findall(kind)) == 1
    odd = (_ODD_QUOTED if quoted else _ODD_BOUNDARY).search(boundary)
    twice = len(_named(part, "boundary")) > 1
    if odd or twice or part.get_content_type() == "multipart/digest":
        raise RefusedFile("damaged")
    _check_text(f"{part.preamble}\n{part.epilogue}".encode("ascii", "surrogateescape"))


def _check_text(text: bytes) -> None:
    if _UUENCODED.search(text):
        raise RefusedFile("disguised")

"""A stored mail (EML): its headers by the standard library, its parts one after the other.

The library's own parser would hold the mail whole, and its structure nested as deeply as the sender
likes. Here only one block of headers is in memory at a time; RFC 2046 describes the boundaries.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from siegel.files.dangerous import check_ending
from siegel.files.kinds import RefusedFile
from siegel.files.mail_heads import Head, parsed
from siegel.files.reading import BLOCK, Source

LARGEST_MAIL = 25 * 1024 * 1024
LARGEST_HEADERS = 64 * 1024
MOST_LINES = 1_000_000
MOST_PARTS = 200
# Signs of headers that take long to parse: a second's worth.
MOST_PARSED = 60_000
DEEPEST = 10
# Outlook unpacks these out of the middle of a text.
_UUENCODED = re.compile(rb"begin(?:-base64)? [0-7]{3,4} ")
_SIGNATURES = frozenset(
    {
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
    }
)
_PLAIN = frozenset({"7bit", "8bit", "binary"})


@dataclass(frozen=True, slots=True)
class Part:
    """An attachment: where its encoded content lies, and what the mail says about it."""

    source: Source
    start: int
    end: int
    name: str
    encoding: str
    media_type: str

    def chunks(self) -> Iterator[bytes]:
        """The decoded content."""
        if self.encoding == "base64":
            return _base64(self.source.blocks(self.start, self.end))
        if self.encoding == "quoted-printable":
            return (binascii.a2b_qp(line) for _, line in lines(self.source, self.start, self.end))
        return self.source.blocks(self.start, self.end)

    def is_signature(self, start: bytes) -> bool:
        """A digital signature, which mail programs attach and nobody opens."""
        seal = start.startswith((b"\x30\x80", b"\x30\x81", b"\x30\x82", b"\x30\x83"))
        return self.media_type in _SIGNATURES and (seal or start.startswith(b"-----BEGIN PGP"))


def attachments(source: Source) -> Iterator[Part]:
    """Everything in the mail but its own texts; raises RefusedFile where it is no sound mail."""
    walk = _Walk(source)
    for number, (place, line) in enumerate(lines(source, 0, source.size)):
        if number > MOST_LINES:
            raise RefusedFile("archive-bomb")
        yield from walk.step(place, line)
    yield from walk.finish()


def lines(source: Source, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Each line with the place where it begins; lines longer than a block come in pieces."""
    place, rest = start, b""
    for block in source.blocks(start, end):
        found = (rest + block).splitlines(keepends=True)
        last = place + sum(map(len, found)) == end
        # The last one may go on in the next block, and so may a CR LF that was cut in two.
        rest = b"" if last or len(found[-1]) > BLOCK else found.pop()
        for line in found:
            yield place, line
            place += len(line)


class _Walk:
    """The state between two lines: which boundaries are open, and which part is being passed."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.boundaries: list[bytes] = []
        self.in_headers = True
        self.headers: list[bytes] = []
        self.length = 0
        self.part: tuple[int, Head] | None = None
        self.parts = 0
        self.parsed = 0
        self.is_mail_next = True

    def step(self, place: int, line: bytes) -> Iterator[Part]:
        """One line further; yields the attachment that ends before it."""
        if line.startswith(b"--") and self._is_boundary(line.rstrip()):
            yield from self._close(place)
            self._follow(line.rstrip())
        elif self.in_headers:
            self._header(place + len(line), line)
        elif _UUENCODED.match(line):
            raise RefusedFile("disguised")

    def finish(self) -> Iterator[Part]:
        """The end of the file closes the last part."""
        if self.parts == 0:
            raise RefusedFile("damaged")
        yield from self._close(self.source.size)

    def _is_boundary(self, line: bytes) -> bool:
        return any(line in {b"--" + one, b"--" + one + b"--"} for one in self.boundaries)

    def _follow(self, line: bytes) -> None:
        """Inner boundaries that were left open end with the outer one."""
        while line not in {b"--" + self.boundaries[-1], b"--" + self.boundaries[-1] + b"--"}:
            self.boundaries.pop()
        if line == b"--" + self.boundaries[-1]:
            self._expect_headers()
        else:
            self.boundaries.pop()
            self.in_headers = False

    def _expect_headers(self) -> None:
        self.in_headers, self.headers, self.length = True, [], 0

    def _header(self, behind: int, line: bytes) -> None:
        self.length += len(line)
        if self.length > LARGEST_HEADERS:
            raise RefusedFile("damaged")
        if line.strip():
            self.headers.append(line)
            return
        self.in_headers = False
        self._begin(behind, parsed(b"".join(self.headers)))

    def _begin(self, place: int, head: Head) -> None:
        """Behind the headers: a text, an attachment, further parts, or a mail in the mail."""
        self.parts += 1
        self.parsed += head.length
        if self.parts > MOST_PARTS or self.parsed > MOST_PARSED:
            raise RefusedFile("archive-bomb")
        if self.is_mail_next and not head.is_mail:
            raise RefusedFile("damaged")
        self.is_mail_next = False
        if head.media_type.startswith("multipart/"):
            # The parts of a digest are mails without saying so; nobody sends one any more.
            if not head.boundary or head.media_type == "multipart/digest":
                raise RefusedFile("damaged")
            self.boundaries.append(head.boundary.encode("utf-8", "surrogateescape"))
            if len(self.boundaries) > DEEPEST:
                raise RefusedFile("archive-too-deep")
        elif head.media_type == "message/rfc822" and head.encoding in _PLAIN:
            self._expect_headers()
            self.is_mail_next = True
        else:
            self.part = (place, head)

    def _close(self, end: int) -> Iterator[Part]:
        if self.part is None:
            return
        (start, head), self.part = self.part, None
        own = head.media_type in {"text/plain", "text/html"}
        if own and not head.file_names and not head.is_attached:
            return
        # Programs differ in which of two names they use.
        for name in head.file_names:
            check_ending(name)
        if head.encoding not in {*_PLAIN, "base64", "quoted-printable"}:
            raise RefusedFile("damaged")
        name = (
            "mail.eml" if head.media_type == "message/rfc822" else next(iter(head.file_names), "")
        )
        yield Part(self.source, start, end, name, head.encoding, head.media_type)


def _base64(raw: Iterator[bytes]) -> Iterator[bytes]:
    """Decodes whole groups of four; nothing may follow the padding."""
    rest, ended = b"", False
    for piece in raw:
        rest += re.sub(rb"[^A-Za-z0-9+/=]", b"", piece)
        if ended and rest:
            raise RefusedFile("damaged")
        whole = len(rest) // 4 * 4
        ended = b"=" in rest[:whole]
        if chunk := binascii.a2b_base64(rest[:whole], strict_mode=True):
            yield chunk
        rest = rest[whole:]
    if rest:
        raise RefusedFile("damaged")

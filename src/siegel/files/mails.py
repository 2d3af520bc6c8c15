"""Stored mails (EML), read by the standard library's parser, which is kept on a short leash.

It builds whatever the sender describes: so lines are counted before it gets them, parts, depth and
headers while it builds. What it complains about is refused: other programs read that differently.
"""

import re
from collections.abc import Iterator
from email.errors import CloseBoundaryNotFoundDefect, MessageDefect, MessageError
from email.feedparser import BytesFeedParser
from email.header import decode_header, make_header
from email.message import Message
from email.policy import Compat32
from email.utils import collapse_rfc2231_value
from itertools import count
from typing import Any

from siegel.files.dangerous import check_ending
from siegel.files.kinds import RefusedFile
from siegel.files.reading import Source

LARGEST_MAIL = 10 * 1024 * 1024
# Of all mails in one file together, and so are the characters of the headers that decide.
MOST_LINES = 400_000
MOST_CHARACTERS = 200_000
LONGEST = 2000
MOST_HEADERS = 1000
MOST_PARTS = 200
DEEPEST = 10
# Outlook unpacks these out of the middle of a text.
_UUENCODED = re.compile(rb"(?:\A|[\r\n])begin(?:-base64)? [0-7]{3,4} ")
_SIGNATURE = re.compile(rb"0[\x80-\x83]|-----BEGIN PGP")
_SIGNATURES = {f"application/{kind}-signature" for kind in ("pkcs7", "x-pkcs7", "pgp")}
_MAILS = {"message/rfc822", "message/global"}
_PLAIN = {"", "7bit", "8bit", "binary"}
_TYPE = re.compile(r"[\w.+!#$&^-]+/[\w.+!#$&^-]+|", re.ASCII)
_NAMES = {"content-disposition": "filename", "content-type": "name"}
_WORDS = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s;=()"\']+')


class _Part(Message):
    def __init__(self, policy: Any) -> None:
        super().__init__(policy)
        self.depth, self.numbers = 0, count(1)

    def attach(self, payload: Any) -> None:
        """The parser calls this before it goes on with the new part."""
        payload.depth, payload.numbers = self.depth + 1, self.numbers
        if payload.depth > DEEPEST:
            raise RefusedFile("archive-too-deep")
        if next(self.numbers) >= MOST_PARTS or len(self) > MOST_HEADERS:
            raise RefusedFile("archive-bomb")
        super().attach(payload)

    def get_content_type(self) -> str:
        """The parser takes every message/x for a mail; a delivery report is a text like others."""
        kind = super().get_content_type()
        return kind if kind in _MAILS else kind.replace("message/", "application/x-message-")

    def told(self, header: str) -> str:
        """The value of a header that decides; two of them are an ambiguity."""
        values = [str(value) for value in self.get_all(header, [])]
        if len(values) > 1 or values == [""]:
            raise RefusedFile("damaged")
        return "".join(values)

    def names(self) -> Iterator[str]:
        """What programs could take for the file's name: by the rules, and by any word of it."""
        for header, parameter in _NAMES.items():
            for key, value in self.get_params([], header):
                if key == parameter:
                    yield str(make_header(decode_header(collapse_rfc2231_value(value))))

    def check(self) -> None:
        """Refuse what programs understand differently: types, encodings, boundaries."""
        pass


class _Policy(Compat32):
    message_factory = _Part

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Parsing a value takes the square of its length; bytes beyond ASCII are UTF-8."""
        name, value = super().header_source_parse(sourcelines)
        if len(value) > LONGEST and name.lower().startswith("content-"):
            raise RefusedFile("damaged")
        return name, value.encode("ascii", "surrogateescape").decode("utf-8", "replace").strip()

    def register_defect(self, obj: Message, defect: MessageDefect) -> None:
        """A mail that ends too early is read alike by everybody."""
        if not isinstance(defect, CloseBoundaryNotFoundDefect):
            raise RefusedFile("damaged") from defect

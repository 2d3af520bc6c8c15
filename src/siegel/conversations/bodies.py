"""Which texts may be sent; what is accepted is stored to the letter."""

import re
import unicodedata

LONGEST_BODY = 20_000
# Unicode's categories Cc, line feed and tab aside, and Cs.
NO_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# A text of these alone shows nothing: format characters, spaces, controls.
INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})


class RefusedBody(ValueError):
    """The text cannot be sent; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check_body(body: str) -> None:
    """Refuse what shows nothing, is too long, or holds what no text holds; raises RefusedBody.

    Direction marks, zero-width joiners and any script are text and pass: showing them harmlessly
    is the screens' work. Control characters (Unicode category Cc, line feed and tab aside) and
    lone surrogates are not: databases and mail systems change or drop them.
    """
    if all(unicodedata.category(character) in INVISIBLE for character in body):
        raise RefusedBody("body-empty")
    if len(body) > LONGEST_BODY:
        raise RefusedBody("body-too-long")
    if NO_TEXT.search(body):
        raise RefusedBody("body-control-characters")

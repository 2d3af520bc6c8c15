"""Which texts may be sent; what is accepted is stored to the letter."""

import re

LONGEST_BODY = 20_000
# Unicode's categories Cc, line feed and tab aside, and Cs.
NO_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class RefusedBody(ValueError):
    """The text cannot be sent; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check_body(body: str) -> None:
    """Refuse what is empty, too long, or holds what no text holds; raises RefusedBody.

    Direction marks, zero-width joiners and any script are text and pass: showing them harmlessly
    is the screens' work. Control characters (Unicode category Cc, line feed and tab aside) and
    lone surrogates are not: databases and mail systems change or drop them.
    """
    if not body.strip():
        raise RefusedBody("body-empty")
    if len(body) > LONGEST_BODY:
        raise RefusedBody("body-too-long")
    if NO_TEXT.search(body):
        raise RefusedBody("body-control-characters")

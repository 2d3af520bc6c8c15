"""What is true of every page: nothing in it runs that is no file of ours, and nobody keeps it."""

import re
from typing import Any


def assert_closed(answer: Any) -> None:
    """Of any answer of Django's, a page or not."""
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    if answer.headers["Content-Type"].startswith("text/html"):
        assert_nothing_inline(answer.content.decode())


def assert_nothing_inline(text: str) -> None:
    """No script and no style stands in the page itself."""
    assert "<style" not in text
    assert " style=" not in text
    assert not re.search(r"<[^>]* on[a-z]+=", text)
    # Data is no script: no browser runs it.
    data = len(re.findall(r'<script id="[a-z-]+" type="application/json">', text))
    assert text.count("<script") == text.count("<script src=") + data

"""How long somebody waits is said in seconds up to a minute, and in minutes above."""

import pytest
from django.utils.translation import override

from siegel.identity.waits import in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "in 1 second."), (60, "in 60 seconds."), (61, "in 2 minutes."), (900, "in 15 minutes.")],
)
def test_the_unit_fits(seconds: int, words: str) -> None:
    with override("en"):
        assert in_words(seconds).endswith(words)

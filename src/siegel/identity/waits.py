"""How long somebody has to wait who has tried too often, in words."""

from django.utils.translation import ngettext


def in_words(seconds: int) -> str:
    """The sentence, in seconds up to a minute and in minutes above."""
    if seconds <= 60:
        return ngettext(
            "Too many attempts. Please try again in %(count)s second.",
            "Too many attempts. Please try again in %(count)s seconds.",
            seconds,
        ) % {"count": seconds}
    minutes = -(-seconds // 60)
    return ngettext(
        "Too many attempts. Please try again in %(count)s minute.",
        "Too many attempts. Please try again in %(count)s minutes.",
        minutes,
    ) % {"count": minutes}

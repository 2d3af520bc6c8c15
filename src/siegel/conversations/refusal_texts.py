"""What a person reads when a frame is refused: what happened, what was kept, what to do."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

TEXTS = {
    "body-empty": _("The message is empty. Write something first."),
    "body-too-long": _(
        "The message is longer than 20,000 characters. Your text is kept. Split it up and send "
        "the parts one after the other."
    ),
    "body-control-characters": _(
        "The message contains invisible control characters that cannot be stored. Your text is "
        "kept. Remove them, for instance by pasting the text without formatting."
    ),
    "not-found": _("This conversation is not available to you. Your text is kept."),
    "conversation-resolved": _(
        "The conversation is resolved. Your text is kept. Reopen the conversation to send it."
    ),
    "assigned-to-other": _(
        "A colleague has taken over this conversation meanwhile. Your text is kept. Take the "
        "conversation over to send it."
    ),
    # Of an answer whose author has not got it yet.
    "called-back": _("You have called this answer back."),
    "blocked": _("This conversation was ended by the organisation. It takes no more messages."),
    "file-gone": _(
        "A file of this message is not there any more, or was sent already. Your text is kept. "
        "Remove the file and attach it again."
    ),
    "rate-limited": _("That was too fast. Your text is kept and sent again in a moment."),
    "storage-full": _(
        "The message could not be stored just now. Your text is kept and sent again by itself."
    ),
    "malformed": _("This request was not understood. Reload the page and try again."),
}


def refusal_text(code: str, language: str) -> str:
    """The text for a code in German or English."""
    with override("en" if language.startswith("en") else "de"):
        return str(TEXTS[code])

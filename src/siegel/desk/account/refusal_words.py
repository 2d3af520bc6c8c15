"""Why a code, a password or a passkey was not taken, in words."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from siegel.identity import waits
from siegel.identity.proving import Refused, Why


def in_words(refused: Refused) -> str:
    """What was wrong, and what to do now."""
    if refused.why is Why.TOO_SOON:
        return waits.in_words(refused.number)
    if refused.why is Why.CLOCK:
        return _clock(refused.number)
    if refused.why is Why.USED:
        return _("This code was used already. Please wait for the next one, up to 30 seconds.")
    return _("This was not right. Please check it and try again.")


def _clock(minutes: int) -> str:
    return ngettext(
        "The clock of your device is about %(number)d minute slow. Have it set its time "
        "automatically, and give the code that it shows then.",
        "The clock of your device is about %(number)d minutes slow. Have it set its time "
        "automatically, and give the code that it shows then.",
        minutes,
    ) % {"number": minutes}

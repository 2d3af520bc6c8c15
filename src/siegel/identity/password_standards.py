"""How each rule for passwords stands to OWASP's ASVS 5.0 and to NIST SP 800-63B-4.

Pure, and the words of one place: the administration and the trust page show the same.
"""

import datetime as dt
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from siegel.identity.models import PasswordPolicyVersion
from siegel.identity.password_policy import Audience, Policy, deviations
from siegel.identity.policies import as_policy

TITLES: dict[str, Promise] = {
    "min_length": _("Characters at least, without a second factor"),
    "min_length_with_factor": _("Characters at least, with a second factor"),
    "letters": _("Letters at least"),
    "upper": _("Capital letters at least"),
    "lower": _("Small letters at least"),
    "digits": _("Digits at least"),
    "special": _("Other characters at least"),
    "history": _("Earlier passwords that are refused"),
    "expiry_days": _("Days after which a password expires"),
    "blocklist": _("Refuse passwords that many people use"),
    "words": _("Words of your own that are refused"),
    "similarity": _("Refuse what consists of names and addresses"),
    "min_guesses_log10": _("Guesses that it must withstand, as a power of ten"),
    "grace_days": _("Days until an existing password must satisfy changed rules"),
}
AUDIENCES: dict[Audience, Promise] = {
    Audience.CLIENT: _("Clients"),
    Audience.ADVISER: _("Advisers"),
    Audience.ADMINISTRATOR: _("Administrators"),
    Audience.BREAK_GLASS: _("Emergency accounts"),
}
_NO_COMPOSITION = _("ASVS 6.2.5 and NIST 3.1.1.2 ask for no such rule: 0.")
ASKED: dict[str, Promise] = {
    "min_length": _("NIST 3.1.1.2 asks for 15, ASVS 6.2.1 for 8 and recommends 15."),
    "min_length_with_factor": _("NIST 3.1.1.2 and ASVS 6.2.1 ask for 8."),
    "letters": _NO_COMPOSITION,
    "upper": _NO_COMPOSITION,
    "lower": _NO_COMPOSITION,
    "digits": _NO_COMPOSITION,
    "special": _NO_COMPOSITION,
    "history": _("Neither ASVS nor NIST says anything."),
    "expiry_days": _(
        "ASVS 6.2.10, NIST 3.1.1.2 and BSI ORP.4.A23 ask for none without a reason: 0."
    ),
    "blocklist": _("ASVS 6.2.4, NIST 3.1.1.2 and BSI ORP.4.A8 ask for it."),
    "words": _("ASVS 6.2.11 asks for the words of your own surroundings."),
    "similarity": _("ASVS 6.2.11 and NIST 3.1.1.2 ask for it."),
    "min_guesses_log10": _("Neither ASVS nor NIST says anything."),
    "grace_days": _("Neither ASVS nor NIST says anything."),
}
# The claim beside which a departure is published.
CLAIMS = {
    "min_length": "pwd-minlen",
    "letters": "pwd-letters",
    "upper": "pwd-letters",
    "lower": "pwd-letters",
    "digits": "pwd-digits",
    "special": "pwd-special",
    "expiry_days": "pwd-more",
    "blocklist": "pwd-more",
    "similarity": "pwd-more",
}


class Standing(NamedTuple):
    """What the standards ask of a rule, and which requirement it departs from; empty: from none."""

    asked: str
    departs_from: str


class Departure(NamedTuple):
    """That an audience's rules depart from a standard, since when, and why."""

    audience: Audience
    field: str
    requirement: str
    since: dt.datetime
    reason: str

    @property
    def claim(self) -> str:
        return CLAIMS[self.field]

    @property
    def title(self) -> str:
        return str(TITLES[self.field])

    @property
    def whose(self) -> str:
        return str(AUDIENCES[self.audience])


def standings(policy: Policy) -> dict[str, Standing]:
    """Every rule of a policy beside what the standards say."""
    departs = deviations(policy)
    return {field: Standing(str(text), departs.get(field, "")) for field, text in ASKED.items()}


def departures() -> list[Departure]:
    """Where the served organisation departs from a standard now; an audience after the other."""
    return [found for audience in Audience for found in _departures(audience)]


def _departures(audience: Audience) -> list[Departure]:
    versions = PasswordPolicyVersion.objects.filter(audience=audience).order_by("-version")
    found: dict[str, Departure] = {}
    for number, version in enumerate(versions):
        departs = deviations(as_policy(version.knobs))
        if number == 0:
            found = {
                field: Departure(audience, field, requirement, version.at, version.reason)
                for field, requirement in departs.items()
            }
            going_on = set(found)
        # As long as the versions before depart as well.
        going_on &= set(departs)
        if not going_on:
            break
        for field in going_on:
            found[field] = found[field]._replace(since=version.at)
    return list(found.values())

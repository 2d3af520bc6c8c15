"""Who may reach production, for how long, and by what proof."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="acc-need-to-know",
        claim=Text(
            de="Wer auf den Betrieb dieser Installation zugreift, hat dafür einen schriftlichen "
            "Grund, eine Freigabe und ein Enddatum.",
            en="Whoever has access to the operation of this installation has a written reason, an "
            "approval and an end date for it.",
        ),
        falsifier=Text(
            de="Ein Zugang besteht ohne Grund, ohne Freigabe durch eine andere Person oder über "
            "sein Ende hinaus.",
            en="An access exists without a reason, without approval by another person, or beyond "
            "its end.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "Access is lent and not owned, and it can be read who lent it for what. It does not "
            "say that the reason was a good one; reasons are read at each confirmation "
            "(`acc-review`)."
        ),
        checking=(
            "Collects the accounts, keys and groups that are really in force on every system and "
            "looks for the grant of each. Canary: in turn adds a probe account without a grant, "
            "one whose grant has ended, and one who approved their own. Each must be noticed."
        ),
        breaking="Add a public key to `authorized_keys` by hand.",
        remedy=(
            "Remove the access, look in the logs for its use, and grant it anew if it is needed."
        ),
    ),
    Claim(
        id="acc-least-privilege",
        claim=Text(
            de="Kein Dienst dieser Installation läuft als root, und kein Konto behält ein Recht, "
            "das es 90 Tage nicht benutzt hat.",
            en="No service of this installation runs as root, and no account keeps a right that it "
            "has not used for 90 days.",
        ),
        falsifier=Text(
            de="Ein Prozess läuft als root, ein Datenbankkonto darf mehr als sein eigenes Schema, "
            "oder ein Recht blieb länger als 90 Tage unbenutzt.",
            en="A process runs as root, a database account may do more than its own schema needs, "
            "or a right has been unused for more than 90 days.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "Rights are measured by use. It does not say that a right in daily use could not be "
            "narrower still."
        ),
        checking=(
            "Reads the account and the capabilities of each of the product's processes, the rights "
            "of each database account, and the last use of each entitlement. Canary: in turn lists "
            "a process of root, and an entitlement last used 91 days ago. Both must be noticed."
        ),
        breaking="Start a service without its `User=` line.",
        remedy="Start it under its own account; withdraw the unused right.",
    ),
    Claim(
        id="acc-review",
        claim=Text(
            de="Jedes Zugriffsrecht im Betrieb wurde in den letzten 90 Tagen bestätigt, und wer "
            "ausscheidet, verliert es binnen 24 Stunden.",
            en="Each right of access to operation was confirmed in the last 90 days, and whoever "
            "leaves loses it within 24 hours.",
        ),
        falsifier=Text(
            de="Ein Recht ist seit mehr als 90 Tagen unbestätigt, oder ein Konto ist 24 Stunden "
            "nach dem Ausscheiden der Person noch offen.",
            en="A right has been unconfirmed for more than 90 days, or an account is still open 24 "
            "hours after the person has left.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "Somebody other than the holder confirmed each right within a quarter. It knows of "
            "leavers only what the register of staff says."
        ),
        checking=(
            "Compares the rights in force with the record of confirmations, and the open accounts "
            "with the register of staff. Canary: in turn sets a confirmation to 91 days ago and "
            "lets a probe person have left 25 hours ago. Both must be noticed."
        ),
        breaking="Enter the leaving of a person and leave the account open for a day.",
        remedy="Close the account; confirm or withdraw the right.",
    ),
]

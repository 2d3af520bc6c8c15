"""What is claimed of how credentials are made and kept."""

import datetime as dt

from siegel.claims.control import Control, Kind, Scope, Text
from siegel.trust.checks import tokens

CONTROLS = [
    Control(
        id="crd-token-sha256",
        claim=Text(
            de="Jedes Zugangstoken enthält mindestens 128 Bit Zufall und läuft ab; gespeichert ist"
            " nur sein HMAC-SHA-256.",
            en="Every access token holds at least 128 random bits and expires; only its "
            "HMAC-SHA-256 is stored.",
        ),
        falsifier=Text(
            de="Ein Token ist kürzer, läuft nicht ab, steht selbst in der Datenbank, oder der "
            "Schlüssel des HMAC liegt dort.",
            en="A token is shorter, does not expire, is itself in the database, or the key of the "
            "HMAC lies there.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "It covers invitations, links for new passwords and for clients, the cookies of "
            "clients and of trusted browsers. Tickets of sockets are signed and stored nowhere; of "
            "sessions speaks `x-session-separation`. For values as random as these a fast hash is "
            "right, unlike for passwords; a token that somebody hands on still opens what it opens."
        ),
        checking=(
            "Makes eight tokens of each kind at a probe and takes the cookies of two clients "
            "there, of whom one has signed in: counts the bits that differ among the eight, looks "
            "for each, and for the key, in every row of the opened database, recomputes the "
            "stored value with the key, and sees whether it still opens something after its end "
            "and whether its use is kept. In every tenant, reads each row that stands for a "
            "token: its kind is one of those listed, it holds an HMAC and an end within 366 days. "
            "Has the mails with links written at the probe, and looks for their tokens in the "
            "database, and for any token in every queue of mail. Canary: stores tokens "
            "as they are, with and without what surrounds them, makes them of 64 bits, makes all "
            "of them the same, lets a signed-in client's cookie hold for years, keeps a mail's "
            "link in the queue, gives one no end that anybody would live to see, and writes the "
            "key into the database. Each must be noticed."
        ),
        breaking="Return `secret` from `_digest` in `siegel/identity/tokens.py`.",
        remedy="End all tokens of that kind, have new ones made, and repair where it is stored.",
        check=tokens.examine_tokens,
        canary=tokens.plant_each,
    ),
]

"""How passwords and tokens are stored."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="crd-best-practice",
        claim=Text(
            de="Kennwörter werden mit Argon2id gehasht, mindestens mit den veröffentlichten "
            "Werten, und diese werden jedes Jahr überprüft.",
            en="Passwords are hashed with Argon2id, at least with the published parameters, which "
            "are reviewed each year.",
        ),
        falsifier=Text(
            de="Ein Hash ist schwächer, obwohl sich die Person seit der letzten Anhebung "
            "angemeldet hat, oder die Überprüfung ist über ein Jahr her.",
            en="A hash is weaker although the person has signed in since the last increase, or the"
            " review is more than a year old.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "Memory, passes and lanes are published with the date of the review (today 19 MiB, two"
            " passes, one lane). Somebody who does not sign in keeps the older hash; how many "
            "there are is stated."
        ),
        checking=(
            "Reads scheme and parameters of every stored hash in every tenant, never the hash "
            "itself, and compares them with the floor, the last sign-in and the date of the "
            "review. Canary: stores a hash with one pass at a probe tenant, and in turn presents a"
            " review of 13 months ago. Each must be noticed."
        ),
        breaking="Lower the memory in `siegel/identity/hashing.py`.",
        remedy="Raise the parameters again; the hash is renewed at each person's next sign-in.",
    ),
    Claim(
        id="crd-unreadable",
        claim=Text(
            de="In Datenbanken, Warteschlangen, Protokollen, Abzügen und Fehlerberichten steht "
            "kein Kennwort im Klartext.",
            en="No password stands in plain text in databases, queues, logs, dumps or error "
            "reports.",
        ),
        falsifier=Text(
            de="Ein Prüfkennwort findet sich nach Setzen, Anmelden, Vertippen und einem "
            "ausgelösten Fehler an einem dieser Orte.",
            en="A probe password is found in one of these places after it was set, used, mistyped "
            "and present at a provoked error.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "It covers what the product writes, in each of the usual encodings. While somebody "
            "signs in, the password is in the memory of the process; this claim does not deny it."
        ),
        checking=(
            "Sets a random password at a probe tenant, signs in with it, enters it in the wrong "
            "field, provokes an error while it is being handled, and searches every opened "
            "database and every file of logs, queue and dumps for it: plain, in base64, in hex and"
            " as in addresses. Canary: writes it into a log line, and in turn into a job. Each "
            "must be noticed."
        ),
        breaking="Log the body of the sign-in request.",
        remedy=(
            "Delete the places found, backups included, have everybody concerned choose a new "
            "password, and tell them why."
        ),
    ),
    Claim(
        id="crd-salted-oneway",
        claim=Text(
            de="Von jedem Kennwort ist nur ein Hash mit eigenem Zufallswert gespeichert; gleiche "
            "Kennwörter ergeben verschiedene Hashes.",
            en="Of every password only a hash with a random value of its own is stored; equal "
            "passwords give different hashes.",
        ),
        falsifier=Text(
            de="Ein gespeicherter Wert trägt kein zugelassenes Verfahren, zwei Hashes teilen ihren"
            " Zufallswert, oder er ist kürzer als 16 Byte.",
            en="A stored value carries no admitted scheme, two hashes share their random value, or"
            " it is shorter than 16 bytes.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "The random value is what the trade calls salt. A hash cannot be turned back, but a "
            "weak password can be guessed against it; Argon2id makes each guess costly."
        ),
        checking=(
            "Gives two probe people the same password and compares; in every tenant counts "
            "schemes, lengths and repetitions of the random values by their hashes. Canary: stores"
            " the same hash twice, and in turn a reversible value, at a probe tenant. Each must be"
            " noticed."
        ),
        breaking="Give the hasher a fixed salt.",
        remedy="Restore the hasher, and have the people concerned choose a new password.",
    ),
    Claim(
        id="crd-pw-sha256",
        claim=Text(
            de="Kein Kennwort ist durch SHA-256 allein geschützt; übernommene Hashes dieser Art "
            "werden schon beim Import in Argon2id eingefasst.",
            en="No password is protected by SHA-256 alone; imported hashes of that kind are "
            "wrapped in Argon2id on import already.",
        ),
        falsifier=Text(
            de="In einer Organisation liegt ein bloßer SHA-256-Hash, oder ein eingefasster lässt "
            "die Anmeldung nicht zu.",
            en="An organisation holds a bare SHA-256 hash, or a wrapped one does not let its owner"
            " sign in.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "SHA-256, salted or not, is made to be fast, which helps those who guess; for "
            "passwords it is therefore accepted only on the way in. At the first sign-in the "
            "wrapped hash is replaced by a plain Argon2id one."
        ),
        checking=(
            "Counts the hashes of every tenant by scheme, of which bare ones must be none; imports"
            " a probe person with a salted SHA-256 hash, signs in, and looks at what is stored "
            "before and after. Canary: stores a bare hash at a probe tenant."
        ),
        breaking="Import hashes with a plain INSERT.",
        remedy=(
            "Wrap the hashes now; who can have read them meanwhile decides whether new passwords "
            "are needed."
        ),
    ),
    Claim(
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
            "It covers invitations, visitors' tokens, tickets of sockets and keys for programs. "
            "For values as random as these a fast hash is right, unlike for passwords; a token "
            "that somebody hands on still opens what it opens."
        ),
        checking=(
            "Makes one token of each kind at a probe tenant, measures its length, looks for it in "
            "every row of the opened database, recomputes the stored value with the key, and reads"
            " its end and last use; kinds are counted against those the program lists. Canary: "
            "stores a token as it is, and in turn one without end. Each must be noticed."
        ),
        breaking="Store the token instead of its HMAC.",
        remedy="End all tokens of that kind, have new ones made, and repair where it is stored.",
    ),
]

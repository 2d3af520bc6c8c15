"""What this package claims."""

import datetime as dt

from siegel.claims.control import Control, Kind, Scope, Text
from siegel.identity import further_rules, password_trials, stored_passwords

# Each attempt hashes once or more, and a machine may be busy.
TRIALS = dt.timedelta(minutes=3)

CONTROLS = [
    Control(
        id="crd-best-practice",
        claim=Text(
            de="Passwörter werden mit Argon2id gehasht, mindestens mit den veröffentlichten "
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
        check=stored_passwords.examine_cost,
        canary=stored_passwords.notice_cost,
    ),
    Control(
        id="crd-salted-oneway",
        claim=Text(
            de="Von jedem Passwort ist nur ein Hash mit eigenem Zufallswert gespeichert; gleiche "
            "Passwörter ergeben verschiedene Hashes.",
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
        check=stored_passwords.examine_salts,
        canary=stored_passwords.notice_salts,
    ),
    Control(
        id="crd-pw-sha256",
        claim=Text(
            de="Kein Passwort ist durch SHA-256 allein geschützt; übernommene Hashes dieser Art "
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
        check=stored_passwords.examine_digests,
        canary=stored_passwords.notice_digests,
    ),
    Control(
        id="pwd-custom",
        claim=Text(
            de="Jede Organisation bestimmt, welche Passwörter sie annimmt, und das gilt überall, "
            "wo eines gesetzt werden kann.",
            en="Each organisation decides which passwords it accepts, and that holds wherever one "
            "can be set.",
        ),
        falsifier=Text(
            de="Ein Weg, ein Passwort zu setzen, nimmt eines an, das die Regeln ausschließen, oder"
            " lehnt eines ab, das ihnen genügt.",
            en="A way to set a password accepts one that the rules exclude, or refuses one that "
            "satisfies them.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "The ways are invitation, change, reset, the operator's command and import, whose "
            "passwords are judged at the first sign-in. Rules hold for new passwords; those set "
            "before are judged at the next sign-in and need not satisfy before a time that is told."
        ),
        checking=(
            "Draws random rules and passwords, tries each pair on every way at a probe tenant, and"
            " compares with a second, independent reading of the rules; ways are counted against "
            "those the program lists. Canary: runs the same with a way that does not ask for the "
            "rules."
        ),
        breaking="Set a password in a new place without asking for the rules.",
        remedy="Let the place ask for them; have those who set a password there choose a new one.",
        check=password_trials.examine_custom,
        canary=password_trials.plant_unasked,
        timeout=TRIALS,
    ),
    Control(
        id="pwd-minlen",
        claim=Text(
            de="Kein neues Passwort ist kürzer, als die Organisation verlangt, und keine darf "
            "weniger verlangen als die Plattform.",
            en="No new password is shorter than the organisation requires, and none may require "
            "less than the platform.",
        ),
        falsifier=Text(
            de="Ein um ein Zeichen zu kurzes Passwort wird angenommen, eines von genau der Länge "
            "abgelehnt, oder die Untergrenze der Plattform unterschritten.",
            en="A password one character short is accepted, one of exactly the length refused, or "
            "the platform's floor undercut.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "The floor is 8 characters, as for people with a second factor; without one 15 are "
            "asked for unless the organisation decides otherwise, which its page then says. "
            "Counted are Unicode characters; phrases with spaces are welcome. Length alone does "
            "not make a password unknown to others."
        ),
        checking=(
            "Tries lengths one below, at and one above the limit on every way to set a password at"
            " a probe tenant, with letters that take several bytes, and tries to save a limit "
            "below the floor. Canary: runs the same with the limit of the probe one too low."
        ),
        breaking="Lower `FLOOR` in `siegel/identity/password_policy.py`.",
        remedy="Restore the floor; have passwords that were set meanwhile chosen anew.",
        check=password_trials.examine_lengths,
        canary=password_trials.plant_shorter,
        timeout=TRIALS,
    ),
    Control(
        id="pwd-letters",
        claim=Text(
            de="Eine Organisation kann Buchstaben vorschreiben; tut sie es nicht, entscheiden "
            "Länge und Sperrliste.",
            en="An organisation can prescribe letters; if it does not, length and a blocklist "
            "decide.",
        ),
        falsifier=Text(
            de="Mit dieser Vorschrift wird ein Passwort ohne Buchstaben angenommen, oder ohne sie "
            "eines deswegen abgelehnt.",
            en="With this rule a password without letters is accepted, or without it one is "
            "refused for that reason.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "Letters of every script count. Rules of composition are kept for organisations that "
            "are bound to them; they are off by default, since they make passwords predictable."
        ),
        checking=(
            "With the rule on and off, tries passwords of digits and signs only, with one letter "
            "less than required and with exactly as many, on every way to set one at a probe "
            "tenant. Canary: runs the same with a probe that ignores the rule."
        ),
        breaking="Leave the rule out of one way to set a password.",
        remedy=(
            "Let that way ask for the rules, and have passwords that were set there chosen anew."
        ),
        check=password_trials.examine_letters,
        canary=password_trials.plant_no_letters,
        timeout=TRIALS,
    ),
    Control(
        id="pwd-digits",
        claim=Text(
            de="Verlangt eine Organisation Ziffern, so wird ein Passwort mit zu wenigen davon an "
            "jeder Stelle abgelehnt.",
            en="If an organisation requires digits, a password with too few of them is refused "
            "everywhere.",
        ),
        falsifier=Text(
            de="Ein Passwort mit einer Ziffer weniger als verlangt wird angenommen, oder eines mit"
            " genau so vielen deswegen abgelehnt.",
            en="A password with one digit fewer than required is accepted, or one with exactly as "
            "many is refused for that reason.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "The rule is off by default and has a number. It does not stop people from putting the"
            " year at the end; the blocklist stops the commonest of these."
        ),
        checking=(
            "Tries one digit fewer, exactly as many and one more on every way to set a password at"
            " a probe tenant. Canary: runs the same with a probe that counts one too many."
        ),
        breaking="Leave the rule out of one way to set a password.",
        remedy=(
            "Let that way ask for the rules, and have passwords that were set there chosen anew."
        ),
        check=password_trials.examine_digits,
        canary=password_trials.plant_more_digits,
        timeout=TRIALS,
    ),
    Control(
        id="pwd-special",
        claim=Text(
            de="Verlangt eine Organisation Sonderzeichen, so zählt jedes Zeichen, das weder "
            "Buchstabe noch Ziffer ist, auch das Leerzeichen.",
            en="If an organisation requires special characters, every one that is neither letter "
            "nor digit counts, the space included.",
        ),
        falsifier=Text(
            de="Ein Passwort mit einem Sonderzeichen zu wenig wird angenommen, oder ein zulässiges"
            " Zeichen zählt nicht.",
            en="A password with one special character too few is accepted, or an admissible one "
            "does not count.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "The rule is off by default. No sign is forbidden, and none is changed before the "
            "password is hashed, apart from Unicode normalisation."
        ),
        checking=(
            "Tries one fewer than required, exactly as many and one more, with a sample of signs "
            "from every Unicode category, on every way to set a password at a probe tenant. "
            "Canary: runs the same with a probe that does not count the space."
        ),
        breaking="Replace the definition by a list of twenty signs.",
        remedy="Restore the definition; nobody has to change a password for it.",
        check=password_trials.examine_special,
        canary=password_trials.plant_no_spaces,
        timeout=TRIALS,
    ),
    Control(
        id="pwd-more",
        claim=Text(
            de="Weitere Regeln gibt es zu Sperrliste, Ähnlichkeit, früheren Passwörtern, Alter und"
            " Datenlecks, jede mit Gegenbeispiel.",
            en="There are further rules on blocklist, similarity, earlier passwords, age and data "
            "leaks, each with a counter-example.",
        ),
        falsifier=Text(
            de="Eine der Regeln nimmt ihr Gegenbeispiel an, hat keines, oder wird veröffentlicht, "
            "ohne dass es sie gibt.",
            en="One of the rules accepts its counter-example, has none, or is published without "
            "existing.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "Blocklist and similarity are on by default; age and earlier passwords are for "
            "organisations that are bound to them. Leaks are looked up if the operator names a "
            "service, without the password or its whole hash leaving the installation."
        ),
        checking=(
            "Reads the published rules, switches each on alone at a probe tenant and tries its "
            "counter-example and its example; what is typed on every way to set a password, age "
            "at a sign-in, earlier ones at a change, leaks with a service that knows one. Canary: "
            "exchanges the two for one rule, and in turn publishes a rule that does not exist. "
            "Each must be noticed."
        ),
        breaking="Empty the blocklist.",
        remedy=(
            "Restore the list; people who chose a password from it meanwhile are asked for another"
            " at their next sign-in."
        ),
        check=further_rules.examine_further,
        canary=further_rules.plant_each,
        timeout=TRIALS,
    ),
]

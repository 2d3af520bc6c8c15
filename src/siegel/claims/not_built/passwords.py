"""Which passwords are accepted."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="pwd-custom",
        claim=Text(
            de="Jede Organisation bestimmt, welche Kennwörter sie annimmt, und das gilt überall, "
            "wo eines gesetzt werden kann.",
            en="Each organisation decides which passwords it accepts, and that holds wherever one "
            "can be set.",
        ),
        falsifier=Text(
            de="Ein Weg, ein Kennwort zu setzen, nimmt eines an, das die Regeln ausschließen, oder"
            " lehnt eines ab, das ihnen genügt.",
            en="A way to set a password accepts one that the rules exclude, or refuses one that "
            "satisfies them.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "The ways are invitation, change, reset, the operator's command and import. Rules hold"
            " for new passwords; those set before are asked for anew at the next sign-in, not "
            "deleted."
        ),
        checking=(
            "Draws random rules and passwords, tries each pair on every way at a probe tenant, and"
            " compares with a second, independent reading of the rules; ways are counted against "
            "those the program lists. Canary: runs the same with a way that does not ask for the "
            "rules."
        ),
        breaking="Set a password in a new place without asking for the rules.",
        remedy="Let the place ask for them; have those who set a password there choose a new one.",
    ),
    Claim(
        id="pwd-admin-only",
        claim=Text(
            de="Die Regeln für Kennwörter ändert allein, wer die Organisation verwaltet, und jede "
            "Änderung steht im Protokoll.",
            en="Only those who administer the organisation change its rules for passwords, and "
            "each change is in the trail.",
        ),
        falsifier=Text(
            de="Eine andere Rolle kann sie ändern, oder eine Änderung steht nicht mit Person, "
            "Zeit, altem und neuem Wert im Protokoll.",
            en="Another role can change them, or a change is not in the trail with person, time, "
            "old and new value.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "Advisers, auditors and clients cannot, nor can operators. It does not say that an "
            "administrator chooses well, which is why there is a floor."
        ),
        checking=(
            "Tries the change as each role and signed out, by page and by interface, at a probe "
            "tenant, where all but administrators must get a refusal; makes one change and looks "
            "for it in the trail. Canary: gives the probe's advisers the permission, and in turn "
            "makes a change past the trail. Each must be noticed."
        ),
        breaking="Give a further role the permission `settings:change`.",
        remedy=(
            "Take the permission away, look in the trail for what was changed meanwhile, and set "
            "it right."
        ),
    ),
    Claim(
        id="pwd-minlen",
        claim=Text(
            de="Kein neues Kennwort ist kürzer, als die Organisation verlangt, und keine darf "
            "weniger verlangen als die Plattform.",
            en="No new password is shorter than the organisation requires, and none may require "
            "less than the platform.",
        ),
        falsifier=Text(
            de="Ein um ein Zeichen zu kurzes Kennwort wird angenommen, eines von genau der Länge "
            "abgelehnt, oder die Untergrenze der Plattform unterschritten.",
            en="A password one character short is accepted, one of exactly the length refused, or "
            "the platform's floor undercut.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "The floor is 15 characters, counted as Unicode characters; phrases with spaces are "
            "welcome. Length alone does not make a password unknown to others."
        ),
        checking=(
            "Tries lengths one below, at and one above the limit on every way to set a password at"
            " a probe tenant, with letters that take several bytes, and tries to save a limit "
            "below the floor. Canary: runs the same with the limit of the probe one too low."
        ),
        breaking="Lower `min_length` in the settings.",
        remedy="Restore the floor; have passwords that were set meanwhile chosen anew.",
    ),
    Claim(
        id="pwd-letters",
        claim=Text(
            de="Eine Organisation kann Buchstaben vorschreiben; tut sie es nicht, entscheiden "
            "Länge und Sperrliste.",
            en="An organisation can prescribe letters; if it does not, length and a blocklist "
            "decide.",
        ),
        falsifier=Text(
            de="Mit dieser Vorschrift wird ein Kennwort ohne Buchstaben angenommen, oder ohne sie "
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
    ),
    Claim(
        id="pwd-digits",
        claim=Text(
            de="Verlangt eine Organisation Ziffern, so wird ein Kennwort mit zu wenigen davon an "
            "jeder Stelle abgelehnt.",
            en="If an organisation requires digits, a password with too few of them is refused "
            "everywhere.",
        ),
        falsifier=Text(
            de="Ein Kennwort mit einer Ziffer weniger als verlangt wird angenommen, oder eines mit"
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
    ),
    Claim(
        id="pwd-special",
        claim=Text(
            de="Verlangt eine Organisation Sonderzeichen, so zählt jedes Zeichen, das weder "
            "Buchstabe noch Ziffer ist, auch das Leerzeichen.",
            en="If an organisation requires special characters, every one that is neither letter "
            "nor digit counts, the space included.",
        ),
        falsifier=Text(
            de="Ein Kennwort mit einem Sonderzeichen zu wenig wird angenommen, oder ein zulässiges"
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
    ),
    Claim(
        id="pwd-more",
        claim=Text(
            de="Weitere Regeln gibt es zu Sperrliste, Ähnlichkeit, früheren Kennwörtern, Alter und"
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
            "organisations that are bound to them. Leaks are looked up without the password or its"
            " whole hash leaving the installation."
        ),
        checking=(
            "Reads the published rules, switches each on alone at a probe tenant and tries its "
            "counter-example and its example on every way to set a password. Canary: exchanges the"
            " two for one rule, and in turn publishes a rule that does not exist. Each must be "
            "noticed."
        ),
        breaking="Empty the blocklist.",
        remedy=(
            "Restore the list; people who chose a password from it meanwhile are asked for another"
            " at their next sign-in."
        ),
    ),
]

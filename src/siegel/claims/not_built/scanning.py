"""Programs that look for errors and vulnerabilities."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="cq-tools",
        claim=Text(
            de="Vor jeder Übernahme prüfen Programme für Form, Regeln, Typen und Schichten jede "
            "Quelldatei des Produkts.",
            en="Before every merge, programs for format, rules, types and layers examine every "
            "source file of the product.",
        ),
        falsifier=Text(
            de="Ein Programm fehlt oder lief nicht, es sah weniger Dateien, als es gibt, oder es "
            "übersah einen eingebauten Mangel.",
            en="A program is missing or did not run, saw fewer files than there are, or overlooked"
            " a planted defect.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "The programs and their versions are named, and what each found. They find what can be"
            " seen without executing the code."
        ),
        checking=(
            "Runs ruff, mypy, import-linter and the rule pack on the running version's source in "
            "the build, counts the files each has read against the files there are, and hands the "
            "result in as signed evidence. Canary: plants one defect per program in a copy; each "
            "must be reported by its program."
        ),
        breaking="Exclude a folder in a program's configuration.",
        remedy=(
            "Take the exclusion out, repair what is found, and see why the gate let the change "
            "pass."
        ),
    ),
    Claim(
        id="cq-dynamic",
        claim=Text(
            de="Spätestens alle sieben Tage wird jede öffentliche Operation der laufenden Version "
            "mit erzeugten Eingaben ausgeführt.",
            en="At least every seven days each public operation of the running version is executed"
            " with generated input.",
        ),
        falsifier=Text(
            de="Der letzte Lauf ist älter, ließ eine Operation aus, oder endete mit einem "
            "Serverfehler oder einer Warnung des Interpreters.",
            en="The last run is older, left an operation out, or ended with a server error or a "
            "warning of the interpreter.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=7),
        meaning=(
            "Operations are those of the addresses, the socket and the commands, as the program "
            "lists them itself. Generated input reaches much, and never everything."
        ),
        checking=(
            "Reads the list of operations from the running version, drives each on a probe tenant "
            "with inputs from its types and with broken ones, in the interpreter's development "
            "mode, and counts operations reached of operations listed. Canary: adds an operation "
            "that raises on an unusual input, and one that is never reached. Each must be noticed."
        ),
        breaking="Add an address that the run's list does not contain.",
        remedy=(
            "Repair the operation with a test of the input that broke it; give a new operation its"
            " generator."
        ),
    ),
    Claim(
        id="cq-standards",
        claim=Text(
            de="Der Code verletzt keine Regel des mitgelieferten Regelwerks, und die Zahl der "
            "Ausnahmen darin wächst nicht.",
            en="The code breaks no rule of the rule set that it ships with, and the number of its "
            "exceptions does not grow.",
        ),
        falsifier=Text(
            de="Eine Regel ist verletzt, eine wurde abgeschaltet, oder es gibt mehr Ausnahmen als "
            "in der Auslieferung davor.",
            en="A rule is broken, one was switched off, or there are more exceptions than in the "
            "release before.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "Rules and exceptions are files of the source, each exception with its reason. Code "
            "that keeps the rules can still be wrong."
        ),
        checking=(
            "Runs the rule set on the source of the running version, compares the set of rules "
            "with that of the release before, and counts exceptions by rule. Canary: breaks a rule"
            " in a copy, switches a rule off in another, and adds an exception in a third. Each "
            "must be noticed."
        ),
        breaking="Add a comment that silences a rule.",
        remedy=(
            "Repair the code instead; where an exception is right, another one has to go, or the "
            "number is raised in a reviewed change."
        ),
    ),
    Claim(
        id="vul-dast-tools",
        claim=Text(
            de="Mindestens drei Prüfprogramme verschiedener fremder Hersteller haben die laufende "
            "Version bis zum Ende durchsucht.",
            en="At least three scanners of different outside makers have searched the running "
            "version to the end.",
        ),
        falsifier=Text(
            de="Es waren weniger als drei, eines brach ab, oder eines übersah die Schwachstelle, "
            "die für es eingebaut war.",
            en="There were fewer than three, one broke off, or one overlooked the vulnerability "
            "planted for it.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=8),
        meaning=(
            "Names, versions and settings of the scanners are published, since a scanner with weak"
            " settings finds nothing. No set of scanners finds everything."
        ),
        checking=(
            "Reads the reports of the build: scanner, version, settings, requests sent, whether it"
            " came to its end, findings; beside the product each searches a small application with"
            " known holes. Canary: leaves the known holes out of one scanner's report, and in turn"
            " cuts a report short. Each must be noticed."
        ),
        breaking="Lower a scanner's level until it overlooks its planted hole.",
        remedy=(
            "Raise the level again, or replace the scanner; each new finding becomes an entry with"
            " a deadline."
        ),
    ),
    Claim(
        id="vul-dast-continuous",
        claim=Text(
            de="Ein Abbild des Produkts wird jede Nacht angegriffen, die Produktion jede Woche; "
            "erreicht werden mindestens 95 % der Adressen.",
            en="A twin of the product is attacked every night, production every week, and at least"
            " 95% of the addresses are reached.",
        ),
        falsifier=Text(
            de="Der letzte Angriff auf das Abbild ist älter als 24 Stunden, der auf die Produktion"
            " als acht Tage, oder es wurden weniger Adressen erreicht.",
            en="The last attack on the twin is older than 24 hours, that on production than eight "
            "days, or fewer addresses were reached.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "In production only probe tenants are attacked, and only in ways that disturb nobody. "
            "The share is counted against the addresses that the program lists itself."
        ),
        checking=(
            "Compares the addresses requested in the scanners' logs, signed in as each role, with "
            "the list of the running version; states both numbers and the ages. Canary: takes the "
            "requests to a tenth of the addresses out of a copy of the log."
        ),
        breaking="Let the scanner's sign-in expire, so that it sees public pages only.",
        remedy=(
            "Renew the sign-in, or add the addresses that are reached by form only to the "
            "scanner's map."
        ),
    ),
    Claim(
        id="vul-sast-continuous",
        claim=Text(
            de="Zu jedem Stand des Hauptzweigs liegt das Ergebnis einer statischen Suche nach "
            "Schwachstellen vor.",
            en="For every state of the main branch there is the result of a static search for "
            "vulnerabilities.",
        ),
        falsifier=Text(
            de="Zu einem Commit fehlt das Ergebnis, es umfasst keine Datei, oder ein Fund darin "
            "hat seine Frist überschritten.",
            en="A commit has no result, the result covers no file, or a finding in it is past its "
            "deadline.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "The search runs before merging and again every night, since its rules change while "
            "the code does not. It finds patterns, not intentions."
        ),
        checking=(
            "Walks over the commits of the main branch since the last release and looks up the "
            "signed result of each: rules, version, files read, findings with their deadlines. "
            "Canary: removes one result from a copy, and adds a finding past its deadline. Each "
            "must be noticed."
        ),
        breaking="Merge while the search is switched off.",
        remedy=(
            "Run the search for the commits that lack it; repair or judge each finding before its "
            "deadline."
        ),
    ),
    Claim(
        id="vul-sast-all-repos",
        claim=Text(
            de="Kein Repository, aus dem etwas ausgeliefert wird, ist von der statischen Suche "
            "nach Schwachstellen ausgenommen.",
            en="No repository from which anything is shipped is left out of the static search for "
            "vulnerabilities.",
        ),
        falsifier=Text(
            de="Ein Repository hat kein Ergebnis der letzten 24 Stunden, oder ein ausgelieferter "
            "Teil stammt aus keinem der aufgeführten.",
            en="A repository has no result of the last 24 hours, or a shipped part comes from none"
            " of those listed.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "The list is computed from what is shipped, including front end, edge and status "
            "program. The source of third-party packages is not searched; dev-deps-scan looks at "
            "those."
        ),
        checking=(
            "Takes every file of the release, finds the repository it was built from, and looks up"
            " the newest result of each; states repositories and files. Canary: adds a file to a "
            "copy of the release whose origin is unknown, and a repository without result. Each "
            "must be noticed."
        ),
        breaking="Add a repository to the build without its search.",
        remedy="Switch the search on for it; until its first result nothing from it is released.",
    ),
]

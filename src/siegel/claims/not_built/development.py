"""What the product is made of, and how that is tested."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="dev-deps-scan",
        claim=Text(
            de="Jedes ausgelieferte Fremdpaket wird täglich mit bekannten Schwachstellen "
            "abgeglichen; die Liste dafür ist höchstens 24 Stunden alt.",
            en="Every third-party package shipped is matched daily with known vulnerabilities, "
            "from a list at most 24 hours old.",
        ),
        falsifier=Text(
            de="Es wurden weniger Pakete abgeglichen als ausgeliefert, die Liste ist älter, oder "
            "ein Fund hat seine Frist überschritten.",
            en="Fewer packages were matched than are shipped, the list is older, or a finding is "
            "past its deadline.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "It covers Python and JavaScript packages with their versions and hashes as in the "
            "locks. It does not find what nobody has reported yet."
        ),
        checking=(
            "Builds the parts list from the locks and from what is installed, which must agree, "
            "and matches each entry with a signed copy of the public lists; states the number "
            "matched of the number shipped, open findings and their deadlines. Canary: adds a "
            "package with a known vulnerability to the parts list."
        ),
        breaking="Pin a version in a lock that is known to be vulnerable.",
        remedy=(
            "Take the repaired version with `bin/lock --upgrade`; where there is none, note why "
            "the product is not affected, with an end."
        ),
    ),
    Claim(
        id="dev-owasp10",
        claim=Text(
            de="Zu jeder Kategorie der OWASP Top 10 gibt es mindestens einen Angriff, den die "
            "laufende Version nachweislich abweist.",
            en="For each category of the OWASP Top 10 there is at least one attack that the "
            "running version demonstrably refuses.",
        ),
        falsifier=Text(
            de="Eine Kategorie hat keinen Angriffstest, oder einer gelingt, wurde übersprungen "
            "oder lief gegen eine andere Version.",
            en="A category has no attack test, or one succeeds, was skipped, or ran against "
            "another version.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "The table of categories and tests is public. One refused attack per category shows "
            "that the defence is there, not that it has no gap."
        ),
        checking=(
            "Reads the table, runs every attack against a probe tenant, and compares categories "
            "and results; states attacks and categories. Canary: takes a category's tests out of "
            "the table, and in turn switches one defence off for the probe. Each must be noticed."
        ),
        breaking="Remove a header or a permission that one of the attacks depends on.",
        remedy=(
            "Repair the defence before the next release; if an attack succeeded, look for its "
            "trace in the logs of all organisations."
        ),
    ),
    Claim(
        id="cov-services",
        claim=Text(
            de="Veröffentlicht sind je Paket die geprüften Zeilen, Zweige und erkannten Mutanten; "
            "keines liegt unter seiner Schwelle.",
            en="For each package the tested lines, branches and detected mutants are published, "
            "and none lies below its floor.",
        ),
        falsifier=Text(
            de="Ein Paket fehlt auf der Liste, hat ungeprüfte Zeilen oder Zweige, oder seine Tests"
            " erkennen weniger Mutanten als veröffentlicht.",
            en="A package is missing from the list, has untested lines or branches, or its tests "
            "detect fewer mutants than published.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=8),
        meaning=(
            "Coverage says what was executed, not what was compared; therefore the share of "
            "detected mutants, changes made to the code on purpose, stands beside it. Neither "
            "proves the absence of errors."
        ),
        checking=(
            "Runs all tests with coverage of lines and branches for each release, and mutants of "
            "the changed packages each week; compares packages with folders and figures with the "
            "published ones, in signed evidence of the build. Canary: removes the assertions of "
            "one test file, whose mutants must then survive."
        ),
        breaking="Delete a test.",
        remedy=(
            "Write the missing test; a floor is lowered only with a reason, and the list shows "
            "that it was."
        ),
    ),
]

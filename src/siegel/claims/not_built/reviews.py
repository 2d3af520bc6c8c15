"""Who has seen a change before it counts."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="rev-two-others",
        claim=Text(
            de="Jede Änderung auf dem Hauptzweig haben zwei Personen gutgeheißen, die selbst "
            "nichts zu ihr beigetragen haben.",
            en="Every change on the main branch was approved by two people who contributed nothing"
            " to it themselves.",
        ),
        falsifier=Text(
            de="Einer Änderung fehlen zwei gültige Unterschriften von Personen, die sie weder "
            "verfasst noch eingespielt noch beantragt haben.",
            en="A change lacks two valid signatures of people who neither wrote nor pushed nor "
            "requested it.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "It covers the whole history since the first commit; for what came before the rule the"
            " share is stated, and nothing is signed afterwards. Two approvals do not make code "
            "free of errors."
        ),
        checking=(
            "Walks over every commit of the main branch, takes away authors, co-authors, "
            "committers and the requester from those whose signature over exactly this state "
            "verifies, and counts those who remain. Canary: adds a commit to a copy that its "
            "author approved, and one approved before it was amended. Each must be noticed."
        ),
        breaking="Merge a change with one approval.",
        remedy=(
            "Have the change reviewed now by two others and publish the gap; revert it if they "
            "object."
        ),
    ),
    Claim(
        id="rev-approved",
        claim=Text(
            de="Zugestimmt wird genau dem Stand, der übernommen wird, und kein Einwand ist dabei "
            "offen.",
            en="Approval is given to exactly the state that is merged, and no objection is open at"
            " that time.",
        ),
        falsifier=Text(
            de="Ein übernommener Stand weicht vom gutgeheißenen ab, oder ein Einwand war weder "
            "zurückgezogen noch beantwortet.",
            en="A merged state differs from the approved one, or an objection was neither "
            "withdrawn nor answered.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "A remark is no approval, and an approval of an older state does not carry over. It "
            "does not judge how thoroughly somebody has read."
        ),
        checking=(
            "Compares for every merge the tree that was approved with the tree that came in, and "
            "the times of objections with those of their withdrawal. Canary: adds a merge to a "
            "copy whose tree was changed after the approval, and one with an open objection. Each "
            "must be noticed."
        ),
        breaking="Push a further commit after the approval and merge.",
        remedy=(
            "Have the difference approved, or revert it; switch on that new commits cancel "
            "approvals."
        ),
    ),
    Claim(
        id="rev-no-bypass",
        claim=Text(
            de="Die laufende Version ist aus einem Stand gebaut, für den alle Zustimmungen seit "
            "dem ersten Commit vorliegen.",
            en="The running version is built from a state for which all approvals since the first "
            "commit exist.",
        ),
        falsifier=Text(
            de="Im Verzeichnis der Zustimmungen fehlt ein Commit der laufenden Version, die "
            "Historie wurde umgeschrieben, oder der Bau stammt nicht aus ihr.",
            en="The ledger of approvals lacks a commit of the running version, history was "
            "rewritten, or the build does not come from it.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "The running product shows its commit and its ledger; anybody who has the source can "
            "count again. It does not cover what a build machine adds, which reproducible builds "
            "do."
        ),
        checking=(
            "Takes the commit of the running version, walks to the first one and looks each up in "
            "the ledger; builds the package again and compares hashes; lists rewritten histories "
            "and pushes past the gate. Canary: removes an entry from a copy of the ledger, and in "
            "turn changes one file of the build. Each must be noticed."
        ),
        breaking="Push to the main branch past the gate.",
        remedy=(
            "Publish the gap, have the commit reviewed, and build the next release only once the "
            "ledger is complete."
        ),
    ),
    Claim(
        id="rev-early",
        claim=Text(
            de="Höchstens einer von zehn Fehlern wird erst nach der Auslieferung gefunden.",
            en="At most one defect in ten is found only after release.",
        ),
        falsifier=Text(
            de="In den letzten zwölf Monaten war der Anteil höher, oder ein Fehler ist ohne Angabe"
            " verzeichnet, wann er gefunden wurde.",
            en="In the last twelve months the share was higher, or a defect is recorded without "
            "when it was found.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=8),
        meaning=(
            "The share and both numbers are published; fewer than ten defects give no share, and "
            "the row stays unknown. It counts known defects only."
        ),
        checking=(
            "Counts the defects of twelve months by where they were found: before merging, before "
            "release, after it; a fix after release without such a record is a fault. Canary: "
            "moves the defects of a copy behind the release."
        ),
        breaking="Record defects found in review as found in production.",
        remedy=(
            "Look at the defects that came through, add the check that would have found each, and "
            "say so in its record."
        ),
    ),
    Claim(
        id="qa-dept",
        claim=Text(
            de="Die Qualitätssicherung ist mit benannten Personen besetzt, deren Nachweise der "
            "Ausbildung gültig sind.",
            en="Quality assurance is staffed with named people whose proofs of training are valid.",
        ),
        falsifier=Text(
            de="Niemand hat die Rolle inne, ein Nachweis fehlt oder ist abgelaufen, oder er wurde "
            "nur von einer Person bestätigt.",
            en="Nobody holds the role, a proof is missing or has expired, or only one person "
            "confirmed it.",
        ),
        kind=Kind.ATTESTED,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=1),
        meaning=(
            "The number of people and the dates are shown, their names are not. It says nothing "
            "about how good their work is; the next two claims look at what it leaves behind."
        ),
        checking=(
            "Compares the register of roles with the proofs handed in, their dates with today, and"
            " both with the people who signed releases. Canary: presents a role without holder, "
            "and a proof that expired yesterday. Each must be noticed."
        ),
        breaking="Let the last proof expire.",
        remedy=(
            "Hand in the renewed proof and have a second person confirm it; until then somebody "
            "else who holds one signs releases."
        ),
    ),
    Claim(
        id="qa-finds-fixes",
        claim=Text(
            de="Jede Auslieferung trägt die Freigabe der Qualitätssicherung, jede behobene Lücke "
            "einen Test, der sie wieder finden würde.",
            en="Every release bears quality assurance's approval, and every fixed vulnerability a "
            "test that would find it again.",
        ),
        falsifier=Text(
            de="Einer Auslieferung fehlt die Freigabe, oder der Test einer behobenen Lücke besteht"
            " auch ohne die Behebung.",
            en="A release lacks the approval, or the test of a fixed vulnerability passes without "
            "the fix as well.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "It covers each release since the first, and each vulnerability in the tracker that is"
            " marked as fixed. It does not say that all were found."
        ),
        checking=(
            "Verifies the signature over each release; for each fix of the last year takes the fix"
            " out of a copy and runs its test, which must fail. Canary: adds a release without "
            "signature, and a fix whose test asserts nothing. Each must be noticed."
        ),
        breaking="Release without the approval.",
        remedy=(
            "Withdraw the release or have it examined now; write the missing test before the "
            "tracker's entry is closed."
        ),
    ),
    Claim(
        id="qa-after-review",
        claim=Text(
            de="Auf die Durchsicht der Entwickler folgt die Qualitätssicherung, darauf die "
            "Auslieferung, jeweils durch andere Personen.",
            en="The developers' review is followed by quality assurance, and that by release, each"
            " by different people.",
        ),
        falsifier=Text(
            de="Bei einer Auslieferung stimmt die Reihenfolge nicht, oder eine Person hat an zwei "
            "der Schritte mitgewirkt.",
            en="For a release the order is not kept, or a person took part in two of the steps.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "Order and persons are read from signatures over the same state. It does not measure "
            "how long anybody looked."
        ),
        checking=(
            "Takes for each release the signed times and signers of review, quality assurance and "
            "release, and compares order and sets of people. Canary: exchanges two times in a "
            "copy, and in turn gives two steps the same signer. Each must be noticed."
        ),
        breaking="Let a developer who reviewed the change sign it for quality assurance.",
        remedy="Have another person repeat the step, and publish which releases were affected.",
    ),
]

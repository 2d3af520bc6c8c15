"""Backups: how often, how long, how many, and over which network."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="bak-daily-full",
        claim=Text(
            de="Die jüngste vollständige und geprüfte Sicherung dieser Organisation ist höchstens "
            "26 Stunden alt.",
            en="This organisation's newest complete and verified backup is at most 26 hours old.",
        ),
        falsifier=Text(
            de="Sie ist älter, ihr fehlt ein Bestand, oder sie wurde nach dem Schreiben nicht "
            "wieder gelesen und verglichen.",
            en="It is older, lacks a store, or was not read back and compared after it was "
            "written.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.TENANT,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "Complete means database, files and what is needed to open both, except the key. It "
            "does not say that a restore has been exercised; dr-recoverable does."
        ),
        checking=(
            "Reads the catalogue of backups, looks up the newest one of the tenant at its target, "
            "compares the list of its objects with the tenant's stores, and verifies a tenth of "
            "the objects by hash, another tenth each time. Canary: presents a catalogue whose "
            "newest entry is 27 hours old, and one whose newest lacks the files. Each must be "
            "noticed."
        ),
        breaking="Stop the jobs for 27 hours.",
        remedy=(
            "Start a backup now; `siegel jobs list` says why the last one failed. A full disk or "
            "an unreachable target is the usual cause."
        ),
    ),
    Claim(
        id="bak-3gen",
        claim=Text(
            de="Tägliche, wöchentliche und monatliche Stände werden vorgehalten; ein abgelaufener "
            "Stand wird binnen zwei Tagen entfernt.",
            en="Daily, weekly and monthly states are kept; one that has expired is removed within "
            "two days.",
        ),
        falsifier=Text(
            de="Einer Stufe fehlt ein Stand, den es nach der Vorgabe geben muss, oder ein "
            "abgelaufener ist noch vorhanden.",
            en="A level lacks a state that it must have by the policy, or an expired one still "
            "exists.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.TENANT,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "A young organisation has fewer states: only what could have been made is wanted. "
            "Removing a backup in time is part of the claim, so that what was deleted does not "
            "live on in copies."
        ),
        checking=(
            "Computes from policy and founding date which states must exist and which must not, "
            "and compares both lists with the catalogue and the objects at the targets. Canary: "
            "takes a weekly state out of the copy that is compared, and in turn adds an expired "
            "one. Each must be noticed."
        ),
        breaking="Delete a monthly state from the target.",
        remedy=(
            "A lost state cannot be made again: note it as a waiver with its end, and find out who"
            " removed it. Delete expired ones by hand."
        ),
    ),
    Claim(
        id="bak-3copies",
        claim=Text(
            de="Jede Sicherung gibt es mindestens dreimal auf zwei Arten von Speicher, einmal "
            "außer Haus und einmal unveränderbar.",
            en="Every backup exists at least three times on two kinds of storage, once off site "
            "and once immutable.",
        ),
        falsifier=Text(
            de="Eine Sicherung hat weniger als drei geprüfte Kopien, keine davon steht außer Haus,"
            " oder keine lehnt das Löschen ab.",
            en="A backup has fewer than three verified copies, none of them off site, or none that"
            " refuses deletion.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.TENANT,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "Three is the least, not the most. A copy counts when its hash was compared within the"
            " last 30 days; the original data do not count as a copy."
        ),
        checking=(
            "Lists the copies of each backup that must exist, with place, kind of storage and date"
            " of the last comparison, and tries to delete a probe object from the immutable "
            "target, which must refuse. Canary: takes one copy out of the list, and in turn runs "
            "the deletion against a target that allows it. Each must be noticed."
        ),
        breaking="Remove one of the three targets from the policy.",
        remedy=(
            "Copy the backups to a further target; if the immutable one allowed a deletion, set "
            "its lock before anything else."
        ),
    ),
    Claim(
        id="bak-nic-backup",
        claim=Text(
            de="Sicherungen werden allein über ein eigenes Netz übertragen, nie über das der "
            "Anwendung.",
            en="Backups are transferred over a network of their own only, never over the "
            "application's.",
        ),
        falsifier=Text(
            de="Während einer Sicherung fließt zwischen Rechner und Ziel ein Byte über das Netz "
            "der Anwendung.",
            en="While a backup runs, a byte flows between machine and target over the "
            "application's network.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "The network may be a wire or a separated one on the same wire; which it is, is shown."
            " It keeps the two kinds of traffic apart; it does not encrypt anything."
        ),
        checking=(
            "Reads the counters of flows per interface before and after a backup and sums what "
            "went to the targets' addresses on each; the sum on the backup network must be at "
            "least the size of the backup. Canary: sends a probe backup to the target over the "
            "application's network."
        ),
        breaking="Give the target an address in the application's network.",
        remedy=(
            "Correct address and route of the target, and block the targets in the packet filter "
            "of the application's network."
        ),
    ),
    Claim(
        id="bak-nic-restore",
        claim=Text(
            de="Auch was aus einer Sicherung zurückgeholt wird, kommt allein über das eigene Netz "
            "der Sicherungen.",
            en="What is brought back from a backup, too, comes over the backups' own network only.",
        ),
        falsifier=Text(
            de="Bei der wöchentlichen Übung fließt ein Byte der Wiederherstellung über das Netz "
            "der Anwendung.",
            en="In the weekly exercise a byte of the restore flows over the application's network.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=8),
        meaning=(
            "It holds for the exercises, which are measured, and for the one way in which a "
            "restore can be started. It does not hold for an archive that an organisation takes "
            "away itself."
        ),
        checking=(
            "Reads the counters of flows per interface before and after the exercise of "
            "dr-recoverable and sums what came from the targets' addresses; the backup network's "
            "sum must be at least what was restored. Canary: restores a probe tenant over the "
            "application's network."
        ),
        breaking="Let the exercise use a target with an address in the application's network.",
        remedy="Correct the route, and repeat the exercise in the same week.",
    ),
    Claim(
        id="bak-no-impact",
        claim=Text(
            de="Während einer Sicherung sind 95 von 100 Antworten höchstens um ein Zehntel "
            "langsamer als in der Stunde davor.",
            en="While a backup runs, 95 of 100 answers are at most a tenth slower than in the hour"
            " before.",
        ),
        falsifier=Text(
            de="Das 95. Perzentil der Antwortzeiten übersteigt während der Sicherung das 1,1-fache"
            " der Stunde davor.",
            en="During the backup the 95th percentile of the response times exceeds 1.1 times that"
            " of the hour before.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "It is measured at the edge over all requests, with at least a thousand in each span; "
            "with fewer the row stays unknown. It does not say that the service is fast, only that"
            " the backup does not slow it down."
        ),
        checking=(
            "Takes the times of the edge for the last backup and for the hour before, computes "
            "both percentiles and states them with their counts. Canary: adds 20% to each time of "
            "the backup's span in a copy."
        ),
        breaking="Remove the limit of the backup's disk bandwidth.",
        remedy=(
            "Lower the limits of bandwidth and disk of the backup, or move it to a quieter hour."
        ),
    ),
]

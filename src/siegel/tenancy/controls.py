"""What this package claims."""

import datetime as dt

from siegel.claims.control import Control, Kind, Scope, Text
from siegel.tenancy import audit_chain, encrypted_at_rest, separation

CONTROLS = [
    Control(
        id="phy-sep-physical",
        claim=Text(
            de="Die Daten jeder Organisation liegen in einer eigenen, mit eigenem Schlüssel "
            "verschlüsselten Datei.",
            en="Each organisation's data lie in a file of its own, encrypted under its own key.",
        ),
        falsifier=Text(
            de="Zwei Organisationen teilen eine Datei oder einen Schlüssel, eine Datei ist "
            "unverschlüsselt, oder ein Text der einen findet sich bei der anderen.",
            en="Two organisations share a file or a key, a file is not encrypted, or a text of "
            "one is found with the other.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "A key that gets into wrong hands opens one organisation's data and no other's. "
            "All files may lie on one disk and are served by one process; whoever has the "
            "key-encrypting key can open them all."
        ),
        checking=(
            "Compares file, folder and key of every tenant: its file is there, opens with its key "
            "and does not open without one. Then makes two probe tenants, writes a random text "
            "into one, and looks for it in every file of both, in what lies in the data folder for "
            "all, and in every row of the other's opened database; tries the other's key on "
            "the file. Canary: Writes the text into the second probe's database, and as a stray "
            "file into its folder."
        ),
        breaking="Hard-link one tenant's database over another's.",
        remedy="Restore the tenant from its backup; find out who can write to the data folder.",
        check=separation.examine_separation,
        canary=separation.plant_each,
    ),
    Control(
        id="enc-rest-all",
        claim=Text(
            de="Die Verschlüsselung gilt für alle Organisationen; abschalten kann sie keine.",
            en="Encryption holds for all organisations; none can switch it off.",
        ),
        falsifier=Text(
            de="Die Datenbank einer Organisation ist unverschlüsselt, ihr fehlt ein Schlüssel, "
            "oder eine Einstellung oder Spalte schaltet die Verschlüsselung ab.",
            en="An organisation's database is not encrypted, it lacks a key, or a setting or a "
            "column switches encryption off.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "There is no organisation whose database could be read without a key, whatever was "
            "booked or set. It speaks of databases and keysets, not of backups or of what is "
            "exported readable, and does not say that the keys are kept well."
        ),
        checking=(
            "Unwraps both keysets of every tenant, as many as there are rows, and looks how its "
            "database would be opened; then opens it: it must be there, open with its key and not "
            "open without one. Then reads the names of all settings and of all columns of both "
            "planes for one that speaks of encryption: there is no switch, so any such name is a "
            "fault. A switch by another name is found by the databases once it is used. Canary: "
            "In turn: puts an unencrypted database in the place of a probe's, a readable file that "
            "is none, and nothing at all, and adds a setting. Each must be noticed."
        ),
        breaking="Replace a `tenant.sqlite3` by a plain SQLite file, or move a keyset away.",
        remedy="Restore the file or the keyset.",
        check=encrypted_at_rest.examine_every_tenant,
        canary=encrypted_at_rest.plant_each,
    ),
    Control(
        id="x-audit-chain",
        claim=Text(
            de="Keine der neuesten 20.000 Zeilen eines Protokolls wird unbemerkt geändert oder "
            "entfernt; ein kürzeres ist ganz erfasst.",
            en="None of the newest 20,000 rows of an audit trail is changed or removed without "
            "being noticed; a shorter trail is covered whole.",
        ),
        falsifier=Text(
            de="Unter den neuesten 20.000 Zeilen folgt eine nicht aus der vorigen, oder ein "
            "Protokoll geht nicht von der Zeile weiter, mit der es bei der letzten Prüfung endete.",
            en="Among the newest 20,000 rows one does not follow from the one before, or a trail "
            "does not go on from the row at which it ended at the last check.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "Every row holds the digest of the row before it, so that a change shows, in every "
            "organisation's trail and in the operators'. Of a trail over 20,000 rows only the "
            "newest 20,000 are recomputed, and the head that was kept must still be among its "
            "rows; `siegel audit verify` recomputes all. It does not say that what was noted is "
            "true, nor that everything was noted. Whoever can write to the database and to "
            "`trail-heads.json` can invent a whole trail: for that, heads are kept elsewhere "
            "(docs/how-to/read-the-trail.md)."
        ),
        checking=(
            "Verifies every tenant's trail and the operators': one of up to 20,000 rows from its "
            "first one on, a longer one in its newest 20,000; and looks whether each still has the "
            "row at which it ended when it was last verified. These heads lie in "
            "`trail-heads.json` in the data folder. A tenant that does not open is a fault. "
            "Canary: In turn: changes a row of a probe's, removes one, cuts the newest, and "
            "invents another trail that holds in itself. Each must be noticed."
        ),
        breaking="`DELETE` the newest row of a tenant's `audit_trailentry`.",
        remedy=(
            "Keep the database as it is and compare it with a backup. After a backup was restored "
            "on purpose, note that, and take the tenant's entry out of `trail-heads.json`."
        ),
        check=audit_chain.examine_chains,
        canary=audit_chain.plant_each,
        timeout=dt.timedelta(minutes=10),
    ),
]

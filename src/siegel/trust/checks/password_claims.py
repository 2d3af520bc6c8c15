"""What is claimed of passwords and shown at addresses."""

import datetime as dt

from siegel.claims.control import Control, Kind, Scope, Text
from siegel.trust.checks import password_rules, password_traces

CONTROLS = [
    Control(
        id="crd-unreadable",
        claim=Text(
            de="In Datenbanken, Warteschlangen, Protokollen, Abzügen und Fehlerberichten steht "
            "kein Passwort im Klartext.",
            en="No password stands in plain text in databases, queues, logs, dumps or error "
            "reports.",
        ),
        falsifier=Text(
            de="Ein Prüfpasswort findet sich nach Setzen, Anmelden, Vertippen und einem "
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
            "Sets a random password at a probe tenant, also by a link for a forgotten one, signs "
            "in and confirms with it, enters it in the wrong field, provokes an error while it is "
            "being handled, and searches every opened database and every file of logs, queue and "
            "dumps for it: plain, in base64, in hex and as in addresses. Canary: writes it into a "
            "log line, and in turn into a job, and has the reset and the confirming log it. Each "
            "must be noticed."
        ),
        breaking="Log the body of the sign-in request.",
        remedy=(
            "Delete the places found, backups included, have everybody concerned choose a new "
            "password, and tell them why."
        ),
        check=password_traces.examine_traces,
        canary=password_traces.plant_each,
        timeout=dt.timedelta(minutes=3),
    ),
    Control(
        id="pwd-admin-only",
        claim=Text(
            de="Die Regeln für Passwörter ändert allein, wer die Organisation verwaltet, und jede "
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
            "Advisers, auditors and clients cannot. What accepts more than before needs a second "
            "administrator who was one the day before, or a day in which everybody "
            "is told. It does not say that an administrator chooses well, which is why there is a "
            "floor."
        ),
        checking=(
            "Tries stricter and weaker rules, agreeing and withdrawing as each other role, signed "
            "out, and as somebody of another organisation, at a probe tenant, where all must get a "
            "refusal; makes one change as an administrator, one that another one agrees to and one "
            "by the day's notice, which exchanges a word, and looks for each in the trail, where "
            "words stand as their number and a digest. Canary: In turn: gives the probe's advisers "
            "the permission, makes changes past the trail, leaves out who proposed one, and tells "
            "of words their number only. Each must be noticed."
        ),
        breaking="Give a further role the permission `settings:change`.",
        remedy=(
            "Take the permission away, look in the trail for what was changed meanwhile, and set "
            "it right."
        ),
        check=password_rules.examine_who_decides,
        canary=password_rules.plant_each,
        timeout=dt.timedelta(minutes=3),
    ),
]

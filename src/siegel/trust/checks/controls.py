"""What needs several rooms to be claimed."""

import datetime as dt

from siegel.claims.control import Control, Kind, Scope, Text
from siegel.trust.checks import (
    closed_pages,
    credentials,
    escaping,
    foreign_access,
    forged_requests,
    framing,
    injected_queries,
    password_sign_in,
    second_factors,
    stolen_files,
)

# Each is asked as browsers ask, at probes that are on no public host.
CONTROLS = [
    Control(
        id="phy-sep-logical",
        claim=Text(
            de="Keine Adresse gibt Daten einer Organisation an jemanden einer anderen heraus.",
            en="No address hands one organisation's data to somebody of another.",
        ),
        falsifier=Text(
            de="Eine Adresse antwortet jemandem einer anderen Organisation mit einem Text oder "
            "einer Kennung dieser Organisation.",
            en="An address answers somebody of another organisation with a text or an id of this "
            "one.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "Whatever an address is about, it serves the organisation of its host only, and only "
            "to its own people and clients. It is about addresses; that files and keys are apart "
            "is `phy-sep-physical`. Sockets and other credentials: `x-session-separation`."
        ),
        checking=(
            "Furnishes two probe tenants with everything an address can be about, each text "
            "marked. Walks the map of all addresses of both hosts, files included, by every method "
            "that each takes by its own word: at one probe's host with the session and the "
            "client's cookie of the other, and at one's own host for the other's things. An answer "
            "of 2xx with a mark or an id of the other is a fault, in both directions. At the end "
            "desk, chat and files must still show everybody what is theirs. What a form names is "
            "tried by tests only. Canary: In turn: makes a session and a client's cookie of one "
            "probe valid at the other, and has the host of one lead to the other. Each must be "
            "noticed, the first at the desk, at the chat, and at the files of both."
        ),
        breaking="Copy a row of `identity_session` of one tenant under a key of another's.",
        remedy=(
            "Suspend both tenants (`siegel tenants suspend`), find the address named by the fault, "
            "and read in the trails who asked for it."
        ),
        check=foreign_access.examine_foreign_access,
        canary=foreign_access.plant_each,
        timeout=dt.timedelta(minutes=3),
    ),
    Control(
        id="x-stolen-files",
        claim=Text(
            de="Wer nur die Dateien einer Organisation hat, liest darin nichts.",
            en="Whoever has only an organisation's files reads nothing in them.",
        ),
        falsifier=Text(
            de="In einer Datei der Daten steht ein bekannter Text lesbar, eine Datei einer "
            "Organisation ist lesbar, oder ein fremder Schlüssel öffnet ihre Datenbank.",
            en="A known text stands readable in a file of the data, a file of an organisation is "
            "readable, or another's key opens its database.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "Database, log, search index and attachments of every organisation are sealed. The "
            "control plane and the template are not: they hold no content, only which "
            "organisations there are. The line that tells what was examined says whether the key "
            "lies on the disk of the data: then a copy or a backup is protected, the machine "
            "itself is not. Two partitions of one disk count as two."
        ),
        checking=(
            "Writes marked texts at a probe in every place there is, and looks for them in every "
            "raw file of the probe, of the control plane and of the template. Of every tenant: "
            "database, log and the 20 files written last must neither begin as SQLite does nor "
            "hold 48 printable characters in a row in their first 64 KiB; the database opens "
            "neither without a key nor with a neighbour's. Compares on which device the data, the "
            "keys and their wrapping key lie. Canary: In turn: leaves a copy of a text beside the "
            "probe's database, an export without encryption, and a text in the control plane. "
            "Each must be noticed."
        ),
        breaking="Put a text file into a tenant's folder.",
        remedy=(
            "Remove what lies there, find out which program wrote it, and treat every copy of the "
            "data since as read by others. To move the key to another disk: "
            "docs/how-to/keep-the-keys.md."
        ),
        check=stolen_files.examine_stolen_files,
        canary=stolen_files.plant_each,
    ),
    Control(
        id="dev-fw-xss",
        claim=Text(
            de="Was Menschen schreiben, bleibt Text: auf keiner Seite wird es zum Programm.",
            en="What people write stays text: on no page does it become a program.",
        ),
        falsifier=Text(
            de="Eine Seite zeigt ein eingegebenes Skript unverändert, ihre Richtlinie lässt andere "
            "als eigene Skripte zu, oder eine Datei des Programms umgeht die Maskierung.",
            en="A page shows a script as it was entered, its policy lets in scripts that are not "
            "ours, or a file of the program gets round the escaping.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "Django's templates escape every text, no script of ours writes markup, and the "
            "browser runs nothing that is no file of ours. What scripts of the page make of a text "
            "in a browser is tried by the journeys of the tests, not here."
        ),
        checking=(
            "Writes a script into every kind of field at a probe, from the client's name to the "
            "organisation's imprint, and reads every address: no page may hold it as written, "
            "each kind must have been seen somewhere, every policy must be strict, and no script "
            "may stand in a page. Searches all templates, Python files and scripts for what gets "
            "round escaping; the exceptions are a list with reasons. Canary: In turn: switches "
            "the templates' escaping off, allows inline scripts, and adds a template with "
            "`|safe`. Each must be noticed."
        ),
        breaking="Add `|safe` to a text of `templates/desk/_header.html`.",
        remedy="Take it out; see in the trail who wrote markup since.",
        check=escaping.examine_escaping,
        canary=escaping.plant_each,
        timeout=dt.timedelta(minutes=3),
    ),
    Control(
        id="dev-fw-csrf",
        claim=Text(
            de="Keine fremde Seite kann im Namen eines angemeldeten Menschen etwas ändern.",
            en="No foreign page can change anything in the name of somebody signed in.",
        ),
        falsifier=Text(
            de="Eine Adresse nimmt eine Änderung ohne Nachweis oder von fremder Herkunft an, oder "
            "erlaubt fremden Seiten den Zugriff.",
            en="An address takes a change without a proof or from a foreign origin, or gives "
            "foreign pages access.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "The desk wants a token and its own origin for every change. The chat and the files, "
            "which have no such session, want a header that a foreign page cannot send without "
            "being allowed to, and nobody is."
        ),
        checking=(
            "Asks every address of both hosts which methods it takes, and sends each that changes "
            "something with the credentials of a probe: without a proof, from a foreign origin, "
            "as plain text, and, at the desk and at files, with every proof but from elsewhere: "
            "403 is wanted each time. Asks every address for leave (CORS), and opens the socket "
            "from a foreign page. Canary: In turn: exempts a page of the desk, makes a page of the "
            "chat take everything, and opens the files. Each must be noticed."
        ),
        breaking="Decorate `socket_ticket` in `siegel/desk/views.py` with `csrf_exempt`.",
        remedy="Take the exemption out.",
        check=forged_requests.examine_forged_requests,
        canary=forged_requests.plant_each,
    ),
    Control(
        id="dev-fw-sqli",
        claim=Text(
            de="Was jemand sendet, wird nie Teil einer Datenbankanweisung.",
            en="What somebody sends never becomes a part of a database statement.",
        ),
        falsifier=Text(
            de="Ein Aufruf im Programm setzt eine Anweisung aus Werten zusammen, oder eine Adresse "
            "antwortet auf eine gesendete Bedingung anders oder mit einem Fehler.",
            en="A call in the program builds a statement out of values, or an address answers "
            "differently, or fails, because of a condition that was sent.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "Values travel beside statements, never in them. Tried are the parameters in the query "
            "of addresses; forms and JSON reach the database through the same calls, which are "
            "all read."
        ),
        checking=(
            "Reads the syntax tree of the installed program: every call that runs SQL takes a "
            "constant, or a text of names marked with its reason (`noqa: S608`), or is on a list "
            "with reasons. Then watches which parameters each address looks at, and sends to each "
            "conditions that hold and that do not, quotation marks and a `DROP TABLE`: both "
            "conditions must get the same answer, none may fail, and all tables must have their "
            "rows. Canary: In turn: has a page put its parameter into a statement, and adds a file "
            "that formats one. Each must be noticed."
        ),
        breaking="Build the statement in `labels_named` with an f-string of the query.",
        remedy="Pass the value as a parameter; read in the logs what was sent since.",
        check=injected_queries.examine_injection,
        canary=injected_queries.plant_each,
        timeout=dt.timedelta(minutes=3),
    ),
    Control(
        id="x-clickjacking",
        claim=Text(
            de="Keine fremde Seite zeigt unsere in einem Rahmen; den Chat nur die Seiten der "
            "Organisation.",
            en="No foreign page shows ours in a frame; the chat only the organisation's own pages.",
        ),
        falsifier=Text(
            de="Eine Antwort lässt andere Seiten als die eingetragenen zu, oder eine Eintragung "
            "ist keine genaue Herkunft.",
            en="An answer allows other pages than those entered, or an entry is no exact origin.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "Nobody can lay a page of ours under their own and have people click on it unseen. "
            "The pages that an organisation enters for its chat can; whoever controls these, "
            "controls what stands around the chat."
        ),
        checking=(
            "Asks every address of two probes from a foreign page, by a method that it takes, one "
            "with two page origins and one with none: `frame-ancestors` is 'none' with "
            "`X-Frame-Options: DENY`, or at the chat exactly the origins entered. Reads the page "
            "origins of every tenant: each is scheme, host and port, without wildcards. Canary: In "
            "turn: lets everybody frame the pages, weakens the old header, and lets the chat's "
            "page allow whoever asks. Each must be noticed."
        ),
        breaking="Enter `https://*.example` in the row of `identity_organisation`.",
        remedy="Correct the entry in the administration, under chat.",
        check=framing.examine_framing,
        canary=framing.plant_each,
    ),
    Control(
        id="x-security-headers",
        claim=Text(
            de="Jede Antwort trägt alle schützenden Kopfzeilen, jedes Cookie alle Schutzmerkmale.",
            en="Every answer carries all protective headers, every cookie all its guards.",
        ),
        falsifier=Text(
            de="Einer Antwort fehlt eine Kopfzeile oder sie erlaubt mehr, etwas Privates darf "
            "aufbewahrt werden, oder einem Cookie fehlt ein Merkmal.",
            en="An answer lacks a header or allows more, something private may be kept, or a "
            "cookie lacks a guard.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "What the program answers. What a proxy in front adds or removes is seen by "
            "`siegel verify` from outside, as is whether connections are encrypted."
        ),
        checking=(
            "Asks every address of both hosts over an encrypted connection, by a method that it "
            "takes and without content, as who belongs there and as a stranger: policy, nosniff, "
            "referrer, opener, permissions and HSTS for at least a year; `no-store` unless a "
            "stranger gets the same answer. Looks at every cookie that is set: `__Host-`, Secure, "
            "HttpOnly, SameSite, or partitioned in the chat's frame. Canary: In turn: allows "
            "inline scripts, leaves `nosniff` out, has a private answer to a POST kept, and lets "
            "scripts read a session's cookie. Each must be noticed."
        ),
        breaking="Take `nosniff` out of `siegel/security_headers.py`.",
        remedy="Put it back.",
        check=closed_pages.examine_closed_pages,
        canary=closed_pages.plant_each,
    ),
    Control(
        id="x-session-separation",
        claim=Text(
            de="Eine Anmeldung gilt nur bei ihrer Organisation und nur, bis sie endet.",
            en="A sign-in holds at its own organisation only, and only until it ends.",
        ),
        falsifier=Text(
            de="Sitzung, Cookie, Einladung, Ticket oder Formularschlüssel öffnet bei einer anderen "
            "Organisation etwas, oder eine beendete Sitzung öffnet noch etwas.",
            en="A session, cookie, invitation, ticket or form token opens something at another "
            "organisation, or a session that has ended still opens something.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "Whatever the product hands out to be shown again is bound to its organisation. A "
            "session ends by signing out, after its time, with another password and when somebody "
            "is deactivated. There is no reset of passwords by mail."
        ),
        checking=(
            "Tries each kind of credential of one probe at the other, in both directions: session "
            "and client's cookie at pages and files, tickets at the socket, an invitation, a "
            "form's token; each must work where it belongs. Ends sessions in every way and tries "
            "them again at the desk and, with a ticket from before, at the socket. Canary: In "
            "turn: makes a session of one probe one of the other, signs tickets with one key for "
            "all, and has sessions outlive a password. Each must be noticed."
        ),
        breaking="Give all tenants the same `SECRET_KEY`.",
        remedy="Put it back, and end all sessions: `DELETE FROM identity_session` in each tenant.",
        check=credentials.examine_credentials,
        canary=credentials.plant_each,
    ),
    Control(
        id="aut-password",
        claim=Text(
            de="Adresse und Passwort genügen zur Anmeldung; Raten wird gebremst, ohne jemanden "
            "auszusperren, und verrät nicht, ob es ein Konto gibt.",
            en="Address and password suffice to sign in; guessing is slowed down without locking "
            "anybody out, and does not reveal whether an account exists.",
        ),
        falsifier=Text(
            de="Das richtige Passwort wird abgelehnt, ein falsches angenommen, der sechste Versuch "
            "muss nicht warten, ein bekanntes Gerät muss es, oder Adressen erhalten verschiedene "
            "Antworten.",
            en="The right password is refused, a wrong one is let in, the sixth try does not have "
            "to wait, a known device has to, or addresses get different answers.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "Devices on which somebody has signed in before count their own failures. All others "
            "share one counter of the account and wait at most five minutes. Answers are compared "
            "by status, headers and text, and by the number of hashes. It does not make a password "
            "a second factor; whether one is needed is `acc-mfa`."
        ),
        checking=(
            "Signs in at a probe tenant with the right password, then guesses as strangers of "
            "different networks at an address that is known and at one that is not, as often as is "
            "free and once more. Five tries cost one hash each and get equal answers, the sixth is "
            "answered with 429 and a time of at most five minutes, also with the right password; "
            "the device from the beginning comes in at once, and is slowed down after as many "
            "wrong ones. Whoever has waited that long comes in. Canary: In turn: refuses every "
            "password, takes any, lifts the limit, lifts it on known devices, has people wait for "
            "ever, forgets known devices, answers unknown addresses without a hash, and says of "
            "them that nobody has them. Each must be noticed."
        ),
        breaking="Set `FREE` in `siegel/identity/throttle.py` to a million.",
        remedy=(
            "Restore the limit; if accounts could be told apart, look in the trails for "
            "`sign-in.refused` since."
        ),
        check=password_sign_in.examine_password_sign_in,
        canary=password_sign_in.plant_each,
    ),
    Control(
        id="acc-mfa",
        claim=Text(
            de="Ein Passwort allein öffnet weder den Betrieb noch die Verwaltung: Wer verwaltet, "
            "braucht einen zweiten Faktor, wer betreibt, einen Passkey (FIDO2).",
            en="A password alone opens neither operation nor administration: administrators need a "
            "second factor, operators a passkey (FIDO2).",
        ),
        falsifier=Text(
            de="Eine Probeanmeldung mit zu wenig Nachweis erreicht mehr als die Einrichtung des "
            "Faktors, oder ein Konto, das ihn braucht, hat nach einem Tag keinen.",
            en="A probe sign-in with too little proof reaches more than the page that sets the "
            "factor up, or an account that needs one has none after a day.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "Who learns an administrator's password gets nowhere with it, and an operator's "
            "passkey answers the real host only, so that a forged page gains nothing. A new "
            "account has a day to set its factor up; until it has, the password alone is enough to "
            "do that. It speaks of sign-in at the desk, not of shells on the machine; for advisers "
            "each organisation decides."
        ),
        checking=(
            "Goes to every address of a probe's desk, its socket and a file of it with a session "
            "that was opened by the password alone, and as if it were the operators' with one that "
            "was opened by a code: only the pages that set a factor up may answer, and of somebody "
            "who has a passkey not even those. Signs in by the form with the password alone and "
            "with a wrong code, which must not open the administration. Counts in all tenants the "
            "active accounts that need a factor, have signed in, are older than a day and have "
            "none. Canary: In turn: lets pages ask for no factor, lets the socket, takes operators "
            "for other people, takes their codes for a passkey, trusts every browser, takes any "
            "code, and takes an administrator's factor away. Each must be noticed."
        ),
        breaking="Take `SecondFactorRequired` out of the middleware.",
        remedy=(
            "Put it back, and end all sessions that began in between. An account without a factor: "
            "have its person sign in and set one up, or deactivate it."
        ),
        check=second_factors.examine_second_factors,
        canary=second_factors.plant_each,
        timeout=dt.timedelta(minutes=3),
    ),
]

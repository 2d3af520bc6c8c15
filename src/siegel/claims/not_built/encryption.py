"""Encryption on the way, of mail, and of backups."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="enc-transit-tls",
        claim=Text(
            de="Jede Verbindung mit einem Browser nutzt TLS 1.2 oder neuer; Server auf "
            "verschiedenen Rechnern weisen sich einander mit Zertifikat aus.",
            en="Every connection with a browser uses TLS 1.2 or later; servers on different "
            "machines authenticate each other by certificate.",
        ),
        falsifier=Text(
            de="Ein Endpunkt handelt eine ältere Version oder gar keine Verschlüsselung aus, oder "
            "zwischen zwei Rechnern ist ein bekannter Text lesbar.",
            en="An endpoint negotiates an older version or no encryption at all, or a known text "
            "can be read between two machines.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "It covers every address that the edge policy opens and every hop behind it that "
            "leaves a machine, replication of databases included. It does not cover what a "
            "browser's owner, or a proxy that the browser trusts, reads after decryption."
        ),
        checking=(
            "Attempts a handshake with every declared endpoint in each version from SSL 3.0 to TLS"
            " 1.3, and a request without TLS; counts the endpoints against the policy. Sends a "
            "random text through a probe tenant and looks for it in a capture of each internal "
            "interface; a server that accepts a peer without certificate is a fault. Canary: adds "
            "two endpoints on the loopback address, one that speaks plain HTTP and one that "
            "accepts TLS 1.0."
        ),
        breaking="Set the lowest version of the edge to TLS 1.0 and reload it.",
        remedy=(
            "Generate the edge's configuration from the policy again and reload it. If a text was "
            "readable between machines, find out what else passed there since the last green run."
        ),
    ),
    Claim(
        id="enc-email-tls",
        claim=Text(
            de="E-Mail an Domains, für die TLS verlangt ist, geht nur über geprüftes TLS hinaus; "
            "gelingt das nicht, wartet die Nachricht im Portal.",
            en="Mail to domains for which TLS is required leaves over verified TLS only; where "
            "that fails, the message waits in the portal.",
        ),
        falsifier=Text(
            de="Eine Nachricht an eine solche Domain ging ohne TLS oder an ein ungültiges "
            "Zertifikat hinaus, oder der eigene Empfang bietet kein gültiges STARTTLS.",
            en="A message to such a domain left without TLS or to an invalid certificate, or our "
            "own reception offers no valid STARTTLS.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.TENANT,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "TLS is enforced towards the domains that the organisation names and those that "
            "publish DANE or MTA-STS. Towards all others it is used when it is offered, and "
            "somebody on the path can suppress the offer; in no case does it protect the mailbox "
            "at the end."
        ),
        checking=(
            "Opens a session with each of our receiving addresses and verifies STARTTLS, chain and"
            " name. Sends from a probe tenant to test servers without TLS, with an expired "
            "certificate and with another name, none of which may receive the message; compares "
            "the delivery log with the organisation's list of domains. Canary: takes the test "
            "domain off the list, so that the message reaches a server without TLS."
        ),
        breaking="Let the mail server fall back to plain text for one of the listed domains.",
        remedy=(
            "Restore the rule for the domain, renew the certificate if it is ours, and tell the "
            "organisation which messages left in plain text."
        ),
    ),
    Claim(
        id="enc-rest-backups",
        claim=Text(
            de="Jede Sicherung ist verschlüsselt, und am Ort der Sicherungen liegt kein Schlüssel,"
            " der sie öffnet.",
            en="Every backup is encrypted, and no key that opens it lies where the backups lie.",
        ),
        falsifier=Text(
            de="In einer Sicherung steht ein bekannter Text lesbar, ein Schlüssel liegt daneben, "
            "oder der verwahrte Schlüssel öffnet sie nicht.",
            en="A known text is readable in a backup, a key lies beside it, or the key in custody "
            "does not open it.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "It covers each copy at each target: the databases of the organisations, the control "
            "database and the files. It does not say who holds the key; the operator answers for "
            "its custody."
        ),
        checking=(
            "Writes a random text into a probe tenant before the daily run, reads every raw object"
            " that the run wrote, at every target, for the text and for key material, and restores"
            " the tenant with the key from its own store; without the key this must fail. Canary: "
            "in turn lays an unencrypted copy of the probe's database and a wrapping key among the"
            " objects of a target. Each must be noticed."
        ),
        breaking="Copy an unencrypted database file into the target of the backups.",
        remedy=(
            "Delete what is unencrypted at every target, rotate each key that lay there, and make "
            "a complete backup."
        ),
    ),
]

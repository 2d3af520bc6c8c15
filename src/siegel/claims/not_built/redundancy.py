"""What keeps running when a part fails."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="red-cluster",
        claim=Text(
            de="Fällt einer von mindestens zwei Anwendungsknoten aus, schlägt höchstens eine von "
            "tausend Anfragen fehl.",
            en="When one of at least two application nodes fails, at most one request in a "
            "thousand fails with it.",
        ),
        falsifier=Text(
            de="Es läuft nur ein Knoten, oder beim Abschalten eines Knotens unter Last scheitern "
            "mehr Anfragen.",
            en="Only one node runs, or more requests fail when a node is switched off under load.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=32),
        meaning=(
            "It speaks of the loss of one node at ordinary load. It does not cover the loss of a "
            "whole site, nor does it hold on a single machine, where it is red."
        ),
        checking=(
            "Counts the healthy nodes behind the edge; each month, and after each release, kills "
            "one under a steady load of probe requests for five minutes and counts what failed of "
            "what was sent. Canary: runs the same exercise against two probe nodes of which the "
            "edge believes the dead one to be healthy."
        ),
        breaking="Stop all nodes but one and run the exercise.",
        remedy=(
            "Start the missing node; if the ratio was too high, shorten the interval in which the "
            "edge notices a dead node."
        ),
    ),
    Claim(
        id="red-network",
        claim=Text(
            de="Verliert die Installation einen ihrer Netzanschlüsse, ist sie nach höchstens 30 "
            "Sekunden wieder erreichbar.",
            en="When the installation loses one of its network connections, it can be reached "
            "again within 30 seconds.",
        ),
        falsifier=Text(
            de="Es gibt nur einen Anschluss, oder beim Abschalten eines Anschlusses antwortet der "
            "Dienst länger als 30 Sekunden nicht.",
            en="There is one connection only, or the service does not answer for more than 30 "
            "seconds while one is switched off.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=32),
        meaning=(
            "Each connection is exercised in turn, with its switch and its way out. It does not "
            "cover a failure of the internet beyond the providers, nor both connections at once."
        ),
        checking=(
            "Takes each connection down once a month, in an announced window, while an outside "
            "probe asks every second; states the longest gap per connection. Canary: takes a probe"
            " connection down that has no second one, so that the gap does not end."
        ),
        breaking="Remove the second route and run the exercise.",
        remedy=(
            "Restore the route, and have the provider confirm that both connections take separate "
            "ways."
        ),
    ),
    Claim(
        id="red-no-spof",
        claim=Text(
            de="Kein einzelnes Bauteil kann den Dienst anhalten, außer denen auf der "
            "veröffentlichten Liste hingenommener Risiken.",
            en="No single component can halt the service, except those on the published list of "
            "accepted risks.",
        ),
        falsifier=Text(
            de="Im Abhängigkeitsgraphen der laufenden Installation trennt ein Knoten den Dienst "
            "von seinen Nutzern und steht nicht auf der Liste.",
            en="In the dependency graph of the running installation a node cuts the service off "
            "from its users and is not on the list.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "The graph is read from the running installation: machines, disks, links, name "
            "servers, identity providers, certificates. It does not know dependencies that no "
            "inventory records."
        ),
        checking=(
            "Builds the graph from inventory, routes and configuration, computes its articulation "
            "points between users and data, and compares them with the list; a system missing from"
            " the inventory is a fault. Canary: adds a component to the graph through which "
            "everything passes."
        ),
        breaking="Let two nodes use one and the same disk.",
        remedy=(
            "Give the component a second instance, or put it on the list with reason, owner and "
            "the date of its next review."
        ),
    ),
    Claim(
        id="red-strict-policy",
        claim=Text(
            de="Was an Sicherung und Replikation läuft, entspricht genau der versionierten "
            "Vorgabe, Ziele und Fristen eingeschlossen.",
            en="What runs of backup and replication equals the versioned policy exactly, targets "
            "and periods included.",
        ),
        falsifier=Text(
            de="Ein Zeitplan, Ziel oder eine Frist läuft anders als vorgegeben, fehlt, oder ist in"
            " der Vorgabe nicht enthalten.",
            en="A schedule, target or period runs differently from the policy, is missing, or is "
            "not in the policy.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "It compares what is set with what was decided. Whether the decision is good enough, "
            "and whether the backups open, is what other claims say."
        ),
        checking=(
            "Reads the schedules, targets and periods from the scheduler, the backup program and "
            "the databases, and compares each with the policy of the running version, in both "
            "directions. Canary: adds a target to the copy that is compared, and in turn takes one"
            " away. Each must be noticed."
        ),
        breaking="Lengthen an interval by hand on one machine.",
        remedy=(
            "Apply the policy again; if the change was intended, change the policy, with its "
            "review."
        ),
    ),
    Claim(
        id="red-replication",
        claim=Text(
            de="Was bestätigt ist, kann binnen zehn Sekunden auch vom Zweitsystem gelesen werden.",
            en="What has been acknowledged can be read from the secondary system, too, within ten "
            "seconds.",
        ),
        falsifier=Text(
            de="Ein Prüfsatz fehlt dort nach zehn Sekunden, oder der Rückstand lag seit der "
            "letzten Prüfung über diesem Wert.",
            en="A probe record is missing there after ten seconds, or the lag has exceeded this "
            "value since the last check.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "It covers databases and files of every organisation; the 99th percentile of the lag "
            "is stated. It does not say that nothing is lost when the first system dies within "
            "those seconds."
        ),
        checking=(
            "Writes a probe record and a probe file, asks the secondary system for both until they"
            " appear, and reads the lag of every organisation since the last run. Canary: pauses "
            "the replication of the probe tenant."
        ),
        breaking="Pause the replication of one database.",
        remedy=(
            "Start it again; if the lag grows, look at the link and the disk of the secondary "
            "system, and make a new copy if the log has been cut."
        ),
    ),
    Claim(
        id="red-sites",
        claim=Text(
            de="Von jedem Datenbestand liegt eine laufend nachgeführte Kopie in einem zweiten "
            "Rechenzentrum.",
            en="Of every data store a copy that is kept up to date lies in a second data centre.",
        ),
        falsifier=Text(
            de="Alle Kopien eines Bestands stehen am selben Ort, oder die entfernte ist mehr als "
            "fünf Minuten zurück.",
            en="All copies of a store are in the same place, or the distant one is more than five "
            "minutes behind.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "The place of a copy is taken from the register of facilities and compared with what "
            "the network says of its address. It does not say that the second site could carry the"
            " whole load."
        ),
        checking=(
            "Lists the copies of every store with place and age of their newest change, and counts"
            " the stores against the register; a place that register and network tell differently "
            "is a fault. Canary: gives both copies of a probe store the same place."
        ),
        breaking="Move the replica of one database to the first site.",
        remedy="Make a copy at the second site again, and keep both until it has caught up.",
    ),
    Claim(
        id="red-storage",
        claim=Text(
            de="Kein Datenträger hat seine Verschleißgrenze überschritten, kein Verbund ist "
            "beschädigt, jede Prüflesung ist jünger als 30 Tage.",
            en="No disk is past its wear limit, no array is degraded, and every scrub is less than"
            " 30 days old.",
        ),
        falsifier=Text(
            de="Ein Datenträger oder Verbund verletzt eine der drei Grenzen, oder sein Bericht "
            "fehlt oder ist abgelaufen.",
            en="A disk or array breaks one of the three limits, or its report is missing or has "
            "expired.",
        ),
        kind=Kind.ATTESTED,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(days=1),
        meaning=(
            "It covers the disks that hold data, by the reports of those who run them. It does not"
            " speak of the age or make of the equipment."
        ),
        checking=(
            "Compares the reports with the inventory of disks: one per disk, confirmed by a second"
            " person, not expired, with wear, state and date of the last scrub; where a machine "
            "lets us, the figures are read from it instead. Canary: adds a degraded array, and in "
            "turn a disk without report. Each must be noticed."
        ),
        breaking="Let the report of one disk expire.",
        remedy="Replace the disk or start the scrub, and hand in a new report.",
    ),
    Claim(
        id="red-multi-server",
        claim=Text(
            de="Jeder Datenbankverbund hat mindestens drei Mitglieder und nimmt nach dem Verlust "
            "eines beliebigen weiter Schreibvorgänge an.",
            en="Every database cluster has at least three members and goes on accepting writes "
            "after the loss of any one.",
        ),
        falsifier=Text(
            de="Ein Verbund hat weniger als drei gesunde Mitglieder, zwei davon teilen einen "
            "Rechner, oder der Verlust eines nähme ihm die Mehrheit.",
            en="A cluster has fewer than three healthy members, two of them share a machine, or "
            "the loss of one would cost it the majority.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "It applies where databases run as clusters. Where each organisation has a file "
            "instead, it does not apply, and the second copy under red-replication is what there "
            "is."
        ),
        checking=(
            "Asks every cluster for its members, their machines, their state and the quorum, from "
            "two members each, and counts the clusters against the register. Canary: presents a "
            "cluster with two members, and one whose members share a machine. Each must be "
            "noticed."
        ),
        breaking="Stop one member and leave it so.",
        remedy=(
            "Start or replace the member and wait until it has caught up before maintenance of "
            "another."
        ),
    ),
]

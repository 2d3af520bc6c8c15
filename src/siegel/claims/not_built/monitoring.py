"""What is watched: systems, devices, lines."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="mon-systems",
        claim=Text(
            de="Jedes System dieser Installation liefert der Überwachung mindestens alle zwei "
            "Minuten Messwerte.",
            en="Every system of this installation sends readings to its monitoring at least every "
            "two minutes.",
        ),
        falsifier=Text(
            de="Ein System des Bestandsverzeichnisses schweigt länger als zwei Minuten, oder das "
            "Schweigen der Überwachung selbst löst außen keinen Alarm aus.",
            en="A system in the inventory is silent for more than two minutes, or the silence of "
            "the monitoring itself raises no alarm outside.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "The monitoring knows of every system in the inventory, and somebody else knows of the "
            "monitoring. It does not say that the readings are good: alarms on readings are "
            "`waf-alerts`."
        ),
        checking=(
            "Subtracts the systems that reported in the last two minutes from the inventory; "
            "nothing may remain. Asks the watcher outside when it last heard from the monitoring. "
            "Canary: in turn adds a system to the inventory that never reports, and shows the "
            "watcher's last word as ten minutes old. Both must be noticed."
        ),
        breaking="Stop the agent of one server.",
        remedy="Start it; if the server was retired, take it out of the inventory.",
    ),
    Claim(
        id="mon-network",
        claim=Text(
            de="Im Netz dieser Installation antwortet kein Gerät, das nicht verzeichnet ist und "
            "abgefragt wird.",
            en="No device answers on this installation's network unless it is in the inventory and "
            "is polled.",
        ),
        falsifier=Text(
            de="Eine Suche im Netz findet ein unbekanntes Gerät, oder ein verzeichnetes wurde seit "
            "zwei Minuten nicht abgefragt.",
            en="A search of the network finds an unknown device, or a known one was not polled for "
            "two minutes.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "What is connected is known, and what is known is asked how it does. It does not find "
            "a device that listens without ever sending."
        ),
        checking=(
            "Collects the neighbours seen by ARP, NDP and LLDP in every network segment and "
            "compares them with the inventory and the times of the last polls. Canary: joins a "
            "network namespace with an address of its own to a probe segment."
        ),
        breaking="Connect a laptop to the production network.",
        remedy="Find the device by the port of the switch and disconnect it, or enter it.",
    ),
    Claim(
        id="mon-circuits",
        claim=Text(
            de="Jede Leitung dieser Installation wird von beiden Enden gemessen; ein geplanter "
            "Ausfall hat dort in den letzten 35 Tagen Alarm ausgelöst.",
            en="Each line of this installation is measured from both ends; a planned outage has "
            "raised an alarm there in the last 35 days.",
        ),
        falsifier=Text(
            de="Eine Leitung ist zwei Minuten lang ohne Messung von beiden Enden, oder ihr letzter "
            "bemerkter Probeausfall ist älter als 35 Tage.",
            en="A line is without a measurement from both ends for two minutes, or its last "
            "planned outage that was noticed is older than 35 days.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "Uplinks and tunnels are measured, and the alarm of each has been heard to ring. It "
            "does not say that there is a second line; `red-network` does."
        ),
        checking=(
            "Reads the latest probe of every line in the inventory from either end and the record "
            "of the planned outages with the alarms that followed. Canary: in turn drops the "
            "probes of one end and removes the alarm of a planned outage. Both must be noticed."
        ),
        breaking="Stop the probe at one end of a tunnel, or leave out the monthly outage.",
        remedy="Start the probe; take the line down on purpose and see that the alarm comes.",
    ),
]

"""What this package claims."""

import datetime as dt

from siegel.claims.control import Control, Kind, Scope, Text
from siegel.tenancy.encrypted_at_rest import examine_every_tenant, plant_plain_database
from siegel.tenancy.separation import examine_separation, plant_in_other

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
        check=examine_separation,
        canary=lambda: examine_separation(plant_in_other),
    ),
    Control(
        id="enc-rest-all",
        claim=Text(
            de="Die Verschlüsselung gilt für alle Organisationen; abschalten kann sie keine.",
            en="Encryption holds for all organisations; none can switch it off.",
        ),
        falsifier=Text(
            de="Die Datenbank einer Organisation ist unverschlüsselt, oder ihr fehlt ein "
            "Schlüssel.",
            en="An organisation's database is not encrypted, or it lacks a key.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        check=examine_every_tenant,
        canary=lambda: examine_every_tenant(plant_plain_database),
    ),
]

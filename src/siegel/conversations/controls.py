"""What this package claims."""

import datetime as dt

from siegel.claims.control import Control, Kind, Scope, Text
from siegel.conversations.durability import examine_durability, plant_empty_promise
from siegel.conversations.retention_kept import examine_retention, plant_each

CONTROLS = [
    Control(
        id="x-durable-acknowledgement",
        claim=Text(
            de="Eine Nachricht wird erst bestätigt, wenn sie dauerhaft gespeichert ist.",
            en="A message is acknowledged only after it is stored durably.",
        ),
        falsifier=Text(
            de="Nach einem Absturz unter Last fehlt eine bestätigte Nachricht, steht eine doppelt "
            "da, hat die Zählung eine Lücke, oder ein Abschluss wartet nicht auf den Datenträger.",
            en="After a crash under load an acknowledged message is missing or stored twice, the "
            "numbering has a gap, or a commit does not wait for the disk.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        check=examine_durability,
        canary=lambda: examine_durability(plant_empty_promise),
    ),
    Control(
        id="x-retention-kept",
        claim=Text(
            de="Was abgeschlossen ist, wird nach der Frist der Organisation gelöscht, samt "
            "Dateien.",
            en="What is resolved is deleted after the organisation's period, with its files.",
        ),
        falsifier=Text(
            de="Ein abgeschlossenes Gespräch liegt länger als seine Frist und zwei Tage da, ohne "
            "dass es bewahrt wird, von einem gelöschten bleibt etwas zurück, oder ein bewahrtes, "
            "wieder geöffnetes oder zu junges wird gelöscht.",
            en="A resolved conversation lies longer than its period and two days without being "
            "held, something of a deleted one remains, or one that is held, reopened or too young "
            "is deleted.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        check=examine_retention,
        canary=plant_each,
    ),
]

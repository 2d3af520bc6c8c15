"""What this package claims."""

import datetime as dt

from siegel.claims.control import Control, Kind, Scope, Text
from siegel.conversations.durability import examine_durability, plant_empty_promise

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
    )
]

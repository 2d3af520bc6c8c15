"""What this package claims."""

import datetime as dt

from siegel.claims.control import Control, Kind, Scope, Text
from siegel.conversations import durability, retention_kept

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
        meaning=(
            "What a sender sees as sent is still there, once, after the process was killed. It "
            "does not say that the other side has received or read it, and nothing about a disk "
            "that is lost or that reports a sync it did not do."
        ),
        checking=(
            "Starts a process that posts to a probe tenant without pause, kills it (SIGKILL) "
            "after 200 acknowledgements, then counts messages, events and rows of the trail; "
            "reads `PRAGMA synchronous`. Canary: Adds an acknowledgement of a message that was "
            "never stored."
        ),
        breaking="Set `synchronous=OFF` in `siegel/tenancy/databases.py`.",
        remedy=(
            "Put it back. A killed process does not prove what a power cut does: that the log is "
            "synced before each acknowledgement is shown by system calls in `tests/durability`."
        ),
        check=durability.examine_durability,
        canary=durability.plant_each,
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
        meaning=(
            "Of a conversation that is due no text and no file stays in the organisation's "
            "database and store, at most two days late; the trail keeps its id. It says nothing "
            "about copies in backups or exports, nor about conversations that are held, open, or "
            "of an organisation without a rule."
        ),
        checking=(
            "At a probe tenant with a rule of 30 days: one conversation that is due, with a "
            "message and a file, and one each that is held, reopened and too young. Runs the "
            "deletion, looks for text and ids in every row of every table and for files in the "
            "store. Then counts in every tenant what lies too long: by the longest of the rules "
            "that held in the last two days, as the trail has them, and without what was held in "
            "that time. A tenant that does not open is a fault; one that is suspended, whose jobs "
            "wait, or whose rule was never to delete is not counted as examined. Canary: In turn: "
            "leaves an overdue conversation, leaves the text in another table, and deletes the "
            "one that is held. Each must be noticed."
        ),
        breaking="Stop the jobs for three days.",
        remedy=(
            "Start them; `siegel jobs` says what failed and why. A store that does not answer "
            "keeps its conversations until the next run."
        ),
        check=retention_kept.examine_retention,
        canary=retention_kept.plant_each,
    ),
]

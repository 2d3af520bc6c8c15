"""What others report of threats, and what follows from it."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="ti-programs",
        claim=Text(
            de="Diese Installation hat in den letzten 24 Stunden von mindestens zwei unabhängigen "
            "Quellen Meldungen über Bedrohungen abgerufen.",
            en="In the last 24 hours this installation has fetched threat reports from at least "
            "two independent sources.",
        ),
        falsifier=Text(
            de="Weniger als zwei Quellen verschiedener Herausgeber wurden in den letzten 24 "
            "Stunden vollständig und lesbar abgerufen.",
            en="Fewer than two sources of different publishers were fetched completely and "
            "readably in the last 24 hours.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "What others report arrives here daily, and the sources are named. It does not say "
            "that it is used; `ti-monitoring` and `ti-action` do."
        ),
        checking=(
            "Reads publisher, time, number of indicators and completeness of each source's last "
            "fetch; an empty answer counts as none. Canary: in turn sets all but one source to 25 "
            "hours ago and lets one deliver an empty list. Both must be noticed."
        ),
        breaking="Block the network path to all sources but one.",
        remedy="Open the path; replace a source that has ceased to publish.",
    ),
    Claim(
        id="ti-monitoring",
        claim=Text(
            de="Jede gemeldete Spur einer Bedrohung wird hier im laufenden Verkehr und rückwirkend "
            "für 30 Tage gesucht.",
            en="Every reported trace of a threat is searched for here in live traffic and in the "
            "past 30 days.",
        ),
        falsifier=Text(
            de="Eine absichtlich gelegte Spur bleibt in DNS-, Web-, Anmelde- oder Mailprotokollen "
            "von heute oder von vor 29 Tagen unentdeckt.",
            en="A trace laid on purpose remains undiscovered in DNS, web, sign-in or mail logs of "
            "today or of 29 days ago.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "A report that comes late still finds what happened before it. Addresses and hashes "
            "are compared, never the text of conversations. It does not find a threat that nobody "
            "has reported."
        ),
        checking=(
            "Lays a trace of a reserved address into a probe log of each kind, dated today and 29 "
            "days ago, reports it as an indicator and waits for both finds. Canary: lays traces "
            "that no indicator reports and demands the finds, which must be reported as missing."
        ),
        breaking="Stop the search of one kind of log.",
        remedy="Start it; have it search the days that it missed.",
    ),
    Claim(
        id="ti-action",
        claim=Text(
            de="Zu jeder gefundenen Spur gibt es fristgerecht eine Entscheidung, begründet mit "
            "Verlässlichkeit der Meldung und eigener Betroffenheit.",
            en="For every trace found there is a decision in due time, reasoned from the "
            "reliability of the report and our own exposure.",
        ),
        falsifier=Text(
            de="Ein Fund hat keine Bewertung, oder er ist über die Frist seiner Stufe hinaus ohne "
            "Entscheidung.",
            en="A find has no score, or is without a decision past the time that its level allows.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "Nothing found is left lying, and why something was blocked or let pass is on record. "
            "It does not say that each decision was right."
        ),
        checking=(
            "Lists all finds with score, level, due time and decision (block, ticket, or none with "
            "a reason). Canary: in turn adds a find without a score and one a minute overdue. Both "
            "must be noticed."
        ),
        breaking="Leave a find undecided until its time has passed.",
        remedy=(
            "Decide on it; if there are too many finds, correct the score of the source and not "
            "the time."
        ),
    ),
]

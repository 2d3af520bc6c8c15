"""The status page, which runs apart from the product."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="ava-status-public",
        claim=Text(
            de="Der Zustand des Dienstes ist ohne Anmeldung einsehbar, auf einer Seite, die auch "
            "antwortet, wenn das Produkt stillsteht.",
            en="The state of the service can be seen without signing in, on a page that answers "
            "even when the product is down.",
        ),
        falsifier=Text(
            de="Die Seite antwortet von außen nicht, verlangt Anmeldung oder Cookie, hängt am "
            "Produkt, oder zeigt dessen Stillstand nicht binnen 90 Sekunden.",
            en="The page does not answer from outside, wants a sign-in or a cookie, depends on the"
            " product, or does not show its standstill within 90 seconds.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "It runs on another machine, under another domain, and shows no data as unknown rather"
            " than as working. It does not promise that the service is available; it promises that"
            " its state can be seen."
        ),
        checking=(
            "Fetches the page from outside without cookies each hour; each day stops a twin of the"
            " product and waits until the twin's status page, which must keep answering, shows it."
            " Compares address, domain and certificate with those of the product. Canary: keeps "
            "the old page in place while the twin is stopped."
        ),
        breaking="Serve the status page from the product's own machine.",
        remedy=(
            "Start the status program on its own machine; if an outage was not shown, look at its "
            "probes and enter the outage by hand."
        ),
    ),
    Claim(
        id="ava-status-detail",
        claim=Text(
            de="Jeder veröffentlichte Prozentsatz der Erreichbarkeit lässt sich je Bestandteil aus"
            " herunterladbaren Messungen nachrechnen.",
            en="Every published percentage of availability can be recomputed, part by part, from "
            "measurements that anyone can download.",
        ),
        falsifier=Text(
            de="Die Nachrechnung weicht um mehr als 0,01 Prozentpunkte ab, einem Bestandteil "
            "fehlen Messungen, oder fehlende Zeit zählt als erreichbar.",
            en="The recomputation differs by more than 0.01 percentage points, a part lacks "
            "measurements, or missing time counts as available.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "A figure stands beside what it was counted from, announced maintenance shown with and"
            " without. It does not say what a person on a poor network experienced."
        ),
        checking=(
            "Downloads the measurements of the last 90 days as a visitor would, computes the "
            "figure of each part, and compares it with the page and its JSON. Canary: removes ten "
            "minutes of failures from the copy before the figures are compared."
        ),
        breaking="Change a figure in the page's store without its measurements.",
        remedy=(
            "Render the page from its measurements again; find out how the figure was changed, and"
            " publish the correction."
        ),
    ),
    Claim(
        id="ava-status-history",
        claim=Text(
            de="Jeder Ausfall ab zwei Minuten steht im öffentlichen Verzeichnis der Störungen; was"
            " daran geändert wird, bleibt sichtbar.",
            en="Every outage of two minutes or more is in the public record of incidents, and "
            "whatever is changed there stays visible.",
        ),
        falsifier=Text(
            de="Zu einem gemessenen Ausfall fehlt der Eintrag, oder ein Eintrag wurde entfernt "
            "oder geändert, ohne dass die Kette es zeigt.",
            en="A measured outage has no entry, or an entry was removed or changed without a trace"
            " in the chain.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "Incidents are opened by the measurements, so nobody can leave one out; people add "
            "words to them. It does not cover failures that no probe exercises."
        ),
        checking=(
            "Lists all spans of two minutes or more in which the measurements failed, looks for "
            "the incident of each, and recomputes the chain of entries against the last signed "
            "head. Canary: in turn takes an incident out of a copy and changes the text of one. "
            "Each must be noticed."
        ),
        breaking="Delete an incident from the store of the status program.",
        remedy=(
            "Restore the entry from a copy, publish that it was missing, and find out who can "
            "write to the store."
        ),
    ),
]

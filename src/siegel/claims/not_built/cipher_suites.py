"""What is negotiated under TLS."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="enc-cs-256gcm",
        claim=Text(
            de="Unter TLS 1.2 ist TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 verfügbar, und angeboten "
            "wird nichts außerhalb der veröffentlichten Liste.",
            en="Under TLS 1.2, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 is available, and nothing "
            "outside the published list is offered.",
        ),
        falsifier=Text(
            de="Ein Endpunkt mit RSA-Zertifikat lehnt dieses Verfahren ab, oder ein Endpunkt nimmt"
            " eines an, das nicht auf der Liste steht.",
            en="An endpoint with an RSA certificate refuses this suite, or an endpoint accepts one"
            " that is not on the list.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "It speaks of TLS 1.2 only; the suites of TLS 1.3 are negotiated apart and preferred. "
            "A suite on offer does not say what a particular browser chooses."
        ),
        checking=(
            "Offers every suite that the local library knows, one handshake each, to each declared"
            " endpoint and compares the set accepted with the published list. Canary: adds a "
            "loopback endpoint that accepts one suite more, and one that refuses this suite. Each "
            "must be noticed."
        ),
        breaking="Add a suite to the edge's configuration that the policy does not contain.",
        remedy=(
            "Generate the edge's configuration from the policy again; if the policy itself has "
            "changed, publish the new list with the date of the change."
        ),
    ),
    Claim(
        id="enc-cs-128gcm",
        claim=Text(
            de="TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 ist unter TLS 1.2 verfügbar; in welcher "
            "Reihenfolge gewählt wird, bestimmt der Server.",
            en="TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 is available under TLS 1.2; the server "
            "decides the order of preference.",
        ),
        falsifier=Text(
            de="Ein Endpunkt mit RSA-Zertifikat lehnt das Verfahren ab, oder er folgt der "
            "Reihenfolge der Gegenstelle statt der veröffentlichten.",
            en="An endpoint with an RSA certificate refuses the suite, or follows the other side's"
            " order instead of the published one.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "A browser that knows only this suite is served; one that knows a stronger suite of "
            "the list gets that one. It does not rank the suites of TLS 1.3."
        ),
        checking=(
            "Offers this suite alone, then together with each other one of the list in both "
            "orders, to each declared endpoint, and compares what the server chose. Canary: adds a"
            " loopback endpoint that follows the order of the client."
        ),
        breaking="Switch off the server's preference at the edge.",
        remedy="Generate the edge's configuration from the policy again and reload it.",
    ),
    Claim(
        id="enc-cs-256cbc",
        claim=Text(
            de="TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384 ist abgeschaltet, außer an Endpunkten, die "
            "öffentlich als solche für alte Geräte benannt sind.",
            en="TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384 is off, except at endpoints that are "
            "publicly named as meant for old devices.",
        ),
        falsifier=Text(
            de="Ein Endpunkt, der nicht auf der Liste für alte Geräte steht, nimmt dieses "
            "Verfahren an.",
            en="An endpoint that is not on the list for old devices accepts this suite.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "Suites with CBC have been attacked through their padding, so they are off unless an "
            "operator opens an endpoint for devices that know nothing else. Such an endpoint is "
            "listed by name; this claim does not make it as strong as the others."
        ),
        checking=(
            "Offers this suite alone, under TLS 1.2, to each declared endpoint; outside the list "
            "for old devices every handshake must fail. The number of named endpoints is stated. "
            "Canary: adds a loopback endpoint that accepts the suite and is on no list."
        ),
        breaking="Add the suite to the edge of the main host.",
        remedy=(
            "Take it out again; or, if old devices must be served, give them an endpoint of their "
            "own and publish its name."
        ),
    ),
    Claim(
        id="enc-cs-128cbc",
        claim=Text(
            de="TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256 gilt allein an Endpunkten für alte Geräte; "
            "die Zahl dieser Endpunkte ist veröffentlicht.",
            en="TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256 works only at endpoints for old devices, and"
            " their number is published.",
        ),
        falsifier=Text(
            de="Ein anderer Endpunkt nimmt das Verfahren an, oder es gibt mehr Endpunkte für alte "
            "Geräte, als veröffentlicht sind.",
            en="Another endpoint accepts the suite, or there are more endpoints for old devices "
            "than are published.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "The default number is none. It does not say that the suite is broken, only that "
            "nobody is given it who did not ask for it."
        ),
        checking=(
            "Offers this suite alone, under TLS 1.2, to each declared endpoint, and compares those"
            " that accept it with the published list, name by name. Canary: adds a loopback "
            "endpoint that accepts the suite and is on no list."
        ),
        breaking="Open an endpoint for old devices without publishing it.",
        remedy=(
            "Close the endpoint or publish it; ask each year whether the devices behind it are "
            "still in use."
        ),
    ),
    Claim(
        id="enc-verify-public",
        claim=Text(
            de="Das Ergebnis der eigenen TLS-Prüfung ist öffentlich und unterschrieben, und ein "
            "abgedruckter Befehl wiederholt sie von außen.",
            en="The result of our own TLS scan is public and signed, and a printed command repeats"
            " it from outside.",
        ),
        falsifier=Text(
            de="Das veröffentlichte Ergebnis ist älter als 24 Stunden, nicht gültig unterschrieben"
            " oder weicht von einer Prüfung von außen ab.",
            en="The published result is older than 24 hours, not validly signed, or differs from a"
            " scan made outside.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=24),
        meaning=(
            "Anyone can compare what is published with what they measure. It does not hand the "
            "judgement to a third party, nor does it replace one."
        ),
        checking=(
            "Fetches the published result as a visitor would, verifies age and signature, runs the"
            " printed command from another machine and compares versions, suites, groups and "
            "certificate. Canary: publishes to the comparison a result that names one suite fewer,"
            " and one that is 25 hours old. Each must be noticed."
        ),
        breaking="Stop the scan for a day.",
        remedy=(
            "Start the scan; if the results differ, trust the one from outside and look for an "
            "endpoint that the list does not know."
        ),
    ),
]

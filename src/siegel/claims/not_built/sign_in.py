"""How people sign in."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="aut-saml",
        claim=Text(
            de="Eine Anmeldung über SAML gelingt nur mit einer gültigen Antwort, die an diese "
            "Organisation gerichtet und noch nicht benutzt ist.",
            en="A sign-in over SAML succeeds only with a valid response that is addressed to this "
            "organisation and has not been used.",
        ),
        falsifier=Text(
            de="Die Anmeldung am Prüfdienst misslingt, oder eine wiederholte, umgebaute, "
            "abgelaufene, fremde oder unsignierte Antwort wird angenommen.",
            en="The sign-in with the test provider fails, or a replayed, rewrapped, expired, "
            "misaddressed or unsigned response is accepted.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "It covers the collection of known attacks on SAML, among them all eight kinds of "
            "signature wrapping. It does not cover what happens at the organisation's own "
            "provider."
        ),
        checking=(
            "Signs in at a probe tenant with a test provider, then sends each response of the "
            "collection, and counts refusals against the collection's length; every refusal must "
            "come before a session exists. Canary: sends the collection to a probe gate that "
            "checks the signature only."
        ),
        breaking="Let the gate ignore the audience.",
        remedy=(
            "Switch SAML off for the affected organisations, repair the gate, and end the sessions"
            " that began through it."
        ),
    ),
    Claim(
        id="aut-social",
        claim=Text(
            de="Anbieter wie soziale Netze sind über OAuth 2.0 oder OpenID Connect mit PKCE "
            "angebunden und ohne Entscheidung der Organisation aus.",
            en="Providers such as social networks are connected over OAuth 2.0 or OpenID Connect "
            "with PKCE, and are off unless the organisation decides.",
        ),
        falsifier=Text(
            de="Ein gefälschter state, nonce oder Rücksprung wird angenommen, eine unbestätigte "
            "Adresse übernimmt ein Konto, oder ein Anbieter ist ohne Entscheidung an.",
            en="A forged state, nonce or redirect is accepted, an unconfirmed address takes an "
            "account over, or a provider is on without a decision.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "These providers do not speak SAML, so the claim does not say so. A provider learns "
            "that and when somebody signs in; therefore none is on by default."
        ),
        checking=(
            "Signs in at a probe tenant with a simulated provider, then forges each value in turn "
            "and sends an unconfirmed address of somebody who has an account; compares the "
            "providers that are on in every tenant with the decisions in its trail. Canary: takes "
            "the check of state and of the confirmed address out of a probe flow, in turn. Each "
            "must be noticed."
        ),
        breaking="Switch a provider on in the database, past the administration.",
        remedy=(
            "Switch the provider off, end the sessions that began through it, and have the people "
            "concerned confirm their address."
        ),
    ),
    Claim(
        id="sso-own-system",
        claim=Text(
            de="Schreibt die Organisation ihre eigene Anmeldung vor, öffnet kein hier "
            "gespeichertes Passwort ein Konto.",
            en="Where the organisation prescribes its own sign-in, no password stored here opens "
            "an account.",
        ),
        falsifier=Text(
            de="Jemand dieser Organisation kommt mit einem Passwort herein, oder ein dort "
            "gesperrtes Konto ist nach 60 Sekunden noch angemeldet.",
            en="Somebody of this organisation gets in with a password, or an account blocked there"
            " is still signed in after 60 seconds.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.TENANT,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "It covers every way in: form, reset, invitation, interface for programs. Where the "
            "organisation has not prescribed its own sign-in, it does not apply."
        ),
        checking=(
            "Tries the right password of a probe person on each way in, at a probe tenant with the"
            " same policy; blocks that person at the test provider and counts the seconds to the "
            "end of the session; reads in the tenant whether anybody signed in with a password "
            "since the policy was set. Canary: leaves one way in open at the probe."
        ),
        breaking="Give somebody a password and take that person out of the policy.",
        remedy=(
            "End the sessions that began with a password, remove the passwords, and repair the way"
            " in."
        ),
    ),
    Claim(
        id="sso-no-extra-creds",
        claim=Text(
            de="Wer beim eigenen Anmeldedienst schon angemeldet ist, gelangt ohne weitere Eingabe "
            "an seinen Arbeitsplatz.",
            en="Whoever is already signed in with their own identity provider reaches the desk "
            "without entering anything more.",
        ),
        falsifier=Text(
            de="Zwischen dem Aufruf der Adresse und der ersten Seite der Beratung erscheint ein "
            "Feld, das ausgefüllt werden muss.",
            en="Between opening the address and the first page of the desk there is a field that "
            "has to be filled in.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "It holds for sign-ins that begin here as well as for those that begin at the "
            "provider, where the organisation allows them. A question of the provider itself is "
            "not ours."
        ),
        checking=(
            "Opens a probe tenant's address in a browser that is signed in with the test provider,"
            " follows every redirect, and counts fields and clicks until the desk appears; both "
            "must be none. Canary: has a probe ask for the address first."
        ),
        breaking="Show the form for the address before the redirect.",
        remedy="Send people of organisations with a single provider to it at once.",
    ),
    Claim(
        id="sso-saml-supported",
        claim=Text(
            de="Die SAML-Metadaten der Organisation sind abrufbar und gültig, und jedes Zertifikat"
            " darin gilt noch mindestens 30 Tage.",
            en="The organisation's SAML metadata can be fetched and are valid, and each "
            "certificate in them is valid for 30 more days.",
        ),
        falsifier=Text(
            de="Die Metadaten fehlen, verletzen das Schema, nennen eine fremde Adresse, oder ein "
            "Zertifikat läuft in weniger als 30 Tagen ab.",
            en="The metadata are missing, break the schema, name a foreign address, or a "
            "certificate expires in less than 30 days.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.TENANT,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "It speaks of our side and of the provider's certificate as we know it. OpenID Connect"
            " is offered beside SAML; an organisation without either is not concerned."
        ),
        checking=(
            "Fetches the metadata as a provider would, validates them against the schema, compares"
            " addresses with the tenant's host, and reads the end of every certificate, the "
            "provider's included. Canary: presents metadata with a certificate that ends in 29 "
            "days, and with another host. Each must be noticed."
        ),
        breaking="Put a certificate in place that ends within the month.",
        remedy=(
            "Renew ours, and give the organisation both certificates at once so that its provider "
            "can change without interruption; ask for theirs if it is the one that ends."
        ),
    ),
]

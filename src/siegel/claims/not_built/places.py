"""The countries in which data are processed."""

import datetime as dt

from siegel.claims.control import Claim, Kind, Scope, Text

CLAIMS: list[Claim] = [
    Claim(
        id="loc-own-eu",
        claim=Text(
            de="Jeder Server dieser Installation steht in dem Staat der Europäischen Union, den "
            "das Standortverzeichnis nennt.",
            en="Every server of this installation stands in the European Union state that the site "
            "register names.",
        ),
        falsifier=Text(
            de="Ein verzeichneter Staat gehört nicht zur Union, oder Netzadresse, Laufzeit oder "
            "Anbieter eines Servers deuten auf einen anderen Ort.",
            en="A state on record is not in the Union, or a server's network address, round-trip "
            "time or provider points to another place.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "Without exception for the servers of this installation; services of others are "
            "`loc-subprocessors` and `loc-exceptions`. It does not say that no law of another "
            "country reaches the company that owns the building."
        ),
        checking=(
            "Compares the register with the provider's metadata of each node, the registration of "
            "its public address, and round-trip times from three known places, which bound the "
            "distance. Canary: gives a probe node a state outside the Union, and in turn "
            "round-trip times that its place does not allow. Both must be noticed."
        ),
        breaking="Enter another country for a node, or start a node in a region outside the Union.",
        remedy=(
            "Stop the node and move its data; if the register is wrong, correct it, with two "
            "signatures."
        ),
    ),
    Claim(
        id="loc-subprocessors",
        claim=Text(
            de="Verbindungen aus dieser Installation führen nur zu verzeichneten "
            "Unterauftragnehmern in der Europäischen Union und zu benannten Ausnahmen.",
            en="Connections out of this installation lead only to registered subprocessors in the "
            "European Union and to named exceptions.",
        ),
        falsifier=Text(
            de="Eine Verbindung nach außen erreicht ein Ziel, das zu keinem verzeichneten "
            "Unterauftragnehmer und zu keiner Ausnahme gehört.",
            en="A connection to the outside reaches a destination that belongs to no registered "
            "subprocessor and to no exception.",
        ),
        kind=Kind.OPERATIONAL,
        scope=Scope.INSTALLATION,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "The public register of subprocessors is what the network allows, so that it cannot be "
            "incomplete. It does not say what subprocessors themselves pass on: that is in their "
            "contracts."
        ),
        checking=(
            "Compares the destinations in the log of outbound connections and the allow-list in "
            "force with the register: owner, purpose, country, day of notice. Canary: connects to "
            "a probe host that no entry names, and in turn adds an entry outside the Union that is "
            "no exception. Both must be noticed."
        ),
        breaking="Allow a destination that the register does not name.",
        remedy=(
            "Remove it; a new subprocessor is announced to the organisations 30 days before the "
            "first connection."
        ),
    ),
    Claim(
        id="loc-cobrowse-de",
        claim=Text(
            de="Legt eine Organisation Co-Browsing auf Deutschland fest, vermitteln es allein "
            "Server in Deutschland.",
            en="Where an organisation restricts co-browsing to Germany, only servers in Germany "
            "relay it.",
        ),
        falsifier=Text(
            de="In einer Probesitzung erscheint eine Gegenstelle, die nicht zu den deutschen "
            "Vermittlungsservern gehört, oder ein Skript von einem fremden Host.",
            en="In a probe session a peer appears that is none of the relays in Germany, or a "
            "script from a foreign host.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.TENANT,
        max_age=dt.timedelta(hours=26),
        meaning=(
            "Frames of a shared page pass through no relay abroad, and no third party's script "
            "runs beside it. It does not say where client and adviser themselves sit, or which way "
            "their providers carry the packets. For an organisation without the restriction it is "
            "not applicable."
        ),
        checking=(
            "Runs a synthetic session under the organisation's policy and compares every peer seen "
            "at both ends with the relays that the site register places in Germany. Canary: offers "
            "a probe session a relay of another country."
        ),
        breaking=(
            "Label a relay abroad as German in the register, or remove the restriction from the "
            "relay's configuration."
        ),
        remedy="Take the relay out of the pool; sessions end and start again on one in Germany.",
    ),
    Claim(
        id="loc-exceptions",
        claim=Text(
            de="Kanäle über Anbieter außerhalb der Europäischen Union sind aus, bis die Verwaltung "
            "der Organisation jeden einzeln freigibt.",
            en="Channels through providers outside the European Union are off until the "
            "organisation's administrator approves each one.",
        ),
        falsifier=Text(
            de="Ein solcher Kanal ist ohne aufgezeichnete Freigabe an, oder andere Verbindungen "
            "erreichen einen Host außerhalb der Union.",
            en="Such a channel is on without a recorded approval, or other connections reach a "
            "host outside the Union.",
        ),
        kind=Kind.BUILT_IN,
        scope=Scope.TENANT,
        max_age=dt.timedelta(hours=2),
        meaning=(
            "The exceptions are a list of named channels, and each organisation decides on each. "
            "It does not say what the provider of an approved channel does with a message."
        ),
        checking=(
            "Lists the organisation's active channels whose provider is marked as outside the "
            "Union, and looks for the approval of each in its trail; compares the log of outbound "
            "connections with them. Canary: switches on a probe tenant's channel without an "
            "approval."
        ),
        breaking="Set a channel active in the tenant's database by hand.",
        remedy=(
            "Switch it off, or have the organisation's administrator approve it; find out who "
            "could write to the database."
        ),
    ),
]

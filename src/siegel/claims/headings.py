"""The headings of the public page, and under which each claim stands, in order."""

from dataclasses import dataclass

from siegel.claims.control import Text


@dataclass(frozen=True)
class Heading:
    """A group of claims."""

    id: str
    chapter: Text
    title: Text
    claims: tuple[str, ...]


_PHYSICAL = Text("Physische Sicherheit", "Physical security")
_NETWORK = Text("Netzwerk", "Network")
_ENCRYPTION = Text("Verschlüsselung", "Encryption")
_CONTINUITY = Text("Verfügbarkeit", "Availability")
_DEVELOPMENT = Text("Sichere Entwicklung", "Secure development")
_PRODUCT = Text("Anmeldung und Passwörter", "Sign-in and passwords")

HEADINGS = (
    Heading(
        "phy-fac",
        _PHYSICAL,
        Text("Rechenzentren und Trennung der Daten", "Data centres and separation of data"),
        (
            "phy-fac-all-data", "phy-fac-iso27001", "phy-sep-physical", "phy-sep-logical",
            "phy-power-redundant", "phy-power-ups", "phy-power-generator",
        ),
    ),
    Heading(
        "phy-site",
        _PHYSICAL,
        Text("Schutz vor Ort", "Protection on site"),
        (
            "phy-site-zones", "phy-site-guards", "phy-site-cctv", "phy-site-badge",
            "phy-site-alarm",
        ),
    ),
    Heading(
        "phy-mon",
        _PHYSICAL,
        Text("Überwachung", "Monitoring"),
        (
            "mon-systems", "mon-network", "mon-circuits", "mon-physical-provider",
            "mon-power-provider",
        ),
    ),
    Heading(
        "phy-loc",
        _PHYSICAL,
        Text("Orte der Verarbeitung", "Places of processing"),
        ("loc-own-eu", "loc-subprocessors", "loc-cobrowse-de", "loc-exceptions"),
    ),
    Heading(
        "net",
        _NETWORK,
        Text("Schutz nach außen", "Outer protection"),
        (
            "net-firewall", "net-router", "net-https-public", "net-audits", "net-ids-detect",
            "net-ips-block",
        ),
    ),
    Heading(
        "arch",
        _NETWORK,
        Text("Zonen", "Zones"),
        (
            "arch-zones", "arch-db-trusted", "arch-classification", "arch-zone-monitoring",
            "arch-zone-access", "arch-dmz-internet", "arch-dmz-internal",
        ),
    ),
    Heading(
        "waf",
        _NETWORK,
        Text("Web Application Firewall und Alarme", "Web application firewall and alarms"),
        ("waf-ingress", "waf-egress", "waf-alerts", "waf-signatures", "waf-247"),
    ),
    Heading(
        "ti",
        _NETWORK,
        Text("Wissen über Bedrohungen", "Threat intelligence"),
        ("ti-programs", "ti-monitoring", "ti-action"),
    ),
    Heading(
        "acc",
        _NETWORK,
        Text("Zugang zum Betrieb", "Access to production"),
        ("acc-need-to-know", "acc-least-privilege", "acc-review", "acc-mfa"),
    ),
    Heading(
        "enc-transit",
        _ENCRYPTION,
        Text("Auf dem Weg", "In transit"),
        ("enc-transit-tls", "enc-email-tls"),
    ),
    Heading(
        "enc-rest",
        _ENCRYPTION,
        Text("Gespeichert", "At rest"),
        ("enc-rest-all", "enc-rest-attachments", "enc-rest-backups"),
    ),
    Heading(
        "enc-cs",
        _ENCRYPTION,
        Text("TLS-Verfahren", "TLS cipher suites"),
        (
            "enc-cs-256gcm", "enc-cs-128gcm", "enc-cs-256cbc", "enc-cs-128cbc",
            "enc-verify-public",
        ),
    ),
    Heading(
        "ava",
        _CONTINUITY,
        Text("Statusseite", "Status page"),
        ("ava-status-public", "ava-status-detail", "ava-status-history"),
    ),
    Heading(
        "red",
        _CONTINUITY,
        Text("Redundanz", "Redundancy"),
        (
            "red-cluster", "red-network", "red-no-spof", "red-strict-policy", "red-replication",
            "red-sites", "red-storage", "red-multi-server",
        ),
    ),
    Heading(
        "dr",
        _CONTINUITY,
        Text("Notfälle", "Disaster recovery"),
        ("dr-available", "dr-recoverable", "dr-environment", "dr-plans", "dr-tests"),
    ),
    Heading(
        "bak",
        _CONTINUITY,
        Text("Sicherungen", "Backups"),
        (
            "bak-daily-full", "bak-3gen", "bak-3copies", "bak-nic-backup", "bak-nic-restore",
            "bak-no-impact",
        ),
    ),
    Heading(
        "dev",
        _DEVELOPMENT,
        Text("Bausteine und Rahmenwerk", "Packages and framework"),
        ("dev-deps-scan", "dev-fw-xss", "dev-fw-csrf", "dev-fw-sqli", "dev-owasp10"),
    ),
    Heading(
        "rev",
        _DEVELOPMENT,
        Text("Vier Augen und mehr", "Reviews"),
        ("rev-two-others", "rev-approved", "rev-no-bypass", "rev-early"),
    ),
    Heading(
        "qa",
        _DEVELOPMENT,
        Text("Qualitätssicherung", "Quality assurance"),
        ("qa-dept", "qa-finds-fixes", "qa-after-review"),
    ),
    Heading("cov", _DEVELOPMENT, Text("Tests", "Tests"), ("cov-services",)),
    Heading(
        "env",
        _DEVELOPMENT,
        Text("Getrennte Umgebungen", "Separate environments"),
        ("env-physical", "env-logical", "env-no-real-data"),
    ),
    Heading(
        "cq",
        _DEVELOPMENT,
        Text("Güte des Codes", "Quality of code"),
        ("cq-tools", "cq-dynamic", "cq-standards"),
    ),
    Heading(
        "vul",
        _DEVELOPMENT,
        Text("Suche nach Schwachstellen", "Search for vulnerabilities"),
        ("vul-dast-tools", "vul-dast-continuous", "vul-sast-continuous", "vul-sast-all-repos"),
    ),
    Heading(
        "aut",
        _PRODUCT,
        Text("Anmeldung", "Sign-in"),
        ("aut-password", "aut-saml", "aut-social"),
    ),
    Heading(
        "sso",
        _PRODUCT,
        Text("Anmeldung im eigenen Haus", "Single sign-on"),
        ("sso-own-system", "sso-no-extra-creds", "sso-saml-supported"),
    ),
    Heading(
        "pwd",
        _PRODUCT,
        Text("Regeln für Passwörter", "Password policy"),
        (
            "pwd-custom", "pwd-admin-only", "pwd-minlen", "pwd-letters", "pwd-digits",
            "pwd-special", "pwd-more",
        ),
    ),
    Heading(
        "crd",
        _PRODUCT,
        Text("Aufbewahrung von Passwörtern", "Storage of credentials"),
        (
            "crd-best-practice", "crd-unreadable", "crd-salted-oneway", "crd-pw-sha256",
            "crd-token-sha256",
        ),
    ),
)  # fmt: skip
# Claims of our own stand after them, in the order of their ids.
OWN = Heading(
    "x", Text("Darüber hinaus", "Beyond"), Text("Eigene Zusagen", "Claims of our own"), ()
)
OWN_PREFIX = "x-"

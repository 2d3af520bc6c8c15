"""What must stand before anything is served: folder, key-encrypting key, control database."""

from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from siegel.tenancy.template import ensure_template
from siegel.vault import kek


def prepare() -> Path | None:
    """Make the installation ready; returns the path of a recovery sheet written just now.

    Raises vault.kek.KekUnavailable when keys exist that no KEK opens.
    """
    data: Path = settings.SIEGEL_DATA
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data / "tenants").mkdir(mode=0o700, exist_ok=True)
    sheet = kek.ensure()
    call_command("migrate", database="default", verbosity=0)
    ensure_template()
    return sheet

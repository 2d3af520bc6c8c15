"""What must stand before anything is served: folder, key-encrypting key, control database."""

from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from siegel.tenancy.models import Tenant
from siegel.tenancy.template import ensure_template
from siegel.vault import kek, signing_key
from siegel.vault.private_files import make_private_folder


def prepare() -> Path | None:
    """Make the installation ready; returns the path of a recovery sheet written just now.

    Raises vault.kek.KekUnavailable when keys exist that no KEK opens, and
    vault.signing_key.SigningKeyUnavailable when the signing key cannot be made.
    """
    data: Path = settings.SIEGEL_DATA
    make_private_folder(data / "tenants")
    sheet = kek.ensure()
    call_command("migrate", database="default", verbosity=0)
    if not Tenant.objects.exists():
        # Later it is one that was lost: another in its place would hide that.
        signing_key.ensure()
    ensure_template()
    return sheet

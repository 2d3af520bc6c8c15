"""Misconfiguration that Django's system checks find; `siegel doctor` shows all of it."""

from typing import Any

from django.conf import settings
from django.core import checks

from siegel.tenancy import job_checks, machine_checks, storage_checks, tenant_checks
from siegel.vault import checks as vault_checks

INSIDE_DATA = "siegel.tenancy.E001"
# Of a check that looks at an installation, and not at the program.
INSTALLATION = "installation"


def register() -> None:
    """Called once, when the app is loaded."""
    checks.register(keys_lie_apart_from_data)
    for check in (
        vault_checks.kek_opens,
        vault_checks.signing_key_opens,
        vault_checks.only_the_owner_reads,
        vault_checks.sheet_is_locked_away,
        vault_checks.keys_lie_on_another_device,
        storage_checks.data_can_be_written,
        storage_checks.data_lie_on_a_local_disk,
        storage_checks.disk_has_room,
        tenant_checks.control_database_is_current,
        tenant_checks.operators_are_there,
        tenant_checks.tenants_have_their_keys,
        tenant_checks.tenants_are_current,
        tenant_checks.trails_can_be_written,
        tenant_checks.nothing_is_half_made,
        tenant_checks.nothing_is_half_shredded,
        machine_checks.sqlcipher_is_new_enough,
        machine_checks.clock_is_right,
        machine_checks.enough_open_files,
        machine_checks.not_everybody_is_a_proxy,
        machine_checks.static_files_are_built,
        machine_checks.settings_are_not_weakened,
        job_checks.no_dead_letters,
        job_checks.somebody_runs_jobs,
    ):
        checks.register(check, INSTALLATION, deploy=True)


def keys_lie_apart_from_data(**_: Any) -> list[checks.CheckMessage]:
    """A copy of the data folder must not hold what opens it."""
    apart = {"SIEGEL_KEYS": settings.SIEGEL_KEYS, "SIEGEL_KEK_FILE": settings.SIEGEL_KEK_FILE}
    return [
        checks.Error(
            f"{name} lies inside SIEGEL_DATA.",
            hint="Name a place outside the data folder and outside its backups.",
            id=INSIDE_DATA,
        )
        for name, path in apart.items()
        if path.resolve().is_relative_to(settings.SIEGEL_DATA.resolve())
    ]

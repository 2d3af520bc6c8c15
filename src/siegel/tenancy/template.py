"""The database that every new tenant starts from: migrated, empty, nobody's."""

from pathlib import Path

from django.core.management import call_command
from django.db import connections

from siegel.tenancy.context import serving
from siegel.tenancy.databases import TEMPLATE, template_file
from siegel.tenancy.handler import close_connection
from siegel.vault.private_files import (
    give_to_owner_of_folder,
    locked_folder,
    make_private_folder,
)


def ensure_template() -> Path:
    """The template of this version of the program, built first if it does not exist.

    It holds tables, content types and permissions (with the same ids in every tenant) and no
    person, hash, key or session.
    """
    path = template_file()
    if path.exists():
        return path
    make_private_folder(path.parent)
    with locked_folder(path.parent):
        if not path.exists():
            _build(path)
    return path


def _build(path: Path) -> None:
    building = path.with_suffix(".building")
    building.unlink(missing_ok=True)
    with serving(TEMPLATE):
        try:
            call_command("migrate", database=TEMPLATE.id, verbosity=0)
            call_command("createcachetable", database=TEMPLATE.id, verbosity=0)
            with connections[TEMPLATE.id].cursor() as cursor:
                cursor.execute("PRAGMA journal_mode=DELETE")
                cursor.execute("VACUUM")
        finally:
            close_connection(TEMPLATE.id)
    give_to_owner_of_folder(building)
    building.replace(path)

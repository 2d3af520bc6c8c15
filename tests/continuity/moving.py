"""Organisations with something of everything, and what of them can be compared."""

import contextlib
import hashlib
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.conf import settings
from sqlcipher3 import dbapi2

from siegel.cli import main
from siegel.continuity.snapshot import tables_of
from siegel.conversations.indexer import indexers
from siegel.conversations.models import Conversation
from siegel.conversations.posting import post_message
from siegel.conversations.writer import writers
from siegel.files.models import Preview, Scan, StoredFile
from siegel.files.objects import Purpose, sealing
from siegel.files.probing import hand_over
from siegel.tenancy import registry
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.handler import close_connection
from siegel.tenancy.models import Tenant
from siegel.tenancy.provisioning import remove_files
from siegel.tenancy.sqlcipher.unlocking import unlock
from siegel.vault import keyring
from tests.cast import Organisation

SECRET = "Vertrauenswürdigkeitsprüfung"


def siegel(*arguments: object, given: str | None = None) -> Result:
    """The command line, in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=given)


def fill(organisation: Organisation) -> Conversation:
    """A conversation with messages on both sides, and files of which one has a picture."""
    conversation = organisation.conversation()
    for participant, body in [
        (organisation.as_client(conversation), SECRET),
        (organisation.as_adviser(organisation.ada), "Gern 🦭"),
    ]:
        post_message(organisation.tenant, participant, conversation.pk, uuid.uuid4(), body).result(
            10
        )
    writers.drain(close=False)
    with serving(organisation.tenant):
        hand_over(b"eins", "../Verträge & mehr.txt")
        infected = hand_over(b"zwei" * 100, "...txt")
        StoredFile.objects.filter(pk=infected.pk).update(scan=Scan.INFECTED)
        with sealing(Purpose.PREVIEW) as (identifier, writer):
            writer.write(b"picture")
        Preview.objects.create(file=infected, page=1, object=identifier)
    indexers.wake(organisation.tenant)
    wait_for_index(organisation)
    return conversation


def wait_for_index(organisation: Organisation) -> None:
    """Until what was written can be found."""
    from siegel.conversations.search_index import lags
    from tests.tenancy.conftest import eventually

    def is_indexed() -> bool:
        with serving(organisation.tenant):
            return not lags()

    eventually(is_indexed)
    indexers.drain(close=False)


Everything = tuple[dict[str, list[Any]], dict[str, str]]


def everything_of(folder: Path, key: bytes) -> Everything:
    """All rows of all tables, and the SHA-256 of all objects."""
    connection = dbapi2.connect(f"file:{folder / 'tenant.sqlite3'}?mode=rw", uri=True)
    with closing(connection):
        unlock(connection, key)
        rows = {
            table: connection.execute(f'SELECT rowid, * FROM "{table}" ORDER BY 1').fetchall()
            if "WITHOUT ROWID" not in _sql(connection, table)
            else sorted(connection.execute(f'SELECT * FROM "{table}"').fetchall())
            for table in tables_of(connection)
        }
    objects = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((folder / "objects").rglob("*"))
        if path.is_file()
    }
    return rows, objects


def _sql(connection: Any, table: str) -> str:
    found = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()
    return str(found[0]).upper()


def everything_here(tenant: ServedTenant) -> Everything:
    """The same of a tenant of this installation."""
    with serving(tenant):
        close_connection(tenant.id)
    return everything_of(tenant.folder, keyring.derive(tenant.id, "database"))


def remove(tenant: ServedTenant) -> None:
    """As if it had never been here."""
    writers.drain(close=False)
    indexers.drain(close=False)
    remove_files(tenant)
    Tenant.objects.filter(pk=tenant.id).delete()
    registry.forget()


@dataclass
class Elsewhere:
    """Another installation, with folders and a key-encrypting key of its own."""

    root: Path

    @property
    def environment(self) -> dict[str, str]:
        own = {k: v for k, v in os.environ.items() if not k.startswith("SIEGEL_")}
        return own | {"SIEGEL_DATA": str(self.root / "data")}

    def siegel(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        return self.python("-m", "siegel.cli", *map(str, arguments))

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def killed_at(self, place: str, *arguments: object) -> int:
        """Run a command in a process that is killed when it calls a function; its exit code."""
        module, name = place.split(":")
        program = (
            "import os, sys, importlib, django\n"
            "os.environ['DJANGO_SETTINGS_MODULE'] = 'siegel.settings'\n"
            "django.setup(set_prefix=False)\n"
            f"module = importlib.import_module({module!r})\n"
            f"setattr(module, {name!r}, lambda *a, **k: os.kill(os.getpid(), 9))\n"
            "from siegel.cli import main\n"
            "main(sys.argv[1:])\n"
        )
        return self.python("-c", program, *map(str, arguments)).returncode

    def everything(self, tenant: str) -> Everything:
        with self.keys():
            key = keyring.derive(tenant, "database")
        return everything_of(self.root / "data" / "tenants" / tenant, key)

    @contextlib.contextmanager
    def keys(self) -> Iterator[None]:
        """Its keys in place of ours."""
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(settings, "SIEGEL_KEYS", self.root / "data-keys")
            patched.setattr(settings, "SIEGEL_KEK_FILE", self.root / "data-kek" / "kek.json")
            keyring.forget_unwrapped()
            yield
        keyring.forget_unwrapped()


class Here(Elsewhere):
    """This installation, in another process."""

    def __init__(self) -> None:
        super().__init__(settings.SIEGEL_DATA.parent)

    @property
    def environment(self) -> dict[str, str]:
        return dict(os.environ)


def exported(organisation: Organisation, folder: Path) -> tuple[Path, Path]:
    """The paths of a sealed archive and its key."""
    archive, key = folder / "bank.siegel", folder / "bank.key"
    done = siegel("tenants", "export", organisation.tenant.slug, archive, "--key-file", key)
    assert done.exit_code == 0, done.output
    return archive, key

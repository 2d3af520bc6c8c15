"""Commands that move, destroy or look into a tenant: added to `siegel tenants`."""

import code
import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from siegel.tenancy.models import Tenant

Prepare = Callable[[], Path | None]
ONCE = (
    "This key opens the archive, and nothing else does. It is shown this once and kept nowhere:\n"
    "write it down and keep it apart from the archive."
)
OUT_OF_REACH = (
    "Out of reach of this program, and to be destroyed by you: copies of the key store\n"
    "(SIEGEL_KEYS) made before, which the key-encrypting key opens, and archives, which their own\n"
    "keys open. Copies of the key store become worthless, too, when the key-encrypting key is\n"
    "replaced and the old one destroyed."
)


def register(group: click.Group) -> None:
    """Add the commands to the group `tenants`."""
    for command in (export, import_, shred, shell):
        group.add_command(command)


@click.command()
@click.argument("slug")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--readable", is_flag=True, help="A folder of JSON and original files, not sealed.")
@click.option("--key-file", type=click.Path(path_type=Path), help="Write the key here (0600).")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def export(
    prepare: Prepare, slug: str, file: Path, *, readable: bool, key_file: Path | None, yes: bool
) -> None:
    """Write a tenant into one sealed FILE, or into a folder that needs no Siegel to be read."""
    from siegel.tenancy.models import Tenant

    with problems_named(prepare):
        tenant = Tenant.named(slug)
        if readable:
            _export_readable(tenant, file, yes=yes)
        else:
            _export_sealed(tenant, file, key_file)


def _export_sealed(tenant: "Tenant", file: Path, key_file: Path | None) -> None:
    from siegel.continuity.exporting import check_is_new, note_export, write_archive
    from siegel.continuity.snapshot import snapshot
    from siegel.vault.private_files import write_private
    from siegel.vault.recovery_keys import RecoveryKey

    check_is_new(file)
    key = RecoveryKey.generate()
    if key_file is not None:
        check_is_new(key_file)
    note_export(tenant, "sealed")
    with snapshot(tenant.as_served()) as taken:
        if key_file is not None:
            # Before the archive: one whose key was lost would be worse than none.
            write_private(key_file, f"{key.text()}\n")
        try:
            with _progress(taken.size, "Exporting") as advanced:
                write_archive(tenant, taken, file, key, advanced)
        except BaseException:
            if key_file is not None:
                key_file.unlink()
            raise
    click.echo(f"{tenant.slug} was exported: {sum(taken.rows.values())} rows, ", nl=False)
    click.echo(f"{len(taken.objects)} objects. Head of its trail: {taken.trail}")
    if key_file is None:
        click.echo(ONCE, err=True)
        click.echo(key.text())
    else:
        click.echo(f"Its key is in {key_file}; keep it apart from the archive.", err=True)


def _export_readable(tenant: "Tenant", folder: Path, *, yes: bool) -> None:
    from siegel.continuity.exporting import check_is_new, note_export
    from siegel.continuity.readable import bytes_of_files, held_still, write_readable

    check_is_new(folder)
    if not yes:
        click.confirm("Everybody who gets this folder can read all of it. Export?", abort=True)
    note_export(tenant, "readable")
    with (
        held_still(tenant.as_served()) as linked,
        _progress(bytes_of_files(), "Exporting") as advanced,
    ):
        lost = write_readable(tenant, linked, folder, advanced)
    click.echo(f"{tenant.slug} was exported, readable for everybody: {folder}")
    if lost:
        raise click.ClickException(f"The bytes of these files are lost: {', '.join(lost)}.")


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--slug", help="Another short name than it had.")
@click.option("--host", help="Another host than it had.")
@click.option("--key-file", type=click.Path(path_type=Path), help="Asked for when not given.")
@click.pass_obj
def import_(
    prepare: Prepare, file: Path, slug: str | None, host: str | None, key_file: Path | None
) -> None:
    """Bring a tenant back from a sealed FILE, here or at another installation."""
    from siegel.continuity.importing import import_archive
    from siegel.tenancy.models import State
    from siegel.vault.recovery_keys import RecoveryKey

    with problems_named(prepare):
        key = RecoveryKey.parse(
            key_file.read_text()
            if key_file
            else click.prompt("Key of the archive", hide_input=True)
        )
        with _progress(file.stat().st_size, "Importing") as advanced:
            done = import_archive(file, key, advanced, slug=slug, host=host)
        tenant = done.tenant
        click.echo(
            f"{tenant.slug} was imported as {tenant.pk}, on {tenant.host} and chat.{tenant.host}: "
            f"{done.rows} rows, {done.objects} objects. Head of its trail: {done.trail}"
        )
        if done.was_migrated:
            click.echo("Its database was brought to this version.")
        if tenant.state == State.SUSPENDED:
            click.echo(
                f"It was suspended when it was exported: siegel tenants resume {tenant.slug}"
            )


@click.command()
@click.argument("slug")
@click.option("--reason", required=True, help="Goes into the operators' trail.")
@click.option("--yes", is_flag=True, help="Do not ask for the short name again.")
@click.pass_obj
def shred(prepare: Prepare, slug: str, reason: str, yes: bool) -> None:
    """Destroy a tenant for ever, then try to open it; exit code 1 if anything opens."""
    from siegel.continuity import shredding

    with problems_named(prepare):
        tenant = shredding.to_be_shredded(slug)
        if yes:
            shredding.check_is_ordinary(tenant)
        else:
            click.echo(f"All data of {slug} will be destroyed. There is no way back.", err=True)
            if click.prompt("Type its short name to go on") != slug:
                raise click.ClickException("That is not its short name; nothing was done.")
        exports = shredding.exports_of(tenant)
        opened = 0
        for attempt in shredding.shred(tenant, reason):
            opened += attempt.opened
            click.echo(
                f"{'OPENS ' if attempt.opened else 'closed'}  {attempt.name}: {attempt.told}"
            )
        click.echo(f"{slug} ({tenant.pk}) is shredded.")
        click.echo(f"Exports known here: {len(exports)}, out of reach and not tried.")
        for at in exports:
            click.echo(f"It was exported on {at:%Y-%m-%d at %H:%M} UTC.")
        click.echo(OUT_OF_REACH)
    if opened:
        raise SystemExit(1)


@click.command()
@click.argument("slug")
@click.option("--reason", required=True, help="Goes into the operators' and the tenant's trail.")
@click.option("--command", help="Run this instead of asking for input.")
@click.pass_obj
def shell(prepare: Prepare, slug: str, reason: str, command: str | None) -> None:
    """Open a Python shell while a tenant is served; its people read in the trail that you did."""
    from siegel.tenancy.availability import open_database
    from siegel.tenancy.context import serving
    from siegel.tenancy.models import Tenant
    from siegel.tenancy.operator_access import note_shell

    with problems_named(prepare):
        tenant = Tenant.named(slug).as_served()
        with serving(tenant):
            open_database(tenant)
        note_shell(tenant, reason)
    click.echo(
        f"Written into the operators' trail and into the trail of {slug}: a shell was opened, "
        "and your reason.",
        err=True,
    )
    names: dict[str, Any] = {"tenant": tenant, "__name__": "__console__"}
    with serving(tenant):
        if command is not None:
            exec(compile(command, "<command>", "exec"), names)  # noqa: S102 - what was asked for
        else:
            code.interact(banner=f"{slug} is served in this shell.", local=names, exitmsg="")


@contextlib.contextmanager
def _progress(length: int, label: str) -> Iterator[Any]:
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield bar.update


@contextlib.contextmanager
def problems_named(
    prepare: Prepare, refusal: type[click.ClickException] = click.ClickException
) -> Iterator[None]:
    """Prepare; whatever has a name is told in one line and with the exit code of `refusal`."""
    from django.core.exceptions import ObjectDoesNotExist
    from django.db import DatabaseError
    from sqlcipher3 import dbapi2

    from siegel.tenancy.availability import Unavailable
    from siegel.vault.kek import KekUnavailable
    from siegel.vault.keyring import KeyUnavailable

    try:
        _prepare_or_refuse(prepare, refusal)
        yield
    except (ValueError, ObjectDoesNotExist, KekUnavailable, KeyUnavailable) as problem:
        raise refusal(str(problem)) from None
    except (Unavailable, DatabaseError, dbapi2.DatabaseError) as problem:
        raise refusal(f"Its database does not open: {problem}.") from None
    except OSError as problem:
        said = problem.strerror or type(problem).__name__
        raise refusal(f"{problem.filename or 'The disk'}: {said}.") from None


def _prepare_or_refuse(prepare: Prepare, refusal: type[click.ClickException]) -> None:
    try:
        prepare()
    except click.ClickException as problem:
        raise refusal(problem.message) from None

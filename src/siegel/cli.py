"""The command line of an operator: `siegel --help`."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import click
import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siegel.settings")


@click.group()
@click.version_option(package_name="siegel")
def main() -> None:
    """Siegel: confidential conversations, each tenant in its own encrypted database."""
    django.setup(set_prefix=False)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def serve(host: str, port: int) -> None:
    """Serve all tenants from this process."""
    from siegel.serving import listen, serve_forever

    _prepare()
    try:
        listener = listen(host, port)
    except OSError as problem:
        raise click.ClickException(f"{host}:{port} cannot be used: {problem.strerror}.") from None
    serve_forever(
        "siegel.asgi:app", listener, lambda: click.echo(f"Serving on {host}:{port}.", err=True)
    )


@main.group()
def tenants() -> None:
    """Create, list, migrate, suspend and resume tenants."""


@tenants.command()
@click.argument("slug")
@click.option("--host", required=True, help="Its host name; the chat gets chat.HOST.")
@click.option("--name", required=True, help="The organisation's name, as clients read it.")
@click.option("--page-origin", multiple=True, help="A website that may show the chat; repeatable.")
def create(slug: str, host: str, name: str, page_origin: tuple[str, ...]) -> None:
    """Create a tenant with its own folder, database and keys."""
    from siegel.identity.organisations import NotAnOrigin, furnish
    from siegel.tenancy.provisioning import CannotCreate, create_tenant

    _prepare()
    try:
        tenant = create_tenant(
            slug, host, furnish=lambda: _quietly(furnish(name, page_origins=list(page_origin)))
        )
    except (CannotCreate, NotAnOrigin) as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(f"{slug} was created as {tenant.id}, on {host} and chat.{host}.")


@tenants.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def list_(as_json: bool) -> None:
    """List all tenants with their hosts and states."""
    from siegel.tenancy.models import Tenant

    _prepare()
    for tenant in Tenant.objects.filter(is_probe=False):
        row = {"slug": tenant.slug, "host": tenant.host, "state": tenant.state, "id": tenant.id}
        click.echo(json.dumps(row) if as_json else "  ".join(row.values()))


@tenants.command()
def migrate() -> None:
    """Bring the databases of all tenants to this version; only stale ones are touched."""
    from siegel.tenancy.migrating import all_tenants, migrate_tenant, stale_tenants

    _prepare()
    failed = 0
    known = all_tenants()
    with click.progressbar(known, label="Checking", file=sys.stderr) as checked:
        stale = list(stale_tenants(checked))
    with click.progressbar(stale, label="Migrating", file=sys.stderr) as migrating:
        for tenant, problem in migrating:
            try:
                if problem is not None:
                    raise problem
                migrate_tenant(tenant)
            except Exception as error:  # noqa: BLE001 - one tenant must not stop the others
                failed += 1
                click.echo(f"\n{tenant.slug or tenant.id}: {error}", err=True)
    click.echo(f"{len(known)} tenants, {len(stale) - failed} migrated, {failed} failed.")
    if failed:
        raise SystemExit(1)


@tenants.command()
@click.argument("slug")
@click.option("--reason", required=True, help="Goes into the operators' trail.")
def suspend(slug: str, reason: str) -> None:
    """Stop serving a tenant; its data stay as they are."""
    from siegel.tenancy import suspending

    _change_state(lambda: suspending.suspend(slug, reason))
    click.echo(f"{slug} is suspended.")


@tenants.command()
@click.argument("slug")
def resume(slug: str) -> None:
    """Serve a suspended tenant again."""
    from siegel.tenancy import suspending

    _change_state(lambda: suspending.resume(slug))
    click.echo(f"{slug} is served again.")


@main.group()
def people() -> None:
    """Create the people of a tenant."""


@people.command("create")
@click.argument("slug")
@click.option("--name", required=True)
@click.option("--email", required=True)
@click.option(
    "--role", "roles", multiple=True, required=True, help="adviser, administrator, auditor"
)
@click.password_option(help="Asked for when it is not given.")
def create_person_(slug: str, name: str, email: str, roles: tuple[str, ...], password: str) -> None:
    """Create somebody who signs in at a tenant's desk."""
    from django.core.exceptions import ValidationError

    from siegel.identity.naming import PERSON_LENGTH, RefusedName
    from siegel.identity.people import AddressTaken, create_person
    from siegel.identity.roles import Role
    from siegel.tenancy.context import serving
    from siegel.tenancy.models import Tenant

    _prepare()
    try:
        tenant = Tenant.objects.get(slug=slug).as_served()
        with serving(tenant):
            create_person(
                name=name, email=email, password=password, roles=[Role(role) for role in roles]
            )
    except ValidationError as problem:
        raise click.ClickException(" ".join(problem.messages)) from None
    except RefusedName:
        raise click.ClickException(
            f"This name cannot be taken: up to {PERSON_LENGTH} characters, on one line."
        ) from None
    except (AddressTaken, ValueError) as problem:
        raise click.ClickException(str(problem)) from None
    except Tenant.DoesNotExist:
        raise click.ClickException(f"There is no tenant {slug}.") from None
    click.echo(f"{email} may sign in.")


@main.group()
def jobs() -> None:
    """See what runs later or regularly, and start again what has failed."""


@jobs.command("list")
@click.option("--state", type=click.Choice(["waiting", "running", "done", "failed"]))
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def list_jobs(state: str | None, as_json: bool) -> None:
    """List jobs, oldest first: id, name, state, attempts, tenant's id, class of the last error."""
    from siegel.tenancy.models import Job

    _prepare()
    found = Job.objects.filter(state=state) if state else Job.objects.all()
    for job in found.iterator():
        row = {
            "id": str(job.pk),
            "name": job.name,
            "state": job.state,
            "attempts": job.attempts,
            "tenant": job.tenant,
            "last_error": job.last_error,
            "run_after": job.run_after.isoformat(timespec="seconds"),
        }
        click.echo(json.dumps(row) if as_json else "  ".join(str(v) or "-" for v in row.values()))


@jobs.command()
@click.argument("job_id", metavar="ID", type=click.UUID)
def retry(job_id: UUID) -> None:
    """Start a failed job again, with all its attempts."""
    from siegel.tenancy.jobs import retry_failed

    _prepare()
    if not retry_failed(job_id):
        raise click.ClickException(f"There is no job {job_id} that has failed.")
    click.echo(f"{job_id} will run again.")


@main.group()
def files() -> None:
    """Decide what files a tenant accepts."""


@files.command()
@click.argument("slug")
@click.option("--largest-mb", type=click.IntRange(min=1), help="The largest file, in MB.")
@click.option("--visitor-mb", type=click.IntRange(min=1), help="What one visitor may keep, in MB.")
@click.option("--tenant-mb", type=click.IntRange(min=1), help="What all may keep, in MB.")
@click.option("--kind", "kinds", multiple=True, help="A kind that is accepted; repeatable.")
@click.option("--encrypted-archives/--no-encrypted-archives", default=None)
def limits(slug: str, kinds: tuple[str, ...], **given: int | bool | None) -> None:
    """Show the limits of a tenant, or change those that are named."""
    from siegel.files.kinds import Kind
    from siegel.files.models import MEGABYTE, FilePolicy
    from siegel.files.policy import change_policy
    from siegel.tenancy.context import serving
    from siegel.tenancy.models import Tenant

    _prepare()
    changes: dict[str, Any] = {
        name.replace("_mb", "_bytes"): value * MEGABYTE if name.endswith("_mb") else value
        for name, value in given.items()
        if value is not None
    }
    try:
        if kinds:
            changes["kinds"] = [Kind(kind).value for kind in kinds]
        with serving(Tenant.objects.get(slug=slug).as_served()):
            policy = change_policy(None, **changes) if changes else FilePolicy.of_tenant()
    except Tenant.DoesNotExist:
        raise click.ClickException(f"There is no tenant {slug}.") from None
    except ValueError as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(f"largest file: {policy.largest_bytes // MEGABYTE} MB")
    click.echo(f"one visitor keeps at most: {policy.visitor_bytes // MEGABYTE} MB")
    click.echo(f"all together keep at most: {policy.tenant_bytes // MEGABYTE} MB")
    click.echo(f"kinds: {', '.join(policy.kinds)}")
    click.echo(f"encrypted archives: {'yes' if policy.encrypted_archives else 'no'}")


@main.group()
def audit() -> None:
    """Verify and export a tenant's trail, without reading content."""


@audit.command()
@click.argument("slug")
def head(slug: str) -> None:
    """Print the newest row as NUMBER:DIGEST, to be kept elsewhere."""
    from siegel.audit import trail

    with _serving_tenant(slug):
        click.echo(str(trail.head()))


@audit.command()
@click.argument("slug")
@click.option("--head", "kept", help="A head that was kept; finds rows cut off since.")
def verify(slug: str, kept: str | None) -> None:
    """Recompute the chain of a tenant's trail; exit code 1 if it does not hold."""
    from siegel.audit import trail
    from siegel.audit.models import TrailEntry

    with _serving_tenant(slug):
        total = TrailEntry.objects.count()
        try:
            expected = trail.Head.parse(kept) if kept is not None else None
            with click.progressbar(
                trail.in_order(), length=total, label="verifying", file=sys.stderr
            ) as rows:
                newest = trail.verify(rows, kept=expected)
        except (trail.BrokenChain, trail.NotAHead) as problem:
            raise click.ClickException(str(problem)) from None
    click.echo(f"{newest.seq} rows hold. Head: {newest}")
    if kept is None:
        click.echo("Without --head nobody can say whether newer rows were cut off.", err=True)


@audit.command()
@click.argument("slug")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl")
def export(slug: str, form: str) -> None:
    """Print the whole trail of a tenant, oldest first."""
    from siegel.audit.export import Format, lines
    from siegel.audit.models import TrailEntry

    with _serving_tenant(slug):
        for line in lines(TrailEntry.objects.order_by("seq").iterator(), Format(form)):
            click.echo(line)


@main.group()
def controls() -> None:
    """Run the controls that prove the claims."""


@controls.command()
@click.argument("control_id", required=False, metavar="[ID]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def run(control_id: str | None, as_json: bool) -> None:
    """Run one control or all; exit code 1 unless every one passes."""
    from siegel.claims.state import State
    from siegel.trust.discovery import all_controls
    from siegel.trust.running import run_control

    _prepare()
    chosen = [c for c in all_controls() if control_id in (None, c.id)]
    if not chosen:
        raise click.ClickException(f"There is no control {control_id}.")
    states = []
    for control in chosen:
        click.echo(f"{control.id} ...", err=True)
        result = run_control(control)
        states.append(result.state)
        click.echo(json.dumps(result.facts()) if as_json else result.told())
    if set(states) != {State.PASS}:
        raise SystemExit(1)


def _prepare() -> None:
    from siegel.tenancy.installation import prepare
    from siegel.vault.kek import KekUnavailable

    try:
        sheet = prepare()
    except KekUnavailable as problem:
        raise click.ClickException(str(problem)) from None
    if sheet is not None:
        click.echo(f"Recovery sheet for the key-encrypting key: {sheet}", err=True)
        click.echo("Print it, lock it away elsewhere, then delete the file.", err=True)


@contextlib.contextmanager
def _serving_tenant(slug: str) -> Iterator[None]:
    from siegel.tenancy.context import serving
    from siegel.tenancy.models import Tenant

    _prepare()
    found = Tenant.objects.filter(slug=slug).first()
    if found is None:
        raise click.ClickException(f"There is no tenant {slug}.")
    with serving(found.as_served()):
        yield


def _change_state(change: Any) -> None:
    from siegel.tenancy.models import Tenant

    _prepare()
    try:
        change()
    except Tenant.DoesNotExist as problem:
        raise click.ClickException(str(problem)) from None


def _quietly(_: object) -> None:
    return None


if __name__ == "__main__":  # pragma: no cover - measured in a subprocess
    main()

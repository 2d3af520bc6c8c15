"""The command line of an operator: `siegel --help`."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import django

from siegel import cli_jobs, cli_operator, cli_people, cli_tenants
from siegel.cli_controls import controls
from siegel.cli_verify import verify_page

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siegel.settings")


@click.group()
@click.version_option(package_name="siegel")
@click.pass_context
def main(context: click.Context) -> None:
    """Siegel: confidential conversations, each tenant in its own encrypted database."""
    django.setup(set_prefix=False)
    context.obj = _prepare


main.add_command(controls)
main.add_command(verify_page)
main.add_command(cli_jobs.jobs)
main.add_command(cli_operator.init)
main.add_command(cli_operator.doctor)
main.add_command(cli_operator.keys)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def serve(host: str, port: int) -> None:
    """Serve all tenants from this process."""
    from siegel.log_lines import tell_of_threads_without_content
    from siegel.serving import listen, serve_forever

    _prepare()
    tell_of_threads_without_content()
    try:
        listener = listen(host, port)
    except OSError as problem:
        raise click.ClickException(f"{host}:{port} cannot be used: {problem.strerror}.") from None
    serve_forever(
        "siegel.asgi:app", listener, lambda: click.echo(f"Serving on {host}:{port}.", err=True)
    )


@main.group()
def tenants() -> None:
    """Create, list, migrate, suspend, resume, move, destroy and look into tenants."""


cli_tenants.register(tenants)


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
@click.pass_context
def people(context: click.Context) -> None:
    """Create the people of a tenant or take them over, and help who is locked out."""
    context.obj = _serving_tenant


cli_people.register(people)


@people.command("reset-factors")
@click.argument("slug")
@click.argument("email")
def reset_factors_(slug: str, email: str) -> None:
    """Take away the second factors of somebody who has lost them, such as the last administrator.

    They are signed out everywhere and set up a new one when they next sign in.
    """
    from siegel.identity.factor_changes import reset_factors
    from siegel.identity.models import Person

    with _serving_tenant(slug):
        try:
            removed = reset_factors(None, Person.objects.get_by_natural_key(email))
        except Person.DoesNotExist:
            raise click.ClickException(f"There is nobody with the address {email}.") from None
    click.echo(f"{email}: {removed} second factors removed.")


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

    changes: dict[str, Any] = {
        name.replace("_mb", "_bytes"): value * MEGABYTE if name.endswith("_mb") else value
        for name, value in given.items()
        if value is not None
    }
    with _serving_tenant(slug):
        if kinds:
            changes["kinds"] = [Kind(kind).value for kind in kinds]
        policy = change_policy(None, **changes) if changes else FilePolicy.of_tenant()
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


class NotExamined(click.ClickException):
    """Nothing is known of the chain: neither that it holds nor that it does not."""

    exit_code = 2


@audit.command()
@click.argument("slug")
@click.option("--head", "kept", help="A head that was kept; finds rows cut off since.")
def verify(slug: str, kept: str | None) -> None:
    """Recompute the chain of a tenant's trail.

    Exit code 1 if it does not hold, 2 if it could not be examined.
    """
    from siegel.audit import trail
    from siegel.audit.models import TrailEntry

    with _serving_tenant(slug, NotExamined):
        total = TrailEntry.objects.count()
        expected = trail.Head.parse(kept) if kept is not None else None
        try:
            with click.progressbar(
                trail.in_order(), length=total, label="verifying", file=sys.stderr
            ) as rows:
                newest = trail.verify(rows, kept=expected)
        except trail.BrokenChain as problem:
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


def _prepare() -> Path | None:
    from siegel.tenancy.installation import prepare
    from siegel.vault.kek import KekUnavailable
    from siegel.vault.signing_key import SigningKeyUnavailable

    try:
        sheet = prepare()
    except (KekUnavailable, SigningKeyUnavailable) as problem:
        raise click.ClickException(str(problem)) from None
    if sheet is not None:
        click.echo(f"Recovery sheet for the key-encrypting key: {sheet}", err=True)
        click.echo("Print it, lock it away elsewhere, then delete the file.", err=True)
    return sheet


@contextlib.contextmanager
def _serving_tenant(
    slug: str, refusal: type[click.ClickException] = click.ClickException
) -> Iterator[None]:
    from siegel.tenancy.availability import open_database
    from siegel.tenancy.context import serving
    from siegel.tenancy.models import Tenant

    with cli_tenants.problems_named(_prepare, refusal):
        tenant = Tenant.named(slug).as_served()
        with serving(tenant):
            open_database(tenant)
            yield


def _change_state(change: Any) -> None:
    with cli_tenants.problems_named(_prepare):
        change()


def _quietly(_: object) -> None:
    return None


if __name__ == "__main__":  # pragma: no cover - measured in a subprocess
    main()

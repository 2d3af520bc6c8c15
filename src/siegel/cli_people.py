"""Commands about the people of a tenant: created one by one, or taken over from another system."""

import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import click

from siegel import password_prompt

# Serves a tenant by its short name.
Serving = Callable[[str], AbstractContextManager[None]]


def register(group: click.Group) -> None:
    """Add the commands to the group `people`."""
    for command in (create, import_, census):
        group.add_command(command)


@click.command()
@click.argument("slug")
@click.option("--name", required=True)
@click.option("--email", required=True)
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice(["adviser", "administrator", "auditor"]),
)
@password_prompt.FROM_STDIN
@click.pass_obj
def create(
    serving: Serving,
    slug: str,
    *,
    name: str,
    email: str,
    roles: tuple[str, ...],
    password_stdin: bool,
) -> None:
    """Create somebody who signs in at a tenant's desk."""
    from django.core.exceptions import ValidationError

    from siegel.identity.naming import PERSON_LENGTH, RefusedName
    from siegel.identity.people import AddressTaken, create_person
    from siegel.identity.roles import Role

    with serving(slug):
        password = password_prompt.ask(from_stdin=password_stdin)
        try:
            create_person(
                name=name, email=email, password=password, roles=[Role(role) for role in roles]
            )
        except ValidationError as problem:
            raise click.ClickException(" ".join(problem.messages)) from None
        except AddressTaken as problem:
            raise click.ClickException(str(problem)) from None
        except RefusedName:
            raise click.ClickException(
                f"This name cannot be taken: up to {PERSON_LENGTH} characters, on one line."
            ) from None
    click.echo(f"{email} may sign in.")


@click.command("import")
@click.argument("slug")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Read the file and say what would be; store nothing.")
@click.pass_obj
def import_(serving: Serving, slug: str, file: Path, *, dry_run: bool) -> None:
    """Take people over from FILE, with salted SHA-256 digests of their passwords.

    Exit code 1 if a line was passed over. Interrupted, it goes on when it is called again.
    """
    from siegel.identity.people_import import NoSuchFile, import_people

    with serving(slug), file.open("rb") as lines:
        bar = click.progressbar(length=file.stat().st_size, label="Importing", file=sys.stderr)
        try:
            with bar:
                outcome = import_people(lines, done=bar.update, is_rehearsal=dry_run)
        except NoSuchFile as problem:
            raise click.ClickException(str(problem)) from None
    for number, fault in outcome.bad:
        click.echo(f"Line {number} {fault}.", err=True)
    verb = "would be created" if dry_run else "created"
    bad = len(outcome.bad)
    click.echo(f"{outcome.created} {verb}, {outcome.present} there already, {bad} passed over.")
    if outcome.bad:
        raise SystemExit(1)


@click.command()
@click.argument("slug")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def census(serving: Serving, slug: str, *, as_json: bool) -> None:
    """Count a tenant's passwords by how they are stored; reads no password.

    Exit code 1 if one is not protected.
    """
    from siegel.identity.password_census import count

    with serving(slug):
        found = count()
    if as_json:
        click.echo(json.dumps(found.schemes | {"bare": found.bare}))
    else:
        for scheme, number in sorted(found.schemes.items()):
            click.echo(f"{number:>8}  {scheme}")
        click.echo(f"{found.bare:>8}  bare: known to nobody here, and not accepted")
    if found.bare:
        raise SystemExit(1)

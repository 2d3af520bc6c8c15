"""What an operator does for the installation itself: set it up, examine it, rotate its key."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from siegel import password_prompt

Prepare = Callable[[], Path | None]


@click.command()
@click.option("--host", required=True, help="The host name of the operators' own desk.")
@click.option("--organisation", default="Operators", show_default=True, help="How it is called.")
@click.option("--name", help="The first operator's name; asked for when it is not given.")
@click.option("--email", help="The first operator's address; asked for when it is not given.")
@password_prompt.FROM_STDIN
@click.pass_obj
def init(
    prepare: Prepare,
    *,
    host: str,
    organisation: str,
    name: str | None,
    email: str | None,
    password_stdin: bool,
) -> None:
    """Set the installation up: folders, keys, recovery sheet, the first operator.

    What stands already is said and left as it is, so that it can be called again.
    """
    from django.core.exceptions import ValidationError

    from siegel.identity.naming import PERSON_LENGTH, RefusedName
    from siegel.identity.operators import create_first_operator, ensure_operators, has_operator
    from siegel.identity.people import AddressTaken
    from siegel.tenancy.provisioning import CannotCreate

    sheet = prepare()
    _say_whether_made(sheet is not None, "Folders, keys, control database")
    try:
        tenant, is_new = ensure_operators(host, organisation)
        _say_whether_made(is_new, f"The operators' desk on {host}")
        if not has_operator(tenant):
            create_first_operator(
                tenant,
                name=name or click.prompt("Name"),
                email=email or click.prompt("E-mail"),
                password=password_prompt.ask(from_stdin=password_stdin),
            )
            _say_whether_made(True, "The first operator")
        else:
            _say_whether_made(False, "The first operator")
    except ValidationError as problem:
        raise click.ClickException(" ".join(problem.messages)) from None
    except RefusedName:
        raise click.ClickException(
            f"This name cannot be taken: up to {PERSON_LENGTH} characters, on one line."
        ) from None
    except (AddressTaken, CannotCreate) as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(
        "\nWhat to do next:\n"
        "  1. Print the recovery sheet, lock it away elsewhere, delete its file.\n"
        "  2. siegel doctor\n"
        "  3. siegel tenants create SLUG --host HOST --name NAME\n"
        "  4. siegel serve\n"
        f"  5. Sign in at https://{host} and set a passkey up: operators reach nothing without one."
    )


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def doctor(as_json: bool) -> None:
    """Look for every misconfiguration and say what to do; changes nothing.

    Exit code 1 if there is an error; warnings are listed only.
    """
    from siegel.tenancy.diagnosis import examine

    diagnosis = examine()
    for found in diagnosis.found:
        if as_json:
            click.echo(json.dumps(found.facts()))
            continue
        click.echo(f"{found.level:<8} {found.id:<20} {found.message}")
        if found.remedy:
            click.echo(f"{'':<9}{found.remedy}")
    click.echo(
        f"{diagnosis.checks} checks, {diagnosis.errors} errors, {diagnosis.warnings} warnings.",
        err=True,
    )
    if diagnosis.errors:
        raise SystemExit(1)


@click.group()
def keys() -> None:
    """See and rotate the key-encrypting key, and the one that signs evidence."""


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
@click.pass_obj
def list_(prepare: Prepare, as_json: bool) -> None:
    """List the key-encrypting key's versions with how many keysets each wraps, and what signs."""
    from siegel.tenancy.key_rotation import usages
    from siegel.vault.signing_key import SigningKeyUnavailable, public_keys

    prepare()
    for usage in usages():
        row = {
            "purpose": "wraps",
            "id": str(usage.version),
            "state": "in use" if usage.version.is_primary else "being replaced",
            "keysets": usage.keysets,
        }
        click.echo(json.dumps(row) if as_json else _told_of_key(row))
    try:
        signing = public_keys()
    except SigningKeyUnavailable as problem:
        raise click.ClickException(str(problem)) from None
    for key in signing:
        row = {
            "purpose": "signs",
            "id": key.id,
            "state": "retired" if key.is_retired else "in use",
        }
        click.echo(json.dumps(row) if as_json else _told_of_key(row))


@keys.command()
@click.option("--signing", is_flag=True, help="The key that signs evidence, instead.")
@click.option("--after-loss", is_flag=True, help="The file of the signing key was lost for good.")
@click.pass_obj
def rotate(prepare: Prepare, *, signing: bool, after_loss: bool) -> None:
    """Make a new key-encrypting key and wrap every keyset with it, while tenants are served.

    Interrupted, it goes on where it was when it is called again.
    """
    prepare()
    if signing:
        _rotate_signing_key(after_loss=after_loss)
    else:
        _rotate_kek()


def _rotate_signing_key(*, after_loss: bool) -> None:
    from siegel.trust.evidence import EvidenceBroken
    from siegel.trust.signing import replace_signing_key
    from siegel.vault.signing_key import SigningKeyUnavailable

    try:
        made = replace_signing_key(after_loss=after_loss)
    except (SigningKeyUnavailable, EvidenceBroken) as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(f"Evidence is signed by the key {made} from now on.")
    click.echo(
        "Give its public half to whoever keeps keys for siegel verify: it is at /trust/heads.",
        err=True,
    )


def _rotate_kek() -> None:
    from siegel.tenancy.key_rotation import rotate_keys
    from siegel.vault.kek import KekUnavailable
    from siegel.vault.kek_rotation import CannotRotate
    from siegel.vault.signing_key import SigningKeyUnavailable

    with click.progressbar(length=0, label="Wrapping", file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        try:
            rotated = rotate_keys(progress)
        except (CannotRotate, KekUnavailable) as problem:
            raise click.ClickException(str(problem)) from None
        except SigningKeyUnavailable as problem:
            raise click.ClickException(
                f"{problem} No key was dropped. siegel doctor says how to mend it; then call this "
                "again."
            ) from None
        except OSError as problem:
            raise click.ClickException(
                f"{problem.filename or 'A file'}: {problem.strerror}. Every tenant still opens. "
                "When that is mended, call this again: it goes on where it was."
            ) from None
    if rotated.was_resumed:
        click.echo("A rotation that had been interrupted was finished.")
    click.echo(f"{rotated.keysets} keysets are wrapped by the key {rotated.version}.")
    click.echo(f"New recovery sheet: {rotated.sheet}", err=True)
    click.echo(
        "Print it, lock it away elsewhere, then delete the file. Keep the older sheet only as long "
        "as backups of the key store from before today.",
        err=True,
    )


def _say_whether_made(is_new: bool, what: str) -> None:
    click.echo(f"{what}: {'made' if is_new else 'stands already, unchanged'}.")


def _told_of_key(row: dict[str, Any]) -> str:
    keysets = f"  {row['keysets']} keysets" if "keysets" in row else ""
    return f"{row['purpose']}  {row['id']}  {row['state']}{keysets}"

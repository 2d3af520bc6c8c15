"""`siegel verify`: the stand-alone verifier, for those who have Siegel installed anyway."""

from pathlib import Path

import click

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("verify")
@click.argument("url")
@click.option("--json", "with_json", is_flag=True, help="The report as one JSON object.")
@click.option("--keys", type=FILE, help="A file of public keys that you trust, base64.")
@click.option("--head", metavar="SEQ:DIGEST", help="The newest row of an earlier visit.")
@click.option("--state", type=FILE, help="Keeps newest row and keys from visit to visit.")
def verify_page(
    url: str, with_json: bool, keys: Path | None, head: str | None, state: Path | None
) -> None:
    """Examine a trust page from outside, as anybody can, without believing it.

    Exit code 1 if something does not hold, 2 if it could not be examined.
    """
    from siegel.trust.verify import Wish, run

    raise SystemExit(run(Wish(url, keys, head, state), with_json=with_json))

"""The whole product on one machine in one process, with synthetic people: `make demo`."""

import argparse
import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Start the demo; with --json, print one line of JSON once everything answers."""
    wished = _arguments()
    os.environ.setdefault("SIEGEL_LOG_FORMAT", "text")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siegel.settings")
    if wished.data or not os.environ.get("SIEGEL_DATA"):
        os.environ["SIEGEL_DATA"] = str(Path(wished.data or "var/demo").absolute())
    import django

    django.setup(set_prefix=False)
    from demo.pages import with_client_pages
    from siegel.asgi import app
    from siegel.serving import listen, serve_forever

    try:
        listener = listen("127.0.0.1", wished.port)
    except OSError:
        sys.exit(f"Port {wished.port} is in use. Choose another one with --port.")
    port = listener.getsockname()[1]
    facts = _furnish(port)
    told = json.dumps(facts) if wished.json else _told(facts)
    with contextlib.suppress(KeyboardInterrupt):
        serve_forever(with_client_pages(app), listener, when_ready=lambda: print(told, flush=True))
    if not wished.json:
        print("\nStopped. Everything is kept; start again with the same command.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one line of JSON when ready")
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free one (%(default)s)")
    parser.add_argument("--data", help="folder for the data (var/demo)")
    return parser.parse_args()


def _furnish(port: int) -> dict[str, Any]:
    from demo.organisations import TENANTS
    from demo.people import PASSWORD, ensure_tenant, seeds_of
    from siegel.tenancy.installation import prepare

    sheet = prepare()
    if sheet is not None:
        print(f"Recovery sheet of the key-encrypting key: {sheet}", file=sys.stderr)
    _bring_up_to_date()
    tenants = []
    for described in TENANTS:
        ensure_tenant(described, port)
        base = f"http://{described.host}:{port}"
        seeds = seeds_of(described)
        tenants.append(
            {
                "slug": described.slug,
                "name": described.name,
                "base": f"http://127.0.0.1:{port}",
                "host": f"{described.host}:{port}",
                "desk": f"{base}/",
                "chat": f"http://chat.{described.host}:{port}",
                "client_page": f"http://{described.client_host}:{port}/",
                "people": [
                    {
                        "name": name,
                        "email": email,
                        "password": PASSWORD,
                        "roles": list(roles),
                        # Of an authenticator app; null for whoever has none.
                        "totp_seed": seeds.get(email),
                    }
                    for name, email, roles in described.people
                ],
            }
        )
    return {"port": port, "tenants": tenants, "data": os.environ["SIEGEL_DATA"]}


def _bring_up_to_date() -> None:
    from siegel.tenancy.migrating import all_tenants, migrate_tenant, stale_tenants

    for tenant, problem in stale_tenants(all_tenants()):
        if problem is not None:
            sys.exit(
                f"The database of {tenant.slug} does not open ({type(problem).__name__}). "
                f"Nothing was changed. If {os.environ['SIEGEL_DATA']} was made by an older "
                "checkout, remove it with the folders -keys and -kek beside it."
            )
        print(f"Bringing the database of {tenant.slug} to this version.", file=sys.stderr)
        migrate_tenant(tenant)


def _told(facts: dict[str, Any]) -> str:
    lines = ["", "Siegel is running. Everything here is synthetic.", ""]
    for tenant in facts["tenants"]:
        lines += [
            tenant["name"],
            f"  page of its clients   {tenant['client_page']}",
            f"  desk of its advisers  {tenant['desk']}",
        ]
        for person in tenant["people"]:
            lines.append(f"    {person['email']}  ({', '.join(person['roles'])})")
            if person["totp_seed"]:
                lines.append(f"      seed for an authenticator app: {person['totp_seed']}")
        lines += [f"    password: {tenant['people'][0]['password']}", ""]
    return "\n".join([*lines, f"Data: {facts['data']}", "Stop with Ctrl-C.", ""])


if __name__ == "__main__":
    main()

"""The whole product on one machine in one process, with synthetic people: `make demo`."""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Start the demo; with --json, print one line of JSON once everything answers."""
    wished = _arguments()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siegel.settings")
    if wished.data or not os.environ.get("SIEGEL_DATA"):
        os.environ["SIEGEL_DATA"] = str(Path(wished.data or "var/demo").absolute())
    import django

    django.setup(set_prefix=False)
    listener = _listen(wished.port)
    port = listener.getsockname()[1]
    facts = _furnish(port)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(listener, port, facts, as_json=wished.json))
    if not wished.json:
        print("\nStopped. Everything is kept; start again with the same command.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one line of JSON when ready")
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free one (%(default)s)")
    parser.add_argument("--data", help="folder for the data (var/demo)")
    return parser.parse_args()


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        sys.exit(f"Port {port} is in use. Choose another one with --port.")
    listener.listen(512)
    return listener


def _furnish(port: int) -> dict[str, Any]:
    from demo.people import PASSWORD, TENANTS, ensure_tenant
    from siegel.tenancy.installation import prepare

    sheet = prepare()
    if sheet is not None:
        print(f"Recovery sheet of the key-encrypting key: {sheet}", file=sys.stderr)
    tenants = []
    for described in TENANTS:
        ensure_tenant(described, port)
        base = f"http://{described.host}:{port}"
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
                    {"name": name, "email": email, "password": PASSWORD, "roles": list(roles)}
                    for name, email, roles in described.people
                ],
            }
        )
    return {"port": port, "tenants": tenants, "data": os.environ["SIEGEL_DATA"]}


async def _serve(
    listener: socket.socket, port: int, facts: dict[str, Any], *, as_json: bool
) -> None:
    import uvicorn

    from demo.pages import with_client_pages
    from siegel.asgi import app
    from siegel.serving import server_config

    server = uvicorn.Server(server_config(with_client_pages(app, port), "127.0.0.1", port))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event
        await asyncio.sleep(0.02)
    if not serving.done():
        print(json.dumps(facts) if as_json else _told(facts), flush=True)
    await serving


def _told(facts: dict[str, Any]) -> str:
    lines = ["", "Siegel is running. Everything here is synthetic.", ""]
    for tenant in facts["tenants"]:
        lines += [
            tenant["name"],
            f"  page of its clients   {tenant['client_page']}",
            f"  desk of its advisers  {tenant['desk']}",
        ]
        lines += [
            f"    {person['email']}  ({', '.join(person['roles'])})" for person in tenant["people"]
        ]
        lines += [f"    password: {tenant['people'][0]['password']}", ""]
    return "\n".join([*lines, f"Data: {facts['data']}", "Stop with Ctrl-C.", ""])


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    main()

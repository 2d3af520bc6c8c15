"""A correct public record as its formats say, a server for it, and what lies are made of."""

import base64
import datetime as dt
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from siegel.security_headers import content_security_policy

GENESIS = "0" * 64
VERSION = "0.5"
HEADERS = {
    "Content-Security-Policy": content_security_policy(),
    "X-Content-Type-Options": "nosniff",
}


def canonical(value: object) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def sha256(message: bytes) -> str:
    return hashlib.sha256(message).hexdigest()


def written(at: dt.datetime) -> str:
    return at.isoformat(timespec="microseconds")


def ago(**length: float) -> dt.datetime:
    return dt.datetime.now(dt.UTC) - dt.timedelta(**length)


class Key:
    """An installation's signing key."""

    def __init__(self) -> None:
        self._private = Ed25519PrivateKey.generate()
        self.raw = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.id = sha256(self.raw)[:16]

    @property
    def published(self) -> dict[str, str]:
        return {"id": self.id, "public": base64.b64encode(self.raw).decode()}

    def sign(self, message: bytes) -> str:
        return base64.b64encode(self._private.sign(message)).decode()


@dataclass
class Publication:
    """What an installation publishes; everything in it may be bent before it is served."""

    key: Key = field(default_factory=Key)
    version: str = VERSION
    rows: list[dict[str, Any]] = field(default_factory=list)
    heads: list[dict[str, Any]] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)
    keys: list[Any] = field(default_factory=list)
    at: Callable[[], dt.datetime] = ago

    def run(self, control: str, part: str, at: dt.datetime, **changes: Any) -> dict[str, Any]:
        """Record a run; returns what a claim says of it."""
        detail = {
            "tenant": "", "version": self.version, "source": sha256(b"source"), "examined": 3,
            "expected": 3, "what": {"de": "Türen", "en": "doors"},
            "faults": int(part == "canary"), "evidence": sha256(b""), "error": "",
            "milliseconds": 12,
        } | changes  # fmt: skip
        row = {
            "seq": len(self.rows) + 1, "at": written(at), "actor": "scheduler",
            "action": f"control.{part}", "subject": control, "detail": detail,
            "previous": self.rows[-1]["digest"] if self.rows else GENESIS,
        }  # fmt: skip
        row["digest"] = digest_of(row)
        self.rows.append(row)
        return named(row)

    def claim(self, name: str, state: str, **changes: Any) -> dict[str, Any]:
        """Put a claim on the page."""
        claim = {
            "id": name, "heading": "one", "claim": {"de": "Ja", "en": "Yes"},
            "falsifier": {"de": "Nein", "en": "No"}, "kind": "built-in", "scope": "installation",
            "state": state, "reason": None, "max_age_seconds": 7200, "until": None,
            "check": None, "canary": None,
        } | changes  # fmt: skip
        runs = [run for run in (claim["check"], claim["canary"]) if run]
        if state == "pass" and "until" not in changes:
            oldest = min(dt.datetime.fromisoformat(run["at"]) for run in runs)
            claim["until"] = written(oldest + dt.timedelta(seconds=claim["max_age_seconds"]))
        self.claims.append(claim)
        return claim

    def control(self, name: str, at: dt.datetime, state: str = "pass", **changes: Any) -> None:
        """A claim with both of its runs; `check` and `canary` are what is different in them."""
        runs = {
            part: self.run(name, part, at, **changes.pop(part, {})) for part in ("check", "canary")
        }
        self.claim(name, state, **(runs | changes))

    def sign(self, key: Key | None = None) -> dict[str, Any]:
        """Sign a head on the newest row."""
        key = key or self.key
        row = self.rows[-1]
        said = {
            "at": row["at"], "digest": row["digest"], "key": key.id, "seq": row["seq"],
            "previous": link_of(self.heads[-1]) if self.heads else GENESIS,
            "version": self.version,
        }  # fmt: skip
        head = said | {"signature": key.sign(message_of(said))}
        self.heads.append(head)
        return head

    def claims_json(self) -> dict[str, Any]:
        head = self.heads[-1] if self.heads else None
        return {
            "at": written(self.at()),
            "version": self.version,
            "head": {"seq": head["seq"], "digest": head["digest"]} if head else None,
            "claims": self.claims,
        }

    def heads_json(self, before: int) -> dict[str, Any]:
        found = [head for head in self.heads[::-1] if head["seq"] < before]
        return {"keys": self.keys or [self.key.published], "heads": found[:3]}

    def evidence(self, after: int) -> bytes:
        found = [row for row in self.rows if row["seq"] > after]
        return b"".join(canonical(row) + b"\n" for row in found[:5])


def digest_of(row: dict[str, Any]) -> str:
    names = ("seq", "at", "actor", "action", "subject", "detail", "previous")
    return sha256(canonical([row[name] for name in names]))


def message_of(head: dict[str, Any]) -> bytes:
    names = ("at", "digest", "key", "previous", "seq", "version")
    return b"siegel head v1\n" + canonical({name: head[name] for name in names})


def link_of(head: dict[str, Any]) -> str:
    return sha256(message_of(head))


def named(row: dict[str, Any]) -> dict[str, Any]:
    """A run as a claim names it."""
    kept = ("milliseconds", "version", "source", "examined", "expected", "what", "faults", "error")
    own = {name: row[name] for name in ("seq", "at", "digest")}
    return own | {name: row["detail"][name] for name in kept}


def withheld(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("seq", "previous", "digest")}


class Reply(NamedTuple):
    """What the server answers; `raw` is sent as it is, instead of all the rest."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = HEADERS
    raw: bytes = b""


Serve = Callable[[dict[str, str]], Reply]


class Stage:
    """A server of a publication; `pages` may be changed, `asked` says what was asked for."""

    def __init__(self, publication: Publication, host: str = "bank.localhost") -> None:
        self.publication, self.host, self.port = publication, host, 0
        self.scheme = "http"
        self.asked: list[str] = []
        chat = HEADERS | {
            "Content-Security-Policy": content_security_policy(
                frame_ancestors="https://www.bank.example"
            ),
            "Set-Cookie": "__Host-visitor=1; Path=/; Secure; HttpOnly; SameSite=None; Partitioned",
        }
        cookie = {"Set-Cookie": "__Host-session=1; Path=/; Secure; HttpOnly; SameSite=Lax"}
        self.pages: dict[str, Serve] = {
            "/trust/": lambda _: Reply(b"<html>"),
            "/sign-in/": lambda _: Reply(b"<html>", headers=HEADERS | cookie),
            "chat/": lambda _: Reply(b"<html>", headers=chat),
            "/trust/claims.json": lambda _: Reply(json.dumps(publication.claims_json()).encode()),
            "/trust/heads": lambda query: Reply(
                json.dumps(publication.heads_json(int(query.get("before", 1 << 62)))).encode()
            ),
            "/trust/evidence": lambda query: Reply(publication.evidence(int(query["after"]))),
        }

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    def answer(self, host: str, target: str) -> Reply:
        parts = urlsplit(target)
        below = "chat" if host == f"chat.{self.host}:{self.port}" else ""
        if not below and host != f"{self.host}:{self.port}":
            return Reply(status=404)
        self.asked.append(target)
        serve = self.pages.get(below + parts.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return serve(query) if serve else Reply(status=404)


@contextmanager
def served(stage: Stage, context: Any = None) -> Iterator[Stage]:
    """Serve it on a port of the loopback interface."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reply = stage.answer(self.headers["Host"], self.path)
            if reply.raw:
                self.wfile.write(reply.raw)
                return
            self.send_response(reply.status)
            for name, value in ({"Content-Length": str(len(reply.body))} | reply.headers).items():
                if value:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def send_header(self, keyword: str, value: str) -> None:
            if keyword != "Server":
                super().send_header(keyword, value)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    with Quiet(("127.0.0.1", 0), Handler) as server:
        stage.port = server.server_address[1]
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
            stage.scheme = "https"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield stage
        finally:
            server.shutdown()
            thread.join()


def published() -> Publication:
    """An installation of some weeks: rows of another version, then those of now, each signed."""
    publication = Publication(version="0.4")
    for hours in range(60, 48, -1):
        publication.run("x-door", "check", ago(hours=hours))
        publication.sign()
    publication.version = VERSION
    publication.run("x-door", "check", ago(hours=1))
    publication.run("x-door", "canary", ago(hours=1))
    publication.sign()
    publication.control("x-door", ago(minutes=9))
    publication.control("x-lock", ago(minutes=8), scope="tenant", check={"tenant": "t1"},
                        canary={"tenant": "t1"})  # fmt: skip
    publication.control("x-red", ago(minutes=7), "fail", check={"faults": 2})
    publication.control("x-blind", ago(minutes=6), "canary-failed", canary={"faults": 0})
    publication.control("x-crash", ago(minutes=5), "unknown", check={"error": "OSError"})
    publication.claim("phy-guard", "unknown")
    publication.claim("phy-fence", "attested")
    publication.sign()
    return publication

"""Examine a Siegel trust page from outside: without an account, and without believing it.

    python verify.py https://tenant.example

One file on purpose, for people who do not run Siegel: Python 3.11 and `cryptography` are all it
needs, and nothing of Siegel is imported. Digests, signatures and the rules for a claim's state are
written here a second time, so that one mistake does not hide in both places.

Exit code 0: all that can be examined holds. 1: something does not. 2: it could not be examined.
"""

import argparse
import base64
import contextlib
import datetime as dt
import email.utils
import hashlib
import http.client
import ipaddress
import json
import re
import socket
import ssl
import sys
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

GENESIS = "0" * 64
PREAMBLE = b"siegel head v1\n"
PARTS = {"control.check": "check", "control.canary": "canary"}
STATES = {"pass", "fail", "unknown", "canary-failed", "attested", "waived", "not-applicable"}
# What the page and this machine may differ by, and how long a cache may keep an answer.
MOST_SKEW, MOST_KEPT = dt.timedelta(seconds=60), dt.timedelta(seconds=30)
LEAST_HSTS_SECONDS = 365 * 24 * 3600
PAGES = (("", "/trust/"), ("", "/sign-in/"), ("chat.", "/"))

# Whoever answers may be hostile: nothing is read without an end.
SILENCE_SECONDS = 20.0
ANSWER_SECONDS = 120.0
MOST_REQUESTS = 5_000
LARGEST_ANSWER = 64 << 20
LARGEST_LINE = 256 << 10
LARGEST_PAGE = 4 << 20
MOST_ROWS = 20_000_000
MOST_HEADS = 300_000
MOST_CLAIMS = 5_000
MOST_PARTS = 10_000
MOST_KEYS = 1_000
MOST_FAULTS = 1_000
PROGRESS_SECONDS = 2.0

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[0-9a-f]{16}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}\+00:00")
_NONE = type(None)


class Unexamined(Exception):
    """Why something could not be examined, in a sentence."""


class Fault(NamedTuple):
    """Something that does not hold: which row, head, claim or page, and what about it."""

    where: str
    what: str


@dataclass
class Report:
    """What came of it: what was verified, what does not hold, what could not be verified."""

    verified: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    more_faults: int = 0
    unexamined: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)

    def fault(self, where: str, what: str) -> None:
        """Note what does not hold; beyond a number, only that there is more."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(where, what))
        else:
            self.more_faults += 1

    @property
    def exit_code(self) -> int:
        """As the docstring of this file says."""
        return 1 if self.faults else 2 if self.unexamined else 0


# --- Asking -----------------------------------------------------------------------------------


class Site(NamedTuple):
    """Where a page is."""

    scheme: str
    host: str
    port: int

    @property
    def name(self) -> str:
        """Host, and port unless it is the scheme's own."""
        usual = {"http": 80, "https": 443}[self.scheme]
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == usual else f"{host}:{self.port}"

    @property
    def address(self) -> str:
        """As in a browser."""
        return f"{self.scheme}://{self.name}"

    @property
    def is_local(self) -> bool:
        """Whether it is this machine: `localhost` and all below (RFC 6761), or its number."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        with contextlib.suppress(ValueError):
            return ipaddress.ip_address(self.host).is_loopback
        return False

    @classmethod
    def of(cls, url: str) -> "Site":
        """The site of an address of a trust page; raises Unexamined."""
        try:
            parts = urllib.parse.urlsplit(url)
            host, port = (parts.hostname or "").encode("idna").decode(), parts.port
        except ValueError:
            raise Unexamined(f"{shown(url)} is no address.") from None
        is_plain = not (parts.username or parts.password or parts.query or parts.fragment)
        if parts.scheme not in ("http", "https") or not host or not is_plain:
            raise Unexamined(f"{shown(url)} is no address such as https://tenant.example.")
        if parts.path.rstrip("/") not in ("", "/trust"):
            raise Unexamined("Give the address of the organisation, without a path.")
        return cls(parts.scheme, host, port or {"http": 80, "https": 443}[parts.scheme])


class Answer(NamedTuple):
    """An answer's status, its header fields, its body as blocks, and when it was asked for."""

    status: int
    headers: http.client.HTTPMessage
    blocks: Iterator[bytes]
    asked: dt.datetime
    tls: tuple[str, str]


class Visitor:
    """Asks, as anybody may: GET, no cookie, no redirect elsewhere, nothing without an end."""

    def __init__(self) -> None:
        self._left = MOST_REQUESTS

    @contextlib.contextmanager
    def get(self, site: Site, path: str, most: int = LARGEST_ANSWER) -> Iterator[Answer]:
        """The answer at a path; raises Unexamined and ssl.SSLCertVerificationError."""
        try:
            for _ in range(4):
                with self._ask(site, path, most) as answer:
                    if answer.status not in (301, 302, 303, 307, 308):
                        yield answer
                        return
                    path = _redirected(site, path, answer.headers.get("Location", ""))
        except ssl.SSLCertVerificationError:
            raise
        except TimeoutError:
            raise Unexamined(f"{site.address}{path} did not answer in time.") from None
        except OSError as problem:
            reason = problem.strerror or type(problem).__name__
            raise Unexamined(f"{site.address} cannot be reached: {shown(reason)}.") from None
        except (http.client.HTTPException, ValueError):
            raise Unexamined(f"The answer at {site.address}{path} is broken.") from None
        raise Unexamined(f"{site.address}{path} redirects in circles.")

    @contextlib.contextmanager
    def _ask(self, site: Site, path: str, most: int) -> Iterator[Answer]:
        self._left -= 1
        if self._left < 0:
            raise Unexamined(f"After {MOST_REQUESTS:,} requests there is no end of it.")
        host = "127.0.0.1" if site.host.endswith("localhost") and site.is_local else site.host
        asked = dt.datetime.now(dt.UTC)
        with contextlib.ExitStack() as stack:
            plain = stack.enter_context(
                socket.create_connection((host, site.port), SILENCE_SECONDS)
            )
            connected = plain
            if site.scheme == "https":
                context = ssl.create_default_context()
                connected = stack.enter_context(
                    context.wrap_socket(
                        plain, server_hostname=site.host, do_handshake_on_connect=False
                    )
                )
            deadline = stack.enter_context(_Deadline(connected))
            tls = _shake_hands(connected)
            connection = http.client.HTTPConnection(site.host, site.port)
            connection.sock = connected
            stack.callback(connection.close)
            try:
                connection.request("GET", path, headers=_HEADERS | {"Host": site.name})
                response = stack.enter_context(connection.getresponse())
                if response.headers.get("Content-Encoding", "identity") != "identity":
                    raise Unexamined(f"{site.address}{path} answers compressed, unasked.")
                blocks = _blocks(response, most, f"{site.address}{path}")
                yield Answer(response.status, response.headers, blocks, asked, tls)
            finally:
                # Where a connection was cut by us, what it led to would be told as its reason.
                if deadline.passed:
                    raise TimeoutError


_HEADERS = {
    "Accept-Encoding": "identity",
    "Cache-Control": "no-cache",
    "Connection": "close",
    "User-Agent": "siegel-verify",
}


class _Deadline:
    """Ends a connection after some time, also one that gives a byte now and then."""

    def __init__(self, connected: socket.socket) -> None:
        self._connected = connected
        self._timer = threading.Timer(ANSWER_SECONDS, self._end)
        self._timer.daemon = True
        self.passed = False

    def _end(self) -> None:
        self.passed = True
        with contextlib.suppress(OSError):
            # Of the socket below TLS, which another thread is reading from.
            socket.socket.shutdown(self._connected, socket.SHUT_RDWR)

    def __enter__(self) -> "_Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


def _shake_hands(connected: socket.socket) -> tuple[str, str]:
    """The version of TLS and the cipher, empty without TLS."""
    if not isinstance(connected, ssl.SSLSocket):
        return "", ""
    connected.do_handshake()
    return connected.version() or "", (connected.cipher() or ("",))[0]


def _redirected(site: Site, path: str, location: str) -> str:
    parts = urllib.parse.urlsplit(urllib.parse.urljoin(site.address + path, location))
    if f"{parts.scheme}://{parts.netloc}" != site.address:
        where = f"{parts.scheme}://{parts.netloc}"
        raise Unexamined(f"{site.address}{path} redirects to {shown(where)}: not followed.")
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _blocks(response: http.client.HTTPResponse, most: int, name: str) -> Iterator[bytes]:
    total = 0
    while block := response.read(65536):
        total += len(block)
        if total > most:
            raise Unexamined(f"The answer at {name} is larger than {most:,} bytes.")
        yield block
    if response.length:
        raise Unexamined(f"The answer at {name} ended half way.")


# --- Reading ----------------------------------------------------------------------------------


def shown(text: str) -> str:
    """What a stranger wrote, fit for a terminal: short, and nothing in it that acts."""
    return text[:120].encode("unicode_escape").decode()


def loads(text: bytes, name: str) -> Any:
    """JSON without floats, NaN and repeated names, UTF-8; raises Unexamined."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a name twice")
        return found

    def refuse(number: str) -> Any:
        raise ValueError("no whole number")

    try:
        return json.loads(
            text.decode(), object_pairs_hook=members, parse_constant=refuse, parse_float=refuse
        )
    except (ValueError, RecursionError):
        raise Unexamined(f"{name} is not JSON in the form agreed.") from None


def shaped(value: Any, name: str, **members: tuple[type, ...]) -> dict[str, Any]:
    """The object, if its members are of these very types; raises Unexamined."""
    if type(value) is dict and members.keys() <= value.keys():
        found: dict[str, Any] = value
        if all(type(found[member]) in types for member, types in members.items()):
            return found
    raise Unexamined(f"{name} is not in the form agreed.")


def moment(text: str, name: str) -> dt.datetime:
    """A time as rows and heads write it; raises Unexamined."""
    with contextlib.suppress(ValueError):
        if _TIME.fullmatch(text):
            return dt.datetime.fromisoformat(text)
    raise Unexamined(f"{name} has no time in the form agreed.")


def digest_of(said: object) -> str:
    """SHA-256 over canonical JSON: sorted names, no spaces, UTF-8. Raises ValueError."""
    return hashlib.sha256(_CANONICAL.encode(said).encode()).hexdigest()


class Row(NamedTuple):
    """A row of the evidence; `said` is None if it is withheld."""

    seq: int
    previous: str
    digest: str
    said: dict[str, Any] | None

    @classmethod
    def of(cls, line: bytes) -> "Row":
        """A row from its line; raises Unexamined."""
        name = "A row of the evidence"
        given = shaped(loads(line, name), name, seq=(int,), previous=(str,), digest=(str,))
        is_withheld = len(given) == 3
        if not is_withheld:
            texts = dict.fromkeys(("at", "actor", "action", "subject"), (str,))
            shaped(given, name, detail=(dict,), **texts)
        named = _DIGEST.fullmatch(given["digest"]) and _DIGEST.fullmatch(given["previous"])
        if not named or len(given) not in (3, 8) or abs(given["seq"]) >= 1 << 63:
            raise Unexamined(f"{name} is not in the form agreed.")
        said = None if is_withheld else given
        return cls(given["seq"], given["previous"], given["digest"], said)

    @property
    def is_what_it_says(self) -> bool:
        """Whether the digest is that of what it says; a withheld row says nothing."""
        if self.said is None:
            return True
        names = ("seq", "at", "actor", "action", "subject", "detail", "previous")
        try:
            return digest_of([self.said[name] for name in names]) == self.digest
        except (ValueError, RecursionError):
            return False


@dataclass(frozen=True)
class Head:
    """A signed head as it is published; `message` is what was signed."""

    seq: int
    digest: str
    at: dt.datetime
    previous: str
    key: str
    message: bytes
    signature: str

    @property
    def link(self) -> str:
        """What the next head has to name as the one before."""
        return hashlib.sha256(self.message).hexdigest()

    @classmethod
    def of(cls, value: Any) -> "Head":
        """A head from its JSON; raises Unexamined."""
        name = "A signed head"
        texts = ("digest", "at", "version", "key", "previous", "signature")
        given = shaped(value, name, seq=(int,), **dict.fromkeys(texts, (str,)))
        digests = _DIGEST.fullmatch(given["digest"]) and _DIGEST.fullmatch(given["previous"])
        if not 0 < given["seq"] < 1 << 63 or not digests or not _KEY.fullmatch(given["key"]):
            raise Unexamined(f"{name} is not in the form agreed.")
        names = ("at", "digest", "key", "previous", "seq", "version")
        try:
            said = _CANONICAL.encode({name: given[name] for name in names}).encode()
        except ValueError:
            raise Unexamined(f"{name} is not in the form agreed.") from None
        return cls(
            given["seq"], given["digest"], moment(given["at"], name), given["previous"],
            given["key"], PREAMBLE + said, given["signature"],
        )  # fmt: skip

    def is_signed_by(self, public: bytes) -> bool:
        """Whether this key (RFC 8032, raw) made the signature."""
        try:
            signature = base64.b64decode(self.signature, validate=True)
            Ed25519PublicKey.from_public_bytes(public).verify(signature, self.message)
        except (ValueError, InvalidSignature):
            return False
        return True


class Run(NamedTuple):
    """What the rules for a state need to know of a row; `part` is `check` or `canary`."""

    seq: int
    control: str
    tenant: str
    part: str
    at: dt.datetime
    version: str
    examined: int
    expected: int | None
    faults: int
    error: str
    digest: str

    @classmethod
    def of(cls, row: Row) -> "Run | None":
        """The run that a row tells of; None if it is withheld, or tells of none."""
        if row.said is None or row.said["action"] not in PARTS:
            return None
        texts = dict.fromkeys(("tenant", "version", "source", "evidence", "error"), (str,))
        counts = dict.fromkeys(("examined", "faults", "milliseconds"), (int,))
        try:
            members = texts | counts | {"expected": (int, _NONE), "what": (dict,)}
            detail = shaped(row.said["detail"], "A run", **members)
            shaped(detail["what"], "A run", de=(str,), en=(str,))
            at = moment(row.said["at"], "A run")
        except Unexamined:
            return None
        return cls(
            row.seq, row.said["subject"], detail["tenant"], PARTS[row.said["action"]], at,
            detail["version"], detail["examined"], detail["expected"], detail["faults"],
            detail["error"], row.digest,
        )  # fmt: skip


def is_named(row: Row, named: dict[str, Any]) -> bool:
    """Whether what a claim says of its run is what the row, which is not withheld, says."""
    said = row.said or {}
    own = {"seq": row.seq, "at": said["at"], "digest": row.digest}
    members = named.keys() - own.keys()
    if not {"version", "examined", "expected", "what", "faults", "error"} <= members:
        return False
    told = own | {name: said["detail"].get(name) for name in members}
    return _CANONICAL.encode(told) == _CANONICAL.encode(named)


class Claim(NamedTuple):
    """A claim as the page puts it; `check` and `canary` are runs as it names them, or None."""

    name: str
    scope: str
    state: str
    max_age: dt.timedelta
    until: dt.datetime | None
    named: dict[str, dict[str, Any] | None]

    @classmethod
    def of(cls, value: Any) -> "Claim":
        """A claim from its JSON; raises Unexamined."""
        given = shaped(
            value, "A claim", id=(str,), scope=(str,), state=(str,), max_age_seconds=(int,),
            until=(str, _NONE), check=(dict, _NONE), canary=(dict, _NONE),
        )  # fmt: skip
        is_known = given["scope"] in {"installation", "tenant"} and given["state"] in STATES
        if not (_NAME.fullmatch(given["id"]) and is_known and 0 < given["max_age_seconds"] < 1e9):
            raise Unexamined("A claim is not in the form agreed.")
        named = {part: given[part] for part in PARTS.values()}
        for run in named.values():
            if run is not None:
                shaped(run, "A claim's run", seq=(int,))
        until = moment(given["until"], "A claim") if given["until"] is not None else None
        max_age = dt.timedelta(seconds=given["max_age_seconds"])
        return cls(given["id"], given["scope"], given["state"], max_age, until, named)


class Page(NamedTuple):
    """What claims.json says, and what is known of the clocks."""

    at: dt.datetime
    version: str
    head: tuple[int, str] | None
    claims: list[Claim]

    @classmethod
    def of(cls, value: Any) -> "Page":
        """The page from its JSON; raises Unexamined."""
        name = "/trust/claims.json"
        given = shaped(value, name, at=(str,), version=(str,), head=(dict, _NONE), claims=(list,))
        head = given["head"]
        if head is not None:
            shaped(head, name, seq=(int,), digest=(str,))
        claims = [Claim.of(claim) for claim in given["claims"][:MOST_CLAIMS]]
        if len({claim.name for claim in claims}) != len(given["claims"]):
            raise Unexamined(f"{name} has a claim twice, or too many.")
        ends = (head["seq"], head["digest"]) if head is not None else None
        return cls(moment(given["at"], name), given["version"], ends, claims)


# --- The rules for a claim's state ------------------------------------------------------------


class Proof(NamedTuple):
    """What runs are held against: a time, the running version, a signed head, rows below it."""

    now: dt.datetime
    version: str
    head: tuple[int, dt.datetime] | None
    covers: Callable[[int, str], bool]


def objection(run: Run | None, part: str, max_age: dt.timedelta, proof: Proof) -> str:
    """Why a run does not count; empty if it does."""
    if run is None:
        return f"there is no {part}"
    if proof.head is None:
        return "there is no signed head"
    seq, signed = proof.head
    objections = {
        "is of the other kind": run.part != part,
        "is of another version": run.version != proof.version,
        "ended with an error": run.error != "",
        "examined nothing": run.examined < 1,
        "did not examine all": run.expected is not None and run.expected > run.examined,
        "lies in the future": run.at > proof.now,
        "is too old": proof.now - run.at > max_age,
        "is newer than the signed head": run.seq > seq or run.at > signed,
        "is below a head from the future": signed > proof.now,
        "is on no chain below a signed head": not proof.covers(run.seq, run.digest),
    }
    found = [words for words, holds in objections.items() if holds]
    return f"the {part} {found[0]}" if found else ""


def judged(
    check: Run | None, canary: Run | None, max_age: dt.timedelta, proof: Proof
) -> tuple[str, str]:
    """The state that two runs give a claim without documents or waivers, and why no better one."""
    against = objection(check, "check", max_age, proof)
    if check is not None and not against and check.faults:
        return "fail", "the check found what contradicts it"
    against = against or objection(canary, "canary", max_age, proof)
    if check is None or canary is None or against:
        return "unknown", against
    if check.control != canary.control or check.tenant != canary.tenant:
        return "unknown", "check and canary are of different claims"
    if not canary.faults:
        return "canary-failed", "the planted failure was not seen"
    return "pass", ""


def may_say(said: str, state: str) -> bool:
    """Whether a page may say this of a claim whose runs give that state.

    Documents do not cover up what a check found; a waiver, which is given for that, does.
    """
    return said in {state, "waived"} or (said in {"attested", "not-applicable"} and state != "fail")


# --- The record: keys, heads, rows ------------------------------------------------------------


class Kept(NamedTuple):
    """A head that somebody kept: the row it names, and where it was kept."""

    seq: int
    digest: str
    where: str

    @classmethod
    def of(cls, text: str, where: str) -> "Kept":
        """A head from `SEQ:DIGEST`; raises Unexamined."""
        if not re.fullmatch(r"[0-9]{1,18}:[0-9a-f]{64}", text):
            raise Unexamined(f"{where} is no head such as 1234:a1b2… with 64 digits.")
        seq, digest = text.split(":")
        if not int(seq):
            raise Unexamined(f"{where} names no row: the first one has the number 1.")
        return cls(int(seq), digest, where)


@dataclass
class Keys:
    """The keys that the page publishes, and those trusted already, if any; raw, by their names."""

    trusted: dict[str, bytes] | None
    published: dict[str, bytes] = field(default_factory=dict)
    used: dict[str, bytes] = field(default_factory=dict)

    def objection(self, head: Head) -> str:
        """Why a head's signature does not count; empty if it does."""
        public = self.published.get(head.key)
        if public is None:
            return f"is signed by key {head.key}, which the page does not publish"
        if self.trusted is not None and self.trusted.get(head.key) != public:
            return f"is signed by key {head.key}, which is not the one trusted so far"
        if not head.is_signed_by(public):
            return f"has a signature that key {head.key} did not make"
        self.used[head.key] = public
        return ""

    def publish(self, values: list[Any], report: Report) -> None:
        """Take the keys that the page lists; raises Unexamined."""
        for value in values[:MOST_KEYS]:
            given = shaped(value, "A public key", id=(str,), public=(str,))
            public = _raw(given["public"], "A public key")
            if fingerprint(public) == given["id"]:
                self.published[given["id"]] = public
            else:
                report.fault(f"key {shown(given['id'])}", "is not named by its fingerprint")


def fingerprint(public: bytes) -> str:
    """The name of a raw key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def _raw(text: str, name: str) -> bytes:
    with contextlib.suppress(ValueError):
        public = base64.b64decode(text, validate=True)
        if len(public) == 32:
            return public
    raise Unexamined(f"{name} is not 32 bytes in base64.")


class Heads:
    """The signed heads by number, as far as signature and link to the one before hold."""

    def __init__(self, keys: Keys, report: Report) -> None:
        self._keys, self._report = keys, report
        self._link, self.newest = GENESIS, 0
        self.all: dict[int, Head] = {}
        self.good: dict[int, Head] = {}

    def add(self, heads: Iterable[Head]) -> None:
        """Take heads behind those taken so far, oldest first."""
        for head in heads:
            against = self._keys.objection(head)
            if head.previous != self._link:
                against = against or "does not follow from the head before it"
            if against:
                self._report.fault(f"head {head.seq}", against)
            else:
                self.good[head.seq] = head
            self.all[head.seq] = head
            self._link, self.newest = head.link, head.seq

    def covering(self, seq: int) -> Head | None:
        """The first good head that stands on or behind a row."""
        return next((head for number, head in self.good.items() if number >= seq), None)


class Chain:
    """The rows, each of which has to follow from the one before."""

    def __init__(
        self, heads: Heads, report: Report, *, named: set[int], until: int, kept: Sequence[Kept]
    ) -> None:
        self._heads, self._report = heads, report
        self._named, self._until, self._kept = named, until, kept
        self.seq, self.digest = 0, GENESIS
        self.rows = self.withheld = 0
        # No head shows this row, or one before it, to be as it was.
        self.broken = 0
        self.behind: dict[int, str] = {}
        self.found: dict[int, Row] = {}
        self.newest: dict[tuple[str, str], Run] = {}
        self.tenants: set[str] = set()

    def add(self, row: Row) -> None:
        """Take the next row."""
        where = f"row {row.seq}"
        if row.seq <= self.seq:
            self._report.fault(where, "comes after a row with its number or a higher one")
            return
        if row.seq != self.seq + 1:
            self._report.fault(f"rows {self.seq + 1} to {row.seq - 1}", "are missing")
            self.broken = row.seq - 1
        elif row.previous != self.digest:
            self._report.fault(where, "does not follow from the row before it")
            self.broken = row.seq - 1
        if not row.is_what_it_says:
            self._report.fault(where, "was changed: its digest is that of something else")
            self.broken = row.seq
        self.seq, self.digest = row.seq, row.digest
        self.rows += 1
        self.withheld += row.said is None
        self._compare(row.seq, row.digest)
        self._note(row)

    def _compare(self, seq: int, digest: str) -> None:
        if seq > self._heads.newest:
            self.behind[seq] = digest
        elif seq in self._heads.all and self._heads.all[seq].digest != digest:
            self._heads.good.pop(seq, None)
            self._report.fault(f"head {seq}", "names another row than there is")
        for kept in self._kept:
            if kept.seq == seq and kept.digest != digest:
                self._report.fault(f"row {seq}", f"is another one than {kept.where} names")

    def _note(self, row: Row) -> None:
        if row.seq in self._named:
            self.found[row.seq] = row
        run = Run.of(row)
        if run is None:
            return
        if run.tenant:
            self.tenants.add(run.tenant)
        if row.seq <= self._until:
            self.newest[run.control, run.part] = run
            if len(self.newest) > MOST_PARTS:
                raise Unexamined(f"The evidence tells of more than {MOST_PARTS:,} programs.")

    def end(self) -> None:
        """Say what is missing behind the last row, once newer heads are known too."""
        for seq, digest in self.behind.items():
            if seq in self._heads.all and self._heads.all[seq].digest != digest:
                self._heads.good.pop(seq, None)
                self._report.fault(f"head {seq}", "names another row than there is")
        last = f"the evidence ends at row {self.seq}"
        if self._heads.newest > self.seq:
            self._report.fault(
                f"head {self._heads.newest}", f"names a row that was cut off: {last}"
            )
        elif self._heads.newest < self.seq:
            self._report.fault(f"rows behind {self._heads.newest}", "are below no signed head")
        for kept in self._kept:
            if kept.seq > self.seq:
                self._report.fault(
                    f"row {kept.seq}", f"was cut off: {kept.where} names it, and {last}"
                )
        if len(self.tenants) > 1:
            self._report.fault("the evidence", "shows rows of more than one organisation")

    @property
    def has_kept(self) -> bool:
        """Whether there was a head from before to compare with."""
        return bool(self._kept)

    def covers(self, seq: int, digest: str) -> bool:
        """Whether this row is linked, row by row, to the end."""
        return seq > self.broken and seq in self.found and self.found[seq].digest == digest


def read_heads(
    visitor: Visitor, site: Site, keys: Keys, report: Report, down_to: int
) -> list[Head]:
    """The heads behind a number, oldest first; raises Unexamined."""
    found: list[Head] = []
    before: int | None = None
    while True:
        path = "/trust/heads" + (f"?before={before}" if before is not None else "")
        page, _ = read_json(visitor, site, path)
        shaped(page, "/trust/heads", keys=(list,), heads=(list,))
        if before is None:
            keys.publish(page["keys"], report)
        heads = [Head.of(value) for value in page["heads"]]
        for head in heads:
            if before is not None and head.seq >= before:
                raise Unexamined("The signed heads do not come newest first.")
            before = head.seq
            if head.seq > down_to:
                found.append(head)
        if not heads or heads[-1].seq <= down_to:
            return found[::-1]
        if len(found) > MOST_HEADS:
            raise Unexamined(f"There are more than {MOST_HEADS:,} signed heads.")


def read_rows(visitor: Visitor, site: Site, chain: Chain, progress: "Progress") -> None:
    """Take all rows; raises Unexamined."""
    while True:
        before = chain.rows, chain.seq
        with visitor.get(site, f"/trust/evidence?after={chain.seq}") as answer:
            _expect(answer, site, "/trust/evidence")
            for line in _lines(answer.blocks):
                chain.add(Row.of(line))
        progress.told(chain.rows, "rows")
        if (chain.rows, chain.seq) == before:
            return
        if chain.rows > MOST_ROWS:
            raise Unexamined(f"The evidence has more than {MOST_ROWS:,} rows.")


def _lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        yield from lines
        if len(rest) > LARGEST_LINE:
            raise Unexamined(f"A row of the evidence is longer than {LARGEST_LINE:,} bytes.")
    if rest:
        raise Unexamined("The evidence ended within a row.")


def read_json(visitor: Visitor, site: Site, path: str) -> tuple[Any, Answer]:
    """The JSON at a path, and how it came; raises Unexamined."""
    with visitor.get(site, path, LARGEST_PAGE) as answer:
        _expect(answer, site, path)
        return loads(b"".join(answer.blocks), path), answer


def _expect(answer: Answer, site: Site, path: str) -> None:
    if answer.status == HTTPStatus.NOT_FOUND:
        raise Unexamined(f"{site.address}{path} does not exist: this is no trust page of Siegel.")
    if answer.status != HTTPStatus.OK:
        raise Unexamined(f"{site.address}{path} answers {answer.status}.")


class Progress:
    """Says on stderr how far it is, once it takes longer."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def told(self, number: int, what: str) -> None:
        """So many are done."""
        if time.monotonic() - self._said > PROGRESS_SECONDS:
            self._said = time.monotonic()
            sys.stderr.write(f"… {number:,} {what}\n")
            sys.stderr.flush()


# --- Comparing the page with the record -------------------------------------------------------


def compare(page: Page, chain: Chain, heads: Heads, report: Report, asked: dt.datetime) -> None:
    """Hold every claim against the rows, by a clock of our own."""
    now = _time_to_judge_at(page, report, asked)
    named = [run["seq"] for claim in page.claims for run in claim.named.values() if run]
    ends = page.head[0] if page.head else 0
    head = heads.covering(max([ends, *named]))
    if page.head and (page.head[0] not in heads.all or heads.all[ends].digest != page.head[1]):
        report.fault("claims.json", f"rests on head {ends}, which is none of the signed heads")
    due = _due(heads, asked)
    if ends < due:
        report.fault("claims.json", f"rests on head {ends}, though head {due} was there already")
    signed = (head.seq, head.at) if head else None
    proof = Proof(now, page.version, signed, chain.covers)
    states = Counter[str]()
    for claim in page.claims:
        runs = {part: _named_run(claim, part, chain, proof, report) for part in PARTS.values()}
        state, why = judged(runs["check"], runs["canary"], claim.max_age, proof)
        if may_say(claim.state, state):
            states[claim.state] += 1
        else:
            reason = f": {why}" if why else ""
            what = f"is said to be “{claim.state}”, by the rules it is “{state}”{reason}"
            report.fault(f"claim {claim.name}", what)
        oldest = min((run.at for run in runs.values() if run), default=None)
        if claim.state == "pass" and oldest and not _ends_in_time(claim, oldest):
            report.fault(f"claim {claim.name}", "is said to hold for longer than its proof")
    _find_left_out(page, chain, now, report)
    report.verified["claims"] = dict(sorted(states.items()))
    report.verified["runs_named"] = len(named)
    if page.claims:
        longest = max(claim.max_age for claim in page.claims)
        report.limits.append(
            "For how long a proof counts is what the page says: "
            f"at most {longest / dt.timedelta(hours=1):g} hours here."
        )


def _due(heads: Heads, asked: dt.datetime) -> int:
    """The number of the newest head that the page must have known."""
    known = [head.seq for head in heads.all.values() if head.at < asked - MOST_SKEW - MOST_KEPT]
    return max(known, default=0)


def _time_to_judge_at(page: Page, report: Report, asked: dt.datetime) -> dt.datetime:
    """The page's own time if our clock confirms it, else ours."""
    now = dt.datetime.now(dt.UTC)
    if asked - MOST_SKEW - MOST_KEPT <= page.at <= now + MOST_SKEW:
        return page.at
    report.fault("claims.json", "is not of now: its time is " + page.at.isoformat("T", "seconds"))
    return now


def _ends_in_time(claim: Claim, oldest: dt.datetime) -> bool:
    return claim.until is not None and claim.until - oldest <= claim.max_age


def _named_run(claim: Claim, part: str, chain: Chain, proof: Proof, report: Report) -> Run | None:
    """The run that a claim names, if its row tells the same and there is none newer."""
    where, named, newest = (
        f"claim {claim.name}",
        claim.named[part],
        chain.newest.get((claim.name, part)),
    )
    if named is None:
        counts = newest and newest.version == proof.version
        if newest and counts and dt.timedelta(0) <= proof.now - newest.at <= claim.max_age:
            report.fault(where, f"shows no {part}, though there is one")
        return None
    seq = named["seq"]
    row = chain.found.get(seq)
    run = Run.of(row) if row else None
    if row is None or run is None or not is_named(row, named):
        report.fault(where, f"names a {part} that is not as its row tells it")
        return None
    is_own = run.tenant == "" if claim.scope == "installation" else run.tenant != ""
    if run.control != claim.name or not is_own:
        report.fault(where, f"names a {part} of something else")
        return None
    if newest and newest.seq > seq:
        report.fault(where, f"names an old {part}, though there is a newer one")
    return run


def _find_left_out(page: Page, chain: Chain, now: dt.datetime, report: Report) -> None:
    listed = {claim.name for claim in page.claims}
    left_out = {
        run.control
        for run in chain.newest.values()
        if run.control not in listed
        and run.version == page.version
        and now - run.at <= dt.timedelta(days=1)
    }
    for control in sorted(left_out):
        report.fault(f"claim {shown(control)}", "has runs in the evidence, and is not on the page")


def compare_clocks(answer: Answer, report: Report) -> None:
    """Say by how much the server's clock and ours differ: with more than a minute, no green."""
    try:
        date = email.utils.parsedate_to_datetime(answer.headers.get("Date", ""))
        said = date.replace(tzinfo=dt.UTC)
    except (ValueError, OverflowError):
        report.limits.append("The server does not tell its time: only this machine's clock counts.")
        return
    # A header has whole seconds, rounded down.
    first, last = answer.asked - dt.timedelta(seconds=1), dt.datetime.now(dt.UTC)
    skew = max(first - said, said - last, dt.timedelta(0))
    report.verified["clock_skew_seconds"] = int(skew.total_seconds())
    if skew > MOST_SKEW:
        report.fault(
            "clocks",
            f"this machine's and the server's differ by {int(skew.total_seconds()):,} seconds: "
            "one of them is wrong, and no green can be confirmed",
        )


# --- Header fields of the pages ---------------------------------------------------------------


def header_faults(answer: Answer, *, is_https: bool, is_chat: bool) -> Iterator[str]:
    """What a page's header fields lack, a clause each."""
    headers = answer.headers
    policies = [_directives(policy) for policy in headers.get_all("Content-Security-Policy", [])]
    scripts = [policy.get("script-src", policy.get("default-src", ["*"])) for policy in policies]
    sources = {source for policy in policies for listed in policy.values() for source in listed}
    framing = [policy.get("frame-ancestors", ["*"]) for policy in policies]
    if not policies:
        yield "has no Content-Security-Policy"
    elif any("unsafe-" in source for source in sources):
        yield "has a Content-Security-Policy with “unsafe-”"
    elif not any(_OPEN.isdisjoint(listed) for listed in scripts):
        yield "has a Content-Security-Policy that lets scripts come from anywhere"
    if not any(_is_framing_closed(listed, is_chat) for listed in framing):
        yield "may be framed by any page (frame-ancestors)"
    if headers.get("X-Content-Type-Options", "").strip().lower() != "nosniff":
        yield "lacks X-Content-Type-Options: nosniff"
    if is_https and _hsts_seconds(headers) < LEAST_HSTS_SECONDS:
        yield f"lacks Strict-Transport-Security for at least {LEAST_HSTS_SECONDS // 86400} days"
    for cookie in headers.get_all("Set-Cookie", []):
        name, *attributes = (part.strip() for part in cookie.split(";"))
        lacking = _lacking({attribute.lower() for attribute in attributes}, is_chat)
        if lacking:
            yield f"sets the cookie {shown(name.partition('=')[0])} without {', '.join(lacking)}"


_OPEN = {"*", "http:", "https:", "data:", "blob:", "filesystem:"}


def _directives(policy: str) -> dict[str, list[str]]:
    """Sources by directive, in lower case; of a repeated one the first counts (CSP3, 2.2.1)."""
    found: dict[str, list[str]] = {}
    for directive in policy.lower().split(";"):
        name, *sources = directive.split() or [""]
        found.setdefault(name, sources)
    return found


def _is_framing_closed(ancestors: list[str], is_chat: bool) -> bool:
    if is_chat:
        # Some pages may show the chat, by their names.
        return not any(one in _OPEN or "//*" in one for one in ancestors)
    return set(ancestors) <= {"'none'", "'self'"}


def _hsts_seconds(headers: http.client.HTTPMessage) -> int:
    found = re.search(
        r'max-age\s*=\s*"?([0-9]{1,12})',
        headers.get("Strict-Transport-Security", ""),
        re.IGNORECASE,
    )
    return int(found[1]) if found else 0


def _lacking(attributes: set[str], is_chat: bool) -> list[str]:
    lacking = [name for name in ("Secure", "HttpOnly") if name.lower() not in attributes]
    # In the frame of another page, but kept apart for each of them.
    is_partitioned = is_chat and {"samesite=none", "partitioned"} <= attributes
    if not attributes & {"samesite=lax", "samesite=strict"} and not is_partitioned:
        lacking.append("SameSite")
    if any(attribute.startswith("domain=") for attribute in attributes):
        lacking.append("being kept to its host")
    return lacking


def look_at_pages(visitor: Visitor, site: Site, report: Report) -> None:
    """Examine what every visitor's browser gets to see before anybody signs in."""
    seen = []
    if site.scheme != "https" and not site.is_local:
        report.fault("transport", "is not encrypted: whoever is on the way reads and changes it")
    for below, path in PAGES:
        host = site._replace(host=below + site.host)
        name = f"{host.name}{path}"
        try:
            with visitor.get(host, path, LARGEST_PAGE) as answer:
                _expect(answer, host, path)
                faults = header_faults(answer, is_https=site.scheme == "https", is_chat=below != "")
                for fault in faults:
                    report.fault(name, fault)
                if path == "/trust/" and answer.headers.get("Set-Cookie"):
                    report.fault(name, "sets a cookie, and is to set none")
        except Unexamined as problem:
            report.unexamined.append(str(problem))
        except ssl.SSLCertVerificationError as problem:
            report.fault(name, f"has a certificate that does not hold: {problem.verify_message}")
        else:
            seen.append(name)
    report.verified["pages"] = seen


# --- What is kept between two visits ----------------------------------------------------------


@dataclass
class Memory:
    """The head and the keys of the last visit, in a file; nothing without one."""

    path: Path | None = None
    head: Kept | None = None
    keys: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path | None, site: Site) -> "Memory":
        """What the file holds; a file that is not there yet is a first visit. Raises Unexamined."""
        if path is None or not path.exists():
            return cls(path)
        name = f"The file {path}"
        kept = shaped(loads(_bytes(path), name), name, address=(str,), head=(str,), keys=(list,))
        if kept["address"] != site.address:
            raise Unexamined(f"{name} is about {shown(kept['address'])}. Use one for each address.")
        raws = [_raw(key, name) for key in kept["keys"] if isinstance(key, str)]
        head = Kept.of(kept["head"], "the last visit")
        return cls(path, head, {fingerprint(raw): raw for raw in raws})

    def keep(self, site: Site, chain: Chain, keys: Keys) -> None:
        """Write down where the evidence ended now; raises Unexamined."""
        if self.path is None or not chain.seq:
            return
        raws = {**self.keys, **keys.used}.values()
        kept = {
            "address": site.address,
            "head": f"{chain.seq}:{chain.digest}",
            "keys": [base64.b64encode(raw).decode() for raw in raws],
        }
        new = self.path.with_name(self.path.name + ".new")
        try:
            new.write_text(json.dumps(kept, indent=1) + "\n")
            new.replace(self.path)
        except OSError as problem:
            raise Unexamined(f"{self.path} cannot be written: {problem.strerror}.") from None


def keys_from(path: Path) -> dict[str, bytes]:
    """Keys that somebody was given another way: base64 at the end of each line, `#` for remarks.

    Raises Unexamined.
    """
    lines = _bytes(path).decode(errors="replace").splitlines()
    words = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    raws = [_raw(word[-1], f"A key in {path}") for word in words]
    return {fingerprint(raw): raw for raw in raws}


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise Unexamined(f"{path} cannot be read: {problem.strerror}.") from None


# --- Examining and telling --------------------------------------------------------------------


class Wish(NamedTuple):
    """What somebody wants examined; see `--help`."""

    url: str
    keys: Path | None = None
    head: str | None = None
    state: Path | None = None


def examine(wish: Wish) -> Report:
    """Examine a trust page; what stands in the way is in the report, and nothing is raised."""
    report = Report()
    try:
        _examine(wish, report)
    except Unexamined as problem:
        report.unexamined.append(str(problem))
    except ssl.SSLCertVerificationError as problem:
        report.fault("certificate", f"does not hold: {problem.verify_message}")
    except Exception as problem:  # noqa: BLE001 - whatever a hostile answer leads to
        report.unexamined.append(f"What was answered led to an error: {type(problem).__name__}.")
    return report


def _examine(wish: Wish, report: Report) -> None:
    site, visitor, progress = Site.of(wish.url), Visitor(), Progress()
    report.verified["address"] = site.address
    memory = Memory.of(wish.state, site)
    kept = [memory.head] if memory.head else []
    if wish.head is not None:
        kept.append(Kept.of(wish.head, "the head given"))
    trusted = memory.keys | (keys_from(wish.keys) if wish.keys else {})
    keys = Keys(trusted if wish.keys or memory.head else None)

    given, answer = read_json(visitor, site, "/trust/claims.json")
    page = Page.of(given)
    compare_clocks(answer, report)
    report.verified["tls"] = list(answer.tls)
    heads = Heads(keys, report)
    heads.add(read_heads(visitor, site, keys, report, 0))
    named = {run["seq"] for claim in page.claims for run in claim.named.values() if run}
    until = max(page.head[0] if page.head else 0, _due(heads, answer.asked))
    chain = Chain(heads, report, named=named, until=until, kept=kept)
    read_rows(visitor, site, chain, progress)
    if chain.seq > heads.newest:
        # More was recorded meanwhile. What is newer still is left for the next time.
        newer = read_heads(visitor, site, keys, report, heads.newest)
        heads.add(head for head in newer if head.seq <= chain.seq)
    chain.end()
    is_whole = not report.faults
    compare(page, chain, heads, report, answer.asked)
    look_at_pages(visitor, site, report)
    _sum_up(report, chain, heads, keys, page)
    if is_whole:
        memory.keep(site, chain, keys)


def _sum_up(report: Report, chain: Chain, heads: Heads, keys: Keys, page: Page) -> None:
    """Put down the numbers, and what nobody can verify from outside."""
    report.verified |= {
        "version": page.version,
        "rows": chain.rows,
        "rows_withheld": chain.withheld,
        "heads": len(heads.good),
        "keys": sorted(keys.used),
        "head": f"{chain.seq}:{chain.digest}" if chain.seq else None,
    }
    limits = report.limits
    if keys.trusted is None:
        for name in sorted(keys.used):
            limits.append(f"Trust on first use: key {name} is not verified by anything else.")
    if not chain.has_kept:
        limits.append(
            "That no newest rows were cut off was not examined: no head was kept from before."
        )
    if chain.withheld:
        limits.append(
            f"{chain.withheld:,} rows are withheld, as those of other organisations: that they "
            "are in their place was verified, what they say was not."
        )
    documents = [claim.name for claim in page.claims if claim.state in _BY_DOCUMENT]
    if documents:
        limits.append(
            f"Claims that rest on documents or decisions (attested, waived, not "
            f"applicable), which no program can verify: {len(documents):,}."
        )
    limits.append(
        "Records were verified, not the program that wrote them: an operator who runs another "
        "program than Siegel can record what he likes. Which version runs is what the page says."
    )


_BY_DOCUMENT = {"attested", "waived", "not-applicable"}
_RESULTS = {
    0: "All that can be examined from outside holds.",
    1: "SOMETHING DOES NOT HOLD.",
    2: "IT COULD NOT BE EXAMINED.",
}


def as_json(report: Report) -> str:
    """The report for programs, as one line of ASCII."""
    facts = {
        "result": {0: "holds", 1: "does-not-hold", 2: "not-examined"}[report.exit_code],
        "verified": report.verified,
        "faults": [fault._asdict() for fault in report.faults],
        "more_faults": report.more_faults,
        "unexamined": report.unexamined,
        "limits": report.limits,
    }
    return json.dumps(facts)


def as_text(report: Report) -> str:
    """The report for people."""
    sections = {
        "Verified": list(_numbers(report.verified)),
        "Does not hold": list(_grouped(report)),
        "Could not be examined": list(dict.fromkeys(report.unexamined)),
        "Cannot be verified from outside": report.limits,
    }
    lines = []
    for title, items in sections.items():
        lines += [title, *(f"  {item}" for item in items), ""] if items else []
    return "\n".join([*lines, _RESULTS[report.exit_code]])


def _numbers(found: dict[str, Any]) -> Iterator[str]:
    if "head" not in found:
        return
    said = ", ".join(f"{number:,} {state}" for state, number in found["claims"].items())
    own = found["rows"] - found["rows_withheld"]
    yield f"{found['address']}, which says that it runs version {shown(found['version'])}"
    yield f"{found['rows']:,} rows in their order, {own:,} of them recomputed"
    yield f"{found['heads']:,} signed heads, by key {', '.join(found['keys']) or 'none'}"
    yield f"{sum(found['claims'].values()):,} claims by the rules: {said or 'none'}"
    yield f"{found['runs_named']:,} runs named by claims, compared with their rows"
    yield f"header fields of {', '.join(found['pages']) or 'no page'}"
    version, cipher = found["tls"]
    yield f"connection: {version} with {cipher}" if version else "connection: not encrypted"
    if "clock_skew_seconds" in found:
        yield f"clocks differ by {found['clock_skew_seconds']:,} seconds"
    if found["head"]:
        yield f"newest row, to be kept for the next time: {found['head']}"


def _grouped(report: Report) -> Iterator[str]:
    """Faults of one kind in one line, however many rows they are of."""
    places: dict[str, list[str]] = {}
    for where, what in report.faults:
        places.setdefault(what, []).append(where)
    for what, named in places.items():
        more = f" and {len(named) - 8:,} more" if len(named) > 8 else ""
        yield f"{', '.join(named[:8])}{more}: {what}"
    if report.more_faults:
        yield f"and {report.more_faults:,} more"


def run(wish: Wish, *, with_json: bool) -> int:
    """Examine, print the report, return the exit code."""
    report = examine(wish)
    sys.stdout.write((as_json if with_json else as_text)(report) + "\n")
    return report.exit_code


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of this file."""
    parser = argparse.ArgumentParser(prog="verify.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("url", help="such as https://tenant.example")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.add_argument("--keys", type=Path, metavar="FILE", help="keys that you trust, in base64")
    parser.add_argument("--head", metavar="SEQ:DIGEST", help="the newest row of an earlier visit")
    parser.add_argument("--state", type=Path, metavar="FILE", help="keeps newest row and keys")
    given = parser.parse_args(arguments)
    wish = Wish(given.url, given.keys, given.head, given.state)
    return run(wish, with_json=given.json)


if __name__ == "__main__":
    sys.exit(main())

"""Looking whether every answer carries the headers that close it, and every cookie is guarded."""

import re
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from unittest import mock

from django.conf import settings

from siegel import security_headers
from siegel.claims.control import Finding, Text
from siegel.claims.planting import each_noticed
from siegel.identity import devices
from siegel.identity.models import Person
from siegel.tenancy.context import serving
from siegel.trust.checks.addresses import all_addresses, desk_address
from siegel.trust.checks.asking import Answer
from siegel.trust.checks.scene import Plant, Scene, scenes
from siegel.trust.checks.visitor import Visitor
from siegel.trust.checks.walking import go_to, in_turn, is_well

WANTED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", re.IGNORECASE)
ANONYMOUS = ""
YEAR = 365 * 24 * 60 * 60


def examine_closed_pages(plant: Plant = nullcontext) -> Finding:
    """Ask every address as who belongs there and as a stranger.

    `plant` breaks what is examined for the length of its block.
    """
    faults: list[str] = []
    count, cookies, examined, well = 0, set(), 0, 0
    with scenes(str) as (scene, _), plant():
        for address, method in in_turn(scene):
            answer = go_to(scene, address, method)
            stranger = go_to(scene, address, method, cookies=ANONYMOUS)
            well += is_well(answer)
            found = [*kept_faults(answer, stranger)]
            for each in (answer, stranger):
                count += 1
                cookies |= set(each.cookies)
                found += [*policy_faults(each), *header_faults(each), *cookie_faults(each)]
            faults += [f"{address.surface} {address.route}: {fault}" for fault in found]
            examined += 1
        for answer in _giving_cookies(scene):
            cookies |= set(answer.cookies)
            faults += cookie_faults(answer)
        visitors, _, _ = scene.visitor.partition("=")
    ours = {settings.SESSION_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME, devices.COOKIE}
    if not ours | {visitors} <= cookies:
        raise LookupError("A cookie that is to be examined was not set.")
    what = Text(
        f"Kopfzeilen von {count} Antworten auf {examined} Adressen, von denen {well} mit 2xx oder "
        f"3xx antworten, {len(cookies)} Arten Cookies",
        f"headers of {count} answers of {examined} addresses, {well} of which answer with 2xx or "
        f"3xx, {len(cookies)} kinds of cookies",
    )
    expected = len(all_addresses())
    return Finding(examined, what, tuple(dict.fromkeys(faults)), expected=expected)


def plant_open_pages() -> AbstractContextManager[object]:
    """Pages whose policy lets scripts in them run."""
    loose = security_headers.POLICY | {"script-src": "'self' 'unsafe-inline'"}
    return mock.patch.object(security_headers, "POLICY", loose)


def plant_guessed_types() -> AbstractContextManager[object]:
    """Answers whose type browsers may guess."""
    fewer = dict(security_headers.ALWAYS)
    del fewer["X-Content-Type-Options"]
    return mock.patch.object(security_headers, "ALWAYS", fewer)


@contextmanager
def plant_kept_pages() -> Iterator[None]:
    """A private answer that browsers may keep, where nobody gets one by GET."""
    pattern = desk_address("ticket").pattern
    assert pattern is not None  # noqa: S101 - a page has one, mypy cannot know
    view = pattern.callback

    def kept(request: object, **named: object) -> object:
        answer = view(request, **named)
        if answer.status_code == 200:
            answer.headers["Cache-Control"] = "max-age=600"
        return answer

    with mock.patch.object(pattern, "callback", kept):
        yield


def plant_readable_cookies() -> AbstractContextManager[object]:
    """A session's cookie that scripts may read."""
    return mock.patch.object(settings, "SESSION_COOKIE_HTTPONLY", new=False)


def plant_each() -> Finding:
    """Plant every failure in turn; one that is not noticed leaves nothing noticed at all."""
    plants = {
        plant_open_pages: "the policy lets in what is not ours",
        plant_guessed_types: "x-content-type-options is not nosniff",
        plant_kept_pages: "desk /socket-ticket/: private, and may be kept",
        plant_readable_cookies: "a cookie may travel openly or be read by scripts",
    }
    return each_noticed(examine_closed_pages, plants)


def directives(answer: Answer) -> dict[str, list[str]]:
    """The content security policy (CSP 3), by directive; of several lines the first of each."""
    found: dict[str, list[str]] = {}
    for directive in re.split(r"[;,]", answer.header("content-security-policy")):
        name, *sources = directive.split() or [""]
        found.setdefault(name.lower(), sources)
    return found


def policy_faults(answer: Answer) -> Iterator[str]:
    """What the policy of an answer allows that none of ours may, and what runs in its page."""
    policy = directives(answer)
    if policy.get("default-src") != ["'none'"]:
        yield "the policy does not begin with nothing"
    sources = {source for name in policy if name.endswith("-src") for source in policy[name]}
    if not sources <= {"'none'", "'self'", "data:"} or "data:" in policy.get("script-src", []):
        yield "the policy lets in what is not ours"
    if answer.is_page and ("base-uri" not in policy or "form-action" not in policy):
        yield "the policy leaves forms or addresses open"
    if answer.is_page and SCRIPT.search(answer.text):
        yield "a script stands in the page"


def header_faults(answer: Answer) -> Iterator[str]:
    """Which headers are missing from an answer over an encrypted connection, or say less."""
    for name, value in WANTED.items():
        if answer.header(name) != value:
            yield f"{name} is not {value}"
    for power in ("camera", "geolocation", "microphone", "payment"):
        if f"{power}=()" not in answer.header("permissions-policy"):
            yield f"the page may ask for {power}"
    lasting = re.search(r"max-age=(\d+)", answer.header("strict-transport-security"))
    if lasting is None or int(lasting[1]) < YEAR:
        yield "encryption is not asked for from now on"


def cookie_faults(answer: Answer) -> Iterator[str]:
    """Which cookies of an answer are less guarded than RFC 6265bis allows them to be."""
    for name, value in answer.headers:
        if name != "set-cookie":
            continue
        pair, *rest = [part.strip() for part in value.split(";")]
        attributes = {part.split("=")[0].lower(): part.partition("=")[2] for part in rest}
        same_site = attributes.get("samesite", "")
        if (
            not pair.startswith("__Host-")
            or "domain" in attributes
            or attributes.get("path") != "/"
        ):
            yield "a cookie is not bound to its host"
        if not {"secure", "httponly"} <= set(attributes):
            yield "a cookie may travel openly or be read by scripts"
        # In a foreign frame it is of use only there: it is partitioned by who embeds us.
        if same_site not in {"Lax", "Strict"} and "partitioned" not in attributes:
            yield "a cookie is sent with requests of foreign pages"


def kept_faults(answer: Answer, stranger: Answer) -> Iterator[str]:
    """Whether a browser may keep what not everybody may read."""
    # What tells the time differs with each answer; its tag says that all else is the same.
    tag = answer.header("etag")
    is_same = answer.body == stranger.body or (tag and tag == stranger.header("etag"))
    is_public = answer.status == stranger.status and is_same
    if "no-store" not in answer.header("cache-control") and not is_public:
        yield "private, and may be kept"


def _giving_cookies(scene: Scene) -> Iterator[Answer]:
    """Of a form for a stranger, of a sign-in, of a language that is chosen, and of a visit that
    begins.
    """
    yield scene.browser("desk", ANONYMOUS).ask("GET", "/sign-in/")
    password = secrets.token_urlsafe(24)
    with serving(scene.tenant):
        person = Person(name="Probe", email="cookies@probe.invalid")
        person.set_password(password)
        person.save()
    yield Visitor(scene.browser("desk", ANONYMOUS)).sign_in(person.email, password)
    proofs = scene.proofs("desk")
    yield scene.browser("desk").ask("POST", "/language/", headers=proofs, form={"language": "de"})
    visit = scene.browser("chat", ANONYMOUS)
    yield visit.ask("POST", "/visit", headers=scene.proofs("chat"), sent={"language": "de"})

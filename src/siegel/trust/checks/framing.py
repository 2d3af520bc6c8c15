"""Looking whether foreign pages can show ours in a frame, to have people click what they hide."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from unittest import mock

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from siegel import security_headers
from siegel.claims.control import Finding, Text
from siegel.claims.planting import each_noticed
from siegel.identity.models import Organisation
from siegel.identity.organisations import ORIGIN
from siegel.tenancy.availability import Unavailable, open_database
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.probes import examined_tenants
from siegel.trust.checks.addresses import Address, all_addresses, pages
from siegel.trust.checks.asking import Answer
from siegel.trust.checks.closed_pages import directives
from siegel.trust.checks.scene import FOREIGN_ORIGIN, PAGE_ORIGINS, Plant, scenes
from siegel.trust.checks.walking import go_to, in_turn, is_well

CHAT = "/"


def examine_framing(plant: Plant = nullcontext) -> Finding:
    """Ask every address from a foreign page, and read the page origins of every tenant.

    `plant` breaks what is examined for the length of its block.
    """
    faults: list[str] = []
    examined, well = 0, 0
    with scenes(str) as (scene, silent), plant():
        with serving(silent.tenant):
            Organisation.objects.update(page_origins=[])
        told = {"referer": f"{FOREIGN_ORIGIN}/", "sec-fetch-dest": "iframe"}
        for address, method in in_turn(scene):
            answers = [go_to(each, address, method, headers=told) for each in (scene, silent)]
            well += is_well(answers[0])
            for answer, origins in zip(answers, (PAGE_ORIGINS, ["'none'"]), strict=True):
                found = framing_faults(address, answer, origins)
                faults += [f"{address.surface} {address.route}: {fault}" for fault in found]
            examined += 1
        tenants = examined_tenants()
        faults += [fault for tenant in tenants for fault in _origin_faults(tenant)]
    what = Text(
        f"{examined} Adressen, von denen {well} mit 2xx oder 3xx antworten, und von "
        f"{len(tenants)} Organisationen, wessen Seiten den Chat zeigen dürfen",
        f"{examined} addresses, {well} of which answer with 2xx or 3xx, and of {len(tenants)} "
        "organisations whose pages may show the chat",
    )
    expected = len(all_addresses()) + len(tenants)
    return Finding(examined + len(tenants), what, tuple(dict.fromkeys(faults)), expected=expected)


def framing_faults(address: Address, answer: Answer, origins: list[str]) -> Iterator[str]:
    """Who may show an answer in a frame and should not; `origins` may show the chat."""
    is_chat = (address.surface, address.route) == ("chat", CHAT)
    wanted = origins if is_chat else ["'none'"]
    if directives(answer).get("frame-ancestors") != wanted:
        yield "other pages than those that are named may show it in a frame"
    # It knows no list: where one holds, the policy alone decides (CSP 3, 6.4.2).
    if wanted == ["'none'"] and answer.header("x-frame-options") != "DENY":
        yield "old browsers show it in a frame"


def plant_frames_for_all() -> AbstractContextManager[object]:
    """Pages that everybody may show."""
    return mock.patch.dict(security_headers.POLICY, {"frame-ancestors": "*"})


def plant_no_old_header() -> AbstractContextManager[object]:
    """Pages that old browsers show."""
    return mock.patch.object(settings, "X_FRAME_OPTIONS", "SAMEORIGIN")


def plant_whoever_asks() -> AbstractContextManager[object]:
    """A chat that any page may show which says where it is."""
    (pattern,) = [each.pattern for each in pages() if (each.surface, each.route) == ("chat", CHAT)]
    assert pattern is not None  # noqa: S101 - a page has one, mypy cannot know
    view = pattern.callback

    def obliging(request: HttpRequest) -> HttpResponseBase:
        answer: HttpResponseBase = view(request)
        asked = request.headers.get("Referer", "").rstrip("/")
        answer.headers["Content-Security-Policy"] += f" {asked}"
        return answer

    obliging.login_required = False  # type: ignore[attr-defined] # read by Django's middleware
    return mock.patch.object(pattern, "callback", obliging)


def plant_each() -> Finding:
    """Plant every failure in turn; one that is not noticed leaves nothing noticed at all."""
    plants = {
        plant_frames_for_all: "other pages than those that are named",
        plant_no_old_header: "old browsers show it",
        plant_whoever_asks: "chat /: other pages than those that are named",
    }
    return each_noticed(examine_framing, plants)


def _origin_faults(tenant: ServedTenant) -> Iterator[str]:
    """Origins of a tenant that would say more in a header than they are."""
    try:
        with serving(tenant):
            open_database(tenant)
            rows = list(Organisation.objects.values_list("page_origins", flat=True))
    except Unavailable:
        yield f"{tenant.id} cannot be examined: it does not open"
        return
    for origins in rows:
        if not all(isinstance(each, str) and ORIGIN.fullmatch(each) for each in origins):
            yield f"{tenant.id} names a page that is no origin"

"""The rules for passwords: one policy for each audience, what waits, and every version."""

import uuid
from typing import Any, NamedTuple

from django.forms import BoundField
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from siegel.desk.administration.done import done_before
from siegel.desk.administration.navigation import administration_page
from siegel.desk.administration.password_forms import PasswordRulesForm, as_typed
from siegel.desk.administration.setting_page import check_may_change
from siegel.desk.permitted import permitted, person_of
from siegel.identity.models import PasswordPolicyVersion, Person
from siegel.identity.password_policy import (
    PRESETS,
    Audience,
    Policy,
    Preset,
    RefusedPolicy,
    preset_of,
    weakened,
)
from siegel.identity.password_standards import AUDIENCES, TITLES, Standing, standings
from siegel.identity.passwords import against
from siegel.identity.policies import Holding, as_policy, differences, holding
from siegel.identity.roles import Permission, Role
from siegel.identity.step_up import ask_to_prove, is_proved, stepped_up
from siegel.identity.weakening import (
    NOTICE,
    Ended,
    Overtaken,
    OwnProposal,
    approve,
    decide,
    may_agree,
    waiting,
    withdraw,
)

ADDRESS = "desk:password-rules"
VERSIONS = 50
NOBODY_YET = (Audience.CLIENT, Audience.BREAK_GLASS)


class Knob(NamedTuple):
    """A rule as the page shows it: its field, what holds, and how that stands to the standards."""

    field: BoundField
    holds: str
    standing: Standing | None


class Version(NamedTuple):
    """A version, and what it changed: (rule, before, after)."""

    row: PasswordPolicyVersion
    preset: Preset | None
    changes: list[tuple[str, str, str]]


@require_http_methods(["GET", "POST"])
@permitted(Permission.SETTINGS_READ)
def password_rules(request: HttpRequest) -> HttpResponse:
    """The rules of an audience; a preset fills the form, `preview` and `try` save nothing."""
    audience = _audience(request)
    rules = holding(audience)
    if request.method != "POST":
        return _page(request, audience, rules, _unsaved(request, rules))
    check_may_change(request)
    if "try" in request.POST:
        found = _objections(request, audience, rules.policy)
        return _page(request, audience, rules, _unsaved(request, rules), more={"tried": found})
    form = PasswordRulesForm(request.POST)
    if "preview" in request.POST or form.policy is None:
        status = 200 if form.policy else 422
        return _page(request, audience, rules, form, more={"is_preview": True}, status=status)
    return _saved(request, audience, rules, form, form.policy)


@require_POST
@permitted(Permission.SETTINGS_CHANGE)
def judged(request: HttpRequest) -> HttpResponse:
    """For the page's script: how what was typed stands, and what it has against a sample."""
    audience, form = _audience(request), PasswordRulesForm(request.POST)
    policy = form.policy
    if policy is None:
        problems = {name: " ".join(map(str, texts)) for name, texts in form.errors.items()}
        return JsonResponse({"problems": problems})
    return JsonResponse(
        {
            "problems": {},
            "departs": {
                name: one.departs_from and _("Departs from %(of)s.") % {"of": one.departs_from}
                for name, one in standings(policy).items()
            },
            "weaker": [str(TITLES[name]) for name in weakened(holding(audience).policy, policy)],
            "sample": _objections(request, audience, policy),
        }
    )


@require_POST
@permitted(Permission.SETTINGS_CHANGE)
@stepped_up
def agree(request: HttpRequest, proposal: uuid.UUID) -> HttpResponse:
    """Another administrator agrees to weaker rules."""
    return _decided(request, lambda: approve(person_of(request), proposal), "rules-hold")


@require_POST
@permitted(Permission.SETTINGS_CHANGE)
def take_back(request: HttpRequest, proposal: uuid.UUID) -> HttpResponse:
    """Weaker rules are withdrawn: what holds stays."""
    return _decided(request, lambda: withdraw(person_of(request), proposal), "rules-withdrawn")


def _saved(
    request: HttpRequest,
    audience: Audience,
    rules: Holding,
    form: PasswordRulesForm,
    policy: Policy,
) -> HttpResponse:
    if not is_proved(request):
        return ask_to_prove(request)
    base, reason = request.POST.get("base", ""), form.cleaned_data["reason"]
    try:
        # What is no number is no version that anybody could have seen.
        seen = int(base) if base.isascii() and base.isdigit() and len(base) < 10 else -1
        proposal = decide(person_of(request), audience, policy, base=seen, reason=reason)
    except RefusedPolicy as refusal:
        form.add_error(refusal.field, str(refusal))
        return _page(request, audience, rules, form, status=422)
    except Overtaken:
        return _page(request, audience, rules, form, more={"is_overtaken": True}, status=409)
    done = "rules-hold"
    if proposal is not None:
        done = "rules-announced" if proposal.effective_at else "rules-proposed"
    return redirect(f"{reverse(ADDRESS)}?audience={audience}&done={done}")


def _decided(request: HttpRequest, decide_it: Any, done: str) -> HttpResponse:
    audience = _audience(request)
    try:
        decide_it()
    except Ended:
        raise Http404 from None
    except OwnProposal:
        return _page(request, audience, holding(audience), None, more={"is_own": True}, status=403)
    return redirect(f"{reverse(ADDRESS)}?audience={audience}&done={done}")


def _page(
    request: HttpRequest,
    audience: Audience,
    rules: Holding,
    form: PasswordRulesForm | None,
    *,
    more: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    form = form or _unsaved(request, rules)
    shown = form.policy if form.is_bound else None
    proposal = waiting(audience)
    context = {
        "audience": audience,
        "audiences": AUDIENCES.items(),
        "is_of_nobody": audience in NOBODY_YET,
        "presets": list(PRESETS),
        "preset": preset_of(rules.policy),
        "rules": rules,
        "form": form,
        "knobs": _knobs(form, rules, shown or _filled(request, rules)),
        "weaker": [TITLES[name] for name in weakened(rules.policy, shown)] if shown else [],
        "proposal": proposal,
        "proposed": _changes(rules.policy, as_policy(proposal.knobs)) if proposal else [],
        "may_agree": proposal is not None and may_agree(person_of(request), proposal),
        "hours": int(NOTICE.total_seconds()) // 3600,
        "versions": _versions(audience),
    }
    around = context | done_before(request) | (more or {})
    return administration_page(request, "administration/passwords.html", ADDRESS, around, status)


def _audience(request: HttpRequest) -> Audience:
    wanted = request.POST.get("audience") or request.GET.get("audience", Audience.ADVISER)
    if wanted not in set(Audience):
        raise Http404
    return Audience(wanted)


def _filled(request: HttpRequest, rules: Holding) -> Policy:
    """What holds, or the preset that is asked for, with the organisation's own words."""
    preset = request.GET.get("preset", "")
    if preset not in set(Preset):
        return rules.policy
    return PRESETS[Preset(preset)].with_words(rules.policy.words)


def _unsaved(request: HttpRequest, rules: Holding) -> PasswordRulesForm:
    return PasswordRulesForm(initial=as_typed(_filled(request, rules), rules.reason))


def _objections(request: HttpRequest, audience: Audience, policy: Policy) -> list[str]:
    """What a policy has against a sample, of somebody without a name; empty if there is none."""
    sample = request.POST.get("sample_password", "")
    if not sample:
        return []
    found = against(sample, Person(roles=[Role.ADVISER]), policy)
    return [text for _code, text in found] or [_("This one is accepted.")]


def _knobs(form: PasswordRulesForm, rules: Holding, shown: Policy) -> list[Knob]:
    found = standings(shown)
    return [
        Knob(bound, _told(getattr(rules.policy, bound.name, rules.reason)), found.get(bound.name))
        for bound in form
    ]


def _versions(audience: Audience) -> list[Version]:
    rows = PasswordPolicyVersion.objects.select_related("by", "approved_by")
    kept = list(rows.filter(audience=audience).order_by("-version")[: VERSIONS + 1])
    policies = [as_policy(row.knobs) for row in kept]
    if len(kept) <= VERSIONS:
        policies.append(PRESETS[Preset.NIST_2025])
    return [
        Version(row, preset_of(now), _changes(before, now))
        for row, now, before in zip(kept, policies, policies[1:], strict=False)
    ]


def _changes(old: Policy, new: Policy) -> list[tuple[str, str, str]]:
    return [
        (str(TITLES[name]), _told(getattr(old, name)), _told(getattr(new, name)))
        for name in differences(old, new)["old"]
    ]


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None:
        return _("never")
    return ", ".join(value) if isinstance(value, tuple) else str(value)

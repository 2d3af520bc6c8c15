"""Looking whether anybody but an administrator changes the rules for passwords, and whether each
change is in the trail.
"""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from unittest import mock

from django.utils import timezone

from siegel.audit import trail
from siegel.audit.models import TrailEntry
from siegel.claims.control import Finding, Text
from siegel.claims.planting import each_noticed
from siegel.identity.models import PasswordPolicyProposal, Person
from siegel.identity.password_policy import Audience, Policy
from siegel.identity.policies import holding
from siegel.identity.roles import PERMISSIONS, Permission, Role
from siegel.identity.weakening import NOTICE, approve, decide, take_effect, waiting
from siegel.tenancy.context import serving
from siegel.trust.checks.asking import Answer
from siegel.trust.checks.scene import Scene, scenes, session_cookie, sign_in

Plant = Callable[[], AbstractContextManager[object]]
PAGE = "/administration/passwords/"
STRICTER = Policy(min_length=21)
REFUSED = range(300, 500)


def examine_who_decides(plant: Plant = nullcontext) -> Finding:
    """Try to change the rules as everybody who may not; then change them, and look in the trail."""
    faults, tried = [], 0
    with scenes(str) as (one, other), plant():
        _long_here(one)
        for whose, cookie, proofs in _askers(one, other):
            for attempt, path, form in _attempts(one):
                tried += 1
                before = _state(one)
                answer = _sent(one, cookie, proofs, path, form)
                if answer.status not in REFUSED or _state(one) != before:
                    faults.append(f"{whose} changes the rules: {attempt}")
        faults += _told(one)
    what = Text(
        f"{tried} Versuche von Unbefugten und drei Änderungen im Protokoll",
        f"{tried} attempts by people who may not, and three changes in the trail",
    )
    return Finding(tried + 3, what, tuple(faults), expected=len(OTHERS) * 4 + 8 + 3)


OTHERS: dict[str, list[Role]] = {
    "an adviser": [Role.ADVISER],
    "an auditor": [Role.AUDITOR],
    "somebody without a role": [],
}


def _askers(one: Scene, other: Scene) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Who tries it: as they are called, their cookie, and what their pages send along."""
    for whose, roles in OTHERS.items():
        with serving(one.tenant):
            person = Person(name="Vq", email=f"{len(roles)}{whose[-3:]}@x.invalid", roles=roles)
            person.set_unusable_password()
            person.save()
            session, secret = sign_in(person)
        _long_here(one)
        yield whose, session_cookie(session), one.proofs("desk") | {"x-csrftoken": secret}
    yield "a stranger", "", one.proofs("desk")
    yield "somebody of another organisation", session_cookie(other.session), other.proofs("desk")


def _long_here(scene: Scene) -> None:
    """Nobody is refused, or asked for the day's notice, only because they have just come."""
    with serving(scene.tenant):
        Person.objects.update(created_at=timezone.now() - 2 * NOTICE)


def _attempts(scene: Scene) -> Iterator[tuple[str, str, dict[str, str]]]:
    form = _form(STRICTER, "adviser")
    yield "stricter ones", PAGE, form
    yield "weaker ones", PAGE, _form(Policy(min_length=9), "adviser") | {"reason": "x"}
    with serving(scene.tenant):
        proposal = waiting(Audience.CLIENT)
        if proposal is None:
            now = holding(Audience.CLIENT)
            weaker = Policy(min_length=now.policy.min_length - 1)
            proposal = decide(scene.person, Audience.CLIENT, weaker, base=now.version, reason="x")
    if proposal is None:
        raise LookupError("Weaker rules do not wait at the probe.")
    for name in ("agree", "withdraw"):
        yield name, f"{PAGE}proposals/{proposal.pk}/{name}/", {"audience": "client"}


def _form(policy: Policy, audience: str) -> dict[str, str]:
    numbers = {name: value for name, value in dataclasses.asdict(policy).items() if name != "words"}
    fields = {name: str(value) for name, value in numbers.items() if value not in (None, False)}
    zeros = {name: "0" for name, value in numbers.items() if value == 0 and value is not False}
    return (
        fields
        | zeros
        | {"words": "\n".join(policy.words), "reason": "", "audience": audience, "base": "0"}
    )


def _sent(
    scene: Scene, cookie: str, proofs: dict[str, str], path: str, form: dict[str, str]
) -> Answer:
    told = proofs | {"origin": f"https://{scene.tenant.host}"}
    return scene.browser("desk", cookie).ask("POST", path, headers=told, form=form)


def _state(scene: Scene) -> tuple[object, ...]:
    with serving(scene.tenant):
        audiences = list(Audience)
        proposals = [proposal and proposal.pk for proposal in map(waiting, audiences)]
        return (*(holding(audience).version for audience in audiences), *proposals)


def _told(scene: Scene) -> list[str]:
    """The faults of changes by whoever administers: alone, agreed to, and after the day's notice.

    The latter exchanges a word as well: as many as before are still other ones.
    """
    by = f"person:{scene.person.pk}"
    with serving(scene.tenant):
        length = holding(Audience.ADVISER).policy.min_length + 1
        colleague = Person.objects.get(pk=scene.things["person"][0])
    faults = _changed(scene, "a change", by, {"min_length": length, "words": ("Girokonto",)})

    def wait() -> None:
        PasswordPolicyProposal.objects.update(effective_at=timezone.now())
        take_effect()

    noticed = {"min_length": length - 1, "words": ("Sparbuch",)}
    faults += _changed(scene, "a noticed change", "notice", noticed, wait)

    def agree() -> None:
        waits = PasswordPolicyProposal.objects.filter(audience=Audience.ADVISER, ended_at=None)
        for proposal in waits:
            approve(colleague, proposal.pk)

    agreed = {"min_length": length - 2}
    return faults + _changed(scene, "an agreed change", f"person:{colleague.pk}", agreed, agree)


def _changed(
    scene: Scene,
    name: str,
    actor: str,
    knobs: dict[str, Any],
    let_hold: Callable[[], None] = lambda: None,
) -> list[str]:
    with serving(scene.tenant):
        before = holding(Audience.ADVISER)
    policy = dataclasses.replace(before.policy, **knobs)
    form = _form(policy, "adviser") | {"base": str(before.version), "reason": "control"}
    answer = _sent(scene, scene.cookies["desk"], scene.proofs("desk"), PAGE, form)
    with serving(scene.tenant):
        let_hold()
        if holding(Audience.ADVISER).policy != policy:
            raise LookupError(f"An administrator cannot make {name}: {answer.status}.")
        made = {"action": "password-policy.changed", "detail__version": before.version + 1}
        row = TrailEntry.objects.filter(**made, subject="password-policy:adviser").last()
    if row is None:
        return [f"{name} is not in the trail"]
    person = f"person:{row.detail['person']}" if "person" in row.detail else row.actor
    # That old and new differ as they are told: of words there is no more than a digest.
    told = [row.detail.get(when) or {} for when in ("old", "new")]
    if (
        (row.actor, person) != (actor, f"person:{scene.person.pk}")
        or any(set(values) != set(knobs) for values in told)
        or any(told[0][knob] == told[1][knob] for knob in knobs)
        or any(
            values.get("min_length", of.min_length) != of.min_length
            for values, of in zip(told, (before.policy, policy), strict=True)
        )
    ):
        return [f"{name} is in the trail without person, old and new value"]
    return []


def plant_permission() -> AbstractContextManager[object]:
    """Advisers who may what administrators may."""
    more = PERMISSIONS[Role.ADVISER] | {Permission.SETTINGS_READ, Permission.SETTINGS_CHANGE}
    return mock.patch.dict(PERMISSIONS, {Role.ADVISER: more})


def plant_past_the_trail() -> AbstractContextManager[object]:
    """Changes that nobody notes."""
    return mock.patch("siegel.identity.policies.trail.append")


def plant_without_proposer() -> AbstractContextManager[object]:
    """Changes by the day's notice that say that a day has passed, and not whose they are."""
    append = trail.append

    def nameless(events: list[trail.Event]) -> None:
        append(
            [
                dataclasses.replace(
                    event, detail={k: v for k, v in event.detail.items() if k != "person"}
                )
                for event in events
            ]
        )

    return mock.patch("siegel.identity.policies.trail.append", nameless)


def plant_counted_words() -> AbstractContextManager[object]:
    """Words of which only the number is told."""

    def counted(value: object) -> object:
        return len(value) if isinstance(value, tuple) else value

    return mock.patch("siegel.identity.policies._told", counted)


def plant_each() -> Finding:
    """Plant every failure in turn; one that is not noticed leaves nothing noticed at all."""
    plants = {
        plant_permission: "an adviser changes the rules: stricter ones",
        plant_past_the_trail: "a change is not in the trail",
        plant_without_proposer: "a noticed change is in the trail without person",
        plant_counted_words: "a noticed change is in the trail without person",
    }
    return each_noticed(examine_who_decides, plants)

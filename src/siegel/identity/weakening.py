"""Rules for passwords that accept more than before: nobody lets them hold alone and at once.

Another administrator agrees; where there is none who could, everybody is told a day before. Who
has become one, or was given another password or other factors, within that day does not count:
whoever administers alone could have made them, and could sign in as them.
"""

import dataclasses
import datetime as dt
import uuid
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from siegel.audit import trail
from siegel.audit.models import TrailEntry
from siegel.identity import mailing
from siegel.identity.acting import acting
from siegel.identity.alarms import administrators
from siegel.identity.letters import Letter, Notice, told_time, written_for
from siegel.identity.models import Organisation, PasswordPolicyProposal, Person, QueuedNotice
from siegel.identity.password_policy import (
    Audience,
    Policy,
    RefusedPolicy,
    check_policy,
    deviations,
    weakened,
)
from siegel.identity.policies import as_policy, differences, holding, let_hold
from siegel.identity.roles import Role
from siegel.tenancy.writing import write_transaction

NOTICE = dt.timedelta(hours=24)
# By what somebody else could have become able to sign in as a person; by the trail's names.
MADE_ANOTHER = ("person.reset-started", "person.factors-reset", "person.reactivated")
ROLES_TOLD = ("person.created", "person.changed")
LONGEST_REASON = 500


class Overtaken(ValueError):
    """The rules, or what is proposed, are others than those that were decided on."""


class Ended(LookupError):
    """There is no such proposal, or it is over."""


class OwnProposal(ValueError):
    """Whoever proposed it is not the one who agrees, nor somebody whom they could be."""


def decide(
    by: Person, audience: Audience, policy: Policy, *, base: int, reason: str = ""
) -> PasswordPolicyProposal | None:
    """Let a policy hold, or propose it if it is weaker: returns the proposal then.

    `base` is the version that was looked at; `reason` says why a standard is departed from. Raises
    password_policy.RefusedPolicy, Overtaken, django's PermissionDenied.
    """
    check_policy(policy)
    reason = reason.strip()
    if deviations(policy) and not reason:
        raise RefusedPolicy("reason", _("Say why you depart from a standard: it is published."))
    if len(reason) > LONGEST_REASON:
        raise RefusedPolicy(
            "reason", _("At most %(count)s characters.") % {"count": LONGEST_REASON}
        )
    with write_transaction():
        actor, old = acting(by), holding(audience)
        if old.version != base:
            raise Overtaken
        if not weakened(old.policy, policy):
            if (policy, reason) != (old.policy, old.reason):
                let_hold(actor, by, audience, policy, reason=reason)
            return None
        if waiting(audience) is not None:
            raise Overtaken
        return _propose(by, actor, audience, policy, base=base, reason=reason)


def approve(by: Person, identifier: uuid.UUID) -> int:
    """Let hold what another administrator proposed; returns the version.

    Raises Ended, OwnProposal, django's PermissionDenied.
    """
    with write_transaction():
        actor = acting(by)
        proposal = _open(identifier)
        if not may_agree(by, proposal):
            raise OwnProposal
        return _let_hold(proposal, actor, approved_by=by)


def may_agree(by: Person, proposal: PasswordPolicyProposal) -> bool:
    """Whether somebody is another one than whoever proposed it, as far as can be known."""
    proposer = proposal.by_id
    if proposal.effective_at is not None or proposer in {None, by.pk}:
        return False
    return _has_stood(by.pk, proposal.at) and _has_stood(proposer, proposal.at)


def withdraw(by: Person, identifier: uuid.UUID) -> None:
    """End a proposal, by any administrator. Raises Ended, django's PermissionDenied."""
    with write_transaction():
        _end(acting(by), _open(identifier))


def withdraw_all_of(actor: str, person: Person) -> None:
    """End what somebody has proposed who is no administrator any more.

    Inside a write transaction.
    """
    for proposal in PasswordPolicyProposal.objects.filter(by=person, ended_at=None):
        _end(actor, proposal)


def take_effect() -> int:
    """Let hold what everybody was told of long enough ago; returns how many."""
    with write_transaction():
        due = PasswordPolicyProposal.objects.filter(ended_at=None, effective_at__lte=timezone.now())
        for proposal in due:
            _let_hold(proposal, "notice")
        return len(due)


def waiting(audience: Audience) -> PasswordPolicyProposal | None:
    """What is proposed for an audience, and waits."""
    proposals = PasswordPolicyProposal.objects.select_related("by")
    return proposals.filter(audience=audience, ended_at=None).first()


def announced() -> list[PasswordPolicyProposal]:
    """What everybody is told of: it takes effect by itself. Soonest first."""
    waits = PasswordPolicyProposal.objects.filter(ended_at=None, effective_at__isnull=False)
    # There is one for each audience at most.
    return list(waits.order_by("effective_at")[: len(Audience)])


@written_for(Notice.WEAKER_RULES)
def weaker_rules(notice: QueuedNotice) -> Letter | None:
    """That rules become weaker; nothing once they hold or were withdrawn."""
    found = PasswordPolicyProposal.objects.filter(
        pk=notice.context["proposal"], ended_at=None, effective_at__isnull=False
    ).first()
    if found is None or found.effective_at is None:
        return None
    at = told_time(found.effective_at)
    return Letter(
        subject=_("Weaker rules for passwords"),
        paragraphs=(
            _("On %(at)s your organisation's rules for passwords become weaker.") % {"at": at},
            _("You need not do anything. If you did not expect that, speak to your administrator."),
        ),
        why=_("Everybody who signs in there is told before it happens."),
    )


def _propose(
    by: Person, actor: str, audience: Audience, policy: Policy, *, base: int, reason: str
) -> PasswordPolicyProposal:
    now = timezone.now()
    proposal = PasswordPolicyProposal.objects.create(
        audience=audience,
        base_version=base,
        knobs=dataclasses.asdict(policy),
        reason=reason,
        by=by,
        at=now,
        effective_at=None if _has_others(by, now) else now + NOTICE,
    )
    detail: dict[str, Any] = {
        "version": base + 1,
        "until": proposal.effective_at and proposal.effective_at.isoformat(timespec="seconds"),
        **differences(holding(audience).policy, policy),
    }
    _note(actor, "password-policy.proposed", proposal, detail)
    if proposal.effective_at is not None:
        _tell_everybody(proposal)
    return proposal


def _tell_everybody(proposal: PasswordPolicyProposal) -> None:
    """By mail, where there is a server; whoever is signed in reads it above every page."""
    language = Organisation.of_tenant().languages[0]
    for person in Person.objects.filter(is_active=True):
        context = {"proposal": str(proposal.pk)}
        mailing.send(Notice.WEAKER_RULES, person.email, language, context=context)


def _has_others(by: Person, now: dt.datetime) -> bool:
    """Whether there is another one who could agree."""
    others = [person.pk for person in administrators() if person.pk != by.pk]
    return _has_stood(by.pk, now) and any(_has_stood(other, now) for other in others)


def _has_stood(person: uuid.UUID, at: dt.datetime) -> bool:
    """Whether somebody was an administrator a day before, and is as they were then.

    Asked as well of whoever proposes, whom the one who agrees could have made.
    """
    since, subject = at - NOTICE, f"person:{person}"
    if not Person.objects.filter(pk=person, created_at__lte=since).exists():
        return False
    events = TrailEntry.objects.filter(subject=subject, at__gt=since, action__in=MADE_ANOTHER)
    return not events.exists() and _was_administrator(subject, since)


def _was_administrator(subject: str, since: dt.datetime) -> bool:
    """Whether the trail tells of no time since then at which somebody was none."""
    told = TrailEntry.objects.filter(subject=subject, action__in=ROLES_TOLD).order_by("-seq")
    within = [entry.detail["roles"] for entry in told.filter(at__gt=since)]
    before = told.filter(at__lte=since).first()
    roles = [*within, before.detail["roles"] if before else []] if within else []
    return all(Role.ADMINISTRATOR in held for held in roles)


def _open(identifier: uuid.UUID) -> PasswordPolicyProposal:
    found = PasswordPolicyProposal.objects.filter(pk=identifier, ended_at=None).first()
    if found is None:
        raise Ended
    return found


def _let_hold(
    proposal: PasswordPolicyProposal, actor: str, approved_by: Person | None = None
) -> int:
    proposal.ended_at = timezone.now()
    proposal.save(update_fields=["ended_at"])
    return let_hold(
        actor,
        proposal.by,
        Audience(proposal.audience),
        as_policy(proposal.knobs),
        reason=proposal.reason,
        approved_by=approved_by,
    )


def _end(actor: str, proposal: PasswordPolicyProposal) -> None:
    proposal.ended_at = timezone.now()
    proposal.save(update_fields=["ended_at"])
    _note(actor, "password-policy.withdrawn", proposal, {"version": proposal.base_version + 1})


def _note(
    actor: str, action: str, proposal: PasswordPolicyProposal, detail: dict[str, Any]
) -> None:
    subject = f"password-policy:{proposal.audience}"
    trail.append([trail.Event(actor, action, subject, detail)])

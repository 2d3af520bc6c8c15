"""What people are written about themselves and about their organisation's account here.

Each is written in the language of its notice; links are made at this moment, and are nowhere else.
"""

import datetime as dt

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from siegel.identity import inviting, resetting
from siegel.identity.alarms import Alarmed
from siegel.identity.letters import Letter, Notice, told_time, written_for
from siegel.identity.mailing import link
from siegel.identity.models import Invitation, Organisation, Person, QueuedNotice

# What has happened, and what to do about it.
ALARMS: dict[str, tuple[Promise, Promise]] = {
    Alarmed.REFUSED_SIGN_INS: (
        gettext_lazy("Many sign-ins to one account were refused."),
        gettext_lazy(
            "Somebody may be guessing its password. Ask the person; a second factor keeps whoever "
            "guesses right from getting in. The trail says which account it is."
        ),
    ),
    Alarmed.MAIL_STUCK: (
        gettext_lazy("E-mail has not been delivered for more than a day."),
        gettext_lazy(
            "Nothing is lost: it waits, and is tried again. The page E-mail of the administration "
            "says why. Until it works, hand over links yourself."
        ),
    ),
    Alarmed.MAIL_FAILED: (
        gettext_lazy("E-mail could not be delivered."),
        gettext_lazy(
            "It is not tried again by itself. The page E-mail of the administration says why. "
            "Correct the address, or ask the operator, and send it again."
        ),
    ),
    Alarmed.ONE_ADMINISTRATOR_LEFT: (
        gettext_lazy("Only one administrator is left."),
        gettext_lazy(
            "If they lose their password or their second factor, nobody here can help them. Make "
            "somebody else an administrator as well."
        ),
    ),
    Alarmed.CONTROL_FAILED: (
        gettext_lazy("A claim of the trust page does not hold."),
        gettext_lazy("Its page says what was found, and what to do now."),
    ),
}


@written_for(Notice.INVITATION)
def invitation(notice: QueuedNotice) -> Letter | None:
    """The link of an invitation that is still as it was when it was sent off."""
    return _invitation(
        notice,
        _("Invitation to %(organisation)s"),
        _("%(by)s invites you to work at %(organisation)s. Choose your password to accept."),
    )


@written_for(Notice.INVITATION_REMINDER)
def invitation_reminder(notice: QueuedNotice) -> Letter | None:
    """The same once more, for whoever has not answered."""
    return _invitation(
        notice,
        _("Reminder: invitation to %(organisation)s"),
        _("%(by)s has invited you to work at %(organisation)s, and you have not accepted yet."),
    )


def _invitation(notice: QueuedNotice, subject: str, first: str) -> Letter | None:
    found = Invitation.objects.filter(pk=notice.context["invitation"]).first()
    if (
        found is None
        or found.ended_at
        or found.expires_at <= timezone.now()
        # It was renewed meanwhile, and has another mail.
        or found.expires_at.isoformat() != notice.context["expires_at"]
    ):
        return None
    names = {"organisation": _organisation(), "by": found.invited_by.name}
    return Letter(
        subject=subject % names,
        paragraphs=(
            _("Hello %(name)s,") % {"name": found.name},
            first % names,
            _("The link works once, until %(until)s. Nobody needs to know it but you.")
            % {"until": told_time(found.expires_at)},
        ),
        button=(
            _("Accept the invitation"),
            link(reverse("desk:invitation"), inviting.issue_token(found)),
        ),
        why=_(
            "You get this because somebody at this organisation has entered your address. If you "
            "do not expect it, do nothing: no account is made."
        ),
    )


@written_for(Notice.PASSWORD_RESET)
def password_reset(notice: QueuedNotice) -> Letter | None:
    """A link for whoever has this address here; nobody is written to who has none."""
    person = Person.objects.filter(email__iexact=notice.to, is_active=True).first()
    if person is None:
        return None
    by = Person.objects.filter(pk=notice.context.get("started_by")).first()
    if by is None:
        resetting.note_asked(person, notice)
        first = _("Somebody has asked to choose a new password for your account at %(name)s.")
    else:
        first = _("%(by)s asks you to choose a new password for your account at %(name)s.")
    return Letter(
        subject=_("Choose a new password"),
        paragraphs=(
            _("Hello %(name)s,") % {"name": person.name},
            first % {"name": _organisation(), "by": by.name if by else ""},
            _(
                "The link works once, for %(minutes)d minutes. You are signed out everywhere when "
                "you have chosen, and sign in again as usual."
            )
            % {"minutes": resetting.VALID.total_seconds() // 60},
        ),
        button=(
            _("Choose a new password"),
            link(reverse("desk:reset"), resetting.issue_token(person)),
        ),
        why=_(
            "You get this because you have an account here. If you have not asked for it, do "
            "nothing: your password stays as it is."
        ),
    )


@written_for(Notice.PASSWORD_CHANGED)
def password_changed(notice: QueuedNotice) -> Letter | None:
    """That it was done, so that whoever has not done it notices."""
    return Letter(
        subject=_("Your password was changed"),
        paragraphs=(
            _("The password of your account at %(name)s was changed on %(at)s.")
            % {"name": _organisation(), "at": told_time(notice.created_at)},
            _(
                "If it was not you, tell an administrator of your organisation at once, and choose "
                "a new password yourself."
            ),
        ),
        button=(_("Choose a new password"), link(reverse("desk:forgotten"))),
        why=_("You get this because you have an account here. It cannot be switched off."),
    )


@written_for(Notice.ALARM)
def alarm(notice: QueuedNotice) -> Letter | None:
    """What has happened, in words; whom it is about stands in the trail only."""
    happened, todo = ALARMS[notice.context["kind"]]
    at = dt.datetime.fromisoformat(notice.context["at"])
    return Letter(
        subject=_("Alarm: %(what)s") % {"what": str(happened).removesuffix(".")},
        paragraphs=(
            str(happened),
            str(todo),
            _("Noticed on %(at)s.") % {"at": told_time(at)},
        ),
        button=(_("Open the administration"), link(reverse("desk:administration"))),
        why=_("You get this because you are an administrator of %(name)s.")
        % {"name": _organisation()},
    )


@written_for(Notice.TEST)
def test(notice: QueuedNotice) -> Letter | None:
    """What an administrator sends to themselves."""
    return Letter(
        subject=_("Test of e-mail"),
        paragraphs=(
            _("E-mail from %(name)s arrives. There is nothing to do.") % {"name": _organisation()},
        ),
        why=_("You get this because you have asked for it in the administration."),
    )


def _organisation() -> str:
    return Organisation.of_tenant().name

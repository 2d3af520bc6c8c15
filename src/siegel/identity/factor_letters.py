"""What people are written when their second factors have changed: it may not have been them."""

from django.utils.translation import gettext as _

from siegel.identity import mailing
from siegel.identity.letters import Letter, Notice, written_for
from siegel.identity.models import Organisation, Person, QueuedNotice


@written_for(Notice.FACTORS_CHANGED)
def factors_changed(notice: QueuedNotice) -> Letter | None:
    """That they have changed, and what to do about it; nothing to somebody who was deactivated."""
    person = Person.objects.filter(pk=notice.context["person"], is_active=True).first()
    if person is None:
        return None
    what = {
        "factor.added": _("A second factor was added to your account."),
        "factor.removed": _("A second factor was removed from your account."),
        "recovery-codes.made": _("New recovery codes were made for your account."),
        "person.factors-reset": _(
            "All second factors of your account were removed by an administrator. Set a new one "
            "up when you next sign in."
        ),
    }[notice.context["action"]]
    return Letter(
        subject=_("Your second factors have changed"),
        paragraphs=(
            _("Hello %(name)s,") % {"name": person.name},
            what,
            _("If this was not you, tell an administrator of your organisation at once."),
        ),
        why=_("You get this because you have an account at %(organisation)s.")
        % {"organisation": Organisation.of_tenant().name},
        button=(_("Look at your second factors"), mailing.link("/account/factors/")),
    )

"""The form of one audience's rules for passwords."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from siegel.identity.password_policy import RANGES, Policy, RefusedPolicy, check_policy
from siegel.identity.password_standards import TITLES
from siegel.identity.weakening import LONGEST_REASON

HELP = {
    "min_length": _("For people whose password is all that they prove themselves with."),
    "min_length_with_factor": _("For people with an authenticator app or a passkey."),
    "letters": _("Letters of every script count."),
    "upper": _("0: not asked for."),
    "lower": _("0: not asked for."),
    "digits": _("0: not asked for."),
    "special": _("Whatever is neither letter nor digit, the space included."),
    "history": _("The present one counts. Only their hashes are kept."),
    "expiry_days": _("0: never. Whoever has to change often chooses worse ones."),
    "blocklist": _("The tens of thousands that are tried first everywhere, and your operator's."),
    "similarity": _("Names and addresses of the person, of your organisation and of Siegel."),
    "min_guesses_log10": _("As zxcvbn estimates it; 8 withstands guessing at the sign-in."),
    "grace_days": _("Judged at the next sign-in; empty: an existing password stays."),
}
WORDS_HELP = _("One a line, 4 to 60 characters each: products, places, nicknames.")


class PasswordRulesForm(forms.Form):
    """Every knob of a policy, and why a standard is departed from."""

    FLAGS: ClassVar = ("blocklist", "similarity")

    words = forms.CharField(
        label=_("Words of your own that are refused"),
        help_text=WORDS_HELP,
        required=False,
        max_length=80_000,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )
    reason = forms.CharField(
        label=_("Why you depart from a standard"),
        help_text=_("Needed where a rule above departs from one. It is published with its date."),
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for name in TITLES:
            if name in self.FLAGS:
                self.fields[name] = forms.BooleanField(
                    label=str(TITLES[name]), help_text=HELP[name], required=False
                )
            elif name in RANGES:
                least, most = RANGES[name]
                self.fields[name] = forms.IntegerField(
                    label=str(TITLES[name]),
                    help_text=HELP[name],
                    min_value=least,
                    max_value=most,
                    required=name != "grace_days",
                )
        self.order_fields([*TITLES, "reason"])

    def clean(self) -> None:
        given = dict(self.cleaned_data)
        given.pop("reason", None)
        if set(given) != set(TITLES):
            return
        lines = given.pop("words").splitlines()
        words = tuple(dict.fromkeys(word.strip() for word in lines if word.strip()))
        policy = Policy(**given, words=words)
        try:
            check_policy(policy)
        except RefusedPolicy as refusal:
            self.add_error(refusal.field, str(refusal))
        else:
            self.cleaned_data["policy"] = policy

    @property
    def policy(self) -> Policy | None:
        """What was typed, if it is one that may be set."""
        policy = self.cleaned_data.get("policy") if self.is_bound and self.is_valid() else None
        return policy if isinstance(policy, Policy) else None


def as_typed(policy: Policy, reason: str) -> dict[str, Any]:
    """A policy as the form's fields show it."""
    typed = {name: getattr(policy, name) for name in TITLES}
    return typed | {"words": "\n".join(policy.words), "reason": reason}

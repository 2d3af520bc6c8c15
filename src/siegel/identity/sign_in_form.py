"""What is taken for an address and a password."""

from typing import Any

from allauth.account.forms import LoginForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from siegel.identity.password_policy import unmeasurable


class SignInForm(LoginForm):  # type: ignore[misc] # allauth ships no types
    """Whatever may be a password is taken, with its spaces and every character."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        # A password of a rare kind is still one; Django would refuse NUL.
        self.fields["password"].validators = [_measurable]
        self.fields["password"].error_messages["required"] = _("Please give your password.")
        self.fields["login"].error_messages |= {
            "required": _("Please give an e-mail address."),
            "invalid": _("Please check the e-mail address."),
        }


def _measurable(password: str) -> None:
    """Before it is hashed; counted as the rules for new passwords count."""
    unfit = unmeasurable(password)
    if unfit is not None:
        raise ValidationError(unfit.text, code=unfit.code)

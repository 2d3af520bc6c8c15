"""Who the organisation is to its clients: name, sign, languages, privacy notice, imprint."""

from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from siegel.desk.administration.setting_forms import Line, Paragraphs, RefusedSetting, SettingForm
from siegel.desk.administration.setting_page import setting_page
from siegel.files.kinds import RefusedFile
from siegel.files.logos import LARGEST_LOGO, drawn_logo
from siegel.identity.logos import keep_logo, logo_of_tenant, remove_logo
from siegel.identity.models import Organisation, Person

LONGEST_TEXT = 20_000
LANGUAGES = [("de", _("German")), ("en", _("English"))]
WHY_NO_LOGO = {
    "file-too-large": _("The picture is larger than 1 MB. Save it smaller, or as WebP."),
    "drawing": _(
        "This is a drawing (SVG), which can hold programs. Save it as PNG and choose that file."
    ),
    "type-not-allowed": _("This is no PNG, JPEG or WebP picture. Save it as one of these."),
    "damaged": _("The picture is damaged. Save it again and choose the new file."),
    "archive-bomb": _("The picture has more than 50 million pixels. Save it smaller."),
    "later": _("The picture could not be drawn just now. Please try again in a moment."),
}


class OrganisationForm(SettingForm):
    """What clients read of the organisation."""

    part = "organisation"
    title = _("Name, languages and texts")
    has_preview = True
    names: ClassVar = {"first_language": "languages"}
    more: ClassVar = {
        "privacy_notice": _(
            "Clients see its first words before their first message, and all of it behind a link. "
            "Say who is responsible for the data, what they are used for, how long they are kept, "
            "and to whom people can turn. If you speak to clients in two languages, write it in "
            "both, one below the other."
        ),
        "imprint": _(
            "In Germany: name and address, who represents the organisation, e-mail and telephone, "
            "register and its number, the supervisory authority, the VAT number."
        ),
        "languages": _(
            "A website can ask for one of these languages. If it asks for another one, clients "
            "are spoken to in the first language. Advisers choose their own language at the desk."
        ),
    }

    name = Line(
        label=_("Name"),
        max_length=120,
        help_text=_("Stands at the top of the chat and on the page on which advisers sign in."),
        widget=forms.TextInput(attrs={"autocomplete": "organization", "dir": "auto"}),
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages of the chat"),
        choices=LANGUAGES,
        help_text=_("In which languages clients are spoken to; at least one."),
        widget=forms.CheckboxSelectMultiple,
    )
    first_language = forms.ChoiceField(
        label=_("First language"),
        choices=LANGUAGES,
        help_text=_("Spoken when a client's browser or page asks for none of them."),
    )
    privacy_notice = Paragraphs(
        label=_("Privacy notice"),
        max_length=LONGEST_TEXT,
        help_text=_("Plain text; empty lines separate paragraphs."),
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}),
    )
    imprint = Paragraphs(
        label=_("Imprint"),
        max_length=LONGEST_TEXT,
        help_text=_("Who you are and how you can be reached, as the law asks for it."),
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
    )

    @classmethod
    def read(cls) -> dict[str, Any]:
        organisation = Organisation.of_tenant()
        known = [code for code, _name in LANGUAGES if code in organisation.languages]
        return {
            "name": organisation.name,
            "languages": known,
            "first_language": organisation.languages[0],
            "privacy_notice": organisation.privacy_notice,
            "imprint": organisation.imprint,
        }

    def clean(self) -> None:
        given = self.cleaned_data
        chosen = given.get("languages")
        if chosen and given.get("first_language") not in chosen:
            self.add_error(
                "first_language", str(_("The first language must be one of the chosen."))
            )

    def store(self, changed: dict[str, Any], person: Person) -> None:
        first = self.cleaned_data["first_language"]
        others = [code for code in self.cleaned_data["languages"] if code != first]
        plain = {
            field: value
            for field, value in changed.items()
            if field not in {"languages", "first_language"}
        }
        super().store({**plain, "languages": [first, *others]}, person)


class LogoForm(SettingForm):
    """The organisation's sign."""

    part = "logo"
    title = _("Logo")
    names: ClassVar = {"remove_logo": "logo"}
    more: ClassVar = {
        "logo": _(
            "The picture is drawn anew and stored as WebP, at most 256 pixels high, without what a "
            "camera or a program wrote into the file. Drawings (SVG) can hold programs and are "
            "not taken."
        )
    }

    logo = forms.FileField(
        label=_("New logo"),
        required=False,
        help_text=_("PNG, JPEG or WebP up to 1 MB; shown beside the name."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    remove_logo = forms.BooleanField(
        label=_("Remove the logo"), required=False, help_text=_("The name stands alone then.")
    )

    @classmethod
    def read(cls) -> dict[str, Any]:
        return {"logo": None, "remove_logo": False}

    def clean_logo(self) -> Any:
        """Draw it here: it takes seconds, which nobody should hold the write lock for."""
        chosen = self.cleaned_data["logo"]
        if not chosen:
            return None
        try:
            return drawn_logo(chosen.read(LARGEST_LOGO + 1))
        except RefusedFile as refusal:
            raise forms.ValidationError(WHY_NO_LOGO[refusal.code]) from None

    def store(self, changed: dict[str, Any], person: Person) -> None:
        if page := changed.get("logo"):
            keep_logo(page.webp, page.width, page.height)
        elif logo_of_tenant() is None:
            raise RefusedSetting("remove_logo", str(_("There is no logo to remove.")))
        else:
            remove_logo()

    def shown(self, field: str, value: Any) -> str:
        return ""


def _sign(request: HttpRequest) -> dict[str, Any]:
    scheme, host = request.scheme, request.get_host()
    return {"logo": logo_of_tenant(), "chat": f"{scheme}://chat.{host}"}


organisation = setting_page(
    "desk:organisation",
    "administration/organisation.html",
    [OrganisationForm, LogoForm],
    _sign,
)

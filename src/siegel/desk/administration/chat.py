"""Where the chat may be shown, and what may be sent through it."""

from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from siegel.desk.administration.setting_forms import Paragraphs, RefusedSetting, SettingForm
from siegel.desk.administration.setting_page import setting_page
from siegel.files.kinds import Kind
from siegel.files.models import MEGABYTE, FilePolicy
from siegel.files.policy import change_policy
from siegel.identity.models import Organisation, Person
from siegel.identity.organisations import ORIGIN

MOST_ORIGINS = 50


def origins_in(text: str) -> list[str]:
    """Origins of pages, one a line, each once; raises forms.ValidationError with every reason."""
    found: dict[str, None] = {}
    reasons = []
    for number, line in enumerate(text.splitlines(), 1):
        origin = line.strip().lower().removesuffix("/")
        if not origin:
            continue
        if ORIGIN.fullmatch(origin):
            found[origin] = None
        else:
            reasons.append(
                gettext("Line %(number)d: %(reason)s")
                % {"number": number, "reason": _reason(origin)}
            )
    if len(found) > MOST_ORIGINS:
        reasons.append(gettext("At most 50 pages can be named."))
    if reasons:
        raise forms.ValidationError(reasons)
    return list(found)


def _reason(origin: str) -> str:
    if not origin.startswith(("http://", "https://")):
        return gettext("it does not begin with https://.")
    host = origin.split("://", 1)[1]
    if "*" in host:
        return gettext("a star stands for unknown pages; name each one.")
    if "/" in host or "?" in host or "#" in host:
        return gettext("only the beginning counts, without a path: https://www.bank.example.")
    return gettext("this is no host name; write umlauts as xn--… (your website's people know it).")


class Origins(Paragraphs):
    """Origins, one a line."""

    def to_python(self, value: Any) -> str:
        return "\n".join(origins_in(super().to_python(value)))


class ChatForm(SettingForm):
    """The pages, and calling back an answer."""

    part = "chat"
    title = _("Pages and answers")
    more: ClassVar = {
        "page_origins": _(
            "Any other page gets an empty frame. Write one line for each name under which your "
            "website can be opened, for instance with and without www."
        ),
        "undo_seconds": _(
            "The answer is stored at once and delivered ten seconds later. Until then whoever "
            "wrote it can take it back and correct it. Clients wait ten seconds longer."
        ),
    }

    page_origins = Origins(
        label=_("Pages that may show the chat"),
        required=False,
        max_length=20_000,
        help_text=_("One a line, like https://www.bank.example. Without any nobody sees it."),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "off"}),
    )
    undo_seconds = forms.TypedChoiceField(
        label=_("Call back an answer"),
        choices=[(0, _("Not possible")), (10, _("Possible for 10 seconds"))],
        coerce=int,
        help_text=_("Whether advisers can take back what they have just sent."),
    )

    @classmethod
    def read(cls) -> dict[str, Any]:
        stored = super().read()
        return {**stored, "page_origins": "\n".join(stored["page_origins"])}

    def store(self, changed: dict[str, Any], person: Person) -> None:
        if "page_origins" in changed:
            changed = {**changed, "page_origins": changed["page_origins"].splitlines()}
        super().store(changed, person)


# The fields, and what the policy calls them.
POLICY = {
    "largest": "largest_bytes",
    "per_visitor": "visitor_bytes",
    "in_all": "tenant_bytes",
    "kinds": "kinds",
    "encrypted_archives": "encrypted_archives",
}


class UploadsForm(SettingForm):
    """Which files are taken, and how many."""

    part = "uploads"
    title = _("Files")
    names: ClassVar = {field: f"files.{name}" for field, name in POLICY.items()}
    more: ClassVar = {
        "kinds": _(
            "A file is judged by its content and not by its name. Programs, scripts and documents "
            "with macros are never taken."
        ),
        "encrypted_archives": _(
            "What is in an archive with a password cannot be inspected or scanned for viruses by "
            "anybody but those who know the password."
        ),
    }

    largest = forms.IntegerField(
        label=_("Largest file, in MB"),
        min_value=1,
        max_value=2_000,
        help_text=_("A longer video or scan is refused when it is chosen."),
    )
    per_visitor = forms.IntegerField(
        label=_("Of one client in all, in MB"),
        min_value=1,
        max_value=1_000_000,
        help_text=_("When it is used up, the client is told to delete something."),
    )
    in_all = forms.IntegerField(
        label=_("Of the organisation in all, in MB"),
        min_value=1,
        max_value=100_000_000,
        help_text=_("Keeps one organisation from filling the disk of all."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Kinds of files"),
        choices=[(kind.value, kind.value.upper()) for kind in Kind],
        help_text=_("What clients and advisers may send each other; at least one."),
        widget=forms.CheckboxSelectMultiple,
    )
    encrypted_archives = forms.BooleanField(
        label=_("Take archives with a password"),
        required=False,
        help_text=_("Nobody can look into them for what is dangerous."),
    )

    @classmethod
    def read(cls) -> dict[str, Any]:
        policy = FilePolicy.of_tenant()
        stored = {field: getattr(policy, name) for field, name in POLICY.items()}
        for field in ("largest", "per_visitor", "in_all"):
            stored[field] //= MEGABYTE
        return {**stored, "kinds": [kind.value for kind in Kind if kind in policy.kinds]}

    def store(self, changed: dict[str, Any], person: Person) -> None:
        values = {
            POLICY[field]: value * MEGABYTE if POLICY[field].endswith("_bytes") else value
            for field, value in changed.items()
        }
        try:
            change_policy(person, **values)
        except ValueError as refusal:
            raise RefusedSetting("largest", str(refusal)) from None

    def note(self, names: set[str], person: Person) -> None:
        """By `change_policy`, which tells the trail more."""


def _snippet(request: HttpRequest) -> dict[str, Any]:
    chat = f"{request.scheme}://chat.{request.get_host()}"
    return {
        "snippet": f'<script src="{chat}/loader.js" async></script>',
        "policy": f"script-src {chat}; frame-src {chat}",
        "organisation_has_pages": bool(Organisation.of_tenant().page_origins),
    }


chat = setting_page("desk:chat", "administration/chat.html", [ChatForm, UploadsForm], _snippet)

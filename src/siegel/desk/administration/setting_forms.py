"""Forms for settings: what is stored is read, what was changed is stored and noted, by name."""

from typing import Any, ClassVar, NamedTuple

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from siegel.conversations.bodies import NO_TEXT
from siegel.identity.models import Organisation, Person, SettingChange
from siegel.identity.setting_changes import note_change, who_changed
from siegel.tenancy.writing import write_transaction


class RefusedSetting(ValueError):
    """A value cannot be stored; `field` (None: the whole form) is told the `message`."""

    def __init__(self, field: str | None, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class Line(forms.CharField):
    """One line of text without control characters."""

    def validate(self, value: Any) -> None:
        super().validate(value)
        if NO_TEXT.search(value) or "\n" in value:
            raise forms.ValidationError(
                _("This holds characters that cannot be shown. Type it anew instead of pasting it.")
            )


class Paragraphs(forms.CharField):
    """Plain text in lines; a browser's line ends become those that are stored."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        return (super().to_python(value) or "").replace("\r\n", "\n")

    def validate(self, value: Any) -> None:
        super().validate(value)
        if NO_TEXT.search(value):
            raise forms.ValidationError(
                _("This holds characters that cannot be shown. Paste it as plain text.")
            )


class Row(NamedTuple):
    """A field as a page shows it: with who changed it, what is stored, and more help."""

    field: forms.BoundField
    shown: str
    change: SettingChange | None
    # Several fields of one setting say once who changed it.
    tells_change: bool
    more: str


class SettingForm(forms.Form):
    """The settings of one part of a page. A field's setting is named in `names`, else as it is."""

    part: ClassVar[str]
    title: ClassVar[Any]
    names: ClassVar[dict[str, str]] = {}
    more: ClassVar[dict[str, Any]] = {}
    saving: ClassVar[Any] = gettext_lazy("Save")

    @classmethod
    def read(cls) -> dict[str, Any]:
        """What is stored, by field, in the form in which the fields give it back."""
        organisation = Organisation.of_tenant()
        return {field: getattr(organisation, field) for field in cls.base_fields}

    def store(self, changed: dict[str, Any], person: Person) -> None:
        """Store the changed fields, within a write transaction; raises RefusedSetting."""
        organisation = Organisation.of_tenant()
        for field, value in changed.items():
            setattr(organisation, field, value)
        organisation.save(update_fields=list(changed))

    def note(self, names: set[str], person: Person) -> None:
        """Note which settings have changed, within the same transaction."""
        for name in sorted(names):
            note_change(name, person)

    @classmethod
    def setting(cls, field: str) -> str:
        """The name under which changes of a field are noted."""
        return cls.names.get(field, field)

    @classmethod
    def settings(cls) -> set[str]:
        """The names of all settings of this part."""
        return {cls.setting(field) for field in cls.base_fields}

    @classmethod
    def seen(cls) -> str:
        """Names the state of the settings: another one means that somebody changed them."""
        return max((c.at.isoformat() for c in who_changed(cls.settings()).values()), default="")

    def save(self, person: Person, seen: str) -> bool:
        """Store and note what differs from what is stored; without success the form says why."""
        if not self.is_valid():
            return False
        try:
            with write_transaction():
                self._refuse_if_overtaken(seen)
                stored = self.read()
                given = self.cleaned_data
                changed = {field: given[field] for field in stored if given[field] != stored[field]}
                if changed:
                    self.store(changed, person)
                    self.note({self.setting(field) for field in changed}, person)
        except RefusedSetting as refusal:
            self.add_error(refusal.field, refusal.message)
            return False
        return True

    def _refuse_if_overtaken(self, seen: str) -> None:
        if seen == self.seen():
            return
        changes = who_changed(self.settings()).values()
        # None of a state that an operator has put back to before the first change.
        newest = max(changes, key=lambda change: change.at, default=None)
        raise RefusedSetting(
            None,
            _(
                "%(name)s changed something here while you were writing. What you wrote is kept "
                "below and is not saved yet. Compare it with what is stored, and save again."
            )
            % {"name": newest.by.name if newest and newest.by else _("The operator")},
        )

    def rows(self) -> list[Row]:
        """The fields in order, as a page shows them."""
        changes = who_changed(self.settings())
        told: set[str] = set()
        rows: list[Row] = []
        for bound in self:
            name = self.setting(bound.name)
            more = str(self.more.get(bound.name, ""))
            shown = self.shown(bound.name, self.get_initial_for_field(bound.field, bound.name))
            rows.append(Row(bound, shown, changes.get(name), name not in told, more))
            told.add(name)
        return rows

    def shown(self, field: str, value: Any) -> str:
        """A stored value for those who may only read it."""
        chosen = self.fields[field]
        if isinstance(chosen, forms.BooleanField):
            return _("yes") if value else _("no")
        if isinstance(chosen, (forms.ChoiceField, forms.MultipleChoiceField)):
            values = value if isinstance(value, list) else [value]
            names = {str(key): str(label) for key, label in chosen.widget.choices}
            return ", ".join(names.get(str(one), str(one)) for one in values)
        return str(value)

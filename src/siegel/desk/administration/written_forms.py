"""Forms whose fields their templates write themselves, each with its own name as its id."""

from typing import Any

from django import forms


class WrittenForm(forms.Form):
    """What is said of a problem leads to the field by that id."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named | {"auto_id": "%s"})

"""Who changed a setting last: kept for each setting by name, and noted in the trail."""

from collections.abc import Iterable

from django.utils import timezone

from siegel.audit import trail
from siegel.identity.acting import acting
from siegel.identity.models import Person, SettingChange


def remember_change(name: str, by: Person | None) -> str:
    """Keep who changed a setting last; `by` is None for the operator. Returns the trail's name.

    Inside the write transaction that changes it. Raises django's PermissionDenied if they are no
    administrator any more.
    """
    actor = acting(by)
    SettingChange.objects.update_or_create(name=name, defaults={"by": by, "at": timezone.now()})
    return actor


def note_change(name: str, by: Person | None, **facts: int | None) -> None:
    """`remember_change`, and note it in the trail, for what no other action there tells.

    `facts` are numbers: of texts the trail tells only that they have changed.
    """
    actor = remember_change(name, by)
    trail.append([trail.Event(actor, "settings.changed", f"setting:{name}", dict(facts))])


def who_changed(names: Iterable[str]) -> dict[str, SettingChange]:
    """The last change of each of these settings that ever changed, with its person."""
    found = SettingChange.objects.select_related("by").filter(name__in=list(names))
    return {change.name: change for change in found}


def last_changes(count: int) -> list[SettingChange]:
    """The settings that were changed last, newest first."""
    return list(SettingChange.objects.select_related("by").order_by("-at")[:count])

"""All checks of an installation, one by one: one that fails to run hides no other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core import checks
from django.core.checks.registry import registry

from siegel.tenancy.checks import INSTALLATION

NOT_DONE = "siegel.tenancy.E000"


@dataclass(frozen=True, slots=True)
class Found:
    """A misconfiguration: `level` is error or warning."""

    level: str
    id: str
    message: str
    remedy: str

    def facts(self) -> dict[str, str]:
        """For programs."""
        return {
            "level": self.level,
            "id": self.id,
            "message": self.message,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found by how many checks, errors first."""

    checks: int
    found: list[Found]

    @property
    def errors(self) -> int:
        return sum(found.level == "error" for found in self.found)

    @property
    def warnings(self) -> int:
        return len(self.found) - self.errors


def examine() -> Diagnosis:
    """Run Django's checks and those of the installation; changes nothing, and never raises."""
    wanted = [*registry.registered_checks]
    wanted += [c for c in registry.deployment_checks if INSTALLATION in getattr(c, "tags", ())]
    found = [_found(message) for check in wanted for message in _done(check)]
    return Diagnosis(len(wanted), sorted(found, key=lambda one: (one.level, one.id, one.message)))


def _done(check: Callable[..., Any]) -> list[checks.CheckMessage]:
    try:
        messages = check(app_configs=None, databases=None)
    except Exception as error:  # noqa: BLE001 - whatever it was, the other checks go on
        message = f"The check {check.__name__} could not be done: {type(error).__name__}."
        hint = (
            "Mend what the other checks report and call this again; if it stays, it is a defect of "
            "Siegel: report it."
        )
        return [checks.Error(message, hint=hint, id=NOT_DONE)]
    return [m for m in messages if m.level >= checks.WARNING and not m.is_silenced()]


def _found(message: checks.CheckMessage) -> Found:
    return Found(
        level="error" if message.level >= checks.ERROR else "warning",
        id=message.id or "",
        message=str(message.msg),
        remedy=message.hint or "",
    )

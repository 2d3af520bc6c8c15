"""Which database a model lies in: closed lists, and an error instead of a default."""

from typing import Any

from django.db import models

from siegel.tenancy.context import WrongTenant, served

CONTROL_PLANE = frozenset({"tenancy", "trust"})
TENANT_PLANE = frozenset(
    {
        "account",
        "audit",
        "auth",
        "contenttypes",
        "conversations",
        "django_cache",
        "files",
        "identity",
        "mfa",
        "tenant_proof",
        "widget",
    }
)


class PlaneRouter:
    """Routes control-plane models to `default` and all others to the tenant being served."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:
        return self._database(model, hints.get("instance"))

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str:
        return self._database(model, hints.get("instance"))

    def _database(self, model: type[models.Model], instance: models.Model | None) -> str:
        label = model._meta.app_label
        if label in CONTROL_PLANE:
            return "default"
        if label not in TENANT_PLANE:
            raise LookupError(f"{model._meta.label} is in no plane: add its app to a list above.")
        tenant = served().id
        if instance is not None and instance._state.db not in (None, tenant):
            raise WrongTenant(
                f"{model._meta.label} of {instance._state.db} is used while {tenant} is served."
            )
        return tenant

    def allow_relation(self, one: models.Model, other: models.Model, **hints: Any) -> bool:
        return one._state.db == other._state.db

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return (app_label in CONTROL_PLANE) == (db == "default")

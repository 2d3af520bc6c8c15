"""Nothing reaches a tenant's database but what serves that tenant."""

import threading

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connections, models
from django.utils.connection import ConnectionDoesNotExist

from siegel.conversations.models import Contact
from siegel.tenancy.context import (
    NoTenantServed,
    ServedTenant,
    WrongTenant,
    served,
    served_or_none,
    serving,
)
from siegel.tenancy.models import Tenant
from siegel.tenancy.routing import CONTROL_PLANE, TENANT_PLANE, PlaneRouter
from tests.cast import Organisation


def test_without_a_tenant_there_is_no_database(bank: Organisation) -> None:
    with pytest.raises(NoTenantServed):
        Contact.objects.count()
    with pytest.raises(NoTenantServed):
        served()
    with pytest.raises(NoTenantServed):
        connections[bank.tenant.id]


def test_an_unknown_alias_is_refused() -> None:
    tenant = ServedTenant(id="tnothing")
    with pytest.raises((NoTenantServed, ConnectionDoesNotExist)):
        connections["something"]
    with serving(tenant), pytest.raises(WrongTenant):
        connections["something"]


def test_another_tenant_cannot_be_served_inside(bank: Organisation, insurer: Organisation) -> None:
    with serving(bank.tenant):
        with serving(bank.tenant):
            assert served() == bank.tenant
        with pytest.raises(WrongTenant), serving(insurer.tenant):
            pass
        assert served() == bank.tenant
    assert served_or_none() is None


def test_rows_of_one_tenant_are_not_the_others(bank: Organisation, insurer: Organisation) -> None:
    with serving(bank.tenant):
        Contact.objects.create(name="Vera")
    with serving(insurer.tenant):
        assert Contact.objects.count() == 0


def test_a_row_of_one_cannot_be_saved_or_deleted_at_the_other(
    bank: Organisation, insurer: Organisation
) -> None:
    with serving(bank.tenant):
        contact = Contact.objects.create(name="Vera")
    with serving(insurer.tenant):
        for attempt in (
            contact.save,
            contact.delete,
            contact.refresh_from_db,
            lambda: contact.save(using=insurer.tenant.id),
            lambda: contact.delete(using=insurer.tenant.id),
            contact.conversations.count,
        ):
            with pytest.raises(WrongTenant):
                attempt()
        assert Contact.objects.count() == 0
    with serving(bank.tenant):
        contact.delete()


@pytest.mark.parametrize("method", ["using", "db_manager"])
def test_naming_the_others_alias_does_not_help(
    bank: Organisation, insurer: Organisation, method: str
) -> None:
    with serving(insurer.tenant), pytest.raises(WrongTenant):
        getattr(Contact.objects, method)(bank.tenant.id).count()


def test_relations_do_not_cross(bank: Organisation, insurer: Organisation) -> None:
    theirs = insurer.conversation()
    with serving(bank.tenant):
        contact = Contact.objects.create()
    with serving(insurer.tenant), pytest.raises(ValueError, match="router"):
        theirs.contact = contact


def test_a_thread_does_not_inherit_the_tenant(bank: Organisation) -> None:
    seen: list[ServedTenant | None] = []
    with serving(bank.tenant):
        thread = threading.Thread(target=lambda: seen.append(served_or_none()))
        thread.start()
        thread.join()
    assert seen == [None]


def test_every_model_lies_in_exactly_one_plane() -> None:
    assert not CONTROL_PLANE & TENANT_PLANE
    for model in apps.get_models():
        assert (model._meta.app_label in CONTROL_PLANE) != (
            model._meta.app_label in TENANT_PLANE
        ), model


def test_no_foreign_key_crosses_the_planes() -> None:
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey):
                target = field.related_model._meta.app_label
                assert (model._meta.app_label in CONTROL_PLANE) == (target in CONTROL_PLANE)


def test_a_model_in_no_plane_is_an_error() -> None:
    class Stray(models.Model):  # noqa: DJ008 - nobody reads it
        class Meta:
            app_label = "nowhere"
            managed = False

    with pytest.raises(LookupError, match="no plane"):
        PlaneRouter().db_for_read(Stray)
    del apps.all_models["nowhere"]


def test_types_and_permissions_have_the_same_ids_everywhere(
    bank: Organisation, insurer: Organisation
) -> None:
    found = []
    for tenant in (bank.tenant, insurer.tenant):
        with serving(tenant):
            found.append(
                (
                    list(ContentType.objects.order_by("pk").values_list("pk", "model")),
                    list(Permission.objects.order_by("pk").values_list("pk", "codename")),
                )
            )
    assert found[0] == found[1]
    assert found[0][0]


def test_the_control_plane_needs_no_tenant(bank: Organisation) -> None:
    assert str(Tenant.objects.get(slug="bank")) == "bank"

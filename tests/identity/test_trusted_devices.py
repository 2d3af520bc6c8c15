"""Browsers in which the password is enough: for a month, for their person, until things change."""

import uuid
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.identity import trusted_devices
from siegel.identity.models import Person, Token
from siegel.identity.second_factors import Need
from siegel.identity.trusted_devices import (
    COOKIE,
    devices_of,
    forget_device,
    forget_devices,
    is_trusted,
    trust,
)
from siegel.tenancy.context import serving
from tests.cast import PASSWORD, Organisation
from tests.identity.clocks import Clock


def trusted(bank: Organisation, person: Person) -> tuple[Any, HttpResponse]:
    """A request of a browser that somebody trusts, and the answer that made it so."""
    response = HttpResponse()
    request = RequestFactory(headers={"host": bank.host}).get("/")
    request.META["HTTP_USER_AGENT"] = "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"
    trust(request, person, response)
    request.COOKIES[COOKIE] = response.cookies[COOKIE].value
    return request, response


def test_it_is_remembered_for_a_month(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    with serving(bank.tenant):
        request, response = trusted(bank, bank.ada)
        cookie = response.cookies[COOKIE]
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["max-age"] == 30 * 24 * 3600
        assert is_trusted(request, bank.ada)
        (device,) = devices_of(bank.ada)
        assert device.scope["browser"] == "Firefox, Windows"
        assert device.last_used_at is not None
        assert cookie.value not in str(Token.objects.values())
        assert TrailEntry.objects.latest("seq").action == "device.trusted"
        clock.passes(days=29, hours=23)
        assert is_trusted(request, bank.ada)
        clock.passes(hours=1)
        assert not is_trusted(request, bank.ada)


def test_it_is_its_persons_and_its_tenants(bank: Organisation, insurer: Organisation) -> None:
    with serving(bank.tenant):
        request, _ = trusted(bank, bank.ada)
        assert not is_trusted(request, bank.ben)
    with serving(insurer.tenant):
        assert not is_trusted(request, insurer.ada)
        request.COOKIES[COOKIE] = "sgl_d_nothing"
        assert not is_trusted(request, insurer.ada)


def test_another_password_ends_it(bank: Organisation) -> None:
    with serving(bank.tenant):
        request, _ = trusted(bank, bank.ada)
        Person.objects.filter(pk=bank.ada.pk).update(password="another record")
        person = Person.objects.get(pk=bank.ada.pk)
        assert not is_trusted(request, person)
        assert devices_of(person) == []


def test_the_same_password_hashed_anew_does_not(bank: Organisation) -> None:
    with serving(bank.tenant):
        request, _ = trusted(bank, bank.ada)
        before = bank.ada.password
        assert bank.ada.check_password(PASSWORD)  # Of the time before there was a pepper.
        person = Person.objects.get(pk=bank.ada.pk)
        assert person.password != before
        assert is_trusted(request, person)


def test_operators_show_their_key_each_time(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(bank.tenant):
        request, _ = trusted(bank, bank.ada)
        monkeypatch.setattr(trusted_devices, "need_of", lambda _person: Need.PHISHING_RESISTANT)
        assert not is_trusted(request, bank.ada)


def test_it_can_be_forgotten(bank: Organisation) -> None:
    with serving(bank.tenant):
        (request, _), (other, _) = trusted(bank, bank.ada), trusted(bank, bank.ada)
        newest, oldest = devices_of(bank.ada)
        forget_device(bank.ada, oldest.pk)
        assert TrailEntry.objects.latest("seq").action == "device.forgotten"
        assert not is_trusted(request, bank.ada)
        assert is_trusted(other, bank.ada)
        for person, identifier in [
            (bank.ben, newest.pk),
            (bank.ada, oldest.pk),
            (bank.ada, uuid.uuid4()),
        ]:
            with pytest.raises(Token.DoesNotExist):
                forget_device(person, identifier)
        forget_devices(bank.ada)
        assert not is_trusted(other, bank.ada)
        assert timezone.now() >= newest.created_at


def test_one_forgotten_at_this_very_moment_is_not_trusted(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgotten(person: Person) -> bool:
        forget_devices(person)
        return True

    with serving(bank.tenant):
        request, _ = trusted(bank, bank.ada)
        monkeypatch.setattr(trusted_devices, "may_trust", forgotten)
        assert not is_trusted(request, bank.ada)

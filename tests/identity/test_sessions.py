"""Sessions of nobody are short, and what has expired is deleted."""

import datetime as dt

from django.utils import timezone

from siegel.identity.jobs import delete_sessions, tidy_every_tenant
from siegel.identity.models import Session
from siegel.tenancy import suspending
from siegel.tenancy.context import serving
from siegel.tenancy.job_kinds import all_periodic
from siegel.tenancy.models import Job
from tests.cast import PASSWORD, Organisation

MINUTE = dt.timedelta(minutes=1)


def lasts(bank: Organisation) -> dt.timedelta:
    """How long the newest session lasts."""
    with serving(bank.tenant):
        return Session.objects.latest("expire_date").expire_date - timezone.now()


def test_a_stranger_has_a_session_for_an_hour_and_a_person_for_twelve(bank: Organisation) -> None:
    browser = bank.anonymous()
    assert browser.get("/sign-in/").cookies["__Host-session"]["max-age"] == 3600
    assert abs(lasts(bank) - dt.timedelta(hours=1)) < MINUTE
    signed_in = browser.post("/sign-in/", {"login": "ada@bank.example", "password": PASSWORD})
    assert signed_in.status_code == 302
    assert abs(lasts(bank) - dt.timedelta(hours=12)) < MINUTE
    with serving(bank.tenant):
        assert Session.objects.count() == 1
    assert browser.get("/inbox/").status_code == 200
    browser.post("/sign-out/")
    assert browser.get("/inbox/").status_code == 302


def test_expired_sessions_are_deleted_and_others_kept(bank: Organisation) -> None:
    desk = bank.desk(bank.ada)
    for _ in range(3):
        bank.anonymous().get("/sign-in/")
    with serving(bank.tenant):
        anonymous = Session.objects.filter(expire_date__lt=timezone.now() + 2 * 60 * MINUTE)
        assert anonymous.update(expire_date=timezone.now() - MINUTE) == 3
        delete_sessions()
        assert Session.objects.count() == 1
    assert desk.get("/inbox/").status_code == 200


def test_every_active_tenant_is_cleared_every_hour(
    bank: Organisation, insurer: Organisation
) -> None:
    found = [periodic for periodic in all_periodic() if periodic.kind == tidy_every_tenant]
    assert [periodic.every for periodic in found] == [dt.timedelta(hours=1)]
    suspending.suspend("insurer", "test")
    tidy_every_tenant()
    jobs = Job.objects.filter(name=delete_sessions.name)
    assert [job.tenant for job in jobs] == [bank.tenant.id]

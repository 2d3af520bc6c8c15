"""The administration's page of the rule and the holds."""

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from siegel.audit.reading import newest
from siegel.conversations.holding import hold
from siegel.conversations.models import Conversation, LegalHold, State
from siegel.conversations.retention import delete_due
from siegel.desk.administration import retention
from siegel.identity.models import Organisation as OrganisationRow
from siegel.identity.models import SettingChange
from siegel.identity.roles import Role
from siegel.tenancy.context import serving
from tests.cast import Organisation

PAGE = "/administration/retention/"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def resolved(bank: Organisation, days: int) -> Conversation:
    conversation = bank.conversation()
    with serving(bank.tenant):
        Conversation.objects.filter(pk=conversation.pk).update(
            state=State.RESOLVED,
            resolved_at=timezone.now() - dt.timedelta(days=days),
            excerpt="Geheime Frage",
        )
    return conversation


def days(bank: Organisation) -> int | None:
    with serving(bank.tenant):
        return OrganisationRow.of_tenant().retention_days


def test_the_rule_is_set_after_saying_what_it_deletes(bank: Organisation) -> None:
    resolved(bank, 40)
    resolved(bank, 20)
    mia = bank.desk(bank.mia)
    assert "are never deleted" in text(mia.get(PAGE))
    question = text(mia.post(f"{PAGE}rule/", {"days": " 30 "}))
    assert "The next run deletes 1 conversation for good" in question
    assert days(bank) is None
    answer = mia.post(f"{PAGE}rule/", {"days": "30", "confirmed": "yes"})
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    assert days(bank) == 30
    page = text(mia.get(PAGE))
    assert "are deleted 30 days after" in page
    assert "The next run deletes 1 conversation." in page
    assert "Mia Maurer" in page
    with serving(bank.tenant):
        delete_due()
        SettingChange.objects.update(by=None)
    page = text(mia.get(PAGE))
    assert "The last one deleted 1 and failed at 0" in page
    assert "the operator" in page
    assert "Never delete" in text(mia.post(f"{PAGE}rule/", {"days": ""}))
    mia.post(f"{PAGE}rule/", {"days": "", "confirmed": "yes"})
    assert days(bank) is None


@pytest.mark.parametrize("wanted", ["0", "-1", "36501", "1.5", "x", "٣", "1" * 5000])
def test_what_is_no_number_of_days_is_refused(bank: Organisation, wanted: str) -> None:
    answer = bank.desk(bank.mia).post(f"{PAGE}rule/", {"days": wanted, "confirmed": "yes"})
    assert answer.status_code == 422
    assert "not a whole number from 1 to 36500" in text(answer)
    assert days(bank) is None


def test_holds_are_listed_without_content_and_lifted(bank: Organisation) -> None:
    conversation = resolved(bank, 40)
    with serving(bank.tenant):
        hold(bank.ada, conversation, "Rechtsstreit")
    mia = bank.desk(bank.mia)
    page = text(mia.get(PAGE))
    for shown in (str(conversation.pk), "Rechtsstreit", "Ada Adler"):
        assert shown in page
    assert "Geheime Frage" not in page
    address = f"{PAGE}holds/{conversation.pk}/lift/"
    assert mia.post(address).headers["Location"] == PAGE
    assert mia.post(address).status_code == 404
    with serving(bank.tenant):
        assert not LegalHold.objects.exists()
    assert "No conversation is held" in text(mia.get(PAGE))


def test_many_holds_come_in_pages(bank: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "HOLDS_OF_PAGE", 2)
    with serving(bank.tenant):
        for number in range(5):
            hold(bank.ada, bank.conversation(), f"Grund {number}")
    mia = bank.desk(bank.mia)

    def reasons(query: str) -> list[str]:
        return re.findall("Grund [0-9]", text(mia.get(f"{PAGE}{query}")))

    assert reasons("") == ["Grund 0", "Grund 1"]
    assert reasons("?page=2") == ["Grund 2", "Grund 3"]
    assert reasons("?page=3") == reasons("?page=99") == ["Grund 4"]
    assert reasons("?page=x") == reasons("")
    first, second = text(mia.get(PAGE)), text(mia.get(f"{PAGE}?page=2"))
    assert "Page 2 of 3" in second
    assert ('rel="prev"' in first, 'rel="next"' in first) == (False, True)
    assert ('href="?page=1"' in second, 'href="?page=3"' in second) == (True, True)


def test_the_last_run_is_looked_up_without_reading_messages(bank: Organisation) -> None:
    with serving(bank.tenant), CaptureQueriesContext(connections[bank.tenant.id]) as queries:
        assert newest("retention.ran") is None
        with connections[bank.tenant.id].cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {queries[0]['sql']}")
            plan = " / ".join(row[3] for row in cursor.fetchall())
    assert "SEARCH audit_trailentry USING INDEX trail_by_action (action=?)" in plan
    assert "SCAN" not in plan


def test_an_auditor_sees_it_and_changes_nothing(bank: Organisation) -> None:
    conversation = resolved(bank, 40)
    with serving(bank.tenant):
        hold(bank.ada, conversation, "Rechtsstreit")
        bank.ben.roles = [Role.AUDITOR]
        bank.ben.save()
    ben = bank.desk(bank.ben)
    page = text(ben.get(PAGE))
    assert "Rechtsstreit" in page
    assert "<form" not in page.split("<main")[1]
    for what in ("rule/", f"holds/{conversation.pk}/lift/"):
        assert ben.post(f"{PAGE}{what}", {"days": "1", "confirmed": "yes"}).status_code == 403
    assert bank.desk(bank.ada).get(PAGE).status_code == 403

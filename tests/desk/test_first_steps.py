"""The first steps of a new organisation, what was changed last, and the guide."""

import pytest
from django.test import Client

from siegel.desk.administration.checklist import steps
from siegel.identity.models import Organisation as OrganisationRow
from siegel.identity.models import Person, Team
from siegel.identity.setting_changes import note_change
from siegel.tenancy.context import serving
from siegel.tenancy.writing import write_transaction
from tests.cast import Organisation

HERE = "/administration/checklist/"


@pytest.fixture
def mia(bank: Organisation) -> Client:
    with serving(bank.tenant):
        Person.objects.exclude(pk=bank.mia.pk).delete()
        OrganisationRow.objects.update(page_origins=[])
    return bank.desk(bank.mia)


def done(bank: Organisation) -> list[str]:
    with serving(bank.tenant):
        return [step.name for step in steps() if step.is_done]


def test_steps_are_ticked_off_by_what_is_so(bank: Organisation, mia: Client) -> None:
    assert done(bank) == []
    page = mia.get("/administration/").content.decode()
    assert "0 of 8 are done." in page
    assert "○" in page
    assert "Nothing was changed since" in page
    with serving(bank.tenant):
        OrganisationRow.objects.update(
            imprint="Bank\nTor 1",
            privacy_notice="Unser Hinweis",
            office_note="täglich",
            page_origins=["https://a.example"],
        )
        Team.objects.create(name="Schaden")
        Person.objects.create(name="Neu", email="neu@bank.example")
    assert done(bank) == ["imprint", "privacy", "hours", "pages", "people", "teams"]
    page = mia.get("/administration/").content.decode()
    assert "6 of 8 are done." in page
    assert "✓" in page
    with serving(bank.tenant), write_transaction():
        note_change("retention_days", bank.mia)
        note_change("files.kinds", None)
        note_change("something.new", None)
    page = mia.get("/administration/").content.decode()
    assert "First steps" not in page
    assert "How long conversations are kept" in page
    assert "something.new" in page
    assert (
        page.index("something.new") < page.index("Kinds of files") < page.index("Mia Maurer</bdi>")
    )


def test_leaving_something_as_it_is_is_a_decision(bank: Organisation, mia: Client) -> None:
    for name in ("teams", "retention", "files"):
        assert mia.post(HERE, {"keep": name}).headers["Location"] == "/administration/"
    assert done(bank) == ["teams", "retention", "files"]
    page = mia.get("/administration/").content.decode()
    assert "Decided: no teams" in page
    assert mia.post(HERE, {"keep": "imprint"}).status_code == 404


def test_the_list_is_put_away_and_brought_back(mia: Client) -> None:
    page = mia.post(HERE, {"list": "away"}, follow=True).content.decode()
    assert "are done." not in page
    assert "Show the first steps again" in page
    assert "are done." in mia.post(HERE, {"list": "back"}, follow=True).content.decode()


def test_a_step_leads_where_it_is_taken(bank: Organisation) -> None:
    with serving(bank.tenant):
        addresses = {step.name: step.address for step in steps()}
    assert addresses["imprint"] == "/administration/organisation/"
    assert addresses["files"] == "/administration/chat/#uploads"


@pytest.mark.parametrize(
    ("language", "words"), [("de", "Der Posteingang"), ("en", "The inbox"), ("fr", "The inbox")]
)
def test_the_guide_is_for_everybody_in_two_originals(
    bank: Organisation, language: str, words: str
) -> None:
    for person in (bank.ada, bank.mia):
        page = bank.desk(person).get("/help/", headers={"accept-language": language})
        assert page.status_code == 200
        assert f"<h3>{words}</h3>" in page.content.decode()
    assert 'href="/help/"' in bank.desk(bank.ada).get("/inbox/").content.decode()


def test_a_tenant_without_organisation_can_be_signed_in_to(bank: Organisation) -> None:
    with serving(bank.tenant):
        OrganisationRow.objects.all().delete()
    assert bank.anonymous().get("/sign-in/").status_code == 200

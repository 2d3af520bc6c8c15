"""What administrators do about the second factors of others, and operators on the command line."""

from unittest import mock

from click.testing import CliRunner

from siegel.audit.models import TrailEntry
from siegel.cli import main
from siegel.identity.authenticator_app import store_app
from siegel.identity.models import Organisation as Settings
from siegel.identity.roles import Role
from siegel.identity.second_factors import factors_of
from siegel.tenancy.context import serving
from tests.cast import SEED, Organisation
from tests.identity.test_factor_gate import signed_in

ROLES = "/administration/second-factors/"


def test_an_administrator_helps_who_has_lost_theirs(bank: Organisation) -> None:
    zoe = bank.hire("Zoe Zander", Role.ADMINISTRATOR)
    mia, theirs = bank.desk(bank.mia), bank.desk(zoe)
    person = f"/administration/people/{zoe.pk}/"
    english = {"accept-language": "en"}
    assert "Reset the second factors of" in mia.get(person, headers=english).content.decode()
    answer = mia.post(f"{person}reset-factors/")
    assert answer.headers["Location"] == f"{person}?done=factors-reset"
    assert "Reset the second factors of" not in mia.get(person, headers=english).content.decode()
    assert theirs.get("/help/").status_code == 302
    # With the password they come as far as the set-up.
    assert signed_in(bank, zoe).get("/administration/").headers["Location"] == "/account/factors/"


def test_a_new_password_is_asked_for_with_it(bank: Organisation) -> None:
    zoe = bank.hire("Zoe Zander", Role.ADMINISTRATOR)
    mia, person = bank.desk(bank.mia), f"/administration/people/{zoe.pk}/"
    page = mia.get(person, headers={"accept-language": "en"}).content.decode()
    assert "the password alone opens the account" in page
    assert 'name="choose_new" value="yes" checked' in page
    handed_over = mia.post(f"{person}reset-factors/", {"choose_new": "yes"}).content.decode()
    assert "/reset/#sgl_r_" in handed_over
    with serving(bank.tenant):
        assert factors_of(zoe) == []
        actions = TrailEntry.objects.filter(subject=f"person:{zoe.pk}").order_by("seq")
        assert [entry.action for entry in actions] == [
            "person.factors-reset", "person.reset-started",
        ]  # fmt: skip
        store_app(zoe, "Phone", SEED, 0)
    with mock.patch("siegel.identity.mail_server.is_configured", return_value=True):
        answer = mia.post(f"{person}reset-factors/", {"choose_new": "yes"})
    assert answer.headers["Location"] == f"{person}?done=factors-and-password-reset"
    with serving(bank.tenant):
        zoe.is_active = False
        zoe.save()
        store_app(zoe, "Phone", SEED, 0)
    assert 'name="password"' not in mia.get(person).content.decode()


def test_nobody_resets_their_own_that_way(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    person = f"/administration/people/{bank.mia.pk}/"
    answer = mia.post(f"{person}reset-factors/")
    assert answer.headers["Location"] == f"{person}?done=own-factors"
    with serving(bank.tenant):
        assert len(factors_of(bank.mia)) == 1


def test_the_organisation_decides_who_needs_one(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    page = mia.get(ROLES, headers={"accept-language": "en"}).content.decode()
    assert "2 active people have no second factor" in page
    sent = {"part": "factors", "seen": "", "factor_roles": ["adviser"]}
    assert mia.post(ROLES, sent).headers["Location"] == f"{ROLES}?saved=factors#factors"
    with serving(bank.tenant):
        assert Settings.of_tenant().factor_roles == ["adviser"]
        entry = TrailEntry.objects.get(action="settings.changed")
        assert entry.subject == "setting:factor_roles"
    assert signed_in(bank, bank.ada).get("/inbox/").headers["Location"] == "/account/factors/"
    sent |= {"factor_roles": ["administrator"]}
    assert mia.post(ROLES, sent).status_code == 422


def test_the_operator_helps_the_last_administrator(bank: Organisation) -> None:
    runner = CliRunner()
    done = runner.invoke(main, ["people", "reset-factors", "bank", "MIA@bank.example"])
    assert done.output == "MIA@bank.example: 1 second factors removed.\n"
    with serving(bank.tenant):
        entry = TrailEntry.objects.get(action="person.factors-reset")
        assert entry.actor == "operator"
    assert (
        signed_in(bank, bank.mia).get("/administration/").headers["Location"] == "/account/factors/"
    )
    refused = runner.invoke(main, ["people", "reset-factors", "bank", "nobody@bank.example"])
    assert refused.exit_code == 1
    assert "nobody with the address nobody@bank.example" in refused.output


def test_the_last_administrator_stays_one(bank: Organisation) -> None:
    """Else nobody could help the others."""
    person = f"/administration/people/{bank.mia.pk}/"
    answer = bank.desk(bank.mia).post(person, {"name": "Mia", "roles": ["adviser"]})
    assert answer.status_code == 422

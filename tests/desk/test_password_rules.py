"""The administration's page of the rules for passwords."""

import dataclasses
import datetime as dt
import re
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.desk.administration import passwords
from siegel.desk.administration.password_forms import as_typed
from siegel.identity.models import PasswordPolicyProposal, PasswordPolicyVersion, Session
from siegel.identity.password_policy import PRESETS, Audience, Policy, Preset
from siegel.identity.password_standards import TITLES, departures, standings
from siegel.identity.policies import let_hold, policy_of
from siegel.identity.roles import Role
from siegel.identity.session_engine import SessionStore
from siegel.identity.weakening import decide
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.identity.rules import change, long_here

PAGE = "/administration/passwords/"
STRICTER = Policy(min_length=17, words=("Girokonto",))


def text(answer: Any) -> str:
    return str(answer.content.decode())


def typed(policy: Policy, reason: str = "", **more: str) -> dict[str, str]:
    fields = as_typed(policy, reason)
    sent = {
        name: str(value)
        for name, value in fields.items()
        if value not in ("", None) and value is not False
    }
    return sent | {"audience": "adviser", "base": "0"} | more


def proved_long_ago(bank: Organisation) -> None:
    with serving(bank.tenant):
        long_ago = timezone.now() - dt.timedelta(minutes=6)
        Session.objects.update(authenticated_at=long_ago)


def holds(bank: Organisation, audience: Audience = Audience.ADVISER) -> Policy:
    with serving(bank.tenant):
        return policy_of(audience)


def test_every_rule_is_shown_beside_what_the_standards_ask(bank: Organisation) -> None:
    page = text(bank.desk(bank.mia).get(PAGE))
    assert page.count('class="standing"') == len(TITLES) == 14
    assert "NIST 3.1.1.2 asks for 15" in page
    assert "Departs from" not in page
    assert "What holds now is the preset nist-2025" in page
    assert "Never changed" in page
    for audience in Audience:
        assert f"?audience={audience}" in page
        answer = bank.desk(bank.mia).get(f"{PAGE}?audience={audience}")
        assert ("Nobody signs in with a password" in text(answer)) is (
            audience in {Audience.CLIENT, Audience.BREAK_GLASS}
        )
    assert bank.desk(bank.mia).get(f"{PAGE}?audience=everybody").status_code == 404


@pytest.mark.parametrize("preset", Preset)
def test_a_preset_fills_the_form_and_saves_nothing(bank: Organisation, preset: Preset) -> None:
    with serving(bank.tenant):
        change(bank.mia, Audience.ADVISER, STRICTER)
    page = text(bank.desk(bank.mia).get(f"{PAGE}?preset={preset}"))
    assert re.search(rf'name="min_length" value="{PRESETS[preset].min_length}"', page)
    assert "Girokonto" in page
    assert ("Departs from" in page) is (preset in {Preset.COMPOSITION, Preset.BSI_ORP4})
    assert holds(bank) == STRICTER
    assert "min_length" in text(bank.desk(bank.mia).get(f"{PAGE}?preset=other"))


def test_harder_rules_hold_at_once_and_are_in_the_history(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    answer = mia.post(PAGE, typed(STRICTER))
    assert answer.headers["Location"] == f"{PAGE}?audience=adviser&done=rules-hold"
    assert holds(bank) == STRICTER
    assert holds(bank, Audience.ADMINISTRATOR) == Policy()
    page = text(mia.get(answer.headers["Location"]))
    assert "These rules hold now." in page
    history = page.split("versions-title")[2]
    assert "Mia Maurer" in history
    assert "without a second factor: 15 → 17" in history
    assert "none of the presets" in page
    endless = dataclasses.replace(STRICTER, grace_days=None)
    with serving(bank.tenant):
        let_hold("operator", None, Audience.ADVISER, endless)
    assert "changed rules: 30 → never" in text(mia.get(PAGE))


def test_weaker_rules_wait_and_say_for_what(bank: Organisation) -> None:
    olga = bank.hire("Olga Ober", Role.ADMINISTRATOR)
    long_here(bank)
    mia, other = bank.desk(bank.mia), bank.desk(olga)
    answer = mia.post(PAGE, typed(Policy(min_length=12), "Alte Terminals."))
    assert answer.headers["Location"].endswith("done=rules-proposed")
    assert holds(bank) == Policy()
    page = text(mia.get(PAGE))
    assert "as soon as another administrator agrees" in page
    assert "15 → 12" in page
    assert "Agree: let them hold" not in page
    with serving(bank.tenant):
        proposal = PasswordPolicyProposal.objects.get()
    agree = f"{PAGE}proposals/{proposal.pk}/agree/"
    puppet = bank.desk(bank.hire("Zoe Zander", Role.ADMINISTRATOR))
    assert "Agree: let them hold" not in text(puppet.get(PAGE))
    assert puppet.post(agree, {"audience": "adviser"}).status_code == 403
    own = mia.post(agree, {"audience": "adviser"})
    assert own.status_code == 403
    assert "whoever proposed it is not the one who agrees" in text(own)
    assert "Agree: let them hold" in text(other.get(PAGE))
    assert other.post(agree, {"audience": "adviser"}).status_code == 302
    assert holds(bank).min_length == 12
    assert other.post(agree, {"audience": "adviser"}).status_code == 404
    page = text(other.get(PAGE))
    assert "agreed to by <bdi>Olga Ober" in page
    assert "Alte Terminals." in page


def test_a_single_administrator_is_told_of_the_day(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    answer = mia.post(PAGE, typed(Policy(min_length=12), "Alte Terminals."))
    page = text(mia.get(answer.headers["Location"]))
    assert "they hold in 24 hours" in page
    assert "These weaker rules hold from" in page
    with serving(bank.tenant):
        proposal = PasswordPolicyProposal.objects.get()
    withdrawn = mia.post(f"{PAGE}proposals/{proposal.pk}/withdraw/", {"audience": "adviser"})
    assert withdrawn.headers["Location"].endswith("done=rules-withdrawn")
    assert "These weaker rules" not in text(mia.get(PAGE))


def test_who_has_not_proved_it_lately_is_asked_and_loses_nothing(bank: Organisation) -> None:
    olga = bank.hire("Olga Ober", Role.ADMINISTRATOR)
    long_here(bank)
    mia = bank.desk(bank.mia)
    proved_long_ago(bank)
    # Looking at it needs no proof.
    assert mia.post(PAGE, typed(STRICTER, preview="yes")).status_code == 200
    answer = mia.post(PAGE, typed(STRICTER))
    assert answer.headers["Location"].startswith("/account/confirm/")
    assert re.search(r"kept=[\w-]{22}$", answer.headers["Location"])
    assert holds(bank) == Policy()
    with serving(bank.tenant):
        proposal = decide(olga, Audience.ADVISER, Policy(min_length=9), base=0, reason="x")
        assert proposal is not None
    agreed = mia.post(f"{PAGE}proposals/{proposal.pk}/agree/", {"audience": "adviser"})
    assert agreed.headers["Location"].startswith("/account/confirm/")
    assert holds(bank) == Policy()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"min_length": "7"}, "greater than or equal to 8"),
        ({"min_length": "x"}, "whole number"),
        ({"min_length_with_factor": "18"}, "need not be longer"),
        ({"words": "abc"}, "4 to 60 characters"),
        ({"digits": "1"}, "Say why you depart from a standard"),
        ({"history": ""}, "required"),
    ],
)
def test_what_is_refused_keeps_what_was_typed(
    bank: Organisation, changed: dict[str, str], said: str
) -> None:
    answer = bank.desk(bank.mia).post(PAGE, typed(STRICTER) | changed)
    assert answer.status_code == 422
    assert said in text(answer)
    assert 'value="17"' in text(answer) or "min_length" in changed
    assert holds(bank) == Policy()


@pytest.mark.parametrize("base", ["1", "-1", "x", "", "9" * 40])
def test_what_was_decided_on_other_rules_is_refused(bank: Organisation, base: str) -> None:
    answer = bank.desk(bank.mia).post(PAGE, typed(STRICTER, base=base))
    assert answer.status_code == 409
    assert "Somebody else has changed these rules" in text(answer)
    assert holds(bank) == Policy()


def test_a_preview_shows_how_it_stands_and_saves_nothing(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    page = text(mia.post(PAGE, typed(Policy(min_length=12, digits=1), preview="yes")))
    assert "nothing is saved yet" in page
    assert "It accepts more than before: Characters at least, without a second factor" in page
    assert "Departs from ASVS 6.2.5 (L1), NIST 3.1.1.2." in page
    assert holds(bank) == Policy()


def test_while_somebody_types_the_page_asks(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    sample = {"sample_password": "kurz"}
    judged = mia.post(f"{PAGE}judged/", typed(Policy(min_length=12, digits=1)) | sample).json()
    assert judged["problems"] == {}
    assert judged["departs"]["digits"] == "Departs from ASVS 6.2.5 (L1), NIST 3.1.1.2."
    assert judged["departs"]["history"] == ""
    assert judged["weaker"] == ["Characters at least, without a second factor"]
    assert judged["sample"] == ["At least 12 characters.", "At least 1 digit."]
    good = {"sample_password": "seventeen quiet herons"}
    assert mia.post(f"{PAGE}judged/", typed(Policy()) | good).json()["sample"] == [
        "This one is accepted."
    ]
    assert mia.post(f"{PAGE}judged/", typed(Policy())).json()["sample"] == []
    refused = mia.post(f"{PAGE}judged/", typed(Policy()) | {"min_length": "3"}).json()
    assert list(refused) == ["problems"]
    assert "8" in refused["problems"]["min_length"]


def test_a_sample_is_judged_and_forgotten(bank: Organisation) -> None:
    mia, sample = bank.desk(bank.mia), "Kurz7Kurz7"
    proved_long_ago(bank)
    page = text(mia.post(PAGE, {"audience": "adviser", "try": "yes", "sample_password": sample}))
    assert "At least 15 characters." in page.split("sample-said")[2]
    assert sample not in page
    with serving(bank.tenant):
        stores = [SessionStore(row.session_key) for row in Session.objects.all()]
        assert not any(sample in str(dict(store.items())) for store in stores)
        assert not TrailEntry.objects.filter(action__startswith="password-policy").exists()


def test_an_auditor_reads_it_and_changes_nothing(bank: Organisation) -> None:
    paul = bank.desk(bank.hire("Paul Prüfer", Role.AUDITOR))
    page = text(paul.get(PAGE))
    assert "NIST 3.1.1.2 asks for 15" in page
    assert "<form" not in page.split("<main")[1]
    assert paul.post(PAGE, typed(STRICTER)).status_code == 403
    assert paul.post(f"{PAGE}judged/", typed(STRICTER)).status_code == 403
    assert bank.desk(bank.ada).get(PAGE).status_code == 403
    assert bank.desk(bank.ada).post(PAGE, typed(STRICTER)).status_code == 403


def test_a_long_history_begins_with_the_newest(bank: Organisation) -> None:
    with serving(bank.tenant), mock.patch.object(passwords, "VERSIONS", 2):
        for length in (16, 17, 18, 19):
            change(bank.mia, Audience.ADVISER, Policy(min_length=length))
        assert PasswordPolicyVersion.objects.count() == 4
        page = text(bank.desk(bank.mia).get(PAGE)).split('class="versions"')[1]
    assert page.count("<li value=") == 2
    assert "18 → 19" in page
    assert "17 → 18" in page
    assert "16 → 17" not in page


def test_a_departure_is_told_since_when_it_holds(bank: Organisation) -> None:
    with serving(bank.tenant):
        assert departures() == []
        for policy, reason in (
            (Policy(digits=1), "Erst"),
            (Policy(digits=1, special=1), "Dann"),
            (Policy(digits=2, special=1), "Jetzt"),
        ):
            change(bank.mia, Audience.ADVISER, policy, reason)
        change(bank.mia, Audience.ADMINISTRATOR, Policy(min_length=16))
        versions = list(PasswordPolicyVersion.objects.filter(audience="adviser").order_by("pk"))
        found = departures()
        assert [(one.field, one.since, one.reason, one.claim) for one in found] == [
            ("digits", versions[0].at, "Jetzt", "pwd-digits"),
            ("special", versions[1].at, "Jetzt", "pwd-special"),
        ]
        assert (found[0].whose, found[0].title) == ("Advisers", "Digits at least")
    page = bank.anonymous().get("/trust/?lang=en").content.decode()
    row = page.split('id="pwd-digits"')[1].split("</li>")[0]
    assert "Jetzt" in row
    assert "ASVS 6.2.5" in row
    assert "Advisers" in row
    assert "Jetzt" not in page.split('id="pwd-minlen"')[1].split("</li>")[0]


def test_every_rule_has_its_place_beside_the_standards() -> None:
    assert set(standings(Policy())) == set(TITLES)
    assert not any(one.departs_from for one in standings(Policy()).values())


def test_the_page_without_a_script_is_whole(bank: Organisation) -> None:
    page = text(Client(headers={"host": bank.host}).get(PAGE, follow=True))
    assert 'name="login"' in page

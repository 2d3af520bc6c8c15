"""One's own second factors: setting up, naming, removing, recovery codes, trusted browsers."""

import html
import re
import uuid

import pytest
from django.test import Client

from siegel.identity import authenticator_app, passkeys
from siegel.identity.authenticator_app import code_at, now_step
from siegel.identity.factor_changes import renew_recovery_codes
from siegel.identity.models import Person, Session
from siegel.identity.proofs import Proof
from siegel.identity.roles import Role
from siegel.identity.second_factors import factors_of, id_of
from siegel.identity.trusted_devices import devices_of
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.desk.test_second_step import at_second_step, code
from tests.identity.authenticators import SecurityKey, options_in
from tests.identity.test_factor_gate import newcomer, signed_in

PAGE, APP, KEY = "/account/factors/", "/account/factors/app/", "/account/factors/passkey/"


def somebody(bank: Organisation, *roles: Role) -> tuple[Client, Person]:
    """Somebody new without a factor, who has just given their password."""
    person = newcomer(bank, *(roles or [Role.ADVISER]))
    browser = signed_in(bank, person)
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return browser, person


def seed_in(page: bytes) -> str:
    (seed,) = re.findall(r'<code class="seed"[^>]*>([A-Z2-7 ]+)</code>', page.decode())
    return str(seed).replace(" ", "")


def codes_in(page: bytes) -> list[str]:
    return re.findall(r"<li><code>([0-9A-Z-]+)</code></li>", page.decode())


def factor_of_session(bank: Organisation, person: Person) -> str:
    with serving(bank.tenant):
        return Session.objects.get(person=person).factor


def with_app(bank: Organisation, browser: Client) -> list[str]:
    seed = seed_in(browser.get(APP).content)
    page = browser.post(APP, {"code": code_at(seed, now_step()), "name": "Telefon"})
    return codes_in(page.content)


def test_an_app_is_set_up_and_its_code_is_used(bank: Organisation) -> None:
    browser, person = somebody(bank, Role.ADMINISTRATOR)
    page = browser.get(APP)
    text = page.content.decode()
    seed = seed_in(page.content)
    assert '<img class="qr" src="data:image/svg+xml' in text
    given = code_at(seed, now_step())
    page = browser.post(APP, {"code": f"{given[:3]} {given[3:]}", "name": "Telefon"})
    assert page.status_code == 200
    assert len(codes_in(page.content)) == 10
    assert "They are shown only now" in page.content.decode()
    # It was shown just now: what was closed is open.
    assert factor_of_session(bank, person) == "password+totp"
    assert browser.get("/administration/").status_code == 200
    shown = browser.get(PAGE).content.decode()
    assert "Telefon" in shown
    assert "not used yet" in shown
    assert "You have 10 unused recovery codes" in shown
    assert "Add an authenticator app" not in shown
    # The code of the enrolment opens nothing any more.
    again = at_second_step(bank, person)
    assert again.post("/sign-in/second-step/", {"code": given}).status_code == 422
    next_one = code_at(seed, now_step() + 1)
    assert again.post("/sign-in/second-step/", {"code": next_one}).status_code == 302
    assert "last used" in browser.get(PAGE).content.decode()


def test_a_wrong_code_sets_nothing_up_and_keeps_the_seed(bank: Organisation) -> None:
    browser, person = somebody(bank)
    seed = seed_in(browser.get(APP).content)
    page = browser.post(APP, {"code": "x", "name": "Mein Telefon"})
    assert page.status_code == 422
    assert seed_in(page.content) == seed
    assert 'value="Mein Telefon"' in page.content.decode()
    page = browser.post(APP, {"code": code_at(seed, now_step() - 20)})
    assert "10 minutes slow" in page.content.decode()
    page = browser.post(APP, {"code": code_at(seed, now_step()), "name": "x" * 61})
    assert "This name cannot be taken" in page.content.decode()
    with serving(bank.tenant):
        assert factors_of(person) == []
    assert len(codes_in(browser.post(APP, {"code": code_at(seed, now_step())}).content)) == 10


def test_each_page_has_its_own_seed(bank: Organisation) -> None:
    browser, _ = somebody(bank)
    first, second = (seed_in(browser.get(APP).content) for _ in range(2))
    assert first != second
    assert browser.post(APP, {"code": code_at(first, now_step())}).status_code == 422


def test_a_form_without_its_page_shows_a_new_picture(bank: Organisation) -> None:
    browser, _ = somebody(bank)
    page = browser.post(APP, {"code": "123456"})
    assert page.status_code == 422
    assert "The picture was too old" in page.content.decode()
    assert seed_in(page.content)


def test_there_is_one_app_of_each_person(bank: Organisation) -> None:
    browser, _ = somebody(bank)
    with_app(bank, browser)
    answer = browser.get(APP)
    assert answer.headers["Location"] == f"{PAGE}?done=one-app"
    assert (
        "an authenticator app already" in browser.get(answer.headers["Location"]).content.decode()
    )


def test_of_two_apps_at_once_one_is_kept(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, person = somebody(bank)
    seed = seed_in(browser.get(APP).content)
    judge = authenticator_app.judge

    def slowly(seed: str, given: str) -> authenticator_app.Judged:
        authenticator_app.store_app(person, "Other", seed, 0)
        return judge(seed, given)

    monkeypatch.setattr(authenticator_app, "judge", slowly)
    answer = browser.post(APP, {"code": code_at(seed, now_step())})
    assert answer.headers["Location"] == f"{PAGE}?done=one-app"
    with serving(bank.tenant):
        assert [factor.data["name"] for factor in factors_of(person)] == ["Other"]


def test_a_session_that_was_just_ended_leaves_no_factor(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, person = somebody(bank)
    seed = seed_in(browser.get(APP).content)
    judge = authenticator_app.judge

    def slowly(seed: str, given: str) -> authenticator_app.Judged:
        Session.objects.filter(person=person).delete()
        return judge(seed, given)

    monkeypatch.setattr(authenticator_app, "judge", slowly)
    assert browser.post(APP, {"code": code_at(seed, now_step())}).status_code in {400, 403}
    with serving(bank.tenant):
        assert factors_of(person) == []


def test_a_passkey_is_set_up(bank: Organisation) -> None:
    browser, person = somebody(bank, Role.ADMINISTRATOR)
    key = SecurityKey(bank.host)
    answer = key.make(options_in(browser.get(KEY).content))
    page = browser.post(KEY, {"credential": answer, "name": "Schlüssel"})
    assert len(codes_in(page.content)) == 10
    assert factor_of_session(bank, person) == "password+passkey"
    assert browser.get("/administration/").status_code == 200
    # A second one brings no new codes.
    other = SecurityKey(bank.host)
    answer = other.make(options_in(browser.get(KEY).content))
    added = browser.post(KEY, {"credential": answer, "name": ""})
    assert added.headers["Location"] == f"{PAGE}?done=factor-added"
    shown = html.unescape(browser.get(PAGE).content.decode())
    assert "Schlüssel" in shown
    assert "<bdi>Passkey</bdi>" in shown


@pytest.mark.parametrize("credential", ["", "{}", "no json"])
def test_what_is_no_passkey_is_not_kept(bank: Organisation, credential: str) -> None:
    browser, person = somebody(bank)
    browser.get(KEY)
    page = browser.post(KEY, {"credential": credential, "name": "Mein"})
    assert page.status_code == 422
    assert "Nothing was changed" in page.content.decode()
    with serving(bank.tenant):
        assert factors_of(person) == []


def test_nor_one_without_a_name_that_can_be_kept(bank: Organisation) -> None:
    browser, _ = somebody(bank)
    answer = SecurityKey(bank.host).make(options_in(browser.get(KEY).content))
    page = browser.post(KEY, {"credential": answer, "name": "x" * 61})
    assert "This name cannot be taken" in page.content.decode()


def test_there_are_so_many_passkeys_at_most(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passkeys, "MOST", 1)
    browser, _ = somebody(bank)
    answer = SecurityKey(bank.host).make(options_in(browser.get(KEY).content))
    browser.post(KEY, {"credential": answer})
    assert browser.get(KEY).headers["Location"] == f"{PAGE}?done=too-many-passkeys"


def test_a_stronger_proof_stays(bank: Organisation) -> None:
    """Who came with a passkey and sets an app up has not come with less."""
    browser, person = somebody(bank)
    answer = SecurityKey(bank.host).make(options_in(browser.get(KEY).content))
    browser.post(KEY, {"credential": answer})
    with serving(bank.tenant):
        Session.objects.filter(person=person).update(factor=Proof.PASSKEY)
    assert with_app(bank, browser) == []
    assert factor_of_session(bank, person) == Proof.PASSKEY


def own(bank: Organisation, person: Person) -> str:
    with serving(bank.tenant):
        return id_of(factors_of(person)[0])


def test_naming_and_removing(bank: Organisation) -> None:
    browser, person = somebody(bank)
    with_app(bank, browser)
    other = at_second_step(bank, person)
    address = f"{PAGE}{own(bank, person)}/"
    assert other.post(f"{address}rename/", {"name": "X"}).status_code == 302  # Not signed in yet.
    answer = browser.post(f"{address}rename/", {"name": "Diensthandy"})
    assert answer.headers["Location"] == f"{PAGE}?done=factor-renamed"
    assert "Diensthandy" in browser.get(PAGE).content.decode()
    answer = browser.post(f"{address}rename/", {"name": ""})
    assert answer.headers["Location"] == f"{PAGE}?done=factor-name-refused"
    answer = browser.post(f"{address}remove/")
    assert answer.headers["Location"] == f"{PAGE}?done=factor-removed"
    assert "You have no second factor yet" in browser.get(PAGE).content.decode()
    for gone in (address, f"{PAGE}{uuid.uuid4()}/"):
        assert browser.post(f"{gone}remove/").status_code == 404
        assert browser.post(f"{gone}rename/", {"name": "X"}).status_code == 404


def test_an_administrator_keeps_the_last_one(bank: Organisation) -> None:
    browser = bank.desk(bank.mia)
    answer = browser.post(f"{PAGE}{own(bank, bank.mia)}/remove/")
    assert answer.headers["Location"] == f"{PAGE}?done=last-factor"
    with serving(bank.tenant):
        assert len(factors_of(bank.mia)) == 1


def test_a_change_offers_to_end_what_was_opened_elsewhere(bank: Organisation) -> None:
    browser, person = somebody(bank)
    elsewhere = signed_in(bank, person)
    with_app(bank, browser)
    assert "signed in elsewhere as well" not in browser.get(PAGE).content.decode()
    answer = browser.post(f"{PAGE}{own(bank, person)}/rename/", {"name": "X"})
    assert "signed in elsewhere as well" in browser.get(answer.headers["Location"]).content.decode()
    browser.post("/account/devices/end-others/")
    assert elsewhere.get("/inbox/").status_code == 302
    assert "elsewhere" not in browser.get(f"{PAGE}?done=factor-renamed").content.decode()


def test_new_recovery_codes(bank: Organisation) -> None:
    browser, person = somebody(bank)
    address = f"{PAGE}recovery-codes/"
    assert browser.post(address).headers["Location"] == f"{PAGE}?done=no-factor"
    old = with_app(bank, browser)
    new = codes_in(browser.post(address).content)
    assert len(new) == 10
    assert not set(old) & set(new)
    step = "/sign-in/second-step/"
    assert at_second_step(bank, person).post(step, {"code": old[0]}).status_code == 422
    assert at_second_step(bank, person).post(step, {"code": new[0]}).status_code == 302


def test_trusted_browsers_are_listed_and_forgotten(bank: Organisation) -> None:
    browser = at_second_step(bank, bank.mia)
    browser.post("/sign-in/second-step/", {"code": code(), "trust": "yes"})
    with serving(bank.tenant):
        (device,) = devices_of(Person.objects.get(pk=bank.mia.pk))
    assert "Trusted browsers" in browser.get(PAGE).content.decode()
    address = f"{PAGE}trusted/{device.pk}/forget/"
    assert bank.desk(bank.ada).post(address).status_code == 404
    assert browser.post(address).headers["Location"] == f"{PAGE}?done=device-forgotten"
    assert "Trusted browsers" not in browser.get(PAGE).content.decode()
    assert browser.post(address).status_code == 404


def test_who_came_with_a_recovery_code_sets_up_anew(bank: Organisation) -> None:
    with serving(bank.tenant):
        recovery = renew_recovery_codes(bank.mia)[0]
    browser = at_second_step(bank, bank.mia)
    browser.post("/sign-in/second-step/", {"code": recovery})
    answer = SecurityKey(bank.host).make(options_in(browser.get(KEY).content))
    assert browser.post(KEY, {"credential": answer}).status_code == 302
    assert browser.post(f"{PAGE}{own(bank, bank.mia)}/remove/").status_code == 302
    with serving(bank.tenant):
        assert [factor.type for factor in factors_of(bank.mia)] == ["webauthn"]

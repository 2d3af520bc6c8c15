"""A forgotten password: what is said to whom, what the link opens, and what stays as it was."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.db import connections
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from siegel.audit.models import TrailEntry
from siegel.identity import letters, tokens
from siegel.identity.models import EarlierPassword, Person, QueuedNotice, Token
from siegel.identity.password_policy import Audience, Policy
from siegel.identity.passwords import with_password
from siegel.identity.resetting import choose, issue_token
from siegel.identity.tokens import Kind, NotHeld, end_all
from siegel.tenancy.context import serving
from tests.cast import PASSWORD, Organisation
from tests.identity.rules import change

NEW = "another sentence that only tests know"
SERVER = {"SIEGEL_SMTP_HOST": "127.0.0.1", "SIEGEL_SMTP_FROM": "siegel@mail.example"}


@pytest.fixture
def mail() -> Iterator[None]:
    with override_settings(**SERVER):
        yield


def token_for(bank: Organisation, person: Person) -> str:
    with serving(bank.tenant):
        return issue_token(Person.objects.get(pk=person.pk))


def signs_in(bank: Organisation, password: str) -> bool:
    browser = bank.anonymous()
    browser.post("/sign-in/", {"login": "ada@bank.example", "password": password})
    return browser.get("/inbox/").status_code == 200


def ask(browser: Client, email: str) -> Any:
    return browser.post("/forgotten/", {"email": email})


def test_the_sign_in_leads_there(bank: Organisation) -> None:
    page = bank.anonymous().get("/sign-in/").content.decode()
    assert '<a href="/forgotten/">Forgotten password?</a>' in page


def test_without_a_mail_server_it_says_whom_to_ask(bank: Organisation) -> None:
    browser = bank.anonymous()
    for page in (browser.get("/forgotten/"), ask(browser, "ada@bank.example")):
        assert "sends no e-mail. Ask one of its administrators" in page.content.decode()
    with serving(bank.tenant):
        assert QueuedNotice.objects.count() == 0


def test_whoever_asks_learns_nothing(bank: Organisation, mail: None) -> None:
    with serving(bank.tenant):
        Person.objects.filter(pk=bank.ben.pk).update(is_active=False)
    pages, queries = set(), set()
    for name in ("ada", "ben", "nobody"):
        email = f"{name}@bank.example"
        browser = bank.anonymous()
        browser.get("/forgotten/")
        with serving(bank.tenant):
            connection = connections[bank.tenant.id]
            with CaptureQueriesContext(connection) as captured:
                page = ask(browser, email)
        assert page.status_code == 200
        pages.add(page.content.decode().replace(email, "…"))
        queries.add(len(captured))
        assert not any('FROM "identity_person"' in query["sql"] for query in captured)
    assert len(pages) == len(queries) == 1


def test_only_who_has_an_account_is_written_to(bank: Organisation, mail: None) -> None:
    with serving(bank.tenant):
        Person.objects.filter(pk=bank.ben.pk).update(is_active=False)
    for name in ("Ada", "ben", "nobody"):
        ask(bank.anonymous(), f" {name}@bank.example ")
    with serving(bank.tenant):
        written = {row.to: letters.write(row) for row in QueuedNotice.objects.all()}
    assert written["ben@bank.example"] is None
    assert written["nobody@bank.example"] is None
    letter = written["ada@bank.example"]
    assert letter is not None
    assert letter.paragraphs[0] == "Hello Ada Adler,"
    with serving(bank.tenant):
        events = TrailEntry.objects.filter(action="person.reset-asked")
        assert [(one.actor, one.subject) for one in events] == [
            ("anonymous", f"person:{bank.ada.pk}")
        ]


def test_no_address_is_told_so(bank: Organisation, mail: None) -> None:
    page = ask(bank.anonymous(), "ada at bank")
    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()
    assert 'value="ada at bank"' in page.content.decode()
    with serving(bank.tenant):
        assert QueuedNotice.objects.count() == 0


def test_one_mailbox_is_not_filled(bank: Organisation, mail: None) -> None:
    answers = {ask(bank.anonymous(), "ada@bank.example").content for _ in range(6)}
    with serving(bank.tenant):
        assert QueuedNotice.objects.count() == 3
    assert len(answers) == 1


def test_a_stranger_leaves_the_owner_a_link(bank: Organisation, mail: None) -> None:
    """Who asks for somebody else's address uses up their own tries; all together have a limit."""
    for _ in range(6):
        ask(bank.anonymous(), "ada@bank.example")
    elsewhere = bank.anonymous()
    elsewhere.defaults["REMOTE_ADDR"] = "203.0.113.9"
    answer = ask(elsewhere, "ada@bank.example")
    with serving(bank.tenant):
        assert QueuedNotice.objects.count() == 4
    for number in range(30):
        stranger = bank.anonymous()
        stranger.defaults["REMOTE_ADDR"] = f"198.51.100.{number}"
        assert ask(stranger, "ada@bank.example").content == answer.content
    with serving(bank.tenant):
        assert QueuedNotice.objects.count() == 20


def test_a_mail_that_is_tried_again_leaves_one_link_and_one_note(
    bank: Organisation, mail: None
) -> None:
    ask(bank.anonymous(), "ada@bank.example")
    with serving(bank.tenant):
        for _ in range(3):
            assert letters.write(QueuedNotice.objects.get()) is not None
        assert tokens.holding(tokens.Kind.PASSWORD_RESET).count() == 1
        assert TrailEntry.objects.filter(action="person.reset-asked").count() == 1


def test_one_network_is_slowed_down(bank: Organisation, mail: None) -> None:
    statuses = [ask(bank.anonymous(), f"{n}@bank.example").status_code for n in range(11)]
    assert statuses == [200] * 10 + [429]


def test_trying_tokens_is_slowed_down(bank: Organisation) -> None:
    statuses = [bank.anonymous().post("/reset/", {"token": "x"}).status_code for _ in range(31)]
    assert statuses == [404] * 30 + [429]


def test_the_link_lets_choose_once_and_signs_nobody_in(bank: Organisation, mail: None) -> None:
    elsewhere = bank.desk(bank.ada)
    assert elsewhere.get("/inbox/").status_code == 200
    token = token_for(bank, bank.ada)
    browser = bank.anonymous()
    assert "needs JavaScript" in browser.get("/reset/").content.decode()
    page = browser.post("/reset/", {"token": token})
    assert "Ada Adler" in page.content.decode()
    assert "At least 15 characters." in page.content.decode()
    weak = browser.post("/reset/", {"token": token, "password": "short"})
    assert weak.status_code == 422
    assert 'role="alert"><p>At least 15 characters.' in weak.content.decode()
    assert elsewhere.get("/inbox/").status_code == 200
    done = browser.post("/reset/", {"token": token, "password": NEW})
    assert "Sign in with it now, and with your second factor" in done.content.decode()
    # Nobody is signed in by it, and nobody is any more who was.
    assert browser.get("/inbox/").status_code == 302
    assert elsewhere.get("/inbox/").status_code == 302
    assert signs_in(bank, NEW)
    assert not signs_in(bank, PASSWORD)
    again = browser.post("/reset/", {"token": token, "password": PASSWORD})
    assert again.status_code == 404
    assert "This link does not hold (any more)" in again.content.decode()
    with serving(bank.tenant):
        event = TrailEntry.objects.get(action="person.password-reset")
        assert event.actor == event.subject == f"person:{bank.ada.pk}"
        assert event.detail == {"sessions": 1}
        [notice] = QueuedNotice.objects.filter(kind="password-changed")
        letter = letters.write(notice)
    assert letter is not None
    assert letter.subject == "Your password was changed"
    assert NEW not in str(event.detail)


def test_it_holds_for_half_an_hour(bank: Organisation) -> None:
    token = token_for(bank, bank.ada)
    with serving(bank.tenant):
        row = Token.objects.get()
        assert row.expires_at - row.created_at == dt.timedelta(minutes=30)
        Token.objects.update(
            created_at=timezone.now() - dt.timedelta(hours=1), expires_at=timezone.now()
        )
    assert bank.anonymous().post("/reset/", {"token": token}).status_code == 404


def _deactivate(bank: Organisation) -> None:
    Person.objects.filter(pk=bank.ada.pk).update(is_active=False)


def _sign_out(bank: Organisation) -> None:
    Person.objects.filter(pk=bank.ada.pk).update(sessions_ended_at=timezone.now())


def _change_password(bank: Organisation) -> None:
    bank.ada.set_password(NEW)
    bank.ada.save()


def _use_another(bank: Organisation) -> None:
    choose(issue_token(bank.ada), NEW)


def _ask_for_a_newer_one(bank: Organisation) -> None:
    issue_token(Person.objects.get(pk=bank.ada.pk))


def _delete(bank: Organisation) -> None:
    Token.objects.update(person=None)


@pytest.mark.parametrize(
    "happens",
    [_deactivate, _sign_out, _change_password, _use_another, _ask_for_a_newer_one, _delete],
)
def test_what_happened_since_ends_it(bank: Organisation, happens: Any) -> None:
    token = token_for(bank, bank.ada)
    with serving(bank.tenant):
        happens(bank)
    answer = bank.anonymous().post("/reset/", {"token": token, "password": "a third sentence, new"})
    assert answer.status_code == 404


@pytest.mark.parametrize("meanwhile", [{"password": "other"}, {"is_active": False}])
def test_what_happens_while_a_password_is_hashed_ends_the_link(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch, meanwhile: dict[str, Any]
) -> None:
    token = token_for(bank, bank.ada)

    def slowly(row: Token) -> None:
        Person.objects.filter(pk=bank.ada.pk).update(**meanwhile)
        tokens.use(row)

    delayed = mock.Mock(wraps=tokens, use=slowly)
    monkeypatch.setattr("siegel.identity.resetting.tokens", delayed)
    with serving(bank.tenant):
        with pytest.raises(NotHeld):
            choose(token, NEW)
        assert TrailEntry.objects.filter(action="person.password-reset").count() == 0


def test_what_was_changed_meanwhile_stays(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_for(bank, bank.ada)

    def slowly(person: Person, password: str) -> Person:
        Person.objects.filter(pk=bank.ada.pk).update(name="Ada Adler-Brandt")
        return with_password(person, password)

    monkeypatch.setattr("siegel.identity.resetting.with_password", slowly)
    with serving(bank.tenant):
        choose(token, NEW)
        assert Person.objects.get(pk=bank.ada.pk).name == "Ada Adler-Brandt"


def test_a_link_that_was_used_meanwhile_remembers_nothing(
    bank: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_for(bank, bank.ada)

    def slowly(person: Person, password: str) -> Person:
        end_all(Kind.PASSWORD_RESET, person=person)
        return with_password(person, password)

    monkeypatch.setattr("siegel.identity.resetting.with_password", slowly)
    with serving(bank.tenant):
        change(bank.mia, Audience.ADVISER, Policy(history=5))
        with pytest.raises(NotHeld):
            choose(token, NEW)
        assert not EarlierPassword.objects.exists()


def test_one_organisations_link_opens_nothing_at_another(
    bank: Organisation, insurer: Organisation
) -> None:
    token = token_for(bank, bank.ada)
    for sent in ({"token": token}, {"token": token, "password": NEW}):
        assert insurer.anonymous().post("/reset/", sent).status_code == 404
    assert bank.anonymous().post("/reset/", {"token": token}).status_code == 200


@pytest.mark.parametrize("language", ["de", "en"])
def test_it_speaks_the_language_of_the_browser(
    bank: Organisation, mail: None, language: str
) -> None:
    headers = {"accept-language": language}
    page = bank.anonymous().post("/forgotten/", {"email": "ada@bank.example"}, headers=headers)
    word = {"de": "Sehen Sie in Ihr Postfach", "en": "Look into your mailbox"}[language]
    assert word in page.content.decode()
    with serving(bank.tenant):
        assert QueuedNotice.objects.get().language == language


def person_page(person: Person, more: str = "") -> str:
    return f"/administration/people/{person.pk}/{more}"


def test_an_administrator_makes_a_link_and_chooses_nothing(bank: Organisation) -> None:
    mia = bank.desk(bank.mia)
    page = mia.get(person_page(bank.ada)).content.decode()
    assert "Siegel sends no mail: you get the link to hand over. Whoever" in page
    made = mia.post(person_page(bank.ada, "reset/"), {"password": NEW}).content.decode()
    [token] = re.findall(r'value="http://bank\.test/reset/#(sgl_r_\w{61})"', made)
    with serving(bank.tenant):
        assert Person.objects.get(pk=bank.ada.pk).password == bank.ada.password
    assert token not in mia.get(person_page(bank.ada)).content.decode()
    assert bank.anonymous().post("/reset/", {"token": token}).status_code == 200
    with serving(bank.tenant):
        event = TrailEntry.objects.get(action="person.reset-started")
    assert (event.actor, event.subject) == (f"person:{bank.mia.pk}", f"person:{bank.ada.pk}")


def test_where_mail_is_sent_the_administrator_never_sees_the_link(
    bank: Organisation, mail: None
) -> None:
    mia = bank.desk(bank.mia)
    assert "Send the link" in mia.get(person_page(bank.ada)).content.decode()
    sent = mia.post(person_page(bank.ada, "reset/"), follow=True).content.decode()
    assert "is on its way to them" in sent
    assert "sgl_" not in sent
    with serving(bank.tenant):
        notice = QueuedNotice.objects.get()
        letter = letters.write(notice)
        assert TrailEntry.objects.filter(action="person.reset-asked").count() == 0
    assert letter is not None
    assert letter.paragraphs[1].startswith("Mia Maurer asks you to choose a new password")


def test_who_is_switched_off_gets_no_link(bank: Organisation) -> None:
    with serving(bank.tenant):
        Person.objects.filter(pk=bank.ada.pk).update(is_active=False)
    mia = bank.desk(bank.mia)
    answer = mia.post(person_page(bank.ada, "reset/"), follow=True).content.decode()
    assert "who is deactivated cannot sign in" in answer
    assert "/reset/" not in mia.get(person_page(bank.ada)).content.decode()
    with serving(bank.tenant):
        assert Token.objects.count() == 0


def test_nobody_else_makes_one(bank: Organisation, insurer: Organisation) -> None:
    assert bank.desk(bank.ben).post(person_page(bank.ada, "reset/")).status_code == 403
    assert insurer.desk(insurer.mia).post(person_page(bank.ada, "reset/")).status_code == 404
    assert bank.anonymous().post(person_page(bank.ada, "reset/")).status_code == 302
    with serving(bank.tenant):
        assert Token.objects.count() == 0

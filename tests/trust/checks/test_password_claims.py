"""Who decides on passwords, and where one is written: green, red, and noticed."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
from django.http import HttpRequest, HttpResponse

from siegel.audit import trail
from siegel.claims.control import Control
from siegel.desk.account import password as own_page
from siegel.trust.checks import password_rules, password_traces
from siegel.trust.checks.password_claims import CONTROLS
from siegel.trust.checks.password_rules import examine_who_decides
from siegel.trust.checks.password_traces import examine_traces, spellings


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: str(control.id))
def test_it_is_green_and_its_canary_is_noticed(control: Control) -> None:
    found = control.check()
    assert found.faults == ()
    assert found.is_complete
    assert control.canary().faults


def test_a_page_that_asks_for_no_permission_is_found() -> None:
    """As if whoever has signed in administered."""
    with (
        mock.patch("siegel.identity.models.Person.has_perm", return_value=True),
        mock.patch("siegel.identity.weakening.acting", return_value="nobody"),
    ):
        faults = examine_who_decides().faults
    assert "an auditor changes the rules: agree" in faults
    assert "somebody without a role changes the rules: agree" in faults
    assert not any("stranger" in fault for fault in faults)


def test_a_change_that_is_told_without_its_values_is_found() -> None:
    with mock.patch("siegel.identity.policies.differences", return_value={}):
        faults = examine_who_decides().faults
    assert faults == tuple(
        f"{change} is in the trail without person, old and new value"
        for change in ("a change", "a noticed change", "an agreed change")
    )


def test_rules_that_nobody_can_change_prove_nothing() -> None:
    with (
        mock.patch("siegel.desk.administration.passwords.is_proved", return_value=False),
        pytest.raises(LookupError),
    ):
        examine_who_decides()
    with (
        mock.patch.object(password_rules, "waiting", return_value=None),
        mock.patch.object(password_rules, "decide", return_value=None),
        pytest.raises(LookupError),
    ):
        examine_who_decides()


def test_a_password_in_an_answer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    page = own_page._page

    def told(request: HttpRequest, found: dict[str, object]) -> HttpResponse:
        answer = page(request, found)
        answer.write(request.POST.get("new", ""))
        return answer

    monkeypatch.setattr(own_page, "_page", told)
    faults = examine_traces().faults
    assert faults == ("the password stands in an answer to a refused change",)


def test_a_password_in_the_database_and_in_a_log_are_found() -> None:
    @contextmanager
    def in_the_trail(password: str) -> Iterator[None]:
        def tell(events: list[trail.Event]) -> None:
            append([trail.Event(event.actor, event.action, password) for event in events])

        append = trail.append
        with mock.patch("siegel.identity.people.trail", mock.Mock(append=tell, Event=trail.Event)):
            yield

    assert "the password stands in the database" in examine_traces(in_the_trail).faults


def test_a_way_that_does_not_work_proves_nothing() -> None:
    with (
        mock.patch("siegel.identity.passwords.against", return_value=[]),
        mock.patch.object(password_traces, "ADDRESS", "elsewhere@probe.invalid"),
        mock.patch("siegel.identity.models.Person.check_password", return_value=False),
        pytest.raises(LookupError, match="the sign-in was answered with 200"),
    ):
        examine_traces()


def test_a_log_that_nobody_hears_proves_nothing() -> None:
    with mock.patch("siegel.trust.checks.password_traces.logging.StreamHandler.emit"):
        assert not examine_traces().is_complete


def test_each_spelling_is_another() -> None:
    found = spellings("ab? cd&ef")
    assert len(set(found)) == len(found)
    assert b"ab%3F%20cd%26ef" in found
    assert password_traces.ADDRESS

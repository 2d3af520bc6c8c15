"""A credential that opens something elsewhere, or after its end, is found."""

from collections.abc import Mapping

import pytest

from siegel.identity.models import Invitation
from siegel.trust.checks import credentials
from siegel.trust.checks.credentials import examine_credentials


def test_clients_and_invitations_that_hold_everywhere_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from siegel.desk import invitation
    from siegel.widget import standing
    from siegel.widget.models import Visit
    from siegel.widget.visiting import Holder

    def anybody(cookies: Mapping[str, str]) -> Holder | None:
        visit = Visit.objects.first()
        return Holder(visit, "") if visit else None

    monkeypatch.setattr(standing, "holder", anybody)
    monkeypatch.setattr(invitation, "invitation_of", lambda token: Invitation.objects.first())
    faults = examine_credentials().faults
    assert "a client's cookie of another organisation is let in" in faults
    assert "an invitation of another organisation is let in" in faults


def test_sessions_that_never_expire_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siegel.identity.session_engine.is_over", lambda session: False)
    assert examine_credentials().faults == (
        "a session that has expired is let in",
        "a session that has expired at the socket is let in",
        "a session that was left idle is let in",
        "a session that was left idle at the socket is let in",
    )


def test_sessions_that_outlive_their_revocation_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "end_session", lambda *_: None)
    assert examine_credentials().faults == (
        "a session that was revoked is let in",
        "a session that was revoked at the socket is let in",
    )


def test_people_who_are_deactivated_and_let_in_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "django.contrib.auth.backends.ModelBackend.user_can_authenticate", lambda *_: True
    )
    faults = examine_credentials().faults
    assert faults == ("a session of somebody deactivated is let in",)


def test_credentials_that_work_nowhere_prove_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "opens_chat", lambda *_: False)
    with pytest.raises(LookupError):
        examine_credentials()


def test_sessions_that_do_not_work_before_their_end_prove_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(credentials, "sign_in", lambda person: ("none", ""))
    with pytest.raises(LookupError):
        examine_credentials()

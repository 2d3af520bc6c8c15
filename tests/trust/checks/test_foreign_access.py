"""An address that serves somebody of another organisation is found."""

from contextlib import AbstractContextManager, nullcontext
from unittest import mock

import pytest
from django.contrib.sessions.backends.db import SessionStore

from siegel.conversations.models import Contact
from siegel.identity.models import Session
from siegel.tenancy import registry
from siegel.trust.checks import foreign_access
from siegel.trust.checks.addresses import Address, all_addresses
from siegel.trust.checks.foreign_access import Plant, examine_foreign_access
from siegel.trust.checks.scene import Scene
from tests.security.addresses import ANONYMOUS, CHAT, DESK, FILES


def test_the_map_is_the_one_of_the_tests() -> None:
    found = {(each.surface, each.route) for each in all_addresses() if not each.method}
    desk = {("desk", f"/{line.address}") for line in DESK + ANONYMOUS}
    assert found == desk | {("chat", f"/{line.address}") for line in CHAT}
    assert len([each for each in all_addresses() if each.method]) == 2 * len(FILES)


def test_whatever_a_placeholder_is_called_something_stands_there() -> None:
    address = Address("desk", "/a/<uuid:person>/<slug:unknown>/")
    assert address.paths({"person": ["p"], "": ["x", "y"]}) == ["/a/p/x/", "/a/p/y/"]
    assert address.names_things
    assert Address("desk", "/a/").paths({}) == ["/a/"]


def test_sessions_that_hold_everywhere_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if whoever has any cookie of a session were somebody of the organisation."""

    # Of the class below ours: files ask it by another door.
    def load(self: SessionStore) -> dict[str, object]:
        row = Session.objects.order_by("-expire_date").first()
        self.row = row  # type: ignore[attr-defined] # ours has it
        found: dict[str, object] = self.decode(row.session_data) if row else {}
        return found

    monkeypatch.setattr(SessionStore, "load", load)
    faults = examine_foreign_access().faults
    assert any("/inbox/<uuid:identifier>/ tells" in fault for fault in faults)
    assert any("desk /files/<uuid:file> tells" in fault for fault in faults)


def test_clients_that_are_known_everywhere_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from siegel.widget import live, standing
    from siegel.widget.models import Visit
    from siegel.widget.visiting import Holder

    def anybody(cookies: object) -> Holder | None:
        contact = Contact.objects.first()
        return Holder(Visit(contact=contact), "") if contact else None

    monkeypatch.setattr(standing, "holder", anybody)
    monkeypatch.setattr(live, "holder", anybody)
    faults = examine_foreign_access().faults
    assert any("chat /transcript tells" in fault for fault in faults)
    assert any("chat /files/<uuid:file> tells" in fault for fault in faults)


def with_credential(name: str, worth: str) -> Plant:
    """One probe's own credential holds nowhere."""

    def plant(one: Scene, other: Scene) -> AbstractContextManager[object]:
        object.__setattr__(one, name, worth)
        return nullcontext()

    return plant


def without_chat(one: Scene, other: Scene) -> AbstractContextManager[object]:
    """No host leads to a chat."""
    return mock.patch.object(registry, "CHAT_PREFIX", "none.")


def without_files(one: Scene, other: Scene) -> AbstractContextManager[object]:
    """Nothing answers below /files/."""
    return mock.patch("siegel.conversations.file_requests.ROUTES", [])


@pytest.mark.parametrize(
    "plant",
    [
        with_credential("session", "none"),
        with_credential("visitor", "__Host-visitor=none"),
        without_chat,
        without_files,
    ],
    ids=["session", "client", "chat", "files"],
)
def test_what_is_not_found_where_it_belongs_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, plant: Plant
) -> None:
    monkeypatch.setattr(foreign_access, "all_addresses", lambda: all_addresses()[:1])
    with pytest.raises(LookupError):
        examine_foreign_access(plant)


def test_a_chat_that_nobody_looks_at_is_no_canary(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = [each for each in all_addresses() if each.route == "/inbox/<uuid:identifier>/"]
    monkeypatch.setattr(foreign_access, "all_addresses", lambda: desk)
    assert foreign_access.plant_each().faults == ()


def test_a_failure_that_is_not_noticed_is_no_canary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign_access, "all_addresses", list)
    # Asked where it belongs, the text is not there: the host leads elsewhere.
    with pytest.raises(LookupError):
        foreign_access.plant_each()

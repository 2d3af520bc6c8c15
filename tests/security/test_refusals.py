"""What is refused says what happened, what was kept and what to do: as a page or as JSON."""

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connections
from django.test import Client

from siegel.tenancy.context import serving
from siegel.tenancy.proof.models import Canary
from tests.cast import Organisation
from tests.server import Running

JSON = {"X-Siegel": "1"}


def fill(bank: Organisation) -> None:
    """Let the database of the tenant grow no further, and fill its last page."""
    with serving(bank.tenant):
        with connections[bank.tenant.id].cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1")
        for size in (100_000, 1_000, 10):
            with pytest.raises(OperationalError, match="full"):
                for _ in range(1_000):
                    Canary.objects.create(text="x" * size)


def make_room(bank: Organisation) -> None:
    with serving(bank.tenant), connections[bank.tenant.id].cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1000000")


def lenient(client: Client) -> Client:
    """A browser gets the answer; Django's test client would raise the error behind it."""
    client.raise_request_exception = False
    return client


def test_a_full_disk_is_said_to_the_chat_and_recovers(
    bank: Organisation, caplog: pytest.LogCaptureFixture
) -> None:
    client = lenient(bank.visitor())

    def begin(language: str) -> tuple[int, dict[str, object], str]:
        answer = client.post(
            f"/visit?lang={language}", "{}", content_type="application/json", headers=JSON
        )
        client.cookies.clear()
        return answer.status_code, answer.json(), answer.headers.get("Retry-After", "")

    begin("en")
    fill(bank)
    # Some rows still find room in pages that are there.
    answers = [begin("en") for _ in range(15)]
    status, told, retry = answers[-1]
    assert (status, told["code"], told["retry_after"], retry) == (507, "storage-full", 5, "5")
    assert "What you wrote is kept" in str(told["message"])
    refused = [answer for answer in answers if answer[0] == 507]
    assert caplog.text.count("OperationalError") == len(refused)
    assert "database or disk is full" not in caplog.text
    assert "Traceback" not in caplog.text
    make_room(bank)
    assert begin("en")[0] == 201


def test_a_full_disk_is_said_at_the_sign_in(bank: Organisation) -> None:
    assert bank.anonymous().get("/sign-in/").status_code == 200
    fill(bank)
    # Each one stores a session, in a middleware.
    pages = [lenient(bank.anonymous()).get("/sign-in/") for _ in range(60)]
    assert pages[-1].status_code == 503
    assert "Gerade nicht erreichbar" in pages[-1].content.decode()
    assert pages[-1].headers["Retry-After"] == "5"
    make_room(bank)
    assert bank.anonymous().get("/sign-in/").status_code == 200


@pytest.mark.parametrize(
    "error", [OperationalError("full"), DatabaseError("malformed"), OSError(24)]
)
def test_what_cannot_be_stored_is_no_mistake_of_ours(
    bank: Organisation, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    conversation = bank.conversation()
    monkeypatch.setattr("siegel.conversations.resolving.write_transaction", fail)
    desk = lenient(bank.desk(bank.ada))
    path = f"/inbox/{conversation.pk}/resolve/"
    for headers in ({"X-CSRFToken": "x"}, {"Accept": "application/json"}):
        answer = desk.post(path, {"seen": 1}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (507, "storage-full")
    page = desk.post(path, {"seen": 1}, headers={"Accept": "text/html,*/*"})
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")


@pytest.mark.parametrize("error", [IntegrityError("twice"), LookupError("no")])
def test_a_mistake_of_ours_stays_one(
    bank: Organisation,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("siegel.widget.views.start_conversation", fail)
    answer = lenient(bank.visitor()).post(
        "/visit", "{}", content_type="application/json", headers=JSON
    )
    assert answer.status_code == 500
    assert "Das hat nicht geklappt" in answer.content.decode()
    assert "Internal Server Error" in caplog.text


def test_a_malformed_host_is_a_page_in_both_languages(server: Running, bank: Organisation) -> None:
    for host in (f"{bank.host}:evil", f"{bank.chat_host}:evil"):
        status, headers, body = server.request("GET", host, "/sign-in/")
        assert status == 400
        assert "Nicht verstanden" in body.decode()
        assert "Not understood" in body.decode()
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        status, _, body = server.request("GET", host, "/visit", X_Siegel="1")
        assert (status, b'"malformed"' in body) == (400, True)


def test_too_many_fields_are_a_page_in_both_languages(bank: Organisation) -> None:
    answer = bank.anonymous().post("/sign-in/", {f"field{n}": "x" for n in range(101)})
    assert answer.status_code == 400
    assert "Nicht verstanden" in answer.content.decode()


def test_a_method_that_is_not_taken_has_a_body(server: Running, bank: Organisation) -> None:
    status, headers, body = server.request("GET", bank.chat_host, "/contact")
    assert (status, headers["Allow"]) == (405, "POST")
    assert int(headers["Content-Length"]) == len(body)
    assert "Das geht hier nicht" in body.decode()
    answer = bank.visitor().put("/visit?lang=de", headers={**JSON, "Accept-Language": "de"})
    assert (answer.status_code, answer.json()["code"]) == (405, "method-refused")
    assert "Nothing was changed" in bank.visitor().put("/visit", headers=JSON).json()["message"]


@pytest.mark.parametrize("path", ["/socket-ticket/", "/administration/teams/default/"])
def test_a_program_that_is_signed_out_is_told_so(bank: Organisation, path: str) -> None:
    told = bank.anonymous().post(path, headers={"X-CSRFToken": "x", "accept-language": "de"})
    assert (told.status_code, told.json()["code"]) == (403, "session-ended")
    assert "melden Sie sich" in told.json()["message"]
    followed = bank.anonymous().post(path)
    assert followed.headers["Location"] == f"/sign-in/?next={path}"

"""How much may be announced, what cancelling takes back, and what deletion makes forgotten."""

import datetime as dt
import uuid
from typing import Any
from unittest import mock

import pytest
from django.utils import timezone

from siegel.conversations import files, jobs
from siegel.conversations.models import Attachment, Conversation, Event
from siegel.desk.inbox import inbox_of
from siegel.files import clamd
from siegel.files.clamd import ScannerUnavailable, Verdict
from siegel.files.models import FilePolicy, Scan, StoredFile, Upload
from siegel.files.quotas import MOST_OPEN, MOST_PER_MINUTE
from siegel.tenancy.context import serving
from siegel.tenancy.models import Job
from siegel.tenancy.writing import write_transaction
from tests.cast import Organisation
from tests.conversations.file_client import (
    adviser_files,
    client_files,
    send,
    stored_objects,
)
from tests.conversations.test_file_jobs import (
    NEW,
    OLD,
    Scanner,
    age,
    events,
    only_the_test_runs_jobs,
    scanner,
)
from tests.server import Running

__all__ = ["only_the_test_runs_jobs", "scanner"]  # The fixtures.


def let_pass(organisation: Organisation, hours: int) -> None:
    with serving(organisation.tenant):
        Upload.objects.update(touched_at=timezone.now() - dt.timedelta(hours=hours))


def test_one_has_twenty_open_uploads(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    begun = [client.begin(conversation, "a.txt", 3).facts["upload"] for _ in range(MOST_OPEN)]
    assert client.begin(conversation, "a.txt", 3).refusal == (503, "too-many-uploads")
    assert client.begin(conversation, "a.txt", 3).headers["Retry-After"]
    assert adviser_files(server, bank, bank.ada).begin(conversation, "a.txt", 3).status == 201
    client.put(begun[0], 1, b"abc")
    assert client.complete(begun[0]).status == 200
    assert client.begin(conversation, "a.txt", 3).status == 201


def test_one_announces_sixty_a_minute_whatever_became_of_them(
    server: Running, bank: Organisation
) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    clock = mock.patch("siegel.files.quotas.time.monotonic", return_value=6e9)
    with clock as now:
        for _ in range(MOST_PER_MINUTE):
            upload = client.begin(conversation, "a.txt", 3).facts["upload"]
            client.ask("DELETE", f"/files/uploads/{upload}")
        assert client.begin(conversation, "a.txt", 3).refusal == (503, "too-many-uploads")
        now.return_value += 60
        assert client.begin(conversation, "a.txt", 3).status == 201


def test_what_is_announced_and_not_sent_takes_room_for_an_hour(
    server: Running, bank: Organisation
) -> None:
    conversation = bank.conversation()
    client, ada = client_files(server, bank, conversation), adviser_files(server, bank, bank.ada)
    with serving(bank.tenant):
        FilePolicy.objects.create(visitor_bytes=100, tenant_bytes=100)
    lain = client.begin(conversation, "a.txt", 60).facts["upload"]
    assert ada.begin(conversation, "b.txt", 60).refusal == (507, "quota-tenant")
    let_pass(bank, hours=2)
    other = ada.begin(conversation, "b.txt", 60).facts["upload"]
    # Its room was given away meanwhile; once there is some again, it goes on.
    assert client.put(lain, 1, b"x" * 60).refusal == (507, "quota-tenant")
    assert stored_objects(bank) == []
    assert ada.ask("DELETE", f"/files/uploads/{other}").status == 204
    assert client.put(lain, 1, b"x" * 60).status == 204
    assert client.complete(lain).status == 200


def test_cancelling_what_is_complete_takes_the_file_back(
    server: Running, bank: Organisation
) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    for is_sent in (False, True):
        upload = client.begin(conversation, "a.txt", 3).facts["upload"]
        client.put(upload, 1, b"abc")
        file = client.complete(upload).facts["file"]["id"]
        if is_sent:
            send(bank, conversation, uuid.UUID(file))
            answer = client.ask("DELETE", f"/files/uploads/{upload}")
            assert answer.refusal == (404, "upload-gone")
            assert client.ask("GET", f"/files/{file}").body == b"abc"
        else:
            assert client.ask("DELETE", f"/files/uploads/{upload}").status == 204
            assert client.ask("GET", f"/files/{file}").status == 404
            assert stored_objects(bank) == []


def test_a_file_that_is_sent_while_the_sweeper_looks_stays(
    server: Running, bank: Organisation
) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    late, forgotten = client.file(conversation, b"late"), client.file(conversation, b"forgotten")
    age(bank)
    lock = write_transaction

    def send_first() -> Any:
        with mock.patch.object(files, "write_transaction", lock):
            if not Attachment.objects.exists():
                send(bank, conversation, late)
        return lock()

    with serving(bank.tenant):
        with mock.patch.object(files, "write_transaction", send_first):
            assert files.delete_unsent_files(days=1) == 1
        assert [file.pk for file in StoredFile.objects.all()] == [late]
    assert client.ask("GET", f"/files/{late}").body == b"late"
    assert client.ask("GET", f"/files/{forgotten}").status == 404


def excerpt_in_inbox(organisation: Organisation) -> list[str]:
    with serving(organisation.tenant):
        ada = organisation.as_adviser(organisation.ada)
        return [row["excerpt"] for row in inbox_of(ada, "free")["rows"]]


def test_the_name_of_a_deleted_file_is_forgotten(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client, ada = client_files(server, bank, conversation), adviser_files(server, bank, bank.ada)
    one, two = (client.file(conversation, b"x", f"{name}.txt") for name in ("one", "two"))
    send(bank, conversation, one, two)
    assert excerpt_in_inbox(bank) == ["one.txt, two.txt"]
    ada.ask("DELETE", f"/files/{one}")
    assert excerpt_in_inbox(bank) == ["two.txt"]
    ada.ask("DELETE", f"/files/{two}")
    assert excerpt_in_inbox(bank) == ["…"]


def test_what_was_written_stays_the_excerpt(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client, ada = client_files(server, bank, conversation), adviser_files(server, bank, bank.ada)
    older, newer = client.file(conversation, b"x"), client.file(conversation, b"y")
    send(bank, conversation, older)
    send(bank, conversation, newer, body="Bitte prüfen")
    for file in (newer, older):
        assert ada.ask("DELETE", f"/files/{file}").status == 204
        assert excerpt_in_inbox(bank) == ["Bitte prüfen"]


def scan_jobs() -> list[list[str]]:
    return list(Job.objects.filter(name="files.scan").values_list("arguments", flat=True))


@pytest.mark.parametrize("found", [Scan.CLEAN, Scan.INFECTED])
def test_whoever_is_killed_before_telling_tells_at_the_next_attempt(
    server: Running, bank: Organisation, scanner: Scanner, found: Scan
) -> None:
    conversation = bank.conversation()
    scanner.verdict = ScannerUnavailable("away")
    file = client_files(server, bank, conversation).file(conversation, b"one")
    send(bank, conversation, file)
    (arguments,) = scan_jobs()
    scanner.verdict = Verdict(found == Scan.INFECTED, "", OLD)
    with serving(bank.tenant):
        with mock.patch.object(jobs, "tell_scan", side_effect=KeyError), pytest.raises(KeyError):
            jobs.scan_file(*arguments)
        assert events(bank) == []
        for _ in range(2):
            jobs.scan_file(*arguments)
    assert events(bank) == [(str(file), "ready" if found == Scan.CLEAN else "infected")]


def test_that_a_file_was_scanned_after_all_is_told(
    server: Running, bank: Organisation, scanner: Scanner
) -> None:
    conversation = bank.conversation()
    with mock.patch.object(clamd, "is_configured", return_value=False):
        file = client_files(server, bank, conversation).file(conversation, b"one")
    send(bank, conversation, file)
    with serving(bank.tenant):
        jobs.rescan(OLD)
        assert scan_jobs() == [[str(file), "none"]]
        jobs.scan_file(str(file), "none")
    assert events(bank) == [(str(file), "ready")]


def test_the_hourly_comparison_finds_what_was_missed(
    server: Running, bank: Organisation, scanner: Scanner
) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    seen = client.file(conversation, b"one")
    scanner.verdict = ScannerUnavailable("away")
    waiting = client.file(conversation, b"two")
    with serving(bank.tenant):
        jobs.sweep()
        assert scan_jobs() == [[str(waiting), "waiting"]]
        # All attempts have failed; the scanner is the same as ever.
        Job.objects.filter(name="files.scan").update(state="failed", finished_at=timezone.now())
        scanner.verdict = Verdict(False, "", OLD)
        jobs.sweep()
        jobs.sweep()
        assert scan_jobs() == [[str(waiting), "waiting"]] * 2
        # Other signatures, of which this tenant has heard nothing while it was suspended.
        scanner.verdict = Verdict(False, "", NEW)
        jobs.sweep()
        assert [str(seen), "clean"] in scan_jobs()
        assert len(scan_jobs()) == 3


def test_an_event_of_another_file_does_not_count(
    server: Running, bank: Organisation, scanner: Scanner
) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    sent = [client.file(conversation, b"%d" % n) for n in range(2)]
    send(bank, conversation, *sent)
    scanner.verdict = Verdict(True, "Evil", NEW)
    with serving(bank.tenant):
        for file in sent:
            jobs.scan_file(str(file), "clean")
        assert Event.objects.filter(kind="file").count() == 2
        assert Conversation.objects.get().last_seq == 4

"""Files are scanned again when the scanner answers or knows more, and nothing unsent stays."""

import datetime as dt
import os
import uuid
from collections.abc import Iterator
from typing import BinaryIO
from unittest import mock

import pytest
from django.test import override_settings
from django.utils import timezone

from siegel.conversations import jobs
from siegel.conversations.models import Conversation, Event
from siegel.files import clamd, objects
from siegel.files.clamd import ScannerUnavailable, Verdict
from siegel.files.models import StoredFile, Upload
from siegel.files.scanning import scan_again, to_be_scanned
from siegel.tenancy import jobs as workers
from siegel.tenancy.context import serving
from siegel.tenancy.job_queue import queue
from siegel.tenancy.models import Job
from tests.cast import Organisation
from tests.conversations.file_client import FileClient, client_files, send, stored_objects
from tests.server import Running

OLD, NEW = "ClamAV 1/1/x", "ClamAV 1/2/x"


@pytest.fixture(autouse=True)
def only_the_test_runs_jobs(server: Running) -> Iterator[None]:
    """The server's own workers would be quicker at times."""
    assert workers.stop()
    yield
    queue().storage.flush_queue()
    workers.start()


class Scanner:
    """Says what it is told to say; the real one has tests of its own."""

    def __init__(self) -> None:
        self.verdict: Verdict | Exception = Verdict(False, "", OLD)

    def scan(self, file: BinaryIO) -> Verdict:
        self.content = file.read()
        if isinstance(self.verdict, Exception):
            raise self.verdict
        return self.verdict

    def version(self) -> str:
        if isinstance(self.verdict, Exception):
            raise self.verdict
        return self.verdict.scanner


@pytest.fixture
def scanner() -> Iterator[Scanner]:
    made = Scanner()
    with (
        override_settings(SIEGEL_CLAMD="unix:/nowhere"),
        mock.patch.object(clamd, "scan", made.scan),
        mock.patch.object(clamd, "scanner_version", made.version),
        mock.patch.object(jobs, "_followed", ""),
    ):
        yield made


def events(organisation: Organisation) -> list[tuple[str, str]]:
    with serving(organisation.tenant):
        found = Event.objects.filter(kind="file").order_by("seq")
        return [(event.detail["file"], event.detail["state"]) for event in found]


def test_what_the_scanner_has_seen_is_said_and_what_it_finds_is_refused(
    server: Running, bank: Organisation, scanner: Scanner
) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    answer = client.hand_over(conversation, b"harmless")
    assert scanner.content == b"harmless"
    assert (answer.facts["file"]["state"], answer.facts["file"]["scan"]) == ("ready", "clean")
    with serving(bank.tenant):
        assert StoredFile.objects.get().scanner == OLD
    scanner.verdict = Verdict(True, "Evil", OLD)
    assert client.hand_over(conversation, b"harmful").refusal == (422, "infected")
    assert len(stored_objects(bank)) == 1


def test_a_scanner_that_is_away_blocks_the_file_until_it_has_looked(
    server: Running, bank: Organisation, scanner: Scanner
) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    scanner.verdict = ScannerUnavailable("away")
    answer = client.hand_over(conversation, b"harmless")
    shown = answer.facts["file"]
    assert (shown["state"], shown["scan"], shown["preview"]) == ("waiting", "waiting", False)
    send(bank, conversation, uuid.UUID(shown["id"]))
    assert client.ask("GET", f"/files/{shown['id']}").refusal == (403, "scanner-unavailable")
    row = Job.objects.get(name="files.scan")
    assert (row.tenant, row.arguments) == (bank.tenant.id, [shown["id"], "waiting"])
    with serving(bank.tenant), pytest.raises(ScannerUnavailable):
        jobs.scan_file(shown["id"], "waiting")
    assert client.ask("GET", f"/files/{shown['id']}").status == 403
    scanner.verdict = Verdict(False, "", OLD)
    with serving(bank.tenant):
        jobs.scan_file(shown["id"], "waiting")
    assert client.ask("GET", f"/files/{shown['id']}").body == b"harmless"
    assert events(bank) == [(shown["id"], "ready")]


def test_with_new_signatures_every_file_is_scanned_again(
    server: Running, bank: Organisation, scanner: Scanner
) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    sent, unsent = client.file(conversation, b"one"), client.file(conversation, b"two")
    send(bank, conversation, sent)
    jobs.follow_signatures()
    jobs.follow_signatures()
    assert Job.objects.filter(name="files.rescan").count() == 1
    with serving(bank.tenant):
        jobs.rescan(OLD)
    assert not Job.objects.filter(name="files.scan").exists()
    scanner.verdict = Verdict(True, "Evil", NEW)
    jobs.follow_signatures()
    assert Job.objects.filter(name="files.rescan").count() == 2
    with serving(bank.tenant):
        jobs.rescan(NEW)
        arguments = Job.objects.filter(name="files.scan").values_list("arguments", flat=True)
        assert sorted(arguments) == sorted([[str(sent), "clean"], [str(unsent), "clean"]])
        for file, before in arguments:
            jobs.scan_file(file, before)
        assert to_be_scanned(NEW) == []
    assert events(bank) == [(str(sent), "infected")]
    assert client.ask("GET", f"/files/{sent}").refusal == (403, "file-blocked")
    assert client.ask("GET", f"/files/{unsent}").refusal == (403, "file-blocked")


def test_a_scanner_that_was_away_is_followed_anew(
    server: Running, bank: Organisation, scanner: Scanner
) -> None:
    jobs.follow_signatures()
    scanner.verdict = ScannerUnavailable("away")
    jobs.follow_signatures()
    scanner.verdict = Verdict(False, "", OLD)
    jobs.follow_signatures()
    assert Job.objects.filter(name="files.rescan").count() == 2


def test_without_a_scanner_nothing_is_followed(bank: Organisation) -> None:
    jobs.follow_signatures()
    # What runs regularly has rows of its own.
    assert not Job.objects.filter(name="files.rescan").exists()


def test_a_file_that_stays_what_it_was_tells_nobody(
    server: Running, bank: Organisation, scanner: Scanner
) -> None:
    conversation = bank.conversation()
    file = client_files(server, bank, conversation).file(conversation, b"one")
    send(bank, conversation, file)
    scanner.verdict = Verdict(False, "", NEW)
    with serving(bank.tenant):
        jobs.scan_file(str(file), "clean")
        assert StoredFile.objects.get().scanner == NEW
        jobs.scan_file(str(uuid.uuid4()), "none")
    assert events(bank) == []


def test_a_file_that_is_deleted_while_it_is_scanned(
    server: Running, bank: Organisation, scanner: Scanner
) -> None:
    conversation = bank.conversation()
    file = client_files(server, bank, conversation).file(conversation, b"one")
    with serving(bank.tenant):
        row = StoredFile.objects.get(pk=file)
        StoredFile.objects.all().delete()
        assert scan_again(row) is False


def age(organisation: Organisation) -> None:
    """Let a day and more pass."""
    yesterday = timezone.now() - dt.timedelta(hours=25)
    with serving(organisation.tenant):
        Upload.objects.update(touched_at=yesterday)
        StoredFile.objects.update(received_at=yesterday)
    for path in stored_objects(organisation):
        os.utime(path, (yesterday.timestamp(), yesterday.timestamp()))


def leave_things_behind(client: FileClient, conversation: Conversation) -> uuid.UUID:
    """An abandoned upload, an unsent file, and one that is to be sent."""
    upload = client.begin(conversation, "a.txt", 10).facts["upload"]
    client.put(upload, 1, b"0123456789")
    client.file(conversation, b"unsent")
    return client.file(conversation, b"sent")


def test_what_nobody_comes_back_for_is_swept_up(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    sent = leave_things_behind(client, conversation)
    send(bank, conversation, sent)
    with serving(bank.tenant):
        with objects.sealing(objects.Purpose.PART) as (_, writer):
            writer.write(b"of a process that was killed")
        jobs.sweep()
    assert len(stored_objects(bank)) == 4
    age(bank)
    with serving(bank.tenant):
        jobs.sweep()
        assert not Upload.objects.exists()
        assert [file.pk for file in StoredFile.objects.all()] == [sent]
    assert len(stored_objects(bank)) == 1
    assert client.ask("GET", f"/files/{sent}").body == b"sent"


def test_every_active_tenant_is_swept(bank: Organisation, insurer: Organisation) -> None:
    from siegel.tenancy.suspending import suspend

    suspend("insurer", "test")
    jobs.sweep_all()
    swept = Job.objects.filter(name="files.sweep")
    assert [row.tenant for row in swept] == [bank.tenant.id]

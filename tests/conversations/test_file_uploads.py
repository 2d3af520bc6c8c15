"""Handing files over by HTTP: in parts, within limits, by content, refused in words."""

import pytest

from siegel.audit.models import TrailEntry
from siegel.files.models import PART_BYTES, FilePolicy, StoredFile, Upload, UploadPart
from siegel.files.names import shown_name
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.conversations.file_client import (
    FileClient,
    adviser_files,
    answer_as,
    client_files,
    digest_of,
    stored_objects,
)
from tests.files import samples
from tests.server import Running

TEXT = b"Guten Tag, hier ist meine Police."


def test_many_parts_are_joined_in_their_order_however_they_came(
    server: Running, bank: Organisation
) -> None:
    conversation = bank.conversation()
    answer_as(bank, conversation)
    client = client_files(server, bank, conversation)
    content = b"".join(b"%09d\n" % number for number in range(1_200_000))
    parts = [content[at : at + PART_BYTES] for at in range(0, len(content), PART_BYTES)]
    upload = client.begin(conversation, "numbers.txt", len(content)).facts["upload"]
    assert len(parts) == 3
    assert client.put(upload, 3, parts[2]).status == 204
    assert client.put(upload, 1, parts[0]).status == 204
    assert client.complete(upload).facts["missing"] == [2]
    assert client.ask("GET", f"/files/uploads/{upload}").facts["stored"] == [1, 3]
    assert client.put(upload, 2, parts[1]).status == 204
    assert client.put(upload, 2, parts[1]).status == 204
    completed = client.complete(upload).facts
    assert client.complete(upload).facts == completed
    assert client.ask("GET", f"/files/uploads/{upload}").facts["stored"] == [1, 2, 3]
    assert client.put(upload, 2, parts[1]).status == 204
    assert client.ask("GET", f"/files/{completed['file']['id']}").body == content
    # The parts have gone, the whole has come.
    assert len(stored_objects(bank)) == 1


@pytest.mark.parametrize(
    ("content", "digest", "expected"),
    [
        (b"x" * 100, digest_of(b"y" * 100), (422, "part-damaged")),
        (b"x" * 99, None, (422, "part-damaged")),
        (b"x" * 101, None, (413, "part-too-large")),
        (b"", None, (422, "part-damaged")),
        (b"x" * 100, "md5=:AAAA:", (400, "malformed")),
        (b"x" * 100, "sha-256=:!:", (400, "malformed")),
    ],
)
def test_a_part_that_is_not_what_was_announced_leaves_nothing(
    server: Running,
    bank: Organisation,
    content: bytes,
    digest: str | None,
    expected: tuple[int, str],
) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    upload = client.begin(conversation, "a.txt", 100).facts["upload"]
    assert client.put(upload, 1, content, digest).refusal == expected
    assert stored_objects(bank) == []
    assert client.ask("GET", f"/files/uploads/{upload}").facts["stored"] == []
    assert client.put(upload, 1, b"z" * 100).status == 204


def test_the_same_part_with_other_content_is_refused(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    upload = client.begin(conversation, "a.txt", 3).facts["upload"]
    assert client.put(upload, 1, b"abc").status == 204
    assert client.put(upload, 1, b"xyz").refusal == (409, "part-differs")
    assert client.put(upload, 2, b"abc").refusal == (404, "not-found")
    assert len(stored_objects(bank)) == 1
    assert client.ask("GET", f"/files/{client.complete(upload).facts['file']['id']}").body == b"abc"


@pytest.mark.parametrize(
    ("name", "size", "expected"),
    [
        ("a.txt", 0, (422, "file-empty")),
        ("a.txt", -1, (422, "file-empty")),
        ("a.txt", 10_000_001, (413, "before-answer")),
        ("a.txt", 5 * 1024**3, (413, "before-answer")),
        ("", 5, (422, "name-refused")),
        ("a\0.txt", 5, (422, "name-refused")),
        ("n" * 500, 5, (422, "name-refused")),
    ],
)
def test_what_is_refused_when_it_is_announced(
    server: Running, bank: Organisation, name: str, size: int, expected: tuple[int, str]
) -> None:
    conversation = bank.conversation()
    answer = client_files(server, bank, conversation).begin(conversation, name, size)
    assert answer.refusal == expected
    assert len(answer.facts["message"]) > 20
    with serving(bank.tenant):
        assert not Upload.objects.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "\u202etxt.exe.pdf", 'Käse & Brot; "x".txt'])
def test_a_name_is_stored_as_given_and_shown_harmlessly(
    server: Running, bank: Organisation, name: str
) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    answer = client.hand_over(conversation, TEXT, name)
    assert answer.status == 200, answer.body
    shown = answer.facts["file"]["name"]
    assert shown == shown_name(name)
    assert not set(shown) & set("/\u202e")
    with serving(bank.tenant):
        assert StoredFile.objects.get().name == name
    headers = client.ask("GET", f"/files/{answer.facts['file']['id']}").headers
    assert headers["Content-Disposition"].startswith("attachment; filename")
    assert "\n" not in headers["Content-Disposition"]


def test_the_limit_is_told_and_rises_with_the_answer(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client, ada = client_files(server, bank, conversation), adviser_files(server, bank, bank.ada)
    path = f"/files/limits?conversation={conversation.pk}"
    before = client.ask("GET", path).facts
    assert (before["largest"], before["reason"]) == (10_000_000, "before-answer")
    assert before["part"] == PART_BYTES
    assert {".pdf", ".docx", ".heic"} <= set(before["accept"].split(","))
    assert client.ask("GET", "/files/limits").facts["largest"] == 10_000_000
    # Also before there is a conversation, and only where somebody could begin one.
    stranger = FileClient(server, bank.chat_host, "").ask("GET", "/files/limits").facts
    assert (stranger["largest"], stranger["reason"]) == (10_000_000, "before-answer")
    assert FileClient(server, bank.host, "").ask("GET", "/files/limits").status == 404
    assert ada.ask("GET", path).facts["largest"] == 100_000_000
    answer_as(bank, conversation)
    after = client.ask("GET", path).facts
    assert (after["largest"], after["reason"]) == (100_000_000, "")
    assert client.begin(conversation, "a.txt", 10_000_001).status == 201
    assert client.begin(conversation, "a.txt", 100_000_001).refusal == (413, "file-too-large")
    with serving(bank.tenant):
        FilePolicy.objects.create(largest_bytes=50, tenant_bytes=200_000_100, kinds=["pdf"])
    assert client.ask("GET", path).facts["accept"] == ".pdf"
    assert client.begin(conversation, "a.txt", 51).refusal == (413, "file-too-large")


def test_quotas_of_the_visitor_and_of_the_tenant(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client, ada = client_files(server, bank, conversation), adviser_files(server, bank, bank.ada)
    with serving(bank.tenant):
        FilePolicy.objects.create(visitor_bytes=100, tenant_bytes=150)
    first = client.begin(conversation, "a.txt", 60).facts["upload"]
    assert client.begin(conversation, "b.txt", 60).refusal == (507, "quota-visitor")
    assert ada.begin(conversation, "c.txt", 91).refusal == (507, "quota-tenant")
    assert ada.begin(conversation, "c.txt", 90).status == 201
    assert client.ask("DELETE", f"/files/uploads/{first}").status == 204
    assert client.begin(conversation, "b.txt", 60).status == 201


def test_cancelling_leaves_nothing(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    upload = client.begin(conversation, "a.txt", 3).facts["upload"]
    client.put(upload, 1, b"abc")
    assert client.ask("DELETE", f"/files/uploads/{upload}").status == 204
    assert stored_objects(bank) == []
    for answer in (
        client.ask("GET", f"/files/uploads/{upload}"),
        client.put(upload, 1, b"abc"),
        client.complete(upload),
        client.ask("DELETE", f"/files/uploads/{upload}"),
    ):
        assert answer.refusal == (404, "upload-gone")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/files/uploads", b"{"),
        ("POST", "/files/uploads", b'{"name": "\xff"}'),
        ("POST", "/files/uploads", b'{"name": 1}'),
        ("POST", "/files/uploads", b"x" * 9000),
        ("POST", "/files/uploads", b'{"conversation": "no", "name": "a", "size": 1}'),
    ],
)
def test_an_announcement_nobody_understands(
    server: Running, bank: Organisation, method: str, path: str, body: bytes
) -> None:
    client = client_files(server, bank, bank.conversation())
    assert client.ask(method, path, body).refusal == (400, "malformed")


def test_a_refused_file_is_gone_and_the_trail_tells(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    client = client_files(server, bank, conversation)
    answer = client.hand_over(conversation, samples.exe(), "holiday.jpg")
    assert answer.refusal == (422, "executable")
    assert stored_objects(bank) == []
    with serving(bank.tenant):
        assert not Upload.objects.exists()
        assert not UploadPart.objects.exists()
        entry = TrailEntry.objects.order_by("-seq")[0]
    assert (entry.action, entry.detail["code"]) == ("file.refused", "executable")


def test_a_kind_that_the_organisation_does_not_take(server: Running, bank: Organisation) -> None:
    conversation = bank.conversation()
    with serving(bank.tenant):
        FilePolicy.objects.create(kinds=["pdf"])
    client = client_files(server, bank, conversation)
    assert client.hand_over(conversation, TEXT).refusal == (422, "type-not-allowed")
    assert client.hand_over(conversation, samples.pdf(), "a.pdf").status == 200

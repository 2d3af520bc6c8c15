"""Whatever is sent to any address: an answer that a person understands, and nothing is lost.

The sweeps take their addresses from tests/security/addresses.py, so that a new address is swept as
soon as it has its line there. What a field of yours takes and refuses is a test beside its page;
names and odd texts for it are in tests/security/odd_texts.py.
"""

import datetime as dt
import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_from_bytes

import pytest
from django.conf import settings
from django.http import HttpResponse

import siegel
from siegel.audit import trail
from siegel.conversations.events import events_after
from siegel.conversations.models import Conversation, Message, Side
from siegel.conversations.posting import post_message
from siegel.conversations.transcript import transcript
from siegel.identity.models import Person
from siegel.identity.roles import Role
from siegel.tenancy.context import serving
from siegel.widget.visiting import COOKIE
from tests.audit.trails import many
from tests.cast import Organisation
from tests.security.addresses import (
    ANONYMOUS,
    CHAT,
    DESK,
    NOTED_IN_THE_TRAIL,
    REFUSALS_ARE_NOTED,
    Desk,
)
from tests.security.odd_texts import COOKIES, LONE_SURROGATES, NAMES, NO_UTF_8, ODD, ODD_ALONE
from tests.security.shared import shared_bank, tenants_remain  # noqa: F401 - fixtures
from tests.security.things import (
    FORM,
    JSON,
    Line,
    body_of,
    conversation_of_ada,
    name_of,
    noted,
    path_of,
    sent_with,
)
from tests.server import Running

LARGE = 1024 * 1024
LINES = DESK + ANONYMOUS + CHAT
GETS = [line for line in LINES if line.method == "GET"]
POSTS = [line for line in LINES if line.method != "GET"]


def fields() -> list[str]:
    """Every field that an address of the product reads, and one that none does."""
    read = re.compile(r'(?:GET|POST)(?:\.get(?:list)?\(|\[)"([\w-]+)"')
    sources = [path.read_text() for path in Path(siegel.__file__).parent.rglob("*.py")]
    found = {name for source in sources for name in read.findall(source)}
    found |= {name for line in LINES for name in [*line.form, *line.json]}
    return sorted(found | {"nothing"})


FIELDS = fields()
assert 45 < len(FIELDS) <= 90, len(FIELDS)


class Asker:
    """Somebody who may do everything at an address, asking it without regard for its manners."""

    def __init__(self, bank: Organisation, line: Line) -> None:
        self.bank, self.line = bank, line
        self.conversation = conversation_of_ada(bank)
        with serving(bank.tenant):
            Person.objects.filter(pk=bank.ada.pk).update(roles=[Role.ADVISER, Role.ADMINISTRATOR])
        if isinstance(line, Desk):
            self.client = bank.anonymous() if line in ANONYMOUS else bank.desk(bank.ada)
        else:
            self.client = bank.visitor(self.conversation)
        self.client.raise_request_exception = False
        self.path = path_of(line, bank, self.conversation)

    def send(self, body: bytes, kind: str = FORM, query: str = "") -> HttpResponse:
        if self.line.address == "visit":
            self.client.cookies.clear()  # Who has begun is not listened to any more.
        before = noted(self.bank)
        answer: Any = self.client.generic(
            self.line.method, f"{self.path}?{query}", body, kind, headers={"X-Siegel": "1"}
        )
        self.is_understood(answer)
        asked = (self.line.method, self.line.address)
        is_refused = answer.status_code >= 400 and asked not in REFUSALS_ARE_NOTED
        if is_refused or (self.line.method == "GET" and asked not in NOTED_IN_THE_TRAIL):
            assert noted(self.bank) == before, (
                "It was refused, and something happened all the same."
            )
        return answer  # type: ignore[no-any-return] # Django's test client is not so exact

    def send_with(self, name: str, value: Any) -> HttpResponse:
        """One field is this, and all others are as they should be."""
        sent = sent_with(self.line, self.bank, self.conversation) | {name: value}
        return self.send(*body_of(self.line, sent))

    def is_understood(self, answer: Any) -> None:
        assert answer.status_code < 500, answer.content
        if answer.status_code < 400:
            return
        text = answer.content.decode()
        if answer.headers["Content-Type"] == JSON:
            told = json.loads(text)
            # allauth answers JSON with its form and what is wrong in it.
            text = str(told["form"]) if "form" in told else told["message"]
            assert "form" in told or told["code"]
        assert len(text.split()) > 4, text
        assert "Traceback" not in text


@pytest.fixture
def asker(bank: Organisation, request: pytest.FixtureRequest) -> Asker:
    return Asker(bank, request.param)


def to_all(lines: list[Line]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("asker", lines, ids=name_of, indirect=True)


def odd_fields() -> Iterator[str]:
    """All fields at once are odd, as query strings and forms have them; as many as are taken."""
    odd = [quote(text) for text in ODD.values()] + [quote_from_bytes(text) for text in NO_UTF_8]
    for names in (FIELDS[:45], FIELDS[45:]):
        for text in odd:
            yield "&".join(f"{field}={text}" for field in names)
        yield "&".join(f"{field}=1&{field}=2" for field in names)
    yield "%&=&;&a=%zz&[]=1&" + "&" * 50


@to_all(GETS)
def test_odd_texts_in_the_query(asker: Asker) -> None:
    for query in odd_fields():
        asker.send(b"", query=query)


@to_all([line for line in POSTS if not line.json])
def test_odd_forms(asker: Asker) -> None:
    for text in odd_fields():
        asker.send(text.encode(), query=text)
    for nothing in NO_UTF_8:
        asker.send(b"&".join(field.encode() + b"=" + nothing for field in FIELDS))
    asker.send(b"a=1&" * 200)
    for field in asker.line.form:
        for odd in ODD_ALONE:
            asker.send_with(field, ODD[odd])


@to_all([line for line in POSTS if line.json])
def test_odd_json(asker: Asker) -> None:
    bodies = [b"", b"{", b"null", b"[]", b'"x"', b"1e999", b"{}", b'{"nothing": 1}']
    bodies += [b"[" * 5_000 + b"]" * 5_000, b'{"a":' * 5_000]
    for body in bodies:
        asker.send(body, JSON)
    for field in asker.line.json:
        for value in [*ODD.values(), None, 1, -1, True, [], {}, [["a"]], {"a": [None]}, ["x"] * 9]:
            asker.send_with(field, value)
        sent = sent_with(asker.line, asker.bank, asker.conversation)
        whole = json.dumps(sent | {field: "HERE"}).encode()
        for text in [*LONE_SURROGATES, *NO_UTF_8, b'a", "nothing": "', b"1" * 400]:
            asker.send(whole.replace(b"HERE", text), JSON)
            asker.send(whole.replace(b'"HERE"', text), JSON)


@to_all(POSTS)
def test_another_content_type(asker: Asker) -> None:
    fit, own = body_of(asker.line, sent_with(asker.line, asker.bank, asker.conversation))
    part = b"--x\r\nContent-Disposition: y\r\n\r\nz"
    for body, kind in [
        (fit, ""), (fit, "text/plain"), (fit, "nonsense"), (fit, "multipart/form-data"),
        (fit, "application/json; charset=nothing"), (fit, f"{FORM}; charset=utf-16"),
        (fit, FORM if own == JSON else JSON),
        (part, "multipart/form-data; boundary=x"), (part, "multipart/mixed; boundary=\x01"),
        (part + b"\r\n--x--", "multipart/form-data; boundary=x"), (b"", own),
    ]:  # fmt: skip
        asker.send(body, kind)


@to_all(POSTS)
def test_a_text_of_a_megabyte(asker: Asker) -> None:
    # In each field as much as is taken at all, and in one more than that.
    much = "x" * (LARGE - 2_000)
    many = [str(uuid.uuid4()) for _ in range(LARGE // 42)]
    for field, fit in (asker.line.form or asker.line.json).items():
        asker.send_with(field, much)
        if isinstance(fit, list):
            asker.send_with(field, many if asker.line.json else many[:80])
    for kind in (FORM, JSON):
        answer = asker.send(b"name=" + b"x" * LARGE, kind)
        # 403: whoever administers since a moment ago does not yet agree to weaker rules.
        assert answer.status_code in {200, 204, 302, 400, 403, 404, 409, 413, 422}


def test_more_than_a_megabyte_is_refused_in_words(server: Running, bank: Organisation) -> None:
    for line in POSTS:
        host = bank.host if isinstance(line, Desk) else bank.chat_host
        path = re.sub("<[^>]*>", str(uuid.uuid4()), f"/{line.address}")
        status, _, body = server.request(line.method, host, path, b"x" * (LARGE + 1))
        assert status == 413, name_of(line)
        assert "Die Anfrage ist zu groß. / The request is too large." in body.decode()


@pytest.mark.parametrize("line", [line for line in GETS if "<" not in line.address], ids=name_of)
def test_broken_cookies_are_those_of_a_stranger(
    server: Running, bank: Organisation, line: Line
) -> None:
    on_desk = isinstance(line, Desk)
    host, name = (bank.host, settings.SESSION_COOKIE_NAME) if on_desk else (bank.chat_host, COOKIE)
    expected = server.request("GET", host, f"/{line.address}")[0]
    for cookie in COOKIES:
        text = cookie.format(name=name)
        status, _, body = server.request("GET", host, f"/{line.address}", Cookie=text)
        # With control characters it is no HTTP any more (RFC 9110, 5.5).
        assert status == (400 if "\x01" in text else expected), text[:80]
        assert b"Traceback" not in body


def test_an_address_that_is_endless(server: Running, bank: Organisation) -> None:
    status, _, _ = server.request("GET", bank.host, "/inbox/?tab=" + "x" * 20_000)
    assert status in {302, 400, 414, 431}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_clients_name_is_kept_to_the_letter_and_turns_no_page(
    bank: Organisation, name: str
) -> None:
    asker = Asker(bank, next(line for line in CHAT if line.address == "contact"))
    answer = asker.send(
        json.dumps({"name": name, "email": "x@y.example"}).encode(), "application/json"
    )
    assert answer.status_code == 204
    said(bank, asker.conversation, "Guten Tag")
    with serving(bank.tenant):
        conversation = Conversation.objects.select_related("contact").get(pk=asker.conversation.pk)
        assert conversation.contact.name == name
        events = events_after(conversation, 0, Side.ADVISER).events
        assert [event["name"] for event in events if event["kind"] == "contact"][-1] == name
        assert name in transcript(conversation, "Die Bank", "UTC", client=name)
    page = bank.desk(bank.ada).get(f"/inbox/{conversation.pk}/").content.decode()
    escaped = HttpResponse(name).content.decode()
    for sign, entity in {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        "'": "&#x27;",
        '"': "&quot;",
    }.items():
        escaped = escaped.replace(sign, entity)
    assert f"<bdi>{escaped}</bdi>" in page


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_colleagues_name_stands_in_the_rail_and_in_the_trail(
    bank: Organisation, name: str
) -> None:
    with serving(bank.tenant):
        Person.objects.filter(pk=bank.mia.pk).update(name=name)
        many([trail.Event(f"person:{bank.mia.pk}", "person.created", f"person:{bank.mia.pk}")])
    page = bank.desk(bank.mia).get("/administration/trail/")
    assert page.context["rows"][0].who == name
    assert page.context["person"].initials
    assert "<Ltd>" not in page.content.decode()


@pytest.mark.parametrize(
    "name", ["", " ", "\u200b\u200b", "x" * 121, "a\nb", "a\x00b", "\x7f", "\ud800"]
)
def test_what_is_no_name_is_refused_in_words(bank: Organisation, name: str) -> None:
    asker = Asker(bank, next(line for line in CHAT if line.address == "contact"))
    body = json.dumps({"name": name, "email": "x@y.example"}).encode()
    answer = asker.send(body, "application/json", query="lang=de")
    assert answer.status_code in {400, 422}
    words = {422: "höchstens 120 Zeichen", 400: "nicht verstanden"}[answer.status_code]
    assert words in json.loads(answer.content)["message"]


def said(bank: Organisation, conversation: Conversation, body: str) -> None:
    participant = bank.as_client(conversation)
    post_message(bank.tenant, participant, conversation.pk, uuid.uuid4(), body).result(10)


@pytest.mark.parametrize(
    ("zone", "at", "shown"),
    [
        # The night in which an hour is left out, and the one in which it comes twice.
        ("Europe/Berlin", "2026-03-29T00:59Z", "29.03.2026, 01:59"),
        ("Europe/Berlin", "2026-03-29T01:00Z", "29.03.2026, 03:00"),
        ("Europe/Berlin", "2026-10-25T00:30Z", "25.10.2026, 02:30"),
        ("Europe/Berlin", "2026-10-25T01:30Z", "25.10.2026, 02:30"),
        ("America/New_York", "2026-03-08T07:00Z", "08.03.2026, 03:00"),
        ("Asia/Kathmandu", "2026-12-31T18:15Z", "01.01.2027, 00:00"),
        ("Pacific/Kiritimati", "2026-12-31T10:00Z", "01.01.2027, 00:00"),
        ("Pacific/Marquesas", "2026-06-01T00:00Z", "31.05.2026, 14:30"),
        ("Australia/Lord_Howe", "2026-10-03T15:30Z", "04.10.2026, 02:30"),
        *[
            (zone, "2026-06-01T12:00Z", "01.06.2026, 12:00")
            for zone in ("", "No/Where", "../../etc/passwd", "Europe", "\0", "x" * 5000, "Ü")
        ],
    ],
)
def test_a_transcript_has_the_readers_time(
    bank: Organisation, zone: str, at: str, shown: str
) -> None:
    conversation = bank.conversation()
    said(bank, conversation, "Guten Tag")
    with serving(bank.tenant):
        Message.objects.update(at=dt.datetime.fromisoformat(at))
    answer = bank.visitor(conversation).get("/transcript", {"zone": zone})
    assert answer.status_code == 200
    text = answer.content.decode()
    assert f"\n{shown}  " in text
    if shown.endswith("12:00"):
        # What was not understood is not repeated, and the zone that was taken instead is named.
        assert "UTC" in text.splitlines()[1]


def test_two_messages_of_the_hour_that_comes_twice_keep_their_order(bank: Organisation) -> None:
    conversation = bank.conversation()
    for minute, body in enumerate(["zuerst", "danach"]):
        said(bank, conversation, body)
        with serving(bank.tenant):
            at = dt.datetime(2026, 10, 25, minute, 30, tzinfo=dt.UTC)
            Message.objects.filter(body=body).update(at=at)
    answer = bank.visitor(conversation).get("/transcript", {"zone": "Europe/Berlin"})
    text = answer.content.decode()
    assert text.count("25.10.2026, 02:30") == 2
    assert text.index("zuerst") < text.index("danach")

"""What a thousand tenants cost against one: pages, inserts, provisioning, checking, waking."""

import io
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

from benchmarks.installations import create_tenants, installation
from benchmarks.pairs import Result, absolute, compare

TENANTS = 1000
MESSAGES = 20


def run() -> list[Result]:
    """All measurements, in one process and one thread; CPU time where two are compared."""
    with installation(connections_per_thread=TENANTS + 100):
        made, seconds = create_tenants(TENANTS)
        tenants: list[Any] = list(made)
        pages = _pages(tenants)
        _warm(pages)
        results = [
            compare(
                "signed-in page, 1,000 warm tenants to one",
                lambda: _cpu(pages),
                lambda: _cpu(pages[:1] * TENANTS),
                unit="s CPU per 1,000",
                at_most=1.15,
            ),
            compare(
                "single insert, 1,000 warm tenants to one",
                lambda: _cpu([_insert(tenant) for tenant in tenants]),
                lambda: _cpu([_insert(tenants[0])] * TENANTS),
                unit="s CPU per 1,000",
                at_most=1.25,
            ),
            absolute(
                "provisioning with keys, median",
                statistics.median(seconds) * 1000,
                unit="ms",
                at_most=30,
            ),
            absolute("stale check of 1,000 tenants", _stale(), unit="s", at_most=2),
        ]
        _report_waking(tenants)
        return results


def _pages(tenants: list[Any]) -> list[Callable[[], object]]:
    """A call of the WSGI application per tenant, for the page that its adviser works on."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import Client

    from siegel.conversations.models import Contact, Conversation, Event, Message, Side
    from siegel.conversations.starting import start_conversation
    from siegel.identity.models import Person
    from siegel.tenancy.context import serving

    handler = WSGIHandler()

    def page(tenant: Any) -> Callable[[], object]:
        client = Client(headers={"host": tenant.host})
        with serving(tenant):
            person = Person.objects.create(name="Ada Adler", email="ada@x.test", roles=["adviser"])
            client.force_login(person)
            conversation = start_conversation("198.51.100.1", "de")
            now = conversation.started_at
            Message.objects.bulk_create(
                Message(
                    conversation=conversation, seq=n, side=Side.CLIENT, key=uuid.uuid4(),
                    body="Guten Tag", at=now,
                )
                for n in range(2, MESSAGES + 2)
            )  # fmt: skip
            Event.objects.bulk_create(
                Event(conversation=conversation, seq=n, kind="message", at=now)
                for n in range(2, MESSAGES + 2)
            )
            Conversation.objects.update(last_seq=MESSAGES + 1, excerpt="Guten Tag")
            Contact.objects.update(name="Vera Vogt")
        cookie = "; ".join(f"{k}={m.value}" for k, m in client.cookies.items())
        path = f"/inbox/{conversation.pk}/"

        def call() -> None:
            answer = handler(environ(tenant.host, path, cookie), start_response)
            text = b"".join(answer)
            answer.close()
            assert b"Vera Vogt" in text

        return call

    return [page(tenant) for tenant in tenants]


def environ(host: str, path: str, cookie: str) -> dict[str, Any]:
    """What a server hands to the application for a GET."""
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "view=free",
        "SERVER_NAME": host,
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "198.51.100.1",
        "HTTP_HOST": host,
        "HTTP_COOKIE": cookie,
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
    }


def start_response(status: str, *_: Any) -> Callable[[bytes], object]:
    """Accept a page, and nothing else."""
    assert status == "200 OK", status
    return len


def _insert(tenant: Any) -> Callable[[], object]:
    from siegel.conversations.models import Contact
    from siegel.tenancy.context import serving

    def insert() -> None:
        with serving(tenant):
            Contact.objects.create(name="Vera Vogt")

    return insert


def _warm(calls: list[Callable[[], object]]) -> None:
    for call in calls:
        call()


def _cpu(calls: list[Callable[[], object]]) -> float:
    began = time.process_time()
    for call in calls:
        call()
    return time.process_time() - began


def _stale() -> float:
    from siegel.tenancy.migrating import all_tenants, stale_tenants

    began = time.perf_counter()
    assert list(stale_tenants(all_tenants())) == []
    return time.perf_counter() - began


def _report_waking(tenants: list[Any]) -> None:
    """What the first message after a rest costs more than the next one; reported, no target."""
    from siegel.conversations.access import Participant
    from siegel.conversations.models import Conversation, Side
    from siegel.conversations.posting import post_message
    from siegel.conversations.writer import writers
    from siegel.tenancy.context import serving

    first: list[float] = []
    second: list[float] = []
    for tenant in tenants[:50]:
        with serving(tenant):
            conversation = Conversation.objects.get()
        me = Participant(Side.CLIENT, contact=conversation.contact_id)
        for took in (first, second):
            began = time.perf_counter()
            post_message(tenant, me, conversation.pk, uuid.uuid4(), "x").result()
            took.append(time.perf_counter() - began)
    writers.drain(close=True)
    print(
        f"waking a retired writer: {statistics.median(first) * 1000:.1f} ms for the first message,"
        f" {statistics.median(second) * 1000:.1f} ms for the next",
        flush=True,
    )

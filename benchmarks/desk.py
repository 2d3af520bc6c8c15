"""What the desk costs with a million messages: searching against a LIKE scan, pages against few."""

import random
import statistics
import time
import uuid
from collections.abc import Callable
from typing import Any

from benchmarks.corpus import FUNCTION_WORDS, NOUNS, Corpus
from benchmarks.desk_tenant import LARGE, SMALL, kept_installation
from benchmarks.pairs import Result, absolute, compare
from benchmarks.tenants import environ, start_response

# 25 % frequent words, 25 % rare, 25 % parts of compounds, 15 % whole compounds, 10 % misses.
FREQUENT, RARE, PARTS, WHOLE, MISSES = 100, 100, 100, 60, 40
SLICES = 8
RAREST = 20
PAGES = 40
Query = tuple[str, str]


def run() -> list[Result]:
    """All measurements, in one process and one thread, as CPU time."""
    with kept_installation() as tenants:
        large, small = tenants[LARGE.slug], tenants[SMALL.slug]
        return [*_search(large), *_pages(large, small)]


def _mix() -> list[Query]:
    """400 queries with their kinds, always the same; inside the large tenant."""
    from siegel.conversations.search_index import run as sql

    draw = random.Random(400)  # noqa: S311 - queries, no secret
    corpus = Corpus()
    frequent = [word for word in (*FUNCTION_WORDS, *NOUNS) if len(word) > 2]
    mix = [("frequent", draw.choice(frequent)) for _ in range(FREQUENT)]
    [[words]] = sql("SELECT max(id) FROM search_word")
    while len(mix) < FREQUENT + RARE:
        found = sql("SELECT word FROM search_word WHERE id = %s", [draw.randrange(words)])
        for (word,) in found:
            hits = sql(
                "SELECT count(*) FROM (SELECT 1 FROM search_words WHERE search_words MATCH %s"
                " LIMIT %s)",
                [f'"{word}"', RAREST + 1],
            )
            if len(word) > 2 and hits[0][0] <= RAREST:
                mix.append(("rare", word))
    for _ in range(PARTS):
        word, size = draw.choice(corpus.compounds), draw.randint(4, 8)
        at = draw.randrange(max(1, len(word) - size))
        mix.append(("part", word[at : at + size]))
    long_ones = [word for word in corpus.compounds if len(word) > 10]
    mix += [("whole", draw.choice(long_ones)) for _ in range(WHOLE)]
    letters = "abcdefghijklmnopqrstuvwxyz"
    mix += [("miss", "".join(draw.choices(letters, k=draw.randint(6, 12)))) for _ in range(MISSES)]
    draw.shuffle(mix)
    return mix


def _search(tenant: Any) -> list[Result]:
    from siegel.conversations.access import Participant
    from siegel.conversations.models import Side
    from siegel.conversations.searching import Filters, search
    from siegel.identity.models import Person
    from siegel.tenancy.context import serving

    with serving(tenant):
        people = [Participant(Side.ADVISER, person=p) for p in Person.objects.order_by("email")]
        mix = [(people[n % len(people)], *query) for n, query in enumerate(_mix())]
        search(people[0], "versicherung", Filters())
        took: dict[str, list[float]] = {}
        ours: list[float] = []
        for who, kind, text in mix:
            seconds = _cpu(lambda who=who, text=text: search(who, text, Filters()))
            took.setdefault(kind, []).append(seconds)
            ours.append(seconds)
        for kind, values in took.items():
            print(f"  {kind}: {_told(values)}", flush=True)
        print(f"  all: {_told(ours)}", flush=True)
        # Of each kind the same share in every slice: a scan of all 400 takes minutes, so that each
        # pair compares the median of all with that of a slice of them.
        by_kind = sorted(mix, key=lambda query: query[1])
        slices = iter([by_kind[number::SLICES] for number in range(SLICES)])

        def median_of(find: Callable[[Participant, str], object], some: list[Any]) -> float:
            return statistics.median(
                _cpu(lambda who=who, text=text: find(who, text)) for who, _, text in some
            )

        like = _faster_scan(mix[:6])
        return [
            absolute(
                "search of 1,000,000 messages, p95 of 400 queries",
                _p95(ours) * 1000, unit="ms CPU", at_most=100,
            ),
            compare(
                "search of 1,000,000 messages to a LIKE scan, medians",
                lambda: median_of(lambda who, text: search(who, text, Filters()), mix),
                lambda: median_of(like, next(slices)),
                unit="s CPU", at_most=0.1, pairs=SLICES,
            ),
        ]  # fmt: skip


def _scan(who: Any, text: str) -> list[Any]:
    """The newest messages that hold the text, of conversations that are seen: all are read."""
    from siegel.conversations.access import conversations_for
    from siegel.conversations.models import Message

    found = Message.objects.filter(conversation__in=conversations_for(who), body__icontains=text)
    return list(found.select_related("conversation__contact", "author").order_by("-pk")[:25])


def _scan_newest_first(who: Any, text: str) -> list[Any]:
    """The same, forced to begin at the newest message and to end at the 25th hit."""
    from siegel.conversations.access import conversations_for
    from siegel.conversations.models import Message

    seen = conversations_for(who).values("pk")
    sql, parameters = seen.query.sql_with_params()
    return list(
        Message.objects.raw(
            "SELECT m.* FROM conversations_message m NOT INDEXED"  # noqa: S608 - SQL of the ORM
            f" WHERE m.body LIKE %s AND +m.conversation_id IN ({sql}) ORDER BY m.id DESC LIMIT 25",
            [f"%{text}%", *parameters],
        )
    )


def _faster_scan(some: list[Any]) -> Callable[[Any, str], list[Any]]:
    """The better of two ways to scan, so that the baseline is not a straw man."""
    took = {
        scan: sum(
            _cpu(lambda scan=scan, who=who, text=text: scan(who, text)) for who, _, text in some
        )
        for scan in (_scan, _scan_newest_first)
    }
    for scan, seconds in took.items():
        print(f"  {scan.__name__}: {seconds / len(some):.2f} s CPU a query", flush=True)
    return min(took, key=lambda scan: took[scan])


def _pages(large: Any, small: Any) -> list[Result]:
    big, few = _visits(large), _visits(small)
    search_page = "search page of a frequent word, mean"
    found = big.pop(search_page)
    _cpu(found)
    results = [absolute(search_page, _cpu(found, PAGES) / PAGES * 1000, unit="ms CPU", at_most=100)]
    for name in big:
        _cpu(big[name])
        _cpu(few[name])
        results.append(
            compare(
                f"{name}, a tenant with 1,000,000 messages to one with 1,000",
                lambda name=name: _cpu(big[name], PAGES) / PAGES * 1000,
                lambda name=name: _cpu(few[name], PAGES) / PAGES * 1000,
                unit="ms CPU a page",
                at_most=2,
            )
        )
    return results


def _visits(tenant: Any) -> dict[str, Callable[[], object]]:
    """Calls of the WSGI application for the desk's pages, as its first adviser."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import Client

    from siegel.conversations.models import Conversation, State
    from siegel.identity.models import Person
    from siegel.tenancy.context import serving

    handler = WSGIHandler()
    client = Client(headers={"host": tenant.host})
    with serving(tenant):
        person = Person.objects.order_by("email")[0]
        client.force_login(person)
        own = Conversation.objects.filter(state=State.OPEN, assigned_to=person, last_seq__gt=5)
        chosen: uuid.UUID = own.order_by("-last_message_at")[0].pk
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())

    def visit(path: str, query: str = "") -> Callable[[], object]:
        def call() -> None:
            asked = environ(tenant.host, path, cookie) | {"QUERY_STRING": query}
            answer = handler(asked, start_response)
            assert b"".join(answer)
            answer.close()

        return call

    return {
        "inbox page, own conversations": visit("/inbox/"),
        "inbox page, free conversations": visit("/inbox/", "tab=free&view=free"),
        "conversation page": visit(f"/inbox/{chosen}/"),
        "search page of a frequent word, mean": visit("/search/", "q=versicherung"),
    }


def _cpu(call: Callable[[], object], times: int = 1) -> float:
    began = time.process_time()
    for _ in range(times):
        call()
    return time.process_time() - began


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _told(values: list[float]) -> str:
    return (
        f"median {statistics.median(values) * 1000:.1f}, p95 {_p95(values) * 1000:.1f},"
        f" most {max(values) * 1000:.1f} ms CPU of {len(values)} queries"
    )

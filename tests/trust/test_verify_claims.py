"""An outsider finds each lie about a claim, by rules of his own that agree with the product's."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from siegel.claims import state as product
from siegel.claims.control import Text
from siegel.trust import verify
from siegel.trust.verify import Report, Wish, as_text, examine
from tests.trust.publication import (
    VERSION,
    Publication,
    Stage,
    ago,
    named,
    published,
    served,
    written,
)


def examined(publication: Publication) -> Report:
    with served(Stage(publication)) as stage:
        return examine(Wish(stage.url))


def replay(publication: Publication) -> None:
    """Name the run of an hour ago, though there is a newer one."""
    publication.claims[0]["check"] = named(publication.rows[12])


def replay_another_claims_run(publication: Publication) -> None:
    claim = publication.claims[4]
    claim["check"], claim["state"] = publication.claims[0]["check"], "pass"


def replay_the_page(publication: Publication) -> None:
    """Everything as it was when the run of an hour ago was the newest, a red one since left out."""
    check, canary = map(named, publication.rows[12:14])
    publication.claims[:] = [publication.claims[0] | {"check": check, "canary": canary}]
    head = publication.heads[12]
    old = publication.claims_json() | {"head": {"seq": head["seq"], "digest": head["digest"]}}
    publication.claims_json = lambda: old  # type: ignore[method-assign] # a lie


def leave_out_a_claim(publication: Publication) -> None:
    del publication.claims[2]


def leave_out_a_run(publication: Publication) -> None:
    publication.claims[2] |= {"state": "unknown", "check": None}


def beautify(publication: Publication) -> None:
    publication.claims[2]["state"] = "pass"


def beautify_the_run(publication: Publication) -> None:
    publication.claims[2]["state"] = "pass"
    publication.claims[2]["check"]["faults"] = 0


def cover_with_a_document(publication: Publication) -> None:
    publication.claims[2]["state"] = "attested"


def ignore_the_canary(publication: Publication) -> None:
    publication.claims[3]["state"] = "pass"


def without_canary(publication: Publication) -> None:
    publication.claims[0]["canary"] = None


def ignore_a_crash(publication: Publication) -> None:
    publication.claims[4]["state"] = "pass"


def claim_without_any_run(publication: Publication) -> None:
    publication.claims[5]["state"] = "pass"


def say_unknown(publication: Publication) -> None:
    publication.claims[0]["state"] = "unknown"


def be_another_version(publication: Publication) -> None:
    publication.version = "0.6"


def be_stale(publication: Publication) -> None:
    publication.claims[0] |= {"max_age_seconds": 60}


def last_longer(publication: Publication) -> None:
    publication.claims[0]["until"] = written(ago(hours=-3))


def last_for_ever(publication: Publication) -> None:
    publication.claims[0]["until"] = None


def of_the_installation(publication: Publication) -> None:
    publication.claims[1]["scope"] = "installation"


def of_a_tenant(publication: Publication) -> None:
    publication.claims[0]["scope"] = "tenant"


def name_no_such_row(publication: Publication) -> None:
    publication.claims[0]["check"]["seq"] = 99


def name_less(publication: Publication) -> None:
    del publication.claims[0]["check"]["faults"]


def name_more(publication: Publication) -> None:
    publication.claims[0]["check"]["operator"] = "honest"


def name_deep(publication: Publication) -> None:
    nested: Any = []
    for _ in range(400):
        nested = [nested]
    publication.claims[0]["check"]["what"] = nested


def of_yesterday(publication: Publication) -> None:
    publication.at = lambda: ago(hours=1)


def of_tomorrow(publication: Publication) -> None:
    publication.at = lambda: ago(hours=-1)


def with_a_false_head(publication: Publication) -> None:
    old = publication.claims_json()
    old["head"]["digest"] = "0" * 64
    publication.claims_json = lambda: old  # type: ignore[method-assign] # a lie


PASS = "is said to be “pass”, by the rules it is"


@pytest.mark.parametrize(
    ("lie", "expected"),
    [
        (replay, "claim x-door names an old check, though there is a newer one"),
        (replay_another_claims_run, "claim x-crash names a check of something else"),
        (replay_the_page, "claims.json rests on head 14, though head 24 was there already"),
        (replay_the_page, "claim x-door names an old check, though there is a newer one"),
        (leave_out_a_claim, "claim x-red has runs in the evidence, and is not on the page"),
        (leave_out_a_run, "claim x-red shows no check, though there is one"),
        (beautify, f"claim x-red {PASS} “fail”: the check found what contradicts it"),
        (beautify_the_run, "claim x-red names a check that is not as its row tells it"),
        (cover_with_a_document, "claim x-red is said to be “attested”, by the rules it is “fail”"),
        (ignore_the_canary, f"claim x-blind {PASS} “canary-failed”: the planted failure was not"),
        (without_canary, f"claim x-door {PASS} “unknown”: there is no canary"),
        (ignore_a_crash, f"claim x-crash {PASS} “unknown”: the check ended with an error"),
        (claim_without_any_run, f"claim phy-guard {PASS} “unknown”: there is no check"),
        (say_unknown, "claim x-door is said to be “unknown”, by the rules it is “pass”"),
        (be_another_version, f"claim x-door {PASS} “unknown”: the check is of another version"),
        (be_stale, f"claim x-door {PASS} “unknown”: the check is too old"),
        (last_longer, "claim x-door is said to hold for longer than its proof"),
        (last_for_ever, "claim x-door is said to hold for longer than its proof"),
        (of_the_installation, "claim x-lock names a check of something else"),
        (of_a_tenant, "claim x-door names a check of something else"),
        (name_no_such_row, "claim x-door names a check that is not as its row tells it"),
        (name_less, "claim x-door names a check that is not as its row tells it"),
        (name_more, "claim x-door names a check that is not as its row tells it"),
        (name_deep, "claim x-door names a check that is not as its row tells it"),
        (of_yesterday, "claims.json is not of now: its time is "),
        (of_tomorrow, "claims.json is not of now: its time is "),
        (with_a_false_head, "claims.json rests on head 24, which is none of the signed heads"),
    ],
)
def test_what_is_said_of_a_claim(lie: Callable[[Publication], object], expected: str) -> None:
    publication = published()
    lie(publication)
    report = examined(publication)
    assert report.exit_code == 1
    assert any(expected in f"{where} {what}" for where, what in report.faults), as_text(report)


def test_runs_from_the_future_are_no_green() -> None:
    publication = published()
    publication.control("x-soon", ago(hours=-1))
    publication.sign()
    assert "“unknown”: the check lies in the future" in as_text(examined(publication))


def test_what_is_old_is_not_green_by_our_own_clock() -> None:
    """The page says that it is of the time when it was all true."""
    publication = published()
    publication.control("x-old", ago(hours=3))
    publication.at = lambda: ago(hours=2)
    assert "claim x-old: is said to be “pass”, by the rules it is “unknown”" in as_text(
        examined(publication)
    )


def test_waivers_and_documents_are_told_as_what_nobody_can_verify() -> None:
    publication = published()
    publication.claims[2]["state"] = "waived"
    publication.claims[5]["state"] = "not-applicable"
    report = examined(publication)
    assert report.exit_code == 0
    assert "which no program can verify: 3." in as_text(report)


# --- The rules, compared with siegel.claims.state ----------------------------------------------

NOW = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
MAX_AGE = dt.timedelta(hours=2)
DIGESTS = ("a" * 64, "b" * 64)
MOMENTS = st.one_of(
    st.sampled_from([0, 1, -1, 60, 7199, 7200, 7201]),
    st.integers(-3600, 10_000),
).map(lambda seconds: NOW - dt.timedelta(seconds=seconds))
GOOD: dict[str, Any] = {
    "seq": 1, "control": "x-a", "tenant": "", "part": product.Part.CHECK,
    "at": NOW - dt.timedelta(minutes=9), "milliseconds": 1, "version": VERSION, "source": "",
    "examined": 3, "expected": 3, "what": Text("", ""), "faults": 0, "error": "",
    "digest": DIGESTS[0],
}  # fmt: skip
GOOD_CHECK = product.Run(**GOOD)
GOOD_CANARY = product.Run(**GOOD | {"part": product.Part.CANARY, "faults": 1})
# What may be different in a run; anything between nothing and everything is.
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "seq": st.integers(1, 6),
        "control": st.sampled_from(["x-a", "x-b"]),
        "tenant": st.sampled_from(["", "t1"]),
        "at": MOMENTS,
        "version": st.sampled_from([VERSION, "0.6"]),
        "examined": st.sampled_from([3, 4, 0, -1]),
        "expected": st.sampled_from([None, 3, 4, 0]),
        "faults": st.sampled_from([0, 1, 7]),
        "error": st.sampled_from(["", "timeout"]),
        "digest": st.sampled_from(DIGESTS),
        "part": st.sampled_from(list(product.Part)),
    },
)
CHECKS = CHANGES.map(lambda changes: product.Run(**vars(GOOD_CHECK) | changes))
CANARIES = CHANGES.map(lambda changes: product.Run(**vars(GOOD_CANARY) | changes))
COVERS = frozenset((seq, digest) for seq in range(1, 7) for digest in DIGESTS)
HEADS = st.builds(
    product.SignedHead,
    seq=st.sampled_from([6, 6, 6, 3]),
    at=st.one_of(st.just(NOW), MOMENTS),
    version=st.just(VERSION),
    covers=st.sampled_from([COVERS, COVERS, COVERS, frozenset(list(COVERS)[::2])]),
)


def theirs(run: product.Run | None) -> verify.Run | None:
    if run is None:
        return None
    return verify.Run(
        run.seq, run.control, run.tenant, run.part.value, run.at, run.version, run.examined,
        run.expected, run.faults, run.error, run.digest,
    )  # fmt: skip


def test_the_rules_agree_with_the_product() -> None:
    seen: set[str] = set()

    @settings(max_examples=1_200, deadline=None)
    @given(
        check=st.one_of(CHECKS, CHECKS, st.none()),
        canary=st.one_of(CANARIES, CANARIES, st.none()),
        head=st.one_of(HEADS, HEADS, HEADS, st.none()),
        exempt=st.sampled_from([None, *product.State]),
        ends=MOMENTS,
    )
    @example(GOOD_CHECK, GOOD_CANARY, product.SignedHead(6, NOW, VERSION, COVERS), None, NOW)
    @example(
        GOOD_CHECK,
        dataclasses.replace(GOOD_CANARY, faults=0),
        product.SignedHead(6, NOW, VERSION, COVERS),
        None,
        NOW,
    )
    def agrees(
        check: product.Run | None,
        canary: product.Run | None,
        head: product.SignedHead | None,
        exempt: product.State | None,
        ends: dt.datetime,
    ) -> None:
        said = product.state_of(check, canary, now=NOW, head=head, version=VERSION, max_age=MAX_AGE)
        covers = head.covers if head else frozenset()
        proof = verify.Proof(
            NOW,
            VERSION,
            (head.seq, head.at) if head else None,
            lambda seq, digest: (seq, digest) in covers,
        )
        state, why = verify.judged(theirs(check), theirs(canary), MAX_AGE, proof)
        assert state == said.value
        assert (why == "") == (state == "pass")
        seen.add(said.value)
        if exempt in {product.State.ATTESTED, product.State.WAIVED, product.State.NOT_APPLICABLE}:
            exemption = product.Exemption(exempt, Text("", ""), NOW - dt.timedelta(days=1), ends)
            with_exemption = product.state_of(
                check, canary, now=NOW, head=head, version=VERSION, max_age=MAX_AGE,
                exemption=exemption,
            )  # fmt: skip
            assert verify.may_say(with_exemption.value, state)

    agrees()
    assert seen == {"pass", "fail", "unknown", "canary-failed"}


def test_green_may_be_said_of_green_only() -> None:
    states = ("pass", "fail", "unknown", "canary-failed")
    assert [state for state in states if verify.may_say("pass", state)] == ["pass"]
    assert not verify.may_say("not-applicable", "fail")

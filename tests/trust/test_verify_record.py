"""An outsider finds each lie in a public record, and names the row, the head or the claim."""

import base64
import copy
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from siegel.trust import verify
from siegel.trust.verify import Report, Wish, as_text, examine
from tests.trust.publication import (
    GENESIS,
    Key,
    Publication,
    Reply,
    Stage,
    ago,
    digest_of,
    link_of,
    message_of,
    named,
    published,
    served,
    withheld,
    written,
)

Lie = Callable[[Publication], object]


def examined(publication: Publication, **wish: Any) -> Report:
    with served(Stage(publication)) as stage:
        return examine(Wish(stage.url, **wish))


def found(report: Report) -> set[str]:
    return {f"{where} {what}" for where, what in report.faults}


def test_a_true_record_holds() -> None:
    report = examined(published())
    assert (report.exit_code, report.faults, report.unexamined) == (0, [], [])
    assert report.verified["rows"] == 24
    assert report.verified["heads"] == 14
    assert report.verified["runs_named"] == 10
    assert report.verified["claims"] == {
        "attested": 1, "canary-failed": 1, "fail": 1, "pass": 2, "unknown": 2,
    }  # fmt: skip
    told = as_text(report)
    assert "Trust on first use" in told
    assert "Records were verified, not the program that wrote them" in told
    assert "no head was kept from before" in told
    assert told.endswith("All that can be examined from outside holds.")


def test_an_installation_that_has_not_run_anything_holds_and_shows_no_green() -> None:
    publication = Publication()
    publication.claim("x-door", "unknown")
    report = examined(publication)
    assert report.exit_code == 0
    assert report.verified["claims"] == {"unknown": 1}
    assert "0 signed heads, by key none" in as_text(report)
    assert examined(Publication()).exit_code == 0


def change_a_row(publication: Publication) -> None:
    publication.rows[6]["detail"]["examined"] = 9


def change_a_row_and_its_digest(publication: Publication) -> None:
    change_a_row(publication)
    publication.rows[6]["digest"] = digest_of(publication.rows[6])


def remove_a_row(publication: Publication) -> None:
    del publication.rows[6]


def insert_a_row(publication: Publication) -> None:
    row = copy.deepcopy(publication.rows[6])
    row["previous"] = publication.rows[6]["digest"]
    publication.rows.insert(7, row)


def rewrite_the_chain(publication: Publication) -> None:
    """As somebody who may write all rows, and has no key."""
    publication.rows[6]["detail"]["faults"] = 0
    publication.rows[6]["detail"]["examined"] = 5
    for before, row in zip([None, *publication.rows], publication.rows, strict=False):
        row["previous"] = before["digest"] if before else GENESIS
        row["digest"] = digest_of(row)


def cut_the_rows(publication: Publication) -> None:
    del publication.rows[-2:]


def cut_a_head(publication: Publication) -> None:
    publication.heads.pop()


def remove_a_head(publication: Publication) -> None:
    del publication.heads[3]


def forge_a_signature(publication: Publication) -> None:
    head = publication.heads[3]
    head["signature"] = Key().sign(message_of(head))


def spoil_a_signature(publication: Publication) -> None:
    publication.heads[3]["signature"] = "no base64"


def name_another_row(publication: Publication) -> None:
    """Signed, so by somebody who has the key."""
    head = publication.heads[-1]
    head["digest"] = "0" * 64
    head["signature"] = publication.key.sign(message_of(head))


def use_an_unpublished_key(publication: Publication) -> None:
    publication.run("x-door", "check", ago(minutes=1))
    publication.sign(Key())


def publish_under_a_false_name(publication: Publication) -> None:
    other = Key().published | {"id": "00" * 8}
    publication.keys = [publication.key.published, other]


def show_two_organisations(publication: Publication) -> None:
    publication.run("x-lock", "check", ago(minutes=1), tenant="t2")
    publication.run("x-lock", "canary", ago(minutes=1), tenant="t2")
    publication.sign()


@pytest.mark.parametrize(
    ("lie", "expected"),
    [
        (change_a_row, "row 7 was changed: its digest is that of something else"),
        (change_a_row_and_its_digest, "row 8 does not follow from the row before it"),
        (change_a_row_and_its_digest, "head 7 names another row than there is"),
        (remove_a_row, "rows 7 to 7 are missing"),
        (insert_a_row, "row 7 comes after a row with its number or a higher one"),
        (rewrite_the_chain, "head 7 names another row than there is"),
        (cut_the_rows, "head 24 names a row that was cut off: the evidence ends at row 22"),
        (cut_a_head, "rows behind 14 are below no signed head"),
        (remove_a_head, "head 5 does not follow from the head before it"),
        (forge_a_signature, "head 4 has a signature that key KEY did not make"),
        (spoil_a_signature, "head 4 has a signature that key KEY did not make"),
        (name_another_row, "head 24 names another row than there is"),
        (use_an_unpublished_key, "which the page does not publish"),
        (publish_under_a_false_name, "key 0000000000000000 is not named by its fingerprint"),
        (show_two_organisations, "the evidence shows rows of more than one organisation"),
    ],
)
def test_what_is_done_to_rows_heads_and_keys(lie: Lie, expected: str) -> None:
    publication = published()
    lie(publication)
    report = examined(publication)
    assert report.exit_code == 1
    wanted = expected.replace("KEY", publication.key.id)
    assert any(wanted in fault for fault in found(report)), as_text(report)
    assert "SOMETHING DOES NOT HOLD." in as_text(report)


@pytest.mark.parametrize("seq", range(1, 25))
def test_every_changed_row_is_named(seq: int) -> None:
    publication = published()
    publication.rows[seq - 1]["detail"]["milliseconds"] += 1
    assert f"row {seq} was changed: its digest is that of something else" in found(
        examined(publication)
    )


def test_below_a_changed_row_nothing_is_shown() -> None:
    publication = published()
    # Of x-lock's runs the canary is row 18; those of x-door stand before it.
    publication.rows[17]["actor"] = "operator"
    report = examined(publication)
    against = "is said to be “pass”, by the rules it is “unknown”: the check is on no chain"
    assert {where for where, what in report.faults if what.startswith(against)} == {
        "claim x-door", "claim x-lock",
    }  # fmt: skip
    assert report.verified["claims"]["fail"] == 1


def cut(publication: Publication) -> None:
    """Back to an hour ago, with all that the page said then."""
    del publication.rows[14:], publication.heads[13:], publication.claims[:]
    check, canary = map(named, publication.rows[12:])
    publication.claim("x-door", "pass", check=check, canary=canary)


def test_a_tail_that_was_cut_with_its_head_is_found_by_a_kept_head() -> None:
    publication = published()
    kept = f"{publication.rows[-1]['seq']}:{publication.rows[-1]['digest']}"
    assert examined(publication, head=kept).exit_code == 0
    cut(publication)
    assert examined(publication).exit_code == 0
    report = examined(publication, head=kept)
    assert found(report) == {
        "row 24 was cut off: the head given names it, and the evidence ends at row 14"
    }


def test_another_history_is_found_by_a_kept_head() -> None:
    kept = f"7:{published().rows[6]['digest']}"
    report = examined(published(), head=kept)
    assert found(report) == {"row 7 is another one than the head given names"}


def test_the_state_file_remembers_where_the_evidence_ended(tmp_path: Path) -> None:
    publication, state = published(), tmp_path / "bank.json"
    with served(Stage(publication)) as stage:
        first = examine(Wish(stage.url, state=state))
        assert (first.exit_code, "Trust on first use" in as_text(first)) == (0, True)
        kept = state.read_text()
        again = examine(Wish(stage.url, state=state))
        assert (again.exit_code, "Trust on first use" in as_text(again)) == (0, False)
        assert "no head was kept" not in as_text(again)
        publication.run("x-door", "check", ago(minutes=1))
        publication.run("x-door", "canary", ago(minutes=1))
        publication.sign()
        publication.claims[0]["check"] = named(publication.rows[-2])
        publication.claims[0]["canary"] = named(publication.rows[-1])
        assert examine(Wish(stage.url, state=state)).faults == []
        newest = state.read_text()
        assert newest != kept
        cut(publication)
        report = examine(Wish(stage.url, state=state))
        assert "row 26: was cut off: the last visit names it" in as_text(report)
        # What does not hold does not become what is trusted.
        assert state.read_text() == newest


def test_an_exchanged_key_is_found_and_can_be_allowed(tmp_path: Path) -> None:
    publication, state, keys = published(), tmp_path / "bank.json", tmp_path / "keys"
    with served(Stage(publication)) as stage:
        assert examine(Wish(stage.url, state=state)).exit_code == 0
        new = Key()
        publication.keys = [publication.key.published, new.published]
        publication.run("x-other", "check", ago(minutes=2), version="0.4")
        publication.sign(new)
        report = examine(Wish(stage.url, state=state))
        assert f"head 25 is signed by key {new.id}, which is not the one trusted so far" in found(
            report
        )
        text = base64.b64encode(new.raw).decode()
        keys.write_text(f"# by telephone, {new.id}\n\n{new.id} {text}\n")
        assert examine(Wish(stage.url, state=state, keys=keys)).exit_code == 0
        assert examine(Wish(stage.url, state=state)).exit_code == 0


def test_everything_signed_anew_by_another_key(tmp_path: Path) -> None:
    publication, state = published(), tmp_path / "bank.json"
    with served(Stage(publication)) as stage:
        examine(Wish(stage.url, state=state))
        publication.key = Key()
        heads, publication.heads = publication.heads, []
        for head in heads:
            head["key"] = publication.key.id
            head["previous"] = link_of(publication.heads[-1]) if publication.heads else GENESIS
            head["signature"] = publication.key.sign(message_of(head))
            publication.heads.append(head)
        assert examine(Wish(stage.url)).exit_code == 0
        report = examine(Wish(stage.url, state=state))
    assert report.exit_code == 1
    assert "and 6 more: is signed by key" in as_text(report)
    assert "there is no signed head" in as_text(report)


def test_rows_about_others_are_withheld_and_counted() -> None:
    publication = published()
    publication.rows[4] = withheld(publication.rows[4])
    publication.rows[9] = withheld(publication.rows[9])
    report = examined(publication)
    assert report.exit_code == 0
    assert report.verified["rows_withheld"] == 2
    assert "2 rows are withheld" in as_text(report)
    publication.rows[4]["digest"] = "0" * 64
    assert {"head 5 names another row than there is"} < found(examined(publication))


def test_a_claim_may_not_rest_on_a_withheld_row() -> None:
    publication = published()
    seq = publication.claims[0]["check"]["seq"]
    publication.rows[seq - 1] = withheld(publication.rows[seq - 1])
    report = examined(publication)
    assert "claim x-door names a check that is not as its row tells it" in found(report)
    assert publication.claims[0]["id"] == "x-door"


def test_what_is_recorded_while_it_is_examined_is_no_fault() -> None:
    publication = published()
    with served(Stage(publication)) as stage:
        evidence = stage.pages["/trust/evidence"]

        def meanwhile(query: dict[str, str]) -> Reply:
            if query["after"] == "15":
                for _ in range(2):
                    publication.run("x-door", "check", ago(seconds=5))
                    publication.run("x-door", "canary", ago(seconds=5))
                    publication.sign()
            return evidence(query)

        stage.pages["/trust/evidence"] = meanwhile
        report = examine(Wish(stage.url))
        assert (report.faults, report.unexamined) == ([], [])
        assert report.verified["rows"] == 28

        def unsigned(query: dict[str, str]) -> Reply:
            if query["after"] == "15":
                publication.run("x-door", "check", ago(seconds=5))
                publication.rows[-1]["digest"] = "1" * 64
                publication.sign()
                publication.rows[-1]["digest"] = "2" * 64
            return evidence(query)

        stage.pages["/trust/evidence"] = unsigned
        assert "head 29 names another row than there is" in found(examine(Wish(stage.url)))


def test_faults_of_one_kind_are_one_line_and_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "MOST_FAULTS", 5)
    publication = published()
    for row in publication.rows:
        row["actor"] = "nobody"
    report = examined(publication)
    assert len(report.faults) == 5
    assert f"and {report.more_faults} more" in as_text(report)
    assert json.loads(verify.as_json(report))["more_faults"] == report.more_faults > 10


def test_a_row_that_tells_of_no_run_is_a_row_all_the_same() -> None:
    publication = published()
    odd = publication.run("x-door", "check", ago(minutes=4), examined="many")
    publication.run("x-door", "check", ago(minutes=4), what={"de": "Nur Deutsch"})
    row = publication.rows[-1]
    row["action"], row["previous"] = "control.other", publication.rows[-2]["digest"]
    row["digest"] = digest_of(row)
    publication.run("x-door", "check", ago(minutes=4), what={"de": "Nur Deutsch"})
    publication.sign()
    report = examined(publication)
    assert (report.exit_code, report.verified["rows"]) == (0, 27)
    publication.claims[0]["check"] = odd
    assert "claim x-door names a check that is not as its row tells it" in found(
        examined(publication)
    )


def test_a_text_no_digest_can_be_made_of() -> None:
    publication = published()
    publication.rows[3]["subject"] = "\ud800"
    with served(Stage(publication)) as stage:
        lines = b"".join(json.dumps(row).encode() + b"\n" for row in publication.rows)
        first = {"after": "0"}
        stage.pages["/trust/evidence"] = lambda query: Reply(lines if query == first else b"")
        report = examine(Wish(stage.url))
    assert "row 4 was changed: its digest is that of something else" in found(report)


def test_times_are_compared_with_those_of_the_rows() -> None:
    publication = published()
    publication.claims[0]["check"]["at"] = written(ago(minutes=1) + dt.timedelta(0))
    assert "claim x-door names a check that is not as its row tells it" in found(
        examined(publication)
    )

"""The forms for programs: every fact of the page, and nothing of another tenant."""

import base64
import datetime as dt
import json
from typing import Any

import pytest

from siegel.trust import public, views
from siegel.trust.models import EvidenceEntry, StateChange
from siegel.trust.program import VERSION
from siegel.trust.standing import Group
from siegel.vault import signing_key
from siegel.vault.signing_key import PublicKey
from tests.cast import Organisation
from tests.trust.stage import head, row, staged, staged_now  # noqa: F401 - a fixture
from tests.trust.test_page import ADDRESSES

CLAIM = {
    "id", "heading", "claim", "falsifier", "kind", "scope", "state", "reason", "max_age_seconds",
    "until", "check", "canary",
}  # fmt: skip
RUN = {
    "seq", "at", "milliseconds", "version", "source", "examined", "expected", "what", "faults",
    "error", "digest",
}  # fmt: skip

# The newest first; a retired one still verifies what it signed.
KEYS = [
    PublicKey("b" * 16, b"B" * 32, is_retired=False),
    PublicKey("a" * 16, b"A" * 32, is_retired=True),
]


def json_of(bank: Organisation, address: str) -> Any:
    answer = bank.anonymous().get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    return answer.json()


def lines_of(bank: Organisation, query: str = "") -> list[dict[str, Any]]:
    answer = bank.anonymous().get(f"/trust/evidence{query}")
    assert answer.headers["Content-Type"] == "application/jsonl; charset=utf-8"
    return [json.loads(line) for line in answer.content.splitlines()]


def test_every_claim(bank: Organisation, now: dt.datetime) -> None:
    head(7, now)
    facts = json_of(bank, "/trust/claims.json")
    assert facts["version"] == VERSION
    assert facts["head"] == {"seq": 7, "digest": f"{7:064x}"}
    assert dt.datetime.fromisoformat(facts["at"]).utcoffset() == dt.timedelta()
    claims = {one["id"]: one for one in facts["claims"]}
    assert len(claims) == 121
    for one in claims.values():
        assert set(one) == CLAIM
        assert all(set(one[part]) == RUN for part in ("check", "canary") if one[part])
    found = claims["phy-sep-physical"]
    assert (found["heading"], found["state"], found["check"]["faults"]) == ("phy-fac", "fail", 1)
    assert found["claim"]["de"].startswith("Jeder Mandant")
    assert found["reason"]["en"].startswith("The third copy")
    assert found["max_age_seconds"] == 26 * 60 * 60
    assert dt.datetime.fromisoformat(found["until"]) == now + dt.timedelta(hours=25, minutes=48)
    unknown = claims["phy-sep-logical"]
    assert (unknown["until"], unknown["check"], unknown["canary"]) == (None, None, None)
    assert claims["phy-fac-all-data"]["reason"] is None
    assert claims["x-own-key"]["scope"] == "tenant"


def test_one_claim(bank: Organisation, now: dt.datetime) -> None:
    every = json_of(bank, "/trust/claims.json")
    assert every["head"] is None
    alone = json_of(bank, "/trust/claims/x-durable.json")
    assert {name: alone[name] for name in CLAIM} == every["claims"][-2]
    assert set(alone) == CLAIM | {"at", "version", "head"}


def test_heads_are_there_when_the_key_is_lost(
    bank: Organisation, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    head(3, now)
    monkeypatch.setattr(signing_key, "FILE", "lost.json")
    told = json_of(bank, "/trust/heads")
    assert (told["keys"], len(told["heads"])) == ([], 1)


def test_heads_with_their_keys(
    bank: Organisation, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public, "public_keys", lambda: KEYS)
    monkeypatch.setattr(public, "HEADS", 2)
    assert json_of(bank, "/trust/heads")["heads"] == []
    for seq in (3, 5, 9):
        head(seq, now)
    facts = json_of(bank, "/trust/heads")
    assert [key["id"] for key in facts["keys"]] == ["b" * 16, "a" * 16]
    assert base64.b64decode(facts["keys"][0]["public"]) == b"B" * 32
    assert [one["seq"] for one in facts["heads"]] == [9, 5]
    assert set(facts["heads"][0]) == {
        "seq", "digest", "at", "version", "key", "previous", "signature",
    }  # fmt: skip
    assert facts["heads"][0]["at"].endswith("+00:00")
    assert [one["seq"] for one in json_of(bank, "/trust/heads?before=5")["heads"]] == [3]
    assert json_of(bank, "/trust/heads?before=3")["heads"] == []


def test_rows_in_pages(
    bank: Organisation, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public, "ROWS", 2)
    assert lines_of(bank) == []
    for seq in range(1, 6):
        row(seq, "", now)
    pages = [lines_of(bank), lines_of(bank, "?after=2"), lines_of(bank, "?after=4")]
    assert [[one["seq"] for one in page] for page in pages] == [[1, 2], [3, 4], [5]]
    assert lines_of(bank, "?after=5") == lines_of(bank, f"?after={'9' * 18}") == []
    assert set(pages[0][0]) == {
        "seq", "at", "actor", "action", "subject", "detail", "previous", "digest",
    }  # fmt: skip
    assert pages[0][0]["at"] == now.isoformat(timespec="microseconds")


def test_a_page_of_rows_is_known_by_its_last(
    bank: Organisation, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public, "ROWS", 2)
    row(1, "", now)
    row(2, "", now)
    browser = bank.anonymous()
    tag = browser.get("/trust/evidence").headers["ETag"]
    row(3, "", now)
    assert browser.get("/trust/evidence").headers["ETag"] == tag
    assert browser.get("/trust/evidence?after=1").headers["ETag"] != tag


def test_rows_about_others_are_withheld(
    bank: Organisation, insurer: Organisation, now: dt.datetime
) -> None:
    for seq, whose in enumerate(["", bank.tenant.id, insurer.tenant.id, None, ["x"]], start=1):
        row(seq, whose, now)
    shown = [one["seq"] for one in lines_of(bank) if "detail" in one]
    assert shown == [1, 2]
    for one in lines_of(bank)[2:]:
        assert set(one) == {"seq", "previous", "digest"}
    assert [one["seq"] for one in lines_of(insurer) if "detail" in one] == [1, 3]


@pytest.mark.parametrize("detail", [{}, [], "x"])
def test_a_row_that_says_nobody_is_withheld(
    bank: Organisation, now: dt.datetime, detail: object
) -> None:
    row(1, "", now)
    EvidenceEntry.objects.update(detail=detail)
    assert set(lines_of(bank)[0]) == {"seq", "previous", "digest"}


def test_another_tenant_is_nowhere(
    bank: Organisation, insurer: Organisation, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = 918_273_645

    def standings(tenant: Any, _now: dt.datetime) -> list[Group]:
        return staged(tenant, now)

    monkeypatch.setattr(views, "standings", standings)
    row(1, "", now)
    row(2, insurer.tenant.id, now, subject="x-of-the-insurer")
    EvidenceEntry.objects.filter(seq=2).update(
        detail={"tenant": insurer.tenant.id, "examined": figure}
    )
    head(2, now)
    StateChange.objects.create(
        control="x-of-the-insurer", tenant=insurer.tenant.id, at=now, after="fail"
    )
    names = [insurer.tenant.id, insurer.tenant.slug, insurer.host, "Insurer", "of-the-insurer"]
    names += [str(figure), public.as_line({"n": figure}).decode()[5:-2]]
    for address in ADDRESSES:
        text = bank.anonymous().get(address).content.decode()
        assert len(text) > 100
        for name in names:
            assert name.lower() not in text.lower(), (address, name)
    # It is there for the one whose it is.
    for address in ("/trust/evidence", "/trust/feed.atom"):
        assert "x-of-the-insurer" in insurer.anonymous().get(address).content.decode()


def test_no_tenant_is_named_by_its_id(bank: Organisation, now: dt.datetime) -> None:
    row(1, "", now)
    for address in ADDRESSES:
        assert bank.tenant.id not in bank.anonymous().get(address).content.decode()

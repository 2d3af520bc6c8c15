"""Every claim is told whole, in two languages, in words of our own."""

import datetime as dt
import hashlib
import importlib
import pkgutil
import re
from collections import Counter
from pathlib import Path

import pytest

from siegel.claims import not_built
from siegel.claims.control import Claim, Kind, Text
from siegel.claims.headings import HEADINGS, OWN_PREFIX, Heading
from siegel.trust.discovery import all_controls

# SHA-256, shortened, of each run of six words in a text whose wording is not ours to use.
FOREIGN_PHRASES = frozenset(
    Path(__file__).with_name("foreign_phrases.txt").read_text(encoding="ascii").split()
)
FOREIGN_NAME = "3b72d900e2d8bc36"
PHRASE_WORDS = 6
# A full stop within; the one of an ordinal number is none.
SECOND_SENTENCE = re.compile(r"(?<!\d)\. ")
# What no program and no document can prove.
UNPROVABLE = re.compile(
    r"best.in.class|best practice|state.of.the.art|industry.lead|world.class|cutting.edge|robust"
    r"|bewährt|hochmodern|hochqualifiziert|höchste[mnrs]?\b|modernste|führend|umfassend|prinzipiell"
    r"|in principle|grundsätzlich|in der regel|generally|regularly|regelmäßig|continuous"
    r"|kontinuierlich|laufend überprüft|bestmöglich|as far as possible|möglichst",
    re.IGNORECASE,
)


def unbuilt_claims() -> list[Claim]:
    claims: list[Claim] = []
    for module in pkgutil.iter_modules(not_built.__path__):
        claims += importlib.import_module(f"{not_built.__name__}.{module.name}").CLAIMS
    return claims


UNBUILT = unbuilt_claims()
CLAIMS: list[Claim] = [*UNBUILT, *all_controls()]
EVERY = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def shortened(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def foreign_runs(text: str, phrases: frozenset[str]) -> list[str]:
    """Runs of six words in the text whose hash is among the phrases."""
    said = words(text)
    runs = (" ".join(said[at : at + PHRASE_WORDS]) for at in range(len(said) - PHRASE_WORDS + 1))
    return [run for run in runs if shortened(run) in phrases]


def public(claim: Claim) -> list[str]:
    return [claim.claim.de, claim.claim.en, claim.falsifier.de, claim.falsifier.en]


def documented(claim: Claim) -> list[str]:
    return [claim.meaning, claim.checking, claim.breaking, claim.remedy]


def test_each_claim_is_told_once_and_has_a_heading() -> None:
    told = Counter(claim.id for claim in CLAIMS)
    headed = {id_ for heading in HEADINGS for id_ in heading.claims}
    assert [id_ for id_, times in told.items() if times > 1] == []
    assert [id_ for id_ in told if id_ not in headed and not id_.startswith(OWN_PREFIX)] == []


@pytest.mark.parametrize(
    "heading",
    [each for each in HEADINGS if each.chapter.en in {"Physical security", "Network"}],
    ids=lambda heading: heading.id,
)
def test_no_claim_of_a_heading_is_left_out(heading: Heading) -> None:
    told = {claim.id for claim in CLAIMS}
    assert [id_ for id_ in heading.claims if id_ not in told] == []


@EVERY
def test_a_claim_is_one_short_sentence_in_each_language(claim: Claim) -> None:
    for sentence in (claim.claim.de, claim.claim.en):
        assert 20 <= len(sentence) <= 160
        assert sentence.endswith(".")
        assert not SECOND_SENTENCE.search(sentence)
        assert sentence == " ".join(sentence.split())
    assert claim.claim.de != claim.claim.en


@EVERY
def test_what_would_make_it_red_is_one_sentence_and_not_the_claim_again(claim: Claim) -> None:
    for sentence, claimed in (
        (claim.falsifier.de, claim.claim.de),
        (claim.falsifier.en, claim.claim.en),
    ):
        assert 20 <= len(sentence) <= 220
        assert sentence.endswith(".")
        assert not SECOND_SENTENCE.search(sentence)
        assert sentence == " ".join(sentence.split())
        assert sentence != claimed
    assert claim.falsifier.de != claim.falsifier.en


@EVERY
def test_its_proof_grows_old(claim: Claim) -> None:
    assert dt.timedelta(0) < claim.max_age <= dt.timedelta(days=100)
    if claim.kind == Kind.ATTESTED:
        assert claim.max_age == dt.timedelta(days=1)


@EVERY
def test_its_page_is_complete(claim: Claim) -> None:
    for text in documented(claim):
        assert 10 <= len(text) <= 1200
        assert text.endswith(".")
        assert text == " ".join(text.split())
    assert "Canary: " in claim.checking


@EVERY
def test_its_meaning_says_more_than_the_claim(claim: Claim) -> None:
    assert claim.meaning not in public(claim)


@EVERY
def test_nothing_is_claimed_that_cannot_be_proven(claim: Claim) -> None:
    assert [text for text in public(claim) if UNPROVABLE.search(text)] == []
    assert [text for text in public(claim) if "!" in text] == []


@EVERY
def test_the_wording_is_our_own(claim: Claim) -> None:
    for text in public(claim) + documented(claim):
        assert foreign_runs(text, FOREIGN_PHRASES) == []
        assert FOREIGN_NAME not in map(shortened, words(text))


def test_no_two_claims_say_the_same() -> None:
    said: Counter[Text] = Counter()
    for claim in CLAIMS:
        said.update([claim.claim, claim.falsifier])
    assert [text for text, times in said.items() if times > 1] == []


def test_a_borrowed_phrase_would_be_noticed() -> None:
    phrases = frozenset({shortened("the lock opens to nobody else")})
    assert foreign_runs("Here, the lock opens to nobody else: never.", phrases)
    assert not foreign_runs("The lock opens to nobody at all.", phrases)
    assert len(FOREIGN_PHRASES) > 900

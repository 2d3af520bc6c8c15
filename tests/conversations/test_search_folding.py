"""Folding changes lengths; what is marked is still what was written."""

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from siegel.conversations.search_excerpts import Piece, excerpt, marks_in
from siegel.conversations.search_folding import Folded, fold, words_of
from siegel.conversations.search_terms import LONGEST_QUERY, Kind, Term, terms_of

# Letters that fold into more, fewer or other ones, besides all others.
TEXT = st.text(
    st.one_of(
        st.sampled_from("äÄößẞüeéÉèﬁİ\u0131ǅ½²e\u0301\u0308\u00ad\u200d \n\tab"), st.characters()
    )
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Grüße", "gruesse"),
        ("GRU\u0308SSE", "gruesse"),
        ("Straße STRASSE straẞe", "strasse strasse strasse"),
        ("Café cafe\u0301", "cafe cafe"),
        ("Y\u0131lmaz İstanbul", "y\u0131lmaz istanbul"),
        ("Versicherungs\u00adnummer", "versicherungsnummer"),
        ("Ελλάς ΕΛΛΆΣ", "ελλασ ελλασ"),
        ("Москва Ёлка", "москва елка"),
        ("\uff46\uff55\uff4c\uff4c ﬁn ½", "full fin 1\u20442"),
        ("한국 保险 हिन्दी", "한국 保险 हिनदी"),
        ("a\tb\u00a0c\u2028d\re", "a b c d e"),
        ("a\x00b\x7fc", "abc"),
        ("", ""),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert Folded.of(text).text == folded


@given(TEXT)
@example("ä" * 3)
@example("\u0301")
def test_the_way_back(text: str) -> None:
    folded = Folded.of(text)
    assert folded.text == fold(text)
    covered = 0
    for place in range(len(folded.text)):
        start, end = folded.range_of(place, place + 1)
        assert covered <= start < end <= len(text)
        assert folded.text[place] in fold(text[start:end])
        covered = start
    if folded.text:
        start, end = folded.range_of(0, len(folded.text))
        assert fold(text[start:end]) == folded.text


@given(TEXT, st.data())
def test_marks_hold_what_was_looked_for(text: str, data: st.DataObject) -> None:
    """Whatever part of a folded text is looked for, each mark folds into something with it."""
    folded = fold(text)
    if not folded.strip():
        return
    start = data.draw(st.integers(0, len(folded) - 1))
    part = folded[start : data.draw(st.integers(start + 1, len(folded)))].strip()
    if not part:
        return
    marks = marks_in(text, [Term(part, Kind.PART)])
    assert marks
    assert all(part in fold(text[begin:end]) for begin, end in marks)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(marks))
    assert all(fold(text[:begin]) + fold(text[begin:]) == folded for begin, _ in marks)


@given(TEXT, st.lists(st.sampled_from(["a", "ab", "ss", "e"]), max_size=3))
def test_an_excerpt_is_a_piece_of_the_text(text: str, parts: list[str]) -> None:
    pieces = excerpt(text, [Term(part, Kind.PART) for part in parts])
    shown = "".join(piece.text for piece in pieces)
    assert shown.removeprefix("…").removesuffix("…") in text or shown in text


def test_an_excerpt_is_about_the_first_mark() -> None:
    text = "Anfang " * 30 + "GESUCHT" + " Ende" * 30 + " gesucht"
    pieces = excerpt(text, terms_of("gesucht"))
    assert pieces[0] == pieces[-1] == Piece("…", is_marked=False)
    assert [piece.text for piece in pieces if piece.is_marked] == ["GESUCHT"]
    assert 60 <= len(pieces[1].text) <= 80
    assert 60 <= len(pieces[3].text) <= 80
    assert pieces[1].text.startswith("Anfang ")
    assert pieces[3].text.endswith("Ende")
    assert "".join(piece.text for piece in pieces[1:-1]) in text


def test_a_mark_without_end_is_cut() -> None:
    text = "eins" + "." * 5000 + "zwei"
    pieces = excerpt(text, terms_of('"eins zwei"'))
    assert sum(len(piece.text) for piece in pieces) < 300
    assert pieces[0].is_marked
    assert pieces[-1] == Piece("…", is_marked=False)


def test_marks_that_touch_are_one() -> None:
    assert marks_in("Hausratversicherung", terms_of("hausrat ratver versich")) == [(0, 14)]


def test_words_are_letters_and_digits() -> None:
    assert words_of(fold("KD-12_a Öl, 3.5%")) == ["kd", "12", "a", "oel", "3", "5"]


@given(st.text())
def test_every_query_can_be_taken_apart(query: str) -> None:
    terms = terms_of(query)
    assert len(set(terms)) == len(terms) <= 12
    for term in terms:
        assert term.text == term.text.strip()
        # A text that is the query holds each of its terms.
        assert term.is_in(fold(query[:LONGEST_QUERY]))

"""What is typed costs no more time than its length, however its marks are heaped up."""

import time
import unicodedata

import pytest
from django.contrib.auth.hashers import check_password, make_password

from siegel.conversations.search_folding import fold
from siegel.identity.combining import MOST_MARKS, may_be_normalised
from siegel.identity.hashing import normalised
from siegel.identity.naming import RefusedName, checked_name, folded
from siegel.identity.password_policy import LONGEST, Policy, objections, words_of
from siegel.tenancy.context import serving
from tests.cast import PASSWORD, Organisation

HEAP = "a" + "\u0315\u0300" * 20_000
# Within every length, and far beyond what any script needs.
SMALL_HEAP = "a" + "\u0315\u0300" * 16
# Marks that are none as they are written: taken apart, each is two, or one.
HIDDEN = ("a" + "\u0f73" * 16, "a" + "\uff9e\u0315" * 16)
MOST_SECONDS = 1.0


@pytest.mark.parametrize(
    "text",
    [
        PASSWORD,
        "a" + "\u0300" * MOST_MARKS,
        ("a" + "\u0300" * MOST_MARKS) * 20,
        "\u1ec7" * 100,
        unicodedata.normalize("NFD", "Việt Ärger 한국어 שָׁלוֹם हिन्दी"),
        "",
    ],
)
def test_what_people_write_is_brought_into_one_form(text: str) -> None:
    assert may_be_normalised(text, 1000)
    assert normalised(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    "text", [HEAP, SMALL_HEAP, *HIDDEN, "\u0300" * (MOST_MARKS + 1), "ä" * 4001]
)
def test_heaps_of_marks_are_not(text: str) -> None:
    assert not may_be_normalised(text, 1000)


def test_the_marks_of_a_letter_count_as_well() -> None:
    assert may_be_normalised("\u1ec7" + "\u0300" * (MOST_MARKS - 2), 1000)
    assert not may_be_normalised("\u1ec7" + "\u0300" * (MOST_MARKS - 1), 1000)


@pytest.mark.parametrize("text", [HEAP, HIDDEN[0] * 1000, HIDDEN[1].strip("a") * 1000])
def test_none_of_them_takes_time(bank: Organisation, text: str) -> None:
    began = time.thread_time()
    assert normalised(text) == text
    assert objections(text, Policy())
    assert folded(text) == text.casefold()
    assert fold(text) is not None
    assert words_of([text]) is not None
    with pytest.raises(RefusedName):
        checked_name(text, 60)
    assert time.thread_time() - began < MOST_SECONDS


def test_new_passwords_are_refused_with_a_reason() -> None:
    codes = {
        text: [one.code for one in objections(text, Policy(blocklist=False))]
        for text in (SMALL_HEAP, HEAP, "x" * (LONGEST + 1), "e\u0301" * LONGEST)
    }
    assert list(codes.values()) == [["not-text"], ["too-long"], ["too-long"], []]


def test_nobody_has_such_a_password(bank: Organisation) -> None:
    with serving(bank.tenant):
        record = make_password(SMALL_HEAP)
        assert not check_password(unicodedata.normalize("NFC", SMALL_HEAP), record)


def test_names_are_refused_with_a_reason() -> None:
    for text, code in ((SMALL_HEAP, "control-characters"), ("ä" * 241, "too-long")):
        with pytest.raises(RefusedName) as refused:
            checked_name(text, 60)
        assert refused.value.code == code
    assert checked_name("  a\u0308   b" + " " * 500, 60) == "ä b"


@pytest.mark.parametrize(("text", "words"), [(HEAP, "At most 4096"), (SMALL_HEAP, "no text")])
def test_the_sign_in_form_says_so_at_once(bank: Organisation, text: str, words: str) -> None:
    browser = bank.anonymous()
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    began = time.thread_time()
    page = browser.post("/sign-in/", {"login": bank.ada.email, "password": text})
    assert words in page.content.decode()
    assert time.thread_time() - began < MOST_SECONDS


def test_nor_do_pages_of_whoever_is_signed_in(bank: Organisation) -> None:
    browser = bank.desk(bank.mia)
    began = time.thread_time()
    sent = {"current": HEAP, "new": HEAP}
    assert browser.post("/account/password/", sent).status_code == 422
    assert browser.post("/account/confirm/", {"password": HEAP, "code": HEAP}).status_code == 422
    assert browser.get("/administration/people/", {"q": HEAP[:3000]}).status_code == 200
    assert time.thread_time() - began < 3 * MOST_SECONDS

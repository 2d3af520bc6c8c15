"""The rules for passwords, against a second reading of them that shares no code with the first."""

import dataclasses
import itertools
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siegel.identity.common_passwords import built_in, common_passwords
from siegel.identity.password_policy import (
    PRESETS,
    RANGES,
    Policy,
    Preset,
    RefusedPolicy,
    check_policy,
    deviations,
    objections,
    preset_of,
    rules,
    weakened,
    words_of,
)

# Characters whose class was looked up by hand, several of them in several bytes.
CLASSES = {
    "lower": "abßéжω", "upper": "ABÄЖΩ", "letters": "字אªあ", "digits": "07٣९",
    "special": " -_!€½Ⅷ\0\n\u200b🦭",
}  # fmt: skip
CLASS_OF = {character: name for name, all_of in CLASSES.items() for character in all_of}
LISTED = frozenset({"password", "sunshine", "qwertz123", "straße", "abcdef"})
NAMED = ["Ada Adler", "ada.adler@bank.example", "Bank am Tor"]
WORDS = ["adler", "bank", "example"]

composed = st.integers(0, 4)
policies = st.builds(
    Policy,
    min_length=st.integers(8, 20),
    min_length_with_factor=st.just(8),
    letters=composed,
    upper=composed,
    lower=composed,
    digits=composed,
    special=composed,
    blocklist=st.booleans(),
    words=st.sets(st.sampled_from(["tresor", "Girokonto"])).map(tuple),
    similarity=st.booleans(),
)
pieces = st.one_of(
    st.text("".join(CLASS_OF), max_size=8),
    st.sampled_from([*LISTED, *WORDS, "Adler", "relda", "TRESOR", "girokonto", "PassWord", "abab"]),
)
passwords = st.lists(pieces, max_size=6).map("".join)


def mostly(text: str, words: list[str]) -> bool:
    """Longest word first, each crossed out letter by letter."""
    crossed, hit = text, False
    for word in sorted(words, key=lambda one: (-len(one), one)):
        for form in (word, "".join(reversed(word))):
            while (at := crossed.find(form)) >= 0:
                hit, crossed = True, crossed[:at] + "\1" + crossed[at + len(form) :]
    return hit and len(crossed.replace("\1", "")) < 8


def listed(text: str) -> bool:
    for size in range(1, len(text)):
        if len(text) % size == 0 and text == text[:size] * (len(text) // size):
            if size <= 4 or text[:size] in LISTED:
                return True
            break
    if text in LISTED:
        return True
    for cut in range(1, 8):
        for front in range(cut + 1):
            before, word, after = (
                text[:front],
                text[front : len(text) - cut + front],
                text[len(text) - cut + front :],
            )
            edges_are_letters = word[:1].isalpha() and word[-1:].isalpha()
            if word in LISTED and edges_are_letters and not any(map(str.isalpha, before + after)):
                return True
    return False


def oracle(password: str, policy: Policy, has_second_factor: bool) -> set[str]:
    tally = dict.fromkeys(CLASSES, 0)
    for character in password:
        ascii_class = "upper" if "A" <= character <= "Z" else "lower"
        if "0" <= character <= "9":
            ascii_class = "digits"
        tally[CLASS_OF.get(character, ascii_class)] += 1
    tally["letters"] += tally["lower"] + tally["upper"]
    wanted = {name for name in tally if tally[name] < getattr(policy, name)}
    if len(password) < (policy.min_length_with_factor if has_second_factor else policy.min_length):
        wanted.add("too-short")
    low = password.casefold()
    if policy.blocklist and listed(low):
        wanted.add("common")
    if policy.similarity and mostly(low, WORDS):
        wanted.add("similar")
    if mostly(low, [word.lower() for word in policy.words]):
        wanted.add("words")
    return wanted


@settings(max_examples=1500, deadline=None)
@given(passwords, policies, st.booleans())
def test_two_readings_of_the_rules_agree(password: str, policy: Policy, factor: bool) -> None:
    found = objections(password, policy, named=NAMED, has_second_factor=factor, common=LISTED)
    assert {code for code, _ in found} == oracle(password, policy, factor)
    assert all(text.endswith(".") for _, text in found)


def codes(password: str, policy: Policy, **more: Any) -> list[str]:
    return [code for code, _ in objections(password, policy, **more)]


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("least", [1, 3])
def test_exactly_as_many_are_enough_and_one_less_is_not(kind: str, least: int) -> None:
    knobs: dict[str, Any] = {"min_length": 8, "blocklist": False, kind: least}
    policy = Policy(**knobs)
    filler = "字あ字あ字あ字あ" if kind != "letters" else "--------"
    for characters in itertools.permutations(CLASSES[kind], least):
        assert codes(filler + "".join(characters), policy) == []
        assert codes(filler + "".join(characters[1:]), policy) == ([kind])


def test_a_password_is_as_long_as_its_characters() -> None:
    for character in ("x", "ä", "字", "🦭"):
        for length, expected in ((14, ["too-short"]), (15, []), (16, [])):
            assert codes(character * length, Policy(blocklist=False)) == expected
    # A letter and its dots are one character, whichever keyboard has put them together.
    assert codes("a\u0308" * 14, Policy(blocklist=False)) == ["too-short"]
    assert codes("x" * 8, Policy(blocklist=False), has_second_factor=True) == []
    assert codes("x" * 4097, Policy(blocklist=False)) == ["too-long"]
    assert codes("x" * 4096, Policy(blocklist=False)) == []
    assert codes("x" * 20 + "\udc80", Policy()) == ["not-text"]


@pytest.mark.parametrize(
    "password",
    ["iloveyou", "Password", "!!trustno1!!", "abcabcabcabcabc", "  sunshine 2026", "a" * 40],
)
def test_what_everybody_uses_is_refused(password: str) -> None:
    least = Policy(min_length=8)
    assert codes(password, least, common=common_passwords()) == ["common"]
    assert codes(password, dataclasses.replace(least, blocklist=False)) == []


@pytest.mark.parametrize(
    "password", ["", "a sentence that only tests know", "sunshine behind nine clouds"]
)
def test_what_few_people_use_is_not_common(password: str) -> None:
    assert "common" not in codes(password, Policy(), common=common_passwords())


def test_the_list_is_that_of_the_most_common_ones() -> None:
    assert len(built_in()) > 30_000
    assert {"123456", "qwerty", "password1"} <= built_in()


def test_names_are_no_passwords_unless_enough_is_beside_them() -> None:
    policy = Policy(min_length=8)
    assert words_of(NAMED) == WORDS
    assert codes("Ada-Adler-1", policy, named=NAMED) == ["similar"]
    assert codes("RELDAknab", policy, named=NAMED) == ["similar"]
    assert codes("the adler flies at nine", policy, named=NAMED) == []
    assert codes("Siegel-2026", dataclasses.replace(policy, words=("Siegel",))) == ["words"]


def test_guesses_are_counted_if_they_are_asked_for() -> None:
    asked = Policy(min_length=8, min_guesses_log10=10)
    assert codes("monkeydragon", asked) == ["guessable"]
    assert codes("", asked) == ["too-short", "guessable"]
    assert codes("a sentence that only tests know", asked) == []


@pytest.mark.parametrize(
    "password",
    [
        "4@8({[<3690!1|$5+7%2" * 200,
        "a" * 4096,
        "1qaz2wsx" * 400,
        "\0" * 100,
        "🦭" * 4000,
        "é́" * 2000,
    ],
)
def test_no_password_takes_long_to_judge(password: str) -> None:
    began = time.thread_time()
    objections(password, PRESETS[Preset.STRICT], named=NAMED, common=common_passwords())
    assert time.thread_time() - began < 2


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=100))
def test_every_preset_judges_every_text(password: str) -> None:
    for policy in PRESETS.values():
        objections(password, policy, named=NAMED)


@pytest.mark.parametrize("preset", Preset)
def test_presets_are_policies_that_may_be_set(preset: Preset) -> None:
    check_policy(PRESETS[preset])
    assert preset_of(PRESETS[preset]) is preset
    assert preset_of(dataclasses.replace(PRESETS[preset], words=("Tresor",))) is preset
    assert preset_of(dataclasses.replace(PRESETS[preset], min_length=77)) is None
    assert codes("Four rare words, and the 7th of May", PRESETS[preset]) == []


def test_the_composition_is_the_one_that_was_asked_for() -> None:
    policy = PRESETS[Preset.COMPOSITION]
    assert codes("a1-" + "字" * 9, policy) == []
    assert codes("a1-" + "字" * 8, policy) == ["too-short"]
    assert codes("123456789-12", policy) == ["letters"]
    assert codes("abcdefghij-k", policy) == ["digits"]
    assert codes("abcdefghij1k", policy) == ["special"]


@pytest.mark.parametrize("field", RANGES)
def test_no_knob_leaves_its_range(field: str) -> None:
    least, most = RANGES[field]
    for value in (least - 1, most + 1):
        knobs: dict[str, Any] = {"min_length": 128, field: value}
        with pytest.raises(RefusedPolicy) as refused:
            check_policy(Policy(**knobs))
        assert refused.value.field == field


@pytest.mark.parametrize(
    ("field", "policy"),
    [
        ("min_length_with_factor", Policy(min_length=8, min_length_with_factor=9)),
        ("words", Policy(words=("abc",))),
        ("words", Policy(words=("x" * 61,))),
        ("words", Policy(words=tuple(map(str, range(10_000_000, 10_001_001))))),
    ],
)
def test_what_no_policy_may_say(field: str, policy: Policy) -> None:
    with pytest.raises(RefusedPolicy) as refused:
        check_policy(policy)
    assert refused.value.field == field
    assert str(refused.value).endswith(".")


WEAKER: list[tuple[str, Any, Any]] = [
    *((name, 9, 10) for name in RANGES if name not in {"expiry_days", "grace_days"}),
    ("expiry_days", 0, 90), ("expiry_days", 91, 90), ("grace_days", None, 30),
    ("grace_days", 31, 30), ("blocklist", False, True), ("similarity", False, True),
    ("words", ("bank",), ("bank", "tor!")),
]  # fmt: skip


@pytest.mark.parametrize(("field", "weaker", "stronger"), WEAKER)
def test_what_weakens_is_told_from_what_does_not(field: str, weaker: Any, stronger: Any) -> None:
    low, high = (dataclasses.replace(Policy(), **{field: value}) for value in (weaker, stronger))
    assert weakened(high, low) == [field]
    assert weakened(low, high) == weakened(low, low) == []


def test_how_policies_stand_to_the_standards() -> None:
    assert deviations(Policy()) == deviations(PRESETS[Preset.STRICT]) == {}
    assert set(deviations(PRESETS[Preset.COMPOSITION])) == {
        "letters", "digits", "special", "min_length",
    }  # fmt: skip
    off = Policy(expiry_days=90, blocklist=False, similarity=False)
    assert set(deviations(off)) == {"expiry_days", "blocklist", "similarity"}
    assert "ASVS 6.2.10" in deviations(off)["expiry_days"]


def test_only_rules_that_hold_are_told() -> None:
    off = Policy(blocklist=False, similarity=False)
    assert rules(off, has_second_factor=True) == ["At least 8 characters."]
    assert rules(dataclasses.replace(off, history=1, letters=1)) == [
        "At least 15 characters.", "At least 1 letter.", "Not your last one.",
    ]  # fmt: skip

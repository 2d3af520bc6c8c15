"""Which passwords an organisation accepts: pure rules, and nothing here knows a database.

A password is judged in the form in which it is hashed (Unicode NFC), and every code point counts
as one character. ASVS is OWASP's Application Security Verification Standard 5.0, NIST its
SP 800-63B-4.
"""

import dataclasses
import re
import unicodedata
from collections.abc import Container, Iterable
from enum import StrEnum
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from siegel.identity.combining import may_be_normalised

LONGEST = 4096
# The fewest characters that any organisation may ask for (ASVS 6.2.1).
FLOOR = 8
MOST_WORDS, LONGEST_WORD = 1000, 60
# A word shorter than this is in too many passwords by chance.
SHORTEST_WORD = 4
# Of a password that holds a known word at least so many characters must be something else.
REST = 8
# A piece of up to so many characters, said again and again, is one password of that piece.
SHORT_PIECE = 4
# What zxcvbn looks at: digits and signs that may stand for letters take it seconds when there are
# more, and so many are enough for the highest floor.
LOOKED_AT = 32


class Audience(StrEnum):
    """Whom a policy is for."""

    CLIENT = "client"
    ADVISER = "adviser"
    ADMINISTRATOR = "administrator"
    BREAK_GLASS = "break-glass"


class Preset(StrEnum):
    """Policies that have a name."""

    NIST_2025 = "nist-2025"
    BSI_ORP4 = "bsi-orp4"
    COMPOSITION = "composition"
    STRICT = "strict"


class Objection(NamedTuple):
    """Why a password is not accepted: a name for programs, a sentence for people."""

    code: str
    text: str


class RefusedPolicy(ValueError):
    """A knob stands where no organisation may set it; `field` names it."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@dataclasses.dataclass(frozen=True, slots=True)
class Policy:
    """Every knob; the defaults are those of `nist-2025`."""

    # Where the password is the only factor, and where there is a second one.
    min_length: int = 15
    min_length_with_factor: int = 8
    # How many there must be at least.
    letters: int = 0
    upper: int = 0
    lower: int = 0
    digits: int = 0
    special: int = 0
    # How many earlier passwords are refused; after how many days one expires, 0: never.
    history: int = 0
    expiry_days: int = 0
    blocklist: bool = True
    words: tuple[str, ...] = ()
    similarity: bool = True
    # The least power of ten of guesses, as zxcvbn estimates them; 0: not asked.
    min_guesses_log10: int = 0
    # After so many days a password from before, if it does not satisfy, is changed at the next
    # sign-in; null: it stays until it is changed anyway.
    grace_days: int | None = 30

    def least(self, has_second_factor: bool) -> int:
        """The fewest characters for somebody."""
        return self.min_length_with_factor if has_second_factor else self.min_length

    def with_words(self, words: tuple[str, ...]) -> "Policy":
        """The same with other words of the organisation's."""
        return dataclasses.replace(self, words=words)


PRESETS = {
    Preset.NIST_2025: Policy(),
    Preset.BSI_ORP4: Policy(min_length=12, min_guesses_log10=8),
    Preset.COMPOSITION: Policy(
        min_length=12, min_length_with_factor=12, letters=1, digits=1, special=1
    ),
    Preset.STRICT: Policy(
        min_length=20, min_length_with_factor=12, history=5, min_guesses_log10=10, grace_days=14
    ),
}
# The least and the most of each number.
RANGES = {
    "min_length": (FLOOR, 128),
    "min_length_with_factor": (FLOOR, 128),
    "letters": (0, 20),
    "upper": (0, 20),
    "lower": (0, 20),
    "digits": (0, 20),
    "special": (0, 20),
    "history": (0, 24),
    "expiry_days": (0, 3650),
    "min_guesses_log10": (0, 14),
    "grace_days": (0, 365),
}


def check_policy(policy: Policy) -> None:
    """Raise RefusedPolicy for the first knob that stands where it may not."""
    for field, (least, most) in RANGES.items():
        value = getattr(policy, field)
        if value is not None and not least <= value <= most:
            raise RefusedPolicy(
                field,
                _("Choose a number from %(least)s to %(most)s.") % {"least": least, "most": most},
            )
    if policy.min_length_with_factor > policy.min_length:
        raise RefusedPolicy(
            "min_length_with_factor",
            _("With a second factor a password need not be longer than without one."),
        )
    if len(policy.words) > MOST_WORDS:
        raise RefusedPolicy("words", _("At most %(count)s words.") % {"count": MOST_WORDS})
    if any(not SHORTEST_WORD <= len(word) <= LONGEST_WORD for word in policy.words):
        raise RefusedPolicy(
            "words",
            _("Each word has %(least)s to %(most)s characters.")
            % {"least": SHORTEST_WORD, "most": LONGEST_WORD},
        )


def objections(
    password: str,
    policy: Policy,
    *,
    named: Iterable[str] = (),
    has_second_factor: bool = False,
    common: Container[str] = (),
) -> list[Objection]:
    """Everything that speaks against a password; nothing: it is accepted.

    `named` are what the person, the organisation and the product are called, addresses included;
    `common` the blocklist, in small letters.
    """
    unfit = unmeasurable(password)
    if unfit is not None:
        return [unfit]
    password = unicodedata.normalize("NFC", password)
    if any(unicodedata.category(character) == "Cs" for character in password):
        return [Objection("not-text", _("This is no text that could be typed again."))]
    found = [*_too_short(password, policy, has_second_factor), *_missing(password, policy)]
    folded, theirs = password.casefold(), words_of(named)
    if policy.blocklist and is_common(folded, common):
        found.append(
            Objection("common", _("Too many people use this password: it would be tried first."))
        )
    if policy.similarity and is_mostly(folded, theirs):
        found.append(
            Objection(
                "similar", _("It consists mostly of your name, your address or a name from here.")
            )
        )
    if is_mostly(folded, [_folded(word) for word in policy.words]):
        found.append(
            Objection("words", _("It consists mostly of a word that is not accepted here."))
        )
    if policy.min_guesses_log10 and guesses_log10(password, theirs) < policy.min_guesses_log10:
        found.append(
            Objection(
                "guessable", _("It can be guessed too easily: use more words, and rarer ones.")
            )
        )
    return found


def unmeasurable(password: str) -> Objection | None:
    """What speaks against hashing a password at all, new or not: it would take too long."""
    is_short = len(password) <= 4 * LONGEST
    if is_short and not may_be_normalised(password, LONGEST):
        return Objection("not-text", _("This is no text that could be typed again."))
    if not is_short or len(unicodedata.normalize("NFC", password)) > LONGEST:
        text = _("At most %(count)s characters, please.") % {"count": LONGEST}
        return Objection("too-long", text)
    return None


def counts(password: str) -> dict[str, int]:
    """How many characters there are of each class.

    Letters are those of every script, digits decimal digits of every script, and special is
    whatever is neither, the space included.
    """
    kinds = [unicodedata.category(character) for character in password]
    letters, digits = sum(kind[0] == "L" for kind in kinds), kinds.count("Nd")
    return {
        "letters": letters,
        "upper": kinds.count("Lu") + kinds.count("Lt"),
        "lower": kinds.count("Ll"),
        "digits": digits,
        "special": len(kinds) - letters - digits,
    }


def is_common(folded: str, common: Container[str]) -> bool:
    """Whether it is on the list, is a short or listed piece again and again, or hardly more than a
    listed word with something before or behind it.
    """
    piece = _repeated(folded)
    if folded in common or (len(piece) < len(folded) and len(piece) <= SHORT_PIECE):
        return True
    letters = [at for at, one in enumerate(folded) if unicodedata.category(one)[0] == "L"]
    core = folded[letters[0] : letters[-1] + 1] if letters else ""
    added = len(folded) - len(core)
    return piece in common or (
        len(core) >= SHORTEST_WORD and added < REST and added > 0 and core in common
    )


def is_mostly(folded: str, words: Iterable[str]) -> bool:
    """Whether a word is in it, forwards or backwards, and little else."""
    rest, held = folded, False
    for word in sorted({*words}, key=lambda word: (-len(word), word)):
        for written in (word, word[::-1]):
            held = held or written in rest
            rest = rest.replace(written, "")
    return held and len(rest) < REST


def words_of(named: Iterable[str]) -> list[str]:
    """The words in names and addresses that are long enough to be told from chance."""
    words = {word for name in named for word in re.split(r"[\W_]+", _folded(name))}
    return sorted(word for word in words if len(word) >= SHORTEST_WORD)


def guesses_log10(password: str, theirs: list[str]) -> float:
    """How many guesses zxcvbn thinks its first 32 characters take, as a power of ten."""
    from zxcvbn import zxcvbn

    estimate = zxcvbn(password[:LOOKED_AT], user_inputs=theirs) if password else None
    return float(estimate["guesses_log10"]) if estimate else 0.0


def weakened(old: Policy, new: Policy) -> list[str]:
    """The knobs by which a policy accepts what it did not accept before."""
    never = 10**6
    rising = [name for name in RANGES if name not in {"expiry_days", "grace_days"}]
    found = [name for name in rising if getattr(new, name) < getattr(old, name)]
    if (new.expiry_days or never) > (old.expiry_days or never):
        found.append("expiry_days")
    if _or(new.grace_days, never) > _or(old.grace_days, never):
        found.append("grace_days")
    found += [
        name for name in ("blocklist", "similarity") if getattr(old, name) > getattr(new, name)
    ]
    if not set(map(_folded, old.words)) <= set(map(_folded, new.words)):
        found.append("words")
    return found


def preset_of(policy: Policy) -> Preset | None:
    """The name of a policy, whatever words the organisation adds; none if it has been adapted."""
    bare = dataclasses.replace(policy, words=())
    return next((preset for preset, its in PRESETS.items() if its == bare), None)


def deviations(policy: Policy) -> dict[str, str]:
    """Which knobs stand otherwise than a standard asks for, and which requirement that is."""
    found = {
        name: "ASVS 6.2.5 (L1), NIST 3.1.1.2"
        for name in ("letters", "upper", "lower", "digits", "special")
        if getattr(policy, name)
    }
    if policy.min_length < PRESETS[Preset.NIST_2025].min_length:
        found["min_length"] = "NIST 3.1.1.2"
    if policy.expiry_days:
        found["expiry_days"] = "ASVS 6.2.10 (L2), NIST 3.1.1.2, BSI ORP.4.A23"
    if not policy.blocklist:
        found["blocklist"] = "ASVS 6.2.4 (L1), NIST 3.1.1.2, BSI ORP.4.A8"
    if not policy.similarity:
        found["similarity"] = "ASVS 6.2.11 (L2), NIST 3.1.1.2"
    return found


def rules(policy: Policy, *, has_second_factor: bool = False) -> list[str]:
    """What somebody is told before they choose."""
    told = [_at_least(policy.least(has_second_factor))]
    told += [
        sentence_of(kind, getattr(policy, kind)) for kind in counts("") if getattr(policy, kind)
    ]
    if policy.blocklist:
        told.append(_("None that many people use."))
    if policy.similarity:
        told.append(_("Not mostly your name, your address or a name from here."))
    if policy.history:
        told.append(
            ngettext("Not your last one.", "None of your last %(count)s.", policy.history)
            % {"count": policy.history}
        )
    return told


def _too_short(password: str, policy: Policy, has_second_factor: bool) -> Iterable[Objection]:
    least = policy.least(has_second_factor)
    if len(password) < least:
        yield Objection("too-short", _at_least(least))


def _at_least(least: int) -> str:
    return ngettext("At least %(count)s character.", "At least %(count)s characters.", least) % {
        "count": least
    }


def _missing(password: str, policy: Policy) -> Iterable[Objection]:
    for kind, count in counts(password).items():
        least = getattr(policy, kind)
        if count < least:
            yield Objection(kind, sentence_of(kind, least))


def sentence_of(kind: str, least: int) -> str:
    """That there must be so many characters of a class."""
    sentences = {
        "letters": ngettext("At least %(count)s letter.", "At least %(count)s letters.", least),
        "upper": ngettext(
            "At least %(count)s capital letter.", "At least %(count)s capital letters.", least
        ),
        "lower": ngettext(
            "At least %(count)s small letter.", "At least %(count)s small letters.", least
        ),
        "digits": ngettext("At least %(count)s digit.", "At least %(count)s digits.", least),
        "special": ngettext(
            "At least %(count)s character that is neither letter nor digit.",
            "At least %(count)s characters that are neither letters nor digits.",
            least,
        ),
    }
    return sentences[kind] % {"count": least}


def _repeated(text: str) -> str:
    """The shortest piece of which it is a repetition; itself if it is none."""
    return text[: (text + text).find(text, 1)] if text else text


def _folded(text: str) -> str:
    composed = unicodedata.normalize("NFC", text) if may_be_normalised(text, LONGEST) else text
    return composed.casefold()


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value

"""Taking out of a text whatever could name a person, a place, a tenant or a secret.

Rather too much than too little: what remains is for the operator, or public for good, since no
row of the evidence can be taken back.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

# What is kept of a text, and what is looked at: a longer one is not taken at all.
LONGEST = 500
LONGEST_GIVEN = 4_000
_TENANT_ID = re.compile(r"(?<![0-9A-Za-z])t[0-9a-f]{20}(?![0-9A-Za-z])")
_TELLTALES = (
    r"[\w-]{0,40}(?:passw(?:or[dt]|d)?|kennwort|passphrase|pwd|pass|secret|geheimnis|token|api[_-]?key"
    r"|private[_-]?key|key|schl(?:ü|ue)ssel|authorization|bearer|cookie|session(?:id)?|csrf\w*"
    r"|credentials?|otp|pin)"
)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _looks_random(text: str) -> bool:
    """Digits among letters, or capitals within: no word of a language."""
    has_digit = any(sign.isdigit() for sign in text)
    has_letter = any(sign.isalpha() for sign in text)
    capital_within = any(sign.isupper() for sign in text[1:]) and any(map(str.islower, text))
    return has_letter and (has_digit or capital_within)


def _if(condition: Callable[[str], bool], word: str) -> Callable[[re.Match[str]], str]:
    return lambda match: word if condition(match[0]) else match[0]


# In this order: what contains another one goes first.
_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"-----BEGIN .*?(?:-----END [^-]*-----|$)", re.DOTALL), "[secret]"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]*\.?[\w-]*"), "[secret]"),
    (re.compile(r"\b[a-z][a-z0-9+.-]{0,20}://\S+", re.IGNORECASE), "[address]"),
    (
        re.compile(rf"(?<!\w)({_TELLTALES})(\s*=\s*|[\"']?\s*:\s*)(bearer\s+|basic\s+)?"
                   r"(\"[^\"]*\"|'[^']*'|[^\s,;]+)", re.IGNORECASE),
        r"\1\2[secret]",
    ),
    (re.compile(r"\b(bearer|basic)\s+\S{8,}", re.IGNORECASE), r"\1 [secret]"),
    (re.compile(r"[^\s@<>\"',;:()]{1,80}@[^\s@<>\"',;()]+"), "[address]"),
    (
        re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}"
                   r"(?![0-9A-Za-z])", re.IGNORECASE),
        "[id]",
    ),
    (re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w])"), "[address]"),
    (re.compile(r"(?<![\w:])[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*(?:%\w+)?", re.IGNORECASE),
     _if(lambda text: _is_address(text.split("%", maxsplit=1)[0].rstrip(".")), "[address]")),
    (re.compile(r"(?<![\w./-])~?/[\w.~@+-][^\s\"'<>|;,:)]*"), "[path]"),
    (re.compile(r"(?<![0-9A-Za-z])(?:0x)?[0-9a-f]{16,}(?![0-9A-Za-z])", re.IGNORECASE), "[secret]"),
)  # fmt: skip
_BASE64 = re.compile(r"(?<![\w+/=-])[\w+/-]{20,}={0,2}(?![\w+/=-])", re.ASCII)


@dataclass(frozen=True)
class Redaction:
    """Rules with the names of the tenants there are; `hosts` includes what lies below them."""

    names: re.Pattern[str] | None

    @classmethod
    def of(cls, *, slugs: Iterable[str] = (), hosts: Iterable[str] = ()) -> "Redaction":
        """Built once for many texts."""
        found = [re.escape(name) for name in sorted([*slugs, *hosts], key=len, reverse=True)]
        pattern = rf"(?<!\w)(?:[\w-]{{1,63}}\.){{0,9}}(?:{'|'.join(found)})(?!\w)"
        return cls(re.compile(pattern, re.IGNORECASE) if found else None)

    def names_somebody(self, text: str) -> bool:
        """Whether the short name or a host of a tenant is in it, be it as a word of the language.

        Whoever knows what the text says otherwise would read the name off what is missing.
        """
        return self.names is not None and self.names.search(text) is not None

    def public(self, text: str) -> str:
        """What anybody may read: no id of a tenant either."""
        return _TENANT_ID.sub("[tenant]", self.internal(text))

    def internal(self, text: str) -> str:
        """What the operator may read: tenants by their opaque ids, on one line."""
        if len(text) > LONGEST_GIVEN:
            return "[too long]"
        text = " ".join(text.split())
        for pattern, instead in _RULES[:1]:
            text = pattern.sub(instead, text)
        if self.names is not None:
            text = self.names.sub("[tenant]", text)
        for pattern, instead in _RULES[1:]:
            text = pattern.sub(instead, text)
        text = _BASE64.sub(_if(_is_secret, "[secret]"), text)
        # Whatever is no text of a line, such as what colours a terminal, and halves of characters.
        text = "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
        return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _is_secret(text: str) -> bool:
    return _looks_random(text) and not _TENANT_ID.fullmatch(text)

"""Names that people give: of any script, on one line, and not two that read the same."""

import unicodedata

from siegel.identity.combining import may_be_normalised

PERSON_LENGTH = 120
TEAM_LENGTH = 60
# A name with an address, or the title of a text, is shorter by far.
LONGEST_FOLDED = 1000


class RefusedName(ValueError):
    """A name cannot be taken; `code` is `empty`, `too-long` or `control-characters`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def checked_name(text: str, longest: int) -> str:
    """The name as it is kept: composed (NFC), with single spaces; raises RefusedName.

    More marks on a letter than any script has are refused as control characters are.
    """
    name = " ".join(text.split())
    if len(name) > 4 * longest:
        raise RefusedName("too-long")
    if not may_be_normalised(name, longest):
        raise RefusedName("control-characters")
    name = " ".join(unicodedata.normalize("NFC", name).split())
    categories = {unicodedata.category(character) for character in name}
    is_visible = any(category[0] not in "CZ" for category in categories)
    if not is_visible:
        raise RefusedName("empty")
    if len(name) > longest:
        raise RefusedName("too-long")
    if categories & {"Cc", "Cs"}:
        raise RefusedName("control-characters")
    return name


def folded(text: str) -> str:
    """What two names have in common that differ in capitals and forms of letters only.

    The database folds ASCII letters and no others. What no name can be is compared as it is.
    """
    if may_be_normalised(text, LONGEST_FOLDED):
        text = unicodedata.normalize("NFKC", text)
    return text.casefold()

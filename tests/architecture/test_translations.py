"""Every text has its German original, and every German original its text."""

from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract, extract_from_dir
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

SOURCE = Path(__file__).parents[2] / "src" / "siegel"


def test_every_text_of_the_code_has_a_german_one_and_no_other_is_left_over() -> None:
    with (SOURCE / "locale/de/LC_MESSAGES/django.po").open("rb") as file:
        catalogue = read_po(file, locale="de")
    german = {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalogue
        if message.id and message.string
    }
    # One module calls gettext otherwise, beside the lazy one.
    keywords = {"_": None, "gettext": None, "gettext_lazy": None, "now": None, "ngettext": (1, 2)}
    extracted = extract_from_dir(str(SOURCE), [("**.py", "python")], keywords=keywords)
    used = {ids if isinstance(ids, str) else ids[0] for _, _, ids, _, _ in extracted}
    in_code = len(used)
    for path in (SOURCE / "templates").rglob("*.html"):
        # Django's own way to make code of a template, for those who collect texts from code.
        lines = templatize(path.read_text()).splitlines()
        # The indentation of a template is not that of code.
        code = BytesIO("\n".join(line.lstrip() for line in lines).encode())
        used |= {
            ids if isinstance(ids, str) else ids[0]
            for _, ids, _, _ in extract(
                "python", code, keywords={"_": None, "gettext": None, "ngettext": (1, 2)}
            )
        }
    assert 0 < in_code < len(used)
    assert used - german == set()
    # What is not said any more needs no translation.
    assert german - used == set()


def test_no_german_text_is_a_guess() -> None:
    with (SOURCE / "locale/de/LC_MESSAGES/django.po").open("rb") as file:
        catalogue = read_po(file, locale="de")
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []
    assert [message.id for message in catalogue if message.id and not message.string] == []

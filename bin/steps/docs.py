"""The documentation that is made from the source: of the claims, and of what ASVS asks."""

import os

import django

from step import ROOT


def main() -> None:
    """Write the pages anew, and say of how much."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siegel.settings")
    django.setup(set_prefix=False)
    from siegel.trust import asvs_page
    from siegel.trust.control_pages import registered, write

    claims = registered()
    write(ROOT / "docs" / "controls", claims)
    print(f"docs/controls: {len(claims)} claims.")
    sections = asvs_page.read(ROOT / "docs" / asvs_page.SOURCE)
    (ROOT / "docs" / asvs_page.PAGE).write_text(asvs_page.page(sections))
    print(
        f"docs/{asvs_page.PAGE}: {sum(len(each.requirements) for each in sections)} requirements."
    )


if __name__ == "__main__":
    main()

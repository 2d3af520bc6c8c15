"""The documentation that is made from the source: docs/controls, from the claims."""

import os

import django

from step import ROOT


def main() -> None:
    """Write the pages anew, and say how many there are."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siegel.settings")
    django.setup(set_prefix=False)
    from siegel.trust.control_pages import registered, write

    claims = registered()
    write(ROOT / "docs" / "controls", claims)
    print(f"docs/controls: {len(claims)} claims.")


if __name__ == "__main__":
    main()

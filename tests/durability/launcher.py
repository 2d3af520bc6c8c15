"""Starts the demo as it is, or with commits that do not wait for the disk: a fault to be seen.

`python -m tests.durability.launcher off --json --port 0 --data DIR`
"""

import os
import runpy
import sys


def main() -> None:
    """Break what the first argument names, then run the demo with the others."""
    synchronous, sys.argv = sys.argv[1], ["demo", *sys.argv[2:]]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siegel.settings")
    if synchronous == "off":
        os.environ["SIEGEL_DATA"] = sys.argv[sys.argv.index("--data") + 1]
        from siegel.tenancy import databases

        databases.PRAGMAS = databases.PRAGMAS.replace("synchronous=FULL", "synchronous=OFF")
    runpy.run_module("demo", run_name="__main__")


if __name__ == "__main__":
    main()

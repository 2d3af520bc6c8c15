"""Misconfiguration of what files pass."""

from typing import Any

from django.core import checks

from siegel.files import clamd

SCANNER_SILENT = "siegel.files.E001"


def scanner_answers(**_: Any) -> list[checks.CheckMessage]:
    """A scanner that is named is there: files wait as long as it is not."""
    if not clamd.is_configured():
        return []
    try:
        clamd.scanner_version()
    except clamd.ScannerUnavailable as problem:
        return [
            checks.Error(
                f"The virus scanner does not answer: {problem}",
                hint="Start clamd, or correct SIEGEL_CLAMD; until then files are not handed out.",
                id=SCANNER_SILENT,
            )
        ]
    return []

"""PDF: its header is the first thing in the file, its end mark among the last."""

import re

from siegel.files.hidden_archives import check_no_archive
from siegel.files.kinds import RefusedFile
from siegel.files.polyglots import check_single
from siegel.files.reading import Source

_HEADER = re.compile(rb"%PDF-[12]\.\d")
# Scanners fill up the last block; nobody appends more than that in good faith.
NEAR_THE_END = 8 * 1024


def is_pdf(source: Source) -> bool:
    """Readers accept the header anywhere in the first KiB; we only at its beginning."""
    return _HEADER.match(source.at(0, 8)) is not None


def check_pdf(source: Source) -> None:
    """Refuse a PDF that is cut or also something else."""
    start, tail = source.tail()
    found = tail.rfind(b"%%EOF")
    if found < 0 or source.size - start - found > NEAR_THE_END:
        raise RefusedFile("damaged")
    check_single(source, start + found + 5)
    check_no_archive(source, attachments=True)

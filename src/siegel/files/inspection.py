"""What a file is by its content, and whether it may come in.

The way through: the name's ending, the outer type by structure with puremagic as second opinion,
then the rules of that type; archives and mails are walked member by member, under one budget.
"""

import io
import struct
import zlib
from typing import BinaryIO

from siegel.files import compound, dangerous, mails, witness
from siegel.files.archives import Archive, Entry
from siegel.files.budget import DEEPEST_ARCHIVE, DEEPEST_DOCUMENT, Budget
from siegel.files.images import check_image, image_kind
from siegel.files.kinds import Kind, RefusedFile, Rules
from siegel.files.office import check_members, is_office, office_kind
from siegel.files.os_metadata import is_os_metadata
from siegel.files.pdfs import check_pdf, is_pdf
from siegel.files.polyglots import has_header
from siegel.files.reading import Source
from siegel.files.texts import check_text, is_text

_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")

__all__ = ["Kind", "RefusedFile", "Rules", "inspect"]


def inspect(file: BinaryIO, size: int, name: str, rules: Rules) -> Kind:
    """The kind of the file; raises RefusedFile where it may not come in.

    Reads through windows of 256 KiB; archives inside an archive are held in memory up to 8 MiB
    together, beside the lists of their entries; a mail of up to 10 MiB is held whole. What the
    file itself raises on reading (a store that is gone) is passed on.
    """
    inspection = _Inspection(rules, Budget(size))
    try:
        return inspection.accepted(Source(file, size), name)
    except RefusedFile:
        raise
    except (ValueError, IndexError, struct.error, zlib.error, OverflowError) as error:
        # ValueError: undecodable names, wrong base64. The others: structures that are cut.
        raise RefusedFile("damaged") from error


class _Inspection:
    """One file handed over, with all that lies inside it."""

    def __init__(self, rules: Rules, budget: Budget) -> None:
        self.rules = rules
        self.budget = budget

    def accepted(self, source: Source, name: str) -> Kind:
        """The kind, if this tenant allows it."""
        kind = self.kind_of(source, name)
        if kind not in self.rules.allowed:
            raise RefusedFile("type-not-allowed")
        return kind

    def kind_of(self, source: Source, name: str) -> Kind:
        """The kind by content, after all its rules."""
        if source.size == 0:
            raise RefusedFile("file-empty")
        dangerous.check_ending(name)
        if source.at(0, 4) in _ZIP_STARTS:
            return self._archive(source)
        kind = Kind.PDF if is_pdf(source) else image_kind(source)
        if kind is None:
            return self._other(source, name)
        if witness.contradicts(source, kind):
            raise RefusedFile("type-not-allowed")
        if kind is Kind.PDF:
            check_pdf(source)
        else:
            check_image(source, kind)
        return kind

    def _other(self, source: Source, name: str) -> Kind:
        """Text, a mail, or something that is refused."""
        if dangerous.is_executable(source):
            raise RefusedFile("executable")
        if source.at(0, 8) == compound.SIGNATURE:
            raise RefusedFile(compound.refusal_of(source))
        if dangerous.ending(name) == "eml":
            return self._mail(source)
        if is_text(source):
            check_text(source)
            return Kind.CSV if dangerous.ending(name) == "csv" else Kind.TXT
        if source.at(0, 2) == b"MZ":  # older than PE; as text it would have passed above
            raise RefusedFile("executable")
        if has_header(source.at(1, 1536)):
            raise RefusedFile("disguised")
        raise RefusedFile(witness.refusal_of_unknown(source))

    def _archive(self, source: Source) -> Kind:
        """A ZIP, or a document that is one inside."""
        archive = Archive(source, self.budget)
        if not archive.entries:
            raise RefusedFile("file-empty")
        office = is_office(archive)
        self.budget.enter(DEEPEST_DOCUMENT if office else DEEPEST_ARCHIVE)
        kind = Kind.ZIP
        if office:
            kind = office_kind(archive, encrypted=self.rules.encrypted_archives)
            check_members(archive, lambda inside: self.kind_of(inside, ""))
        else:
            for entry in archive.entries:
                self._member(archive, entry)
        self.budget.leave()
        return kind

    def _member(self, archive: Archive, entry: Entry) -> None:
        dangerous.check_ending(entry.name)
        if entry.is_encrypted:
            if not self.rules.encrypted_archives:
                raise RefusedFile("archive-encrypted")
            return
        if entry.is_folder and entry.size == 0:
            return
        with archive.opened(entry) as inside:
            # An empty file among others harms nobody.
            if inside.size and not is_os_metadata(inside, entry.name):
                self.accepted(inside, entry.name)

    def _mail(self, source: Source) -> Kind:
        if source.size > mails.LARGEST_MAIL:
            raise RefusedFile("mail-too-large")
        self.budget.enter(DEEPEST_ARCHIVE)
        for name, content in mails.attachments(source, self.budget):
            self.budget.count_unpacked(len(content))
            self.accepted(Source(io.BytesIO(content), len(content)), name)
        self.budget.leave()
        return Kind.EML

"""The sealed archive: one file, sealed as it is written and opened as it is read.

    SIEGEL ARCHIVE            a line
    {"format": 1, ...}        a line: which key opens it, and the stream's keyset wrapped by it
    ...                       a tar stream within Tink's streaming AEAD, bound to the lines above
    SIEGEL ARCHIVE END        a line, and the length of the file as eight bytes

Whatever is changed or cut anywhere is noticed: see docs/decisions/0022-export-and-shredding.md.
"""

import contextlib
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Literal, Self, cast

import tink
from tink import json_proto_keyset_format, streaming_aead

from siegel.vault.recovery_keys import RecoveryKey
from siegel.vault.sealed_streams import CannotBeUnsealed, OpenedStream

streaming_aead.register()
MAGIC = b"SIEGEL ARCHIVE\n"
END = b"SIEGEL ARCHIVE END\n"
TRAILER = len(END) + 8
FORMAT = 1
LONGEST_HEADER = 16 * 1024
CHUNK = 1024 * 1024
BOUND_TO = b"siegel archive stream"
MANIFEST = "manifest.json"
DESCRIPTION = "description.json"
# Of what is read into memory at once: description, and manifest, which grows with the members.
LONGEST_TEXT = 4 * 1024 * 1024
LONGEST_ENTRY = 256
LONGEST_EXTENSION = 64 * 1024
EXTENSIONS = {"path", "size"}
Advanced = Callable[[int], None]


class Refused(ValueError):
    """An archive is not taken; the message says why, and nothing was changed."""


class NotAnArchive(Refused):
    """The file is none."""


class CutArchive(Refused):
    """The file ends before its end: half written, or half copied."""


class DamagedArchive(Refused):
    """Something in it is not what was sealed."""


class ForeignKey(Refused):
    """The key is that of another archive."""


class NewerFormat(Refused):
    """A later version of Siegel has written it."""


def unexpected_content() -> DamagedArchive:
    """What is sealed duly, and yet is not what an archive is made of."""
    return DamagedArchive(
        "The archive holds something that no export of Siegel writes. Nothing was imported. Ask "
        "where the file comes from, or export it again."
    )


class ArchiveWriter:
    """Writes the members of an archive into a file, one after the other, and a manifest."""

    def __init__(self, file: BinaryIO, key: RecoveryKey, advanced: Advanced) -> None:
        handle = tink.new_keyset_handle(
            streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_1MB
        )
        wrapped = json_proto_keyset_format.serialize_encrypted(handle, key.aead(), BOUND_TO)
        told = {"format": FORMAT, "key": key.fingerprint, "stream": json.loads(wrapped)}
        header = MAGIC + json.dumps(told, separators=(",", ":")).encode() + b"\n"
        file.write(header)
        self._file = file
        self._advanced = advanced
        primitive = handle.primitive(streaming_aead.StreamingAead)
        self._sink = _Sink(file)
        self._stream = primitive.new_encrypting_stream(cast(BinaryIO, self._sink), header)
        self._tar = _tar(self._stream, "w|")
        self._members: dict[str, dict[str, Any]] = {}

    def add(self, name: str, content: BinaryIO, size: int) -> None:
        """Add a member of so many bytes."""
        member = tarfile.TarInfo(name)
        member.size = size
        read = Hashing(content, self._advanced)
        self._tar.addfile(member, cast(BinaryIO, read))
        self._tar.members.clear()  # type: ignore[attr-defined] # kept by tarfile, and never needed
        self._members[name] = {"length": size, "sha256": read.hexdigest()}

    def add_json(self, name: str, value: Any) -> None:
        """Add a member of JSON."""
        text = json.dumps(value).encode()
        self.add(name, io.BytesIO(text), len(text))

    def abort(self) -> None:
        """Let nothing more reach the file: closing the streams would write a last segment."""
        self._sink.is_aborted = True
        self._tar.close()
        self._stream.close()

    def finish(self, **facts: Any) -> None:
        """Write manifest and end; without it the archive is cut."""
        self.add_json(MANIFEST, {"members": self._members, **facts})
        self._tar.close()
        self._stream.close()
        self._file.write(END)
        self._file.write((self._file.tell() + 8).to_bytes(8, "big"))


class ArchiveReader:
    """Reads the members of an archive in their order."""

    def __init__(self, file: BinaryIO, key: RecoveryKey, advanced: Advanced) -> None:
        """Raises Refused for what can be seen from outside, and for another archive's key."""
        header = _header_of(file)
        end = _end_of(file)
        handle = _stream_keyset(header, key)
        file.seek(len(header))
        window = cast(BinaryIO, _Window(file, end - len(header)))
        primitive = handle.primitive(streaming_aead.StreamingAead)
        opened = OpenedStream(primitive.new_decrypting_stream(window, header))
        self._stream = io.BufferedReader(opened, CHUNK)
        self._advanced = advanced
        self._left = end
        self._seen: dict[str, dict[str, Any]] = {}
        # What the archive says of itself, once all members were read.
        self.manifest: dict[str, Any] = {"members": None}

    def members(self) -> Iterator[tuple[str, "Hashing"]]:
        """Name and content of each member, to be read before the next is asked for.

        The manifest is not among them: it is compared at the end with what was read. Raises
        DamagedArchive.
        """
        with _damage_is_named():
            tar = _tar(self._stream, "r|")
            while (member := tar.next()) is not None:
                content = tar.extractfile(member)
                if content is None or member.name in self._seen:
                    raise unexpected_content()
                self._check_size(member)
                read = Hashing(cast(BinaryIO, content), self._advanced)
                if member.name == MANIFEST:
                    self.manifest = json.loads(read.read())
                else:
                    yield member.name, read
                    self._seen[member.name] = {"length": member.size, "sha256": read.hexdigest()}
                tar.members.clear()  # type: ignore[attr-defined] # as in ArchiveWriter
            # To the very end, so that the last segment is looked at too; zeros fill it up.
            while rest := self._stream.read(CHUNK):
                if rest.strip(b"\0"):
                    raise unexpected_content()
            if self.manifest["members"] != self._seen:
                raise DamagedArchive("The archive does not hold what its manifest says.")

    def _check_size(self, member: tarfile.TarInfo) -> None:
        """Refuse what would become larger than the archive is, on the disk or in memory."""
        self._left -= member.size
        longest = {
            DESCRIPTION: LONGEST_TEXT,
            MANIFEST: LONGEST_TEXT + LONGEST_ENTRY * len(self._seen),
        }
        if (
            set(member.pax_headers) - EXTENSIONS
            or not 0 <= member.size <= longest.get(member.name, member.size)
            or self._left < 0
        ):
            raise unexpected_content()


class Hashing:
    """Reads, and hashes and counts what is read."""

    def __init__(self, content: BinaryIO, advanced: Advanced) -> None:
        self._content = content
        self._advanced = advanced
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._content.read(size)
        self._digest.update(data)
        self._advanced(len(data))
        return data

    def hexdigest(self) -> str:
        """SHA-256 of what was read so far."""
        return self._digest.hexdigest()


class _Member(tarfile.TarInfo):
    """A plain file, or the extension that tells its size; looked at before tarfile follows it."""

    @classmethod
    def frombuf(cls, *arguments: Any) -> Self:
        member = super().frombuf(*arguments)
        is_extension = member.type == tarfile.XHDTYPE and member.size <= LONGEST_EXTENSION
        if not is_extension and member.type != tarfile.REGTYPE:
            raise unexpected_content()
        return member


def _tar(stream: BinaryIO, mode: Literal["r|", "w|"]) -> tarfile.TarFile:
    return tarfile.open(fileobj=stream, mode=mode, bufsize=CHUNK, tarinfo=_Member)


def _header_of(file: BinaryIO) -> bytes:
    file.seek(0)
    if file.readline(len(MAGIC)) != MAGIC:
        raise NotAnArchive("This is not an archive of Siegel, or its first line was changed.")
    line = file.readline(LONGEST_HEADER)
    if not line.endswith(b"\n"):
        raise CutArchive("The archive is cut: it ends before its end. Copy it again.")
    return MAGIC + line


def _end_of(file: BinaryIO) -> int:
    """Where the stream ends."""
    length = file.seek(0, os.SEEK_END)
    file.seek(max(0, length - TRAILER))
    trailer = file.read()
    if trailer != END + length.to_bytes(8, "big"):
        raise CutArchive(
            "The archive is cut: it ends before its end. It was not written or not copied in full; "
            "copy or export it again."
        )
    return length - TRAILER


def _stream_keyset(header: bytes, key: RecoveryKey) -> Any:
    damaged = DamagedArchive("The beginning of the archive was changed.")
    try:
        told = json.loads(header.removeprefix(MAGIC))
        form, fingerprint, wrapped = told["format"], told["key"], json.dumps(told["stream"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise damaged from None
    if type(form) is int and form > FORMAT:
        raise NewerFormat("A later version of Siegel has written this archive: upgrade first.")
    if fingerprint != key.fingerprint:
        raise ForeignKey(
            f"This key does not belong to this archive: it is {key.fingerprint}, and the archive "
            f"names {str(fingerprint)[:16]!r}."
        )
    try:
        return json_proto_keyset_format.parse_encrypted(wrapped, key.aead(), BOUND_TO)
    except tink.TinkError:
        raise damaged from None


@contextlib.contextmanager
def _damage_is_named() -> Iterator[None]:
    try:
        yield
    except Refused:
        raise
    # The last: one extension within the other without end, or lists in the manifest.
    except (
        CannotBeUnsealed, tarfile.TarError, ValueError, KeyError, TypeError, RecursionError,
    ) as error:  # fmt: skip
        raise DamagedArchive(
            "The archive is damaged: something in it is not what was sealed. Copy it again."
        ) from error


class _Sink(io.RawIOBase):
    """A file that stays open when Tink closes it: the trailer is written behind the stream."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self.is_aborted = False

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return len(data) if self.is_aborted else self._file.write(data)


class _Window(io.RawIOBase):
    """The part of a file that is the stream, from where the file stands."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        super().__init__()
        self._file = file
        self._left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(min(len(buffer), self._left))
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)

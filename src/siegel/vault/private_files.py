"""Files that only their owner may read.

What root makes belongs to the owner of the file that it replaces, or of the folder in which it is
new: else one command of root's would lock out the process that serves.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

# What is added to a file's name while its next version is written.
NEXT = ".next"
# A disk takes the changes of many files together in hardly more time than that of one.
AT_ONCE = 8


def write_private(path: Path, text: str) -> None:
    """Write a new file with mode 0600, durably.

    Raises FileExistsError rather than writing over an old one.
    """
    with new_private_file(path) as file:
        file.write(text.encode())
    sync_folder(path.parent)


@contextlib.contextmanager
def new_private_file(path: Path, replaced: Path | None = None) -> Iterator[BinaryIO]:
    """A new file (0600) to be written, which is on the disk after the block.

    `replaced` is the one whose place it will take. Raises FileExistsError.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        _give(descriptor, replaced if replaced and replaced.exists() else path.parent)
        yield file
        file.flush()
        os.fsync(descriptor)


def make_private_folder(path: Path) -> None:
    """Make a folder (0700) unless it is there, and those above it."""
    if path.is_dir():
        return
    make_private_folder(path.parent)
    with contextlib.suppress(FileExistsError):  # Somebody else was quicker.
        path.mkdir(mode=0o700)
        give_to_owner_of_folder(path)


def give_to_owner_of_folder(path: Path) -> None:
    """Of what root has just made some other way, such as SQLite's."""
    _give(path, path.parent)


def open_lock_file(path: Path | str) -> int:
    """The descriptor of a file (0600) that is there to be locked; made unless it is there."""
    try:
        return os.open(path, os.O_RDWR)
    except FileNotFoundError:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        _give(descriptor, Path(path).parent)
        return descriptor


def replace_private(texts: Mapping[Path, str]) -> None:
    """Replace files of one folder by new ones with mode 0600, each in one step, durably.

    Whenever the process is killed, each file is the old one or the new one, as a whole. What a
    killed process has left under a name with NEXT is removed first.
    """
    if not texts:
        return
    for path in texts:
        next_of(path).unlink(missing_ok=True)
    with ThreadPoolExecutor(min(AT_ONCE, len(texts))) as threads:
        list(threads.map(_write_next, texts, texts.values()))
        # Here too: a file that is replaced takes the disk milliseconds to give back.
        list(threads.map(Path.replace, map(next_of, texts), texts))
    sync_folder(next(iter(texts)).parent)


def next_of(path: Path) -> Path:
    """Where the next version of a file lies until it takes its place."""
    return path.with_name(path.name + NEXT)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked_folder(folder: Path, *, waits: bool = True) -> Iterator[None]:
    """Be the only one who changes a folder (flock(2)); the kernel ends it with the process.

    Not to be entered again by who holds it. Who does not wait gets BlockingIOError instead.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _write_next(path: Path, text: str) -> None:
    with new_private_file(next_of(path), replaced=path) as file:
        file.write(text.encode())


def _give(made: int | Path, like: Path) -> None:
    if os.geteuid() == 0:
        owner = like.stat()
        os.chown(made, owner.st_uid, owner.st_gid, follow_symlinks=isinstance(made, int))

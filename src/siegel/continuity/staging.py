"""Folders in which something large is put together, out of sight, on the disk of the data."""

import logging
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from django.conf import settings

from siegel.vault.private_files import locked_folder, make_private_folder

log = logging.getLogger(__name__)
PURPOSES = ("exporting", "importing", "shredding")


@contextmanager
def staging(purpose: str) -> Iterator[Path]:
    """A new folder (0700) that is gone after the block.

    What a killed process has left under the same purpose is removed first: the kernel has given
    back the lock that each one holds on its folder.
    """
    with ExitStack() as held:
        with _cleared(purpose) as root:
            folder = root / secrets.token_hex(8)
            make_private_folder(folder)
            # Before anybody else may look into the root, to whom it would be nobody's.
            held.enter_context(locked_folder(folder))
        try:
            yield folder
        finally:
            _remove(folder)


def remove_left(purpose: str) -> None:
    """Remove what killed processes have left under a purpose, without waiting for the next one."""
    with _cleared(purpose):
        pass


def remove_all_left() -> None:
    """Remove it under all purposes; one that cannot be looked into is logged, and the next is."""
    for purpose in PURPOSES:
        try:
            remove_left(purpose)
        except OSError as problem:
            log.error("What was left in %s cannot be removed: %s.", purpose, type(problem).__name__)


def all_left() -> list[Path]:
    """What killed processes have left under all purposes, as it is."""
    found = []
    for purpose in PURPOSES:
        with suppress(FileNotFoundError), _left_in(settings.SIEGEL_DATA / purpose) as left:
            found += left
    return found


@contextmanager
def _cleared(purpose: str) -> Iterator[Path]:
    root: Path = settings.SIEGEL_DATA / purpose
    make_private_folder(root)
    with _left_in(root) as found:
        for left in found:
            _remove(left)
        yield root


@contextmanager
def _left_in(root: Path) -> Iterator[list[Path]]:
    """What is nobody's any more; during the block nobody makes a folder there or removes one."""
    with locked_folder(root):
        yield [folder for folder in root.iterdir() if _is_nobodys(folder)]


def _is_nobodys(folder: Path) -> bool:
    # FileNotFoundError: its block has ended since it was listed.
    with suppress(FileNotFoundError, BlockingIOError), locked_folder(folder, waits=False):
        return True
    return False


def _remove(folder: Path) -> None:
    """All of it that can be removed; what cannot is logged, and the doctor names the folder."""
    problems: list[str] = []
    shutil.rmtree(folder, onerror=lambda *found: problems.append(found[2][0].__name__))
    if problems:
        log.error("The folder %s cannot be removed: %s.", folder, problems[0])

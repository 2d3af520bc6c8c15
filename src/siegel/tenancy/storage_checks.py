"""Whether the data folder lies where databases can live."""

import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks

NOT_WRITABLE = "siegel.tenancy.E002"
NOT_A_DISK = "siegel.tenancy.E003"
OF_A_CONTAINER = "siegel.tenancy.W004"
DISK_FULL = "siegel.tenancy.E005"
DISK_NEARLY_FULL = "siegel.tenancy.W006"
MOUNTS = Path("/proc/self/mountinfo")
# Locks and the shared memory of SQLite's log do not hold across machines.
NETWORK = re.compile(
    r"nfs4?|cifs|smb3?|smbfs|ceph|afs|lustre|9p|fuse\.(sshfs|glusterfs|s3fs|.*nfs)"
)
MEMORY = {"tmpfs", "ramfs"}
LEAST_BYTES = 256 * 1024 * 1024
FEW_BYTES = 2 * 1024 * 1024 * 1024


def data_can_be_written(**_: Any) -> list[checks.CheckMessage]:
    """The data folder is there and takes a new file."""
    data: Path = settings.SIEGEL_DATA
    try:
        with tempfile.TemporaryFile(dir=data) as file:
            file.write(b"?")
            file.flush()
            os.fsync(file.fileno())
    except OSError as problem:
        return [
            checks.Error(
                f"The data folder {data} cannot be written: {problem.strerror}.",
                hint="A new installation: siegel init. Otherwise mount it, or chown it to the user "
                "that runs siegel serve.",
                id=NOT_WRITABLE,
            )
        ]
    return []


def data_lie_on_a_local_disk(**_: Any) -> list[checks.CheckMessage]:
    """The file system keeps what is written, and its locks hold."""
    kind = file_system_of(settings.SIEGEL_DATA)
    if kind in MEMORY:
        why = "is gone after a restart"
    elif NETWORK.fullmatch(kind):
        why = "does not hold the locks of a database"
    elif kind == "overlay":
        return [
            checks.Warning(
                "The data folder lies in a container's own layer, which goes with the container.",
                hint="Mount a volume there.",
                id=OF_A_CONTAINER,
            )
        ]
    else:
        return []
    return [
        checks.Error(
            f"The data folder lies on {kind}, which {why}.",
            hint="Put SIEGEL_DATA on a disk of this machine.",
            id=NOT_A_DISK,
        )
    ]


def disk_has_room(**_: Any) -> list[checks.CheckMessage]:
    """There is room for more."""
    data: Path = settings.SIEGEL_DATA
    if not data.exists():
        return []
    free = shutil.disk_usage(data).free
    if free >= FEW_BYTES:
        return []
    kind, number = (
        (checks.Error, DISK_FULL) if free < LEAST_BYTES else (checks.Warning, DISK_NEARLY_FULL)
    )
    return [
        kind(
            f"Only {free // (1024 * 1024)} MB are free for {data}.",
            hint="Make room, or move the data folder: nothing can be accepted on a full disk.",
            id=number,
        )
    ]


def file_system_of(path: Path) -> str:
    """The type of the file system that a path lies on, or would; empty if nobody tells."""
    try:
        lines = MOUNTS.read_text().splitlines()
    except OSError:
        return ""
    best, found = Path(), ""
    for line in lines:
        # proc(5): ... mount point, options, optional fields, "-", type, ...
        before, _, after = line.partition(" - ")
        point = Path(before.split()[4].replace("\\040", " "))
        # The last one mounted at a place is the one that is seen.
        if path.resolve().is_relative_to(point) and len(point.parts) >= len(best.parts):
            best, found = point, after.split()[0]
    return found

"""Deleting a file: every byte of it leaves the store before anybody is told that it has gone.

Of many that go with what they belong to, the rows go first: nobody waits for them.
"""

import uuid
from collections.abc import Sequence

from siegel.audit import trail
from siegel.files import objects
from siegel.files.models import Preview, StoredFile
from siegel.tenancy.writing import write_transaction


def delete_file(file: StoredFile, actor: str) -> None:
    """Remove the objects of a file and of its previews, then its rows.

    The objects go first: if the store fails, objects.StoreUnavailable is raised, and the file can
    be deleted again. Within a write transaction of the caller or in one of its own.
    """
    for identifier in [file.object, *file.previews.values_list("object", flat=True)]:
        objects.delete(identifier)
    with write_transaction():
        # Pictures that were rendered meanwhile.
        for identifier in file.previews.values_list("object", flat=True):
            objects.delete(identifier)
        trail.append([trail.Event(actor, "file.deleted", f"file:{file.pk}", {"size": file.size})])
        file.delete()


def forget_files(files: Sequence[StoredFile], actor: str) -> list[uuid.UUID]:
    """Remove the rows of files, inside a write transaction; returns which objects are left.

    To be removed after its commit; sweeping.sweep_objects finds what a killed process leaves.
    """
    pictures = Preview.objects.filter(file__in=files).values_list("object", flat=True)
    left = [*(file.object for file in files), *pictures]
    trail.append(
        trail.Event(actor, "file.deleted", f"file:{file.pk}", {"size": file.size}) for file in files
    )
    StoredFile.objects.filter(pk__in=[file.pk for file in files]).delete()
    return left

"""Deleting a file: every byte of it leaves the store before anybody is told that it has gone."""

from siegel.audit import trail
from siegel.files import objects
from siegel.files.models import StoredFile
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

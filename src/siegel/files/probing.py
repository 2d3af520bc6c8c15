"""A file handed over for a control, on a probe tenant, the way people's files go."""

import hashlib
import uuid

from siegel.files import objects
from siegel.files.models import StoredFile
from siegel.files.receiving import complete_upload
from siegel.files.uploading import Sender, begin_upload, keep_part


def hand_over(content: bytes, name: str = "probe.txt") -> StoredFile:
    """Upload a small text file as the served tenant's visitor; raises what uploading raises."""
    sender = Sender(uuid.uuid4(), f"contact:{uuid.uuid4()}", is_visitor=True)
    upload = begin_upload(sender, name, len(content))
    with objects.sealing(objects.Purpose.PART) as (identifier, writer):
        writer.write(content)
    keep_part(upload, 1, hashlib.sha256(content).hexdigest(), identifier)
    return complete_upload(upload)

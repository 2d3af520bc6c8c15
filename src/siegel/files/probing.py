"""A small file in one go: what controls hand over on probe tenants, and the demo in its own."""

import hashlib
import uuid

from siegel.files import objects
from siegel.files.models import StoredFile, Upload
from siegel.files.receiving import complete_upload
from siegel.files.uploading import Sender, begin_upload, keep_part


def send_whole(upload: Upload, content: bytes) -> StoredFile:
    """Send a file that has a single part, and complete it; raises what uploading raises."""
    with objects.sealing(objects.Purpose.PART) as (identifier, writer):
        writer.write(content)
    keep_part(upload, 1, hashlib.sha256(content).hexdigest(), identifier)
    return complete_upload(upload)


def hand_over(content: bytes, name: str = "probe.txt") -> StoredFile:
    """Upload a small file as an invented visitor of the served tenant."""
    sender = Sender(uuid.uuid4(), f"contact:{uuid.uuid4()}", is_visitor=True)
    return send_whole(begin_upload(sender, name, len(content)), content)

"""On which device the keys lie."""

from pathlib import Path

from django.conf import settings


def keys_lie_beside_the_data() -> bool:
    """Whether who takes the disk of the data takes all the keys with it; not if any is missing.

    Both are needed: each tenant's keys are wrapped by the one in the other file.
    """
    data = _device(settings.SIEGEL_DATA)
    keys = {_device(settings.SIEGEL_KEYS), _device(settings.SIEGEL_KEK_FILE)}
    return data is not None and keys == {data}


def _device(path: Path) -> int | None:
    return path.stat().st_dev if path.exists() else None

"""How long a new key-encrypting key takes for a thousand tenants: every keyset wrapped again."""

import statistics
import time

from benchmarks.installations import installation
from benchmarks.pairs import Result, absolute

TENANTS = 1000
TIMES = 5


def run() -> list[Result]:
    """The median of some rotations, with the syncs of the disk; everything opens afterwards."""
    with installation(connections_per_thread=64):
        from siegel.tenancy.key_rotation import rotate_keys
        from siegel.tenancy.models import new_tenant_id
        from siegel.vault import keyring

        owners = [new_tenant_id() for _ in range(TENANTS)]
        for owner in owners:
            keyring.create(owner)
        before = [keyring.derive(owner, "database") for owner in owners]
        seconds = []
        for _ in range(TIMES):
            began = time.perf_counter()
            assert rotate_keys(_say_nothing).keysets == 2 * TENANTS
            seconds.append(time.perf_counter() - began)
            print(f"  rotation: {seconds[-1]:.2f} s", flush=True)
        assert [keyring.derive(owner, "database") for owner in owners] == before
    return [
        absolute(
            "rotation of 1,000 tenants' wrapped keys, median",
            statistics.median(seconds),
            unit="s",
            at_most=3,
        )
    ]


def _say_nothing(done: int, total: int) -> None:
    assert done <= total

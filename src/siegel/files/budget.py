"""How far one file may unpack, with everything inside it: measured, never as announced."""

from dataclasses import dataclass

from siegel.files.kinds import RefusedFile

MOST_ENTRIES = 10_000
MOST_TIMES = 100
MOST_BYTES = 1024**3
# A few repeated lines shrink a thousandfold; what stays this small harms nobody.
HARMLESS_BYTES = 1024**2
HELD_BYTES = 8 * 1024**2
DEEPEST_ARCHIVE = 2
DEEPEST_DOCUMENT = 4


@dataclass(slots=True)
class Budget:
    """One for each file handed over, shared by all that lies inside it."""

    size: int
    entries: int = 0
    unpacked: int = 0
    held: int = 0
    depth: int = 0

    def count_entries(self, number: int) -> None:
        self.entries += number
        if self.entries > MOST_ENTRIES:
            raise RefusedFile("archive-bomb")

    def count_unpacked(self, number: int) -> None:
        self.unpacked += number
        if self.unpacked > min(MOST_BYTES, max(HARMLESS_BYTES, MOST_TIMES * self.size)):
            raise RefusedFile("archive-bomb")

    def enter(self, deepest: int) -> None:
        """One container deeper."""
        self.depth += 1
        if self.depth > deepest:
            raise RefusedFile("archive-too-deep")

    def leave(self) -> None:
        self.depth -= 1

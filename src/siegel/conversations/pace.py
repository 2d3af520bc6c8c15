"""How fast a connection may talk."""

import time

from django.conf import settings

SECONDS_OF_BURST = 2


class Pace:
    """A token bucket: so many frames per second, twice as many at once."""

    def __init__(self) -> None:
        self.rate = float(settings.SIEGEL_FRAMES_PER_SECOND)
        self._tokens = self.rate * SECONDS_OF_BURST
        self._filled_at = time.monotonic()

    def allows(self) -> bool:
        """Take a token if there is one."""
        now = time.monotonic()
        gained = (now - self._filled_at) * self.rate
        self._tokens = min(self.rate * SECONDS_OF_BURST, self._tokens + gained)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

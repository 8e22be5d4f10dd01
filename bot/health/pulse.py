"""Whether a loop still turns: one that hangs stops beating, one that fails and tries again does not."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Fetching from Telegram takes 35 s at most, a pause between two tries 30 s.
LONGEST_BEAT = 120.0


class Pulse:
    """Beats once for each turn of a loop."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at: float | None = None

    def beat(self) -> None:
        self._at = self._clock()

    @property
    def is_alive(self) -> bool:
        """Whether the loop beat lately, or has not begun, as where there is none."""
        return self._at is None or self._clock() - self._at < LONGEST_BEAT

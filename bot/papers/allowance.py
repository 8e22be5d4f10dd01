"""How long a file may be read: work is counted by the processor, so that a busy machine does not cut a paper short."""

from __future__ import annotations

import time

from bot.papers.limits import ENOUGH_PROCESSOR_SECONDS, ENOUGH_SECONDS


class Allowance:
    """Runs from when it is made."""

    def __init__(self, processor_seconds: float = ENOUGH_PROCESSOR_SECONDS, seconds: float = ENOUGH_SECONDS) -> None:
        self._processor_until = time.process_time() + processor_seconds
        self._until = time.monotonic() + seconds

    @property
    def is_used_up(self) -> bool:
        return time.process_time() > self._processor_until or time.monotonic() > self._until

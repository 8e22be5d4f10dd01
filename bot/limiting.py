"""How often something may happen: counted in memory only, so nothing about anybody is kept and a restart forgets all.

The library `limits` (2.4) keeps the names of all who ever came, starts a thread for each count and goes through every
count in it (7 ms of the processor a message with 10,000 counts), and follows a clock that may be set back.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable


class MovingWindow:
    """Lets `amount` things of a key pass within any `seconds`; whoever has not come for so long is forgotten."""

    def __init__(self, amount: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._amount, self._seconds, self._clock = amount, seconds, clock
        self._passed: OrderedDict[Hashable, deque[float]] = OrderedDict()  # who came last stands last
        self._lock = threading.Lock()  # the views of the desk run in threads

    def __len__(self) -> int:
        return len(self._passed)

    def take(self, key: Hashable) -> bool:
        """Let one more pass and count it; False when it is one too many, which does not prolong the wait."""
        with self._lock:
            now = self._clock()
            passed = self._current(key, now)
            if len(passed) >= self._amount:
                return False
            passed.append(now)
            self._passed[key] = passed
            self._passed.move_to_end(key)
            return True

    def wait(self, key: Hashable) -> float:
        """Return in how many seconds one more would pass; 0 when it would now."""
        with self._lock:
            now = self._clock()
            passed = self._current(key, now)
            return passed[0] + self._seconds - now if len(passed) >= self._amount else 0.0

    def give_back(self, key: Hashable) -> None:
        """Take back the last one that was counted."""
        with self._lock:
            passed = self._passed.get(key)
            if passed:
                passed.pop()
            if not passed:
                self._passed.pop(key, None)

    def forget(self, key: Hashable) -> None:
        with self._lock:
            self._passed.pop(key, None)

    def _current(self, key: Hashable, now: float) -> deque[float]:
        while self._passed and next(iter(self._passed.values()))[-1] <= now - self._seconds:
            self._passed.popitem(last=False)
        passed = self._passed.get(key) or deque()
        while passed and passed[0] <= now - self._seconds:
            passed.popleft()
        return passed

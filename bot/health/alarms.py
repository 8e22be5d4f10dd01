"""Alarm lines: what an operator has to see at once, said once a minute while it lasts, and when it is over."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from bot.health import counted

log = logging.getLogger(__name__)

REPEATED_AFTER = 60.0


class Alarm:
    """One trouble that can have several kinds; it is over when each kind that failed has worked again."""

    def __init__(self, name: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._clock = name, clock
        self._failing: dict[str, float] = {}  # kind -> since when
        self._said_at: float | None = None
        counted.ALARM.labels(name).set(0)

    @property
    def is_on(self) -> bool:
        return bool(self._failing)

    def sound(self, text: str, kind: str = "") -> None:
        """Note a failure, and say so unless it was said within the last minute."""
        now = self._clock()
        self._failing.setdefault(kind, now)
        counted.ALARM.labels(self._name).set(1)
        counted.ALARMS.labels(self._name).inc()
        if self._said_at is None or now - self._said_at >= REPEATED_AFTER:
            self._said_at = now
            log.error("ALARM: %s", text)

    def end(self, text: str, kind: str = "") -> None:
        """Note that this kind works; the last one to work again ends the alarm."""
        since = self._failing.pop(kind, None)
        if since is None or self._failing:
            return
        counted.ALARM.labels(self._name).set(0)
        log.warning("Over after %.0f s: %s", self._clock() - since, text)

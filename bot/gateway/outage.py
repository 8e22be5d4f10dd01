"""What happens while Rasa cannot answer: who is told when, and finding out when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from bot.gateway.ordering import end
from bot.health.alarms import Alarm

SILENT = "Rasa gives no answers: everyone gets the hotlines until it is back."
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 5.0

Told = TypeVar("Told")


#: What is more than so many messages of one chat in so short a time is a flood.
FLOOD_MESSAGES = 5
FLOOD_SPAN = timedelta(seconds=30)


def sharing_a_bubble(untold: Sequence[Told], lately: int, danger: bool) -> list[Sequence[Told]]:
    """Part the messages that nobody was told of yet by the bubbles to say now: one each, in a flood one for all.

    `lately` counts the messages told of within FLOOD_SPAN. When they are many, only danger gets a bubble at once.
    """
    if not untold or lately + len(untold) <= FLOOD_MESSAGES:
        return [[message] for message in untold]
    return [untold] if danger or lately < FLOOD_MESSAGES else []


class Outage:
    """Knows whether Rasa is out, and keeps trying until it is back."""

    def __init__(
        self, works: Callable[[], Awaitable[bool]], when_over: Callable[[], None], first_pause: float = FIRST_PAUSE
    ) -> None:
        self._works, self._when_over, self._first_pause = works, when_over, first_pause
        self._probe: asyncio.Task[None] | None = None
        self._alarm = Alarm("rasa")

    @property
    def is_on(self) -> bool:
        return self._probe is not None

    def begin(self) -> None:
        """Stop asking Rasa for everyone; one made-up question at a time finds out when it is back."""
        if self._probe is None:
            self._alarm.sound(SILENT)
            self._probe = asyncio.create_task(self._wait_until_over())

    async def stop(self) -> None:
        if self._probe:
            await end(self._probe)
            self._probe = None

    async def _wait_until_over(self) -> None:
        pause = self._first_pause
        while True:
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            if await self._works():
                break
            self._alarm.sound(SILENT)
        self._probe = None
        self._alarm.end("Rasa answers again.")
        self._when_over()

"""What the tests of the gateway share."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

from asgiref.sync import sync_to_async

from bot.gateway.service import TelegramService
from bot.gateway.voice import Voice
from bot.records.models import Contact
from bot.settings import Settings
from tests.gateway.bot_api import BotApi, Person

#: How the bubbles of an outage begin: the first, those after it, and the answer when it is over.
OUTAGE, AGAIN, LATE = "我这边出了点毛病", "收到了，还没修好", "刚才出毛病了，现在答你："

#: A picture as Rasa asks for it.
DEBT: dict[str, Any] = {
    "kind": "debt", "title": "九个月还清", "subtitle": "借三万，每月还三千五", "brand": "安行",
    "y_label": "还欠", "x_label": "月",
    "lines": [{"name": "on_time", "label": "工资按时发", "owed": [30_000, 15_000, 0]}],
    "y_ticks": [[0, "0"], [30_000, "3万"]], "x_ticks": [[0, "0"], [2, "2"]],
}  # fmt: skip

Result = TypeVar("Result")


async def in_records(function: Callable[[], Result]) -> Result:
    """Run a look into the records off the event loop."""
    return await sync_to_async(function, thread_sensitive=False)()


async def greeted(api: BotApi, chat_id: int = 501) -> Person:
    """Return a person who has been greeted, with an empty chat."""
    person = api.person(chat_id)
    person.says("/start")
    await until(lambda: person.chat)
    await asyncio.sleep(0.05)
    person.chat.clear()
    return person


async def agreed(api: BotApi, chat_id: int = 501) -> Person:
    """Return a greeted person who agreed that staff may read: what they say is kept."""
    person = await greeted(api, chat_id)
    await in_records(lambda: Contact.objects.update(consent=True))
    return person


class Gateways:
    """Starts gateways and kills them: a new one on the same records is a restart."""

    def __init__(self, settings: Settings, voice: Voice) -> None:
        self.settings, self._voice = settings, voice
        self.rasa_timeout, self.longest_silence = 0.6, 8.0
        self._running: list[asyncio.Task[None]] = []

    def start(self, **changes: Any) -> asyncio.Task[None]:
        settings = dataclasses.replace(self.settings, **changes)
        service = TelegramService(
            settings, self._voice, rasa_timeout=self.rasa_timeout, longest_silence=self.longest_silence,
            watch_seconds=0.05, first_pause=0.05,
        )  # fmt: skip
        task = asyncio.create_task(service.run())
        self._running.append(task)
        return task

    async def stop(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._running.clear()


async def until(condition: Callable[[], Any], seconds: float = 8.0) -> None:
    """Wait until the condition holds."""
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(_holds(condition), seconds)
    assert condition(), "it never came true"


async def _holds(condition: Callable[[], Any]) -> None:
    while not condition():
        await asyncio.sleep(0.01)

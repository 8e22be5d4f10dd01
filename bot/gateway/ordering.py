"""One chat in order, chats side by side, danger first."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from uuid import UUID

log = logging.getLogger(__name__)

#: How long a chat rests after its work failed in a way nobody foresaw.
REST_SECONDS = 1.0

_urgent: ContextVar[bool] = ContextVar("urgent", default=False)


def is_urgent() -> bool:
    """Whether what is being done now passes what other chats wait for."""
    return _urgent.get()


@contextlib.contextmanager
def urgently() -> Iterator[None]:
    """Let what is done or begun inside pass what other chats wait for."""
    before = _urgent.set(True)
    try:
        yield
    finally:
        _urgent.reset(before)


async def end(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks and wait for their end, again and again: wait_for of Python 3.10 loses a cancellation now and then.

    It does so when what it waited for comes true at the same moment; such a task would go on for ever.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=1.0)


class ChatWork:
    """Runs `work(chat)` for every chat that was woken: never twice at once for one chat, at most `at_once` chats.

    Chats that are woken urgently have as many places of their own.

    What there is to do stands in the records; waking is only a hint, so a lost one costs time and never a message.
    """

    def __init__(self, work: Callable[[UUID], Awaitable[None]], at_once: int) -> None:
        self._work = work
        self._places = {urgent: asyncio.Semaphore(at_once) for urgent in (False, True)}
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._again: set[UUID] = set()
        self._rests: dict[UUID, float] = {}

    def wake(self, chat: UUID) -> None:
        """See to the chat soon; when it is being seen to, once more after that."""
        if chat in self._running:
            self._again.add(chat)
        else:
            self._running[chat] = asyncio.create_task(self._run(chat))

    def wake_if_rested(self, chat: UUID) -> None:
        """Wake the chat unless it is at work, or failed a moment ago."""
        if chat not in self._running and time.monotonic() >= self._rests.get(chat, 0.0):
            self.wake(chat)

    def is_at_work(self, chat: UUID) -> bool:
        """Whether the chat is being seen to."""
        return chat in self._running

    async def finished(self, chat: UUID) -> None:
        """Wait until the chat is not being seen to; cancelling the wait leaves the work alone."""
        task = self._running.get(chat)
        if task:
            await asyncio.wait([task])

    async def stop(self) -> None:
        """End all work where it stands; the records know what is left."""
        await end(*self._running.values())

    async def _run(self, chat: UUID) -> None:
        try:
            while True:
                self._again.discard(chat)
                async with self._places[is_urgent()]:
                    await self._work(chat)
                if chat not in self._again:
                    break
            self._rests.pop(chat, None)
        except Exception as error:
            self._rests[chat] = time.monotonic() + REST_SECONDS
            log.error("A chat could not be seen to (%s); trying again.", type(error).__name__, exc_info=error)
        finally:
            self._running.pop(chat, None)
            self._again.discard(chat)

"""Ending work."""

from __future__ import annotations

import asyncio
import contextlib

from bot.gateway.ordering import end


async def test_a_lost_cancellation_is_said_again() -> None:
    """As wait_for of Python 3.10 loses one when the result comes at the same moment."""
    lost = 0

    async def stubborn() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if lost:
                    raise
                lost += 1

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await asyncio.wait_for(end(task), 20)
    assert task.cancelled() and lost == 1


async def test_ended_work_and_none_are_no_trouble() -> None:
    task = asyncio.create_task(asyncio.sleep(0))
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await end(task)
    await end()

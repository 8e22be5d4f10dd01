"""How long a cry for help waits while 1,000 chats flood the bot: `python -m benchmarks.flood`.

The gateway is a process of its own, on SQLite in a var folder of its own; Telegram is the stub of the tests. A cry is
timed from the moment its update is handed out until its answer, or the line with the numbers, comes in. First a few
cries in a quiet hour, then as many in the flood: what the machine does besides slows both alike. Rasa is a stub that
thinks about one message at a time, 20 ms each; with `--real` it is the trained model with its actions.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from bot.logs import configure
from tests.gateway.bot_api import BotApi, Person
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.stack import ACTIONS, GATEWAY, RASA, Stack

#: A cry may wait so much longer in the flood than in a quiet hour.
BAR_SECONDS = 2.0
CHATS = 1000
CRIES = 8
THINKING_SECONDS = 0.02
#: Updates that lie ready at Telegram during the flood: the bot never fetches a batch that is not full.
READY = 300
CRY = "救命，我在柬埔寨被锁在园区里，他们要打我"
FLOOD = (
    "月薪两万包机票 去柬埔寨做客服",
    "护照要不要交给公司",
    "他说要先交三万押金",
    "工资几号发",
    "老乡介绍的",
)


@dataclass(frozen=True)
class Figures:
    """Seconds that each cry waited, and what became of the flood meanwhile, in messages a second."""

    quiet: list[float]
    flooded: list[float]
    at_telegram: list[float]  # before it was handed out: what came earlier has to be stored first
    stored: float
    answered: float

    @property
    def slower_by(self) -> float:
        """Return by how many seconds the slowest cry of the flood waited longer than a quiet one usually does."""
        return max(self.flooded) - statistics.median(self.quiet)

    def __str__(self) -> str:
        quiet, flooded = (statistics.median(seconds) for seconds in (self.quiet, self.flooded))
        return (
            f"quiet: median {quiet:.2f} s, slowest {max(self.quiet):.2f} s\n"
            f"flood of {CHATS} chats: median {flooded:.2f} s, slowest {max(self.flooded):.2f} s,"
            f" and {statistics.median(self.at_telegram):.2f} s before that at Telegram behind {READY} others\n"
            f"{self.stored:.0f} messages of the flood stored and {self.answered:.0f} bubbles sent a second meanwhile\n"
            f"ratio of the medians {flooded / quiet:.1f}; slowest later by {self.slower_by:.2f} s"
            f" (bar {BAR_SECONDS:.0f} s)"
        )


async def measure(api: BotApi, cries: int = CRIES) -> Figures:
    """Time the cries; the gateway fetches from `api` already."""
    quiet = [(await _cry(api.person(10_000 + number)))[1] for number in range(cries)]
    began, before, said = time.monotonic(), len(api.handed_out), api.count("sendMessage")
    flooding = asyncio.create_task(_flood(api))
    try:
        await asyncio.sleep(5)  # until everybody of the flood is waiting
        waits = []
        for number in range(cries):
            waits.append(await _cry(api.person(20_000 + number)))
            await asyncio.sleep(0.5)
    finally:
        flooding.cancel()
        await asyncio.gather(flooding, return_exceptions=True)
    seconds = time.monotonic() - began
    stored, answered = len(api.handed_out) - before, api.count("sendMessage") - said
    at_telegram, flooded = map(list, zip(*waits, strict=True))
    return Figures(quiet, flooded, at_telegram, stored / seconds, answered / seconds)


async def _flood(api: BotApi) -> None:
    number = 0
    while True:
        while api.unconfirmed < READY:
            api.person(100_000 + number % CHATS).says(f"{FLOOD[number % len(FLOOD)]} {number}")
            number += 1
        await asyncio.sleep(0.01)


async def _cry(person: Person) -> tuple[float, float]:
    """Return how long the cry lay at Telegram, and how long it then took until something came back."""
    said, update = time.monotonic(), person.says(CRY)
    while not person.chat:
        await asyncio.sleep(0.002)
    handed_out = person.api.handed_out[update]
    return handed_out - said, person.chat[0].at - handed_out


@contextlib.asynccontextmanager
async def gateway(folder: Path, real: bool = False) -> AsyncIterator[BotApi]:
    """Start the gateway, and Rasa with its actions when they are to be the real ones."""
    async with BotApi() as api, FakeRasa() as rasa:
        rasa.one_at_a_time, rasa.delay = True, THINKING_SECONDS
        stack = Stack(folder / "var", api)
        if not real:
            stack.environment.update(RASA_URL=rasa.url, RASA_TOKEN=rasa.token)
        try:
            await stack.migrate()
            if real:
                await stack.start(ACTIONS, RASA)
                await stack.rasa_answers()
            await stack.start(GATEWAY)
            await _cry(api.person(1))  # whatever loads with the first message is loaded then
            yield api
        finally:
            await stack.stop()


async def run(real: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="anxing-flood-") as folder:
        async with gateway(Path(folder), real) as api:
            print(await measure(api))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flood", description=__doc__)
    configure()
    parser.add_argument("--real", action="store_true", help="with the trained model in place of a stub of Rasa")
    asyncio.run(run(parser.parse_args().real))


if __name__ == "__main__":
    main()

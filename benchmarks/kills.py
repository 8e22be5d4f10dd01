"""kill -9 in the middle of a burst, again and again: `python -m benchmarks.kills [--rounds 20] [--seed 1]`.

Each round sends 500 messages from 50 chats (40 on Telegram, 10 on the chat page) to the real gateway and the real site
and kills one of the two at random moments; all rounds share one database. Prints what came of each round and of all.
docs/reliability.md holds the figures of a long run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from tests.faults.burst import Figures

KILLS = 8


async def run(rounds: int, seed: int) -> Figures:
    """Return the figures of all rounds together."""
    from tests import environment  # noqa: F401  # a var folder of its own, before Django reads where the records lie

    os.environ["DJANGO_SETTINGS_MODULE"] = "bot.site.settings"
    django.setup()
    from tests.faults.burst import FIRST_CHAT, Burst, Figures, stack_with_stub, talking
    from tests.gateway.bot_api import BotApi
    from tests.gateway.fake_rasa import FakeRasa
    from tests.gateway.stack import GATEWAY, WEB

    total = Figures(0, 0)
    with tempfile.TemporaryDirectory(prefix="anxing-kills-") as folder:
        async with BotApi() as api, FakeRasa() as rasa:
            rasa.delay = 0.02
            stack = await stack_with_stub(Path(folder) / "var", api, rasa)
            await talking(stack, api)
            try:
                for number in range(rounds):
                    burst = Burst(stack, api, seed=seed + number, first=FIRST_CHAT + 1000 * number)
                    await burst.begin()
                    await burst.kill_now_and_then((GATEWAY, GATEWAY, WEB), KILLS, (0.2, 4.0))
                    figures = await burst.end()
                    print(f"Round {number + 1}: {figures}", flush=True)
                    total.add(figures)
            finally:
                await stack.stop()
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    total = asyncio.run(run(arguments.rounds, arguments.seed))
    print(f"All: {total}")
    return 1 if total.lost or total.disordered else 0


if __name__ == "__main__":
    sys.exit(main())

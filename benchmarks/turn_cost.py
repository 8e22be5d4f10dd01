"""What a turn costs early and late in a conversation: `python -m benchmarks.turn_cost`.

Plays through the real model, the real actions and RecordsTrackerStore, on SQLite in a var folder of its own. An old
conversation (from turn 395 on) and a young one (from turn 15 on) then say the same words turn by turn, so that whatever
else the machine is doing slows both alike. Prints the medians, their ratio (bar: 1.3), and how long a parse takes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rasa.core.agent import Agent

BAR = 1.3
YOUNG, OLD = 14, 394  # 380 turns apart, a multiple of len(WORDS): both say the same
MEASURED = 40
PARSES = 300
#: What one person could say, again and again, over a long time.
WORDS = (
    "你好", "去柬埔寨做客服 月薪两万", "护照要不要交", "他说要交三万押金", "合同呢 没有", "热线", "这算犯法吗", "谢谢",
    "不对 不收押金", "工资几号发", "老乡介绍的", "每天8小时", "日本那边最低工资多少", "他让我别告诉家里", "我还没去",
    "旅游签过去", "包机票", "那边安全吗", "好的", "欠薪打什么电话",
)  # fmt: skip


class Talk:
    """One conversation that goes on and on."""

    def __init__(self, agent: Agent, name: str) -> None:
        from bot.records.models import Contact, Conversation

        self._agent = agent
        self._conversation = Conversation.objects.create(contact=Contact.objects.reach("rest", "", name))
        self._turn = 0

    def _store(self, text: str) -> str:
        """Do what the gateway does before it asks Rasa."""
        from bot.records.models import Message

        message = Message.objects.add(
            self._conversation, direction=Message.Direction.IN, author=Message.Author.PERSON, text=text
        )
        return str(message.pk)

    async def go_on(self) -> float:
        """Say the next thing; return the milliseconds until the answer is there."""
        from asgiref.sync import sync_to_async

        from tests.talking import say

        text = WORDS[self._turn % len(WORDS)]
        message_id = await sync_to_async(self._store)(text)
        began = time.perf_counter()
        if not await say(self._agent, self._conversation.sender, text, message_id):
            raise SystemExit(f"Turn {self._turn} was not answered.")
        self._turn += 1
        return (time.perf_counter() - began) * 1000


async def turn_costs() -> tuple[list[float], list[float]]:
    """Return the milliseconds of turns of the young and of the old conversation."""
    from asgiref.sync import sync_to_async

    from bot.records.tracker_store import RecordsTrackerStore
    from tests.talking import agent_with_actions

    agent = agent_with_actions(RecordsTrackerStore(domain=None))
    young = await sync_to_async(Talk)(agent, "young")
    old = await sync_to_async(Talk)(agent, "old")
    for _ in range(OLD):
        await old.go_on()
    for _ in range(YOUNG):
        await young.go_on()
    pairs = [(await young.go_on(), await old.go_on()) for _ in range(MEASURED)]
    return [early for early, _ in pairs], [late for _, late in pairs]


async def parse_costs() -> list[float]:
    """Return the milliseconds of parsing training messages one by one, sorted."""
    from tests.trained_model import load_agent
    from tests.training_messages import training_messages

    agent = load_agent()
    messages = training_messages()
    texts = [message.text for message in messages[:: len(messages) // PARSES]]
    await agent.parse_message(texts[0])
    costs = []
    for text in texts:
        began = time.perf_counter()
        await agent.parse_message(text)
        costs.append((time.perf_counter() - began) * 1000)
    return sorted(costs)


def prepare(var: str) -> None:
    """Set up Django on an empty database in a folder of our own."""
    os.environ.update(ANXING_VAR=var, DATABASE_URL="", DJANGO_SETTINGS_MODULE="bot.site.settings")
    from bot.logs import configure
    from bot.processes import surroundings

    surroundings.prepare()
    configure()
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def main() -> None:
    argparse.ArgumentParser(prog="python -m benchmarks.turn_cost", description=__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="anxing-benchmark-") as var:
        prepare(var)
        early, late = (statistics.median(costs) for costs in asyncio.run(turn_costs()))
        print(f"turns {YOUNG + 1}-{YOUNG + MEASURED}: {early:.1f} ms, turns {OLD + 1}-{OLD + MEASURED}: {late:.1f} ms")
        print(f"ratio {late / early:.2f} (bar {BAR})")
        parses = asyncio.run(parse_costs())
        p95 = parses[int(len(parses) * 0.95)]
        print(f"parse of {len(parses)} messages: p50 {statistics.median(parses):.1f} ms, p95 {p95:.1f} ms")


if __name__ == "__main__":
    main()

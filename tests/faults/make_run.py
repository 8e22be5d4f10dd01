"""`make run` as an operator starts it, with the trained model, and a burst that is checked in the records."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bot.settings import PROJECT
from tests.faults.burst import everybody_agrees
from tests.gateway.bot_api import BotApi
from tests.gateway.helpers import AGAIN, OUTAGE
from tests.gateway.stack import ACTIONS, GATEWAY, RASA, WEB, Stack
from tests.site.helpers import Browser

READY = "Ctrl-C stops everything"
NAMES = {RASA: "rasa", ACTIONS: "actions", WEB: "web", GATEWAY: "telegram"}
SECONDS_TO_TRAIN = 600.0
FIRST_CHAT = 630_000_001
#: Answered by different ways of the dialogue, each without a picture.
SAID = (
    "你好",
    "热线",
    "谢谢",
    "护照要不要交给老板",
    "去日本一个月最低工资多少",
    "你是谁",
    "他们要我交押金三万",
    "好的",
)
MESSAGES = (
    "[{'talk': str(x.conversation_id), 'channel': x.conversation.contact.channel,"
    " 'address': x.conversation.contact.address, 'number': x.number, 'out': x.direction == 'out', 'state': x.state,"
    " 'to': x.reply_to.number if x.reply_to else 0, 'text': x.text}"
    " for x in m.Message.objects.select_related('conversation__contact', 'reply_to')"
    ".order_by('conversation_id', 'number')]"
)
UNSETTLED = (
    "m.Message.objects.filter(state='received').count() + m.Outbox.objects.filter(state='pending', channel='telegram')"
    ".count()"
)


class MakeRun:
    """The supervisor with all its programs."""

    def __init__(self, stack: Stack, process: Process) -> None:
        self.stack, self.process = stack, process
        self.output = ""
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout
        async for line in self.process.stdout:
            self.output += line.decode("utf-8", "replace")

    def pid(self, module: str) -> int | None:
        """Return the process of a program as it is now; None while it is being started again."""
        listed = ["pgrep", "-P", str(self.process.pid), "-f", f"lifeline {module}( |$)"]
        found = subprocess.run(listed, capture_output=True, text=True).stdout.split()
        return int(found[0]) if found else None

    async def kill(self, module: str) -> None:
        """kill -9 the program; the others have to be the same processes afterwards."""
        while (pid := self.pid(module)) is None:
            await asyncio.sleep(0.1)
        os.kill(pid, signal.SIGKILL)

    async def until_said(self, text: str, times: int = 1, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while self.output.count(text) < times:
            assert time.monotonic() < deadline and self.process.returncode is None, self.output
            await asyncio.sleep(0.1)

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGINT)
            await self.process.wait()
        await asyncio.wait([self._reading], timeout=5)


@contextlib.asynccontextmanager
async def make_run(var: Path, api: BotApi) -> AsyncIterator[MakeRun]:
    stack = Stack(var, api)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.processes", cwd=PROJECT, env=stack.environment, stdout=PIPE, stderr=STDOUT
    )
    made = MakeRun(stack, process)
    try:
        await made.until_said(READY, seconds=SECONDS_TO_TRAIN)
        everybody_agrees(stack)
        yield made
    finally:
        await made.stop()


@dataclass
class Outcome:
    """What the records and the chats say afterwards."""

    messages: int = 0
    chats: int = 0
    kills: list[str] = field(default_factory=list)
    answered: int = 0
    given_up: int = 0
    wrong_order: int = 0
    repeated: int = 0
    unsent: int = 0  # what the records hold and a chat does not show, or the other way round
    told: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.messages} messages, {self.chats} chats, kill -9 of {', '.join(self.kills)}:"
            f" {self.answered} answered once, {self.given_up} given up, {self.wrong_order} out of order,"
            f" {self.repeated} bubbles repeated, {self.unsent} not as in the records,"
            f" {self.told} bubbles with the hotlines meanwhile; {self.seconds:.0f} s in all"
        )


class RealBurst:
    """Messages to the real Rasa, on Telegram and on the page."""

    def __init__(self, running: MakeRun, api: BotApi, *, seed: int, chats: int, each: int, of_web: int) -> None:
        self.random = random.Random(seed)
        self._running, self._api, self._each = running, api, each
        self.people = [api.person(FIRST_CHAT + number) for number in range(chats - of_web)]
        self._browsers = [Browser(running.stack.site) for _ in range(of_web)]
        self._writing: list[asyncio.Task[None]] = []
        self.kills: list[str] = []
        self._began = time.monotonic()

    def begin(self) -> None:
        turns = [person for person in self.people for _ in range(self._each)]
        self.random.shuffle(turns)
        for person in turns:
            person.says(self.random.choice(SAID))
        self._writing = [asyncio.create_task(self._write(browser)) for browser in self._browsers]

    async def kill(self, modules: Sequence[str], between: tuple[float, float]) -> None:
        for module in modules:
            await asyncio.sleep(self.random.uniform(*between))
            await self._running.kill(module)
            self.kills.append(NAMES[module])

    async def _write(self, browser: Browser) -> None:
        await _until_shown(browser.open)
        for _ in range(self._each):
            text = self.random.choice(SAID)
            await _until_shown(lambda text=text: browser.say(text))  # type: ignore[misc]

    async def end(self, seconds: float = 400) -> Outcome:
        await asyncio.wait_for(asyncio.gather(*self._writing), seconds)
        deadline = time.monotonic() + seconds
        while self._api.unconfirmed or await self._running.stack.records(UNSETTLED):
            assert time.monotonic() < deadline, self._running.output
            await asyncio.sleep(2)
        took = time.monotonic() - self._began
        await asyncio.sleep(3)  # whatever is said twice
        for browser in self._browsers:
            await browser.aclose()
        made = Outcome(kills=self.kills, seconds=took)
        talks: dict[str, list[dict[str, Any]]] = {}
        for row in await self._running.stack.records(MESSAGES):
            talks.setdefault(row["talk"], []).append(row)
        for rows in talks.values():
            self._judge(made, rows)
        return made

    def _judge(self, made: Outcome, rows: list[dict[str, Any]]) -> None:
        outs = [row for row in rows if row["out"]]
        proper = [row["to"] for row in outs if not row["text"].startswith((OUTAGE, AGAIN))]
        asked = [row for row in rows if not row["out"]]
        made.chats += 1
        made.messages += len(asked)
        made.given_up += sum(row["state"] == "abandoned" for row in asked)
        made.told += len(outs) - len(proper)
        made.wrong_order += proper != sorted(proper)
        for row in asked:
            texts = [out["text"] for out in outs if out["to"] == row["number"] and out["to"] in proper]
            made.answered += row["state"] == "answered" and bool(texts) and len(texts) == len(set(texts))
        if rows[0]["channel"] == "telegram":
            self._compare(made, rows[0]["address"], [row["text"].strip() for row in outs])

    def _compare(self, made: Outcome, address: str, stored: list[str]) -> None:
        """Compare what the person saw with the records; only a repetition of the bubble before is no difference."""
        place = 0
        for sent in self._api.people[int(address)].chat:
            if place < len(stored) and sent.text == stored[place]:
                place += 1
            elif place and sent.text == stored[place - 1]:
                made.repeated += 1
            else:
                made.unsent += 1
        made.unsent += len(stored) - place


async def _until_shown(ask: Any) -> None:
    while True:
        with contextlib.suppress(httpx.TransportError):
            if (await ask()).status_code == 200:
                return
        await asyncio.sleep(0.3)

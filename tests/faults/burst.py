"""A burst of messages from many chats to the real gateway and the real site, while somebody kills them.

Rasa is a stub that says 回：<text>, so that it can be told which message each bubble answers. All random choices come
from one seed.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import httpx

from tests.gateway.bot_api import BotApi, Person
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import AGAIN, OUTAGE, until
from tests.gateway.stack import GATEWAY, WEB, Stack
from tests.site.helpers import Browser

ANSWER = "回："
FIRST_CHAT = 610_000_001


@dataclass
class Figures:
    """What came of a burst."""

    messages: int
    chats: int
    kills: int = 0
    once: int = 0
    repeated: int = 0  # bubbles that came a second time
    lost: int = 0
    disordered: int = 0  # chats
    told: int = 0  # bubbles with the hotlines, while the proper answer was still to come
    longest_gap: float = 0.0  # in which nobody at all got an answer
    longest_wait: float = 0.0  # of one message
    seconds: float = 0.0
    seeds: list[int] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        for name in ("messages", "chats", "kills", "once", "repeated", "lost", "disordered", "told", "seconds"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("longest_gap", "longest_wait"):
            setattr(self, name, max(getattr(self, name), getattr(other, name)))
        self.seeds += other.seeds

    def __str__(self) -> str:
        return (
            f"{self.messages} messages, {self.chats} chats, {self.kills} kills: {self.once} answered once,"
            f" {self.repeated} bubbles repeated, {self.lost} lost, {self.disordered} chats out of order,"
            f" {self.told} told of trouble; nobody heard anything for at most {self.longest_gap:.1f} s,"
            f" one waited at most {self.longest_wait:.1f} s; {self.seconds:.0f} s in all"
            f" (seed {', '.join(map(str, self.seeds))})"
        )


@dataclass
class Chat:
    """What one person said, and what they saw when."""

    name: int
    said: list[str]
    said_at: list[float] = field(default_factory=list)
    person: Person | None = None
    browser: Browser | None = None
    seen: dict[str, float] = field(default_factory=dict)  # of the page: text -> when it was first there

    @property
    def bubbles(self) -> list[str]:
        if self.person:
            return [sent.text for sent in self.person.chat]
        assert self.browser
        return [bubble.text for bubble in self.browser.page.bubbles if bubble.kind != "person"]

    @property
    def answers(self) -> list[str]:
        return [text.partition(ANSWER)[2] for text in self.bubbles if ANSWER in text]

    @property
    def answered_at(self) -> dict[str, float]:
        if not self.person:
            return self.seen
        found: dict[str, float] = {}
        for sent in self.person.chat:
            if ANSWER in sent.text:
                found.setdefault(sent.text.partition(ANSWER)[2], sent.at)
        return found

    def is_answered(self) -> bool:
        return set(self.said) <= set(self.answers)


class Burst:
    """One burst against one stack."""

    def __init__(
        self, stack: Stack, api: BotApi, *, seed: int, chats: int = 50, each: int = 10, of_web: int = 10,
        first: int = FIRST_CHAT,
    ) -> None:  # fmt: skip
        self.random = random.Random(seed)
        self._stack, self._api, self._seed = stack, api, seed
        self.chats = [Chat(number, [f"{number}号第{n}句" for n in range(each)]) for number in range(chats)]
        self._of_web = self.chats[:of_web]
        for chat in self._of_web:
            chat.browser = Browser(stack.site)
        for chat in self.chats[of_web:]:
            chat.person = api.person(first + chat.name)
        self._writing: list[asyncio.Task[None]] = []
        self._began = 0.0
        self.kills = 0

    async def begin(self) -> None:
        """Say everything: Telegram's at once, mixed; a page sends the next thing when it has an answer to the last."""
        for chat in self._of_web:
            await self._until_opened(chat)
        self._began = time.monotonic()
        self._writing = [asyncio.create_task(self._write(chat)) for chat in self._of_web]
        telling = [chat for chat in self.chats if chat.person for _ in chat.said]
        self.random.shuffle(telling)
        for chat in telling:
            assert chat.person
            chat.person.says(chat.said[len(chat.said_at)])
            chat.said_at.append(time.monotonic())

    async def kill(self, *modules: str, pause: float = 0.0) -> None:
        for module in modules:
            await self._stack.kill(module)
            self.kills += 1
        await asyncio.sleep(pause)
        await self._stack.start(*modules)

    async def kill_now_and_then(self, modules: Sequence[str], times: int, between: tuple[float, float]) -> None:
        """kill -9 at random moments for as long as the burst lasts; a program that is just starting may be hit too."""
        for _ in range(times):
            await asyncio.sleep(self.random.uniform(*between))
            if self.is_answered():
                return
            await self.kill(self.random.choice(modules), pause=self.random.uniform(0, 0.5))

    def is_answered(self) -> bool:
        return all(chat.is_answered() for chat in self.chats)

    async def end(self, seconds: float = 120) -> Figures:
        """Wait until everything is answered and nothing more comes; return what came of it."""
        deadline = time.monotonic() + seconds
        while not self.is_answered() and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        took = time.monotonic() - self._began
        quiet = sum(len(chat.bubbles) for chat in self.chats), time.monotonic()
        while time.monotonic() - quiet[1] < 2.5:
            await asyncio.sleep(0.1)
            if (now := sum(len(chat.bubbles) for chat in self.chats)) != quiet[0]:
                quiet = now, time.monotonic()
        for writing in self._writing:
            writing.cancel()
        await asyncio.gather(*self._writing, return_exceptions=True)
        for chat in self._of_web:
            await self._until_opened(chat)
        figures = self._figures(took)
        for chat in self._of_web:
            assert chat.browser
            await chat.browser.aclose()
        return figures

    async def _write(self, chat: Chat) -> None:
        for text in chat.said:
            chat.said_at.append(time.monotonic())
            await self._until_shown(chat, lambda text=text: chat.browser.say(text))  # type: ignore
            _note(chat)
        while not chat.is_answered():
            await asyncio.sleep(0.5)
            await self._until_opened(chat)

    async def _until_opened(self, chat: Chat) -> None:
        assert chat.browser
        await self._until_shown(chat, chat.browser.open)
        _note(chat)

    async def _until_shown(self, chat: Chat, ask: Callable[..., object]) -> None:
        """Do what the page's button 再发一次 does: the same form again, until it gets through."""
        assert chat.browser
        while True:
            before = chat.browser.page
            try:
                response = await ask()  # type: ignore[misc]
                if response.status_code == 200:
                    return
                chat.browser.page = before
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.2)

    def _figures(self, took: float) -> Figures:
        made = Figures(sum(len(chat.said) for chat in self.chats), len(self.chats), self.kills)
        times = [self._began]
        for chat in self.chats:
            answers = chat.answers
            first = list(dict.fromkeys(answers))
            made.once += sum(answers.count(text) == 1 for text in chat.said)
            made.repeated += len(answers) - len(first)
            made.lost += len(set(chat.said) - set(answers))
            made.disordered += [text for text in first if text in chat.said] != [
                text for text in chat.said if text in first
            ]
            made.told += sum(text.startswith((OUTAGE, AGAIN)) for text in chat.bubbles)
            at = chat.answered_at
            times += at.values()
            waits = [at[text] - since for text, since in zip(chat.said, chat.said_at, strict=False) if text in at]
            made.longest_wait = max([made.longest_wait, *waits])
        times.sort()
        made.longest_gap = max([later - sooner for sooner, later in pairwise(times)], default=0.0)
        made.seconds, made.seeds = took, [self._seed]
        return made


def _note(chat: Chat) -> None:
    for text in chat.answers:
        chat.seen.setdefault(text, time.monotonic())


async def stack_with_stub(var, api: BotApi, rasa: FakeRasa, **more: str) -> Stack:  # type: ignore[no-untyped-def]
    """Return a migrated stack in front of the stub, with nothing running, where everybody agrees to be read."""
    made = Stack(var, api, RASA_URL=rasa.url, RASA_TOKEN=rasa.token, **more)
    await made.migrate()
    everybody_agrees(made)
    return made


def everybody_agrees(stack: Stack) -> None:
    """Have everybody agree as soon as they write: without it texts and older turns of a page would soon be gone."""
    with contextlib.closing(sqlite3.connect(stack.database)) as connection:
        connection.execute(
            "CREATE TRIGGER everybody_agrees AFTER INSERT ON records_contact"
            " BEGIN UPDATE records_contact SET consent = 1 WHERE id = NEW.id; END"
        )
        connection.commit()


async def talking(stack: Stack, api: BotApi, *modules: str) -> None:
    """Start gateway and site and wait until both take messages."""
    wanted = modules or (GATEWAY, WEB)
    fetched = api.count("getUpdates")
    await stack.start(*wanted)
    if GATEWAY in wanted:
        await until(lambda: api.count("getUpdates") > fetched, 60)

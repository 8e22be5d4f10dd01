"""Telegram brings rubbish, repeats itself, mixes things up, refuses and falls silent: everybody is answered once."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from tests.faults.burst import ANSWER, Burst, talking
from tests.gateway.bot_api import BotApi, Person
from tests.gateway.helpers import until
from tests.gateway.stack import GATEWAY, Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def answers(person: Person) -> list[str]:
    return [text.partition(ANSWER)[2] for text in person.texts if ANSWER in text]


async def seconds_for(people: list[Person], said: list[str]) -> float:
    began = time.monotonic()
    await until(lambda: all(answers(person)[-len(said) :] == said for person in people), 90)
    return time.monotonic() - began


async def test_one_unparseable_update_in_100_delays_none_of_the_others(stack: Stack, api: BotApi) -> None:
    people = [api.person(501 + number) for number in range(20)]
    await talking(stack, api)
    for person in people:
        person.says("热身")
    await seconds_for(people, ["热身"])
    took = {}
    for broken in (False, True, False, True):
        said = [f"{len(took)}批第{turn}句{broken}" for turn in range(5)]
        for number, (text, person) in enumerate((text, person) for text in said for person in people):
            if broken and number == 50:  # the 51st of a batch; what is one more falls into the next one
                api.queue({"message": {**person.message_json(text="x"), "date": "gestern", "chat": []}, "broken": True})
            person.says(text)
        took[len(took), broken] = await seconds_for(people, said)
    clean = min(seconds for (_, broken), seconds in took.items() if not broken)
    dirty = min(seconds for (_, broken), seconds in took.items() if broken)
    print(f"100 updates: {clean:.2f} s; with an unparseable one among them: {dirty:.2f} s")
    assert dirty < 2 * clean + 2
    await stack.stop()
    assert await stack.records("m.Quarantine.objects.count()") == 2


async def test_a_storm_of_errors_at_telegram(stack: Stack, api: BotApi) -> None:
    await talking(stack, api)
    burst = Burst(stack, api, seed=4, chats=20, each=5, of_web=0)
    chosen = random.Random(4)
    await burst.begin()
    api.hang_seconds = 2.0
    for _ in range(20):
        api.fail("sendMessage", chosen.choice(["429", "502", "cut", "garbage", "lost", "stall"]))
        api.fail("getUpdates", chosen.choice(["429", "502", "cut", "garbage"]))
        await asyncio.sleep(chosen.uniform(0.05, 0.4))
    api._faults.clear()
    figures = await burst.end()
    print(figures)
    assert (figures.lost, figures.disordered) == (0, 0)
    assert figures.repeated <= 20, "one for each answer of Telegram's that was lost on the way"


async def test_duplicates_and_updates_out_of_order(stack: Stack, api: BotApi) -> None:
    people = [api.person(501 + number) for number in range(10)]
    said = [f"第{turn}句" for turn in range(6)]
    updates = [(person.message_json(text=text), 900_000_000 + 10 * turn + number)
               for turn, text in enumerate(said) for number, person in enumerate(people)]  # fmt: skip
    random.Random(7).shuffle(updates)
    for message, update_id in [*updates, *updates[:30]]:
        api.queue({"message": message}, update_id)
    await talking(stack, api)
    await until(lambda: all(len(answers(person)) >= 6 for person in people), 60)
    for message, update_id in updates[30:]:  # and once more, long after they were acknowledged
        api.queue({"message": message}, update_id)
    people[0].says("还在吗")
    await until(lambda: "还在吗" in answers(people[0]), 30)
    await asyncio.sleep(2)
    assert [answers(person) for person in people] == [[*said, "还在吗"], *[said] * 9]


async def test_telegram_out_of_reach_while_people_wait(stack: Stack, api: BotApi) -> None:
    """Nothing goes through for a while, in either direction, and the gateway is killed meanwhile."""
    await talking(stack, api)
    person = api.person(501)
    for method in ("sendMessage", "sendChatAction"):
        api.fail(method, "502", times=10_000)
    for text in "一二三":
        person.says(text)
    await until(lambda: api.unconfirmed == 0, 30)
    api.fail("getUpdates", "502", times=10_000)
    person.says("四")
    await asyncio.sleep(1)
    await stack.kill(GATEWAY)
    await stack.start(GATEWAY)
    await asyncio.sleep(4)
    assert person.texts == []
    api._faults.clear()
    await until(lambda: len(answers(person)) >= 4, 60)
    await asyncio.sleep(1)
    assert answers(person) == ["一", "二", "三", "四"]

"""The clock of the machine is set by hours while people wait: nobody waits longer for it, and nothing comes twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.settings import PROJECT
from tests.faults.burst import stack_with_stub, talking
from tests.faults.test_kills import greeted, until_marked, until_opened
from tests.gateway.bot_api import BotApi
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import AGAIN, OUTAGE, until
from tests.gateway.stack import GATEWAY, WEB, Stack
from tests.site.helpers import Browser

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

HOUR = 3600


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    file = tmp_path / "clock"
    file.write_text("0")
    return file


@pytest.fixture
async def stack(tmp_path: Path, api: BotApi, rasa: FakeRasa, clock: Path) -> AsyncIterator[Stack]:
    shifted = f"{Path(__file__).parent / 'shifted_clock'}:{PROJECT}"
    made = await stack_with_stub(tmp_path / "var", api, rasa, PYTHONPATH=shifted, SHIFTED_CLOCK=str(clock))
    try:
        yield made
    finally:
        await made.stop()


async def stored_at(stack: Stack, text: str) -> str:
    expression = f"[str(x.created_at) for x in m.Message.objects.filter(direction='in') if x.text == '{text}'][0]"
    return str(await stack.records(expression))


@pytest.mark.parametrize("hours", [-6])
async def test_a_bubble_that_is_to_be_sent_later(stack: Stack, api: BotApi, clock: Path, hours: int) -> None:
    await talking(stack, api, GATEWAY)
    person = await greeted(stack, api, 501)
    api.fail("sendMessage", "429", retry_after=3)
    person.says("一")
    await until(lambda: api._faults["sendMessage"].times == 0, 30)
    clock.write_text(str(hours * HOUR))
    person.says("二")
    await until(lambda: person.texts == ["回：一", "回：二"], 40)
    await until_marked(stack)
    await stack.kill(GATEWAY)  # what was put off stands in the records with a time of the other clock
    person.says("三")
    await stack.start(GATEWAY)
    await until(lambda: person.texts == ["回：一", "回：二", "回：三"], 40)
    one, three = await stored_at(stack, "一"), await stored_at(stack, "三")
    assert (one < three) == (hours > 0), "the clock of the program really was set"


@pytest.mark.parametrize("hours", [-6])
async def test_an_outage(stack: Stack, api: BotApi, rasa: FakeRasa, clock: Path, hours: int) -> None:
    await talking(stack, api, GATEWAY)
    person = await greeted(stack, api, 501)
    rasa.mode = "error"
    for number in range(6):  # a flood: one bubble for several
        person.says(f"第{number}句")
    await until(lambda: person.texts and person.texts[0].startswith(OUTAGE), 40)
    clock.write_text(str(hours * HOUR))
    await asyncio.sleep(1)
    told = len(person.texts)
    person.says("他们把门锁了，救命")
    await until(lambda: len(person.texts) > told and person.texts[-1].startswith(AGAIN), 20)
    person.says("还在吗")
    rasa.mode = "ok"
    await until(lambda: any(text.endswith("回：还在吗") for text in person.texts), 40)
    answers = [text.partition("回：")[2] for text in person.texts if "回：" in text]
    assert answers == [*(f"第{number}句" for number in range(6)), "他们把门锁了，救命", "还在吗"]


async def test_nobody_hears_of_trouble_because_the_clock_was_set(
    stack: Stack, api: BotApi, rasa: FakeRasa, clock: Path
) -> None:
    rasa.delay = 1.5
    await talking(stack, api, GATEWAY)
    person = await greeted(stack, api, 501)
    for text in "一二三":
        person.says(text)
    await until(lambda: "一" in rasa.texts, 30)
    clock.write_text(str(12 * HOUR))
    await until(lambda: person.texts == ["回：一", "回：二", "回：三"], 40)


async def test_who_waits_is_told_though_the_clock_was_set_back(
    stack: Stack, api: BotApi, rasa: FakeRasa, clock: Path
) -> None:
    await talking(stack, api, GATEWAY)
    person = await greeted(stack, api, 501)
    rasa.delay = 6.0  # slow, but each in time: the second has to wait longer than anybody should without a word
    for text in "一二三":
        person.says(text)
    await until(lambda: "一" in rasa.texts, 30)
    clock.write_text(str(-6 * HOUR))
    await until(lambda: any(text.startswith((OUTAGE, AGAIN)) for text in person.texts), 20)
    rasa.delay = 0.0
    await until(lambda: any(text.endswith("回：三") for text in person.texts), 40)


@pytest.mark.parametrize("hours", [-6, 6])
async def test_a_page_goes_on(stack: Stack, api: BotApi, clock: Path, hours: int) -> None:
    await stack.start(WEB)
    async with Browser(stack.site) as browser:
        await until_opened(browser)
        await browser.say("一")
        clock.write_text(str(hours * HOUR))
        await browser.say("二")
        await browser.open()
        assert browser.texts[-4:] == ["一", "回：一", "二", "回：二"], "the cookie of the other clock is still known"

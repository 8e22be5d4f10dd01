"""kill -9 of the gateway and the site, at random moments and at the two moments that matter most."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator

import httpx
import pytest

from tests.faults.burst import Burst, talking
from tests.gateway.bot_api import BotApi, Person
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import until
from tests.gateway.stack import GATEWAY, WEB, Stack
from tests.site.helpers import Browser

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@contextlib.contextmanager
def locked(stack: Stack) -> Iterator[None]:
    """Hold the database as another program would: nobody can write, readers of the WAL go on."""
    connection = sqlite3.connect(stack.database, isolation_level=None, timeout=30)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


async def until_marked(stack: Stack, unsent: int = 0) -> None:
    """Wait until all but so many bubbles are marked as sent: a kill sooner would rightly send one again."""

    def pending() -> int:
        with contextlib.closing(sqlite3.connect(stack.database, timeout=30)) as connection:
            found: int = connection.execute("SELECT count(*) FROM records_outbox WHERE state = 'pending'").fetchone()[0]
            return found

    await until(lambda: pending() == unsent, 30)


async def quiet(seconds: float = 2.0) -> None:
    await asyncio.sleep(seconds)


async def everything_is_settled(stack: Stack, messages: int) -> None:
    """Check the records themselves: each message is there once, answered once, and nothing waits to be sent."""
    found = await stack.records(
        "{'in': m.Message.objects.filter(direction='in').count(),"
        " 'open': m.Message.objects.filter(state='received').count(),"
        " 'given_up': m.Message.objects.filter(state='abandoned').count(),"
        " 'unsent': m.Outbox.objects.exclude(state='sent').count(),"
        " 'aside': m.Quarantine.objects.count()}"
    )
    assert found == {"in": messages, "open": 0, "given_up": 0, "unsent": 0, "aside": 0}


@pytest.mark.parametrize("seed", [20_261_129])
async def test_a_burst_while_gateway_and_site_are_killed(stack: Stack, api: BotApi, rasa: FakeRasa, seed: int) -> None:
    rasa.delay = 0.02
    await talking(stack, api)
    burst = Burst(stack, api, seed=seed)
    await burst.begin()
    await burst.kill_now_and_then((GATEWAY, GATEWAY, WEB), 6, (0.3, 3.0))
    figures = await burst.end()
    print(figures)
    assert figures.messages == 500 and figures.chats == 50 and figures.kills >= 2
    assert (figures.lost, figures.disordered) == (0, 0)
    assert figures.once + figures.repeated >= 500
    assert figures.repeated <= figures.kills, "what Telegram had taken is marked at once"
    for chat in burst.chats:
        assert len(chat.answers) - len(chat.said) <= figures.kills
    assert sum(len(chat.answers) for chat in burst.chats if chat.browser) == 100, "a page repeats nothing"
    await stack.stop()
    await everything_is_settled(stack, 500)


async def greeted(stack: Stack, api: BotApi, chat_id: int) -> Person:
    person = api.person(chat_id)
    person.says("/start")
    await until(lambda: person.chat, 30)
    await until_marked(stack)
    person.chat.clear()
    return person


async def test_killed_between_receiving_and_storing(stack: Stack, api: BotApi) -> None:
    await talking(stack, api)
    people = [await greeted(stack, api, 501 + number) for number in range(3)]
    await until(lambda: api.unconfirmed == 0, 30)
    with locked(stack):
        taken = api.times_handed_out
        for person in people:
            for text in "一二三":
                person.says(text)
        await until(lambda: api.times_handed_out > taken, 30)
        await quiet(1)
        assert api.unconfirmed >= 8, "what is not stored is not acknowledged"
        await stack.kill(GATEWAY)
    await talking(stack, api, GATEWAY)
    await until(lambda: all(len(person.chat) >= 3 for person in people), 60)
    await quiet()
    assert [person.texts for person in people] == [["回：一", "回：二", "回：三"]] * 3
    await stack.stop()
    await everything_is_settled(stack, 12)


async def test_killed_between_sending_and_marking_because_the_answer_hangs(stack: Stack, api: BotApi) -> None:
    await talking(stack, api)
    person, other = await greeted(stack, api, 501), await greeted(stack, api, 502)
    api.fail("sendMessage", "hang")  # Telegram has taken it, but says nothing
    for text in "一二三":
        person.says(text)
    await until(lambda: person.texts == ["回：一"], 30)
    other.says("四")
    await until(lambda: other.texts == ["回：四"], 30)
    assert person.texts == ["回：一"], "two and three wait for one"
    await until_marked(stack, unsent=3)
    await stack.kill(GATEWAY)
    await stack.start(GATEWAY)
    await until(lambda: "回：三" in person.texts, 60)
    await quiet()
    assert person.texts == ["回：一", "回：一", "回：二", "回：三"], "one bubble twice"
    assert other.texts == ["回：四"], "and of nobody else's"


async def test_killed_between_sending_and_marking_because_the_database_is_locked(stack: Stack, api: BotApi) -> None:
    await talking(stack, api)
    people = [await greeted(stack, api, 501 + number) for number in range(4)]
    api.fail("sendMessage", "stall", times=4)
    api.hang_seconds = 3.0
    for person in people:
        person.says("一")
    await until(lambda: api._faults["sendMessage"].times == 0, 30)
    api._faults.clear()
    with locked(stack):  # all four are on their way, and none can be marked
        await quiet(3.5)
        await stack.kill(GATEWAY)
    await stack.start(GATEWAY)
    for person in people:
        person.says("二")
    await until(lambda: all("回：二" in person.texts for person in people), 60)
    await quiet()
    for person in people:
        assert person.texts in (["回：一", "回：二"], ["回：一", "回：一", "回：二"])


async def test_the_site_killed_between_receiving_and_storing(stack: Stack, api: BotApi) -> None:
    await stack.start(WEB)
    async with Browser(stack.site) as browser:
        await until_opened(browser)
        form = dict(browser.page.fields)
        with locked(stack):
            sending = asyncio.create_task(browser.post("/send/", data={**form, "text": "救我"}))
            await quiet(1)
            await stack.kill(WEB)
            await asyncio.gather(sending, return_exceptions=True)
        await stack.start(WEB)
        await until_opened(browser)
        assert "回：救我" not in browser.texts, "it was never stored, and the page said so"
        for _ in range(2):  # 再发一次, pressed twice
            await browser.post("/send/", data={**form, "text": "救我"})
        await browser.open()
        assert browser.texts[-2:] == ["救我", "回：救我"] and browser.texts.count("回：救我") == 1


async def test_the_site_killed_between_storing_and_answering(stack: Stack, api: BotApi, rasa: FakeRasa) -> None:
    await stack.start(WEB)
    async with Browser(stack.site) as browser:
        await until_opened(browser)
        form = dict(browser.page.fields)
        rasa.mode = "slow"
        sending = asyncio.create_task(browser.post("/send/", data={**form, "text": "救我"}))
        await until(lambda: "救我" in rasa.texts, 30)
        await stack.kill(WEB)
        await asyncio.gather(sending, return_exceptions=True)
        rasa.mode = "ok"
        await stack.start(WEB)
        await until_opened(browser)
        await browser.post("/send/", data={**form, "text": "救我"})  # 再发一次
        for _ in range(100):
            await browser.open()
            if any(text.endswith("回：救我") for text in browser.texts):
                break
            await asyncio.sleep(0.1)
        assert browser.texts.count("救我") == 1
        assert sum(text.endswith("回：救我") for text in browser.texts) == 1


async def until_opened(browser: Browser) -> None:
    for _ in range(300):
        with contextlib.suppress(httpx.TransportError):
            if (await browser.open()).status_code == 200:
                return
        await asyncio.sleep(0.1)
    raise AssertionError("the site never came up")

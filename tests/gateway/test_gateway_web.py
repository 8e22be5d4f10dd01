"""The chat page's side of the gateway, without the page."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from bot.gateway import web
from bot.gateway.voice import Voice
from bot.gateway.web import WebAnswerer
from bot.records.models import Contact, Message, Outbox
from bot.settings import Settings
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import AGAIN, LATE, in_records, until

SESSION = "session-key-of-a-browser"


def answerer(settings: Settings, voice: Voice, rasa_timeout: float = 0.6, longest_wait: float = 2.0) -> WebAnswerer:
    return WebAnswerer(
        settings, voice, rasa_timeout=rasa_timeout, longest_wait=longest_wait, watch_seconds=0.05, first_pause=0.05
    )


@pytest.fixture
async def page(settings: Settings, voice: Voice, transactional_db: None) -> AsyncIterator[WebAnswerer]:
    made = answerer(settings, voice)
    web.use(made)
    yield made
    await made.stop()


async def test_talk(page: WebAnswerer, rasa: FakeRasa) -> None:
    assert await web.contact_for_session(SESSION) is None
    assert len(web.welcome().text.splitlines()) == 3
    received = await web.receive(SESSION, "月薪三万包机票")
    assert not received.waiting and not received.erased
    assert [shown.author for shown in received.messages] == ["person", "bot", "bot"]
    assert received.messages[0].text == "月薪三万包机票"
    assert received.messages[1].text == web.welcome().text
    assert received.messages[2].text == "回：月薪三万包机票"
    more = await web.receive(SESSION, "去柬埔寨")
    assert [shown.text for shown in more.messages] == ["去柬埔寨", "回：去柬埔寨"]
    contact = await web.contact_for_session(SESSION)
    assert contact is not None
    shown = await web.messages_to_show(contact)
    assert [one.number for one in shown] == [4, 5], "nobody agreed that more is kept"
    assert [shown.number for shown in await web.messages_to_show(contact, after=4)] == [5]
    await until(lambda: True)
    assert await in_records(Outbox.objects.filter(state="pending").count) == 0


async def test_buttons_and_consent(page: WebAnswerer, rasa: FakeRasa) -> None:
    rasa.script["你好"] = [{"text": "？", "buttons": [{"title": "打电话", "payload": "热线"}]}]
    received = await web.receive(SESSION, "你好")
    assert received.messages[2].buttons == ({"title": "打电话", "payload": "热线"},)
    await web.receive(SESSION, received.messages[2].buttons[0]["payload"])
    assert rasa.texts == ["你好", "热线"]
    await web.receive(SESSION, received.messages[1].buttons[0]["payload"])
    assert (await in_records(Contact.objects.get)).consent is True


async def test_a_form_that_comes_twice_is_one_message(page: WebAnswerer, rasa: FakeRasa) -> None:
    rasa.delay = 0.1
    first, second = await asyncio.gather(*(web.receive(SESSION, "热线", 7, True) for _ in range(2)))
    assert first == second and rasa.texts == ["热线"]
    message = await in_records(Message.objects.filter(direction="in").get)
    assert message.kind == "button"


async def test_sessions_do_not_mix(page: WebAnswerer) -> None:
    await asyncio.gather(*(web.receive(f"session-{number}", f"第{number}句") for number in range(6)))
    for number in range(6):
        contact = await web.contact_for_session(f"session-{number}")
        assert contact is not None
        shown = await web.messages_to_show(contact)
        assert [one.text for one in shown if one.author == "person"] == [f"第{number}句"]


async def test_bad_input(page: WebAnswerer, rasa: FakeRasa) -> None:
    await web.receive(SESSION, "/start")
    for text, answer in (
        ("", "空的"),
        ("\x00\u200b", "空的"),
        ("😭", "表情"),
        ("长" * 20_000, "太长"),
        ("半\ud83d", "回：半"),
        ('\u3000/x{"risk_level":"none"}', "回：「x"),
    ):
        received = await web.receive(SESSION, text)
        assert answer in received.messages[-1].text
    assert max(map(len, rasa.texts)) == 4000


@pytest.mark.parametrize("mode", ["error", "slow"])
async def test_outage_and_recovery(page: WebAnswerer, rasa: FakeRasa, mode: str) -> None:
    rasa.mode = mode
    received = await web.receive(SESSION, "一")
    assert received.waiting
    assert "110" in received.messages[-1].text and "12308" in received.messages[-1].text
    again = await web.receive(SESSION, "二")
    assert again.waiting and len(again.messages) == 2
    assert AGAIN in again.messages[1].text and "110" in again.messages[1].text
    rasa.mode = "ok"
    contact = await web.contact_for_session(SESSION)
    assert contact is not None
    for _ in range(100):
        await asyncio.sleep(0.05)
        shown = [one.text for one in await web.messages_to_show(contact)]
        if "回：二" in shown[-1]:
            break
    assert shown[-2:] == [f"{LATE}\n回：一", f"{LATE}\n回：二"]


async def test_somebody_in_danger_reads_the_numbers_while_rasa_is_slow(
    settings: Settings, voice: Voice, rasa: FakeRasa, transactional_db: None
) -> None:
    patient = answerer(settings, voice, rasa_timeout=30, longest_wait=30)
    web.use(patient)
    rasa.mode = "slow"
    began = time.monotonic()
    received = await web.receive(SESSION, "救命，我在柬埔寨")
    await patient.stop()
    assert time.monotonic() - began < 6
    assert received.waiting and "117" in received.messages[-1].text


async def test_a_new_process_answers_what_is_left(
    settings: Settings, voice: Voice, rasa: FakeRasa, transactional_db: None
) -> None:
    rasa.mode = "slow"
    first = answerer(settings, voice)
    web.use(first)
    waiting = asyncio.create_task(web.receive(SESSION, "一"))
    await until(lambda: rasa.heard)
    waiting.cancel()
    await first.stop()
    rasa.mode = "ok"
    second = answerer(settings, voice)
    web.use(second)
    await until(lambda: len(rasa.texts) == 2)
    await asyncio.sleep(0.3)
    await second.stop()
    assert await in_records(Message.objects.filter(state="answered").count) == 1


async def test_erasing(page: WebAnswerer, rasa: FakeRasa) -> None:
    await web.receive(SESSION, "护照被扣")
    question = (await web.receive(SESSION, "删除")).messages[-1]
    received = await web.receive(SESSION, question.buttons[0]["payload"])
    assert received.erased and received.messages == ()
    assert await in_records(Contact.objects.count) == 0

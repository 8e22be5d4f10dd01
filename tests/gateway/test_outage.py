"""Rasa is down, slow, empty or mad: the hotlines at once for every message, the proper answers later."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from bot.gateway.outage import FLOOD_MESSAGES, FLOOD_SPAN, sharing_a_bubble
from bot.records.models import Contact, Conversation, Message, Outbox
from tests.gateway.bot_api import BotApi
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import AGAIN, LATE, OUTAGE, Gateways, agreed, greeted, in_records, until


def late(text: str) -> str:
    return f"{LATE}\n{text}"


@pytest.mark.parametrize("mode", ["empty", "garbage", "error", "slow", "drip", "half", "cut", "huge", "many", "down"])
async def test_outage_and_recovery(gateway: Gateways, api: BotApi, rasa: FakeRasa, mode: str) -> None:
    person, other = await greeted(api), await greeted(api, 502)
    if mode == "down":
        await rasa.down()
    rasa.mode = mode
    person.says("一")
    await until(lambda: len(person.chat) == 1)
    assert person.texts[0].startswith(OUTAGE)
    assert "110" in person.texts[0] and "12308" in person.texts[0]
    person.says("二")
    other.says("三")
    await until(lambda: len(other.chat) == 1 and len(person.chat) == 2)
    assert person.texts[1].startswith(AGAIN)
    assert "110" in person.texts[1] and "12308" in person.texts[1]
    await asyncio.sleep(0.5)
    assert len(person.chat) == 2, "each message once"
    rasa.mode = "ok"
    if mode == "down":
        await rasa.up()
    await until(lambda: person.texts[2:] == [late("回：一"), late("回：二")] and other.texts[1:] == [late("回：三")])
    assert other.texts[0].startswith(OUTAGE)
    assert await in_records(Message.objects.filter(state="received").count) == 0
    person.says("四")
    await until(lambda: len(person.chat) == 5)
    await asyncio.sleep(0.3)
    assert person.texts[4:] == ["回：四"], "late no more, and nothing twice"


async def test_a_clock_that_was_set_back_makes_no_flood(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    rasa.mode = "error"
    for number in range(FLOOD_MESSAGES):
        person.says(f"第{number}句")
    await until(lambda: len(person.chat) == FLOOD_MESSAGES, 30)
    future = timezone.now() + timedelta(hours=6)  # as it stands there when the clock was six hours ahead
    await in_records(lambda: Message.objects.filter(state="received").update(outage_told_at=future))
    person.says("还在吗")
    await until(lambda: len(person.chat) > FLOOD_MESSAGES, 30)
    assert person.texts[-1].startswith(AGAIN)


async def test_the_next_outage_is_told_again(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    for number in range(2):
        rasa.mode = "error"
        person.says(f"第{number}次")
        await until(lambda: person.texts and person.texts[-1].startswith(OUTAGE))
        rasa.mode = "ok"
        await until(lambda: person.texts[-1].startswith(late("回：")))
    assert len(person.chat) == 4


async def test_the_late_line_stands_above_the_first_bubble_of_the_answer_only(
    gateway: Gateways, api: BotApi, rasa: FakeRasa
) -> None:
    rasa.script["一"] = [{"text": "甲"}, {"text": "乙", "buttons": [{"title": "热线", "payload": "热线"}]}]
    rasa.mode = "error"
    person = api.person(501)
    person.says("一")
    await until(lambda: person.chat)
    rasa.mode = "ok"
    await until(lambda: len(person.chat) == 4)
    assert "端到端加密" in person.texts[1]
    assert person.texts[2:] == [late("甲"), "乙"]
    assert list(person.chat[3].buttons) == ["热线"]


async def test_the_police_of_a_country_that_is_named(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    rasa.mode = "error"
    person = api.person(501)
    person.says("我在柬埔寨被关着")
    await until(lambda: person.chat)
    assert "117" in person.texts[0], "no greeting stands before it"
    rasa.mode = "ok"
    await until(lambda: len(person.chat) == 3)
    assert person.texts[1] == late("回：我在柬埔寨被关着")
    assert "端到端加密" in person.texts[2]


async def test_the_police_of_the_country_that_was_named_before(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    await in_records(lambda: Conversation.objects.update(destination_country="KH"))
    rasa.mode = "error"
    person.says("他们要打我")
    await until(lambda: person.chat)
    assert "117" in person.texts[0]


@pytest.mark.parametrize(
    ("untold", "lately", "danger", "bubbles"),
    [
        (0, 0, False, []),
        (1, 0, False, [1]),
        (5, 0, False, [1, 1, 1, 1, 1]),
        (1, 4, False, [1]),
        (6, 0, False, [6]),
        (3, 4, False, [3]),
        (1, 5, False, []),
        (9, 5, False, []),
        (1, 5, True, [1]),
        (9, 99, True, [9]),
        (0, 99, True, []),
    ],
)
def test_a_flood_shares_a_bubble_and_danger_never_waits(
    untold: int, lately: int, danger: bool, bubbles: list[int]
) -> None:
    messages = list(range(untold))
    shared = sharing_a_bubble(messages, lately, danger)
    assert [len(group) for group in shared] == bubbles
    assert [message for group in shared for message in group] == (messages if bubbles else [])


async def test_a_flood_in_an_outage(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await agreed(api)
    rasa.mode = "error"
    for number in range(20):
        person.says(f"第{number}句")
        await until(lambda: api.unconfirmed == 0)
    await until(lambda: len(person.chat) >= 1)
    await asyncio.sleep(0.5)
    assert 1 <= len(person.chat) <= 6
    assert person.texts[0].startswith(OUTAGE)
    before = len(person.chat)
    person.says("救命，在缅甸，他们要打我")
    await until(lambda: len(person.chat) == before + 1)
    assert person.texts[-1].startswith(AGAIN) and "199" in person.texts[-1]
    rasa.mode = "ok"
    await until(lambda: len(person.chat) == before + 22)
    assert person.texts[before + 1 : -1] == [late(f"回：第{number}句") for number in range(20)]
    assert await in_records(Message.objects.filter(state="received").count) == 0


async def test_what_a_flood_held_back_is_told_when_it_is_over(gateways: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    gateways.longest_silence = 0.1
    gateways.start()
    person = await greeted(api)
    rasa.mode = "error"
    person.says("一")
    await until(lambda: person.chat)
    for number in range(4):
        person.says(f"第{number}句")
        await until(lambda number=number: len(person.chat) == 2 + number)
    for number in range(7):
        person.says(f"又第{number}句")
    await asyncio.sleep(0.4)
    assert len(person.chat) == 5
    earlier = timezone.now() - FLOOD_SPAN
    await in_records(lambda: Message.objects.exclude(outage_told_at=None).update(outage_told_at=earlier))
    await until(lambda: len(person.chat) == 6)
    await asyncio.sleep(0.4)
    assert len(person.chat) == 6, "one bubble for all seven"


async def test_what_needs_no_rasa_works_meanwhile(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    rasa.mode = "error"
    person.says("一")
    await until(lambda: person.chat)
    person.sends_voice()
    await until(lambda: len(person.chat) == 2)
    person.says("删除")
    await until(lambda: len(person.chat) == 3)
    assert not any(text.startswith(AGAIN) for text in person.texts)
    person.presses("确认删除")
    await until(lambda: "全删掉" in person.texts[-1])
    await until(lambda: api.unconfirmed == 0)
    await asyncio.sleep(0.1)
    assert await in_records(Contact.objects.count) == 0


async def test_what_needs_no_rasa_is_not_told_of_trouble(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    rasa.mode = "slow"
    person.says("一")
    await until(lambda: rasa.texts)
    person.sends_sticker()
    person.says("二")
    await until(lambda: len(person.chat) == 3)
    assert [text[:4] for text in person.texts[:2]] == [OUTAGE[:4], AGAIN[:4]]
    rasa.mode = "ok"
    await until(lambda: len(person.chat) == 5)
    assert sum("贴图" in text for text in person.texts) == 1
    assert sum(text.startswith(AGAIN) for text in person.texts) == 1


async def test_one_message_that_always_fails_stops_nobody(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person, other = await greeted(api), await greeted(api, 502)
    rasa.broken.add("毒")
    person.says("毒")
    person.says("二")
    other.says("三")
    await until(lambda: late("回：二") in person.texts and other.texts == ["回：三"])
    assert person.texts[0].startswith(OUTAGE)
    assert [text for text in person.texts if "没弄懂" in text] == person.texts[2:3]
    assert rasa.texts.count("毒") == 3
    assert await in_records(Message.objects.filter(state="abandoned").count) == 1


async def test_killed_during_an_outage(gateways: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    gateways.start()
    person = await greeted(api)
    rasa.mode = "error"
    person.says("一")
    await until(lambda: person.chat)
    while await in_records(Outbox.objects.filter(state="pending").count):
        await asyncio.sleep(0.02)  # killed before it is marked, a bubble repeats: see test_faults
    await gateways.stop()
    gateways.start()
    person.says("二")
    await until(lambda: len(person.chat) == 2)
    assert person.texts[1].startswith(AGAIN), "the same outage, also after a restart"
    await asyncio.sleep(0.4)
    assert len(person.chat) == 2
    rasa.mode = "ok"
    await until(lambda: person.texts[2:] == [late("回：一"), late("回：二")])


async def test_whoever_waits_too_long_hears_of_it(gateways: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    """Rasa answers in the end, so there is no outage: only somebody who would stare at silence."""
    gateways.rasa_timeout, gateways.longest_silence = 30.0, 1.2
    gateways.start()
    person, other = await agreed(api), await agreed(api, 502)
    rasa.delay = 2.0
    began = time.monotonic()
    person.says("一")
    other.says("救命")
    await until(lambda: other.chat)
    assert time.monotonic() - began < 1.1, "danger waits a quarter of it"
    assert other.texts[0].startswith(OUTAGE) and person.texts == []
    await until(lambda: person.chat)
    assert time.monotonic() - began < 1.9
    await until(lambda: person.texts[1:] == [late("回：一")] and other.texts[1:] == [late("回：救命")])
    await asyncio.sleep(0.3)
    assert len(person.chat) == len(other.chat) == 2

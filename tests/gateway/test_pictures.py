"""A picture goes with its text; whatever is wrong with it, the text arrives."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from bot.gateway.rasa_client import _replies
from bot.records.models import Message, Outbox
from bot.replies import pictures
from tests.gateway.bot_api import PNG, BotApi
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import DEBT, Gateways, agreed, greeted, in_records, until

BUTTONS = [{"title": "打电话", "payload": "热线"}]


def with_picture(text: str, spec: Any = DEBT, **more: Any) -> list[dict[str, Any]]:
    return [{"text": text, "custom": {"picture": spec}, **more}]


async def test_the_text_is_the_caption(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    rasa.script["算"] = with_picture("九个月还清。", buttons=BUTTONS)
    person = await agreed(api)
    person.says("算")
    await until(lambda: person.texts == ["九个月还清。"])
    assert person.chat[0].photo.startswith(PNG) and list(person.chat[0].buttons) == ["打电话"]
    message = await in_records(Message.objects.filter(direction="out").last)
    assert message.picture == DEBT
    person.presses("打电话")
    await until(lambda: person.chat[0].edited and len(person.chat) == 2)
    assert person.chat[0].text == "九个月还清。\n\n👉 打电话" and person.chat[0].buttons == {}


async def test_rasa_sends_custom_as_a_bubble_after_its_text(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    rasa.script["算"] = [{"text": "先说这个"}, {"text": "九个月还清。"}, {"custom": {"picture": DEBT}}, {"text": "完"}]
    person = await greeted(api)
    person.says("算")
    await until(lambda: person.texts == ["先说这个", "九个月还清。", "完"])
    assert [bool(sent.photo) for sent in person.chat] == [False, True, False]


@pytest.mark.parametrize(("characters", "bubbles"), [(1024, 1), (1025, 2), (5000, 3)])
async def test_a_longer_text_follows_the_picture(
    gateway: Gateways, api: BotApi, rasa: FakeRasa, characters: int, bubbles: int
) -> None:
    rasa.script["算"] = with_picture("还" * characters, buttons=BUTTONS)
    person = await greeted(api)
    person.says("算")
    await until(lambda: sum(map(len, person.texts)) == characters and len(person.chat) == bubbles)
    assert [bool(sent.photo) for sent in person.chat] == [True] + [False] * (bubbles - 1)
    assert [bool(sent.buttons) for sent in person.chat] == [False] * (bubbles - 1) + [True]


@pytest.mark.parametrize("length", [3, 2000])
async def test_a_drawing_that_fails_loses_no_word(
    gateway: Gateways, api: BotApi, rasa: FakeRasa, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    def fails(spec: object) -> bytes:
        raise RuntimeError("no font")

    monkeypatch.setattr(pictures, "draw", fails)
    rasa.script["算"] = with_picture("还" * length, buttons=BUTTONS)
    person = await greeted(api)
    person.says("算")
    person.says("二")
    await until(lambda: person.texts == ["还" * length, "回：二"])
    assert not person.chat[0].photo and person.chat[0].buttons
    await asyncio.sleep(0.2)
    assert await in_records(Outbox.objects.filter(state="pending").count) == 0


async def test_a_picture_that_telegram_refuses_loses_no_word(
    gateway: Gateways, api: BotApi, rasa: FakeRasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "draw", lambda spec: b"no picture at all")
    rasa.script["算"] = with_picture("九个月还清。", buttons=BUTTONS)
    person = await greeted(api)
    person.says("算")
    await until(lambda: person.texts == ["九个月还清。"])
    assert not person.chat[0].photo and person.chat[0].buttons


@pytest.mark.parametrize("kind", ["502", "429", "cut", "garbage"])
async def test_sending_a_picture_is_tried_again(gateway: Gateways, api: BotApi, rasa: FakeRasa, kind: str) -> None:
    rasa.script["算"] = with_picture("九个月还清。")
    person = await greeted(api)
    api.fail("sendPhoto", kind, times=1 if kind == "429" else 2)
    person.says("算")
    person.says("二")
    await until(lambda: person.texts == ["九个月还清。", "回：二"])
    assert person.chat[0].photo


async def test_a_slow_drawing_holds_up_nobody_else(
    gateway: Gateways, api: BotApi, rasa: FakeRasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, draw = threading.Event(), pictures.draw

    def slowly(spec: dict[str, Any]) -> bytes:
        drawn.wait(10)
        return draw(spec)

    monkeypatch.setattr(pictures, "draw", slowly)
    rasa.script["算"] = with_picture("九个月还清。")
    person, other = await agreed(api), await agreed(api, 502)
    person.says("算")
    await asyncio.sleep(0.1)
    other.says("救命")
    await until(lambda: other.texts == ["回：救命"])
    assert person.texts == []
    drawn.set()
    await until(lambda: person.texts == ["九个月还清。"])


async def test_a_cleared_screen_shows_no_picture(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    rasa.script["算"] = with_picture("还" * 2000)
    person = await greeted(api)
    person.says("算")
    await until(lambda: len(person.chat) == 2)
    await asyncio.sleep(0.1)
    person.says("清屏")
    await until(lambda: person.chat[0].deleted and person.chat[1].deleted)


NOT_AS_AGREED: list[Any] = [
    "debt", 5, [DEBT], {}, {"kind": "fax"}, {"kind": ["debt"]}, {"kind": "debt", "many": ["x" * 100] * 200},
    {"kind": "debt", "sum": float("nan")},
]  # fmt: skip


@pytest.mark.parametrize("spec", NOT_AS_AGREED, ids=str)
def test_a_picture_that_is_not_as_agreed_is_left_out(spec: Any) -> None:
    [reply] = _replies(with_picture("九个月还清。", spec))
    assert reply.text == "九个月还清。" and reply.picture is None


@pytest.mark.parametrize("custom", [None, "x", [], {"other": DEBT}, {"picture": None}], ids=str)
def test_other_custom_things_are_no_picture(custom: Any) -> None:
    assert [reply.picture for reply in _replies([{"text": "一", "custom": custom}, {"custom": custom}])] == [None]


def test_a_picture_without_any_text_is_no_answer() -> None:
    assert _replies([{"custom": {"picture": DEBT}}]) == [], "an outage, and people get the numbers"

"""Erasing while the gateway is at work: a reply, a bubble on its way, words of staff, updates that nobody can read."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.gateway import media
from bot.records.erasing import erase_contact
from bot.records.models import Contact, Conversation, DialogueState, Message, Outbox, Quarantine, Tombstone
from tests.gateway.bot_api import BotApi
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import Gateways, greeted, in_records, until


def everything() -> int:
    return sum(model.objects.count() for model in (Contact, Conversation, Message, Outbox, DialogueState, Quarantine))


async def erase(by: str) -> None:
    def work() -> None:
        erase_contact(Contact.objects.get(), by)

    await in_records(work)


async def test_staff_erase_while_rasa_answers(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    rasa.delay = 0.4
    person.says("他们收了我的护照")
    await until(lambda: rasa.texts)
    await erase("staff")
    await asyncio.sleep(0.8)
    assert person.texts == [], "no answer to what is not there any more"
    assert await in_records(everything) == 0
    rasa.delay = 0.0
    person.says("还在吗")
    await until(lambda: "回：还在吗" in person.texts)
    assert any("端到端加密" in text for text in person.texts), "a stranger again"


async def test_a_bubble_that_was_on_its_way_is_taken_back(
    gateway: Gateways, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await greeted(api)
    on_its_way, go_on = asyncio.Event(), asyncio.Event()
    send = api._send_message

    async def slowly(parameters: Any) -> Any:
        sent = await send(parameters)
        on_its_way.set()
        await go_on.wait()
        return sent

    monkeypatch.setattr(api, "_send_message", slowly)
    person.says("他们收了我的护照")
    await asyncio.wait_for(on_its_way.wait(), 5)
    await erase("staff")
    go_on.set()
    await until(lambda: person.chat and person.chat[0].deleted)
    assert await in_records(everything) == 0


async def test_words_of_staff_that_wait_are_never_sent(gateways: Gateways, api: BotApi) -> None:
    person = api.person(501)
    person.says("/start")
    running = gateways.start()
    await until(lambda: person.chat)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    def reply() -> None:
        talk = Conversation.objects.get()
        message = Message.objects.add(talk, direction="out", author=Message.Author.STAFF, text="我来帮你")
        Outbox.objects.create(message=message, channel="telegram")

    await in_records(reply)
    await erase("person")
    gateways.start()
    person.says("又来问")
    await until(lambda: "回：又来问" in person.texts)
    assert "我来帮你" not in person.texts


async def test_what_could_not_be_read_goes_with_the_person(gateway: Gateways, api: BotApi) -> None:
    person = await greeted(api)
    api.queue({"message": {**person.message_json(text="x"), "date": "gestern"}, "broken": True})
    api.queue({"message": {**person.message_json(text=5), "from": None}, "broken": True})
    await until(lambda: len(person.chat) == 2)
    assert await in_records(Quarantine.objects.exclude(pseudonym="").count) == 2
    person.says("确认删除")
    await until(lambda: "全删掉" in person.texts[-1])
    await asyncio.sleep(0.2)
    assert await in_records(everything) == 0
    assert await in_records(Tombstone.objects.count) == 1


USER = {"id": 501, "is_bot": False}
WHOSE: dict[str, tuple[Any, str]] = {
    "a message": ({"update_id": 1, "message": {"from": USER, "chat": {"id": 501, "type": "private"}}}, "501"),
    "an edited one": ({"edited_message": {"from": USER}}, "501"),
    "a pressed button": ({"callback_query": {"from": USER, "message": {"from": {"id": 9, "is_bot": True}}}}, "501"),
    "somebody in a group": ({"message": {"from": USER, "chat": {"id": -100}}}, "501"),
    "no sender": ({"message": {"chat": {"id": 501}}}, "501"),
    "a broken sender": ({"message": {"from": "501", "chat": {"id": 501}}}, "501"),
    "a kind of update from the future": ({"whisper": {"from": USER}}, "501"),
    "an id written as text": ({"message": {"from": {"id": "501"}}}, "501"),
    "an answer to somebody else": ({"message": {"reply_to_message": {"from": {"id": 7}}, "from": USER}}, "501"),
    "an id that is none": ({"message": {"from": {"id": True}, "chat": {"id": 5.01}}}, ""),
    "digits that are none": ({"message": {"from": {"id": "⁵"}, "chat": {"id": "9" * 5000}}}, ""),
    "an id too large": ({"message": {"from": {"id": 2**80}}}, ""),
    "nobody": ({"message": {"text": 5}}, ""),
    "no object": ("嗨", ""),
    "a list": ([{"from": USER}], ""),
}


@pytest.mark.parametrize(("raw", "address"), WHOSE.values(), ids=WHOSE)
def test_whose_an_update_is(raw: Any, address: str) -> None:
    assert media.whose(raw) == address


def test_a_deep_update_is_not_followed_to_its_end() -> None:
    raw: dict[str, Any] = {"from": USER}
    for _ in range(5000):
        raw = {"message": raw}
    assert media.whose(raw) == ""

"""Whatever is sent gets a short fitting answer, and nothing of it troubles Rasa."""

from __future__ import annotations

import pytest

from bot.gateway.voice import Voice
from tests.gateway.bot_api import BotApi
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import Gateways, greeted, until


@pytest.mark.parametrize(
    ("does", "response"),
    [
        ("sends_sticker", "utter_input_sticker"),
        ("sends_voice", "utter_input_voice"),
        ("sends_location", "utter_input_location"),
        ("sends_photo", "utter_input_photo"),
        ("sends_document", "utter_input_document"),
        ("sends_video", "utter_input_other"),
        ("sends_contact", "utter_input_other"),
        ("sends_poll", "utter_input_other"),
    ],
)
async def test_media(gateway: Gateways, api: BotApi, rasa: FakeRasa, voice: Voice, does: str, response: str) -> None:
    person = await greeted(api)
    getattr(person, does)()
    await until(lambda: person.texts == [voice.texts.say(response, numbers=voice.numbers.lines())])
    assert rasa.texts == []


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("", "utter_input_empty"),
        ("\u200b\u2060", "utter_input_empty"),
        ("\x00\x01\x1f", "utter_input_empty"),
        ("😭😭😭", "utter_input_no_words"),
        ("？！。", "utter_input_no_words"),
    ],
)
async def test_no_words(gateway: Gateways, api: BotApi, rasa: FakeRasa, voice: Voice, text: str, response: str) -> None:
    person = await greeted(api)
    person.says(text)
    await until(lambda: person.texts == [voice.texts.say(response, numbers=voice.numbers.lines())])
    assert rasa.texts == []


async def test_a_caption_is_read(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    person.sends_photo("这个招工靠谱吗")
    await until(lambda: len(person.chat) == 2)
    assert person.texts[0] == "回：这个招工靠谱吗"
    assert "这张图我没读出来" in person.texts[1]


async def test_too_long(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    rasa.script["长" * 4000] = [{"text": "看了"}]
    person = await greeted(api)
    person.says("长" * 4096)
    await until(lambda: len(person.chat) == 2)
    assert person.texts[0] == "看了"
    assert "4000" in person.texts[1]


async def test_service_messages_are_no_messages(gateway: Gateways, api: BotApi) -> None:
    person = await greeted(api)
    person.sends(message_auto_delete_timer_changed={"message_auto_delete_time": 86400})
    api.queue({"my_chat_member": {}})
    person.says("你好")
    await until(lambda: person.texts == ["回：你好"])


async def test_a_first_sticker_is_greeted_too(gateway: Gateways, api: BotApi) -> None:
    person = api.person(501)
    person.sends_sticker()
    await until(lambda: len(person.chat) == 2)
    assert "安行" in person.texts[0]

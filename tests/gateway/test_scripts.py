"""Traditional in, traditional out: what the gateway says itself."""

from __future__ import annotations

import asyncio

import pytest

from bot.gateway.voice import Voice
from bot.language.script import in_script
from bot.records.models import Contact, Message
from tests.gateway.bot_api import PNG, BotApi
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import Gateways, greeted, in_records, until

TAIWAN, HONG_KONG = "老闆把我的護照收走了", "佢哋收咗我本護照，點算"


@pytest.mark.parametrize(
    ("text", "script"),
    [(TAIWAN, "traditional"), (HONG_KONG, "hong_kong"), ("老板把我的护照收走了", None), ("您好", None)],
)
async def test_the_greeting(gateway: Gateways, api: BotApi, voice: Voice, text: str, script: str | None) -> None:
    person = api.person(501)
    person.says(text)
    await until(lambda: len(person.chat) == 2)
    assert person.texts == [in_script(voice.texts.say("utter_welcome"), script), f"回：{text}"], "not Rasa's answer"


async def test_the_buttons_are_shown_in_it_and_stand_for_the_same(gateway: Gateways, api: BotApi) -> None:
    person = await greeted(api)
    person.says(TAIWAN)
    await until(lambda: person.chat)
    person.says("隱私")
    await until(lambda: len(person.chat) == 3)
    assert list(person.chat[2].buttons) == ["同意", "不同意"]
    person.presses("同意")
    await until(lambda: len(person.chat) == 4)
    assert person.texts[3].startswith("好，記住了：熱線人員可以看")
    assert (await in_records(Contact.objects.get)).consent is True


async def test_the_word_of_trouble_and_the_late_answer(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    rasa.mode = "error"
    person.says(TAIWAN)
    await until(lambda: person.texts)
    assert person.texts[0].startswith("我這邊出了點毛病") and "110" in person.texts[0]
    rasa.mode = "ok"
    await until(lambda: f"剛才出毛病了，現在答你：\n回：{TAIWAN}" in person.texts)


async def test_what_shows_no_script_is_answered_as_what_came_before(gateway: Gateways, api: BotApi) -> None:
    person = await greeted(api)
    person.says(HONG_KONG)
    await until(lambda: person.chat)
    person.sends_sticker()
    await until(lambda: len(person.chat) == 2)
    assert person.texts[1].startswith("貼圖我看不懂")
    person.says("老板不发工资")
    person.sends_sticker()
    await until(lambda: len(person.chat) == 4)
    assert person.texts[3].startswith("贴图我看不懂")


async def test_what_the_menu_and_buttons_say_is_not_the_persons_script(gateway: Gateways, api: BotApi) -> None:
    person = await greeted(api)
    person.says(TAIWAN)
    person.says("/hotline")
    person.says("/delete")
    await until(lambda: len(person.chat) == 3)
    assert person.texts[2].startswith("要把你說過的話全部刪掉")
    person.presses("先不刪")
    await until(lambda: len(person.chat) == 4)
    assert person.texts[3] == "好，沒刪。有事接著問我。"


async def test_a_picture_that_cannot_be_read(gateway: Gateways, api: BotApi, voice: Voice) -> None:
    person = await greeted(api)
    person.says(TAIWAN)
    await until(lambda: person.chat)
    person.sends_photo(content=PNG + b"junk")
    await until(lambda: len(person.chat) == 2)
    said = voice.texts.say("utter_paper_unreadable")
    assert person.texts[1] == in_script(said, "traditional") != said


@pytest.mark.parametrize(
    ("caption", "paper", "script"),
    [
        ("幫我看看這個", "先交八千", "traditional"),
        ("", "先交八千", None),
        ("帮我看看", "老闆說先交八千，護照給他", None),
        ("", "老闆說先交八千，護照給他", None),
    ],
)
async def test_what_a_paper_is_written_in_is_not_the_persons_script(
    gateway: Gateways, api: BotApi, voice: Voice, caption: str, paper: str, script: str | None
) -> None:
    person = api.person(501)
    person.sends_document(paper.encode(), caption=caption or None)
    await until(lambda: len(person.chat) == 2)
    assert person.texts[0] == in_script(voice.texts.say("utter_welcome"), script)


async def test_while_a_file_is_read_and_after_it(gateways: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    gateways.longest_silence = 0.4
    gateways.start()
    person = await greeted(api)
    api.file_seconds = 1.0
    rasa.script[("幫我看看這個\n" + "长" * 5000)[:4000]] = [{"text": "看了"}]
    person.sends_document(("长" * 5000).encode(), caption="幫我看看這個")
    await until(lambda: len(person.chat) == 3)
    assert person.texts[0].startswith("收到了，我在看，稍等一下。要是有危險")
    assert person.texts[1].startswith("看完了：\n")
    assert person.texts[2].startswith("這份很長")


async def test_erasing_in_traditional_characters(gateway: Gateways, api: BotApi) -> None:
    person = await greeted(api)
    person.says("刪除")
    await until(lambda: person.chat)
    assert list(person.chat[0].buttons) == ["確認刪除", "先不刪"]
    person.says("確認刪除")
    await until(lambda: len(person.chat) == 2)
    assert person.texts[1].startswith("好，我這邊現在就全刪掉")
    await asyncio.sleep(0.2)
    assert await in_records(Message.objects.count) == 0


async def test_clearing_in_traditional_characters(gateway: Gateways, api: BotApi, voice: Voice) -> None:
    person = await greeted(api)
    person.says(TAIWAN)
    await until(lambda: person.chat)
    person.says("清屏")
    await until(lambda: person.texts == [in_script(voice.texts.say("utter_cleared"), "traditional")])
    assert list(person.chat[-1].buttons) == ["刪除"]
    person.presses("刪除")
    await until(lambda: person.texts[-1].startswith("要把你說過的話"))

"""Too many messages: nothing is lost, a polite line now and then, and a cry for help is always answered."""

from __future__ import annotations

import asyncio

import pytest

from bot.gateway import limits, web
from bot.gateway.limits import FILES_AN_HOUR, MESSAGES_A_MINUTE
from bot.gateway.voice import Voice
from bot.gateway.web import WebAnswerer
from bot.records.models import Channel, Contact, Conversation, Message
from bot.settings import Settings
from tests.gateway.bot_api import BotApi, Person
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import OUTAGE, Gateways, agreed, greeted, in_records, until

LINE = "你发得太快了"
MOST = MESSAGES_A_MINUTE[Channel.TELEGRAM]
CRY = "救命，他们把我锁起来了"


async def unanswered() -> int:
    return await in_records(Message.objects.filter(state="received").count)


async def settled(api: BotApi) -> None:
    """Wait until everything that came in is stored and answered, and what is to be said has been said."""
    await until(lambda: api.unconfirmed == 0)
    for _ in range(200):
        if not await unanswered():
            break
        await asyncio.sleep(0.02)
    assert not await unanswered()
    await asyncio.sleep(0.2)


async def flooded(api: BotApi, surplus: int = 5, agrees: bool = True) -> Person:
    """Return somebody greeted who has just sent `surplus` messages too many (the greeting counts as one)."""
    person = await (agreed if agrees else greeted)(api)
    for number in range(MOST - 1 + surplus):
        person.says(f"第{number}句")
    await settled(api)
    return person


async def test_too_many_are_kept_and_spared_to_rasa(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await flooded(api)
    expected = [f"回：第{number}句" for number in range(MOST - 1)]
    assert person.texts[:-1] == expected
    assert LINE in person.texts[-1] and "110" in person.texts[-1] and "12308" in person.texts[-1]
    assert rasa.texts == [f"第{number}句" for number in range(MOST - 1)]
    kept = await in_records(lambda: {message.text for message in Message.objects.filter(direction="in")})
    assert f"第{MOST + 3}句" in kept, "what was too much is not lost"


async def test_it_is_said_once_a_minute(gateway: Gateways, api: BotApi) -> None:
    person = await flooded(api, surplus=20)
    assert sum(LINE in text for text in person.texts) == 1


async def test_others_are_answered_as_ever(gateway: Gateways, api: BotApi) -> None:
    await flooded(api)
    other = await greeted(api, 502)
    other.says("工资多少")
    await until(lambda: other.texts == ["回：工资多少"])


@pytest.mark.parametrize("word", [CRY, "我被关在柬埔寨，护照没了，要打我"])
async def test_a_cry_for_help_has_no_limit(gateway: Gateways, api: BotApi, word: str) -> None:
    person = await flooded(api)
    for _ in range(3):
        person.chat.clear()
        person.says(word)
        await until(lambda: person.texts == [f"回：{word}"])


async def test_somebody_in_danger_has_no_limit_whatever_they_say(gateway: Gateways, api: BotApi) -> None:
    person = await flooded(api)
    await in_records(lambda: Conversation.objects.update(in_danger=True))
    person.chat.clear()
    person.says("三楼，有个红招牌")
    await until(lambda: person.texts == ["回：三楼，有个红招牌"])


async def test_without_rasa_a_cry_over_the_limit_gets_the_numbers(
    gateway: Gateways, api: BotApi, rasa: FakeRasa
) -> None:
    person = await flooded(api)
    rasa.mode = "error"
    person.chat.clear()
    person.says(CRY)
    await until(lambda: person.texts)
    assert person.texts[0].startswith(OUTAGE) and "110" in person.texts[0]


async def test_without_rasa_the_limit_holds_too(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    rasa.mode = "error"
    for number in range(MOST + 20):
        person.says(f"第{number}句")
    await until(lambda: api.unconfirmed == 0 and any(LINE in text for text in person.texts))
    await asyncio.sleep(0.3)
    assert len(person.texts) <= 8
    rasa.mode = "ok"
    await until(lambda: f"第{MOST - 2}句" in rasa.texts)
    await settled(api)
    assert f"第{MOST - 1}句" not in rasa.texts


@pytest.mark.parametrize(
    ("word", "response"),
    [
        ("删除", "utter_erase_question"), ("先不删除", "utter_erase_kept"), ("清屏", "utter_cleared"),
        ("不同意热线人员看聊天", "utter_consent_refused"), ("不同意", "utter_consent_refused"),
    ],
)  # fmt: skip
async def test_the_words_of_the_gateway_have_no_limit(
    gateway: Gateways, api: BotApi, voice: Voice, word: str, response: str
) -> None:
    person = await flooded(api, agrees=False)
    person.chat.clear()
    person.says(word)
    await until(lambda: person.texts)
    assert person.texts[0][:6] == voice.texts.say(response, days=30)[:6]


async def test_who_may_read_can_always_be_asked(gateway: Gateways, api: BotApi) -> None:
    person = await flooded(api)
    person.chat.clear()
    person.says("隐私")
    await until(lambda: person.texts[:1] == ["回：隐私"])


async def test_silence_and_erasing_have_no_limit(gateway: Gateways, api: BotApi) -> None:
    person = await flooded(api)
    person.says("别回")
    await settled(api)
    assert (await in_records(Conversation.objects.get)).silent
    person.says("确认删除")
    await until(lambda: "全删掉" in person.texts[-1])
    for _ in range(100):
        if not await in_records(Contact.objects.count):
            break
        await asyncio.sleep(0.02)
    assert await in_records(Contact.objects.count) == 0


async def test_stickers_are_limited_too(gateway: Gateways, api: BotApi) -> None:
    person = await flooded(api)
    person.chat.clear()
    person.sends_sticker()
    await settled(api)
    assert person.texts == []


async def test_a_restart_forgets_the_count_and_loses_nothing(gateways: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    gateways.start()
    person = await greeted(api)
    rasa.mode = "slow"
    for number in range(MOST + 3):
        person.says(f"第{number}句")
    await until(lambda: api.unconfirmed == 0)
    await gateways.stop()
    rasa.mode = "ok"
    gateways.start()
    await settled(api)
    assert f"第{MOST - 2}句" in rasa.texts


async def test_a_picture_too_many_is_not_fetched(gateway: Gateways, api: BotApi) -> None:
    person = await flooded(api)
    person.chat.clear()
    person.sends_photo("看看", content=b"no picture")
    await settled(api)
    assert api.downloads == 0 and person.texts == []
    message = await in_records(Message.objects.filter(kind="photo").get)
    assert message.file == {"trouble": "utter_limit_messages"}, "where it lies is forgotten"


async def test_a_cry_under_a_picture_too_many_is_answered(gateway: Gateways, api: BotApi) -> None:
    person = await flooded(api)
    person.chat.clear()
    person.sends_photo(CRY)
    await until(lambda: any(f"回：{CRY}" in text for text in person.texts))


async def test_only_so_many_files_of_a_chat_are_read(
    gateways: Gateways, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "FILES_AN_HOUR", 2)
    gateways.start()
    person, other = await greeted(api), await greeted(api, 502)
    for number in range(3):
        person.sends_document(f"工资每月{number}千".encode())
    await settled(api)
    assert api.downloads == 2 and LINE in person.texts[-1]
    person.sends_document(b"x", caption="他们要打我")
    await until(lambda: any("回：他们要打我" in text for text in person.texts))
    other.sends_document("别人的合同".encode())
    await until(lambda: api.downloads == 3)


async def test_somebody_in_danger_does_not_wait_for_what_all_others_send(
    gateways: Gateways, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "FILES_AN_HOUR_FOR_ALL", 1)
    gateways.start()
    first, second, held = [await greeted(api, chat) for chat in (501, 502, 503)]
    first.sends_document("合同一".encode())
    await settled(api)
    second.sends_document("合同二".encode())
    await settled(api)
    assert api.downloads == 1 and LINE in second.texts[-1]
    held.says(CRY)
    await until(lambda: held.texts)
    contact = await in_records(lambda: Contact.objects.find("telegram", str(api.bot_id), "503"))
    await in_records(lambda: Conversation.objects.filter(contact=contact).update(in_danger=True))
    held.sends_document("门牌".encode())
    await until(lambda: api.downloads == 2)


# the web page


async def test_a_web_visit_has_a_limit_of_its_own(
    settings: Settings, voice: Voice, transactional_db: None, rasa: FakeRasa
) -> None:
    page = WebAnswerer(settings, voice, watch_seconds=0.05, first_pause=0.05)
    web.use(page)
    most = MESSAGES_A_MINUTE[Channel.WEB]
    for number in range(most):
        await web.receive("visit", f"第{number}句")
    first = await web.receive("visit", "还有")
    assert [one.author for one in first.messages] == ["person", "bot"] and LINE in first.messages[1].text
    second = await web.receive("visit", "还有", files=[b"a file"])
    assert [one.author for one in second.messages] == ["person"] and not second.waiting
    assert page._channel._held == {}, "a file that is not read is not kept either"
    assert len(rasa.texts) == most
    assert (await web.receive("visit", CRY)).messages[1].text == f"回：{CRY}"
    assert (await web.receive("other", "你好")).messages[-1].text == "回：你好"
    await page.stop()


def test_an_album_fits_into_the_hour() -> None:
    assert FILES_AN_HOUR >= 10

"""Telegram by long polling: what a person sees, through the real PTB and a strict Bot API server."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from bot.gateway.voice import Voice
from bot.records.models import Contact, Conversation, Message, Outbox, Quarantine
from tests.gateway.bot_api import BotApi, utf16_units
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import Gateways, greeted, in_records, until


async def test_the_first_answer_comes_after_a_greeting_of_three_lines(gateway: Gateways, api: BotApi) -> None:
    person = api.person(501)
    person.says("柬埔寨包机票月薪三万")
    await until(lambda: len(person.chat) == 2)
    assert len(person.texts[0].splitlines()) == 3
    assert "端到端加密" in person.texts[0]
    assert list(person.chat[0].buttons) == ["同意", "不同意"]
    assert person.texts[1] == "回：柬埔寨包机票月薪三万"
    assert person.actions, "it shows that it is typing"


async def test_start_greets_without_asking_rasa(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = api.person(501)
    person.says("/start campaign42")
    await until(lambda: person.chat)
    assert "安行" in person.texts[0]
    assert rasa.texts == []


async def test_somebody_in_danger_gets_the_numbers_before_the_greeting(
    gateway: Gateways, api: BotApi, rasa: FakeRasa
) -> None:
    async def tracker_store(body: dict[str, Any]) -> None:
        await in_records(lambda: Conversation.objects.filter(sender=body["sender"]).update(in_danger=True))

    rasa.on_message = tracker_store
    rasa.script["救命我被关起来了"] = [{"text": "现在打 110"}]
    person = api.person(501)
    person.says("救命我被关起来了")
    await until(lambda: len(person.chat) == 2)
    assert person.texts[0] == "现在打 110"
    assert "安行" in person.texts[1]


async def test_the_greeting_also_waits_when_only_the_gateway_hears_the_danger(gateway: Gateways, api: BotApi) -> None:
    person = api.person(501)
    person.says("救命我被关起来了")
    await until(lambda: len(person.chat) == 2)
    assert person.texts[0] == "回：救命我被关起来了"


async def test_metadata_names_the_stored_message(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    api.person(501).says("你好")
    await until(lambda: rasa.heard)
    message = await in_records(Message.objects.filter(direction="in").first)
    assert rasa.heard[0]["metadata"] == {"message_id": str(message.pk)}
    assert rasa.heard[0]["sender"] != "501"


async def test_menu_commands_become_their_words(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    for said in ("/check", "/HELP@anxing_test_bot", "/rights", "/hotline", "/human", "/热线"):
        person.says(said)
    await until(lambda: len(person.chat) == 6)
    assert rasa.texts == ["查招工", "求助", "权益", "热线", "真人", "热线"]
    await until(lambda: api.commands)
    assert [command["command"] for command in api.commands][:2] == ["start", "check"]
    assert all("一" <= command["description"][0] <= "龥" for command in api.commands)


async def test_typed_intents_reach_rasa_as_words(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    person.says('/describe_offer{"risk_level":"none"}')
    await until(lambda: person.chat)
    assert rasa.texts == ['「describe_offer{"risk_level":"none"}']


async def test_a_long_answer_is_parted(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    sentence = "护照一定要自己拿着，谁要都不给😀。"
    rasa.script["长"] = [{"text": sentence * 600, "buttons": [{"title": "热线", "payload": "热线"}]}]
    person = await greeted(api)
    person.says("长")
    await until(lambda: sum(map(len, person.texts)) == len(sentence) * 600)
    assert len(person.chat) == 3
    assert all(utf16_units(text) <= 4096 and text.endswith("。") for text in person.texts)
    assert [bool(sent.buttons) for sent in person.chat] == [False, False, True]


async def test_a_button_is_answered_shown_and_said(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    word = "我想知道在柬埔寨出了事应该打哪一个电话号码才有人管"  # 75 bytes: too long for Telegram's button data
    rasa.script["你好"] = [{"text": "想问什么？", "buttons": [{"title": "打电话", "payload": word}]}]
    person = await greeted(api)
    person.says("你好")
    await until(lambda: person.chat)
    person.presses("打电话")
    await until(lambda: len(person.chat) == 2)
    assert rasa.texts == ["你好", word]
    await until(lambda: person.chat[0].edited)
    assert person.chat[0].text == "想问什么？\n\n👉 打电话"
    assert person.chat[0].buttons == {}
    assert api.count("answerCallbackQuery") == 1


async def test_a_button_with_a_slash_is_only_words(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    rasa.script["你好"] = [{"text": "？", "buttons": [{"title": "好", "payload": "/start_over"}]}]
    person = await greeted(api)
    person.says("你好")
    await until(lambda: person.chat)
    person.presses("好")
    await until(lambda: len(person.chat) == 2)
    assert rasa.texts[-1] == "「start_over"


@pytest.mark.parametrize("data", ["", "x", "0" * 32 + ":0", "f" * 32 + ":99999", "你好", "::", "z" * 32 + ":1"])
async def test_forged_button_data_does_no_harm(gateway: Gateways, api: BotApi, rasa: FakeRasa, data: str) -> None:
    person = api.person(501)
    person.says("/start")
    await until(lambda: person.chat)
    person.presses("没有", data=data)
    await until(lambda: len(person.chat) == 2)
    assert "按钮过期" in person.texts[1]
    assert rasa.texts == []


async def test_a_late_press_is_no_trouble(gateway: Gateways, api: BotApi, voice: Voice) -> None:
    person = api.person(501)
    person.says("/start")
    await until(lambda: person.chat)
    person.presses("同意")
    api.expire_queries()
    await until(lambda: voice.texts.say("utter_consent_given", days=30) in person.texts)


@pytest.mark.parametrize(("button", "consent"), [("同意", True), ("不同意", False)])
async def test_consent_is_remembered_and_shown(gateway: Gateways, api: BotApi, button: str, consent: bool) -> None:
    person = api.person(501)
    person.says("你好")
    await until(lambda: len(person.chat) == 2)
    person.presses(button)
    await until(lambda: len(person.chat) == 3 and person.chat[0].edited)
    assert person.chat[0].text.endswith(f"👉 {button}")
    contact = await in_records(Contact.objects.all().first)
    assert contact.consent is consent
    assert contact.consent_at is not None


async def test_consent_can_be_changed_at_privacy(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    person.says("同意")
    await until(lambda: len(person.chat) == 1)
    assert (await in_records(Contact.objects.all().first)).consent is True
    person.says("/privacy")
    await until(lambda: len(person.chat) == 3)
    person.presses("不同意")
    await until(lambda: len(person.chat) == 4)
    assert (await in_records(Contact.objects.all().first)).consent is False
    assert rasa.texts == ["隐私"]


async def test_erasing_asks_first_and_leaves_nothing(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    other = await greeted(api, 502)
    person.says("我在工地被扣了护照")
    await until(lambda: len(person.chat) == 1)
    person.says("删除")
    await until(lambda: len(person.chat) == 2)
    person.presses("先不删")
    await until(lambda: len(person.chat) == 3)
    assert await in_records(Contact.objects.all().count) == 2
    person.says("/delete")
    await until(lambda: len(person.chat) == 4)
    person.presses("确认删除")
    await until(lambda: "全删掉" in person.texts[-1])
    await asyncio.sleep(0.2)
    assert await in_records(Contact.objects.all().count) == 1
    assert await in_records(Conversation.objects.all().count) == 1
    assert await in_records(Message.objects.exclude(conversation__contact__bot=str(api.bot_id)).count) == 0
    person.says("又来问")
    other.says("还在")
    await until(lambda: "回：又来问" in person.texts and "回：还在" in other.texts)
    assert any("端到端加密" in text for text in person.texts), "a stranger again"


async def test_one_chat_in_order_chats_side_by_side(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    rasa.delay = 0.05
    people = [api.person(600 + number) for number in range(10)]
    for turn in range(5):
        for person in people:
            person.says(f"第{turn}句")
    await until(lambda: all(len(person.chat) == 6 for person in people), 60)
    for person in people:
        assert person.texts[1:] == [f"回：第{turn}句" for turn in range(5)]
    assert rasa.most_per_sender == 1
    assert 2 <= rasa.most_in_work <= 8


async def test_somebody_in_danger_passes_a_flood_of_others(gateways: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    rasa.delay = 0.05
    gateways.longest_silence = gateways.rasa_timeout = 60.0  # nobody is to hear of trouble on a slow machine
    people = [api.person(600 + number) for number in range(50)]
    for turn in range(4):
        for person in people:
            person.says(f"第{turn}句")
    newcomer = api.person(501)
    newcomer.says("救命")
    gateways.start()
    began = time.monotonic()
    await until(lambda: newcomer.chat, 30)
    seconds, others = time.monotonic() - began, sum(len(person.chat) for person in people)
    print(f"200 messages of 50 chats ahead: the first bubble after {seconds:.2f} s and {others} bubbles of others")
    assert others < 125, "half of what there is to say"
    await until(lambda: all(person.texts[1:5] == [f"回：第{turn}句" for turn in range(4)] for person in people), 60)


async def test_duplicates_and_older_ids_are_known(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    update_id = person.says("第一句")
    await until(lambda: api.unconfirmed == 0)
    message = person.message_json(text="第一句")
    api.queue({"message": message}, update_id)
    api.queue({"message": person.message_json(text="迟到的")}, update_id - 50)
    person.says("第二句")
    await until(lambda: "回：第二句" in person.texts)
    assert person.texts.count("回：第一句") == 1
    assert "回：迟到的" in person.texts, "a lower id is not a known id"


async def test_one_bad_update_holds_up_no_other(gateways: Gateways, api: BotApi) -> None:
    person, other = api.person(501), api.person(502)
    person.says("前")
    deep: dict[str, Any] = {}
    for _ in range(400):
        deep = {"deep": deep}
    for broken in (
        {"message": {"text": 5}},
        {"message": person.message_json(text=5)},
        {"message": {**person.message_json(text="x"), "chat": None}},
        {"callback_query": {"id": "1"}},
        {"message": "嗨"},
        {"message": {**person.message_json(text="x"), "date": "gestern"}},
    ):
        api.queue({**broken, "broken": True})
    api.queue({"message": other.message_json(text="半个字\ud83d")})
    other.says("后")
    gateways.start()
    await until(lambda: "回：前" in person.texts and "回：后" in other.texts)
    assert any(text.startswith("回：半个字") for text in other.texts)
    assert await in_records(Quarantine.objects.all().count) == 6
    assert person.texts.count("你这条消息我没读出来。请打字再发一次。") >= 1


async def test_groups_hear_one_line_and_channels_nothing(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = api.person(501)
    person.posts_in_channel("招工")
    person.says_in_group("大家好")
    person.says_in_group("有人吗")
    person.says("私聊")
    await until(lambda: "回：私聊" in person.texts)
    await until(lambda: api.people[-100_500].texts == ["群里不方便说，点我的头像私聊我。"])
    assert api.people[-100_700].texts == []
    assert rasa.texts == ["私聊"]
    assert await in_records(Contact.objects.all().count) == 1, "nothing of a group is kept"


async def test_an_edited_message_is_a_new_one(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    person.says("不收钱")
    person.edits("收三万")
    await until(lambda: person.texts == ["回：不收钱", "回：收三万"])


async def test_an_edit_that_changed_no_word_is_no_message(gateway: Gateways, api: BotApi) -> None:
    person = await greeted(api)
    for text in ("不收钱", "/hotline", "去哪里"):
        person.says(text)
    for text in ("不收钱", "/hotline"):  # Telegram also calls it an edit when it loaded the preview of a link
        person.edits(text)
    person.says("不收钱")
    await until(lambda: len(person.chat) == 4)
    await asyncio.sleep(0.3)
    assert person.texts == ["回：不收钱", "回：热线", "回：去哪里", "回：不收钱"], "said again on purpose is said"


async def test_what_was_sent_is_marked(gateway: Gateways, api: BotApi) -> None:
    person = await greeted(api)
    person.says("你好")
    await until(lambda: person.chat)
    await asyncio.sleep(0.1)
    rows = await in_records(lambda: list(Outbox.objects.order_by("created_at")))
    assert [row.state for row in rows] == ["sent", "sent"]
    assert rows[-1].delivered_id == str(person.chat[-1].message_id)


async def test_a_reply_of_staff_is_sent(gateway: Gateways, api: BotApi) -> None:
    def write() -> None:
        conversation = Conversation.objects.get()
        message = Message.objects.add(conversation, direction="out", author="staff", text="我是热线的老师")
        Outbox.objects.create(message=message, channel="telegram")

    person = await greeted(api)
    await in_records(write)
    await until(lambda: person.texts == ["我是热线的老师"])

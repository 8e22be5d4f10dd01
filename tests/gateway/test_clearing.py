"""清屏: what Telegram lets a bot delete goes from both sides; the records stay; nothing waits for it."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from bot.gateway import ledger
from bot.gateway.voice import Voice
from bot.records.keeping import says
from bot.records.models import Conversation, Message, Outbox
from tests.gateway.bot_api import PNG, BotApi, Person
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import DEBT, Gateways, greeted, in_records, until


def note(voice: Voice) -> str:
    return voice.texts.say("utter_cleared")


def deletions(api: BotApi) -> list[list[int]]:
    """Return the ids of each call, as the library writes them."""
    calls = [call["message_ids"] for name, call in api.calls if name == "deleteMessages"]
    return [json.loads(ids) if isinstance(ids, str) else ids for ids in calls]


async def talked(api: BotApi, *texts: str) -> Person:
    person = await greeted(api)
    for text in texts:
        person.says(text)
    await until(lambda: len(person.texts) == len(texts))
    await asyncio.sleep(0.1)
    return person


async def still_clearing() -> int:
    return await in_records(Conversation.objects.filter(clearing=True).count)


@pytest.mark.parametrize("word", ["清屏", "/clear", "/clear@anxing_test_bot", " 清屏。", "/清屏"])
async def test_both_sides_are_emptied_then_the_rest_is_told(
    gateway: Gateways, api: BotApi, rasa: FakeRasa, voice: Voice, word: str
) -> None:
    person = await talked(api, "合同没给我", "工资也没发")
    person.says(word)
    await until(lambda: person.texts == [note(voice)])
    assert person.own == {}, "what the person sent, the word itself included"
    assert list(person.chat[-1].buttons) == ["删除"]
    assert len(deletions(api)) == 1 and len(deletions(api)[0]) == 7, "greeting, two answers, /start, three said"
    assert rasa.texts == ["合同没给我", "工资也没发"]
    stored = await in_records(lambda: list(Message.objects.filter(direction="in").order_by("number")))
    said = ["开始", "合同没给我", "工资也没发", "清屏" if "/" in word else word.strip()]
    assert len(stored) == 4 and all(map(says, stored, said)), "that it was said stays"
    assert await still_clearing() == 0


async def test_the_note_can_be_deleted_too_and_leads_to_erasing(gateway: Gateways, api: BotApi, voice: Voice) -> None:
    person = await talked(api, "护照被扣了")
    person.says("清屏")
    await until(lambda: person.texts == [note(voice)])
    first = person.chat[-1]
    person.presses("删除")
    await until(lambda: voice.texts.say("utter_erase_question") in person.texts)
    assert await in_records(Message.objects.count) > 0, "asked first"
    person.says("清屏")
    await until(lambda: person.texts == [note(voice)] and first.deleted)


async def test_more_than_a_hundred_go_in_batches_newest_first(gateways: Gateways, api: BotApi, voice: Voice) -> None:
    gateways.start()
    person = await talked(api, "一")

    def write() -> None:
        conversation = Conversation.objects.get()
        for number in range(230):
            message = Message.objects.add(conversation, direction="out", author="bot", text="旧")
            Outbox.objects.create(message=message, channel="telegram", state="sent", delivered_id=str(50_000 + number))

    await in_records(write)
    person.says("清屏")
    await until(lambda: person.texts == [note(voice)])
    assert [len(ids) for ids in deletions(api)] == [100, 100, 35]
    assert 50_229 in deletions(api)[0] and 50_000 in deletions(api)[2]


async def test_what_is_older_than_two_days_is_not_even_tried(gateway: Gateways, api: BotApi, voice: Voice) -> None:
    person = await talked(api, "很久以前", "刚才")
    old = person.own.copy()
    long_ago = timezone.now() - timedelta(hours=49)

    def age() -> None:
        message = next(m for m in Message.objects.filter(direction="in") if says(m, "很久以前"))
        Message.objects.filter(pk=message.pk).update(created_at=long_ago)
        Outbox.objects.filter(message__reply_to=message).update(updated_at=long_ago)

    await in_records(age)
    person.says("清屏")
    await until(lambda: note(voice) in person.texts)
    assert person.texts == ["回：很久以前", note(voice)]
    assert list(person.own.values()) == ["很久以前"] and set(person.own) < set(old)
    assert await still_clearing() == 0


async def test_one_that_telegram_refuses_keeps_no_other(gateway: Gateways, api: BotApi, voice: Voice) -> None:
    texts = [f"第{number}句" for number in range(9)]
    person = await talked(api, *texts)
    api.too_old = {next(message_id for message_id, text in person.own.items() if text == "第4句")}
    person.says("清屏")
    await until(lambda: person.texts == [note(voice)])
    assert list(person.own.values()) == ["第4句"]
    assert len(deletions(api)) < 15, "parted in halves, not one by one"


@pytest.mark.parametrize("kind", ["502", "429", "cut", "garbage"])
async def test_trouble_is_tried_again_and_nothing_waits_for_it(
    gateway: Gateways, api: BotApi, rasa: FakeRasa, voice: Voice, kind: str
) -> None:
    person = await talked(api, "一")
    api.fail("deleteMessages", kind, times=1 if kind == "429" else 3)
    person.says("清屏")
    person.says("二")
    await until(lambda: "回：二" in person.texts)
    await until(lambda: person.texts == [note(voice), "回：二"])
    assert list(person.own.values()) == ["二"]
    assert rasa.texts == ["一", "二"]


async def test_an_answer_comes_while_the_screen_cannot_be_cleared(gateway: Gateways, api: BotApi, voice: Voice) -> None:
    person = await talked(api, "一")
    api.fail("deleteMessages", "502", times=10_000)
    person.says("清屏")
    person.says("二")
    await until(lambda: person.texts == ["回：一", note(voice), "回：二"])


async def test_who_blocked_the_bot_keeps_nobody_busy(gateway: Gateways, api: BotApi) -> None:
    person = await talked(api, "一")
    person.blocked = True
    person.says("清屏")
    await until(lambda: api.count("deleteMessages") == 1)
    await asyncio.sleep(0.3)
    assert api.count("deleteMessages") == 1 and await still_clearing() == 0


async def test_a_killed_process_goes_on_where_it_was(gateways: Gateways, api: BotApi, voice: Voice) -> None:
    gateways.start()
    person = await talked(api, "一", "二")
    api.fail("deleteMessages", "502", times=10_000)
    person.says("清屏")
    await until(lambda: note(voice) in person.texts)
    await gateways.stop()
    assert await still_clearing() == 1
    api.fail("deleteMessages", "502", times=0)
    gateways.start()
    await until(lambda: person.texts == [note(voice)] and person.own == {})
    await until(lambda: api.count("sendMessage") >= 4)
    assert person.texts == [note(voice)], "told once"


async def test_an_answer_in_the_making_does_not_appear_on_a_cleared_screen(
    gateway: Gateways, api: BotApi, rasa: FakeRasa, voice: Voice
) -> None:
    person = await greeted(api)
    rasa.delay = 0.3
    person.says("他们打人")
    await until(lambda: rasa.texts == ["他们打人"])
    person.says("清屏")
    await until(lambda: person.texts == [note(voice)])
    await asyncio.sleep(0.4)
    assert person.texts == [note(voice)] and person.own == {}
    states = await in_records(lambda: set(Message.objects.filter(direction="in").values_list("state", flat=True)))
    assert states == {"answered"}, "it was understood all the same"


async def test_a_late_answer_does_not_appear_on_a_cleared_screen(
    gateway: Gateways, api: BotApi, rasa: FakeRasa, voice: Voice
) -> None:
    person = await greeted(api)
    rasa.mode = "error"
    person.says("工资没发")
    await until(lambda: person.texts)
    person.says("清屏")
    await until(lambda: person.texts == [note(voice)])
    rasa.mode = "ok"
    await until(lambda: "工资没发" in rasa.texts[1:])
    await asyncio.sleep(0.3)
    assert person.texts == [note(voice)]
    person.says("在吗")
    await until(lambda: person.texts == [note(voice), "回：在吗"])


async def test_the_screens_of_others_stay(gateway: Gateways, api: BotApi, voice: Voice) -> None:
    person = await talked(api, "一")
    other = await greeted(api, 502)
    other.says("别动我的")
    await until(lambda: other.texts == ["回：别动我的"])
    person.says("清屏")
    await until(lambda: person.texts == [note(voice)])
    assert other.texts == ["回：别动我的"] and "别动我的" in other.own.values()


@pytest.mark.parametrize("text", ["怎么清屏", "清屏是什么意思", "手机清屏了"])
async def test_only_the_word_itself_clears(gateway: Gateways, api: BotApi, text: str) -> None:
    person = await talked(api, "一")
    person.says(text)
    await until(lambda: person.texts == ["回：一", f"回：{text}"])
    assert api.count("deleteMessages") == 0


async def test_what_could_not_be_read_goes_too(gateway: Gateways, api: BotApi, voice: Voice) -> None:
    person = await greeted(api)
    person.sends_sticker()
    api.queue({"message": person.message_json(text=5), "broken": True})
    api.queue({"message": {**person.message_json(text="没有号码"), "message_id": "x"}})
    await until(lambda: len(person.texts) == 3)
    assert person.texts[2] == "回：没有号码"
    await asyncio.sleep(0.2)
    person.says("清屏")
    await until(lambda: person.texts == [note(voice)])
    assert list(person.own.values()) == ["没有号码"], "its id was made up by the test"


async def test_pictures_of_both_sides_go_too(gateway: Gateways, api: BotApi, rasa: FakeRasa, voice: Voice) -> None:
    rasa.script["看看\n借三万\n九个月还"] = [{"text": "九个月还清。", "custom": {"picture": DEBT}}]
    person = await greeted(api)
    person.sends_document("借三万".encode(), caption="看看", album="a7")
    person.sends_document("九个月还".encode(), album="a7")
    await until(lambda: person.texts == ["九个月还清。"])
    drawn = person.chat[-1]
    person.sends_photo(content=PNG + b"junk")
    await until(lambda: len(person.texts) == 2)
    await asyncio.sleep(0.1)
    person.says("清屏")
    await until(lambda: person.texts == [note(voice)])
    assert drawn.photo and drawn.deleted and person.own == {}, "every picture of the album, and the unreadable one"


async def test_a_file_that_is_being_read_is_not_answered_on_a_cleared_screen(
    gateway: Gateways, api: BotApi, rasa: FakeRasa, voice: Voice
) -> None:
    person = await greeted(api)
    api.file_seconds = 0.5
    person.sends_document("先交八千".encode())
    await until(lambda: api.count("getFile") == 1)
    person.says("清屏")
    await until(lambda: person.texts == [note(voice)])
    await until(lambda: rasa.texts == ["先交八千"])
    await asyncio.sleep(0.3)
    assert person.texts == [note(voice)] and person.own == {}


async def test_ids_are_kept_only_while_telegram_shows_the_message(gateway: Gateways, api: BotApi, voice: Voice) -> None:
    person = await talked(api, "一")
    kept = await in_records(lambda: list(Message.objects.filter(direction="in").values_list("channel_message_id")))
    assert len(kept) == 2 and all(one for (one,) in kept)
    person.says("清屏")
    await until(lambda: person.texts == [note(voice)])
    await asyncio.sleep(0.1)
    assert await in_records(Message.objects.exclude(channel_message_id=None).count) == 0
    assert await in_records(Outbox.objects.exclude(delivered_id="").count) == 1, "the note's"


async def test_what_staff_wrote_and_nobody_saw_comes_after_the_note(transactional_db: None) -> None:
    def clear() -> list[str]:
        [message] = ledger.store([ledger.Incoming("telegram", "1", "501", "text", "一", 1)])
        assert message is not None
        for author, text in (("bot", "机器人写的"), ("staff", "老师写的")):
            out = Message.objects.add(message.conversation, direction="out", author=author, text=text)
            Outbox.objects.create(message=out, channel="telegram")
        wishes = ledger.Wishes(silence=lambda text: False, clear=lambda text: text == "清屏", script=lambda text: None)
        ledger.store([ledger.Incoming("telegram", "1", "501", "text", "清屏", 2)], wishes)
        conversation = Conversation.objects.get()
        later = Message.objects.filter(number__gt=conversation.cleared_through)
        return [m.text for m in later] + [m.text for m in Message.objects.filter(outbox__state="pending")]

    assert await in_records(clear) == ["老师写的", "老师写的"]

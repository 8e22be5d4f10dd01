"""别回: not a sign of life until the person writes again."""

from __future__ import annotations

import asyncio

import pytest

from bot.gateway import words
from bot.records.models import Conversation, Message, Outbox
from tests.gateway.bot_api import BotApi
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import LATE, Gateways, agreed, greeted, in_records, until

QUIET = 0.5


async def pending() -> int:
    return await in_records(Outbox.objects.filter(state="pending").count)


@pytest.mark.parametrize(
    ("text", "silent"),
    [
        ("别回", True), ("不要回", True), ("先别回", True), ("别回了", True), ("先别回我。", True), ("别回复！", True),
        ("不要回我消息", True), ("別回", True), ("先別回復我", True), (" 别回\n", True),
        ("别回国", False), ("叫我别回家", False), ("不要回去", False), ("他们不要回我护照", False),
        ("别回，我怕", False), ("先别回国行吗", False), ("老板说别回", False), ("别回别回", False),
        ("别", False), ("回", False), ("", False),
    ],
)  # fmt: skip
def test_which_messages_ask_for_silence(text: str, silent: bool) -> None:
    assert words.asks_for_silence(text) is silent


@pytest.mark.parametrize("word", ["别回", "不要回", "先别回", "/silent", "別回"])
async def test_not_even_the_wish_itself_is_answered(gateway: Gateways, api: BotApi, rasa: FakeRasa, word: str) -> None:
    person = await greeted(api)
    person.actions.clear()
    calls = len(api.calls)
    person.says(word)
    await until(lambda: api.unconfirmed == 0)
    await asyncio.sleep(QUIET)
    assert person.texts == [] and person.actions == [] and rasa.texts == []
    assert {name for name, _ in api.calls[calls:]} <= {"getUpdates"}
    person.says("现在可以了")
    await until(lambda: person.texts == ["回：现在可以了"])


async def test_a_stranger_is_not_greeted_either(gateway: Gateways, api: BotApi) -> None:
    person = api.person(501)
    person.says("别回")
    await until(lambda: api.unconfirmed == 0)
    await asyncio.sleep(QUIET)
    assert person.texts == []
    person.says("你好")
    await until(lambda: len(person.texts) == 2)
    assert "安行" in person.texts[0] and person.texts[1] == "回：你好"


async def test_an_answer_in_the_making_is_not_given(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    rasa.delay = 0.4
    person.says("护照被扣了")
    await until(lambda: rasa.texts == ["护照被扣了"])
    person.says("别回")
    await until(lambda: api.unconfirmed == 0)
    await asyncio.sleep(0.4 + QUIET)
    assert person.texts == [] and await pending() == 0
    states = await in_records(lambda: set(Message.objects.filter(direction="in").values_list("state", flat=True)))
    assert states == {"answered"}, "it was understood all the same"
    rasa.delay = 0
    person.says("你还在吗")
    await until(lambda: person.texts == ["回：你还在吗"])


async def test_bubbles_that_wait_to_be_sent_are_withdrawn(gateway: Gateways, api: BotApi) -> None:
    person = await greeted(api)
    api.fail("sendMessage", "502", times=10_000)
    person.says("护照被扣了")
    await until(lambda: api.count("sendMessage") > 2)
    person.says("别回")
    await until(lambda: api.unconfirmed == 0)
    await asyncio.sleep(0.1)
    api.fail("sendMessage", "502", times=0)
    await asyncio.sleep(QUIET)
    assert person.texts == [] and await pending() == 0


async def test_no_word_of_trouble_and_no_late_answer(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    rasa.mode = "error"
    person.says("工资没发")
    await until(lambda: person.texts)
    await asyncio.sleep(0.2)  # until it is written down that it arrived
    told = len(person.texts)
    person.says("别回")
    await until(lambda: api.unconfirmed == 0)
    rasa.mode = "ok"
    await until(lambda: rasa.texts.count("工资没发") == 2)
    await asyncio.sleep(QUIET)
    assert len(person.texts) == told and not any(text.startswith(LATE) for text in person.texts)
    person.says("好了")
    await until(lambda: person.texts[told:] == ["回：好了"])


async def test_silence_while_rasa_is_out_and_then_a_message(gateways: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    gateways.longest_silence = 0.3
    gateways.start()
    person = await greeted(api)
    rasa.mode, rasa.slow_seconds = "slow", 0.5
    person.says("救命我被关起来了")
    person.says("别回")
    await until(lambda: api.unconfirmed == 0)
    began = len(person.texts)
    await asyncio.sleep(1.5)
    assert len(person.texts) == began == 0, "nobody loses patience: silence is what was wished for"
    rasa.mode = "error"
    person.says("可以说话了")
    await until(lambda: len(person.texts) == 1 and "110" in person.texts[0])


async def test_a_bubble_under_way_is_taken_back(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)

    def withdraw() -> None:
        Message.objects.filter(outbox__state="pending").delete()

    send = api._methods()["sendmessage"][1]

    async def slowly(parameters: dict[str, object]) -> object:
        sent = await send(parameters)
        await in_records(withdraw)  # as 别回 does while Telegram takes its time
        return sent

    api._send_message = slowly  # type: ignore[method-assign,assignment]
    person.says("一")
    await until(lambda: person.chat and person.chat[0].deleted)
    assert api.count("deleteMessages") == 1


async def read() -> list[str]:
    """Return what came of the files, once nothing waits any more."""
    for _ in range(300):
        rows = await in_records(lambda: list(Message.objects.filter(kind="document").order_by("number")))
        if rows and all(row.state == "answered" for row in rows):
            return [(row.file or {}).get("paper", (row.file or {}).get("trouble")) for row in rows]
        await asyncio.sleep(0.02)
    raise AssertionError("a file was not read to the end")


@pytest.mark.parametrize(
    ("content", "heard", "outcome"),
    [("先交八千".encode(), ["先交八千"], "text"), (b"%PDF-1.7 junk", [], "utter_paper_unreadable")],
)
async def test_a_file_that_is_being_read_is_known_and_not_answered(
    gateways: Gateways, api: BotApi, rasa: FakeRasa, content: bytes, heard: list[str], outcome: str
) -> None:
    gateways.longest_silence = 0.5  # nor is it said that it is being read
    gateways.start()
    person = await agreed(api)
    api.file_seconds = 1.0
    person.sends_document(content)
    await until(lambda: api.count("getFile") == 1 and person.actions)
    person.says("别回")
    assert await read() == [outcome]
    await asyncio.sleep(QUIET)
    assert person.texts == [] and rasa.texts == heard
    person.says("好了")
    await until(lambda: person.texts == ["回：好了"])


async def test_typing_ends_also_for_a_file_beside_an_answer(gateway: Gateways, api: BotApi) -> None:
    person = await greeted(api)
    api.file_seconds = 6.0
    person.sends_document(b"one")
    await until(lambda: api.count("getFile") == 1)
    person.says("救命，他们打我")
    await until(lambda: person.texts)
    person.says("别回")
    await until(lambda: api.unconfirmed == 0)
    person.actions.clear()
    await asyncio.sleep(4.5)  # it would be shown anew every four seconds
    assert person.actions == []


async def test_silence_asked_for_under_an_album_holds_for_all_of_it(
    gateways: Gateways, api: BotApi, rasa: FakeRasa
) -> None:
    gateways.longest_silence = 0.5
    gateways.start()
    person = await agreed(api)
    person.actions.clear()
    person.sends_document("先交八千".encode(), caption="先别回", album="a7")
    await until(lambda: api.unconfirmed == 0)
    for text in ("护照他拿着", "不许出门"):
        person.sends_document(text.encode(), album="a7")
    assert await read() == ["text", None, None]
    await asyncio.sleep(QUIET)
    assert person.texts == [] and person.actions == []
    assert rasa.texts == ["先别回\n先交八千\n护照他拿着\n不许出门"]
    person.sends_document("新的".encode(), album="b8")
    await until(lambda: person.texts and person.texts[-1].endswith("回：新的"))


async def test_who_writes_again_hears_why_it_takes_long(gateways: Gateways, api: BotApi) -> None:
    gateways.longest_silence = 0.4
    gateways.start()
    person = await greeted(api)
    api.file_seconds = 2.0
    person.sends_document(b"one")
    await until(lambda: api.count("getFile") == 1)
    person.says("别回")
    person.says("在吗")
    await until(lambda: person.texts and "110" in person.texts[0], 1.5)
    await until(lambda: len(person.texts) == 2)
    assert person.texts[1] == f"{LATE}\n回：在吗"


async def test_staff_wait_too_and_are_heard_after_the_next_message(gateway: Gateways, api: BotApi) -> None:
    def write() -> None:
        message = Message.objects.add(Conversation.objects.get(), direction="out", author="staff", text="我是老师")
        Outbox.objects.create(message=message, channel="telegram")

    person = await greeted(api)
    person.says("别回")
    await until(lambda: api.unconfirmed == 0)
    await in_records(write)
    await asyncio.sleep(QUIET)
    assert person.texts == [] and await pending() == 1
    person.says("我方便了")
    await until(lambda: sorted(person.texts) == sorted(["我是老师", "回：我方便了"]))


async def test_silence_outlives_the_process(gateways: Gateways, api: BotApi) -> None:
    gateways.start()
    person = await greeted(api)
    person.says("别回")
    await until(lambda: api.unconfirmed == 0)
    await gateways.stop()
    gateways.start()
    await asyncio.sleep(QUIET)
    assert person.texts == []
    person.says("一")
    await until(lambda: person.texts == ["回：一"])


async def test_a_sentence_with_the_words_is_answered(gateway: Gateways, api: BotApi) -> None:
    person = await greeted(api)
    person.says("老板叫我别回国")
    await until(lambda: person.texts == ["回：老板叫我别回国"])


async def test_others_are_answered_as_ever(gateway: Gateways, api: BotApi) -> None:
    person, other = await greeted(api), await greeted(api, 502)
    person.says("别回")
    other.says("一")
    await until(lambda: other.texts == ["回：一"])

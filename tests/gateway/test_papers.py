"""Pictures and files are stored first, fetched, read, and answered once like typed text; nobody in danger waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.gateway.voice import Voice
from bot.papers import speech
from bot.papers.limits import LARGEST_FILE
from bot.records.models import Contact, Conversation, Message
from tests.gateway.bot_api import BotApi
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import LATE, OUTAGE, Gateways, agreed, greeted, in_records, until
from tests.papers import drawing

OFFER = "去柬埔寨，月薪三万。\n先交八千。"
PLAIN = OFFER.encode()
READING, DONE = "收到了，我在看", "看完了："


async def message_of(kind: str) -> Message:
    return await in_records(lambda: Message.objects.filter(direction="in", kind=kind).latest("number"))


async def test_a_file_becomes_text_with_its_lines(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await agreed(api)
    person.sends_document(PLAIN, "招工.txt")
    await until(lambda: person.texts == [f"回：{OFFER}"])
    message = await message_of("document")
    assert rasa.heard[-1]["metadata"] == {"message_id": str(message.pk), "paper": "text"}
    assert message.text == OFFER
    assert message.file == {"paper": "text", "cut": False, "typed": 0}, "where it lies at Telegram is forgotten"
    assert person.actions, "typing is shown"


async def test_a_photo_is_read_in_its_largest_size(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    person.sends_photo("这个靠谱吗", drawing.encoded(drawing.advert(), "JPEG"))
    await until(lambda: person.chat, 30)
    assert rasa.texts[-1].splitlines()[0] == "这个靠谱吗"
    assert "先交押金8000元" in rasa.texts[-1].splitlines()
    assert rasa.heard[-1]["metadata"]["paper"] == "picture"


async def test_a_pdf_and_a_word_file(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    person.sends_document(drawing.pdf([["第一条 护照由甲方统一保管。", "第二条 提前离职赔偿三万元。"]]))
    await until(lambda: len(person.chat) == 1)
    person.sends_document(drawing.word(), "合同.docx")
    await until(lambda: len(person.chat) == 2)
    assert [body["metadata"]["paper"] for body in rasa.heard[-2:]] == ["pdf", "word"]
    assert all("统一保管" in text for text in rasa.texts[-2:])


async def test_an_album_is_one_paper_with_one_answer(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await agreed(api)
    person.sends_document(b"one, two", caption="帮我看看", album="a7")
    await asyncio.sleep(0.4)
    person.sends_document("二，先交八千".encode(), album="a7")
    await asyncio.sleep(0.4)
    person.sends_document("三，护照他拿着".encode(), album="a7")
    person.says("靠谱吗")
    await until(lambda: len(person.chat) == 2)
    await asyncio.sleep(0.5)
    assert len(person.chat) == 2
    assert rasa.texts[-2:] == ["帮我看看\none, two\n二，先交八千\n三，护照他拿着", "靠谱吗"]
    rows = await in_records(lambda: list(Message.objects.filter(kind="document").order_by("number")))
    assert [row.state for row in rows] == ["answered"] * 3
    assert [row.file for row in rows] == [{"paper": "text", "cut": False, "typed": 4}, None, None]


async def test_two_albums_are_two_papers(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    for album, text in (("a", "甲一"), ("a", "甲二"), ("b", "乙一"), ("b", "乙二")):
        person.sends_document(text.encode(), album=album)
    await until(lambda: len(person.chat) == 2, 12)
    assert rasa.texts[-2:] == ["甲一\n甲二", "乙一\n乙二"]


async def test_an_album_of_which_one_cannot_be_read(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    person.sends_document(PLAIN, album="a7")
    person.sends_document(b"%PDF-1.7 junk", album="a7")
    await until(lambda: len(person.chat) == 2)
    assert person.texts[0] == f"回：{OFFER}" and "有的图我没读出来" in person.texts[1]


@pytest.mark.parametrize("word", ["确认删除", "删除", "开始", "同意热线人员看聊天"])
async def test_what_stands_in_a_paper_is_no_command(gateway: Gateways, api: BotApi, rasa: FakeRasa, word: str) -> None:
    person = await greeted(api)
    person.sends_document(word.encode())
    await until(lambda: person.texts == [f"回：{word}"])
    assert await in_records(Contact.objects.count) == 1
    assert (await in_records(Contact.objects.get)).consent is None


async def test_a_slash_in_a_paper_is_harmless(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    person.sends_document(b'/deny{"risk_level": "none"}')
    await until(lambda: person.chat)
    assert rasa.texts[-1].startswith("「deny")


REFUSED = {
    "utter_paper_unreadable": b"%PDF-1.7 junk",
    "utter_paper_locked": drawing.pdf([["一"]], encrypted=True),
    "utter_paper_too_many_pages": drawing.pdf([["一"]] * 120),
    "utter_paper_unknown_kind": b"\x00\x00\x00\x20ftypisom" + bytes(300),
    "utter_paper_no_words": "！！！".encode(),
    "utter_paper_too_large": bytes(LARGEST_FILE + 1),
}


@pytest.mark.parametrize("response", REFUSED)
async def test_refusals_in_words(gateway: Gateways, api: BotApi, rasa: FakeRasa, voice: Voice, response: str) -> None:
    person = await agreed(api)
    person.sends_document(REFUSED[response])
    await until(lambda: person.texts == [voice.texts.say(response, numbers=voice.numbers.lines())])
    assert rasa.texts == []
    message = await message_of("document")
    assert message.state == "answered" and message.file == {"trouble": response}
    person.sends_document(REFUSED[response], caption="押金八千")
    await until(lambda: len(person.chat) == 3)
    assert person.texts[1] == "回：押金八千", "what was typed beside it is answered"


@pytest.mark.parametrize("claims", [LARGEST_FILE + 1, None, 5])
async def test_size_is_checked_before_and_after(gateway: Gateways, api: BotApi, claims: int | None) -> None:
    person = await greeted(api)
    person.sends_document(bytes(LARGEST_FILE + 1), file_size=claims)
    await until(lambda: person.chat)
    assert "太大了" in person.texts[0] and api.downloads == 0


async def test_larger_than_a_bot_may_fetch(gateway: Gateways, api: BotApi) -> None:
    person = await greeted(api)
    person.sends_document(bytes(21 * 2**20), file_size=None)
    await until(lambda: person.chat)
    assert "太大了" in person.texts[0]


@pytest.mark.parametrize(
    ("method", "kind"), [("getFile", "502"), ("getFile", "429"), ("getFile", "cut"), ("file", "502")]
)
async def test_fetching_is_tried_again(gateway: Gateways, api: BotApi, method: str, kind: str) -> None:
    person = await greeted(api)
    api.fail(method, kind, times=2 if kind != "429" else 1)
    person.sends_document(PLAIN)
    await until(lambda: person.texts == [f"回：{OFFER}"])


async def test_what_cannot_be_fetched_gets_a_kind_answer(gateway: Gateways, api: BotApi) -> None:
    person = await greeted(api)
    api.fail("getFile", "502", times=50)
    person.sends_document(PLAIN)
    await until(lambda: person.chat)
    assert "这个文件我没读出来" in person.texts[0]
    assert api.count("getFile") == 4


async def test_only_the_first_part_of_a_long_paper(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    rasa.script["长" * 4000] = [{"text": "看了"}]
    person = await agreed(api)
    person.sends_document(("长" * 30_000).encode())
    await until(lambda: len(person.chat) == 2)
    assert person.texts[0] == "看了" and "只看了前面一部分" in person.texts[1]
    assert len((await message_of("document")).text) == 20_000


# danger


async def test_a_cry_for_help_is_answered_while_a_file_is_read(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await agreed(api)
    api.file_seconds = 3.0
    person.sends_document(PLAIN)
    await until(lambda: api.count("getFile") == 1)
    person.says("你好")
    began = time.monotonic()
    person.says("救命，他们打我")
    await until(lambda: person.texts[:1] == ["回：救命，他们打我"])
    assert time.monotonic() - began < 1.5
    await until(lambda: len(person.chat) == 3)
    assert person.texts[1:] == [f"回：{OFFER}", "回：你好"], "everything else keeps its order"


async def test_a_cry_for_help_under_a_picture_gets_its_numbers_at_once(gateway: Gateways, api: BotApi) -> None:
    person = await greeted(api)
    api.file_seconds = 2.0
    began = time.monotonic()
    person.sends_document(PLAIN, caption="救命，我在柬埔寨被关着")
    await until(lambda: person.chat)
    assert time.monotonic() - began < 1.5
    assert person.texts[0].startswith(READING) and "117" in person.texts[0]
    await until(lambda: len(person.chat) >= 2)  # the question who may read follows
    assert person.texts[1] == f"{DONE}\n回：救命，我在柬埔寨被关着\n{OFFER}"


async def test_who_waits_long_hears_that_it_is_being_read(gateways: Gateways, api: BotApi) -> None:
    gateways.longest_silence = 0.5
    gateways.start()
    person = await greeted(api)
    api.file_seconds = 1.5
    person.sends_document(PLAIN)
    await until(lambda: len(person.chat) == 2)
    assert person.texts[0].startswith(READING) and "110" in person.texts[0]
    assert person.texts[1] == f"{DONE}\n回：{OFFER}"
    await asyncio.sleep(0.3)
    assert len(person.chat) == 2


async def test_nobody_else_waits_for_a_file(gateway: Gateways, api: BotApi) -> None:
    person, other = await greeted(api), await greeted(api, 502)
    api.file_seconds = 2.0
    person.sends_document(PLAIN)
    await until(lambda: api.count("getFile") == 1)
    other.says("你好")
    await until(lambda: other.texts == ["回：你好"], 1.0)


async def test_a_paper_that_speaks_of_danger_puts_nothing_before_the_answer(
    gateway: Gateways, api: BotApi, rasa: FakeRasa
) -> None:
    person = api.person(501)
    person.sends_document("救命，我被关在缅甸".encode())
    await until(lambda: len(person.chat) == 2)
    assert person.texts[0] == "回：救命，我被关在缅甸" and "端到端加密" in person.texts[1]


# trouble


@pytest.mark.parametrize("album", [None, "a7"])
async def test_killed_while_a_file_is_read_it_is_read_again(
    gateways: Gateways, api: BotApi, rasa: FakeRasa, album: str | None
) -> None:
    gateways.start()
    person = await greeted(api)
    api.file_seconds = 30.0
    for _ in range(2 if album else 1):
        person.sends_document(PLAIN, album=album)
    await until(lambda: api.count("getFile") == 1)
    await gateways.stop()
    api.file_seconds = 0.0
    gateways.start()
    await until(lambda: person.chat)
    await asyncio.sleep(0.5)
    assert person.texts == [f"回：{OFFER}" + (f"\n{OFFER}" if album else "")]


async def test_killed_between_reading_and_answering(gateways: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    gateways.rasa_timeout = 30
    gateways.start()
    person = await greeted(api)
    rasa.mode = "slow"
    person.sends_document(PLAIN)
    await until(lambda: rasa.texts)
    await gateways.stop()
    rasa.mode = "ok"
    gateways.start()
    await until(lambda: person.texts == [f"回：{OFFER}"])
    assert api.downloads == 1, "read once"
    assert rasa.heard[-1]["metadata"]["paper"] == "text"


async def test_rasa_is_out_when_the_file_is_read(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    rasa.mode = "error"
    person.sends_document(PLAIN)
    await until(lambda: person.chat)
    assert person.texts[0].startswith(OUTAGE)
    rasa.mode = "ok"
    await until(lambda: len(person.chat) == 2)
    assert person.texts[1] == f"{DONE}\n回：{OFFER}" and LATE not in person.texts[1]


async def test_a_file_sent_while_rasa_is_out_is_answered_later(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    rasa.mode = "error"
    person.says("一")
    await until(lambda: person.chat)
    person.sends_document(PLAIN)
    await until(lambda: len(person.chat) == 2)
    assert "110" in person.texts[1]
    rasa.mode = "ok"
    await until(lambda: len(person.chat) == 4)
    assert person.texts[3] == f"{DONE}\n回：{OFFER}"


async def test_an_album_sent_while_rasa_is_out_is_told_of_once(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    rasa.mode = "error"
    person.says("一")
    await until(lambda: person.chat)
    for _ in range(4):
        person.sends_document(PLAIN, album="a7")
    await until(lambda: len(person.chat) >= 2)
    await asyncio.sleep(0.5)
    assert len(person.chat) <= 3, "at most one bubble more, for pictures that came later"
    rasa.mode = "ok"
    await until(lambda: person.texts[-1].startswith(f"{DONE}\n回："), 12)


async def test_what_would_not_be_understood_any_more_is_not_read(
    gateway: Gateways, api: BotApi, rasa: FakeRasa
) -> None:
    person = await greeted(api)
    for _ in range(3):
        person.sends_document(("长" * 3000).encode(), album="a7")
    await until(lambda: len(person.chat) == 2)
    assert api.downloads == 2 and "只看了前面一部分" in person.texts[1]


async def test_erased_while_a_file_is_read(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    api.file_seconds = 1.0
    person.sends_document(PLAIN)
    await until(lambda: api.count("getFile") == 1)
    person.says("确认删除")
    await until(lambda: person.chat and "全删掉" in person.texts[-1])
    await asyncio.sleep(1.5)
    assert await in_records(Conversation.objects.count) == 0 and rasa.texts == []


async def test_a_new_caption_is_read_with_its_picture(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    file = {**api.keep_file(PLAIN), "file_name": "x.txt"}
    person.sends(document=file, caption="看看")
    await until(lambda: len(person.chat) == 1)
    api.queue({"edited_message": person.message_json(document=file, caption="再看看", edit_date=1)})
    await until(lambda: len(person.chat) == 2)
    assert rasa.texts == [f"看看\n{OFFER}", f"再看看\n{OFFER}"]


@pytest.mark.parametrize("broken", [{"file_id": 5}, {"file_id": None}, {"file_size": "x"}])
async def test_a_file_that_is_not_as_promised(gateway: Gateways, api: BotApi, broken: dict[str, object]) -> None:
    person = await greeted(api)
    person.sends_document(PLAIN, **broken)
    person.says("你好")
    await until(lambda: "回：你好" in person.texts)
    assert len(person.chat) == 2


async def test_nothing_of_a_file_is_kept_but_its_sealed_text(
    gateway: Gateways, api: BotApi, rasa: FakeRasa, var: Path
) -> None:
    person = await greeted(api)
    person.sends_document("护照由王老板保管zzq".encode(), "zzqname.txt")
    await until(lambda: person.chat)
    assert await in_records(lambda: [p for p in var.rglob("*") if p.is_file() and b"zzq" in p.read_bytes()]) == []


# voice notes


class Recognizer:
    def recognize(self, sound: bytes) -> str:
        return sound.decode()


@pytest.fixture
def recognizer() -> Iterator[None]:
    speech.plug_in(Recognizer())
    yield
    speech.plug_in(None)


@pytest.mark.parametrize(("said", "answer"), [("他们扣了我的护照", "回：他们扣了我的护照"), ("  ", "语音我听不了")])
async def test_a_recogniser_of_speech_can_be_plugged_in(
    recognizer: None, gateway: Gateways, api: BotApi, rasa: FakeRasa, said: str, answer: str
) -> None:
    person = await greeted(api)
    person.sends(voice={**api.keep_file(said.encode()), "duration": 4, "mime_type": "audio/ogg"})
    await until(lambda: person.chat)
    assert person.texts[0].startswith(answer) and len(person.chat) == 1

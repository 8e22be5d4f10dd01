"""A case that goes on from another telephone: what is said about it, who may try, and what is left of a code."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from bot.gateway import web
from bot.gateway.receipts import Asked, Receipts
from bot.gateway.voice import Voice
from bot.gateway.web import WebAnswerer
from bot.language.script import in_script
from bot.records import receipts
from bot.records.models import Contact, Conversation, DialogueState, Message, Receipt
from bot.records.receipt_codes import in_groups, is_ours
from bot.settings import Settings
from tests.gateway.bot_api import BotApi, Person
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import AGAIN, Gateways, agreed, in_records, until

NOBODYS = "7123456789012340"
CARD = "6200 0000 0000 0005"
SECRET = "护照被王老板扣了"
GIVEN = re.compile(r"(?<!\d)\d{4}(?: \d{4}){3}(?!\d)")
WORDS = ("given", "linked", "wrong", "own", "unlinked", "not_linked", "too_many")


@pytest.fixture
def texts(voice: Voice) -> SimpleNamespace:
    """The bubbles by the last part of their names."""
    said = {name: voice.say(f"utter_receipt_{name}", code="CODE").text for name in WORDS}
    return SimpleNamespace(**said)


async def code_of(person: Person, word: str = "接续码") -> str:
    """Ask for a code and return it as it is shown."""
    before = len(person.chat)
    person.says(word)
    await until(lambda: len(person.chat) > before)
    [code] = GIVEN.findall(person.texts[-1])
    return str(code)


async def hears(person: Person, said: str, answer: str) -> None:
    """Say it and wait for this answer, as the next and only one."""
    before = list(person.texts)
    person.says(said)
    await until(lambda: person.texts == [*before, answer])


async def conversation_of(person: Person) -> Conversation:
    bot_id = person.api.token.partition(":")[0]

    def find() -> Conversation:
        contact = Contact.objects.find("telegram", bot_id, str(person.chat_id))
        return Conversation.objects.get(contact=contact)

    return await in_records(find)


async def stored_texts() -> str:
    return await in_records(lambda: "\n".join(message.text for message in Message.objects.all()))


async def eventually(look: Callable[[], Awaitable[Any]]) -> None:
    """Wait until the records show it."""
    for _ in range(400):
        if await look():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came true")


async def is_stored_in_clear() -> bool:
    return bool(GIVEN.search(await stored_texts()))


async def is_stored_masked() -> bool:
    return "•••• •••• •••• ••••" in await stored_texts()


# the way of a code


@pytest.mark.parametrize("word", ["接续码", "/receipt", " 接續碼。"])
async def test_a_code_is_given_in_four_groups(gateway: Gateways, api: BotApi, rasa: FakeRasa, word: str) -> None:
    person = await agreed(api)
    code = await code_of(person, word)
    assert is_ours(code.replace(" ", "")) and code in person.texts[-1].splitlines()
    assert rasa.texts == []


async def test_the_case_goes_on_from_another_account(
    gateway: Gateways, api: BotApi, rasa: FakeRasa, texts: SimpleNamespace
) -> None:
    first, second = await agreed(api, 501), await agreed(api, 502)
    await hears(first, SECRET, f"回：{SECRET}")
    code = await code_of(first)
    await hears(second, code, texts.linked)
    await hears(second, "你好", "回：你好")
    one, other = await conversation_of(first), await conversation_of(second)
    assert other.continues_id == one.pk
    assert "王老板" not in "".join(second.texts)
    heard = {body["sender"]: body["message"] for body in rasa.heard if body["sender"] != "canary"}
    assert heard == {one.sender: SECRET, other.sender: "你好"}, "Rasa knows nothing of the code"
    assert not await in_records(DialogueState.objects.filter(sender=other.sender).exists)


async def test_the_whole_bubble_is_as_good_and_a_stranger_is_greeted_first(
    gateway: Gateways, api: BotApi, texts: SimpleNamespace, voice: Voice
) -> None:
    first, second = await agreed(api, 501), api.person(502)
    await code_of(first)
    second.says(first.texts[-1])
    await until(lambda: len(second.chat) == 2)
    assert second.texts == [voice.texts.say("utter_welcome"), texts.linked]


async def test_another_code_makes_the_old_one_worthless(gateway: Gateways, api: BotApi, texts: SimpleNamespace) -> None:
    first, second = await agreed(api, 501), await agreed(api, 502)
    old, new = await code_of(first), await code_of(first)
    assert old != new
    await hears(second, old, texts.wrong)
    await hears(second, f"/receipt {new}", texts.linked)
    assert await in_records(Receipt.objects.count) == 1


async def test_ones_own_code(gateway: Gateways, api: BotApi, texts: SimpleNamespace) -> None:
    person = await agreed(api)
    await hears(person, await code_of(person), texts.own)


@pytest.mark.parametrize("word", ["断开", "/unlink", "断开。"])
async def test_one_word_unlinks_on_either_side(
    gateway: Gateways, api: BotApi, rasa: FakeRasa, texts: SimpleNamespace, word: str
) -> None:
    first, second = await agreed(api, 501), await agreed(api, 502)
    code = await code_of(first)
    await hears(second, word, texts.not_linked)
    await hears(second, code, texts.linked)
    await hears(second, word, texts.unlinked)
    assert (await conversation_of(second)).continues_id is None
    await hears(second, code, texts.linked)
    await hears(first, word, texts.unlinked)
    assert (await conversation_of(second)).continues_id is None
    await hears(second, code, texts.wrong)
    assert rasa.texts == []


async def test_traditional_words_and_answers(gateway: Gateways, api: BotApi, texts: SimpleNamespace) -> None:
    person = await agreed(api)
    person.says("接續碼")
    await until(lambda: person.texts and person.texts[-1].startswith("你的接續碼："))
    assert GIVEN.search(person.texts[-1])
    await hears(person, "斷開", in_script(texts.not_linked, "traditional"))


async def test_who_was_waiting_waits_on_the_other_side_too(
    gateway: Gateways, api: BotApi, texts: SimpleNamespace
) -> None:
    first, second = await agreed(api, 501), await agreed(api, 502)
    code, since = await code_of(first), timezone.now() - timedelta(hours=2)
    one = await conversation_of(first)
    waiting = Conversation.objects.filter(pk=one.pk)
    await in_records(lambda: waiting.update(waiting_for_human=True, waiting_since=since))
    await hears(second, code, texts.linked)
    other = await conversation_of(second)
    assert other.waiting_for_human and other.waiting_since == since


async def test_the_first_one_is_erased_and_the_other_stays(
    gateway: Gateways, api: BotApi, texts: SimpleNamespace
) -> None:
    first, second = await agreed(api, 501), await agreed(api, 502)
    code = await code_of(first)
    await hears(second, code, texts.linked)
    first.says("确认删除")

    async def is_gone() -> bool:
        return await in_records(Contact.objects.count) == 1

    await eventually(is_gone)
    assert await in_records(Receipt.objects.count) == 0
    assert (await conversation_of(second)).continues_id is None
    await hears(second, "还在吗", "回：还在吗")
    await hears(second, code, texts.wrong)


# the page


@pytest.fixture
async def page(settings: Settings, voice: Voice, transactional_db: None) -> AsyncIterator[WebAnswerer]:
    made = WebAnswerer(settings, voice, rasa_timeout=0.6, longest_wait=2.0, watch_seconds=0.05, first_pause=0.05)
    web.use(made)
    yield made
    await made.stop()


async def said_on_page(session: str, text: str) -> str:
    """Say it and return the last bubble as a page would show it."""
    received = await web.receive(session, text)
    return web.shown_now(received.messages[-1]).text


async def test_from_the_page_to_telegram_and_back(
    gateway: Gateways, page: WebAnswerer, api: BotApi, texts: SimpleNamespace
) -> None:
    await web.receive("session-1", SECRET)
    [code] = GIVEN.findall(await said_on_page("session-1", "接续码"))
    person = await agreed(api)
    await hears(person, code, texts.linked)
    back = await code_of(person)
    assert await said_on_page("session-2", back) == texts.linked
    contact = await web.contact_for_session("session-2")
    assert contact is not None
    shown = await web.messages_to_show(contact)
    assert "王老板" not in "".join(one.text for one in shown)
    talks = await in_records(lambda: list(Conversation.objects.filter(continues__isnull=False)))
    [root] = await in_records(lambda: list(Conversation.objects.filter(continues=None)))
    assert len(talks) == 2 and {talk.continues_id for talk in talks} == {root.pk}


async def test_between_two_bots(gateway: Gateways, api: BotApi, texts: SimpleNamespace) -> None:
    """Who wrote to another of our bots wrote under another pseudonym: the code leads there all the same."""

    def elsewhere() -> Conversation:
        talk = Conversation.objects.create(contact=Contact.objects.reach("telegram", "999", "501"))
        receipts.keep(talk.pk, NOBODYS, receipts.hash_of(NOBODYS))
        return talk

    talk = await in_records(elsewhere)
    person = await agreed(api, 501)
    await hears(person, NOBODYS, texts.linked)
    assert (await conversation_of(person)).continues_id == talk.pk


# tries


async def test_five_wrong_codes_an_hour_and_a_restart_gives_no_more(
    gateways: Gateways, api: BotApi, rasa: FakeRasa, texts: SimpleNamespace
) -> None:
    gateways.start()
    first, second = await agreed(api, 501), await agreed(api, 502)
    code = await code_of(first)
    for _ in range(receipts.MOST_TRIES):
        await hears(second, NOBODYS, texts.wrong)
    await hears(second, code, texts.too_many)
    assert "110" in texts.too_many and "12308" in texts.too_many
    await gateways.stop()
    gateways.start()
    await hears(second, code, texts.too_many)
    await hears(second, "救命", "回：救命")
    await hears(second, f"接续码 {NOBODYS} 救命", f"回：接续码 {NOBODYS} 救命")
    long_ago = timezone.now() - timedelta(minutes=61)
    await in_records(lambda: Contact.objects.exclude(receipt_tried_at=None).update(receipt_tried_at=long_ago))
    await hears(second, code, texts.linked)


async def test_all_together_have_a_limit_too(voice: Voice, transactional_db: None, texts: SimpleNamespace) -> None:
    """Who makes up an account for every five tries comes to its end as well."""
    at_work = Receipts(voice, most_wrong=3)

    def somebody(number: int) -> Message:
        conversation = Conversation.objects.create(contact=Contact.objects.reach("telegram", "1", f"{number}"))
        return Message(conversation=conversation)

    asked = Asked.by(NOBODYS)
    assert asked is not None
    said = [(await at_work.answer(await in_records(lambda n=n: somebody(n)), asked)).text for n in range(5)]
    assert said == [texts.wrong] * 3 + [texts.too_many] * 2


async def test_another_code_is_drawn_when_one_begins_alike(voice: Voice, transactional_db: None) -> None:
    codes = iter([NOBODYS, NOBODYS[:8] + "55555558", "7999456789012340"])
    at_work = Receipts(voice, draw=codes.__next__)

    def somebody(number: int) -> Message:
        conversation = Conversation.objects.create(contact=Contact.objects.reach("telegram", "1", f"{number}"))
        return Message(conversation=conversation)

    asked = Asked.by("接续码")
    assert asked is not None
    said = [(await at_work.answer(await in_records(lambda n=n: somebody(n)), asked)).text for n in range(2)]
    assert in_groups(NOBODYS) in said[0] and "7999 4567 8901 2340" in said[1]


async def test_many_codes_at_once_hold_nobody_else_up(
    gateway: Gateways, api: BotApi, rasa: FakeRasa, texts: SimpleNamespace
) -> None:
    """Sixteen codes take the two hashers about half a second; the others go on meanwhile."""
    other = await agreed(api, 600)
    people = [await agreed(api, 501 + number) for number in range(16)]
    for person in people:
        person.says("接续码")
    await until(lambda: any(person.chat for person in people))
    other.says("救命")
    await until(lambda: other.texts == ["回：救命"])
    await until(lambda: all(len(person.chat) == 1 for person in people), 30)
    assert len({person.texts[0] for person in people}) == 16


# what is no code


@pytest.mark.parametrize("text", [CARD, CARD.replace(" ", ""), f"他让我把钱打到{CARD}", "接续码是什么", "和他断开了"])
async def test_what_goes_to_rasa_as_before(gateway: Gateways, api: BotApi, rasa: FakeRasa, text: str) -> None:
    person = await agreed(api)
    await hears(person, text, f"回：{text}")
    assert text in await stored_texts()
    assert (await in_records(Contact.objects.get)).receipt_tries == 0


async def test_an_outage_is_none_for_a_code(
    gateway: Gateways, api: BotApi, rasa: FakeRasa, texts: SimpleNamespace
) -> None:
    first, second = await agreed(api, 501), await agreed(api, 502)
    code = await code_of(first)
    rasa.mode = "error"
    await hears(second, code, texts.linked)
    second.says("你好")
    await until(lambda: len(second.chat) == 2 and AGAIN not in second.texts[1])


# what is left of a code


async def test_a_code_stays_nowhere(
    gateway: Gateways, page: WebAnswerer, api: BotApi, texts: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    first, second = await agreed(api, 501), await agreed(api, 502)
    code = await code_of(first)
    await hears(second, f"接续码：{code}", texts.linked)
    await hears(second, NOBODYS, texts.wrong)
    [on_page] = GIVEN.findall(await said_on_page("session-1", "接续码"))
    stored = await stored_texts()
    for one in (code, on_page, NOBODYS):
        for form in (one, one.replace(" ", ""), in_groups(one.replace(" ", ""))):
            assert form not in stored
            assert form not in caplog.text
            assert form.encode() not in database_file()
    assert stored.count("•••• •••• •••• ••••") == 3 and "接续码：•••• •••• •••• ••••" in stored
    assert "•" * 16 in stored, "what was typed, as it was typed"


def database_file() -> bytes:
    if connection.vendor != "sqlite":
        return b""
    name = Path(str(connection.settings_dict["NAME"]))
    return b"".join(path.read_bytes() for path in name.parent.glob(name.name + "*"))


async def test_the_code_is_kept_until_it_is_sent(gateways: Gateways, api: BotApi) -> None:
    """Telegram is out when the code is made: nobody has seen it yet, so it must survive a restart."""
    gateways.start()
    person = await agreed(api)
    api.fail("sendMessage", "502", times=10_000)
    person.says("接续码")
    await eventually(is_stored_in_clear)
    await gateways.stop()
    assert await is_stored_in_clear()
    api.fail("sendMessage", "502", times=0)
    gateways.start()
    await until(lambda: person.chat)
    assert GIVEN.search(person.texts[-1])
    await eventually(is_stored_masked)
    assert not await is_stored_in_clear()


async def test_a_code_for_somebody_who_blocked_the_bot_is_not_kept(gateway: Gateways, api: BotApi) -> None:
    person = await agreed(api)
    person.blocked = True
    person.says("接续码")
    await eventually(is_stored_masked)
    assert not await is_stored_in_clear()

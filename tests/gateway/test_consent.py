"""Nobody agreed: nothing of the talk is kept. Who needs somebody is asked again, and a yes can be taken back."""

from __future__ import annotations

import ast
import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.db.models import Model
from django.utils import timezone
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.gateway import web
from bot.gateway.voice import Voice
from bot.gateway.web import WebAnswerer
from bot.records import keeping
from bot.records.models import Contact, Conversation, DialogueState, Finding, Message, Outbox
from bot.records.sealing import SealedField
from bot.records.tracker_store import RecordsTrackerStore
from bot.settings import PROJECT, Settings
from tests.gateway.bot_api import BotApi
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import DEBT, Gateways, greeted, in_records, until

AGAIN = "想让热线的人帮上你，要让他们看到聊天，可以吗？"
DANGER = "救命，他们把我关起来了"
DOMAIN = Domain.load(str(PROJECT / "domain.yml"))


async def settled() -> None:
    """Wait until nothing is unanswered, unsent or still to be emptied; what a page has yet to show is not sent."""

    def none_waits() -> bool:
        waiting = Message.objects.filter(state="received").exists()
        waiting = waiting or Outbox.objects.filter(state="pending", channel="telegram").exists()
        return not waiting and not keeping._needless(timezone.now()).exists()

    for _ in range(400):
        if await in_records(none_waits):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("something still waits")


async def kept() -> list[str]:
    return await in_records(lambda: [one.text for one in Message.objects.order_by("number") if one.text])


def turn(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    """Return what the tracker store would write about the talk."""

    async def write(body: dict[str, Any]) -> None:
        await in_records(lambda: Conversation.objects.filter(sender=body["sender"]).update(**changes))

    return write


# Kept no longer than needed


@pytest.mark.parametrize("answer", [None, "不同意"])
async def test_without_consent_no_text_stays(
    gateway: Gateways, api: BotApi, rasa: FakeRasa, answer: str | None
) -> None:
    rasa.script["护照被王老板扣了"] = [{"text": "护照是你的", "custom": {"picture": DEBT}}]
    person = await greeted(api)
    for text in filter(None, ("护照被王老板扣了", answer, "还要交八千")):
        person.says(text)
    await until(lambda: person.texts and person.texts[-1] == "回：还要交八千")
    await settled()
    rows = await in_records(lambda: list(Message.objects.all()))
    assert {(row.text, row.file, row.picture) for row in rows} == {("", None, None)}
    assert all(row.emptied_at for row in rows)


async def test_with_consent_all_stays_until_it_is_withdrawn(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    async def find(body: dict[str, Any]) -> None:
        def write() -> None:
            message = Message.objects.get(pk=body["metadata"]["message_id"])
            Finding.objects.create(message=message, indicator="debt", status="present", confidence=1, start=0, end=1)
            talk = Conversation.objects.get(sender=body["sender"])
            talk.facts, talk.indicators = {"employer": "王老板"}, {"debt": "present"}
            talk.save()

        await in_records(write)

    rasa.on_message = find
    person = await greeted(api)
    person.says("同意")
    person.says("护照被王老板扣了")
    await until(lambda: "回：护照被王老板扣了" in person.texts)
    await settled()
    assert {"护照被王老板扣了", "回：护照被王老板扣了"} <= set(await kept())
    assert await in_records(Finding.objects.count) == 1
    person.says("隐私")
    await until(lambda: person.chat and "不同意" in person.chat[-1].buttons)
    person.presses("不同意")
    await until(lambda: person.texts[-1].startswith("好，记住了：热线人员不看"))
    await settled()
    assert await kept() == []
    talk = await in_records(Conversation.objects.get)
    assert (talk.facts, talk.indicators) == ({}, {}) and await in_records(Finding.objects.count) == 0


async def test_what_waits_for_rasa_or_telegram_is_kept_that_long(
    gateway: Gateways, api: BotApi, rasa: FakeRasa
) -> None:
    person = await greeted(api)
    rasa.mode = "error"
    person.says("工资没发")
    await until(lambda: person.texts)
    assert "工资没发" in await kept()
    api.fail("sendMessage", "502", times=10_000)
    rasa.mode = "ok"
    await until(lambda: "工资没发" in rasa.texts[1:])
    for _ in range(200):
        if "工资没发" not in await kept():
            break
        await asyncio.sleep(0.02)
    left = await kept()
    assert [text.endswith("回：工资没发") for text in left] == [True], "the answer, which nobody has seen yet"
    api.fail("sendMessage", "502", times=0)
    await until(lambda: any(text.endswith("回：工资没发") for text in person.texts))
    await settled()
    assert await kept() == []


async def test_what_telegram_never_takes_is_not_kept_either(gateway: Gateways, api: BotApi) -> None:
    person = await greeted(api)
    api.fail("sendMessage", "403")
    person.says("护照被扣了")
    for _ in range(200):
        if await in_records(Outbox.objects.filter(state="failed").exists):
            break
        await asyncio.sleep(0.02)
    await settled()
    assert await kept() == []


async def test_an_album_and_its_words_are_not_kept(gateway: Gateways, api: BotApi) -> None:
    person = await greeted(api)
    person.sends_document("先交八千".encode(), caption="帮我看看")
    await until(lambda: person.chat)
    await settled()
    assert await kept() == []


async def test_a_button_works_after_its_bubble_was_emptied(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    rasa.script["你好"] = [{"text": "问什么？", "buttons": [{"title": "打电话", "payload": "我想知道打哪个电话"}]}]
    person = await greeted(api)
    person.says("你好")
    await until(lambda: person.chat)
    await settled()
    person.presses("打电话")
    await until(lambda: rasa.texts[-1] == "我想知道打哪个电话")
    await in_records(lambda: keeping.keep_little(timezone.now() + timedelta(hours=24)))
    assert await in_records(lambda: Message.objects.filter(buttons__isnull=False).count()) == 0


async def test_an_edit_that_changed_no_word_is_known_by_its_digest(
    gateway: Gateways, api: BotApi, rasa: FakeRasa
) -> None:
    person = await greeted(api)
    person.says("交三百")
    await until(lambda: person.chat)
    await settled()
    assert await kept() == []
    person.edits("交三百")
    await until(lambda: api.unconfirmed == 0)
    person.edits("交三千")
    await until(lambda: len(person.chat) == 2)
    assert rasa.texts == ["交三百", "交三千"]


# Asked again


@pytest.mark.parametrize("refused", [False, True])
async def test_a_cry_for_help_asks_again_below_the_answer_and_once(
    gateway: Gateways, api: BotApi, refused: bool
) -> None:
    person = await greeted(api)
    if refused:
        person.says("不同意")
        await until(lambda: person.chat)
        person.chat.clear()
    person.says(DANGER)
    await until(lambda: len(person.chat) == 2)
    assert person.texts == [f"回：{DANGER}", AGAIN] and list(person.chat[1].buttons) == ["同意", "不同意"]
    person.says("救救我")
    await until(lambda: len(person.chat) == 3)
    person.presses("同意")
    await until(lambda: person.texts[-1].startswith("好，记住了：热线人员可以看"))
    assert person.texts.count(AGAIN) <= 1 and len(person.chat) == 4
    assert (await in_records(Contact.objects.get)).consent is True


@pytest.mark.parametrize("change", [{"waiting_for_human": True}, {"in_danger": True}])
async def test_what_rasa_finds_asks_again(
    gateway: Gateways, api: BotApi, rasa: FakeRasa, change: dict[str, bool]
) -> None:
    person = await greeted(api)
    person.says("想找个人说说")
    await until(lambda: person.chat)
    rasa.on_message = turn(**change)
    person.says("真人")
    await until(lambda: person.texts[1:] == ["回：真人", AGAIN])
    person.says("好的")
    await until(lambda: person.texts[3:] == ["回：好的"])
    await in_records(lambda: Contact.objects.update(consent_asked_at=timezone.now() - timedelta(hours=25)))
    person.says("还在吗")
    await until(lambda: person.texts[4:] == ["回：还在吗", AGAIN])


async def test_who_agreed_is_not_asked_again(gateway: Gateways, api: BotApi) -> None:
    person = await greeted(api)
    person.says("同意")
    await until(lambda: person.chat)
    person.says(DANGER)
    await until(lambda: len(person.chat) == 2)
    await settled()
    assert AGAIN not in person.texts


async def test_the_greeting_asks_already_and_below_the_emergency(gateway: Gateways, api: BotApi, voice: Voice) -> None:
    person = api.person(501)
    person.says(DANGER)
    await until(lambda: len(person.chat) == 2)
    assert person.texts == [f"回：{DANGER}", voice.texts.say("utter_welcome")]
    await settled()
    assert AGAIN not in person.texts


async def test_a_typed_yes_answers_the_second_question_too(gateway: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    person = await greeted(api)
    for text in ("不同意", DANGER):
        person.says(text)
    await until(lambda: AGAIN in person.texts)
    person.says("同意")
    await until(lambda: person.texts[-1].startswith("好，记住了：热线人员可以看"))
    person.says("不同意")
    await until(lambda: rasa.texts[-1] == "不同意")
    assert (await in_records(Contact.objects.get)).consent is True, "no question was open, so it answers none"


# The whole of the records


@pytest.fixture
async def page(settings: Settings, voice: Voice, transactional_db: None) -> AsyncIterator[WebAnswerer]:
    made = WebAnswerer(settings, voice, rasa_timeout=5, longest_wait=5, watch_seconds=0.05, first_pause=0.05)
    web.use(made)
    yield made
    await made.stop()


async def remember(body: dict[str, Any]) -> None:
    """Do at a message what Rasa does: find signs and facts in the words, and save."""
    store, text = RecordsTrackerStore(DOMAIN), body["message"]
    tracker = await store.retrieve(body["sender"]) or DialogueStateTracker(body["sender"], DOMAIN.slots)
    sign = {"indicator": "debt", "status": "present", "confidence": 0.9, "evidence": text, "start": 0, "end": 2}
    parsed = {"text": text, "intent": {"name": "report"}, "risk_indicators": [sign]}
    slots = [SlotSet("offer", {"employer": text}), SlotSet("risk_indicators", {"debt": "present"})]
    slots += [SlotSet("risk_level", "high"), SlotSet("destination_country", "KH"), SlotSet("evidence", {"debt": text})]
    heard = UserUttered(text, parsed["intent"], parse_data=parsed, metadata=body["metadata"])  # type: ignore[arg-type]
    tracker.update_with_events([heard, *slots, ActionExecuted("action_listen")], DOMAIN)
    await store.save(tracker)


def rows() -> list[Model]:
    return [row for model in apps.get_app_config("records").get_models() for row in model._default_manager.all()]


def readable(row: Model) -> str:
    """Return all that stands in a row, opened where it is sealed."""
    sealed = {field.name for field in row._meta.concrete_fields if isinstance(field, SealedField)}
    opened = {field.name: getattr(row, field.name) for field in row._meta.concrete_fields}
    assert sealed <= set(opened)
    return json.dumps(opened, ensure_ascii=False, default=str)


async def test_after_a_talk_without_consent_nothing_of_it_is_in_the_records(
    gateway: Gateways, page: WebAnswerer, api: BotApi, rasa: FakeRasa
) -> None:
    said = ["护照被王老板扣了", "微信 boss_2026 让我去", "交了八千押金", "工友叫小翠"]
    phrases = re.compile("王老板|boss_2026|八千|小翠")
    rasa.on_message = remember
    person = await greeted(api)
    for text in said:
        person.says(text)
        await until(lambda text=text: f"回：{text}" in person.texts)  # type: ignore[misc]
    person.sends_document("王老板说交八千".encode(), caption="小翠给的")
    await until(lambda: any("王老板说交八千" in text for text in person.texts))
    for text in [*said, "你好"]:
        shown = await web.receive("session", text)
        assert shown.messages[-1].text.endswith(text)
    await settled()

    found = await in_records(lambda: [(row, readable(row)) for row in rows()])
    assert {type(row) for row, text in found if phrases.search(text)} == {DialogueState}
    talks = [row for row, _ in found if isinstance(row, Conversation)]
    assert len(talks) == 2
    for talk in talks:
        assert (talk.risk_level, talk.destination_country) == ("high", "KH"), "what staff may see"
    assert not any(isinstance(row, Finding) for row, _ in found)

    counts = await in_records(lambda: keeping.keep_little(timezone.now() + timedelta(hours=24)))
    assert counts["dialogue_states"] == 2 and counts["messages"] > 0
    left = await in_records(lambda: [readable(row) for row in rows()])
    assert not any(phrases.search(text) or "你好" in text or "回：" in text for text in left)


async def test_a_dialogue_that_was_forgotten_takes_nothing_from_what_staff_see(
    gateway: Gateways, api: BotApi, rasa: FakeRasa
) -> None:
    rasa.on_message = remember
    person = await greeted(api)
    person.says("护照被王老板扣了")
    await until(lambda: person.chat)
    await settled()
    await in_records(lambda: Conversation.objects.update(waiting_for_human=True, waiting_since=timezone.now()))
    await in_records(lambda: keeping.keep_little(timezone.now() + timedelta(hours=24)))

    async def know_nothing(body: dict[str, Any]) -> None:
        store = RecordsTrackerStore(DOMAIN)
        tracker = await store.retrieve(body["sender"]) or DialogueStateTracker(body["sender"], DOMAIN.slots)
        heard = UserUttered(body["message"], metadata=body["metadata"])
        tracker.update_with_events([heard, ActionExecuted("action_listen")], DOMAIN)
        await store.save(tracker)
        await store.save(tracker)  # as Rasa sometimes does

    rasa.on_message = know_nothing
    for text in ("在吗", "谢谢"):
        person.says(text)
        await until(lambda text=text: f"回：{text}" in person.texts)  # type: ignore[misc]
    talk = await sync_to_async(Conversation.objects.get)()
    assert (talk.risk_level, talk.destination_country, talk.waiting_for_human) == ("high", "KH", True)
    assert talk.waiting_since is not None


# Who opens the address

#: Of a visit of the chat page, which is no contact: its own cookie's name.
OF_A_VISIT = {("bot/site/visit.py", "self.address"), ("bot/site/chat_views.py", "visit.address")}
#: Where the column is made and written, and the option by which a person is found, as somebody else knows the address.
NAMED = {("bot/records/models.py", "address"), ("bot/records/management/commands/erase.py", "address")}


def test_no_module_but_the_gateway_opens_the_address_of_a_contact() -> None:
    opened, named = set(), set()
    for path in [*(PROJECT / "bot").rglob("*.py"), *(PROJECT / "actions").rglob("*.py"), PROJECT / "manage.py"]:
        name = path.relative_to(PROJECT).as_posix()
        if name.startswith("bot/gateway/"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "address":
                opened.add((name, ast.unparse(node)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "address" in node.value.split("__"):
                named.add((name, node.value))
    assert opened == OF_A_VISIT
    assert {(name, word) for name, word in named if "/migrations/" not in name} <= NAMED
    templates = "".join(path.read_text("utf-8") for path in (PROJECT / "bot").rglob("*.html"))
    assert ".address" not in templates

"""Rasa's own code on a small model: what it does from our folded state must be what it does from every event."""

from __future__ import annotations

import logging
import random
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore, TrackerStore
from rasa.model_training import train
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.utils.endpoints import EndpointConfig

from bot.records.erasing import erase_contact
from bot.records.models import Contact, Conversation, DialogueState, Finding, Message, SeenNumber
from bot.records.seen_numbers import digest_of, keep_numbers
from bot.records.tracker_store import RecordsTrackerStore, RecordsUnavailable

pytestmark = pytest.mark.django_db(transaction=True)
MODEL = Path(__file__).parent / "model"
DOMAIN = Domain.load(MODEL / "domain.yml")
WORDS = (
    "/greet",
    "/ask_fee",
    "/apply",
    "/apply",
    '/inform{"name":"a"}',
    '/inform{"name":"a"}',
    '/inform{"wage":"9"}',
    "/chitchat",
    "/stop",
    "/thanks",
    "/inform",
)


def read(sender: str) -> DialogueState:
    return DialogueState.objects.get(sender=sender)


async def size_of(sender: str) -> int:
    row = await sync_to_async(read)(sender)
    return len(row.__dict__["state"])


def listening(sender: str) -> DialogueStateTracker:
    tracker = DialogueStateTracker(sender, DOMAIN.slots)
    events = [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")]
    tracker.update_with_events(events, DOMAIN)
    return tracker


def user(text: str = "中介要押金", intent: str = "ask_fee", **fields: Any) -> UserUttered:
    intents = [{"name": name, "confidence": 0.1} for name in ("greet", "apply", "thanks")]
    parse_data = {
        "intent": {"name": intent, "confidence": 0.9},
        "entities": [],
        "text": text,
        "intent_ranking": intents,
    }
    return UserUttered(text, parse_data["intent"], parse_data={**parse_data, **fields.pop("parse_data", {})}, **fields)


async def take_turn(store: TrackerStore, sender: str, *events: Any) -> None:
    tracker = await store.retrieve(sender) or listening(sender)
    tracker.update_with_events([*events, ActionExecuted("action_listen")], DOMAIN)
    await store.save(tracker)


async def state_of(store: TrackerStore, sender: str) -> dict[str, Any]:
    tracker = await store.retrieve(sender)
    assert tracker is not None
    state = tracker.current_state()
    loop = state["active_loop"]
    return {
        "slots": state["slots"],
        "loop": (loop.get("name"), loop.get("rejected"), loop.get("is_interrupted")),
        "latest_action_name": state["latest_action_name"],
        "followup_action": state["followup_action"],
        "paused": state["paused"],
    }


@pytest.fixture(autouse=True)
async def closed_connections() -> AsyncIterator[None]:
    """Close what the asynchronous queries of a test opened, or PostgreSQL cannot drop the test database."""
    yield
    await sync_to_async(connections.close_all)()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("model")
    files = [str(MODEL / name) for name in ("rules.yml", "nlu.yml")]
    result = train(str(MODEL / "domain.yml"), str(MODEL / "config.yml"), files, output=str(folder))
    yield str(result.model)


async def say(agent: Agent, text: str, sender: str) -> list[str]:
    replies = await agent.handle_message(UserMessage(text, CollectingOutputChannel(), sender))
    return [reply.get("text", "") for reply in replies or []]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_rasa_answers_from_the_folded_state_as_from_every_event(model: str, seed: int) -> None:
    full, ours = (
        Agent.load(model, tracker_store=store) for store in (InMemoryTrackerStore(DOMAIN), RecordsTrackerStore(DOMAIN))
    )
    sender, choice = uuid.uuid4().hex, random.Random(seed)
    heard = set()
    for turn in range(80):
        word = choice.choice(WORDS)
        expected = await say(full, word, sender)
        assert await say(ours, word, sender) == expected, f"turn {turn}: {word}"
        assert await state_of(ours.tracker_store, sender) == await state_of(full.tracker_store, sender), turn
        heard.update(expected)
    assert "name?" in heard, "the walk has to go into the form"
    assert heard & {"stopped", "done a 9"}, "and out of it"


async def test_the_state_stays_small_and_the_slots_stay_through_400_turns() -> None:
    store, sender, sizes = RecordsTrackerStore(DOMAIN), uuid.uuid4().hex, {}
    for turn in range(1, 401):
        events = [
            user(f"中介要押金{turn:04}"),
            SlotSet("risk_level", ("high", "caution")[turn % 2]),
            SlotSet("risk_indicators", {"recruitment_fee": "present", "debt": "absent"}),
            SlotSet("offer", {"fee": turn + 1000}),
            ActionExecuted("utter_fee"),
            BotUttered(f"第{turn:04}次"),
        ]
        if turn == 5:
            events += [SlotSet("destination_country", "KH"), ActionExecuted("offer_form"), ActiveLoop("offer_form")]
        await take_turn(store, sender, *events)
        sizes[turn] = await size_of(sender)
    assert abs(sizes[400] - sizes[20]) / sizes[20] < 0.02
    assert max(sizes.values()) < 16_000
    state = await state_of(store, sender)
    assert state["slots"]["offer"] == {"fee": 1400}
    assert state["slots"]["destination_country"] == "KH"
    assert state["slots"]["risk_level"] == "high"
    assert state["loop"][0] == "offer_form"
    assert (await sync_to_async(read)(sender)).turn == 400


async def test_turns_that_never_end_do_not_pile_up() -> None:
    """Rasa breaks a turn off after ten actions, without listening again."""
    store, sender, sizes = RecordsTrackerStore(DOMAIN), uuid.uuid4().hex, []
    for _ in range(30):
        tracker = await store.retrieve(sender) or listening(sender)
        tracker.update_with_events([user(), *[ActionExecuted("utter_default") for _ in range(10)]], DOMAIN)
        await store.save(tracker)
        sizes.append(await size_of(sender))
    assert sizes[29] == pytest.approx(sizes[10], rel=0.02)


async def test_messages_taken_back_do_not_pile_up_and_lose_no_slot() -> None:
    store, sender = RecordsTrackerStore(DOMAIN), uuid.uuid4().hex
    await take_turn(store, sender, user(), SlotSet("risk_level", "critical"), SlotSet("in_danger", True))
    sizes = []
    for _ in range(20):
        await take_turn(store, sender, user(), ActionExecuted("action_default_fallback"), UserUtteranceReverted())
        sizes.append(await size_of(sender))
    slots = (await state_of(store, sender))["slots"]
    assert (slots["risk_level"], slots["in_danger"]) == ("critical", True)
    assert sizes[19] == pytest.approx(sizes[5], rel=0.02)


@pytest.mark.parametrize("ending", [Restarted(), SessionStarted()], ids=["restart", "new session"])
async def test_what_rasa_resets_is_not_remembered(ending: Any) -> None:
    store, sender = RecordsTrackerStore(DOMAIN), uuid.uuid4().hex
    for _ in range(5):
        await take_turn(store, sender, user(), SlotSet("risk_level", "high"))
    await take_turn(store, sender, user(), ActionExecuted("action_session_start"), ending)
    for _ in range(5):
        assert (await state_of(store, sender))["slots"]["risk_level"] == "none"
        await take_turn(store, sender, user())


async def test_a_paused_conversation_stays_paused() -> None:
    store, sender = RecordsTrackerStore(DOMAIN), uuid.uuid4().hex
    await take_turn(store, sender, user(), ConversationPaused())
    for _ in range(5):
        await take_turn(store, sender, user())
    assert (await state_of(store, sender))["paused"] is True


async def test_a_slot_that_the_domain_lost_does_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    sender = uuid.uuid4().hex
    await take_turn(RecordsTrackerStore(DOMAIN), sender, user(), SlotSet("wage", "9"), SlotSet("risk_level", "high"))
    smaller = Domain.from_dict(
        {**DOMAIN.as_dict(), "forms": {}, "slots": {"risk_level": DOMAIN.as_dict()["slots"]["risk_level"]}}
    )
    tracker = await RecordsTrackerStore(smaller).retrieve(sender)
    assert tracker is not None
    assert tracker.get_slot("risk_level") == "high"
    assert not caplog.records


async def test_rasa_finds_the_store_by_its_name_in_endpoints_yml() -> None:
    endpoint = EndpointConfig(type="bot.records.tracker_store.RecordsTrackerStore")
    assert isinstance(TrackerStore.create(endpoint, DOMAIN), RecordsTrackerStore)


async def test_the_api_shows_slots_and_the_latest_message() -> None:
    store, sender = RecordsTrackerStore(DOMAIN), uuid.uuid4().hex
    for turn in range(4):
        await take_turn(store, sender, user(f"第{turn}句"), SlotSet("risk_level", "high"))
    tracker = await store.retrieve(sender)
    assert tracker is not None
    shown = tracker.current_state(EventVerbosity.NONE)
    assert shown["events"] is None
    assert shown["slots"]["risk_level"] == "high"
    assert shown["latest_message"]["text"] == "第3句"
    assert shown["latest_message"]["intent_ranking"]
    assert sender in await store.keys()
    assert await store.exists(sender)
    await store.delete(sender)
    assert await store.retrieve(sender) is None
    assert not await store.exists(sender)


# The conversation's summary and the findings


MENTIONS = [
    {"indicator": "recruitment_fee", "status": "present", "confidence": 0.9, "evidence": "押金", "start": 3, "end": 5},
    {"indicator": "debt", "status": "hypothetical", "confidence": 0.5, "evidence": "中介", "start": 0, "end": 2},
]


def conversation_with_message(consent: bool | None = True) -> tuple[Conversation, Message]:
    contact = Contact.objects.reach("telegram", "1", uuid.uuid4().hex)
    Contact.objects.filter(pk=contact.pk).update(consent=consent)
    conversation = Conversation.objects.create(contact=contact)
    message = Message.objects.add(conversation, direction="in", author="person", text="中介要押金")
    return conversation, message


async def test_a_turn_brings_summary_and_findings_up_to_date() -> None:
    conversation, message = await sync_to_async(conversation_with_message)()
    store = RecordsTrackerStore(DOMAIN)
    heard = user(parse_data={"risk_indicators": MENTIONS}, metadata={"message_id": str(message.pk)})
    await take_turn(
        store,
        conversation.sender,
        heard,
        SlotSet("risk_level", "high"),
        SlotSet("in_danger", True),
        SlotSet("destination_country", "kh"),
        SlotSet("risk_indicators", {"recruitment_fee": "present"}),
        SlotSet("offer", {"fee": 35000}),
    )
    tracker = await store.retrieve(conversation.sender)
    assert tracker is not None
    await store.save(tracker)  # Rasa sometimes saves more than once a turn
    conversation = await Conversation.objects.aget(pk=conversation.pk)
    assert (conversation.risk_level, conversation.in_danger, conversation.destination_country) == ("high", True, "KH")
    assert (conversation.indicators, conversation.facts) == ({"recruitment_fee": "present"}, {"fee": 35000})
    assert conversation.level_changed_at is not None
    assert conversation.waiting_for_human is False  # the domain of this test has no such slot
    assert conversation.last_number == 1
    found = [(row.indicator, row.status, row.start, row.end) async for row in Finding.objects.filter(message=message)]
    assert found == [("debt", "hypothetical", 0, 2), ("recruitment_fee", "present", 3, 5)]


async def test_findings_of_another_conversation_are_not_touched() -> None:
    conversation, _ = await sync_to_async(conversation_with_message)()
    _, foreign = await sync_to_async(conversation_with_message)()
    for message_id in (str(foreign.pk), "no uuid", "", None):
        heard = user(parse_data={"risk_indicators": MENTIONS}, metadata={"message_id": message_id})
        await take_turn(RecordsTrackerStore(DOMAIN), conversation.sender, heard)
    assert await Finding.objects.acount() == 0


async def test_a_sender_without_a_conversation_gets_a_state_only() -> None:
    await take_turn(RecordsTrackerStore(DOMAIN), "evaluation", user(), SlotSet("risk_level", "high"))
    assert await Conversation.objects.acount() == 0
    assert await DialogueState.objects.acount() == 1


async def test_a_failing_finding_leaves_nothing_half_written() -> None:
    conversation, message = await sync_to_async(conversation_with_message)()
    broken = [{"indicator": "debt", "status": "present"}]
    heard = user(parse_data={"risk_indicators": broken}, metadata={"message_id": str(message.pk)})
    with pytest.raises(RecordsUnavailable):
        await take_turn(RecordsTrackerStore(DOMAIN), conversation.sender, heard, SlotSet("risk_level", "high"))
    assert await DialogueState.objects.acount() == 0
    assert (await Conversation.objects.aget(pk=conversation.pk)).risk_level == "none"


async def test_numbers_of_the_message_are_kept_as_digests_whatever_the_level() -> None:
    conversation, message = await sync_to_async(conversation_with_message)()
    store, said = RecordsTrackerStore(DOMAIN), "包吃住，加微信 boss_2026 或打13812345678"
    heard = user(said, metadata={"message_id": str(message.pk)})
    await take_turn(store, conversation.sender, heard, SlotSet("risk_level", "none"))
    tracker = await store.retrieve(conversation.sender)
    assert tracker is not None
    await store.save(tracker)  # Rasa sometimes saves more than once a turn
    kept = [row async for row in SeenNumber.objects.filter(conversation=conversation)]
    assert sorted(row.kind for row in kept) == ["phone", "wechat"]
    assert {row.digest for row in kept} == {digest_of("phone", "13812345678"), digest_of("wechat", "boss_2026")}
    assert not any(number in str(vars(row)) for row in kept for number in ("13812345678", "boss_2026"))


async def test_a_turn_that_fails_leaves_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    conversation, _ = await sync_to_async(conversation_with_message)()

    def fail(*arguments: Any) -> None:
        keep_numbers(*arguments)
        raise ValueError

    monkeypatch.setattr("bot.records.tracker_store.keep_numbers", fail)
    with pytest.raises(RecordsUnavailable):
        await take_turn(RecordsTrackerStore(DOMAIN), conversation.sender, user("打13812345678"))
    assert await SeenNumber.objects.acount() == 0
    assert await DialogueState.objects.acount() == 0


# Erased while the turn ran


async def test_a_turn_that_ends_after_erasing_brings_nothing_back() -> None:
    conversation, message = await sync_to_async(conversation_with_message)()
    store = RecordsTrackerStore(DOMAIN)
    heard = user(metadata={"message_id": str(message.pk)})
    await take_turn(store, conversation.sender, heard)
    tracker = await store.retrieve(conversation.sender)
    assert tracker is not None
    tracker.update_with_events([heard, SlotSet("risk_level", "high")], DOMAIN)
    await sync_to_async(lambda: erase_contact(conversation.contact))()
    await store.save(tracker)
    await store.save(tracker)
    assert await DialogueState.objects.acount() == 0


@pytest.mark.parametrize("erased", ["before Rasa makes the tracker", "while it answers"])
async def test_a_first_turn_that_ends_after_erasing_brings_nothing_back(erased: str) -> None:
    """Rasa saves a new tracker once before the turn, when no message is in it yet."""
    conversation, message = await sync_to_async(conversation_with_message)()
    store = RecordsTrackerStore(DOMAIN)

    async def erase() -> None:
        await sync_to_async(lambda: erase_contact(conversation.contact))()

    if erased == "before Rasa makes the tracker":
        await erase()
    tracker = await store.create_tracker(conversation.sender)
    if erased == "while it answers":
        await erase()
    tracker.update_with_events([user(metadata={"message_id": str(message.pk)})], DOMAIN)
    await store.save(tracker)
    await store.save(tracker)
    assert await DialogueState.objects.acount() == 0


# Trouble


async def test_a_blank_start_after_a_failed_read_does_not_wipe_the_state(caplog: pytest.LogCaptureFixture) -> None:
    store, sender = RecordsTrackerStore(DOMAIN), uuid.uuid4().hex
    await take_turn(store, sender, user(), SlotSet("risk_level", "critical"))
    with pytest.raises(RecordsUnavailable, match="StaleDialogue"):
        await store.create_tracker(sender)  # what Rasa does when its fail-safe store could not read
    assert (await state_of(store, sender))["slots"]["risk_level"] == "critical"
    assert "ALARM" in caplog.text


async def test_a_state_erased_during_a_turn_stays_erased() -> None:
    store, sender = RecordsTrackerStore(DOMAIN), uuid.uuid4().hex
    await take_turn(store, sender, user())
    tracker = await store.retrieve(sender)
    assert tracker is not None
    await store.delete(sender)
    await store.save(tracker)
    assert await DialogueState.objects.acount() == 0


async def test_a_database_error_sounds_an_alarm_without_content(caplog: pytest.LogCaptureFixture) -> None:
    store, sender = RecordsTrackerStore(DOMAIN), uuid.uuid4().hex
    await sync_to_async(rename)("records_dialoguestate", "hidden")
    try:
        with caplog.at_level(logging.INFO), pytest.raises(RecordsUnavailable):
            await take_turn(store, sender, user("秘密"))
    finally:
        await sync_to_async(rename)("hidden", "records_dialoguestate")
    alarms = [record for record in caplog.records if "ALARM" in record.getMessage()]
    assert len(alarms) == 1
    assert "Error" in alarms[0].getMessage()
    assert sender not in caplog.text
    assert "秘密" not in caplog.text


def rename(old: str, new: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")


def alarms_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.getMessage().startswith("ALARM")]


async def talked(store: TrackerStore, sender: str) -> DialogueStateTracker:
    """Take a turn as Rasa's processor does."""
    tracker = await store.get_or_create_tracker(sender)
    tracker.update(user("秘密"))
    await store.save(tracker)
    return tracker


async def test_that_rasa_goes_on_in_memory_is_an_alarm_until_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    store = RecordsTrackerStore(DOMAIN)
    rasas = FailSafeTrackerStore(store)  # as rasa.core.agent makes it
    sender = uuid.uuid4().hex
    await talked(rasas, sender)
    assert await store.works() and not alarms_in(caplog)
    await sync_to_async(rename)("records_dialoguestate", "hidden")
    try:
        for _ in range(5):
            await talked(rasas, sender)
        assert list(await rasas.fallback_tracker_store.keys()) == [sender], "Rasa did go on in memory"
        assert len(alarms_in(caplog)) == 1, "said once, not at every failure"
        assert not await store.works(), "also when nobody writes just now"
    finally:
        await sync_to_async(rename)("hidden", "records_dialoguestate")
    assert await store.works(), "it is tried, not waited for the next person"
    assert "Over after" in caplog.text
    await talked(rasas, sender)
    assert len(alarms_in(caplog)) == 1
    assert sender not in caplog.text and "秘密" not in caplog.text


async def test_a_state_that_cannot_be_rebuilt_is_an_alarm_too(caplog: pytest.LogCaptureFixture) -> None:
    """No error of the database, but Rasa's store hides it all the same."""
    store, sender = RecordsTrackerStore(DOMAIN), uuid.uuid4().hex
    await talked(store, sender)
    row = await DialogueState.objects.aget(sender=sender)
    row.state = {"events": 5}
    await row.asave()
    assert await FailSafeTrackerStore(store).retrieve(sender) is None
    assert len(alarms_in(caplog)) == 1
    assert "秘密" not in caplog.text


async def test_a_try_leaves_nothing(caplog: pytest.LogCaptureFixture) -> None:
    assert await RecordsTrackerStore(DOMAIN).works(try_it=True)
    assert await DialogueState.objects.acount() == 0


async def test_a_try_finds_what_nobody_met_yet() -> None:
    await sync_to_async(rename)("records_dialoguestate", "hidden")
    try:
        assert not await RecordsTrackerStore(DOMAIN).works(try_it=True)
    finally:
        await sync_to_async(rename)("hidden", "records_dialoguestate")

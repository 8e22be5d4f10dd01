"""Who waits for a human keeps the place in the queue, also when it came with a receipt and Rasa knows nothing of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.utils import timezone
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.records import receipts
from bot.records.models import Contact, Conversation, DialogueState
from bot.records.tracker_store import RecordsTrackerStore
from bot.settings import PROJECT

pytestmark = pytest.mark.django_db(transaction=True)
DOMAIN = Domain.load(PROJECT / "domain.yml")
CODE = "7123456789012340"
SECRET = "护照被王老板扣了"


@pytest.fixture(autouse=True)
async def closed_connections() -> AsyncIterator[None]:
    yield
    await sync_to_async(connections.close_all)()


def started(person: str) -> Conversation:
    return Conversation.objects.create(contact=Contact.objects.reach("telegram", "1", person))


def linked(first: Conversation, second: Conversation) -> None:
    receipts.keep(first.pk, CODE, receipts.hash_of(CODE))
    found = receipts.find(CODE)
    assert found is not None
    receipts.link(second.pk, found)


async def turn(conversation: Conversation, text: str, **slots: object) -> None:
    """Take a turn as Rasa does: what came before, the message, what the actions set; saved twice, as sometimes."""
    store = RecordsTrackerStore(DOMAIN)
    tracker = await store.retrieve(conversation.sender) or DialogueStateTracker(conversation.sender, DOMAIN.slots)
    heard = UserUttered(text, {"name": "other", "confidence": 0.9}, parse_data={"text": text, "entities": []})
    tracker.update_with_events([heard], DOMAIN)
    await store.save(tracker)
    tracker.update_with_events([*(SlotSet(*slot) for slot in slots.items()), ActionExecuted("action_listen")], DOMAIN)
    await store.save(tracker)
    await conversation.arefresh_from_db()


async def test_a_turn_of_the_linked_talk_leaves_the_place_and_learns_nothing() -> None:
    first, second = [await sync_to_async(started)(person) for person in ("first", "second")]
    await turn(first, SECRET, waiting_for_human=True, risk_level="high")
    since = first.waiting_since
    assert first.waiting_for_human and since is not None
    await sync_to_async(linked)(first, second)
    for text in ("是我", "还在吗"):
        await turn(second, text, waiting_for_human=False)
        assert second.waiting_for_human and second.waiting_since == since
    assert second.risk_level == "none"
    state = await DialogueState.objects.aget(sender=second.sender)
    assert "王老板" not in str(state.state) and "high" not in str(state.state)
    await Contact.objects.filter(pk=first.contact_id).adelete()
    await turn(second, "喂", waiting_for_human=False)
    assert second.waiting_for_human and second.waiting_since == since, "the first one is erased, the case is not"


async def test_who_asks_as_well_keeps_the_earlier_time() -> None:
    first, second = [await sync_to_async(started)(person) for person in ("first", "second")]
    await turn(first, "真人", waiting_for_human=True)
    earlier = timezone.now() - timedelta(hours=2)
    await Conversation.objects.filter(pk=first.pk).aupdate(waiting_since=earlier)
    await sync_to_async(linked)(first, second)
    await turn(second, "真人", waiting_for_human=True)
    assert second.waiting_since == earlier

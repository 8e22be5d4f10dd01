"""Rasa's memory of a conversation: small, sealed, and the same size after 400 turns.

Rasa keeps every event and replays them all on every message. Here the events before the last turns are folded into
their outcome (slots, active loop), which is all that forms and RulePolicy look at. The same write brings the
conversation's summary, the findings of the message and the digests of the numbers in it up to date; without consent
only what staff may see of every talk.
"""

from __future__ import annotations

import asyncio
import functools
import os
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, TypeVar, cast
from uuid import UUID

import django
from django.apps import apps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.site.settings")
if not apps.ready:
    django.setup()

from django.db import transaction
from django.utils import timezone
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    ConversationPaused,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
    deserialise_events,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

from bot.health.alarms import Alarm
from bot.records.models import Contact, Conversation, DialogueState, Finding, Message, RiskLevel
from bot.records.seen_numbers import keep_numbers
from bot.records.threads import with_own_connection

Result = TypeVar("Result")
Method = TypeVar("Method", bound=Callable[..., Awaitable[Any]])

UNUSABLE = "the dialogue records cannot be used, Rasa goes on in memory"
TAIL_TURNS = 2
PARSE_DATA_OF_OLDER_TURNS = ("intent", "entities", "text")
SAVES = "anxing_saves"  # set on a tracker: how often its state had been saved when it was loaded


class RecordsUnavailable(RuntimeError):
    """The records cannot be read or written; the message names the class of the cause and nothing else."""


class StaleDialogue(RuntimeError):
    """The state in the records is not the one that this turn began with."""


def _watched(kind: str) -> Callable[[Method], Method]:
    """Sound the store's alarm at any failure of a method: Rasa's fail-safe store goes on in memory and hides it."""

    def watch(method: Method) -> Method:
        @functools.wraps(method)
        async def watched(self: RecordsTrackerStore, *arguments: Any) -> Any:
            try:
                result = await method(self, *arguments)
            except Exception as error:
                name = error if isinstance(error, RecordsUnavailable) else type(error).__name__
                self.alarm.sound(f"{UNUSABLE} ({name})", kind)
                raise
            self.alarm.end("the dialogue records can be used again", kind)
            return result

        return cast(Method, watched)

    return watch


class RecordsTrackerStore(TrackerStore):
    """Keeps dialogue states in bot.records; in endpoints.yml: `type: bot.records.tracker_store.RecordsTrackerStore`."""

    def __init__(
        self, domain: Domain | None, event_broker: EventBroker | None = None, host: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(domain, event_broker, **kwargs)
        self.alarm = Alarm("records")

    @_watched("write")
    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write state, summary and findings in one transaction."""
        state = {"events": [event.as_dict() for event in folded(tracker, self.domain.slots)]}
        saves = await _off_the_loop(_write, tracker, state)
        setattr(tracker, SAVES, saves)

    @_watched("read")
    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return the tracker as it stood after the last turn."""
        found = await _off_the_loop(_read, sender_id)
        if found is None:
            return None
        state, saves = found
        tracker = DialogueStateTracker.from_events(
            sender_id,
            [event for event in deserialise_events(state["events"]) if self._is_known(event)],
            self.domain.slots,
            self.max_event_history,
        )
        setattr(tracker, SAVES, saves)
        return tracker

    @_watched("read")
    async def exists(self, conversation_id: str) -> bool:
        return await _off_the_loop(lambda: DialogueState.objects.filter(sender=conversation_id).exists())

    @_watched("write")
    async def delete(self, sender_id: str) -> None:
        """Forget the dialogue state of a sender."""
        await _off_the_loop(lambda: DialogueState.objects.filter(sender=sender_id).delete())

    @_watched("read")
    async def keys(self) -> Iterable[str]:
        return await _off_the_loop(lambda: list(DialogueState.objects.values_list("sender", flat=True)))

    async def works(self, *, try_it: bool = False) -> bool:
        """Whether dialogues are kept; after a failure, or when asked to, by reading and writing for a try."""
        if self.alarm.is_on or try_it:
            with suppress(RecordsUnavailable):
                await self._try_to_read()
                await self._try_to_write()
        return not self.alarm.is_on

    @_watched("read")
    async def _try_to_read(self) -> None:
        await _off_the_loop(DialogueState.objects.first)

    @_watched("write")
    async def _try_to_write(self) -> None:
        await _off_the_loop(_write_and_take_back)

    def _is_known(self, event: Event) -> bool:
        """Leave out slots that a newer domain no longer has."""
        return not isinstance(event, SlotSet) or any(slot.name == event.key for slot in self.domain.slots)


def folded(tracker: DialogueStateTracker, slots: Iterable[Slot]) -> list[Event]:
    """Return the few events from which the tracker can be rebuilt so that the next prediction is the same."""
    events = _of_this_session(list(tracker.events))
    turns = [index for index, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(turns) > TAIL_TURNS:
        cut = _listen_before(events, turns[-TAIL_TURNS])
        past = DialogueStateTracker.from_events(tracker.sender_id, events[:cut], slots)
        events = _outcome(past, slots) + events[cut:]
        turns = [index for index, event in enumerate(events) if isinstance(event, UserUttered)]
    for index in turns[:-1]:
        events[index] = _shortened(events[index])
    return events


def _of_this_session(events: list[Event]) -> list[Event]:
    """Drop what a restart or a new session has reset anyway."""
    for index in range(len(events) - 1, -1, -1):
        if isinstance(events[index], Restarted | SessionStarted):
            before = events[index - 1] if index else None
            starts = isinstance(before, ActionExecuted) and before.action_name == ACTION_SESSION_START_NAME
            return events[index - 1 if starts else index :]
    return events


def _listen_before(events: list[Event], turn: int) -> int:
    for index in range(turn - 1, -1, -1):
        if _is_listen(events[index]):
            return index
        if isinstance(events[index], UserUttered):  # Rasa broke that turn off without listening again
            break
    return turn


def _is_listen(event: Event) -> bool:
    return isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME


def _outcome(past: DialogueStateTracker, slots: Iterable[Slot]) -> list[Event]:
    """Say in a few events where the conversation had come to."""
    initial = {slot.name: slot.initial_value for slot in slots}
    now = past.events[-1].timestamp if past.events else None
    events: list[Event] = [
        SlotSet(name, value, timestamp=now)
        for name, value in past.current_slot_values().items()
        if value != initial.get(name)
    ]
    if past.active_loop_name:
        events.append(ActiveLoop(past.active_loop_name, timestamp=now))
        if past.is_active_loop_rejected:
            events.append(ActionExecutionRejected(past.active_loop_name, timestamp=now))
    if past.is_paused():
        events.append(ConversationPaused(timestamp=now))
    return events


def _shortened(event: UserUttered) -> UserUttered:
    """Keep of an older message what a prediction may look at."""
    parse_data = {key: event.parse_data[key] for key in PARSE_DATA_OF_OLDER_TURNS if key in event.parse_data}
    return UserUttered(
        text=event.text,
        intent=event.intent,
        entities=event.entities,
        parse_data=parse_data,
        timestamp=event.timestamp,
        input_channel=event.input_channel,
        message_id=event.message_id,
        metadata=event.metadata,
        use_text_for_featurization=event.use_text_for_featurization,
    )


async def _off_the_loop(work: Callable[..., Result], *arguments: Any) -> Result:
    """Run database work in a thread."""
    try:
        return await asyncio.to_thread(with_own_connection, work, *arguments)
    except Exception as error:
        raise RecordsUnavailable(type(error).__name__) from error


def _write_and_take_back() -> None:
    with transaction.atomic():
        DialogueState.objects.create(sender=f"try {uuid.uuid4().hex}")
        transaction.set_rollback(True)


def _read(sender: str) -> tuple[dict[str, Any], int] | None:
    row = DialogueState.objects.filter(sender=sender).first()
    return None if row is None else (row.state, row.turn)


def _write(tracker: DialogueStateTracker, state: dict[str, Any]) -> int:
    """Save what the turn changed; return how often the state has been saved."""
    loaded: int | None = getattr(tracker, SAVES, None)
    with transaction.atomic():
        row = DialogueState.objects.select_for_update().filter(sender=tracker.sender_id).first()
        if row is None and loaded is not None:
            return loaded  # erased while the turn ran: what is gone stays gone
        row = row or DialogueState(sender=tracker.sender_id)
        if row.turn != (loaded or 0):
            # A failed read makes Rasa begin anew; writing that would wipe what is known about the person.
            raise StaleDialogue
        conversation = Conversation.objects.select_for_update().filter(sender=tracker.sender_id).first()
        if conversation is None and _came_by_the_gateway(tracker.latest_message):
            DialogueState.objects.filter(sender=tracker.sender_id).delete()  # made by a first turn, erased meanwhile
            return loaded or 0
        summary = _summary_of(tracker)
        # A dialogue that was forgotten begins anew: until it knows anything, what staff see of the talk holds.
        blank = row.state.get("blank", row.turn == 0) and _says_nothing(summary)
        row.state, row.turn = {**state, "blank": blank}, row.turn + 1
        row.save()
        if conversation is not None:
            agreed = Contact.objects.filter(pk=conversation.contact_id, consent=True).exists()
            if not blank:
                _summarise(conversation, summary if agreed else _without_details(summary))
            if agreed:
                _keep_findings(conversation, tracker.latest_message)
            if tracker.latest_message is not None:
                keep_numbers(conversation, tracker.latest_message.text or "")
    return row.turn


def _summary_of(tracker: DialogueStateTracker) -> dict[str, Any]:
    """Return what the slots say of the talk; a slot the domain does not have says nothing."""
    slots = tracker.current_slot_values()
    return {name: as_stored(slots[slot]) for slot, (name, as_stored) in SUMMARY.items() if slot in slots}


def _says_nothing(summary: Mapping[str, Any]) -> bool:
    return all(value in (RiskLevel.NONE, False, "", {}) for value in summary.values())


def _without_details(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return what staff may see of a talk without consent."""
    return {name: value for name, value in summary.items() if name not in DETAILS}


def _summarise(conversation: Conversation, summary: Mapping[str, Any]) -> None:
    """Write the summary, but end no wait for a human: the dialogue forgets it after a day, staff do not."""
    now, fields = timezone.now(), dict(summary)
    fields["waiting_for_human"] = conversation.waiting_for_human or fields.get("waiting_for_human", False)
    if fields.get("risk_level", conversation.risk_level) != conversation.risk_level:
        fields["level_changed_at"] = now
    if fields["waiting_for_human"] and not conversation.waiting_for_human:
        fields["waiting_since"] = now
    for name, value in fields.items():
        setattr(conversation, name, value)
    conversation.save(update_fields=[*fields, "updated_at"])


def _level(value: Any) -> str:
    return value if value in RiskLevel.values else "none"


def _country(value: Any) -> str:
    return value.upper() if isinstance(value, str) and len(value) == 2 and value.isascii() and value.isalpha() else ""


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


SUMMARY: dict[str, tuple[str, Callable[[Any], Any]]] = {  # slot -> column and how its value is stored
    "risk_level": ("risk_level", _level),
    "in_danger": ("in_danger", bool),
    "waiting_for_human": ("waiting_for_human", bool),
    "destination_country": ("destination_country", _country),
    "risk_indicators": ("indicators", _mapping),
    "offer": ("facts", _mapping),
}
#: Columns that hold what the person said, and not only how urgent it is.
DETAILS = ("indicators", "facts")


def _keep_findings(conversation: Conversation, latest: UserUttered | None) -> None:
    """Write the signs seen in the message that this turn answered; saving twice leaves them once."""
    message = _message_of(conversation, latest)
    if message is None or latest is None:
        return
    message.findings.all().delete()
    mentions = latest.parse_data.get("risk_indicators") or []
    Finding.objects.bulk_create([_finding(message, mention) for mention in mentions])


def _came_by_the_gateway(latest: UserUttered | None) -> bool:
    """Whether the message was in the records: then its conversation was too. Other programs have talks without one."""
    return _message_id(latest) is not None


def _message_id(latest: UserUttered | None) -> UUID | None:
    try:
        return UUID(str((latest.metadata if latest else {}).get("message_id")))
    except ValueError:
        return None


def _message_of(conversation: Conversation, latest: UserUttered | None) -> Message | None:
    message_id = _message_id(latest)
    if message_id is None:
        return None
    return conversation.messages.filter(pk=message_id, direction=Message.Direction.IN).only("id").first()


def _finding(message: Message, mention: Mapping[str, Any]) -> Finding:
    return Finding(
        message=message,
        indicator=str(mention["indicator"]),
        status=str(mention["status"]),
        confidence=float(mention["confidence"]),
        start=int(mention["start"]),
        end=int(mention["end"]),
    )

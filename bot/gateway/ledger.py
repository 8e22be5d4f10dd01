"""What the gateway reads and writes in the records: plain functions, each a transaction of its own.

`in_database` runs them off the event loop. Nothing here knows Telegram, Rasa or a text.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import threading
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from queue import PriorityQueue
from typing import Any, TypeVar
from uuid import UUID

from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)
from django.db.models import Min
from django.utils import timezone

from bot.gateway.ordering import is_urgent
from bot.records.models import Contact, Conversation, Message, Outbox, Quarantine, pseudonym_of

log = logging.getLogger(__name__)

Result = TypeVar("Result")
#: The database cannot be reached, is locked or full: the same call may work in a moment.
TROUBLE = (OperationalError, InterfaceError)
LONGEST_PAUSE = 10.0
LARGEST_ID = 2**63 - 1
#: How many of a chat's last messages are looked through for what an edited one may repeat.
LOOKED_BACK = 20


class _OneByOne:
    """Does one thing at a time in a thread of its own, what is urgent first.

    SQLite takes one writer at a time. One thread, with a connection that stays open, is many times faster than several
    that wait for each other's locks, and nobody starves.
    """

    def __init__(self) -> None:
        self._jobs: PriorityQueue[tuple[bool, int, Future[Any], Callable[[], Any]]] = PriorityQueue()
        self._numbers = itertools.count()
        threading.Thread(target=self._work, daemon=True, name="records").start()

    def submit(self, job: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        self._jobs.put((not is_urgent(), next(self._numbers), future, job))
        return future

    def _work(self) -> None:
        while True:
            _do(*self._jobs.get()[2:])


def _do(future: Future[Any], job: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = job()
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)


@lru_cache(maxsize=1)
def _sqlite_thread() -> _OneByOne:
    return _OneByOne()


async def in_database(function: Callable[..., Result], *arguments: Any) -> Result:
    """Run the function off the event loop, with a connection that is fit to use."""
    if connection.vendor == "sqlite":
        return await asyncio.wrap_future(_sqlite_thread().submit(lambda: _in_own_thread(function, arguments)))
    return await asyncio.to_thread(_in_any_thread, function, arguments)


async def insist(function: Callable[..., Result], *arguments: Any) -> Result:
    """Run the function until the database takes it: for what has happened already and must be written down."""
    pause = 0.1
    while True:
        try:
            return await in_database(function, *arguments)
        except TROUBLE as error:
            log.error("The records cannot be written (%s); trying again.", type(error).__name__)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def _in_own_thread(function: Callable[..., Result], arguments: tuple[Any, ...]) -> Result:
    try:
        return function(*arguments)
    except DatabaseError:
        connection.close()
        raise


def _in_any_thread(function: Callable[..., Result], arguments: tuple[Any, ...]) -> Result:
    close_old_connections()
    try:
        return function(*arguments)
    finally:
        close_old_connections()


@dataclass(frozen=True)
class Incoming:
    """What came in on a channel, before it is stored."""

    channel: str
    bot: str
    address: str
    kind: str
    text: str = ""
    update_id: int | None = None
    pressed: tuple[UUID, int] | None = None  # message and place of the button, when one was pressed
    title: str = ""  # what stood on that button
    edited: bool = False
    file: dict[str, Any] | None = field(default=None, repr=False)  # a picture or file that is still to be read


@dataclass(frozen=True)
class Bubble:
    """One bubble to say."""

    text: str
    buttons: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True)
class Pending:
    """One bubble on its way, with the address opened for sending."""

    outbox_id: UUID
    message_id: UUID
    address: str = field(repr=False)
    text: str = field(repr=False)
    buttons: tuple[dict[str, str], ...] = field(repr=False)
    attempts: int


def store(incoming: Sequence[Incoming]) -> list[Message | None]:
    """Keep all of what came in or, when that fails, nothing; None for what is known already."""
    with transaction.atomic():
        return [_store_one(one) for one in incoming]


def _store_one(incoming: Incoming) -> Message | None:
    """Keep what came in; None when this update is known already, or an edit that changed no word."""
    try:
        with transaction.atomic():
            conversation = _conversation_with(incoming.channel, incoming.bot, incoming.address)
            text = _word_of(conversation, incoming) if incoming.kind == Message.Kind.BUTTON else incoming.text
            Contact.objects.filter(pk=conversation.contact_id).update(last_seen_at=timezone.now())
            if incoming.edited and incoming.file is None and text in _last_texts(conversation):
                return None
            message = Message.objects.add(
                conversation, direction=Message.Direction.IN, author=Message.Author.PERSON,
                kind=incoming.kind, text=text, bot=incoming.bot, update_id=incoming.update_id,
                state=Message.State.RECEIVED, file=incoming.file,
            )  # fmt: skip
            message.conversation = conversation
            return message
    except IntegrityError:
        same = Message.objects.filter(bot=incoming.bot, update_id=incoming.update_id)
        if incoming.update_id is None or not same.exists():
            raise
        return None


def _conversation_with(channel: str, bot: str, address: str) -> Conversation:
    """Return the talk with this person, begun when there is none."""
    talks = Conversation.objects.filter(contact__pseudonym=pseudonym_of(channel, bot, address))
    newest = talks.select_related("contact").order_by("-created_at").first()
    return newest or Conversation.objects.create(contact=Contact.objects.reach(channel, bot, address))


def _last_texts(conversation: Conversation) -> list[str]:
    last = Message.objects.filter(conversation=conversation, direction=Message.Direction.IN).order_by("-number")
    return [message.text for message in last[:LOOKED_BACK]]


def _word_of(conversation: Conversation, incoming: Incoming) -> str:
    """Return what the pressed button stands for: by our record, else by what stood on it."""
    if incoming.pressed is None:
        return incoming.text
    message_id, place = incoming.pressed
    message = Message.objects.filter(pk=message_id, conversation=conversation).first()
    buttons = (message.buttons if message else None) or []
    return str(buttons[place]["payload"]) if place < len(buttons) else incoming.title


def quarantine(bot: str, raw: Any, error_class: str) -> None:
    """Put an update aside that cannot be read, so that the others go on."""
    try:
        text = json.dumps(raw)
    except (TypeError, ValueError, RecursionError):
        text = ""
    update_id = raw.get("update_id") if isinstance(raw, dict) else None
    if type(update_id) is not int or abs(update_id) > LARGEST_ID:
        update_id = -1 - zlib.crc32(text.encode())  # it has no usable id; ours are negative, Telegram's never
    Quarantine.objects.get_or_create(
        bot=bot, update_id=update_id, defaults={"raw": text, "error_class": error_class[:120]}
    )


def unanswered(conversation_id: UUID, untold: bool = False) -> list[Message]:
    """Return what waits for an answer, oldest first, with conversation and contact; `untold` of an outage only."""
    waiting = Message.objects.filter(conversation_id=conversation_id, state=Message.State.RECEIVED)
    if untold:
        waiting = waiting.filter(outage_told_at=None)
    return list(waiting.select_related("conversation__contact").order_by("number"))


def next_paper(conversation_id: UUID) -> list[Message]:
    """Return the oldest message whose file is still to be read, with the others of its album, in their order."""
    unread = [message for message in unanswered(conversation_id) if is_unread(message)]
    album = unread[0].file.get("album") if unread else None
    if not album:
        return unread[:1]
    same = [message for message in unread if message.file.get("album") == album]
    return sorted(same, key=lambda message: (message.update_id or 0, message.number))


def is_unread(message: Message) -> bool:
    """Whether the message brought a picture or file that is still to be read."""
    return "files" in (message.file or {})


def keep_paper(messages: Sequence[Message], text: str, file: dict[str, Any]) -> bool:
    """Keep what was read with the first message; where the files lie is forgotten. False when it is gone already.

    The others of an album need no answer of their own: the first one speaks for all.
    """
    with transaction.atomic():
        waiting = Message.objects.select_for_update().filter(
            pk__in=[message.pk for message in messages], state=Message.State.RECEIVED
        )
        rows = {row.pk: row for row in waiting}
        first = rows.pop(messages[0].pk, None)
        if first is None:
            return False
        first.text, first.file = text, file
        first.save(update_fields=["text", "file", "updated_at"])
        for row in rows.values():
            row.file, row.state = None, Message.State.ANSWERED
            row.save(update_fields=["file", "state", "updated_at"])
    return True


def waiting_conversations(channel: str, bot: str) -> list[UUID]:
    """Return the conversations with something unanswered, longest waiting first."""
    waiting = Message.objects.filter(
        state=Message.State.RECEIVED, conversation__contact__channel=channel, conversation__contact__bot=bot
    )
    return [row["conversation"] for row in waiting.values("conversation").annotate(m=Min("created_at")).order_by("m")]


def sending_conversations(channel: str, bot: str) -> list[UUID]:
    """Return the conversations with something to send, longest waiting first."""
    pending = Outbox.objects.filter(
        state=Outbox.State.PENDING, channel=channel, message__conversation__contact__bot=bot
    )
    rows = pending.values("message__conversation").annotate(m=Min("created_at")).order_by("m")
    return [row["message__conversation"] for row in rows]


def silent_conversations(channel: str, bot: str, since: datetime) -> list[UUID]:
    """Return the conversations with a message from before `since` to which nothing at all was said."""
    silent = Message.objects.filter(
        state=Message.State.RECEIVED, outage_told_at=None, created_at__lt=since,
        conversation__contact__channel=channel, conversation__contact__bot=bot,
    )  # fmt: skip
    return list(silent.values_list("conversation", flat=True).distinct())


def fresh(message_id: UUID) -> Message | None:
    """Return the message with its conversation as they are now; None when they were erased."""
    return Message.objects.filter(pk=message_id).select_related("conversation__contact").first()


def settle(
    message: Message, bubbles: Sequence[Bubble], *, state: str = Message.State.ANSWERED, welcomed: bool = False,
    consent: bool | None = None,
) -> bool:  # fmt: skip
    """Write answer, outbox and mark in one transaction; False when the message is settled or gone already."""
    with transaction.atomic():
        open_ = Message.objects.filter(pk=message.pk, state=Message.State.RECEIVED)
        if not open_.update(state=state, updated_at=timezone.now()):
            return False
        contact = message.conversation.contact
        if welcomed:
            Contact.objects.filter(pk=contact.pk, welcomed_at=None).update(welcomed_at=timezone.now())
        if consent is not None:
            now = timezone.now()
            Contact.objects.filter(pk=contact.pk).update(consent=consent, consent_at=now, updated_at=now)
        _put_out(message, bubbles)
    return True


def times_told_of_outage(conversation_id: UUID) -> list[datetime]:
    """Return when each message that still waits for its answer was told of the outage."""
    waiting = Message.objects.filter(conversation_id=conversation_id, state=Message.State.RECEIVED)
    return list(waiting.exclude(outage_told_at=None).values_list("outage_told_at", flat=True))


def tell_of_outage(messages: Sequence[Message], bubbles: Sequence[Bubble]) -> bool:
    """Tell messages of one conversation, which stay unanswered; False when none of them is still to be told."""
    with transaction.atomic():
        waiting = Message.objects.filter(pk__in=[message.pk for message in messages], state=Message.State.RECEIVED)
        if not waiting.filter(outage_told_at=None).update(outage_told_at=timezone.now()):
            return False
        _put_out(messages[-1], bubbles)
    return True


def _put_out(message: Message, bubbles: Sequence[Bubble]) -> None:
    channel = message.conversation.contact.channel
    for bubble in bubbles:
        out = Message.objects.add(
            message.conversation, direction=Message.Direction.OUT, author=Message.Author.BOT, text=bubble.text,
            buttons=[dict(button) for button in bubble.buttons] or None, reply_to=message,
        )  # fmt: skip
        Outbox.objects.create(message=out, channel=channel)


def next_pending(conversation_id: UUID) -> Pending | None:
    """Return the next bubble to send to this person."""
    row = (
        Outbox.objects.filter(state=Outbox.State.PENDING, message__conversation_id=conversation_id)
        .select_related("message__conversation__contact")
        .order_by("message__number")
        .first()
    )
    if row is None:
        return None
    buttons = tuple(row.message.buttons or ())
    address = row.message.conversation.contact.address
    return Pending(row.pk, row.message.pk, address, row.message.text, buttons, row.attempts)


def mark_sent(outbox_id: UUID, delivered_id: str) -> None:
    _mark(outbox_id, state=Outbox.State.SENT, delivered_id=delivered_id)


def mark_failed(outbox_id: UUID, error_class: str) -> None:
    _mark(outbox_id, state=Outbox.State.FAILED, last_error_class=error_class)


def mark_delayed(outbox_id: UUID, error_class: str, attempts: int, seconds: float) -> None:
    later = timezone.now() + timedelta(seconds=seconds)
    _mark(outbox_id, last_error_class=error_class, attempts=attempts, not_before=later)


def _mark(outbox_id: UUID, **values: Any) -> None:
    Outbox.objects.filter(pk=outbox_id, state=Outbox.State.PENDING).update(updated_at=timezone.now(), **values)

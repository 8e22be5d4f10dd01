"""What the gateway reads and writes in the records: plain functions, each a transaction of its own.

`in_database` runs them off the event loop. Nothing here knows Telegram, Rasa or a text.
"""

from __future__ import annotations

import asyncio
import json
import logging
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
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
from django.db.models import F, Min, Q
from django.utils import timezone

from bot import request_ids
from bot.gateway.one_by_one import OneByOne
from bot.records import keeping
from bot.records.models import Channel, Contact, Conversation, Message, Outbox, Quarantine, pseudonym_of

log = logging.getLogger(__name__)

Result = TypeVar("Result")
#: The database cannot be reached, is locked or full: the same call may work in a moment.
TROUBLE = (OperationalError, InterfaceError)
LONGEST_PAUSE = 10.0
LARGEST_ID = 2**63 - 1
#: How many of a chat's last messages are looked through for what an edited one may repeat.
LOOKED_BACK = 20
#: So many messages may be taken back at a time.
TAKEN_BACK_AT_ONCE = 100


@lru_cache(maxsize=1)
def _sqlite_thread() -> OneByOne:
    return OneByOne()


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
    message_id: int | None = None  # on the channel: of the message, or of the bubble whose button was pressed
    request_id: str = field(default_factory=request_ids.current_or_new, compare=False)  # for the logs, never stored


@dataclass(frozen=True)
class Wishes:
    """What is read from a text the moment it is stored."""

    silence: Callable[[str], bool]
    clear: Callable[[str], bool]
    script: Callable[[str], str | None]  # in which one the text is typed, if it shows that


@dataclass(frozen=True)
class Bubble:
    """One bubble to say; `picture` is what bot.replies.pictures draws above the text."""

    text: str
    buttons: tuple[dict[str, str], ...] = ()
    picture: dict[str, Any] | None = None


@dataclass(frozen=True)
class Pending:
    """One bubble on its way, with the address opened for sending."""

    outbox_id: UUID
    message_id: UUID
    address: str = field(repr=False)
    text: str = field(repr=False)
    buttons: tuple[dict[str, str], ...] = field(repr=False)
    attempts: int
    picture: dict[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Shown:
    """Messages that are to leave the person's screen, with the address opened for it."""

    address: str = field(repr=False)
    ids: tuple[str, ...]  # on the channel
    messages: tuple[UUID, ...]


def store(incoming: Sequence[Incoming], wishes: Wishes | None = None) -> list[Message | None]:
    """Keep all of what came in or, when that fails, nothing; None for what is known already."""
    try:
        return _store_all(incoming, wishes)
    except (Conversation.DoesNotExist, IntegrityError):
        return _store_all(incoming, wishes)  # somebody of them was erased at this very moment, and begins anew


def _store_all(incoming: Sequence[Incoming], wishes: Wishes | None) -> list[Message | None]:
    with transaction.atomic():
        return [_store_one(one, wishes) for one in incoming]


def _store_one(incoming: Incoming, wishes: Wishes | None) -> Message | None:
    """Keep what came in; None when this update is known already, or an edit that changed no word."""
    try:
        with transaction.atomic():
            conversation = _conversation_with(incoming.channel, incoming.bot, incoming.address)
            text = _word_of(conversation, incoming) if incoming.kind == Message.Kind.BUTTON else incoming.text
            Contact.objects.filter(pk=conversation.contact_id).update(last_seen_at=timezone.now())
            if incoming.edited and incoming.file is None and _was_said(conversation, text):
                return None
            message = Message.objects.add(
                conversation, direction=Message.Direction.IN, author=Message.Author.PERSON,
                kind=incoming.kind, text=text, bot=incoming.bot, update_id=incoming.update_id,
                state=Message.State.RECEIVED, file=incoming.file, channel_message_id=incoming.message_id,
            )  # fmt: skip
            message.conversation = conversation
            _note_script(message, wishes)
            _heed(message, wishes)
            return message
    except IntegrityError:
        same = Message.objects.filter(bot=incoming.bot, update_id=incoming.update_id)
        if incoming.update_id is None or not same.exists():
            raise
        return None


def _note_script(message: Message, wishes: Wishes | None) -> None:
    """Remember which script the person types; what buttons say and papers hold is somebody else's writing."""
    script = wishes.script(message.text) if wishes and message.kind != Message.Kind.BUTTON else None
    if script and script != message.conversation.script:
        _change(message.conversation, script=script)


def _heed(message: Message, wishes: Wishes | None) -> None:
    """Be silent or clear the screen when the message asks for it; any other ends the silence.

    In the transaction that stores it: an answer that is being made at the same time comes too late.
    """
    silence = wishes is not None and (wishes.silence(message.text) or _goes_on_in_silence(message))
    clear = wishes is not None and wishes.clear(message.text)
    changes: dict[str, Any] = {"silent": silence}
    if silence:
        changes |= {"hushed_through": message.number}
    if silence and not is_unread(message):  # what a picture or file says is to be known once the person writes again
        message.state = Message.State.ANSWERED  # by saying nothing
        Message.objects.filter(pk=message.pk).update(state=message.state)
    if clear:
        changes |= {"hushed_through": message.number - 1, "cleared_through": message.number, "clearing": True}
    if silence or clear:
        _withdraw(message.conversation)
    elif not message.conversation.silent:
        return
    _put_last(message.conversation)
    _change(message.conversation, **changes)
    keeping.empty_needless(message.conversation_id, timezone.now())


def _goes_on_in_silence(message: Message) -> bool:
    """Whether it is one more picture of an album with which silence was asked for: only one of them has the words."""
    talk = message.conversation
    if not talk.silent or not is_unread(message) or not message.file["album"]:
        return False
    before = Message.objects.filter(conversation=talk, number=talk.hushed_through).first()
    return before is not None and is_unread(before) and before.file["album"] == message.file["album"]


def _withdraw(conversation: Conversation) -> None:
    """Drop the bot's bubbles that were not sent yet."""
    waiting = Outbox.objects.filter(state=Outbox.State.PENDING, message__conversation=conversation)
    Message.objects.filter(outbox__in=waiting, author=Message.Author.BOT).delete()


def _put_last(conversation: Conversation) -> None:
    """Let what nobody has seen yet, as staff's words that a silence held back, follow all that was said."""
    unseen = Message.objects.filter(conversation=conversation, outbox__state=Outbox.State.PENDING).order_by("number")
    for pk in list(unseen.values_list("pk", flat=True)):
        _change(conversation, last_number=conversation.last_number + 1)
        Message.objects.filter(pk=pk).update(number=conversation.last_number, updated_at=timezone.now())


def _change(conversation: Conversation, **values: Any) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(updated_at=timezone.now(), **values)
    for name, value in values.items():
        setattr(conversation, name, value)


def clear_screen(conversation_id: UUID) -> None:
    """Show nothing more of what was said so far; there is no message that asked for it."""
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update().get(pk=conversation_id)
        _withdraw(conversation)
        last = conversation.last_number
        _put_last(conversation)
        _change(conversation, hushed_through=last, cleared_through=last, clearing=True)
        keeping.empty_needless(conversation_id, timezone.now())


def clearing_conversations(channel: str, bot: str) -> list[UUID]:
    """Return the conversations of which something may still be on the screen that is to leave it."""
    clearing = Conversation.objects.filter(clearing=True, contact__channel=channel, contact__bot=bot)
    return list(clearing.values_list("pk", flat=True))


def to_take_back(conversation_id: UUID, since: datetime) -> Shown | None:
    """Return what is to leave the screen next, newest first, nothing from before `since`; None when all is done."""
    talk = Conversation.objects.filter(pk=conversation_id, clearing=True).select_related("contact").first()
    if talk is None:
        return None
    cleared = Message.objects.filter(conversation=talk, number__lte=talk.cleared_through)
    came = Q(direction=Message.Direction.IN, channel_message_id__isnull=False, created_at__gte=since)
    sent = Q(outbox__state=Outbox.State.SENT, outbox__updated_at__gte=since) & ~Q(outbox__delivered_id="")
    ids_of = cleared.filter(came | sent).values_list("pk", "channel_message_id", "outbox__delivered_id")
    rows = list(ids_of.order_by("-number")[:TAKEN_BACK_AT_ONCE])
    if not rows:
        # A message that came meanwhile may have moved the mark: then there is more to do.
        Conversation.objects.filter(pk=talk.pk, cleared_through=talk.cleared_through).update(clearing=False)
        return None
    ids = (delivered or str(came_as) for _, came_as, delivered in rows)
    return Shown(talk.contact.address, tuple(dict.fromkeys(ids)), tuple(pk for pk, _, _ in rows))


def taken_back(messages: Sequence[UUID]) -> None:
    """Forget the ids: they are kept only while the channel shows the messages."""
    with transaction.atomic():
        Message.objects.filter(pk__in=messages).update(channel_message_id=None)
        Outbox.objects.filter(message__in=messages).update(delivered_id="")


def _conversation_with(channel: str, bot: str, address: str) -> Conversation:
    """Return the talk with this person, begun when there is none."""
    talks = Conversation.objects.filter(contact__pseudonym=pseudonym_of(channel, bot, address))
    newest = talks.select_related("contact").order_by("-created_at").first()
    return newest or Conversation.objects.create(contact=Contact.objects.reach(channel, bot, address))


def _was_said(conversation: Conversation, text: str) -> bool:
    last = Message.objects.filter(conversation=conversation, direction=Message.Direction.IN).order_by("-number")
    return any(keeping.says(message, text) for message in last[:LOOKED_BACK])


def _word_of(conversation: Conversation, incoming: Incoming) -> str:
    """Return what the pressed button stands for: by our record, else by what stood on it."""
    if incoming.pressed is None:
        return incoming.text
    message_id, place = incoming.pressed
    message = Message.objects.filter(pk=message_id, conversation=conversation).first()
    buttons = (message.buttons if message else None) or []
    return str(buttons[place]["payload"]) if place < len(buttons) else incoming.title


def quarantine(bot: str, raw: Any, error_class: str, whose: str = "") -> None:
    """Put an update aside that cannot be read, so that the others go on; `whose` is the address seen in it, if any."""
    try:
        text = json.dumps(raw)
    except (TypeError, ValueError, RecursionError):
        text = ""
    update_id = raw.get("update_id") if isinstance(raw, dict) else None
    if type(update_id) is not int or abs(update_id) > LARGEST_ID:
        update_id = -1 - zlib.crc32(text.encode())  # it has no usable id; ours are negative, Telegram's never
    pseudonym = pseudonym_of(Channel.TELEGRAM, bot, whose) if whose else ""
    defaults = {"raw": text, "error_class": error_class[:120], "pseudonym": pseudonym}
    Quarantine.objects.get_or_create(bot=bot, update_id=update_id, defaults=defaults)


def unanswered(conversation_id: UUID, untold: bool = False) -> list[Message]:
    """Return what waits for an answer, oldest first, with conversation and contact; `untold` of an outage only."""
    waiting = Message.objects.filter(conversation_id=conversation_id, state=Message.State.RECEIVED)
    if untold:
        waiting = waiting.filter(outage_told_at=None, number__gt=F("conversation__hushed_through"))
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


def is_hushed(message: Message) -> bool:
    """Whether nothing more may be said to the message, as its conversation was when both were read."""
    return message.number <= message.conversation.hushed_through


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
        keeping.empty_needless(first.conversation_id, timezone.now())
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
        state=Outbox.State.PENDING, channel=channel, message__conversation__contact__bot=bot,
        message__conversation__silent=False,
    )  # fmt: skip
    rows = pending.values("message__conversation").annotate(m=Min("created_at")).order_by("m")
    return [row["message__conversation"] for row in rows]


def untold(channel: str, bot: str) -> dict[UUID, UUID]:
    """Return the messages to which nothing at all was said yet, each with its conversation.

    How long they wait is for the process to measure: by the time they were stored, a clock that is set would tell
    everybody of trouble, or nobody for hours.
    """
    silent = Message.objects.filter(
        state=Message.State.RECEIVED, outage_told_at=None, number__gt=F("conversation__hushed_through"),
        conversation__contact__channel=channel, conversation__contact__bot=bot,
    )  # fmt: skip
    return dict(silent.values_list("pk", "conversation"))


def fresh(message_id: UUID) -> Message | None:
    """Return the message with its conversation as they are now; None when they were erased."""
    return Message.objects.filter(pk=message_id).select_related("conversation__contact").first()


def settle(
    message: Message, bubbles: Sequence[Bubble], *, state: str = Message.State.ANSWERED, welcomed: bool = False,
    consent: bool | None = None, kept: str | None = None, asked_again: bool = False,
) -> bool:  # fmt: skip
    """Write answer, outbox and mark in one transaction; False when the message is settled or gone already.

    `kept` takes the place of the message's text, where that must not stay.
    """
    with transaction.atomic():
        open_ = Message.objects.filter(pk=message.pk, state=Message.State.RECEIVED)
        if not open_.update(state=state, updated_at=timezone.now()):
            return False
        if kept is not None:
            row = Message.objects.get(pk=message.pk)
            row.text = kept
            row.save(update_fields=["text", "updated_at"])
        if _are_hushed_by_now([message]):
            bubbles, welcomed, asked_again = (), False, False
        contact = message.conversation.contact
        if welcomed:
            Contact.objects.filter(pk=contact.pk, welcomed_at=None).update(welcomed_at=timezone.now())
        now = timezone.now()
        if asked_again:
            Contact.objects.filter(pk=contact.pk).update(consent_asked_at=now)
        if consent is not None:
            Contact.objects.filter(pk=contact.pk).update(consent=consent, consent_at=now, updated_at=now)
        _put_out(message, bubbles)
        if consent is False:
            keeping.withdraw(contact.pk, now)
        keeping.empty_needless(message.conversation_id, now)
    return True


def times_told_of_outage(conversation_id: UUID) -> list[datetime]:
    """Return when each message that still waits for its answer was told of the outage."""
    waiting = Message.objects.filter(conversation_id=conversation_id, state=Message.State.RECEIVED)
    return list(waiting.exclude(outage_told_at=None).values_list("outage_told_at", flat=True))


def tell_of_outage(messages: Sequence[Message], bubbles: Sequence[Bubble]) -> bool:
    """Tell messages of one conversation, which stay unanswered; False when none of them is still to be told."""
    with transaction.atomic():
        waiting = Message.objects.filter(pk__in=[message.pk for message in messages], state=Message.State.RECEIVED)
        if _are_hushed_by_now(messages) or not waiting.filter(outage_told_at=None).update(
            outage_told_at=timezone.now()
        ):
            return False
        _put_out(messages[-1], bubbles)
    return True


def _are_hushed_by_now(messages: Sequence[Message]) -> bool:
    """Whether nothing more may be said to these messages of one conversation.

    The lock makes a wish for silence that comes at this moment wait, and then withdraw what is being written here.
    """
    talk = Conversation.objects.select_for_update().filter(pk=messages[-1].conversation_id)
    hushed_through = talk.values_list("hushed_through", flat=True).first() or 0
    return max(message.number for message in messages) <= hushed_through


def _put_out(message: Message, bubbles: Sequence[Bubble]) -> None:
    channel = message.conversation.contact.channel
    for bubble in bubbles:
        out = Message.objects.add(
            message.conversation, direction=Message.Direction.OUT, author=Message.Author.BOT, text=bubble.text,
            buttons=[dict(button) for button in bubble.buttons] or None, picture=bubble.picture, reply_to=message,
        )  # fmt: skip
        Outbox.objects.create(message=out, channel=channel)


def next_pending(conversation_id: UUID) -> Pending | None:
    """Return the next bubble to send to this person; none while silence is wished for."""
    talk = Conversation.objects.filter(pk=conversation_id, silent=False)
    row = (
        Outbox.objects.filter(state=Outbox.State.PENDING, message__conversation__in=talk)
        .select_related("message__conversation__contact")
        .order_by("message__number")
        .first()
    )
    if row is None:
        return None
    buttons = tuple(row.message.buttons or ())
    address = row.message.conversation.contact.address
    return Pending(row.pk, row.message.pk, address, row.message.text, buttons, row.attempts, row.message.picture)


def mark_sent(outbox_id: UUID, delivered_id: str) -> bool:
    """Note that it arrived; False when it was withdrawn while it was on its way.

    Nothing else, as a kill before this sends the bubble again; `empty_sent` is to follow.
    """
    return bool(_mark(outbox_id, state=Outbox.State.SENT, delivered_id=delivered_id)) or _is_there(outbox_id)


def mark_failed(outbox_id: UUID, error_class: str) -> None:
    _mark(outbox_id, state=Outbox.State.FAILED, last_error_class=error_class)


def mark_delayed(outbox_id: UUID, error_class: str, attempts: int, seconds: float) -> None:
    later = timezone.now() + timedelta(seconds=seconds)
    _mark(outbox_id, last_error_class=error_class, attempts=attempts, not_before=later)


def empty_sent(conversation_id: UUID) -> None:
    """Take away the words of what was sent, where nobody agreed that they are kept; a crash before it is made good."""
    with transaction.atomic():
        keeping.empty_needless(conversation_id, timezone.now())


def _is_there(outbox_id: UUID) -> bool:
    return Outbox.objects.filter(pk=outbox_id).exists()


def _mark(outbox_id: UUID, **values: Any) -> int:
    return Outbox.objects.filter(pk=outbox_id, state=Outbox.State.PENDING).update(updated_at=timezone.now(), **values)

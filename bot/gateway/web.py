"""The same conversation for the chat page: what the site needs, and nothing of how it works.

contact = await web.contact_for_session(session_key)
received = await web.receive(session_key, text)        # waits for the answer, at most 12 s
shown = await web.messages_to_show(contact, after=number)
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import secrets
import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Max, QuerySet
from django.utils import timezone

from bot.gateway import ledger
from bot.gateway.conversation import CannotDeliver, Conversations
from bot.gateway.ledger import Incoming, Pending, in_database
from bot.gateway.papers import CannotFetch
from bot.gateway.rasa_client import TIMEOUT_SECONDS, RasaClient
from bot.gateway.receipts import conceal
from bot.gateway.voice import Voice
from bot.papers.kinds import picture_format
from bot.records.models import Channel, Contact, Conversation, Message, Outbox
from bot.records.receipt_codes import code_in, masked
from bot.replies import pictures
from bot.settings import PROJECT, Settings

log = logging.getLogger(__name__)

LONGEST_WAIT = 12.0
LOOK_SECONDS = 1.0
SHOWN_AT_MOST = 200
#: Bytes of all files that wait to be read; more are answered with the request to send them again.
HELD_AT_MOST = 200_000_000
#: So long the code of a receipt waits for the page that shows it.
ONCE_SECONDS = 600.0
PAPERS = (Message.Kind.PHOTO, Message.Kind.DOCUMENT)


@dataclass(frozen=True)
class Shown:
    """One bubble of the page."""

    number: int
    author: str  # person, bot, staff
    text: str = field(repr=False)
    buttons: tuple[dict[str, str], ...] = field(repr=False)
    at: datetime
    paper: bool = False  # a picture or file; its text is what was read
    picture: str | None = field(default=None, repr=False)  # what it shows, in words; None when there is none
    once: UUID | None = field(default=None, repr=False)  # under this name `shown_now` may have more of it


@dataclass(frozen=True)
class Received:
    """What came of a message."""

    messages: tuple[Shown, ...]  # new since the message, the message itself included while it is there
    number: int = 0  # of the message
    erased: bool = False  # the person confirmed erasing: forget the session
    waiting: bool = False  # the proper answer is still to come: look again later
    cleared: bool = False  # the person cleared the screen: show nothing but the messages


class _ShownOnce:
    """Texts that a page is to show a single time, in memory alone and for minutes: the records hold them masked.

    A form without a script is answered by a redirect, so what shows the text is another request than what made it.
    """

    def __init__(self, seconds: float = ONCE_SECONDS) -> None:
        self._seconds = seconds
        self._texts: dict[UUID, tuple[float, str]] = {}  # until when; an empty text was shown already

    def hold(self, name: UUID, text: str) -> None:
        """Keep it; what was handed out already is not taken in again, whoever comes later with the old text."""
        now = time.monotonic()
        self._texts = {one: kept for one, kept in self._texts.items() if kept[0] > now}
        self._texts.setdefault(name, (now + self._seconds, text))

    def take(self, name: UUID) -> str:
        """Return the text, and nothing the next time."""
        until, text = self._texts.get(name, (0.0, ""))
        if not text or until < time.monotonic():
            return ""
        self._texts[name] = (until, "")
        return text


_once = _ShownOnce()


class WebChannel:
    """A page shows what is stored: there is nothing to send. Files that came with a form wait here, in memory alone."""

    name = str(Channel.WEB)
    bot = ""
    welcome = "utter_welcome_web"
    cleared = "utter_cleared_web"
    sends = False

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}

    def hold(self, content: bytes) -> dict[str, Any]:
        """Keep a file until it is fetched or let go; return what names it."""
        name = secrets.token_hex(16)
        if sum(map(len, self._held.values())) + len(content) <= HELD_AT_MOST:
            self._held[name] = content
        return {"id": name, "size": len(content)}

    def let_go(self, files: Sequence[Mapping[str, Any]]) -> None:
        for file in files:
            self._held.pop(file["id"], None)

    async def fetch(self, file: Mapping[str, Any]) -> bytes:
        content = self._held.pop(file["id"], None)
        if content is None:
            raise CannotFetch("not held: too much at a time, or another process took it")
        return content

    def part(self, text: str) -> list[str]:
        return [text.strip()]

    def holds_caption(self, text: str) -> bool:
        return True

    async def show_typing(self, address: str, answered: asyncio.Event) -> None:
        return

    async def deliver(self, pending: Pending) -> str:
        raise CannotDeliver("a page looks for itself")

    async def take_back(self, address: str, ids: Sequence[str]) -> None:
        return  # what is not to be seen any more is not shown any more

    async def say_farewell(self, address: str, text: str) -> None:
        return


class WebAnswerer:
    """Answers the page's messages, also those left over from a crash or from the time when Rasa was out."""

    def __init__(
        self, settings: Settings, voice: Voice, *, rasa_timeout: float = TIMEOUT_SECONDS,
        longest_wait: float = LONGEST_WAIT, watch_seconds: float = 1.0, first_pause: float = 1.0,
    ) -> None:  # fmt: skip
        self._rasa = RasaClient(settings.rasa_url, settings.rasa_token, timeout=rasa_timeout)
        self._longest_wait = longest_wait
        self.voice = voice
        self._channel = WebChannel()
        self.conversations = Conversations(
            self._channel, self._rasa, voice, watch_seconds=watch_seconds, first_pause=first_pause
        )

    def start(self) -> None:
        self.conversations.start()

    async def stop(self) -> None:
        await self.conversations.stop()
        await self._rasa.close()

    async def receive(
        self, session_key: str, text: str, number: int | None = None, pressed: bool = False, files: Sequence[bytes] = ()
    ) -> Received:
        """Store what was typed or pressed, once for each `number`, and wait for its answer or the word of trouble."""
        held = [self._channel.hold(content) for content in files]
        try:
            message = await self.conversations.store(_incoming(session_key, text, number, pressed, files, held))
        except BaseException:
            self._channel.let_go(held)
            raise
        if message is None:
            self._channel.let_go(held)  # the form came in twice: the first one has them
            message = await in_database(_stored, number)
        fresh = await self._answered_or_told(message) if message else None
        if fresh is None:
            self._channel.let_go(held)
            return Received((), erased=True)
        waiting = fresh.state == Message.State.RECEIVED
        if not waiting:
            self._channel.let_go(held)  # read by now, or one too many
        if waiting:
            await self.conversations.tell_of_outage(fresh)
        shown = await in_database(_to_show, fresh.conversation.contact, fresh.number - 1)
        cleared = fresh.number <= fresh.conversation.cleared_through
        return Received(tuple(shown), fresh.number, waiting=waiting, cleared=cleared)

    async def _answered_or_told(self, message: Message) -> Message | None:
        """Return the message once there is something to show for it, or after the longest wait; None when erased."""
        until = time.monotonic() + self._longest_wait
        while True:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.conversations.finished(message.conversation_id), LOOK_SECONDS)
                until = 0.0  # what is left lying has to wait for Rasa
            fresh = await in_database(ledger.fresh, message.pk)
            if fresh is None or fresh.state != Message.State.RECEIVED or fresh.outage_told_at:
                return fresh
            if time.monotonic() >= until:
                return fresh


def _incoming(
    session_key: str, text: str, number: int | None, pressed: bool, files: Sequence[bytes],
    held: Sequence[Mapping[str, Any]],
) -> Incoming:  # fmt: skip
    kind, file = Message.Kind.BUTTON if pressed else Message.Kind.TEXT, None
    if held:
        kind = Message.Kind.PHOTO if all(map(picture_format, files)) else Message.Kind.DOCUMENT
        file = {"files": list(held), "album": ""}
    return Incoming(Channel.WEB, "", session_key, kind, text, number, file=file)


_answerers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, WebAnswerer] = weakref.WeakKeyDictionary()


def answerer() -> WebAnswerer:
    """Return the answerer of this process, at work from now on; call it when the site starts."""
    loop = asyncio.get_running_loop()
    if loop not in _answerers:
        voice = Voice.load(PROJECT / "domain.yml", PROJECT / "data" / "knowledge")
        use(WebAnswerer(Settings.from_environment(), voice))
    return _answerers[loop]


def use(made: WebAnswerer) -> None:
    """Make this answerer the one of the running loop and start it."""
    _answerers[asyncio.get_running_loop()] = made
    made.start()


async def contact_for_session(session_key: str) -> Contact | None:
    """Return who writes in this session; None while they have not written."""
    return await in_database(Contact.objects.find, Channel.WEB, "", session_key)


async def receive(
    session_key: str, text: str, number: int | None = None, pressed: bool = False, files: Sequence[bytes] = ()
) -> Received:
    return await answerer().receive(session_key, text, number, pressed, files)


def welcome() -> Shown:
    """Return the greeting for a page without messages; it is stored with the first answer."""
    bubble = answerer().conversations.welcome()
    return Shown(0, Message.Author.BOT, bubble.text, bubble.buttons, timezone.now())


async def messages_to_show(contact: Contact, after: int = 0) -> list[Shown]:
    """Return the bubbles with a greater number, oldest first."""
    answerer()  # whatever is left over is answered while the page is open
    return await in_database(_to_show, contact, after)


def shown_now(bubble: Shown) -> Shown:
    """Return the bubble as a page that is being made shows it: the code of a receipt stands there once."""
    text = _once.take(bubble.once) if bubble.once else ""
    return dataclasses.replace(bubble, text=text) if text else bubble


async def cleared_through(contact: Contact) -> int:
    """Return the number up to which nothing is shown any more; 0 when the screen was never cleared."""
    return await in_database(_cleared_through, contact)


async def clear_screen(contact: Contact) -> None:
    """Show nothing more of what was said so far."""
    for conversation_id in await in_database(_conversations_of, contact):
        await in_database(ledger.clear_screen, conversation_id)


async def picture(contact: Contact, number: int) -> dict[str, Any] | None:
    """Return what is to be drawn above the bubble with this number; None when nothing is, or not any more."""
    return await in_database(_picture, contact, number)


def _cleared_through(contact: Contact) -> int:
    return Conversation.objects.filter(contact=contact).aggregate(most=Max("cleared_through"))["most"] or 0


def _conversations_of(contact: Contact) -> list[Any]:
    return list(Conversation.objects.filter(contact=contact).values_list("pk", flat=True))


def _picture(contact: Contact, number: int) -> dict[str, Any] | None:
    message = _visible(contact, number - 1).filter(number=number).first()
    return message.picture if message else None


def _visible(contact: Contact, after: int) -> QuerySet[Message]:
    """Return what may be shown: nothing from before the screen was cleared, no news while silence is wished for."""
    later = Message.objects.filter(
        conversation__contact=contact, number__gt=after, emptied_at=None
    ).filter(number__gt=F("conversation__cleared_through"))  # fmt: skip
    return later.exclude(conversation__silent=True, outbox__state=Outbox.State.PENDING)


def _stored(number: int | None) -> Message | None:
    return Message.objects.filter(bot="", update_id=number).select_related("conversation__contact").first()


def _to_show(contact: Contact, after: int) -> list[Shown]:
    newest = _visible(contact, after).order_by("-number")
    messages = list(newest.select_related("outbox")[:SHOWN_AT_MOST])[::-1]
    sent = [message for message in messages if message.direction == Message.Direction.OUT]
    for message in sent:
        if message.author == Message.Author.BOT and code_in(message.text):
            _once.hold(message.pk, message.text)
            conceal(message.pk)
            message.text = masked(message.text)
    waiting = [message.pk for message in sent]
    Outbox.objects.filter(message__in=waiting, state=Outbox.State.PENDING).update(state=Outbox.State.SENT)
    return [
        Shown(
            message.number, message.author, message.text, tuple(message.buttons or ()), message.created_at,
            paper=message.kind in PAPERS, picture=None if message.picture is None else _described(message.picture),
            once=message.pk,
        )
        for message in messages
    ]  # fmt: skip


def _described(spec: dict[str, Any]) -> str:
    """Return the picture in words; none at all rather than no bubble."""
    try:
        return pictures.alt_text(spec)
    except Exception as error:
        log.error("A picture cannot be told in words (%s).", type(error).__name__)
        return ""

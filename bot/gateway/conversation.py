"""The way of a message, the same on every channel: store, ask Rasa, write answer and outbox at once, send, mark.

All state is in the records; a new process goes on where the last one was killed. Only hints are kept in memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import time
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from bot import request_ids
from bot.gateway import ledger, words
from bot.gateway.ledger import Bubble, Incoming, Pending, Wishes, in_database, insist
from bot.gateway.limits import TOO_MUCH, MessageLimit
from bot.gateway.one_by_one import storing
from bot.gateway.ordering import ChatWork, end, is_urgent, urgently
from bot.gateway.outage import FLOOD_SPAN, Outage, sharing_a_bubble
from bot.gateway.papers import ALBUM_SECONDS, MOST_FILES, Papers
from bot.gateway.plain_text import LONGEST_KEPT, LONGEST_UNDERSTOOD, cleaned, has_words, is_blank
from bot.gateway.rasa_client import RasaClient, RasaUnavailable
from bot.gateway.receipts import Asked, Receipts, conceal
from bot.gateway.voice import Voice
from bot.health import counted, tally
from bot.language.script import SIMPLIFIED, in_script
from bot.records.erasing import erase_contact
from bot.records.models import Contact, Message
from bot.records.receipt_codes import code_in

log = logging.getLogger(__name__)

#: A message that Rasa leaves unanswered so often, while it answers others, is the trouble itself.
TRIES_OF_ONE_MESSAGE = 3
LONGEST_SEND_PAUSE = 300.0
LONGEST_FAREWELL = 10.0
#: So many chats are answered, or sent to, at a time; as many more that are in danger.
ANSWERED_AT_ONCE = 8
SENT_AT_ONCE = 8
#: Rasa thinks about one message at a time while its actions work at another: more at once would answer nobody sooner,
#: and stand in the way of somebody in danger, who is asked for at once.
ASKED_AT_ONCE = 2
#: Whoever waited so many seconds hears at least that there is trouble, in danger after a fifth of it.
LONGEST_SILENCE = 8.0
#: Telegram lets a bot delete nothing older; a channel without such a limit loses nothing by it.
TAKEN_BACK_WITHIN = timedelta(hours=48)
#: Who calls for help is asked for consent again, but not at every message.
ASKED_AGAIN_AFTER = timedelta(hours=24)
#: Taken at their word the moment they are stored.
WISHES = Wishes(words.asks_for_silence, words.asks_to_clear, words.script_typed)

#: So many chats have a picture or file fetched and read at a time; the reading itself goes two by two.
READ_FOR_AT_ONCE = 8

#: What to say to a kind of message that nobody can read, or could not this time.
NOTES = {
    Message.Kind.PHOTO: "utter_input_photo",
    Message.Kind.VOICE: "utter_input_voice",
    Message.Kind.STICKER: "utter_input_sticker",
    Message.Kind.LOCATION: "utter_input_location",
    Message.Kind.DOCUMENT: "utter_input_document",
    Message.Kind.OTHER: "utter_input_other",
    Message.Kind.UNREADABLE: "utter_input_unreadable",
}


class TryLater(Exception):
    """The channel cannot take the bubble now; `seconds` when it said for how long."""

    def __init__(self, error_class: str, seconds: float | None = None) -> None:
        super().__init__(error_class)
        self.error_class, self.seconds = error_class, seconds


class CannotDeliver(Exception):
    """The channel will never take this bubble."""


class Channel(Protocol):
    """What a channel does for the conversations."""

    @property
    def name(self) -> str:
        """The name as in the records."""

    @property
    def bot(self) -> str:
        """The bot's id, where there can be several."""

    @property
    def welcome(self) -> str:
        """The response that greets on this channel."""

    @property
    def cleared(self) -> str:
        """The response that says what clearing the screen cannot reach on this channel."""

    @property
    def sends(self) -> bool:
        """Whether it sends; a page looks for itself."""

    def part(self, text: str) -> list[str]:
        """Part a text into bubbles of a size that the channel takes."""

    def holds_caption(self, text: str) -> bool:
        """Return whether a picture takes the text with it; otherwise the text follows as a bubble of its own."""

    async def show_typing(self, address: str, answered: asyncio.Event) -> None:
        """Show that an answer is on its way, until it is there."""

    async def deliver(self, pending: Pending) -> str:
        """Send one bubble and return its id on the channel; TryLater or CannotDeliver."""

    async def fetch(self, file: Mapping[str, Any]) -> bytes:
        """Return the bytes of a picture or file, as its message names it; FetchLater, CannotFetch or a PaperError."""

    async def take_back(self, address: str, ids: Sequence[str]) -> None:
        """Delete messages on both sides, as far as the channel lets us; TryLater."""

    async def say_farewell(self, address: str, text: str) -> None:
        """Send a last bubble of which nothing is kept; TryLater or CannotDeliver."""


@dataclass(frozen=True)
class OwnAnswer:
    """An answer that the gateway gives without Rasa."""

    bubbles: tuple[Bubble, ...] = ()
    greet: bool = True  # greet first when the person has not been greeted
    welcomed: bool = False
    consent: bool | None = None
    erase: bool = False
    receipt: Asked | None = None  # the bubble is made when it is done


class Conversations:
    """Answers everyone on one channel."""

    def __init__(
        self, channel: Channel, rasa: RasaClient, voice: Voice, *, longest_silence: float = LONGEST_SILENCE,
        watch_seconds: float = 1.0, first_pause: float = 1.0, album_seconds: float = ALBUM_SECONDS,
    ) -> None:  # fmt: skip
        self._channel, self._rasa, self._voice = channel, rasa, voice
        self._longest_silence, self._watch_seconds, self._first_pause = longest_silence, watch_seconds, first_pause
        self._album_seconds = album_seconds
        self._papers = Papers(channel.fetch, first_pause)
        self._receipts = Receipts(voice)
        self._limit = MessageLimit(channel.name)
        self.answers = ChatWork(self._see_to, ANSWERED_AT_ONCE)
        self.readings = ChatWork(self._read_papers, READ_FOR_AT_ONCE)
        self.deliveries = ChatWork(self._send, SENT_AT_ONCE)
        self.outage = Outage(rasa.works, self._wake_soon, first_pause)
        self._asked = asyncio.Semaphore(ASKED_AT_ONCE)
        self._tries: dict[UUID, tuple[int, float]] = {}  # message -> failed tries, when to try again
        self._danger: dict[UUID, bool] = {}  # message -> whether it speaks of danger: each is read for that once
        self._waits_since: dict[UUID, float] = {}  # message to which nothing was said -> when it was first seen so
        self._send_after: dict[UUID, float] = {}  # outbox row -> when; monotonic, so a stepping clock changes nothing
        self._clear_after: dict[UUID, tuple[float, float]] = {}  # conversation -> when, and the pause before it
        self._typing_in: dict[UUID, set[asyncio.Event]] = {}  # conversation -> each set to stop showing it
        self._requests = tally.RequestNames()
        self._said_farewell: set[UUID] = set()
        self._side_work: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._watcher: asyncio.Task[None] | None = None

    # in and out

    def start(self) -> None:
        """Go on with whatever is unanswered or unsent, and keep looking for more."""
        if self._watcher is None:
            self._watcher = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        if self._watcher:
            await end(self._watcher)
            self._watcher = None
        await self.outage.stop()
        await self.readings.stop()
        await self.answers.stop()
        await self.deliveries.stop()
        for task in list(self._side_work):
            task.cancel()

    async def store(self, incoming: Incoming) -> Message | None:
        """Keep what came in, then see to it; None when it is known already. Once this returns it is safe."""
        return (await self.store_all([incoming]))[0]

    async def store_all(self, incoming: Sequence[Incoming]) -> list[Message | None]:
        """Store several at once, which is much quicker; all or none of them."""
        # Rasa strips what it gets: stripped here, the offsets of its findings fit the stored text.
        texts = [words.spoken(cleaned(one.text[:LONGEST_KEPT]).strip()) for one in incoming]
        kept = [dataclasses.replace(one, text=text) for one, text in zip(incoming, texts, strict=True)]
        with storing(), self._as_urgent_as(any(map(self._voice.hears_danger, texts))):
            stored = await in_database(ledger.store, kept, WISHES)
        for one, message in zip(kept, stored, strict=True):
            if message is None:
                continue
            self._requests.keep(message.pk, one.request_id)
            tally.received(self._channel.name, message)
            self._limit.count(message, self._in_danger(message))
            if message.conversation.silent:
                for answered in self._typing_in.get(message.conversation_id, ()):
                    answered.set()
            self._see_to_soon(message)
        return stored

    def hears_danger(self, text: str) -> bool:
        """Whether the text speaks of danger now."""
        return self._voice.hears_danger(text)

    @staticmethod
    def _as_urgent_as(danger: bool) -> contextlib.AbstractContextManager[None]:
        return urgently() if danger else contextlib.nullcontext()

    def _see_to_soon(self, message: Message) -> None:
        danger = self._in_danger(message)
        with request_ids.named(self._requests.of(message.pk)), self._as_urgent_as(danger):
            self.answers.wake(message.conversation_id)
            if danger:
                self._beside(self._lose_patience(message))

    async def finished(self, conversation_id: UUID) -> None:
        """Wait until nothing more is done for this conversation; cancelling the wait leaves the work alone."""
        await self.answers.finished(conversation_id)
        while self.readings.is_at_work(conversation_id):
            await self.readings.finished(conversation_id)
            await self.answers.finished(conversation_id)

    def welcome(self) -> Bubble:
        """Return the greeting with the question whether staff may read."""
        return self._voice.consent_question(self._channel.welcome)

    async def _watch(self) -> None:
        while True:
            self._news.clear()
            try:
                await self._wake_all()
            except Exception as error:
                log.error("The records cannot be read (%s); trying again.", type(error).__name__)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._news.wait(), self._watch_seconds)

    def _wake_soon(self) -> None:
        self._news.set()

    async def _wake_all(self) -> None:
        place = (self._channel.name, self._channel.bot)
        if not self.outage.is_on:
            for conversation_id in await in_database(ledger.waiting_conversations, *place):
                self.answers.wake_if_rested(conversation_id)
        for conversation_id in self._overdue(await in_database(ledger.untold, *place)):
            await self._tell_of_outage(conversation_id)
        sending = await in_database(ledger.sending_conversations, *place) if self._channel.sends else []
        for conversation_id in dict.fromkeys([*sending, *await in_database(ledger.clearing_conversations, *place)]):
            self.deliveries.wake_if_rested(conversation_id)

    def _overdue(self, untold: Mapping[UUID, UUID]) -> set[UUID]:
        """Return the conversations of the messages (message -> conversation) that waited too long for any word."""
        now = time.monotonic()
        self._waits_since = {pk: self._waits_since.get(pk, now) for pk in untold}
        return {untold[pk] for pk, since in self._waits_since.items() if now - since >= self._longest_silence}

    # answering

    async def _see_to(self, conversation_id: UUID) -> None:
        """Answer what waits in this conversation; what needs Rasa stays in order, what does not need it never waits.

        While a picture or file is read, later messages wait for it; a cry for help does not.
        """
        blocked, reading = self.outage.is_on, False
        for message in await in_database(ledger.unanswered, conversation_id, blocked):
            request_ids.begin(self._requests.of(message.pk))
            own = self._own_answer(message)
            if own is None and ledger.is_unread(message):
                reading = True
                await self._begin_to_read(message)
                continue
            if own is not None and own.erase:
                await self._erase(message)
                return
            if own is not None:
                await self._settle_own(message, own)
            elif not reading or self._in_danger(message):
                blocked = blocked or not await self._answer_by_rasa(message)
            self.deliveries.wake(conversation_id)
        if blocked:
            await self._tell_of_outage(conversation_id)

    def _own_answer(self, message: Message) -> OwnAnswer | None:
        """Return the answer to what Rasa has no part in; None when Rasa is to be asked."""
        if ledger.is_unread(message):
            return self._surplus_answer(message)
        if message.file:  # what stands in a picture is no word to the gateway
            return self._unreadable_answer(message)
        text = words.meant(message.text)
        contact = message.conversation.contact
        if words.asks_to_clear(text):
            return OwnAnswer((self._voice.cleared_note(self._channel.cleared),), greet=False)
        if _is_asked(contact):
            text = words.SHORT_CONSENT.get(text, text)
        if text == words.START:
            return OwnAnswer((self.welcome(),), greet=False, welcomed=True)
        if text == words.ERASE:
            return OwnAnswer((self._voice.erase_question(),), greet=False)
        if text == words.ERASE_YES:
            return OwnAnswer(erase=True)
        if text == words.ERASE_NO:
            return OwnAnswer((self._voice.say("utter_erase_kept"),), greet=False)
        if text in (words.CONSENT_YES, words.CONSENT_NO):
            agreed = text == words.CONSENT_YES
            name = "utter_consent_given" if agreed else "utter_consent_refused"
            bubble = self._voice.say(name, days=settings.RETENTION_DAYS)
            return OwnAnswer((bubble,), greet=False, consent=agreed)
        receipt = Asked.by(message.text)
        if receipt is not None and not self._voice.hears_danger(message.text):  # a cry for help is never a code
            return OwnAnswer(receipt=receipt)
        return self._unreadable_answer(message)

    def _unreadable_answer(self, message: Message) -> OwnAnswer | None:
        """Return the answer to what is too much or holds no words."""
        surplus = self._surplus_answer(message)
        if surplus is not None:
            return surplus
        if has_words(message.text):
            return None
        note = self._note(message)
        if note:
            return OwnAnswer((self._voice.say(note),))
        if message.kind == Message.Kind.BUTTON and not message.text:
            return OwnAnswer((self._voice.say("utter_button_expired"),))
        return OwnAnswer((self._voice.say("utter_input_empty" if is_blank(message.text) else "utter_input_no_words"),))

    def _surplus_answer(self, message: Message) -> OwnAnswer | None:
        """Return the answer to one message too many, now and then with a bubble; None to all others."""
        told, talk = self._limit.surplus(message), message.conversation
        if told is None or talk.in_danger or words.meant(message.text) == words.PRIVACY:
            return None
        numbers = self._voice.numbers.lines(message.text, talk.destination_country or None)
        return OwnAnswer((self._voice.say("utter_limit_messages", numbers=numbers),) if told else (), greet=False)

    def _note(self, message: Message) -> str | None:
        """Return the response that says what of a message was not read."""
        read: dict[str, Any] = message.file or {}
        if "paper" in read:
            cut = read.get("cut") or len(message.text) > LONGEST_UNDERSTOOD
            return read.get("trouble") or ("utter_paper_first_part" if cut else None)
        if "trouble" in read:
            return str(read["trouble"])
        return NOTES.get(Message.Kind(message.kind))

    async def _settle_own(self, message: Message, own: OwnAnswer) -> None:
        bubbles, welcomed = list(own.bubbles), own.welcomed
        if ledger.is_unread(message):  # one too many: where its file lies is forgotten
            await insist(ledger.keep_paper, [message], message.text, {"trouble": TOO_MUCH})
        fresh = await insist(ledger.fresh, message.pk)
        if fresh and own.receipt:
            bubbles.append(await self._receipts.answer(fresh, own.receipt))
        if fresh and own.greet and not fresh.conversation.contact.welcomed_at:
            bubbles.insert(0, self.welcome())
            welcomed = True
        bubbles = await self._in_their_script(message, bubbles)
        kept = own.receipt.kept if own.receipt else None
        await self._settle(message, bubbles, welcomed=welcomed, consent=own.consent, kept=kept)

    async def _in_their_script(self, message: Message, bubbles: Sequence[Bubble]) -> list[Bubble]:
        """Return our own words in the script the person writes; what buttons stand for stays as it is."""
        if not bubbles:
            return []
        typed = message.conversation.script
        script = None if typed in ("", SIMPLIFIED) else typed
        return [
            dataclasses.replace(
                bubble, text=in_script(bubble.text, script),
                buttons=tuple({**button, "title": in_script(button["title"], script)} for button in bubble.buttons),
            )
            for bubble in bubbles
        ]  # fmt: skip

    async def _answer_by_rasa(self, message: Message) -> bool:
        """Ask Rasa and write its answer down; False when the message has to wait."""
        if self.outage.is_on or time.monotonic() < self._tries.get(message.pk, (0, 0.0))[1]:
            return False
        conversation = message.conversation
        try:
            async with self._typing(message), contextlib.nullcontext() if is_urgent() else self._asked:
                if self.outage.is_on:  # began while the message waited for its turn
                    return False
                paper = message.file["paper"] if message.file and "paper" in message.file else None
                replies = await self._rasa.talk(conversation.sender, message.text, str(message.pk), paper)
        except RasaUnavailable as error:
            counted.RASA_ERRORS.labels(str(error)).inc()
            log.warning("Rasa left a message without an answer (%s).", error)
            await self._tell_of_outage(conversation.pk)
            return await self._look_into(message)
        fresh = await insist(ledger.fresh, message.pk)
        if fresh:
            await self._settle_answer(fresh, [Bubble(reply.text, reply.buttons, reply.picture) for reply in replies])
        return True

    async def _settle_answer(self, message: Message, bubbles: list[Bubble]) -> None:
        conversation = message.conversation
        if message.outage_told_at:
            name = "utter_paper_done" if message.file else "utter_gateway_late"
            [late] = await self._in_their_script(message, [self._voice.say(name)])
            bubbles[0] = dataclasses.replace(bubbles[0], text=f"{late.text}\n{bubbles[0].text}")
        welcomed = not conversation.contact.welcomed_at
        # Nothing stands before the numbers of somebody in danger.
        last = welcomed and (conversation.in_danger or self._in_danger(message))
        before = [self.welcome()] if welcomed and not last else []
        after = [self.welcome()] if last else []
        note = self._note(message)
        if note:
            after.append(self._voice.say(note))
        if not message.file and len(message.text) > LONGEST_UNDERSTOOD:
            after.append(self._voice.say("utter_input_too_long", limit=LONGEST_UNDERSTOOD))
        if not message.file and not welcomed and words.meant(message.text) == words.PRIVACY:
            after.append(self._voice.consent_question("utter_consent_question"))
        asked_again = not any(bubble.buttons for bubble in (*before, *after)) and self._is_to_be_asked_again(message)
        if asked_again:
            after.append(self._voice.consent_question("utter_consent_again"))
        before, after = [await self._in_their_script(message, own) for own in (before, after)]
        await self._settle(message, [*before, *bubbles, *after], welcomed=welcomed, asked_again=asked_again)

    def _is_to_be_asked_again(self, message: Message) -> bool:
        """Whether somebody who did not agree is in danger or waits for a human, who knows nothing without consent."""
        contact, talk = message.conversation.contact, message.conversation
        asked = contact.consent_asked_at
        lately = asked is not None and asked > timezone.now() - ASKED_AGAIN_AFTER
        needs_somebody = talk.waiting_for_human or talk.in_danger or self._in_danger(message)
        return contact.consent is not True and needs_somebody and not lately

    async def _settle(
        self, message: Message, bubbles: Sequence[Bubble], *, state: str = Message.State.ANSWERED,
        welcomed: bool = False, consent: bool | None = None, kept: str | None = None, asked_again: bool = False,
    ) -> None:  # fmt: skip
        parted = [part for bubble in bubbles for part in self._parted(bubble)]

        def write() -> bool:
            return ledger.settle(
                message, parted, state=state, welcomed=welcomed, consent=consent, kept=kept, asked_again=asked_again
            )

        if await insist(write):
            tally.settled(self._channel.name, message, str(state))
        self._tries.pop(message.pk, None)
        self._danger.pop(message.pk, None)
        self._limit.settled(message)

    def _parted(self, bubble: Bubble) -> list[Bubble]:
        """Part a bubble by the size that the channel takes; each part is stored and sent on its own."""
        *parts, last = self._channel.part(bubble.text)
        if bubble.picture is None:
            return [*(Bubble(part) for part in parts), Bubble(last, bubble.buttons)]
        if not parts and self._channel.holds_caption(last):
            return [Bubble(last, bubble.buttons, bubble.picture)]
        return [Bubble("", (), bubble.picture), *(Bubble(part) for part in parts), Bubble(last, bubble.buttons)]

    # reading pictures and files

    async def _begin_to_read(self, message: Message) -> None:
        """Have the picture or file read beside everything else; a cry for help under it does not wait for that."""
        self.readings.wake_if_rested(message.conversation_id)
        if message.outage_told_at is None and self._voice.hears_danger(message.text):
            with urgently():
                await self._tell_of_outage(message.conversation_id)

    async def _read_papers(self, conversation_id: UUID) -> None:
        """Read what this person sent, one after the other, an album as one; what was read is answered like text."""
        while messages := await self._whole_album(conversation_id):
            request_ids.begin(self._requests.of(messages[0].pk))
            async with self._typing(messages[0]):
                text, file = await self._papers.read(messages)
            await insist(ledger.keep_paper, messages, cleaned(text[:LONGEST_KEPT]).strip(), file)
            self._danger.pop(messages[0].pk, None)  # what was read may speak of danger
            fresh = await insist(ledger.fresh, messages[0].pk)
            if fresh:
                self._see_to_soon(fresh)

    async def _whole_album(self, conversation_id: UUID) -> list[Message]:
        """Return what is to be read next; an album once no more of it has come for a moment."""
        messages, seen = await in_database(ledger.next_paper, conversation_id), 0
        while messages and messages[0].file["album"] and seen != len(messages) < MOST_FILES:
            seen = len(messages)
            await asyncio.sleep(self._album_seconds)
            messages = await in_database(ledger.next_paper, conversation_id)
        return messages

    # trouble

    async def tell_of_outage(self, message: Message) -> None:
        """Give the hotlines to somebody whose answer keeps them waiting; nothing happens when it is there."""
        await self._tell_of_outage(message.conversation_id)

    async def _tell_of_outage(self, conversation_id: UUID) -> None:
        """Give the hotlines for every message that waits: at length first, then in short; they stay unanswered."""
        untold = await insist(ledger.unanswered, conversation_id, True)
        untold = [message for message in untold if self._own_answer(message) is None]
        told = await insist(ledger.times_told_of_outage, conversation_id)
        untold = await self._tell_of_papers(conversation_id, untold, bool(told))
        lately = sum(abs(timezone.now() - at) < FLOOD_SPAN for at in told)  # a clock set back makes `at` a future
        danger = any(self._in_danger(message) for message in untold)
        for messages in sharing_a_bubble(untold, lately, danger):
            name = "utter_gateway_outage_again" if told else "utter_gateway_outage"
            await self._tell(name, messages)
            told.append(timezone.now())
        self.deliveries.wake(conversation_id)

    async def _tell_of_papers(self, conversation_id: UUID, untold: Sequence[Message], again: bool) -> list[Message]:
        """Say once for all pictures and files that they are being read, or wait as everything does.

        Return what else is to be told of: not what merely waits behind them.
        """
        waiting = await insist(ledger.unanswered, conversation_id)
        first = next((one.number for one in waiting if ledger.is_unread(one) and not ledger.is_hushed(one)), None)
        if first is None:
            return list(untold)
        unread = [message for message in untold if ledger.is_unread(message)]
        if unread:
            outage = "utter_gateway_outage_again" if again else "utter_gateway_outage"
            name = outage if self.outage.is_on else "utter_paper_reading"
            await self._tell(name, unread)
        others = [message for message in untold if not ledger.is_unread(message)]
        if self.outage.is_on:
            return others
        return [message for message in others if message.number < first or self._in_danger(message)]

    async def _tell(self, name: str, messages: Sequence[Message]) -> None:
        """Say it with the numbers for the countries that these messages and their conversation name."""
        text = "\n".join(message.text for message in messages)
        numbers = self._voice.numbers.lines(text, messages[-1].conversation.destination_country or None)
        [told] = await self._in_their_script(messages[-1], [self._voice.say(name, numbers=numbers)])
        await insist(ledger.tell_of_outage, messages, self._parted(told))

    def _in_danger(self, message: Message) -> bool:
        if message.pk not in self._danger:
            self._danger[message.pk] = message.conversation.in_danger or self._voice.hears_danger(message.text)
        return self._danger[message.pk]

    async def _lose_patience(self, message: Message) -> None:
        """Give somebody in danger the numbers, whatever it is that holds the answer up."""
        await asyncio.sleep(self._longest_silence / 5)
        fresh = await insist(ledger.fresh, message.pk)
        if fresh and fresh.state == Message.State.RECEIVED:
            await self.tell_of_outage(message)

    async def _look_into(self, message: Message) -> bool:
        """Find out whether Rasa is out for all or fails at this message only; True when the message is given up."""
        if not await self._rasa.works():
            self.outage.begin()
            return False
        tries = self._tries.get(message.pk, (0, 0.0))[0] + 1
        if tries >= TRIES_OF_ONE_MESSAGE:
            log.error("Rasa answers others, but a message stayed without an answer %d times: given up.", tries)
            sorry = await self._in_their_script(message, [self._voice.say("utter_gateway_gave_up")])
            await self._settle(message, sorry, state=Message.State.ABANDONED)
            return True
        self._tries[message.pk] = (tries, time.monotonic() + self._first_pause * 2**tries)
        return False

    # erasing

    async def _erase(self, message: Message) -> None:
        """Say good-bye, then erase: what Rasa or a delivery still writes would come back otherwise."""
        contact = message.conversation.contact
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.deliveries.finished(message.conversation_id), LONGEST_FAREWELL)
        if message.pk not in self._said_farewell:
            self._said_farewell.add(message.pk)
            [farewell] = await self._in_their_script(message, [self._voice.say("utter_erased")])
            try:
                await asyncio.wait_for(self._channel.say_farewell(contact.address, farewell.text), LONGEST_FAREWELL)
            except (TryLater, CannotDeliver, asyncio.TimeoutError) as error:
                log.warning("A farewell could not be delivered (%s); erasing all the same.", type(error).__name__)
        await insist(erase_contact, contact)
        self._said_farewell.discard(message.pk)
        self._limit.forget(message.conversation_id)

    # sending

    async def _send(self, conversation_id: UUID) -> None:
        """Clear the screen if that was asked for, then send what is due to this person, in order."""
        await self._clear_screen(conversation_id)
        if self._channel.sends and await self._send_due(conversation_id):
            await insist(ledger.empty_sent, conversation_id)

    async def _send_due(self, conversation_id: UUID) -> bool:
        """Send what is due, in order; return whether anything is settled now."""
        marked = False
        while (pending := await in_database(ledger.next_pending, conversation_id)) is not None:
            if time.monotonic() < self._send_after.get(pending.outbox_id, 0.0):
                return marked
            try:
                delivered_id = await self._channel.deliver(pending)
            except TryLater as error:
                counted.BUBBLES.labels(self._channel.name, "put_off").inc()
                pause = error.seconds or min(self._first_pause * 2**pending.attempts, LONGEST_SEND_PAUSE)
                self._send_after[pending.outbox_id] = time.monotonic() + pause
                attempts = pending.attempts + 1
                await insist(ledger.mark_delayed, pending.outbox_id, error.error_class, attempts, pause)
                return marked
            except CannotDeliver as error:
                counted.BUBBLES.labels(self._channel.name, "refused").inc()
                log.warning("A reply cannot be delivered (%s).", error)
                await self._conceal_code(pending)
                await insist(ledger.mark_failed, pending.outbox_id, str(error))
            else:
                counted.BUBBLES.labels(self._channel.name, "sent").inc()
                await self._conceal_code(pending)
                with urgently():  # killed before this is written, the next process sends the bubble again
                    is_wanted = await insist(ledger.mark_sent, pending.outbox_id, delivered_id)
                if not is_wanted:
                    await self._take_back_late(pending.address, delivered_id)
            self._send_after.pop(pending.outbox_id, None)
            marked = True
        return marked

    async def _conceal_code(self, pending: Pending) -> None:
        """Keep the code of a receipt no longer than until it is sent; before the mark, as a crash may come between."""
        if code_in(pending.text):
            await insist(conceal, pending.message_id)

    async def _clear_screen(self, conversation_id: UUID) -> None:
        """Take back what is to leave the screen; each part that has gone is noted, so a restart goes on from there."""
        due, pause = self._clear_after.get(conversation_id, (0.0, self._first_pause))
        if time.monotonic() < due:
            return
        while True:
            since = timezone.now() - TAKEN_BACK_WITHIN
            shown = await in_database(ledger.to_take_back, conversation_id, since)
            if shown is None:
                self._clear_after.pop(conversation_id, None)
                return
            try:
                await self._channel.take_back(shown.address, shown.ids)
            except TryLater as error:
                log.warning("A screen could not be cleared (%s); trying again.", error.error_class)
                wait = error.seconds or pause
                self._clear_after[conversation_id] = (time.monotonic() + wait, min(pause * 2, LONGEST_SEND_PAUSE))
                return  # what is to be said does not wait for it
            await insist(ledger.taken_back, shown.messages)

    async def _take_back_late(self, address: str, delivered_id: str) -> None:
        """Take back a bubble that was withdrawn while it was on its way."""
        try:
            await self._channel.take_back(address, [delivered_id])
        except TryLater as error:
            log.warning("A withdrawn bubble could not be taken back (%s).", error.error_class)

    @contextlib.asynccontextmanager
    async def _typing(self, message: Message) -> AsyncIterator[None]:
        conversation, answered = message.conversation, asyncio.Event()
        shown = self._typing_in.setdefault(conversation.pk, set())  # a file may be read while another text is answered
        shown.add(answered)
        if not ledger.is_hushed(message):
            self._beside(self._channel.show_typing(conversation.contact.address, answered))
        try:
            yield
        finally:
            answered.set()  # not cancelled: that would cut a connection for every message
            shown.discard(answered)
            if not shown:
                self._typing_in.pop(conversation.pk, None)

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._side_work.add(task)
        task.add_done_callback(self._side_work.discard)


def _is_asked(contact: Contact) -> bool:
    """Whether the question for consent is open, so that 同意 is an answer to it."""
    if contact.consent is None:
        return contact.welcomed_at is not None
    again, answered = contact.consent_asked_at, contact.consent_at
    return contact.consent is False and again is not None and (answered is None or again > answered)

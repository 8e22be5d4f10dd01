"""What the gateway does about the code of a receipt: issue it, take it, unlink. Rasa never sees one.

Argon2 takes its time and memory: it runs beside the event loop and the thread of the records, at most two at a time.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from django.db import transaction

from bot.gateway import words
from bot.gateway.ledger import Bubble, insist
from bot.gateway.voice import Voice
from bot.health import counted
from bot.records import receipts
from bot.records.models import Conversation, Message
from bot.records.receipt_codes import code_in, in_groups, masked, new_code
from bot.records.receipts import Outcome

Result = TypeVar("Result")
HASHED_AT_ONCE = 2
#: Wrong codes of everybody together, in this process: who makes up accounts or visits does not get more tries by it.
MOST_WRONG, WRONG_SECONDS = 60, 3600.0

SAID = {
    Outcome.LINKED: "utter_receipt_linked",
    Outcome.OWN: "utter_receipt_own",
    Outcome.WRONG: "utter_receipt_wrong",
    Outcome.TOO_MANY: "utter_receipt_too_many",
}
_hashing = ThreadPoolExecutor(HASHED_AT_ONCE, thread_name_prefix="receipt")


@dataclass(frozen=True)
class Asked:
    """What a message wants of a receipt."""

    word: str
    code: str = field(default="", repr=False)
    kept: str | None = None  # what is kept of the message's text, where that is not all

    @classmethod
    def by(cls, text: str) -> Asked | None:
        """Return what the text asks for; None when it is about something else."""
        if words.asks_for_receipt(text):
            return cls(words.RECEIPT)
        if words.asks_to_unlink(text):
            return cls(words.UNLINK)
        code = code_in(text)
        return cls(words.RECEIPT, code, masked(text)) if code else None


class Receipts:
    """Answers whoever asks for a receipt, brings its code or takes it back."""

    def __init__(self, voice: Voice, *, most_wrong: int = MOST_WRONG, draw: Callable[[], str] = new_code) -> None:
        self._voice, self._draw = voice, draw
        self._wrong: deque[float] = deque(maxlen=most_wrong)  # when; monotonic, so a stepping clock changes nothing

    async def answer(self, message: Message, asked: Asked) -> Bubble:
        """Do it, and return what to say; doing it once more after a crash comes to the same."""
        if asked.code:
            return self._voice.say(SAID[await self._redeem(message.conversation, asked.code)])
        if asked.word == words.UNLINK:
            unlinked = await insist(receipts.unlink, message.conversation_id)
            return self._voice.say("utter_receipt_unlinked" if unlinked else "utter_receipt_not_linked")
        code = await self._issue(message.conversation_id)
        return self._voice.say("utter_receipt_given", code=in_groups(code))

    async def _issue(self, conversation_id: UUID) -> str:
        while True:
            code = self._draw()
            code_hash = await _slowly(receipts.hash_of, code)
            if await insist(receipts.keep, conversation_id, code, code_hash):
                return code

    async def _redeem(self, conversation: Conversation, code: str) -> Outcome:
        if self._are_too_many() or not await insist(receipts.may_try, conversation.contact_id):
            counted.LIMITS.labels("receipts").inc()
            return Outcome.TOO_MANY
        found = await insist(receipts.find, code)
        right = await _slowly(receipts.matches, found, code)
        outcome = await insist(receipts.link, conversation.pk, found) if found and right else Outcome.WRONG
        if outcome is Outcome.WRONG:
            self._wrong.append(time.monotonic())
            await insist(receipts.count_wrong, conversation.contact_id)
        return outcome

    def _are_too_many(self) -> bool:
        full = len(self._wrong) == self._wrong.maxlen
        return full and time.monotonic() - self._wrong[0] < WRONG_SECONDS


async def _slowly(function: Callable[..., Result], *arguments: object) -> Result:
    return await asyncio.get_running_loop().run_in_executor(_hashing, function, *arguments)


def conceal(message_id: UUID) -> None:
    """Hide the code in a stored text: it was shown, and is not to be read again."""
    with transaction.atomic():
        message = Message.objects.select_for_update().filter(pk=message_id).first()
        if message is not None:
            message.text = masked(message.text)
            message.save(update_fields=["text", "updated_at"])

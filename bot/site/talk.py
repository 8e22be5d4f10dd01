"""What the page does with the gateway: say something once, and see what there is to see."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.utils import timezone
from django.utils.crypto import salted_hmac

from bot.gateway import web
from bot.gateway.ledger import in_database
from bot.gateway.service import Voice
from bot.gateway.web import Shown
from bot.records.models import Channel, Contact, Message
from bot.settings import PROJECT


@dataclass(frozen=True)
class Said:
    """What came of saying something."""

    messages: tuple[Shown, ...] = ()  # what was said, then everything newer that the person did not say
    erased: bool = False
    cleared: bool = False  # nothing but the messages is to be seen any more, as the page shows when loaded anew


@lru_cache(maxsize=1)
def voice() -> Voice:
    """Return the texts and numbers, read once."""
    return Voice.load(PROJECT / "domain.yml", PROJECT / "data" / "knowledge")


async def say(address: str, text: str, *, form: str, pressed: bool = False, files: Sequence[bytes] = ()) -> Said:
    """Store what was said, once however often its form comes in, and wait for the answer or the word of trouble."""
    await in_database(_greeted, address)
    received = await web.receive(address, text, _once(address, form, text, files), pressed, files)
    if received.erased:
        return Said(erased=True)
    own = [one for one in received.messages if one.number == received.number]
    if received.cleared or not own:
        return Said(received.messages, cleared=True)
    return Said((*own, *(one for one in received.messages if one.author != Message.Author.PERSON)))


def _once(address: str, form: str, text: str, files: Sequence[bytes]) -> int | None:
    """Return the number by which the records know a form that comes in twice.

    What was said is part of it: an old page can be gone back to, and what is typed there anew must not be lost.
    """
    if not form:
        return None
    attached = (hashlib.sha256(content).hexdigest() for content in files)
    told = "\x00".join((address, form, text, *attached)).encode("utf-8", "replace")
    return int.from_bytes(salted_hmac("bot.site.talk.form", told, algorithm="sha256").digest()[:8], "big") >> 1


def _greeted(address: str) -> None:
    """The page greets before anything is typed, so the first answer does not have to."""
    contact = Contact.objects.reach(Channel.WEB, "", address)
    if contact.welcomed_at is None:
        Contact.objects.filter(pk=contact.pk).update(welcomed_at=timezone.now())

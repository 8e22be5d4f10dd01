"""Receipts: a code with which a person goes on with a talk from elsewhere, and what is linked by it.

A link is for staff alone. Nothing of the one talk goes over to the other one's bot or screen, as the telephone may be
in the wrong hands; only the place in the queue of those who wait for a human does.

A code stays good after it was used, so that the case can go on from a third telephone, until a new one is asked for,
its talk is erased, or its person takes back the links to it.

The functions here are short; Argon2 (`hash_of`, `matches`) is slow on purpose and is not for a thread that others wait
for: bot.gateway.receipts puts the steps together.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from enum import Enum
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from bot.records.models import Contact, Conversation, Receipt

#: Wrong codes of one contact, counted from the first of them on.
MOST_TRIES, TRIES_SPAN = 5, timedelta(hours=1)
#: OWASP's first choice for Argon2id: 46 MiB, about 50 ms on the machine it was measured on.
HASHER = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
#: Of a random value that was thrown away: a code that nobody has takes as long as a wrong one.
OF_NOTHING = "$argon2id$v=19$m=47104,t=1,p=1$eyumsXMzZdCChYpeZnu8xw$kzxLgsRJgjl6v+3cfKGfgUkjZOy8KyuGGNlV5K5m2KE"


class Outcome(Enum):
    """What came of a code."""

    LINKED = "linked"
    OWN = "own"
    WRONG = "wrong"
    TOO_MANY = "too many"


def lookup_of(code: str) -> str:
    """Return what finds the row: a keyed digest of the first half, under a key of its own."""
    key = hmac.digest(settings.PSEUDONYM_KEY.encode(), b"receipts", hashlib.sha256)
    return hmac.new(key, code[: len(code) // 2].encode(), hashlib.sha256).hexdigest()


def hash_of(code: str) -> str:
    """Return the Argon2id hash of the whole code. Slow."""
    return HASHER.hash(code)


def matches(receipt: Receipt | None, code: str) -> bool:
    """Whether it is the code of this receipt; it takes as long when there is no receipt. Slow."""
    try:
        return HASHER.verify(receipt.code_hash if receipt else OF_NOTHING, code) and receipt is not None
    except (VerificationError, InvalidHashError):
        return False


def keep(conversation_id: UUID, code: str, code_hash: str) -> bool:
    """Make it the talk's code in place of an earlier one; False when another talk's code begins alike."""
    try:
        with transaction.atomic():
            if _locked(conversation_id) is None:
                return True  # erased meanwhile: nobody will be shown the code
            Receipt.objects.update_or_create(
                conversation_id=conversation_id, defaults={"lookup": lookup_of(code), "code_hash": code_hash}
            )
    except IntegrityError:
        return False
    return True


def find(code: str) -> Receipt | None:
    """Return the one receipt that may be this code's."""
    return Receipt.objects.filter(lookup=lookup_of(code)).first()


def may_try(contact_id: UUID) -> bool:
    """Whether this contact has wrong codes left. Who erases themselves begins anew: a limit for all stands beside."""
    since = timezone.now() - TRIES_SPAN
    tried = Contact.objects.filter(pk=contact_id, receipt_tried_at__gt=since, receipt_tries__gte=MOST_TRIES)
    return not tried.exists()


def count_wrong(contact_id: UUID) -> None:
    """Count a wrong code; a right one takes nothing back, or one's own code would buy new tries."""
    now = timezone.now()
    contact = Contact.objects.filter(pk=contact_id)
    if not contact.filter(receipt_tried_at__gt=now - TRIES_SPAN).update(receipt_tries=F("receipt_tries") + 1):
        contact.update(receipt_tries=1, receipt_tried_at=now)


def link(conversation_id: UUID, found: Receipt) -> Outcome:
    """Let a talk go on with the one that the receipt is of, and wait in its place."""
    with transaction.atomic():
        talk = _locked(conversation_id)
        receipt = Receipt.objects.filter(pk=found.pk, code_hash=found.code_hash).first()
        if talk is None or receipt is None:
            return Outcome.WRONG  # erased or replaced since it was found
        if receipt.conversation_id == talk.pk:
            return Outcome.OWN
        before = _chain(receipt.conversation_id)
        if before[-1].pk != _chain(talk.pk)[-1].pk:  # else they are one case already, and a link would make a ring
            talk.continues = before[-1]
            _wait_in_place_of(talk, before)
            talk.save(update_fields=["continues", "waiting_for_human", "waiting_since", "updated_at"])
    return Outcome.LINKED


def unlink(conversation_id: UUID) -> bool:
    """Take back what links a talk to others; False when nothing does.

    A talk that others go on with also loses its code: whoever says so on the first telephone wants none of the others.
    Who waits for a human stays waiting: too often is better than not at all.
    """
    with transaction.atomic():
        talk = _locked(conversation_id)
        if talk is None:
            return False
        now = timezone.now()
        went_on = Conversation.objects.filter(pk=talk.pk, continues__isnull=False).update(
            continues=None, updated_at=now
        )
        gone_on_with = Conversation.objects.filter(continues=talk).update(continues=None, updated_at=now)
        if gone_on_with:
            Receipt.objects.filter(conversation=talk).delete()
    return bool(went_on or gone_on_with)


def same_case(conversation_id: UUID) -> set[UUID]:
    """Return the other talks that are linked with this one, by however many steps."""
    found: set[UUID] = set()
    fresh = {conversation_id}
    while fresh:
        found |= fresh
        linked = Conversation.objects.filter(Q(pk__in=fresh) | Q(continues__in=fresh))
        near = {one for pair in linked.values_list("pk", "continues") for one in pair if one}
        fresh = near - found
    return found - {conversation_id}


def _locked(conversation_id: UUID) -> Conversation | None:
    return Conversation.objects.select_for_update().filter(pk=conversation_id).first()


def _chain(conversation_id: UUID) -> list[Conversation]:
    """Return a talk and those before it, the first of the case last; locked, so that two links cannot make a ring."""
    chain = [Conversation.objects.select_for_update().get(pk=conversation_id)]
    while (before := chain[-1].continues_id) is not None:
        chain.append(Conversation.objects.select_for_update().get(pk=before))
    return chain


def _wait_in_place_of(talk: Conversation, before: list[Conversation]) -> None:
    waiting = [one for one in (talk, *before) if one.waiting_for_human]
    if waiting:
        talk.waiting_for_human = True
        talk.waiting_since = min((one.waiting_since for one in waiting if one.waiting_since), default=None)

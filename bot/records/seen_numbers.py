"""Telephone numbers and accounts that come up in more than one person's talk.

Kept only as keyed digests, so that the records hold no recruiter's number, and nobody without the key can find out by
trying whether a number is among them. What is shown, to staff alone, is how many other people's risky talks a number
of this talk came up in: not the number, not whose.

The person is not told. The number may have been typed by somebody who wanted to blacken it, may belong to a family
that writes from two telephones, or to a clerk who does no harm: "we know this number" would accuse somebody on that
ground, and it would tell a recruiter who tries his own number here that somebody else has written about him.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from uuid import UUID

from django.conf import settings

from bot.knowledge.hotlines import Hotlines
from bot.language.contact_numbers import PHONE, ContactNumber, find_contact_numbers
from bot.records.models import Conversation, RiskLevel, SeenNumber
from bot.settings import PROJECT

#: Of one message; a list of customers pasted into the chat is no advert.
MOST_OF_A_MESSAGE = 20
_RISKY = (RiskLevel.HIGH, RiskLevel.CRITICAL)


def digest_of(kind: str, value: str) -> str:
    """Return what stands for a number in the records; a key of its own keeps it apart from pseudonyms."""
    key = hmac.digest(settings.PSEUDONYM_KEY.encode(), b"seen numbers", hashlib.sha256)
    return hmac.new(key, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def keep_numbers(conversation: Conversation, text: str) -> None:
    """Remember that the numbers of a message came up in its talk, whatever its level: it may become graver later.

    The person's own numbers and those of data/knowledge are left out. Saying them again changes nothing.
    """
    found = [one for one in find_contact_numbers(text) if not one.own and not _is_public(one)]
    SeenNumber.objects.bulk_create(
        [
            SeenNumber(conversation=conversation, kind=one.kind, digest=digest_of(one.kind, one.value))
            for one in found[:MOST_OF_A_MESSAGE]
        ],
        ignore_conflicts=True,
    )


def times_seen_before(conversations: Iterable[Conversation]) -> Mapping[UUID, int]:
    """Return for each conversation in how many other people's talks of level high or critical its numbers came up.

    By the levels of today: a talk that became grave afterwards counts, one that was erased or corrected does not.
    """
    owner = {conversation.pk: conversation.contact_id for conversation in conversations}
    own: dict[str, set[UUID]] = defaultdict(set)
    for digest, conversation_id in SeenNumber.objects.filter(conversation__in=owner).values_list(
        "digest", "conversation_id"
    ):
        own[digest].add(conversation_id)
    elsewhere = SeenNumber.objects.filter(digest__in=own, conversation__risk_level__in=_RISKY)
    others: dict[UUID, set[UUID]] = defaultdict(set)
    for digest, contact_id in elsewhere.values_list("digest", "conversation__contact_id"):
        for conversation_id in own[digest]:
            if owner[conversation_id] != contact_id:
                others[conversation_id].add(contact_id)
    return {key: len(others[key]) for key in owner}


def _is_public(number: ContactNumber) -> bool:
    """Say whether a number is one that this project hands out itself (an embassy's, a foreign hotline's)."""
    return number.kind == PHONE and number.value.lstrip("+") in _public_numbers()


@lru_cache(maxsize=1)
def _public_numbers() -> frozenset[str]:
    numbers = Hotlines.load(PROJECT / "data" / "knowledge").dialable_numbers()
    return frozenset("".join(character for character in number if character.isdigit()) for number in numbers)

"""What is kept of a talk whose person did not agree that staff may read it: no word for longer than it is needed.

What came in goes once it is answered, what was said once it is sent. The chat page has no other memory than the
records, so its last turn stays until the next one is answered. All that, and where a dialogue stood, is gone in a day.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from bot.records.erasing import empty_write_ahead_log
from bot.records.models import Channel, Contact, Conversation, DialogueState, Finding, Message, Outbox, Quarantine
from bot.records.sealing import SealedField, SealError

#: The bot promises it (utter_consent_refused), so it is no setting.
KEPT = timedelta(hours=24)
#: In one transaction, so that nobody waits long for the database.
_AT_ONCE = 200

_WAITS = Q(state=Message.State.RECEIVED) | Q(outbox__state=Outbox.State.PENDING)
_ON_THE_WEB = Q(conversation__contact__channel=Channel.WEB)


def digest_of(message_id: UUID, text: str) -> str:
    """Return what stands for the text of a message once it is emptied; equal texts of two messages differ."""
    key = hmac.digest(settings.PSEUDONYM_KEY.encode(), b"texts of messages", hashlib.sha256)
    return hmac.new(key, message_id.bytes + text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def says(message: Message, text: str) -> bool:
    """Return whether the message says, or said before it was emptied, this text."""
    if message.emptied_at is None:
        return message.text == text
    return hmac.compare_digest(message.text_digest, digest_of(message.pk, text))


def empty_needless(conversation_id: UUID, now: datetime) -> int:
    """Empty what is not needed any more in a talk without consent; part of the transaction that made it so."""
    return _empty(_needless(now).filter(conversation=conversation_id), now)


def withdraw(contact_id: UUID, now: datetime) -> None:
    """Empty whatever was kept of somebody's talks while they agreed; part of the transaction that ends that."""
    _empty_summaries(Conversation.objects.select_for_update().filter(contact=contact_id))
    Finding.objects.filter(message__conversation__contact=contact_id).delete()
    _empty(_needless(now).filter(conversation__contact=contact_id), now)
    transaction.on_commit(empty_write_ahead_log)


def keep_little(now: datetime) -> dict[str, int]:
    """Remove what is older than a day, and whatever was missed; return how many of each."""
    return {
        "dialogue_states": forget_states(now),
        "messages": empty_forgotten(now),
        "summaries": _empty_summaries(Conversation.objects.exclude(contact__consent=True)),
        "findings": Finding.objects.exclude(message__conversation__contact__consent=True).delete()[0],
        "quarantined": _empty_quarantined(now),
    }


def forget_states(now: datetime) -> int:
    """Delete where the dialogue stood when nothing changed for a day, also of senders without a talk."""
    agreed = Conversation.objects.filter(contact__consent=True).values("sender")
    return DialogueState.objects.filter(updated_at__lte=now - KEPT).exclude(sender__in=agreed).delete()[0]


def empty_forgotten(now: datetime) -> int:
    """Empty what nobody needs, what a page could still show for a day, and what buttons stood for."""
    emptied = _empty(_needless(now), now)
    old = _unagreed().filter(created_at__lte=now - KEPT).exclude(emptied_at=None)
    old.filter(Q(buttons__isnull=False) | ~Q(text_digest="")).update(buttons=None, text_digest="")
    return emptied


def _unagreed() -> QuerySet[Message]:
    return Message.objects.exclude(conversation__contact__consent=True)


def _needless(now: datetime) -> QuerySet[Message]:
    """Return the messages without consent whose words are there and not needed any more."""
    answered = Message.objects.filter(conversation=OuterRef("conversation"), direction=Message.Direction.IN)
    answered = answered.exclude(state=Message.State.RECEIVED).order_by("-number")
    replies = Message.objects.filter(reply_to=OuterRef("pk"))
    unseen = Q(outbox__state=Outbox.State.PENDING)  # the page did not show it yet
    last_turn = Q(number__gte=F("last")) | Exists(replies.filter(Q(number__gt=OuterRef("last")) | unseen))
    on_page = _ON_THE_WEB & Q(number__gt=F("conversation__cleared_through")) & last_turn
    too_old = _ON_THE_WEB & Q(created_at__lte=now - KEPT) & ~Q(state=Message.State.RECEIVED)
    there = _unagreed().filter(emptied_at=None).annotate(last=Coalesce(Subquery(answered.values("number")[:1]), 0))
    return there.filter(too_old | ~_WAITS & ~on_page)


def _empty(messages: QuerySet[Message], now: datetime) -> int:
    emptied = 0
    while rows := list(messages.only("id", "direction", "text")[:_AT_ONCE]):
        with transaction.atomic():
            Finding.objects.filter(message__in=[row.pk for row in rows]).delete()
            for row in rows:
                Message.objects.filter(pk=row.pk).update(
                    text=_sealed_anew(row, "text", ""), file=None, picture=None,
                    text_digest=_digest_to_keep(row), emptied_at=now, updated_at=now,
                )  # fmt: skip
        emptied += len(rows)
    return emptied


def _digest_to_keep(message: Message) -> str:
    """Return the digest that tells whether an edit changed a word; only the person edits."""
    if message.direction != Message.Direction.IN:
        return ""
    try:
        return digest_of(message.pk, message.text)
    except SealError:  # with a key that is gone; it is emptied all the same
        return ""


def _sealed_anew(row: Message | Conversation | Quarantine, name: str, value: object) -> bytes:
    field = row._meta.get_field(name)
    assert isinstance(field, SealedField)
    return field.seal_value(row, value)


def _empty_summaries(talks: QuerySet[Conversation]) -> int:
    """Leave of the summaries what staff may see of every talk."""
    rows = [talk for talk in talks.only("id", "indicators", "facts") if _holds(talk, "indicators", "facts")]
    for talk in rows:
        empty = {name: _sealed_anew(talk, name, {}) for name in ("indicators", "facts")}
        Conversation.objects.filter(pk=talk.pk).update(**empty)
    return len(rows)


def _empty_quarantined(now: datetime) -> int:
    """Empty the updates that nobody could read; a day is time to look into them."""
    agreed = Contact.objects.filter(consent=True).values("pseudonym")
    old = Quarantine.objects.filter(created_at__lte=now - KEPT).exclude(pseudonym__in=agreed)
    rows = [row for row in old.only("id", "raw") if _holds(row, "raw")]
    for row in rows:
        Quarantine.objects.filter(pk=row.pk).update(raw=_sealed_anew(row, "raw", ""))
    return len(rows)


def _holds(row: Conversation | Quarantine, *names: str) -> bool:
    """Whether anything is in one of these sealed columns; what no key opens any more counts as something."""
    try:
        return any(getattr(row, name) for name in names)
    except SealError:
        return True

"""What is kept: who wrote (sealed), what was said (sealed), what was found, and what is still to be sent."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from bot.records.sealing import SealedJSONField, SealedTextField


def pseudonym_of(channel: str, bot: str, address: str) -> str:
    """Return the name under which a chat is known here; without the key it leads to nobody."""
    return hmac.new(settings.PSEUDONYM_KEY.encode(), f"{channel}:{bot}:{address}".encode(), hashlib.sha256).hexdigest()


def new_sender() -> str:
    """Return a random conversation id for Rasa, which says nothing about the person."""
    return uuid.uuid4().hex


class Row(models.Model):
    """A row with a random key: sealed columns are bound to it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class Channel(models.TextChoices):
    TELEGRAM = "telegram"
    WEB = "web"
    REST = "rest"


class RiskLevel(models.TextChoices):
    NONE = "none"
    CAUTION = "caution"
    HIGH = "high"
    CRITICAL = "critical"


class ContactManager(models.Manager["Contact"]):
    def find(self, channel: str, bot: str, address: str) -> Contact | None:
        """Return the contact behind an address, if it ever wrote."""
        return self.filter(pseudonym=pseudonym_of(channel, bot, address)).first()

    def reach(self, channel: str, bot: str, address: str) -> Contact:
        """Return the contact behind an address, made when it writes for the first time."""
        contact, _ = self.get_or_create(
            pseudonym=pseudonym_of(channel, bot, address),
            defaults={"channel": channel, "bot": bot, "address": address},
        )
        return contact


class Contact(Row):
    """A person on one channel; only the gateway opens the address."""

    channel = models.CharField(max_length=16, choices=Channel.choices)
    bot = models.CharField(max_length=64, blank=True, default="")
    pseudonym = models.CharField(max_length=64, unique=True)
    address = SealedTextField()
    consent = models.BooleanField(null=True, default=None)  # None: not asked yet
    consent_at = models.DateTimeField(null=True, blank=True)
    welcomed_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    consent_asked_at = models.DateTimeField(null=True, blank=True)  # again, after a cry for help or for a human
    receipt_tries = models.PositiveSmallIntegerField(default=0)  # codes tried in vain since `receipt_tried_at`
    receipt_tried_at = models.DateTimeField(null=True, blank=True)

    objects = ContactManager()


class Conversation(Row):
    """One talk with one person, with its summary as of the last turn."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="conversations")
    sender = models.CharField(max_length=64, unique=True, default=new_sender)
    risk_level = models.CharField(max_length=16, choices=RiskLevel.choices, default=RiskLevel.NONE)
    in_danger = models.BooleanField(default=False)
    waiting_for_human = models.BooleanField(default=False)
    waiting_since = models.DateTimeField(null=True, blank=True)
    destination_country = models.CharField(max_length=2, blank=True, default="")
    indicators = SealedJSONField(default=dict)
    facts = SealedJSONField(default=dict)
    last_message_at = models.DateTimeField(null=True, blank=True, db_index=True)
    level_changed_at = models.DateTimeField(null=True, blank=True)
    last_number = models.PositiveIntegerField(default=0)
    #: To messages with a number up to this nothing more is said: the person asked for silence or cleared the screen.
    hushed_through = models.PositiveIntegerField(default=0)
    silent = models.BooleanField(default=False)  # nothing at all is sent until the person writes again
    cleared_through = models.PositiveIntegerField(default=0)  # up to this number nothing is shown any more
    clearing = models.BooleanField(default=False)  # the channel may still show some of it
    script = models.CharField(max_length=16, blank=True, default="")  # as bot.language.script names what was typed last
    #: The talk that this one goes on with, by a receipt from another account: for staff, never shown to the person.
    continues = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="continued_by")

    class Meta:
        indexes = (models.Index(fields=("clearing",), condition=Q(clearing=True), name="conversation_clearing"),)

    #: No column: bot.records.seen_numbers counts it when staff look, so that it holds today and forgets who was erased.
    number_seen_before = 0


class MessageManager(models.Manager["Message"]):
    def add(self, conversation: Conversation, **fields: Any) -> Message:
        """Add a message as the next of its conversation; IntegrityError when its update is known already."""
        with transaction.atomic():
            row = Conversation.objects.select_for_update().only("id", "last_number").get(pk=conversation.pk)
            message = self.model(conversation_id=row.pk, number=row.last_number + 1, **fields)
            Conversation.objects.filter(pk=row.pk).update(
                last_number=message.number, last_message_at=message.created_at, updated_at=timezone.now()
            )
            message.save(force_insert=True)
        conversation.last_number, conversation.last_message_at = message.number, message.created_at
        return message


class Message(Row):
    """One message in or out, as it was said."""

    class Direction(models.TextChoices):
        IN = "in"
        OUT = "out"

    class Author(models.TextChoices):
        PERSON = "person"
        BOT = "bot"
        STAFF = "staff"

    class Kind(models.TextChoices):
        TEXT = "text"
        BUTTON = "button"
        PHOTO = "photo"
        VOICE = "voice"
        STICKER = "sticker"
        LOCATION = "location"
        DOCUMENT = "document"
        OTHER = "other"
        UNREADABLE = "unreadable"

    class State(models.TextChoices):
        RECEIVED = "received"
        ANSWERED = "answered"
        ABANDONED = "abandoned"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    number = models.PositiveIntegerField()
    direction = models.CharField(max_length=3, choices=Direction.choices)
    author = models.CharField(max_length=8, choices=Author.choices)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.TEXT)
    text = SealedTextField(default="")
    #: When text, buttons and picture were taken away, as nobody had agreed that they are kept.
    emptied_at = models.DateTimeField(null=True, blank=True)
    #: Keyed, and bound to the message: it tells whether an edit changed a word of a text that is not kept any more.
    text_digest = models.CharField(max_length=64, blank=True, default="")
    # of a picture or file: where it lies until it is read, then what came of it; see bot/gateway/papers.py
    file = SealedJSONField(null=True, default=None)
    buttons = SealedJSONField(null=True, default=None)  # of a message out: [{"title", "payload"}]
    picture = SealedJSONField(null=True, default=None)  # of a message out: what bot.replies.pictures draws
    bot = models.CharField(max_length=64, blank=True, default="")
    update_id = models.BigIntegerField(null=True, blank=True)
    #: Of a message in: its id on the channel, or that of the bubble whose button was pressed; kept while it is shown.
    channel_message_id = models.BigIntegerField(null=True, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, blank=True, default="")  # of a message in
    outage_told_at = models.DateTimeField(null=True, blank=True)
    reply_to = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="replies")

    objects = MessageManager()

    class Meta:
        ordering = ("conversation_id", "number")
        constraints = (
            models.UniqueConstraint(fields=("conversation", "number"), name="message_number_once"),
            models.UniqueConstraint(
                fields=("bot", "update_id"), condition=Q(update_id__isnull=False), name="message_update_once"
            ),
        )
        indexes = (models.Index(fields=("state",), condition=Q(state="received"), name="message_unanswered"),)


class Outbox(Row):
    """A reply on its way: written with the answer, sent by the gateway alone."""

    class State(models.TextChoices):
        PENDING = "pending"
        SENT = "sent"
        FAILED = "failed"

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="outbox")
    channel = models.CharField(max_length=16, choices=Channel.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    last_error_class = models.CharField(max_length=120, blank=True, default="")
    delivered_id = models.CharField(max_length=64, blank=True, default="")  # kept while the channel shows it

    class Meta:
        indexes = (models.Index(fields=("channel", "not_before"), condition=Q(state="pending"), name="outbox_pending"),)


class Finding(Row):
    """A sign that the model saw in a message; the words are read from the message by their offsets."""

    class Status(models.TextChoices):
        PRESENT = "present"
        ABSENT = "absent"
        HYPOTHETICAL = "hypothetical"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="findings")
    indicator = models.CharField(max_length=64)
    status = models.CharField(max_length=16, choices=Status.choices)
    confidence = models.FloatField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()

    class Meta:
        ordering = ("start", "indicator")


class DialogueState(Row):
    """Where Rasa stands in a conversation, small and sealed."""

    sender = models.CharField(max_length=255, unique=True)
    state = SealedJSONField(default=dict)
    turn = models.PositiveIntegerField(default=0)


class Quarantine(Row):
    """An update that nobody could read: kept so that it is not fetched again and can be looked into."""

    bot = models.CharField(max_length=64)
    update_id = models.BigIntegerField()
    pseudonym = models.CharField(
        max_length=64, blank=True, default="", db_index=True
    )  # whose it is, where that is seen
    raw = SealedTextField()
    error_class = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("bot", "update_id"), name="quarantine_update_once"),)


class Receipt(Row):
    """The code with which a person goes on with a talk from elsewhere; only its hash is kept.

    `lookup` is a keyed digest of the first half of the digits: it finds the row without trying every hash.
    """

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="receipt")
    lookup = models.CharField(max_length=64, unique=True)
    code_hash = models.CharField(max_length=200)  # Argon2id, as argon2-cffi writes it


class Tombstone(Row):
    """That a talk was erased, and nothing of it. Its id is that of the talk, so that an open page can say so."""

    class By(models.TextChoices):
        PERSON = "person"
        STAFF = "staff"
        RETENTION = "retention"

    by = models.CharField(max_length=16, choices=By.choices)
    on = models.DateField()


class SeenNumber(Row):
    """That a telephone number or an account came up in a conversation; the number itself is not kept.

    `digest` is keyed (bot.records.seen_numbers.digest_of): without the key it cannot be tried out for all numbers.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="seen_numbers")
    digest = models.CharField(max_length=64)
    kind = models.CharField(max_length=16)
    first_seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("digest", "conversation"), name="seen_number_once"),)


class RecruiterList(Row):
    """The public list of licensed companies that is in use: one at most, replaced as a whole by import_recruiters."""

    as_of = models.DateField()
    source = models.CharField(max_length=300)
    imported_at = models.DateTimeField(default=timezone.now)
    rows = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)  # of the file


class LicensedRecruiter(Row):
    """A company on the list, as the list writes it: public, so not sealed."""

    class Status(models.TextChoices):
        VALID = "valid"
        SUSPENDED = "suspended"
        REVOKED = "revoked"

    listing = models.ForeignKey(RecruiterList, on_delete=models.CASCADE, related_name="recruiters")
    name = models.CharField(max_length=120)
    certificate_number = models.CharField(max_length=64, blank=True, default="")
    province = models.CharField(max_length=32, blank=True, default="")
    valid_until = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.VALID)

    class Meta:
        ordering = ("name", "certificate_number")

"""What a person leaves in the records, and what stands in the files of the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey, Model

from bot.records.models import (
    Contact,
    Conversation,
    DialogueState,
    Finding,
    Message,
    Outbox,
    Quarantine,
    Receipt,
    Tombstone,
)
from bot.records.sealing import Sealed
from bot.records.seen_numbers import keep_numbers

#: Of a sealed value so much is looked for: a long one may lie on several pages.
SOUGHT = 40


def all_models() -> list[type[Model]]:
    return list(apps.get_app_config("records").get_models())


def ways_to_a_person(model: type[Model], seen: tuple[type[Model], ...] = ()) -> list[str]:
    """Return the paths of keys from a model to the contact, as a filter writes them."""
    if model is Contact:
        return ["pk"]
    keys = [field for field in model._meta.get_fields() if isinstance(field, ForeignKey)]
    return [
        field.name if way == "pk" else f"{field.name}__{way}"
        for field in keys
        if field.related_model not in (*seen, model)
        for way in ways_to_a_person(field.related_model, (*seen, model))
    ]


def person(address: str, talks: int = 1, text: str = "") -> Contact:
    """Make a person with a row in every table that can hold something about one."""
    contact = Contact.objects.reach("telegram", "1", address)
    for number in range(talks):
        talk = Conversation.objects.create(contact=contact, facts={"fee": address}, indicators={"debt": "present"})
        message = Message.objects.add(talk, direction="in", author="person", text=text or f"我是{address}")
        Finding.objects.create(message=message, indicator="debt", status="present", confidence=1, start=0, end=1)
        for author in ("bot", "staff"):
            reply = Message.objects.add(talk, direction="out", author=author, text=f"好，{address}", reply_to=message)
            Outbox.objects.create(message=reply, channel="telegram")
        keep_numbers(talk, f"打138{10 * int(address) + number:0>8}")
        DialogueState.objects.create(sender=talk.sender, state={"events": [address]})
        Receipt.objects.create(conversation=talk, lookup=f"lookup of {talk.pk}", code_hash="$argon2id$…")
    Quarantine.objects.create(bot="1", update_id=int(address), raw=address, pseudonym=contact.pseudonym)
    return contact


def rows_of(contact: Contact) -> list[Model]:
    """Return every row about a person."""
    rows: list[Model] = []
    for model in all_models():
        for way in ways_to_a_person(model):
            rows += model._default_manager.filter(**{way: contact.pk})
    senders = [talk.sender for talk in contact.conversations.all()]
    rows += DialogueState.objects.filter(sender__in=senders)
    return [*rows, *Quarantine.objects.filter(pseudonym=contact.pseudonym)]


def traces_of(contact: Contact) -> set[bytes]:
    """Return what would show in a file that something of a person is still there; their tombstones may."""
    traces: set[bytes] = set()
    for row in rows_of(contact):
        for name, value in vars(row).items():
            if isinstance(value, Sealed):
                traces.add(bytes(value[:SOUGHT]))
            elif name in ("pseudonym", "sender", "digest", "lookup"):
                traces.add(str(value).encode())
            elif name == "id" and not isinstance(row, Conversation):
                traces.add(_written(value))
    return traces


def _written(key: UUID) -> bytes:
    return key.hex.encode() if connection.vendor == "sqlite" else key.bytes


def stored_bytes() -> bytes:
    """Return all that stands in the database's files, its log included where it is SQLite's."""
    if connection.vendor == "sqlite":
        name = Path(connection.settings_dict["NAME"])
        return b"".join(path.read_bytes() for path in name.parent.glob(name.name + "*"))
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute(
            "SELECT pg_read_binary_file(pg_relation_filepath(oid)) FROM pg_class"
            " WHERE pg_relation_filepath(oid) IS NOT NULL AND relkind IN ('r', 'i', 't')"
        )
        return b"".join(bytes(row[0]) for row in cursor.fetchall())


def found(traces: set[bytes]) -> list[Any]:
    everything = stored_bytes()
    return [trace for trace in traces if trace in everything]


def graves() -> set[tuple[UUID, str]]:
    return set(Tombstone.objects.values_list("pk", "by"))

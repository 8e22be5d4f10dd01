"""Rows: who is who, what comes once, what goes together."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from bot.records.erasing import erase_contact
from bot.records.models import (
    Contact,
    Conversation,
    DialogueState,
    Finding,
    Message,
    Outbox,
    Quarantine,
    SeenNumber,
    Tombstone,
    pseudonym_of,
)
from bot.records.seen_numbers import keep_numbers

pytestmark = pytest.mark.django_db


def test_an_address_leads_to_one_contact_and_its_name_says_nothing() -> None:
    contact = Contact.objects.reach("telegram", "123456", "777001")
    assert Contact.objects.reach("telegram", "123456", "777001") == contact
    assert Contact.objects.find("telegram", "123456", "777001") == contact
    assert Contact.objects.find("telegram", "999", "777001") is None
    assert contact.address == "777001"
    assert "777001" not in contact.pseudonym
    assert len(contact.pseudonym) == 64


def test_the_pseudonym_needs_the_key(settings: object) -> None:
    before = pseudonym_of("telegram", "1", "2")
    settings.PSEUDONYM_KEY = "another-key-of-enough-length"  # type: ignore[attr-defined]
    assert pseudonym_of("telegram", "1", "2") != before


def test_an_update_is_stored_once(say: Callable[..., Message], conversation: Conversation) -> None:
    say("一", update_id=5)
    with pytest.raises(IntegrityError):
        say("一", update_id=5)
    say("一", update_id=5, bot="654321")
    say("二", update_id=None)
    say("三", update_id=None)
    assert [message.text for message in conversation.messages.all()] == ["一", "一", "二", "三"]
    assert [message.number for message in conversation.messages.all()] == [1, 2, 3, 4]


def test_an_unreadable_update_is_stored_once() -> None:
    Quarantine.objects.create(bot="1", update_id=2, raw='{"update_id": 2}')
    with pytest.raises(IntegrityError), transaction.atomic():
        Quarantine.objects.create(bot="1", update_id=2, raw="{}")


def test_a_duplicate_leaves_no_gap_and_no_trace(say: Callable[..., Message], conversation: Conversation) -> None:
    say("一", update_id=1)
    with pytest.raises(IntegrityError):
        say("一", update_id=1)
    assert say("二", update_id=2).number == 2
    conversation.refresh_from_db()
    assert conversation.last_number == 2
    assert conversation.last_message_at is not None


@pytest.mark.django_db(transaction=True)
def test_messages_written_at_once_get_numbers_of_their_own() -> None:
    conversation = Conversation.objects.create(contact=Contact.objects.reach("web", "", "session"))

    def add(number: int) -> None:
        try:
            Message.objects.add(conversation, direction="in", author="person", text=str(number))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(20)))
    assert [message.number for message in conversation.messages.all()] == list(range(1, 21))


@pytest.mark.django_db(transaction=True)
def test_erasing_takes_everything_and_nobody_else(settings: object) -> None:
    def person(address: str) -> Contact:
        contact = Contact.objects.reach("telegram", "1", address)
        conversation = Conversation.objects.create(contact=contact, facts={"fee": address})
        DialogueState.objects.create(sender=conversation.sender, state={"events": [address]})
        message = Message.objects.add(conversation, direction="in", author="person", text=address)
        Finding.objects.create(message=message, indicator="debt", status="present", confidence=1, start=0, end=1)
        reply = Message.objects.add(conversation, direction="out", author="bot", text="好", reply_to=message)
        Outbox.objects.create(message=reply, channel="telegram")
        keep_numbers(conversation, f"打138{address:0>8}")
        return contact

    gone, stays = person("777001"), person("777002")
    leftovers = [
        gone.pseudonym,
        gone.pk.hex,
        *(message.pk.hex for message in Message.objects.filter(conversation__contact=gone)),
        *SeenNumber.objects.filter(conversation__contact=gone).values_list("digest", flat=True),
    ]
    erase_contact(gone)
    assert len(leftovers) == 5
    for model in (Contact, Conversation, DialogueState, Finding, Outbox, SeenNumber):
        assert model.objects.count() == 1, model
    assert Message.objects.count() == 2
    assert Contact.objects.get() == stays
    if connection.vendor == "sqlite":
        name = Path(connection.settings_dict["NAME"])
        everything = b"".join(path.read_bytes() for path in name.parent.glob(name.name + "*"))
        assert stays.pseudonym.encode() in everything
        assert not [leftover for leftover in leftovers if leftover.encode() in everything]
        assert name.with_name(name.name + "-wal").stat().st_size == 0


def test_the_erase_command() -> None:
    Contact.objects.reach("telegram", "1", "777001")
    Conversation.objects.create(contact=Contact.objects.get())
    call_command("erase", "telegram", "1", "777001")
    assert not Contact.objects.exists()
    assert Tombstone.objects.get().by == "staff"
    with pytest.raises(CommandError):
        call_command("erase", "telegram", "1", "777001")


def test_the_migrations_are_complete() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.skipif("sqlite" not in django_settings.DATABASES["default"]["ENGINE"], reason="about SQLite")
def test_sqlite_is_set_up_for_safety() -> None:
    def pragma(name: str) -> object:
        with connection.cursor() as cursor:
            return cursor.execute(f"PRAGMA {name}").fetchone()[0]

    assert (pragma("journal_mode"), pragma("secure_delete"), pragma("synchronous")) == ("wal", 1, 2)
    assert Path(django_settings.ANXING.database.name).stat().st_mode & 0o077 == 0

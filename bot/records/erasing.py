"""Removing a person for good."""

from __future__ import annotations

from django.db import connection, transaction

from bot.records.models import Contact, Conversation, DialogueState


def erase_contact(contact: Contact) -> None:
    """Delete a person's talks, findings, waiting replies, dialogue states and address, also from SQLite's log."""
    with transaction.atomic():
        senders = Conversation.objects.filter(contact=contact).values_list("sender", flat=True)
        DialogueState.objects.filter(sender__in=list(senders)).delete()
        contact.delete()  # takes conversations, messages, outbox and findings with it
        transaction.on_commit(empty_write_ahead_log)


def empty_write_ahead_log() -> bool:
    """Write SQLite's log back and cut it to nothing, where deleted rows stay readable; say whether it worked.

    It does not while somebody else reads or writes; the daily retention job tries again.
    """
    if connection.vendor != "sqlite":
        return True
    with connection.cursor() as cursor:
        busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy

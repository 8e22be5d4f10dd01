"""Removing a person for good."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, time
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from bot.records import erased_list
from bot.records.models import Contact, Conversation, DialogueState, Quarantine, Tombstone

log = logging.getLogger(__name__)

#: So long a checkpoint may wait for others: as long it holds up whoever wants to write.
CHECKPOINT_MILLISECONDS = 250


def erase_contact(contact: Contact, by: str = Tombstone.By.PERSON) -> bool:
    """Delete all that is kept of a person; False when it is gone already.

    What is left is a tombstone for each talk and the ids on the list of the erased. A contact that goes on with another
    one's talk by a receipt is the same person: both go.

    The list is written before the deletion counts: a crash between the two is made good by `erase_again`. A list that
    cannot be written keeps nobody in the records: `add_missing` makes it good from the tombstones.

    What is deleted stays readable for a moment in the free space of the files: bot.records.leftovers.
    """
    with transaction.atomic():
        contacts = _locked(contact)
        if not contacts:
            return False
        talks = Conversation.objects.filter(contact__in=contacts)
        senders = list(talks.values_list("sender", flat=True))
        # Before the talks, as the tracker store locks them in this order; and after them, for a turn that had begun.
        DialogueState.objects.filter(sender__in=senders).delete()
        ids = list(talks.select_for_update().values_list("pk", flat=True))
        Quarantine.objects.filter(pseudonym__in=[one.pseudonym for one in contacts]).delete()
        Contact.objects.filter(pk__in=[one.pk for one in contacts]).delete()  # and what has a key that leads to it
        DialogueState.objects.filter(sender__in=senders).delete()
        _bury(ids, by)
        _put_on_list([*(one.pk for one in contacts), *ids], by)
        transaction.on_commit(empty_write_ahead_log, robust=True)
    return True


def same_person(contact_id: UUID) -> set[UUID]:
    """Return the contact with those that are linked to it by a receipt, over any number of steps."""
    known: set[UUID] = set()
    new = {contact_id}
    while new:
        known |= new
        before = Conversation.objects.filter(contact__in=new).values_list("continues__contact", flat=True)
        after = Conversation.objects.filter(continues__contact__in=new).values_list("contact", flat=True)
        new = {one for one in (*before, *after) if one is not None} - known
    return known


def empty_write_ahead_log() -> bool:
    """Write SQLite's log back and cut it to nothing, where deleted rows stay readable; say whether it worked.

    It does not while somebody else reads or writes; the retention process tries again every minute.
    """
    if connection.vendor != "sqlite":
        return True
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout = {CHECKPOINT_MILLISECONDS}")
        try:
            busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {before}")
    return not busy


def _locked(contact: Contact) -> list[Contact]:
    """Return the contacts of this person as they are now; nobody writes to them until they are gone."""
    found = Contact.objects.select_for_update().filter(pk__in=same_person(contact.pk))
    return list(found.only("pk", "pseudonym").order_by("pk"))


def _bury(ids: Sequence[UUID], by: str) -> None:
    """Leave a tombstone for each talk; of the time it shows the day only."""
    today = timezone.localdate()
    Tombstone.objects.bulk_create([Tombstone(pk=pk, by=by, on=today) for pk in ids], ignore_conflicts=True)
    midnight = timezone.make_aware(datetime.combine(today, time.min))
    Tombstone.objects.filter(pk__in=ids).update(created_at=midnight, updated_at=midnight)


def _put_on_list(ids: Sequence[UUID], by: str) -> None:
    try:
        erased_list.add(ids, by)
    except OSError as error:
        log.error("ALARM: the list of the erased cannot be written (%s).", type(error).__name__)

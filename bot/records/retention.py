"""What is removed by and by: people without activity, and small things that have had their time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from bot.records import erased_list
from bot.records.erasing import empty_write_ahead_log, erase_contact, same_person
from bot.records.keeping import keep_little
from bot.records.leftovers import clear_files
from bot.records.models import Contact, Conversation, DialogueState, Quarantine, Tombstone

log = logging.getLogger(__name__)

QUARANTINED_DAYS = 7

HOUR = 3600.0
DAY = 24 * HOUR

Counts = Mapping[str, int]


def retain_hourly(now: datetime) -> Counts:
    """Remove the small things, and whoever came back from a backup."""
    erased_list.add_missing()
    return {
        "people on the list of the erased": erased_list.erase_again(),
        **keep_little(now),
        "unreadable updates": _delete(Quarantine.objects.filter(created_at__lt=now - timedelta(days=QUARANTINED_DAYS))),
        "sign-ins of staff that ended": _delete(Session.objects.filter(expire_date__lt=now)),
    }


def retain_daily(now: datetime) -> Counts:
    """Remove whoever has not been here for the time in the settings; open cases are kept longer."""
    idle = _idle_since(now - timedelta(days=settings.RETENTION_DAYS))
    too_long = _idle_since(now - timedelta(days=settings.RETENTION_OPEN_DAYS))
    talks = Conversation.objects.filter(contact=OuterRef("pk"), waiting_for_human=True)
    open_ = _ids(idle.filter(Exists(talks)))
    removed = _ids(idle) - (open_ - _ids(too_long))
    counts = {"people without activity": 0, "people who waited for a human": 0}
    for pk in removed:
        if not same_person(pk) <= removed:
            continue  # who goes on with a talk from elsewhere is here in both
        contact = idle.filter(pk=pk).first()  # asked once more: it takes its time to come to the last one
        if contact and erase_contact(contact, Tombstone.By.RETENTION):
            counts["people who waited for a human" if pk in open_ else "people without activity"] += 1
    return counts


class Rounds:
    """Does in time what has to be done; `look` is to be called every minute with a clock that never steps back."""

    def __init__(self, say: Callable[[Counts], None]) -> None:
        self._say = say
        self._hourly_at = self._daily_at = 0.0
        self._files_due = True  # whatever their size
        self._buried = 0  # tombstones when the files were last written anew

    def look(self, clock: float) -> None:
        """Do what is due; what fails is due again at the next look."""
        now = timezone.now()
        if clock >= self._hourly_at:
            self._tell(retain_hourly(now))
            self._hourly_at = clock + HOUR
        if clock >= self._daily_at:
            self._say(retain_daily(now))
            self._daily_at, self._files_due = clock + DAY, True
        buried = Tombstone.objects.count()
        if (self._files_due or buried != self._buried) and clear_files(at_any_size=self._files_due):
            self._files_due, self._buried = False, buried
        empty_write_ahead_log()

    def _tell(self, counts: Counts) -> None:
        if any(counts.values()):
            self._say(counts)


def _idle_since(limit: datetime) -> QuerySet[Contact]:
    """Return who has neither written nor been written to since."""
    return Contact.objects.annotate(last_said=Max("conversations__last_message_at")).filter(
        Q(last_seen_at=None) | Q(last_seen_at__lt=limit),
        Q(last_said=None) | Q(last_said__lt=limit),
        created_at__lt=limit,
    )


def _ids(contacts: QuerySet[Contact]) -> set[UUID]:
    return set(contacts.values_list("pk", flat=True))


def _delete(rows: QuerySet[Quarantine] | QuerySet[DialogueState] | QuerySet[Session]) -> int:
    return rows.delete()[0]

"""The list of the erased: it lies with the backups and outlives them, so that nobody comes back from an older one.

A line is a random id (a contact's or a talk's, which leads to nobody once the row is gone), the date, and who erased.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from bot.durable import sync_folder
from bot.records.models import Contact, Conversation, Tombstone

NAME = "erased.list"


def list_path() -> Path:
    """Return where the list of this installation lies."""
    return Path(settings.BACKUPS) / NAME


def add(ids: Iterable[UUID], by: str = Tombstone.By.PERSON, on: date | None = None) -> None:
    """Put ids on the list; once this returns they are on the disk."""
    day = (on or timezone.localdate()).isoformat()
    lines = "".join(f"{one} {day} {by}\n" for one in ids).encode("ascii")
    path = list_path()
    is_new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(_end_of_a_torn_line(file.fileno()) + lines)
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        sync_folder(path.parent)


def read(paths: Sequence[Path] | None = None) -> set[UUID]:
    """Return the ids on these lists, or on that of this installation; a list that is not there is empty."""
    return set(_erased_by(paths))


def erase_again(paths: Sequence[Path] | None = None) -> int:
    """Erase whoever is on the lists and in the records all the same, as after a restore; return how many they were."""
    from bot.records.erasing import erase_contact  # which writes this list

    erased_by = _erased_by(paths)
    back = {
        **{owner: erased_by[pk] for pk, owner in Conversation.objects.values_list("pk", "contact") if pk in erased_by},
        **{pk: erased_by[pk] for pk in Contact.objects.values_list("pk", flat=True) if pk in erased_by},
    }
    return sum(erase_contact(contact, back[contact.pk]) for contact in _contacts(list(back)))


def add_missing() -> int:
    """Put talks on the list that were erased while it could not be written; return how many they were."""
    listed = read()
    missing = [stone for stone in Tombstone.objects.all() if stone.pk not in listed]
    for stone in missing:
        add([stone.pk], stone.by, stone.on)
    return len(missing)


def _contacts(ids: Sequence[UUID]) -> Iterator[Contact]:
    for pk in ids:
        yield from Contact.objects.filter(pk=pk)


def _erased_by(paths: Sequence[Path] | None) -> Mapping[UUID, str]:
    found: dict[UUID, str] = {}
    for path in [list_path()] if paths is None else paths:
        if not path.exists():
            continue
        for line in path.read_text("ascii", "replace").splitlines():
            first, *rest = line.split() or [""]
            try:
                key = UUID(first)
            except ValueError:
                continue  # torn by a crash: what it stood for was not erased yet
            found[key] = rest[1] if len(rest) > 1 and rest[1] in Tombstone.By.values else Tombstone.By.PERSON
    return found


def _end_of_a_torn_line(descriptor: int) -> bytes:
    """Return what has to be written first where a crash left half a line."""
    size = os.fstat(descriptor).st_size
    return b"\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else b""

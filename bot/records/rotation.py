"""New sealing keys for old records, while everything runs.

Why nothing is lost: the new key is put first into the key file in one step, and only then does anybody seal with it.
A process that meets its id looks into the file at once, so opening never fails. A process that does not know of it
yet seals with the old key for a second more, and what it seals may reach the database some time later, so the old key
stays until `SECONDS_UNTIL_WRITTEN` are over and a look at every row after that finds nothing of it. A row is changed
only if it still holds the very bytes that were opened: what somebody else writes meanwhile is never overwritten.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db.models import BinaryField, F, Func, Model, Q, QuerySet, Value

from bot.keys import alone, new_seal_key, rewrite
from bot.records.leftovers import clear_files
from bot.records.sealing import SealedField, SealError, SealKeys, seal_keys

#: A value is written so long after it was sealed at most: SQLite gives up waiting for a lock after 20 s.
SECONDS_UNTIL_WRITTEN = 60.0
ROWS_AT_ONCE = 200
ROWS_BETWEEN_NEWS = 5_000
TRIES_TO_CLEAR_THE_FILES = 5

Say = Callable[[str], None]


class RotationError(RuntimeError):
    """The keys stay as they are; the message is one sentence."""


@dataclass
class Found:
    """What a look at every row found to be sealed with another key than the first."""

    sealed_anew: int = 0
    changed_meanwhile: int = 0
    damaged: int = 0

    @property
    def is_work_left(self) -> bool:
        return bool(self.sealed_anew or self.changed_meanwhile)


def rotate(path: Path, say: Say, *, keep_old: bool = False, wait: float = SECONDS_UNTIL_WRITTEN) -> None:
    """Seal everything with a new key and take the old ones out of the file; a run that was broken off is finished."""
    with alone(path.parent / ".rotating", "Another process is rotating the keys already."):
        if any(_older(model, fields).exists() for model, fields in sealed_models()):
            say(f"Not everything is sealed with key {seal_keys(look=True).first} yet: going on with that.")
        else:
            rewrite(path, _with_new_key)
            say(f"Key {seal_keys(look=True).first} seals from now on.")
        began = time.monotonic()
        seal_all_anew(say)
        if not keep_old:
            say(f"Waiting {wait:.0f} s for what was sealed before and is still on its way to the database.")
            time.sleep(max(0.0, began + wait - time.monotonic()))
            seal_all_anew(say)
            rewrite(path, _first_only)
            say("The old keys are out of the file: backups made until now open only with the copy of it that you have.")
        _clear_the_files(say)


def seal_all_anew(say: Say) -> None:
    """Seal with the first key whatever another one sealed, until a look at every row finds nothing more."""
    while True:
        found = Found()
        for model, fields in sealed_models():
            _seal_table_anew(model, fields, found, say)
        say(f"{found.sealed_anew} rows were sealed anew, {found.changed_meanwhile} were changed meanwhile.")
        if not found.is_work_left:
            break
    if found.damaged:
        raise RotationError(f"{found.damaged} rows hold values that no key here opens: the old keys stay in the file.")


def sealed_models() -> Iterator[tuple[type[Model], tuple[SealedField, ...]]]:
    """Find every table with sealed columns, so that none that is added later can be forgotten."""
    for model in apps.get_models(include_auto_created=True):
        fields = tuple(field for field in model._meta.local_concrete_fields if isinstance(field, SealedField))
        if fields:
            yield model, fields


def _older(model: type[Model], fields: tuple[SealedField, ...]) -> QuerySet[Any]:
    """Return the rows in which a column is sealed with another key than the first."""
    first, other = bytes([seal_keys().first]), Q()
    keys = {}
    for field in fields:
        name = f"key_of_{field.attname}"
        keys[name] = Func(F(field.attname), Value(1), Value(1), function="SUBSTR", output_field=BinaryField())
        other |= Q(**{f"{name}__lt": first}) | Q(**{f"{name}__gt": first})
    return model._base_manager.alias(**keys).filter(other)


def _seal_table_anew(model: type[Model], fields: tuple[SealedField, ...], found: Found, say: Say) -> None:
    names = [field.attname for field in fields]
    rows, told, last = _older(model, fields).order_by("pk"), found.sealed_anew, None
    while batch := list((rows if last is None else rows.filter(pk__gt=last)).values("pk", *names)[:ROWS_AT_ONCE]):
        for row in batch:
            _seal_row_anew(model, fields, row, found)
        last = batch[-1]["pk"]
        if found.sealed_anew - told >= ROWS_BETWEEN_NEWS:
            told = found.sealed_anew
            say(f"  {model._meta.label}: {told} rows so far")


def _seal_row_anew(model: type[Model], fields: tuple[SealedField, ...], row: dict[str, Any], found: Found) -> None:
    """Change the row if nobody else did; each is a transaction of its own, so nobody waits for more than one."""
    old = {field.attname: row[field.attname] for field in fields if row[field.attname] is not None}
    try:
        new = {field.attname: field.reseal(row["pk"], row[field.attname]) for field in fields if field.attname in old}
    except SealError:
        found.damaged += 1
        return
    if model._base_manager.filter(pk=row["pk"], **old).update(**new):
        found.sealed_anew += 1
    else:
        found.changed_meanwhile += 1


def _with_new_key(text: str) -> str:
    """Put a new key first, with an id that neither a key here nor, for a long time, one of an old backup has."""
    ids = SealKeys.parse(text).ids
    free = next((key_id % 256 for key_id in range(ids[0] + 1, ids[0] + 256) if key_id % 256 not in ids), None)
    if free is None:
        raise RotationError("The key file holds 256 keys: take out those that no backup needs any more.")
    return "\n".join([new_seal_key(free), *_entries(text)])


def _first_only(text: str) -> str:
    return _entries(text)[0]


def _entries(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _clear_the_files(say: Say) -> None:
    """Take out of the free space of the files what the old key sealed."""
    for _ in range(TRIES_TO_CLEAR_THE_FILES):
        if clear_files():
            return
        time.sleep(1)
    say("What the old key sealed may still lie in free space of the files: `manage.py retain` clears it, also daily.")

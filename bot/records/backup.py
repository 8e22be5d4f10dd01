"""Everything that the records hold, in one encrypted file that SQLite and PostgreSQL can both take.

Rows are read as the database has them, table by table inside one transaction that sees one moment, while others go on
writing. What is sealed stays sealed within the encrypted file. The tables are known by the migrations that the
database has gone through, so one that is older than this program can be kept as well, before it is migrated.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import BinaryField, Field, Model
from django.utils import timezone

from bot.durable import sync_folder
from bot.records.backup_file import BackupError, write_lines
from bot.records.sealing import Sealed, SealedField

ROWS_AT_ONCE = 500
#: Whoever was signed in signs in again, and nobody stays locked out.
LEFT_OUT = ("sessions", "axes")

Migrations = Sequence[tuple[str, str]]


def write_backup(path: Path, key: str) -> int:
    """Write the backup, whole or not at all, and return how many rows it holds."""
    if path.exists():
        raise BackupError(f"{path} is there already: choose another name.")
    draft = path.with_name(f".{path.name}.draft")
    count = 0

    def counted() -> Iterator[bytes]:
        nonlocal count
        for line in _lines():
            count += line.startswith(b"[")
            yield line

    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                write_lines(file, key, counted())
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)  # unlike a rename it never replaces what somebody else put there meanwhile
        finally:
            draft.unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise BackupError(f"The backup cannot be written to {path}: {error.strerror}.") from error
    return count


def models_at(migrations: Migrations) -> list[type[Model]]:
    """Return the tables to keep, as they were after these migrations."""
    loader = MigrationLoader(connection)
    unknown = sorted(set(migrations) - set(loader.graph.nodes))
    if unknown:
        names = ", ".join(f"{app} {name}" for app, name in unknown[:3])
        raise BackupError(f"The records are of a newer version than this program ({names}): update the program first.")
    state = loader.project_state([(app, name) for app, name in migrations])
    return [
        model
        for model in state.apps.get_models(include_auto_created=True)
        if model._meta.app_label not in LEFT_OUT and model._meta.managed and not model._meta.proxy
    ]


def columns_of(model: type[Model]) -> list[Field]:
    return list(model._meta.local_concrete_fields)


def taken_in(field: Field, value: Any) -> Any:
    """Return a value of a backup as its column takes it."""
    if value is None:
        return None
    if isinstance(field, SealedField):
        return Sealed(base64.b64decode(value))
    return base64.b64decode(value) if isinstance(field, BinaryField) else field.to_python(value)


def _lines() -> Iterator[bytes]:
    """Say what the database is, then each table and its rows, then that this was all."""
    with _one_moment():
        migrations = sorted(MigrationRecorder(connection).applied_migrations())
        yield _json({"made_at": timezone.now().isoformat(timespec="seconds"), "migrations": migrations})
        count = 0
        for model in models_at(migrations):
            names = [field.attname for field in columns_of(model)]
            yield _json({"table": model._meta.label_lower, "columns": names})
            for row in _rows(model, names):
                count += 1
                yield _json(row)
        yield _json({"rows": count})


@contextlib.contextmanager
def _one_moment() -> Iterator[None]:
    """Read everything as it is at one moment, and keep nobody from writing."""
    # Not atomic(): on SQLite that begins with the lock of a writer.
    begin = "BEGIN" if connection.vendor == "sqlite" else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    with connection.cursor() as cursor:
        cursor.execute(begin)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")


def _rows(model: type[Model], names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    key = names.index(model._meta.pk.attname)
    rows, last = model._base_manager.order_by("pk").values_list(*names), None
    while batch := list((rows if last is None else rows.filter(pk__gt=last))[:ROWS_AT_ONCE]):
        yield from batch
        last = batch[-1][key]


def _json(value: Any) -> bytes:
    return json.dumps(value, default=_plain, separators=(",", ":")).encode("ascii")


def _plain(value: Any) -> str:
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(f"a backup cannot hold a {type(value).__name__}")

"""Puts the records of a backup back: all of them, in place of what the database holds, or nothing.

The whole file is read first: every chunk has to be authentic, every sealed value has to open. Only then is a database
made anew at the version of the backup, filled, and migrated to today's; on SQLite it is a file beside that takes the
place of the old one at the end, on PostgreSQL it is one transaction. At last whoever was erased since then is erased
again.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from django.apps import apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Field, Model

from bot.records import erased_list
from bot.records.backup import LEFT_OUT, Migrations, columns_of, models_at, taken_in
from bot.records.backup_file import BackupError, read_lines
from bot.records.sealing import SealedField, SealError, open_sealed
from bot.settings import Settings

ROWS_AT_ONCE = 500
#: What a database holds that nobody has written to yet.
MADE_BY_MIGRATING = ("contenttypes.contenttype", "auth.permission")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Table:
    """A table of the backup and what its columns are."""

    model: type[Model]
    fields: list[Field]

    def row(self, values: list[Any]) -> Model:
        if len(values) != len(self.fields):
            raise BackupError("This backup was not written by this program: a row does not fit its table.")
        named = zip(self.fields, values, strict=True)
        return self.model(**{field.attname: taken_in(field, value) for field, value in named})


def restore(path: Path, key: str, say: Say, *, replace: bool = False) -> None:
    """Put the backup back, and say what is done."""
    try:
        with path.open("rb") as file:
            say("Reading the whole backup before anything is changed …")
            made_at, migrations, count = _checked(file, key)
            say(f"It is whole: {count} rows of {made_at}.")
            if not replace:
                _refuse_if_anything_is_kept()
            with _made_anew():
                _migrate_to(migrations)
                _load(file, key, migrations)
                call_command("migrate", verbosity=0, interactive=False)
                erased = _erase_again(path.absolute().with_name(erased_list.NAME))
    except OSError as error:
        raise BackupError(f"{path} cannot be read, or the database not written: {error.strerror}.") from error
    except (DatabaseError, SealError) as error:
        why = type(error).__name__
        raise BackupError(f"The records cannot be put back ({why}); the database is as it was.") from error
    say(f"The records are back; {erased} people who have been erased since then were erased again.")


def refuse_if_running(settings: Settings) -> None:
    """Refuse while one of our programs answers on its port."""
    for url in (settings.rasa_url, settings.action_url, f"http://{settings.site_host}:{settings.site_port}"):
        parts = urlsplit(url)
        with contextlib.suppress(OSError), socket.create_connection((parts.hostname or "", parts.port or 80), 1):
            raise BackupError(f"Something answers on port {parts.port}: stop 安行 first, then restore.")


def _checked(file: BinaryIO, key: str) -> tuple[str, Migrations, int]:
    """Read everything once without keeping it, and open every sealed value."""
    head, count = _head(file, key), 0
    for row in _rows(file, key, head["migrations"]):
        count += 1
        for field in columns_of(type(row)):
            sealed = row.__dict__[field.attname]
            if isinstance(field, SealedField) and sealed is not None:
                _open(field, row, sealed)
    return str(head["made_at"]), head["migrations"], count


def _open(field: SealedField, row: Model, sealed: bytes) -> None:
    try:
        open_sealed(sealed, field.place(row.pk))
    except SealError as error:
        raise BackupError(
            f"The backup is whole, but not what is sealed in it: {error} If the sealing keys were rotated since it was"
            " made, add the lines of your older copy of var/keys/seal.keys below those of today."
        ) from error


def _head(file: BinaryIO, key: str) -> dict[str, Any]:
    file.seek(0)
    head: dict[str, Any] = json.loads(next(read_lines(file, key), b"{}"))
    if not {"made_at", "migrations"} <= set(head):
        raise BackupError("This backup was not written by this program.")
    head["migrations"] = [(app, name) for app, name in head["migrations"]]
    return head


def _rows(file: BinaryIO, key: str, migrations: Migrations) -> Iterator[Model]:
    """Return row by row what the backup holds, each as an object of the table of its time."""
    models = {model._meta.label_lower: model for model in models_at(migrations)}
    file.seek(0)
    table: Table | None = None
    end: dict[str, Any] = {}
    count = 0
    for line in read_lines(file, key):
        part = json.loads(line)
        if isinstance(part, list) and table:
            count += 1
            yield table.row(part)
        elif "table" in part:
            model = models[part["table"]]
            fields = {field.attname: field for field in columns_of(model)}
            table = Table(model, [fields[name] for name in part["columns"]])
        else:
            end = part
    if end.get("rows") != count:
        raise BackupError("This backup is not complete: take another one.")


def _refuse_if_anything_is_kept() -> None:
    for model in apps.get_models():
        label, table = model._meta.label_lower, model._meta.db_table
        if model._meta.app_label in LEFT_OUT or label in MADE_BY_MIGRATING or not model._meta.managed:
            continue
        if table in connection.introspection.table_names() and model._base_manager.exists():
            raise BackupError(
                "The database is not empty. To put the backup in place of everything that it holds now, make a backup"
                " of that first and add --replace (make restore FILE=… REPLACE=1)."
            )


def _made_anew() -> contextlib.AbstractContextManager[None]:
    return _file_beside() if connection.vendor == "sqlite" else _one_transaction()


@contextlib.contextmanager
def _file_beside() -> Iterator[None]:
    """Let the connection fill a new file, which takes the place of the old one when all went well."""
    database = Path(connection.settings_dict["NAME"])
    draft = database.with_name(database.name + ".restoring")
    _refuse_if_open(database)
    _remove(draft)
    os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        connection.settings_dict["NAME"] = str(draft)
        try:
            yield
            _let_go_of_the_log()
        finally:
            connection.close()
            connection.settings_dict["NAME"] = str(database)
        _refuse_if_open(database)
        draft.replace(database)
    finally:
        _remove(draft)


def _refuse_if_open(database: Path) -> None:
    """Refuse while any program has the file open, and leave it without a log that would be taken for the new one's."""
    try:
        if database.exists():
            _let_go_of_the_log()
    except DatabaseError as error:
        raise BackupError("Another program uses the database: stop 安行 first, then restore.") from error


def _let_go_of_the_log() -> None:
    """Leave WAL mode, which SQLite does only for the last one that has the file open."""
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout=500")
        cursor.execute("PRAGMA journal_mode=DELETE")
    connection.close()


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


@contextlib.contextmanager
def _one_transaction() -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
            cursor.execute("SELECT pg_backend_pid()")
            cursor.execute(others, cursor.fetchone())
            if cursor.fetchone()[0]:
                raise BackupError("Another program uses the database: stop 安行 first, then restore.")
            tables = {*connection.introspection.django_table_names(only_existing=True), "django_migrations"}
            for table in sorted(tables & set(connection.introspection.table_names(cursor))):
                cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)} CASCADE")
        yield


def _migrate_to(migrations: Migrations) -> None:
    """Go through the migrations of the backup and no others."""
    executor = MigrationExecutor(connection)
    chosen = set(migrations)
    for target in migrations:
        children = {child.key for child in executor.loader.graph.node_map[target].children}
        if not any(app == target[0] and (app, name) in chosen for app, name in children):
            executor.loader.build_graph()
            executor.migrate([target])


def _load(file: BinaryIO, key: str, migrations: Migrations) -> None:
    waiting: list[Model] = []
    loaded: dict[str, type[Model]] = {}
    with transaction.atomic():
        for row in _rows(file, key, migrations):
            if waiting and (type(waiting[0]) is not type(row) or len(waiting) == ROWS_AT_ONCE):
                _insert(waiting)
                waiting = []
            waiting.append(row)
            loaded[row._meta.label] = type(row)
        _insert(waiting)
        _check_references()
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(loaded.values())):
            cursor.execute(statement)


def _insert(rows: list[Model]) -> None:
    if rows:
        for field in columns_of(type(rows[0])):
            if getattr(field, "auto_now", False):
                field.auto_now = False  # type: ignore[attr-defined]  # the times are those of the backup
        type(rows[0])._base_manager.bulk_create(rows)


def _erase_again(beside: Path) -> int:
    """Erase who is on this installation's list or on the one that lies beside the backup, and keep both as one."""
    erased = erased_list.erase_again([erased_list.list_path(), beside])
    if missing := erased_list.read([beside]) - erased_list.read():
        erased_list.add(missing)
    return erased


def _check_references() -> None:
    try:
        connection.check_constraints()
    except IntegrityError as error:
        raise BackupError("This backup does not fit together: a row names another one that is not there.") from error

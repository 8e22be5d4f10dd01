"""What deleted rows leave behind in the files of the database, and how it is taken out of them.

SQLite overwrites what is deleted (secure_delete), but when it moves rows from a full page to another one their old
bytes stay in a gap of the first: of 30 people erased from 13 MB the row of one could still be read. PostgreSQL
overwrites nothing, and keeps samples of the values for its planner. So the tables are written anew.

What this does not reach: PostgreSQL's own log (WAL) with its archive, replicas and base backups, snapshots of the
disk, and the blocks that a file system or an SSD gave free without overwriting them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import DatabaseError, connection

from bot.records.erasing import empty_write_ahead_log

log = logging.getLogger(__name__)

#: Writing 100 MB anew takes about a second, during which nobody else can write; more waits for the daily round.
SMALL = 100_000_000
LOCK_SECONDS = 1


def clear_files(at_any_size: bool = False) -> bool:
    """Write the tables anew so that nothing deleted is left in them; False when it has to be tried again later.

    Not inside a transaction. It fails without harm when others are at work.
    """
    if not at_any_size and _size() > SMALL:
        return False
    try:
        for statement in _statements():
            with _brief_locks(), connection.cursor() as cursor:
                cursor.execute(statement)
    except DatabaseError as error:
        log.warning("The files of the records could not be written anew (%s); trying again.", type(error).__name__)
        return False
    return empty_write_ahead_log()


def _size() -> int:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            pages, size = (cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
            return int(pages * size)
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def _statements() -> list[str]:
    if connection.vendor == "sqlite":
        return ["VACUUM"]
    tables = sorted(model._meta.db_table for model in apps.get_app_config("records").get_models())
    # A plain VACUUM lets the bytes lie until something new comes to the same place.
    return [f"VACUUM (FULL, ANALYZE) {connection.ops.quote_name(table)}" for table in tables]


@contextmanager
def _brief_locks() -> Iterator[None]:
    """Let PostgreSQL give up soon: whoever waits behind us for a table would wait as long."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        try:
            yield
        finally:
            cursor.execute("RESET lock_timeout")

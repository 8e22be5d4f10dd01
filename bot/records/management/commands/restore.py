"""`manage.py restore FILE` puts the records of a backup back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bot.records.backup_file import BackupError
from bot.records.restoring import refuse_if_running, restore
from bot.settings import Settings


class Command(BaseCommand):
    help = (
        "Put the records of a backup into an empty database, on SQLite or PostgreSQL. First stop everything, and put"
        " the var/keys of the backup in place. Whoever is on an erased.list, here or beside FILE, is erased again."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--replace", action="store_true", help="in place of everything that the database holds now")

    def handle(self, *args: Any, **options: Any) -> None:
        settings = Settings.from_environment()
        try:
            refuse_if_running(settings)
            restore(options["file"], settings.backup_key, self._say, replace=options["replace"])
        except BackupError as error:
            raise CommandError(str(error)) from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

"""`manage.py backup` writes everything that is kept into one encrypted file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from bot.keys import KeysError, private_folder
from bot.records.backup import write_backup
from bot.records.backup_file import BackupError
from bot.settings import Settings


class Command(BaseCommand):
    help = (
        "Write a backup while everything runs. It is encrypted with var/keys/backup.key and holds no key: keep a copy"
        " of var/keys in another safe place, without it no backup can be opened. Copy it again after rotate_keys."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, metavar="FILE", help="where to (default: a new file in var/backups)")

    def handle(self, *args: Any, **options: Any) -> None:
        settings = Settings.from_environment()
        try:
            path = options["to"] or private_folder(settings.backups) / f"anxing-{timezone.now():%Y%m%d-%H%M%S}.backup"
            count = write_backup(path, settings.backup_key)
        except (BackupError, KeysError) as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(f"The database cannot be read ({type(error).__name__}): no backup was made.") from error
        self.stdout.write(f"{count} rows are in {path}; it opens only with a copy of {settings.var / 'keys'}.")

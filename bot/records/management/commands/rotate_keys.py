"""`manage.py rotate_keys` seals all records with a new key, while everything runs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from bot.keys import KeysError
from bot.records.rotation import SECONDS_UNTIL_WRITTEN, RotationError, rotate, seal_all_anew
from bot.records.sealing import SealError, seal_keys

_HOW_TO = (
    "The keys come from ANXING_SEAL_KEYS, which this program cannot change. Make a key with `openssl rand -base64 32`,"
    " put it first with an id of its own (ANXING_SEAL_KEYS=2:NEW,1:OLD), stop everything, start it so, and run this"
    " again: then it seals all records with the first key."
)


class Command(BaseCommand):
    help = (
        "Seal all records with a new key. Everything may go on running; a run that was broken off is finished by the"
        " next. Afterwards copy var/keys to your safe place again and make a backup: older backups need the old key."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--keep-old", action="store_true", help="leave the old keys in the file, so that they open")
        parser.add_argument(
            "--wait", type=float, default=SECONDS_UNTIL_WRITTEN, metavar="SECONDS",
            help="how long after its last use as first key an old key is kept (default: %(default).0f)",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if settings.SEAL_KEYS_FILE is None:
                self._with_keys_of_the_environment()
            else:
                rotate(settings.SEAL_KEYS_FILE, self._say, keep_old=options["keep_old"], wait=options["wait"])
        except (KeysError, RotationError, SealError) as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(f"The database failed ({type(error).__name__}): run this again, it goes on.") from error
        self._say(f"Done: everything is sealed with key {seal_keys(look=True).first}.")

    def _with_keys_of_the_environment(self) -> None:
        others = seal_keys().ids[1:]
        if not others:
            raise CommandError(_HOW_TO)
        seal_all_anew(self._say)
        ids = ", ".join(map(str, others))
        self._say(f"Once this finds nothing more on a second run, take out of ANXING_SEAL_KEYS the keys {ids}.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

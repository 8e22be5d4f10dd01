"""`manage.py retain` removes what has had its time and prints how much it was; `--forever` goes on doing so."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections, connection
from django.utils import timezone

from bot.records.leftovers import clear_files
from bot.records.retention import Counts, Rounds, retain_daily, retain_hourly

log = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS = 60.0


class Command(BaseCommand):
    help = "Remove what has had its time; only counts are shown."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--forever", action="store_true", help="do so at start, then hourly and daily")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["forever"]:
            self._go_on()
            return
        now = timezone.now()
        counts = {**retain_hourly(now), **retain_daily(now)}
        width = max(map(len, counts))
        self.stdout.write(f"{'removed':<{width}}  number")
        for name, number in counts.items():
            self.stdout.write(f"{name:<{width}}  {number:>6}")
        if not clear_files(at_any_size=True):
            self.stdout.write("The files could not be written anew, as others were at work: run it again.")

    def _go_on(self) -> None:
        rounds = Rounds(_log)
        try:
            while True:
                _look(rounds)
                time.sleep(SECONDS_BETWEEN_LOOKS)
        except KeyboardInterrupt:
            return


def _look(rounds: Rounds) -> None:
    """Look once; trouble with the database passes, and this process with it would stop all others."""
    close_old_connections()
    try:
        rounds.look(time.monotonic())
    except Exception as error:
        log.error("What has had its time stays for now (%s); trying again.", type(error).__name__, exc_info=error)
        connection.close()


def _log(counts: Counts) -> None:
    log.info("Removed: %s.", ", ".join(f"{name} {number}" for name, number in counts.items()))

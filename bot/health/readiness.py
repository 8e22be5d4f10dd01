"""Whether people can be answered: every part is asked at once, each for a moment only."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from bot.health.asking import LONGEST_WAIT, Processes
from bot.records.models import DialogueState
from bot.settings import Settings

log = logging.getLogger(__name__)

#: A database that is locked for longer is not writable; less than LONGEST_WAIT, so that the thread is free again.
LONGEST_LOCK = 1.5
#: So long an answer is given again: whoever asks more often puts no load on anything.
KEPT_SECONDS = 1.0
#: With less than this nothing more can be promised to be stored.
FEWEST_BYTES = 100_000_000

Check = Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class Checked:
    """What came of one check."""

    ok: bool
    milliseconds: int


class Readiness:
    """Asks each part; several who ask at the same time share one round."""

    def __init__(self, settings: Settings, processes: Processes) -> None:
        self._var, self._processes = settings.var, processes
        self._thread = ThreadPoolExecutor(1, "readiness")  # a hanging database blocks this one and no other
        self._round: asyncio.Task[dict[str, Checked]] | None = None
        self._kept: tuple[float, dict[str, Checked]] | None = None
        self._last_said: dict[str, bool] = {}

    async def checks(self) -> Mapping[str, Checked]:
        """Return every check, none of them older than a second."""
        if self._kept and time.monotonic() - self._kept[0] < KEPT_SECONDS:
            return self._kept[1]
        if self._round is None:
            self._round = asyncio.create_task(self._ask_all())
            self._round.add_done_callback(self._end_round)
        return await asyncio.shield(self._round)

    def _end_round(self, done: asyncio.Task[dict[str, Checked]]) -> None:
        self._round = None
        if not done.cancelled() and done.exception() is None:
            self._kept = time.monotonic(), done.result()

    async def _ask_all(self) -> dict[str, Checked]:
        rasa = asyncio.create_task(self._rasa())
        checks: dict[str, Check] = {
            "model": lambda: _whether(rasa, "model"),
            "dialogue_records": lambda: _whether(rasa, "records"),
            "actions": self._actions,
            "database": self._database,
            "disk": self._disk,
        }
        if self._processes.has_telegram:
            checks["telegram"] = self._telegram_is_alive
        found = await asyncio.gather(*(self._checked(name, check) for name, check in checks.items()))
        return dict(zip(checks, found, strict=True))

    async def _checked(self, name: str, check: Check) -> Checked:
        began = time.monotonic()
        why = "it says no"
        try:
            ok = await asyncio.wait_for(check(), LONGEST_WAIT)
        except Exception as error:  # whatever it is, the part cannot be used
            ok, why = False, type(error).__name__
        if ok != self._last_said.get(name, True):
            self._last_said[name] = ok
            log.log(logging.INFO if ok else logging.ERROR, "Ready again: %s" if ok else "Not ready: %s (%s)",
                    *((name,) if ok else (name, why)))  # fmt: skip
        return Checked(ok, round((time.monotonic() - began) * 1000))

    async def _rasa(self) -> dict[str, Any]:
        found = (await self._processes.rasa("/ready")).raise_for_status().json()
        return found if isinstance(found, dict) else {}

    async def _actions(self) -> bool:
        return (await self._processes.actions("/health")).status_code == 200

    async def _telegram_is_alive(self) -> bool:
        return (await self._processes.telegram("/healthz")).status_code == 200

    async def _database(self) -> bool:
        await asyncio.get_running_loop().run_in_executor(self._thread, _write_and_take_back)
        return True

    async def _disk(self) -> bool:
        return shutil.disk_usage(self._var).free >= FEWEST_BYTES


async def _whether(rasa: asyncio.Task[dict[str, Any]], name: str) -> bool:
    return bool((await asyncio.shield(rasa)).get(name))


def _write_and_take_back() -> None:
    """Write a row as every turn does, and leave nothing of it."""
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute(f"PRAGMA busy_timeout = {int(LONGEST_LOCK * 1000)}")
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL lock_timeout = '{LONGEST_LOCK}s'")
                    cursor.execute(f"SET LOCAL statement_timeout = '{LONGEST_LOCK}s'")
            DialogueState.objects.create(sender="a look whether this can be written")
            transaction.set_rollback(True)
    finally:
        connection.close()

"""Each part that is gone is seen, within seconds, and asking often costs nothing."""

from __future__ import annotations

import asyncio
import dataclasses
import sqlite3
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from bot.health import door, readiness
from bot.health.asking import Processes
from bot.health.pulse import LONGEST_BEAT, Pulse
from bot.health.readiness import Readiness
from bot.records.models import DialogueState
from bot.settings import Settings
from tests.gateway.helpers import in_records
from tests.health.conftest import Others

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ready(health_settings: Settings, processes: Processes, monkeypatch: pytest.MonkeyPatch) -> Readiness:
    monkeypatch.setattr(readiness, "KEPT_SECONDS", 0.0)
    return Readiness(health_settings, processes)


async def failing(ready: Readiness) -> set[str]:
    return {name for name, checked in (await ready.checks()).items() if not checked.ok}


async def test_all_is_well(ready: Readiness) -> None:
    checks = await ready.checks()
    assert set(checks) == {"model", "dialogue_records", "actions", "database", "disk"}
    assert all(checked.ok for checked in checks.values())
    assert await DialogueState.objects.acount() == 0, "what was written for a try is gone"


CASES: dict[str, tuple[Callable[[Others], Any], set[str]]] = {
    "Rasa without a model": (lambda others: setattr(others, "model", False), {"model"}),
    "Rasa's fail-safe store took over": (lambda others: setattr(others, "records", False), {"dialogue_records"}),
    "an action server that fails": (lambda others: setattr(others, "actions", 500), {"actions"}),
    "somebody else at Rasa's port": (
        lambda others: setattr(others, "_settings", dataclasses.replace(others._settings, rasa_token="x" * 20)),
        {"model", "dialogue_records"},
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_a_part_that_is_not_well(ready: Readiness, others: Others, case: str) -> None:
    breaks, expected = CASES[case]
    settings = others._settings
    breaks(others)
    if others._settings is not settings:  # the token is also the action server's check
        others.actions = 200
    assert await failing(ready) == expected


async def test_everything_else_is_gone(ready: Readiness, others: Others) -> None:
    await others.runner.cleanup()
    assert await failing(ready) == {"model", "dialogue_records", "actions"}


async def test_a_database_that_is_locked(ready: Readiness) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL does not lock a whole database")
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    try:
        assert await failing(ready) == {"database"}
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert await failing(ready) == set()


async def test_records_without_their_table(ready: Readiness) -> None:
    def rename(old: str, new: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")

    await in_records(lambda: rename("records_dialoguestate", "hidden"))
    try:
        assert await failing(ready) == {"database"}
    finally:
        await in_records(lambda: rename("hidden", "records_dialoguestate"))


async def test_a_disk_that_is_nearly_full(ready: Readiness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "FEWEST_BYTES", 2**80)
    assert await failing(ready) == {"disk"}


async def test_many_who_ask_share_one_round(
    health_settings: Settings, processes: Processes, others: Others, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "KEPT_SECONDS", 60.0)
    ready = Readiness(health_settings, processes)
    answers = await asyncio.gather(*(ready.checks() for _ in range(200)))
    answers.append(await ready.checks())
    assert others.asked == ["/ready"]
    assert all(answer is answers[0] for answer in answers)


async def test_one_who_stops_asking_does_not_stop_the_others(ready: Readiness) -> None:
    first = asyncio.create_task(ready.checks())
    second = asyncio.create_task(ready.checks())
    await asyncio.sleep(0)
    first.cancel()
    assert all(checked.ok for checked in (await second).values())


async def test_the_telegram_process_is_seen_and_so_is_one_that_hangs(
    health_settings: Settings, others: Others, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "KEPT_SECONDS", 0.0)
    settings = dataclasses.replace(health_settings, telegram_bot_token="123456:AAAAAAAAAAAA")
    ready = Readiness(settings, Processes(settings))
    assert await failing(ready) == {"telegram"}, "it does not run"
    now = [0.0]
    pulse = Pulse(lambda: now[0])
    async with door.open_on(settings.var, pulse):
        assert await failing(ready) == set(), "it signs in, or is a webhook"
        pulse.beat()
        assert await failing(ready) == set()
        now[0] = LONGEST_BEAT + 1
        assert await failing(ready) == {"telegram"}, "its loop hangs"
        async with door.open_on(settings.var, Pulse()):  # a new process, while the old one still ends
            assert await failing(ready) == set()
    assert await failing(ready) == {"telegram"}


async def test_a_telegram_process_that_does_not_answer_costs_two_seconds(
    health_settings: Settings, others: Others
) -> None:
    settings = dataclasses.replace(health_settings, telegram_bot_token="123456:AAAAAAAAAAAA")

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    server = await asyncio.start_unix_server(hang, settings.var / door.SOCKET)
    began = time.monotonic()
    assert await failing(Readiness(settings, Processes(settings))) == {"telegram"}
    assert time.monotonic() - began < 10
    server.close()


async def test_nobody_else_can_open_the_door(health_settings: Settings) -> None:
    async with door.open_on(health_settings.var, Pulse()):
        assert (health_settings.var / door.SOCKET).stat().st_mode & 0o777 == 0o600


async def test_a_door_that_cannot_be_opened_keeps_nobody_from_being_answered(
    health_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    long = health_settings.var / ("x" * 120)
    async with door.open_on(long, Pulse()):
        pass
    assert "cannot be opened" in caplog.text and str(long) not in caplog.text


async def test_what_is_wrong_is_in_the_log_once(
    ready: Readiness, others: Others, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    others.model = False
    for _ in range(3):
        await ready.checks()
    others.model = "there"
    await ready.checks()
    said = [record.getMessage() for record in caplog.records if record.name == "bot.health.readiness"]
    assert said == ["Not ready: model (it says no)", "Ready again: model"]

"""The real process: its sentences, its exit codes, and a log that tells nothing about anybody."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.settings import PROJECT
from tests.gateway.bot_api import BotApi
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import LATE, until


async def start(module: tuple[str, ...], var: Path, **environment: str) -> Process:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("TELEGRAM_", "RASA_"))}
    return await asyncio.create_subprocess_exec(
        sys.executable, *module, cwd=PROJECT, env={**clean, "ANXING_VAR": str(var), **environment},
        stdout=PIPE, stderr=PIPE,
    )  # fmt: skip


async def refused(var: Path, **environment: str) -> str:
    process = await start(("-m", "bot.gateway"), var, **environment)
    output, errors = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode not in (0, None)
    assert output == b""
    return errors.decode()


async def test_no_token_is_one_sentence(tmp_path: Path) -> None:
    said = await refused(tmp_path)
    assert "TELEGRAM_BOT_TOKEN is not set" in said
    assert len(said.strip().splitlines()) == 1


async def test_a_malformed_token_is_one_sentence(tmp_path: Path) -> None:
    said = await refused(tmp_path, TELEGRAM_BOT_TOKEN="oops-secret")
    assert "TELEGRAM_BOT_TOKEN" in said and "oops-secret" not in said
    assert len(said.strip().splitlines()) == 1


async def test_a_token_that_telegram_refuses_is_one_sentence(tmp_path: Path, api: BotApi) -> None:
    token = "110201543:RevokedRevokedRevoked"
    said = await refused(tmp_path, TELEGRAM_BOT_TOKEN=token, TELEGRAM_API_BASE=api.base)
    assert "does not accept TELEGRAM_BOT_TOKEN" in said and "RevokedRevoked" not in said
    assert len([line for line in said.splitlines() if "stops:" in line]) == 1


@pytest.fixture
async def process(tmp_path: Path, api: BotApi, rasa: FakeRasa) -> AsyncIterator[Process]:
    migrated = await start(("manage.py", "migrate", "-v0"), tmp_path)
    assert await migrated.wait() == 0
    made = await start(
        ("-m", "bot.gateway"), tmp_path, TELEGRAM_BOT_TOKEN=api.token, TELEGRAM_API_BASE=api.base,
        RASA_URL=rasa.url, RASA_TOKEN=rasa.token,
    )  # fmt: skip
    yield made
    if made.returncode is None:
        made.kill()
        await made.wait()


async def test_the_log_tells_nothing_about_anybody(process: Process, api: BotApi, rasa: FakeRasa) -> None:
    person = api.person(777_123_456)
    person.says("/start")
    await until(lambda: person.chat, 30)
    person.chat.clear()
    api.fail("sendMessage", "502")
    api.fail("editMessageText", "400")
    rasa.broken.add("我的护照被王老板扣了")
    rasa.script["你好"] = [{"text": "问吧", "buttons": [{"title": "热线", "payload": "热线"}]}]
    person.says("你好")
    await until(lambda: person.chat, 15)
    person.presses("热线")
    api.queue({"message": {**person.message_json(text=5), "caption": "扣了护照"}, "broken": True})
    person.says("我的护照被王老板扣了")
    rasa.mode = "error"
    person.says("救我")
    await asyncio.sleep(2)
    rasa.mode = "ok"
    await until(lambda: f"{LATE}\n回：救我" in person.texts, 40)
    process.send_signal(signal.SIGTERM)
    output, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
    log = (output + errors).decode()
    assert "bot.gateway" in log
    for secret in (api.token, api.token.partition(":")[2], "777123456", "护照", "王老板", "救我", rasa.token, "小梅"):
        assert secret not in log

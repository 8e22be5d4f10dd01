"""`python -m bot.site`: its sentences, its exit codes, and a log that tells nothing about anybody."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.settings import PROJECT
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import until
from tests.site.helpers import Browser, parsed

_started: list[Process] = []


@pytest.fixture(autouse=True)
async def none_left_running() -> AsyncIterator[None]:
    yield
    for process in _started:
        if process.returncode is None:
            process.kill()
            await process.wait()
    _started.clear()


async def start(*module: str, var: Path, **environment: str) -> Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *module, cwd=PROJECT, env={**os.environ, "ANXING_VAR": str(var), **environment},
        stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    _started.append(process)
    return process


async def ended(process: Process) -> str:
    output, errors = await asyncio.wait_for(process.communicate(), 30)
    return (output + errors).decode()


async def migrated(var: Path) -> None:
    process = await start("manage.py", "migrate", "-v0", var=var)
    said = await ended(process)
    assert process.returncode == 0, said


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def opened(browser: Browser) -> None:
    for _ in range(200):
        try:
            await browser.open()
            return
        except httpx.TransportError:
            await asyncio.sleep(0.1)
    raise AssertionError("the site never came up")


async def test_a_busy_port_is_one_sentence(tmp_path: Path) -> None:
    await migrated(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        process = await start("-m", "bot.site", var=tmp_path, SITE_PORT=port)
        said = await ended(process)
    assert process.returncode == 2
    assert len(said.strip().splitlines()) == 1 and port in said and "SITE_PORT" in said


async def test_records_that_were_never_made_are_one_sentence(tmp_path: Path) -> None:
    process = await start("-m", "bot.site", var=tmp_path, SITE_PORT=str(free_port()))
    said = await ended(process)
    assert process.returncode == 2
    assert len(said.strip().splitlines()) == 1 and "manage.py migrate" in said


async def test_a_wrong_setting_is_one_sentence(tmp_path: Path) -> None:
    process = await start("-m", "bot.site", var=tmp_path, SITE_PORT="none")
    said = await ended(process)
    assert process.returncode == 2
    assert len(said.strip().splitlines()) == 1 and "SITE_PORT" in said


async def test_it_serves_answers_stops_and_goes_on(tmp_path: Path, rasa: FakeRasa) -> None:
    await migrated(tmp_path)
    port = free_port()
    settings = {"SITE_PORT": str(port), "RASA_URL": rasa.url, "RASA_TOKEN": rasa.token}
    process = await start("-m", "bot.site", var=tmp_path, **settings)
    async with Browser(f"http://127.0.0.1:{port}") as browser:
        await opened(browser)
        await browser.press("同意热线人员看聊天")
        await browser.say("我的护照被王老板扣了")
        assert browser.texts[-1] == "回：我的护照被王老板扣了"
        await browser.get("/nowhere-护照")
        rasa.delay = 30  # in the middle of an answer
        going = asyncio.create_task(browser.say("救我"))
        await until(lambda: "救我" in rasa.texts)
        process.send_signal(signal.SIGTERM)
        said = await ended(process)
        assert process.returncode == 0, said
        await asyncio.gather(going, return_exceptions=True)
        rasa.delay = 0
        second = await start("-m", "bot.site", var=tmp_path, **settings)
        await opened(browser)
        for _ in range(100):
            if any(text.endswith("回：救我") for text in browser.texts):
                break
            await asyncio.sleep(0.1)
            await browser.open()
        assert sum(text.endswith("回：救我") for text in browser.texts) == 1
        assert browser.texts.count("回：我的护照被王老板扣了") == 1
        rasa.delay = 1  # an answer that is nearly there is still given
        last = asyncio.create_task(browser.in_place("再见", form="last"))
        await until(lambda: "再见" in rasa.texts)
        second.send_signal(signal.SIGTERM)
        assert parsed((await last).text).bubbles[-1].text == "回：再见"
        said += await ended(second)
    assert second.returncode == 0
    assert f"http://127.0.0.1:{port}/" in said and "The site has stopped." in said
    for secret in ("护照", "王老板", "救我", rasa.token, "%E6"):
        assert secret not in said

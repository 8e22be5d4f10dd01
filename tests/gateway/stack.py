"""The real programs around a chat, each a process of its own on free ports and with a var folder of its own."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from pathlib import Path
from typing import Any

import httpx

from bot.settings import PROJECT, Settings
from tests.gateway.bot_api import BotApi

ACTIONS, RASA, GATEWAY, WEB = "actions.server", "bot.processes.rasa_server", "bot.gateway", "bot.site"


class Stack:
    """Migrates a fresh database, then starts, kills and starts again what a test wants; all logs are kept."""

    def __init__(self, var: Path, api: BotApi, project: Path = PROJECT, **more: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("TELEGRAM_", "RASA_"))}
        self.environment = {
            **clean, "ANXING_VAR": str(var), "RASA_TELEMETRY_ENABLED": "false",
            "RASA_URL": f"http://127.0.0.1:{_free_port()}", "ACTION_URL": f"http://127.0.0.1:{_free_port()}",
            "SITE_PORT": str(_free_port()), "TELEGRAM_BOT_TOKEN": api.token, "TELEGRAM_API_BASE": api.base, **more,
        }  # fmt: skip
        self.settings = Settings.from_environment(self.environment)
        self._var, self._logs, self._project = var, var.parent / "logs", project
        self._logs.mkdir()
        self._running: dict[str, Process] = {}

    @property
    def log(self) -> str:
        return "".join(path.read_text("utf-8", "replace") for path in sorted(self._logs.iterdir()))

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.settings.site_port}"

    @property
    def database(self) -> Path:
        return self._var / "anxing.sqlite3"

    def pid(self, module: str) -> int:
        return self._running[module].pid

    @property
    def logs(self) -> Path:
        return self._logs

    async def migrate(self) -> None:
        await self._run("manage.py", "migrate", "-v0")

    async def records(self, expression: str) -> Any:
        """Return what a Python expression over the models (as `m`) gives in a process with the keys."""
        code = f"import json; from bot.records import models as m; print('=', json.dumps({expression}, default=str))"
        output = await self._run("manage.py", "shell", "--no-imports", "-c", code)
        return json.loads(output.rpartition("= ")[2])

    def stored_bytes(self) -> bytes:
        return b"".join(path.read_bytes() for path in self._var.glob("*.sqlite3*"))

    async def start(self, *modules: str, **more: str) -> None:
        for module in modules:
            with (self._logs / f"{module}.log").open("ab") as log:
                self._running[module] = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", module, cwd=self._project, env={**self.environment, **more}, stdout=log,
                    stderr=STDOUT,
                )  # fmt: skip

    async def ended(self, module: str) -> int:
        """Wait for the end of a program that stops by itself; return its exit code."""
        code = await self._running[module].wait()
        del self._running[module]
        return code

    async def kill(self, module: str) -> None:
        process = self._running.pop(module)
        process.kill()
        await process.wait()

    async def rasa_answers(self) -> None:
        """Wait until Rasa and the action server answer."""
        async with httpx.AsyncClient(base_url=self.settings.rasa_url, trust_env=False, timeout=10) as client:
            while not await self._answers(client):
                for module, process in self._running.items():
                    assert process.returncode is None, f"{module} ended:\n{self.log}"
                await asyncio.sleep(0.2)

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        body = {"sender": "canary", "message": "热线"}
        try:
            answer = await client.post("/webhooks/rest/webhook", params={"token": self.settings.rasa_token}, json=body)
            return bool(answer.json())
        except (httpx.HTTPError, ValueError):
            return False

    async def stop(self) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                await asyncio.wait_for(process.wait(), 20)
            except asyncio.TimeoutError:
                process.kill()
        self._running.clear()

    async def _run(self, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, cwd=self._project, env=self.environment, stdout=PIPE, stderr=STDOUT
        )
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()
        return output.decode()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port

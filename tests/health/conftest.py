"""The other processes as the site sees them, on loopback; each can be taken away."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from bot.health.asking import Processes
from bot.settings import Settings


class Others:
    """Rasa and the action server, as far as they are asked how they are."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.model: str | bool = "20260101-model.tar.gz"
        self.records = True
        self.actions = 200
        self.metrics = '# HELP anxing_alarm x\n# TYPE anxing_alarm gauge\nanxing_alarm{alarm="records"} 1.0\n'
        self.asked: list[str] = []
        self.delay = None
        application = web.Application()
        application.router.add_get("/ready", self._ready)
        application.router.add_get("/health", self._health)
        application.router.add_get("/metrics", self._metrics)
        self.runner = web.AppRunner(application, access_log=None)

    async def _ready(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if request.query.get("token") != self._settings.rasa_token:
            return web.Response(status=401)
        return web.json_response({"model": self.model, "records": self.records})

    async def _health(self, request: web.Request) -> web.Response:
        assert request.query.get("token") == self._settings.action_token
        return web.Response(status=self.actions)

    async def _metrics(self, request: web.Request) -> web.Response:
        return web.Response(text=self.metrics)


@pytest.fixture
async def others(health_settings: Settings) -> AsyncIterator[Others]:
    made = Others(health_settings)
    await made.runner.setup()
    port = int(health_settings.rasa_url.rpartition(":")[2])
    await web.TCPSite(made.runner, "127.0.0.1", port, shutdown_timeout=0.1).start()
    yield made
    await made.runner.cleanup()


@pytest.fixture
def health_settings(tmp_path: Path, unused_tcp_port: int) -> Settings:
    url = f"http://127.0.0.1:{unused_tcp_port}"
    return dataclasses.replace(
        Settings.from_environment(), var=tmp_path, rasa_url=url, action_url=url, telegram_bot_token=""
    )


@pytest.fixture
def processes(health_settings: Settings, others: Others) -> Processes:
    return Processes(health_settings)

"""A Rasa REST channel for tests: it says what the script tells it to, or fails as real ones fail."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

JSON = dict[str, Any]


class FakeRasa:
    """Echoes what it hears unless `script` knows the message; `mode` makes it fail."""

    def __init__(self, token: str = "rasa-secret-0123456789") -> None:
        self.token = token
        self.mode = "ok"  # ok, empty, garbage, error, slow, drip, half, cut, huge, many
        self.script: dict[str, list[JSON]] = {}
        self.broken: set[str] = set()  # messages that always crash their action
        self.delay = 0.0
        self.one_at_a_time = False  # as a real one, which is one event loop, thinks
        self.slow_seconds = 60.0
        self.heard: list[JSON] = []
        self.names: list[str | None] = []  # by which each call is known in the logs
        self.on_message: Callable[[JSON], Awaitable[None]] | None = None  # what the tracker store would do
        self.in_work: dict[str, int] = {}
        self.most_in_work = 0
        self.most_per_sender = 0
        self._thinking = asyncio.Semaphore()
        self._port = 0
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def texts(self) -> list[str]:
        return [body["message"] for body in self.heard if body["sender"] != "canary"]

    async def __aenter__(self) -> FakeRasa:
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.down()

    async def up(self) -> None:
        application = web.Application()
        application.router.add_post("/webhooks/rest/webhook", self._webhook)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, shutdown_timeout=0.1, reuse_address=True).start()
        self._port = self._runner.addresses[0][1]

    async def down(self) -> None:
        """Stop listening; `up` comes back on the same port."""
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def _webhook(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("token") != self.token:
            return web.json_response({"status": "failure"}, status=401)
        body = await request.json()
        self.heard.append(body)
        self.names.append(request.headers.get("X-Request-ID"))
        sender = body["sender"]
        self.in_work[sender] = self.in_work.get(sender, 0) + 1
        self.most_per_sender = max(self.most_per_sender, self.in_work[sender])
        self.most_in_work = max(self.most_in_work, sum(self.in_work.values()))
        try:
            async with self._thinking if self.one_at_a_time else contextlib.nullcontext():
                await asyncio.sleep(self.slow_seconds if self.mode == "slow" else self.delay)
            if self.mode == "cut":
                return await self._cut(request)
            return await self._drip(request) if self.mode == "drip" else await self._answer(body)
        finally:
            self.in_work[sender] -= 1

    async def _drip(self, request: web.Request) -> web.StreamResponse:
        """Answer a byte at a time, for ever: no single wait is long."""
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(600):
            await response.write(b" ")
            await asyncio.sleep(0.1)
        return response

    async def _cut(self, request: web.Request) -> web.StreamResponse:
        """Break off in the middle of an answer, as a process does that is killed."""
        response = web.StreamResponse(headers={"Content-Length": "500"})
        await response.prepare(request)
        await response.write('[{"text": "回：'.encode())
        assert request.transport is not None
        request.transport.abort()
        return response

    async def _answer(self, body: JSON) -> web.Response:
        if self.mode == "empty" or body["message"] in self.broken:
            return web.json_response([])
        if self.mode == "garbage":
            return web.Response(text="<html>not json</html>", content_type="text/html")
        if self.mode == "half":
            return web.json_response([{"recipient_id": body["sender"], "image": "x"}, 5, {"text": None}])
        if self.mode == "error":
            return web.json_response({"status": "failure", "reason": "crash"}, status=500)
        if self.mode == "huge":
            return web.json_response([{"recipient_id": body["sender"], "text": "回" * 100_000}])
        if self.mode == "many":
            return web.json_response([{"recipient_id": body["sender"], "text": "回"}] * 1000)
        if self.on_message:
            await self.on_message(body)
        replies = self.script.get(body["message"], [{"text": f"回：{body['message']}"}])
        return web.json_response([{"recipient_id": body["sender"], **reply} for reply in replies])

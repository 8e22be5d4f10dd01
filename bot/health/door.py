"""The Telegram process's own door: a Unix socket in var/, which nobody but its owner can open, asked by the site.

A socket in the closed var folder needs no port, no token and no setting, and two installations cannot get into each
other's way.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.health.asgi import Answer, Receive, Send
from bot.health.counted import REGISTRY
from bot.health.pulse import Pulse

log = logging.getLogger(__name__)

SOCKET = "telegram.sock"


class _Server(uvicorn.Server):
    """Leaves signals to the process, which stops everything in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Door:
    """Answers /healthz while the loop behind the pulse turns, and /metrics."""

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse

    async def __call__(self, scope: MutableMapping[str, Any], _receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope["path"]).send(send)

    def _answer(self, path: str) -> Answer:
        if path == "/healthz":
            return Answer(b"ok") if self._pulse.is_alive else Answer(b"hangs", 503)
        if path == "/metrics":
            return Answer(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
        return Answer(b"", 404)


@contextlib.asynccontextmanager
async def open_on(var: Path, pulse: Pulse) -> AsyncIterator[None]:
    """Keep the door open; that it cannot be opened is no reason not to answer people."""
    listener = _listener(var / SOCKET)
    if listener is None:
        yield
        return
    server = _Server(
        uvicorn.Config(Door(pulse), ws="none", lifespan="off", log_config=None, access_log=False, server_header=False)
    )  # type: ignore[arg-type, unused-ignore]
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await asyncio.gather(serving, return_exceptions=True)
        listener.close()


def _listener(path: Path) -> socket.socket | None:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)  # of a process that was killed
        listener.bind(str(path))
        path.chmod(0o600)
    except OSError as error:
        log.warning(
            "The site cannot see how this process is: %s cannot be opened (%s).", SOCKET, error.strerror or error
        )
        listener.close()
        return None
    return listener

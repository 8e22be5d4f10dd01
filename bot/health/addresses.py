"""/healthz, /readyz and /metrics, in front of the site.

Whoever is behind a reverse proxy on this machine looks as if he came from this machine, so an address proves nothing:
the metrics need their token. The two others say nothing that a stranger could use.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import MutableMapping
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST

from bot.health.asgi import Answer, Application, Receive, Send
from bot.health.asking import Processes
from bot.health.gathering import Gathering
from bot.health.readiness import Readiness
from bot.settings import Settings

ADDRESSES = ("/healthz", "/readyz", "/metrics")


class HealthAddresses:
    """Answers the three addresses and passes everything else on."""

    def __init__(self, application: Application, settings: Settings) -> None:
        self._application, self._token = application, settings.metrics_token.encode()
        processes = Processes(settings)
        self._readiness, self._gathering = Readiness(settings, processes), Gathering(processes)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in ADDRESSES or scope["method"] not in ("GET", "HEAD"):
            return await self._application(scope, receive, send)
        if scope["path"] == "/metrics" and not self._has_token(scope):
            return await self._application(scope, receive, send)  # which says 404, as for any address there is not
        answer = await self._answer(scope["path"])
        await answer.send(send, with_body=scope["method"] == "GET")

    def _has_token(self, scope: MutableMapping[str, Any]) -> bool:
        given = dict(scope["headers"]).get(b"authorization", b"")
        return hmac.compare_digest(given, b"Bearer " + self._token)

    async def _answer(self, path: str) -> Answer:
        if path == "/healthz":
            return Answer(b"ok")
        if path == "/metrics":
            return Answer(await self._gathering.text(), content_type=CONTENT_TYPE_LATEST)
        checks = await self._readiness.checks()
        ready = all(checked.ok for checked in checks.values())
        parts = {name: {"ok": checked.ok, "ms": checked.milliseconds} for name, checked in checks.items()}
        body = json.dumps({"ready": ready, "checks": parts}).encode()
        return Answer(body, 200 if ready else 503, "application/json")

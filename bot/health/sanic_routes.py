"""What Rasa and the action server have in common: the name of a call in the log, and what they counted."""

from __future__ import annotations

import hmac

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, raw
from sanic.response import json as as_json

from bot import request_ids
from bot.health.counted import REGISTRY


def add(app: Sanic, token: str) -> None:
    """Take the name of each call from its header, and answer /metrics with the token."""

    @app.on_request
    async def name(request: Request) -> None:
        request_ids.begin(request.headers.get(request_ids.HEADER))

    @app.get("/metrics")
    async def metrics(request: Request) -> HTTPResponse:
        if not has_token(request, token):
            return as_json({"error": "The token is missing or wrong."}, status=401)
        return raw(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def has_token(request: Request, token: str) -> bool:
    given = request.args.get("token") or ""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), token.encode())

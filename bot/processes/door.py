"""The door of the Rasa and action servers: nobody comes in without the token, whatever they ask for.

Rasa checks its token route by route, with `==`, and not at all where there is no route, at `/`, at `/version` and for
OPTIONS.
"""

from __future__ import annotations

import hmac

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as as_json

TOKEN_HEADER = "X-Rasa-Token"


def is_right(given: str, token: str) -> bool:
    """Compare in a time that does not depend on how much of it is right."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), token.encode())


def close(app: Sanic, token: str) -> None:
    """Answer 401 to every request without the token (`?token=` or header), before anything else looks at it."""

    async def check(request: Request) -> HTTPResponse | None:
        given = request.args.get("token") or request.headers.get(TOKEN_HEADER) or ""
        if is_right(given, token):
            return None
        return as_json({"status": "failure", "reason": "The token is missing or wrong."}, status=401)

    app.request_middleware.appendleft(check)

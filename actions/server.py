"""The action server: rasa-sdk's, on loopback only, behind a token, with small plain bodies only."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from rasa_sdk import endpoint
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as as_json

from bot.health import sanic_routes
from bot.logs import configure
from bot.processes import door
from bot.processes.surroundings import drop_foreign_handlers, listen, loopback_port, prepare
from bot.settings import Settings, SettingsError

log = logging.getLogger("actions")  # its own name would be __main__

REFUSED = 2
LARGEST_BODY = 2_000_000
SECONDS_TO_FINISH = 3.0


def create_app(token: str, package: str = "actions") -> Sanic:
    """Return rasa-sdk's app, closed to whoever does not bring the token as `?token=`.

    rasa-sdk inflates `deflate` bodies without a limit; Rasa does not send any unless told to, so they are refused.
    """
    app = endpoint.create_app(package, cors_origins="")
    app.config.REQUEST_MAX_SIZE = LARGEST_BODY
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = SECONDS_TO_FINISH
    door.close(app, token)

    sanic_routes.add(app, token)

    @app.on_request
    async def check(request: Request) -> HTTPResponse | None:
        if request.headers.get("content-encoding"):
            return as_json({"error": "Compressed bodies are not read."}, status=415)
        # Nothing is there of a body that is too large: Sanic says 413.
        if request.body and not _is_call(request.body):
            return as_json({"error": "The body is no call of an action."}, status=400)
        return None

    @app.exception(Exception)
    async def tell_little(_request: Request, error: Exception) -> HTTPResponse:
        # In the place of rasa-sdk's, which sends the whole conversation back.
        log.error("A call could not be answered.", exc_info=error)
        return as_json({"error": type(error).__name__}, status=getattr(error, "status_code", 500))

    return app


def _is_call(body: bytes) -> bool:
    """Whether rasa-sdk and our actions can take it apart; they look at nothing before they use it."""
    try:
        call = json.loads(body)
    except (ValueError, RecursionError):
        return False
    tracker = call.get("tracker") if isinstance(call, dict) else None
    return (
        isinstance(tracker, dict)
        and all(isinstance(call.get(name), str) for name in ("next_action", "version"))
        and isinstance(call.get("domain", {}), dict)
        and isinstance(tracker.get("sender_id"), str)
        and _is_message(tracker.get("latest_message") or {})
        and all(isinstance(tracker.get(name, {}), dict) for name in ("slots", "active_loop"))
        and isinstance(tracker.get("events") or [], list)
    )


def _is_message(message: Any) -> bool:
    return isinstance(message, dict) and isinstance(message.get("text") or "", str)


def main() -> int:
    """Serve until stopped; a wrong setting or table is one sentence and an exit code."""
    prepare()
    configure()
    try:
        settings = Settings.from_environment()
        port = loopback_port(settings.action_url, "ACTION_URL")
        taken = listen("127.0.0.1", port, "ACTION_URL")
        from actions.turn import load_everything

        load_everything()  # wrong tables stop it here, not in the middle of a talk
    except (SettingsError, ValueError, KeyError) as error:
        print(f"The action server stops: {error}", file=sys.stderr)
        return REFUSED
    app = create_app(settings.action_token)
    drop_foreign_handlers()
    log.info("The actions answer on port %d.", port)
    app.run(sock=taken, workers=1, access_log=False, motd=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Rasa's door: the REST channel with a token, a size limit, and no way to slip an intent in.

Stock Rasa leaves this channel open even when `--auth-token` is set, logs what it could not answer, and says 200 with an
empty list when a turn crashed. Named in credentials.yml as `bot.gateway.rest_channel.RestChannel`.
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as as_json

from bot.gateway.plain_text import LONGEST_UNDERSTOOD, harmless

log = logging.getLogger(__name__)

TOKEN_HEADER = "X-Rasa-Token"
LARGEST_BODY = 256_000
LONGEST_SENDER = 255


class Refusal(Exception):
    """A request that is not answered, with the reason for whoever wrote the client."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class RestChannel(InputChannel):
    """`POST /webhooks/rest/webhook?token=… {sender, message, metadata}` -> the bubbles of the answer."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    @classmethod
    def name(cls) -> str:
        return "rest"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> RestChannel:
        token = (credentials or {}).get("token")
        if not isinstance(token, str) or not token or token.startswith("${"):
            raise RasaException("credentials.yml: the rest channel needs a token (RASA_TOKEN).")
        return cls(token)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the two addresses of the channel."""
        routes = Blueprint("anxing_rest")

        @routes.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            return as_json({"status": "ok"})

        @routes.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            try:
                self._check_token(request)
                collector = CollectingOutputChannel()
                message = _message_of(request, collector)
            except Refusal as refusal:
                return as_json({"status": "failure", "reason": refusal.reason}, status=refusal.status)
            try:
                await on_new_message(message)
            except Exception as error:  # the words of the person are in it: only its class goes on
                log.error("Rasa failed at a message (%s).", type(error).__name__)
                return as_json({"status": "failure", "reason": "The message could not be answered."}, status=500)
            return as_json(collector.messages)

        return routes

    def _check_token(self, request: Request) -> None:
        given = request.args.get("token") or request.headers.get(TOKEN_HEADER) or ""
        if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self._token):
            raise Refusal(401, "The token is missing or wrong.")


def _message_of(request: Request, collector: CollectingOutputChannel) -> UserMessage:
    """Read the body; a Refusal says what is wrong with it."""
    if len(request.body) > LARGEST_BODY:
        raise Refusal(413, "The body is too large.")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Refusal(400, "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Refusal(400, "The body must be an object with sender and message.")
    sender, text, metadata = body.get("sender"), body.get("message"), body.get("metadata")
    if not isinstance(sender, str) or not 0 < len(sender) <= LONGEST_SENDER:
        raise Refusal(400, f"sender must be a text of 1 to {LONGEST_SENDER} characters.")
    if not isinstance(text, str):
        raise Refusal(400, "message must be a text.")
    if metadata is not None and not isinstance(metadata, dict):
        raise Refusal(400, "metadata must be an object.")
    return UserMessage(
        harmless(text)[:LONGEST_UNDERSTOOD], collector, harmless(sender), input_channel=RestChannel.name(),
        metadata=metadata or {},
    )  # fmt: skip

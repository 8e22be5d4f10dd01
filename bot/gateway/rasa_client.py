"""Asks Rasa what to answer. Whatever is not a proper answer is an outage."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
from dataclasses import dataclass
from typing import Any

import httpx

from bot import request_ids
from bot.gateway.plain_text import LONGEST_UNDERSTOOD, harmless

log = logging.getLogger(__name__)

WEBHOOK = "/webhooks/rest/webhook"
TIMEOUT_SECONDS = 8.0
#: A made-up conversation that tells whether Rasa, its model and the action server answer at all.
CANARY_SENDER = "canary"
CANARY_WORD = "热线"
#: Of one answer, in bytes and in bubbles: what is more is no answer, and nobody is to be flooded with it.
LARGEST_ANSWER = 256_000
MOST_BUBBLES = 30
#: What bot.replies.pictures can draw, and as how much JSON at most.
PICTURE_KINDS = ("debt", "verdict")
LARGEST_PICTURE = 16_000


class RasaUnavailable(Exception):
    """Rasa gave no answer that could be passed on."""


@dataclass(frozen=True)
class Reply:
    """One bubble of an answer."""

    text: str
    buttons: tuple[dict[str, str], ...] = ()
    picture: dict[str, Any] | None = None  # what bot.replies.pictures draws


class RasaClient:
    """Talks to Rasa's REST channel."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout: float = TIMEOUT_SECONDS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._timeout = timeout
        # trust_env: a proxy meant for Telegram must not carry these words.
        self._http = httpx.AsyncClient(
            base_url=url, params={"token": token}, timeout=timeout, trust_env=False, transport=transport
        )
        logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it writes addresses with their tokens

    async def talk(self, sender: str, text: str, message_id: str, paper: str | None = None) -> list[Reply]:
        """Return Rasa's answer; `paper` says of what kind it was when the text was read from a picture or file."""
        return await self._ask(sender, text, {"message_id": message_id, **({"paper": paper} if paper else {})})

    async def works(self) -> bool:
        """Return whether Rasa answers at all."""
        try:
            await self._ask(CANARY_SENDER, CANARY_WORD, None)
        except RasaUnavailable:
            return False
        return True

    async def close(self) -> None:
        await self._http.aclose()

    async def _ask(self, sender: str, text: str, metadata: dict[str, str] | None) -> list[Reply]:
        body: dict[str, Any] = {"sender": sender, "message": harmless(text)[:LONGEST_UNDERSTOOD]}
        if metadata:
            body["metadata"] = metadata
        try:
            # httpx counts its timeout anew with every byte that comes.
            found = json.loads(await asyncio.wait_for(self._fetch(body), self._timeout))
        except asyncio.TimeoutError:
            raise RasaUnavailable("too slow") from None
        except (httpx.HTTPError, ValueError, RecursionError) as error:
            # Neither the error's text nor its cause goes on: they may hold the address with the token.
            raise RasaUnavailable(type(error).__name__) from None
        replies = _replies(found) if isinstance(found, list) else []
        if not replies:
            raise RasaUnavailable("empty answer")  # a crashed action also ends as 200 with []
        if len(replies) > MOST_BUBBLES:
            raise RasaUnavailable("too large")
        return replies

    async def _fetch(self, body: dict[str, Any]) -> bytes:
        """Return what Rasa sends, but stop reading where it is more than any answer is."""
        content = b""
        headers = {request_ids.HEADER: request_ids.current()} if request_ids.current() else None
        async with self._http.stream("POST", WEBHOOK, json=body, headers=headers) as answer:
            answer.raise_for_status()
            async for part in answer.aiter_bytes():
                content += part
                if len(content) > LARGEST_ANSWER:
                    raise RasaUnavailable("too large")
        return content


def _replies(found: list[Any]) -> list[Reply]:
    """Read the bubbles; what Rasa sends as `custom` after a text, as it parts them, belongs to that text."""
    replies: list[Reply] = []
    for item in found:
        reply = _reply(item)
        if reply:
            replies.append(reply)
        elif replies and replies[-1].picture is None and (picture := _picture(item)):
            replies[-1] = dataclasses.replace(replies[-1], picture=picture)
    return replies


def _reply(item: Any) -> Reply | None:
    """Read one bubble; None when there is nothing in it to say."""
    if not isinstance(item, dict) or not isinstance(item.get("text"), str) or not item["text"].strip():
        return None
    buttons = item.get("buttons")
    return Reply(item["text"], tuple(_buttons(buttons)) if isinstance(buttons, list) else (), _picture(item))


def _picture(item: Any) -> dict[str, Any] | None:
    """Return what is to be drawn; None, and the text alone is said, when there is nothing or it is not as agreed."""
    custom = item.get("custom") if isinstance(item, dict) else None
    spec = custom.get("picture") if isinstance(custom, dict) else None
    if spec is None:
        return None
    if not isinstance(spec, dict) or spec.get("kind") not in PICTURE_KINDS or _size(spec) > LARGEST_PICTURE:
        log.warning("Rasa wants a picture that is not as agreed: left out.")
        return None
    return spec


def _size(spec: dict[str, Any]) -> float:
    """Return the length as the records would keep it; too much when they cannot."""
    try:
        return len(json.dumps(spec, allow_nan=False))
    except ValueError:  # NaN and Infinity come through Python's JSON, but are none
        return float("inf")


def _buttons(found: list[Any]) -> list[dict[str, str]]:
    buttons = []
    for button in found:
        title = button.get("title") if isinstance(button, dict) else None
        if isinstance(title, str) and title.strip():
            payload = button.get("payload")
            buttons.append({"title": title, "payload": payload if isinstance(payload, str) and payload else title})
    return buttons

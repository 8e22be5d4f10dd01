"""Stops a form that is too large before Django keeps it: Django takes a body of any size, on disk when need be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from bot.health import counted

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

#: A browser shows an answer only when it could send all; more than this is not worth the while.
TAKEN_AT_MOST = 100_000_000
ABOUT_THE_BODY = (b"content-length", b"content-type", b"transfer-encoding")


class UploadLimit:
    """Passes requests on; one whose body is too large becomes a request for the page that says so kindly."""

    def __init__(self, application: Application, largest: int, page: str) -> None:
        self._application, self._largest, self._page = application, largest, page

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._application(scope, receive, send)
        if _declared(scope) <= self._largest:
            return await self._application(scope, self._counted(receive), send)
        counted.LIMITS.labels("upload").inc()
        await _swallow(receive)
        headers = [(name, value) for name, value in scope["headers"] if name not in ABOUT_THE_BODY]
        instead = {
            **scope, "method": "GET", "path": self._page, "raw_path": self._page.encode(), "query_string": b"",
            "headers": headers,
        }  # fmt: skip
        await self._application(instead, _after(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        """End a body that is longer than it was said to be, as if the browser had gone away."""
        length = 0

        async def counted() -> Message:
            nonlocal length
            event = await receive()
            length += len(event.get("body", b""))
            return {"type": "http.disconnect"} if length > self._largest else event

        return counted


def _declared(scope: MutableMapping[str, Any]) -> int:
    value = dict(scope["headers"]).get(b"content-length", b"0")
    return int(value) if value.isdigit() else 0


async def _swallow(receive: Receive) -> None:
    """Take the body without keeping it."""
    length, more = 0, True
    while more and length <= TAKEN_AT_MOST:
        event = await receive()
        length += len(event.get("body", b""))
        more = bool(event.get("more_body"))


def _after(receive: Receive) -> Receive:
    """Return an empty body, then whatever the browser does."""
    given = False

    async def nothing() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": b"", "more_body": False}

    return nothing

"""A few plain answers over ASGI, outside Django: no host to be named, no session, no redirect to TLS, no database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

#: What an answer that nobody shall keep, frame or guess the type of says of itself.
HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    body: bytes
    status: int = 200
    content_type: str = "text/plain; charset=utf-8"

    async def send(self, send: Send, *, with_body: bool = True) -> None:
        about = (
            (b"content-type", self.content_type.encode()),
            (b"content-length", str(len(self.body)).encode()),
        )
        await send({"type": "http.response.start", "status": self.status, "headers": [*about, *HEADERS]})
        await send({"type": "http.response.body", "body": self.body if with_body else b""})

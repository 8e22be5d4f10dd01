"""The servers of Rasa and of the actions, in this process: nobody without the token gets anything else than 401."""

from __future__ import annotations

import asyncio
import dataclasses
import hmac
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sanic import Sanic

from bot.processes import door
from bot.settings import Settings

TOKEN = "token-of-the-door-0123456789"
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
WRONG = (
    "",
    "?token=",
    "?token=wrong",
    f"?token={TOKEN}x",
    f"?token={TOKEN[:-1]}",
    "?token=%ff%fe",
    "?token=令牌",
    f"?Token={TOKEN}",
)


class NoAgent:
    """Stands where Rasa's agent stands: nobody gets as far as that."""

    async def parse_message(self, _: str) -> dict[str, Any]:
        return {}


@pytest.fixture(params=["rasa", "actions"])
async def server(
    request: pytest.FixtureRequest, project: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Sanic]:
    Sanic.test_mode = True
    if request.param == "rasa":
        from rasa.core.utils import AvailableEndpoints

        from bot.processes.rasa_server import create_app

        monkeypatch.setenv("RASA_TOKEN", TOKEN)
        settings = dataclasses.replace(Settings.from_environment(), rasa_token=TOKEN)
        app = create_app(NoAgent(), settings, AvailableEndpoints(), project / "credentials.yml")  # type: ignore[arg-type]
    else:
        from actions.server import create_app as create_actions

        app = create_actions(TOKEN)
    yield app
    Sanic._app_registry.pop(app.name, None)


@pytest.fixture
async def client(server: Sanic) -> AsyncIterator[httpx.AsyncClient]:
    listener = socket.create_server(("127.0.0.1", 0))
    serving = await server.create_server(sock=listener, return_asyncio_server=True, access_log=False)
    assert serving is not None
    await serving.startup()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", trust_env=False) as made:
        yield made
    serving.close()
    await serving.wait_closed()


def paths(server: Sanic) -> list[str]:
    """Return the address of every route, with something for each of its variables, and some that are no route."""
    found = ["/" + "/".join("x" if "<" in part else part for part in route.parts) for route in server.router.routes]
    return [*sorted(set(found)), "/nowhere", "/webhook/", "/../model", "/%2e%2e/x", "//", "/webhooks/rest/webhook/more"]


async def test_every_route_is_closed(server: Sanic, client: httpx.AsyncClient) -> None:
    found = paths(server)
    assert any("webhook" in path for path in found) and len(found) > 8
    for path in found:
        for method in METHODS:
            answer = await client.request(method, path)
            assert answer.status_code == 401, f"{method} {path}"
            assert method == "HEAD" or answer.json()["reason"] == "The token is missing or wrong."


@pytest.mark.parametrize("query", WRONG)
async def test_a_wrong_token_is_none(client: httpx.AsyncClient, query: str) -> None:
    for path in ("/", "/webhook", "/webhooks/rest/webhook", "/status", "/model/parse", "/health"):
        assert (await client.post(path + query, json={})).status_code == 401


async def test_with_the_token_the_door_is_open(client: httpx.AsyncClient) -> None:
    for request in ({"params": {"token": TOKEN}}, {"headers": {door.TOKEN_HEADER: TOKEN}}):
        assert (await client.get("/nowhere", **request)).status_code == 404


async def test_other_sites_are_not_let_in_by_a_browser(client: httpx.AsyncClient) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = await client.options("/webhook", headers=headers)
    assert answer.status_code == 401
    assert not answer.headers.get("Access-Control-Allow-Origin")


async def test_no_upgrade_to_a_websocket_passes_it(client: httpx.AsyncClient) -> None:
    headers = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    for path in ("/", "/webhook", "/webhooks/rest/webhook", "/socket.io/"):
        assert (await client.get(path, headers=headers)).status_code == 401


async def test_what_is_no_http_gets_nothing(client: httpx.AsyncClient) -> None:
    for raw in (b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
        writer.write(raw)
        writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        assert b" 200 " not in answer


@pytest.mark.parametrize(("given", "right"), [(TOKEN, True), ("", False), ("\ud800", False), (TOKEN + "\0", False)])
def test_tokens_are_compared_whole(given: str, right: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    real = hmac.compare_digest

    def noted(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", noted)
    assert door.is_right(given, TOKEN) is right
    assert len(compared) == 1, "in a time that tells nothing"

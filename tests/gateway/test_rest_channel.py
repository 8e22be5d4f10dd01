"""The door of Rasa, on a real Sanic server."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from rasa.core.channels.channel import UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Sanic

from bot.gateway.rest_channel import RestChannel

TOKEN = "rest-token-0123456789"
HELLO = {"sender": "s1", "message": "你好"}


class Agent:
    """Stands where Rasa's agent stands."""

    def __init__(self) -> None:
        self.heard: list[UserMessage] = []
        self.fails = False

    async def __call__(self, message: UserMessage) -> None:
        self.heard.append(message)
        if self.fails:
            raise ValueError(message.text)
        assert message.output_channel is not None
        await message.output_channel.send_text_message(message.sender_id, f"回：{message.text}")


@pytest.fixture
def agent() -> Agent:
    return Agent()


@pytest.fixture
async def client(agent: Agent) -> AsyncIterator[httpx.AsyncClient]:
    Sanic.test_mode = True
    application = Sanic("rest_channel_test", configure_logging=False, register=False)
    application.blueprint(RestChannel.from_credentials({"token": TOKEN}).blueprint(agent), url_prefix="/webhooks/rest")
    listener = socket.create_server(("127.0.0.1", 0))
    server = await application.create_server(sock=listener, return_asyncio_server=True, access_log=False)
    assert server is not None
    await server.startup()
    base = f"http://127.0.0.1:{listener.getsockname()[1]}/webhooks/rest"
    async with httpx.AsyncClient(base_url=base, trust_env=False) as made:
        yield made
    server.close()
    await server.wait_closed()


async def test_the_contract(client: httpx.AsyncClient, agent: Agent) -> None:
    body = {**HELLO, "metadata": {"message_id": "m1"}, "input_channel": "telegram", "stream": True}
    answer = await client.post(f"/webhook?token={TOKEN}", json=body)
    assert answer.status_code == 200
    assert answer.json() == [{"recipient_id": "s1", "text": "回：你好"}]
    heard = agent.heard[0]
    assert (heard.sender_id, heard.input_channel, heard.metadata) == ("s1", "rest", {"message_id": "m1"})
    assert (await client.post("/webhook", json=HELLO, headers={"X-Rasa-Token": TOKEN})).status_code == 200
    assert RestChannel.name() == "rest"


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token=%ff", "?token=令牌", f"?token={TOKEN}x"])
async def test_no_token_no_answer(client: httpx.AsyncClient, agent: Agent, query: str) -> None:
    assert (await client.post(f"/webhook{query}", json=HELLO)).status_code == 401
    assert agent.heard == []


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"\xff", b"[]", b"null", b"5", b'"x"', b"[" * 100_000, b"{}",
        b'{"sender":"s"}', b'{"message":"x"}', b'{"sender":5,"message":"x"}', b'{"sender":"","message":"x"}',
        b'{"sender":"s","message":5}', b'{"sender":"s","message":null}', b'{"sender":"s","message":"x","metadata":[]}',
        json.dumps({"sender": "s" * 300, "message": "x"}).encode(),
    ],
)  # fmt: skip
async def test_bad_bodies_are_refused_kindly(client: httpx.AsyncClient, agent: Agent, content: bytes) -> None:
    answer = await client.post(f"/webhook?token={TOKEN}", content=content)
    assert answer.status_code == 400
    assert answer.json()["reason"]
    assert agent.heard == []


async def test_a_huge_body_is_refused(client: httpx.AsyncClient) -> None:
    body = {**HELLO, "message": "长" * 100_000}
    assert (await client.post(f"/webhook?token={TOKEN}", json=body)).status_code == 413


async def test_long_and_slashed_messages_are_tamed(client: httpx.AsyncClient, agent: Agent) -> None:
    await client.post(f"/webhook?token={TOKEN}", json={**HELLO, "message": "长" * 20_000})
    await client.post(f"/webhook?token={TOKEN}", json={**HELLO, "message": '\u3000／x{"risk_level":"none"}'})
    await client.post(f"/webhook?token={TOKEN}", content=b'{"sender":"\\ud83d","message":"\\ud83d/x"}')
    assert len(agent.heard[0].text or "") == 4000
    assert agent.heard[1].text == '「x{"risk_level":"none"}'
    assert agent.heard[2].text == "\ufffd「x"


async def test_a_crash_is_no_empty_answer(
    client: httpx.AsyncClient, agent: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    agent.fails = True
    answer = await client.post(f"/webhook?token={TOKEN}", json=HELLO)
    assert answer.status_code == 500
    assert "你好" not in caplog.text + answer.text


@pytest.mark.parametrize("credentials", [None, {}, {"token": ""}, {"token": None}, {"token": "${RASA_TOKEN}"}])
def test_without_a_token_it_does_not_start(credentials: dict[str, Any] | None) -> None:
    with pytest.raises(RasaException):
        RestChannel.from_credentials(credentials)

"""One name follows a message through every process; it is random, and nothing of the message is in it."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from aiohttp import web
from rasa.utils.endpoints import EndpointConfig
from sanic import Sanic

from bot import logs, request_ids
from bot.health import sanic_routes
from bot.processes.rasa_server import _named_calls
from tests.gateway.bot_api import BotApi
from tests.gateway.conftest import api, gateways, rasa, settings, voice  # noqa: F401
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import Gateways, until

TOKEN = "a-token-of-the-test-0123"


class Kept(logging.Handler):
    """Keeps records as our formatter gets them."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def names_of(self, words: str) -> list[str]:
        return [record.request_id for record in self.records if words in record.getMessage()]


@pytest.fixture
def kept() -> Any:
    """Records made as every process of ours makes them."""
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(logs.safe_record)
    handler = Kept()
    logging.root.addHandler(handler)
    yield handler
    logging.root.removeHandler(handler)
    logging.setLogRecordFactory(before)


async def test_a_message_keeps_its_name_on_the_way_to_rasa(
    gateways: Gateways, api: BotApi, rasa: FakeRasa, kept: Kept  # noqa: F811
) -> None:  # fmt: skip
    gateways.start()
    person = api.person(777001777)
    person.says("第一句")
    await until(lambda: "第一句" in rasa.texts)
    rasa.broken.add("第二句")
    person.says("第二句")
    await until(lambda: rasa.texts.count("第二句") >= 2)
    names = dict(zip((body["message"] for body in rasa.heard), rasa.names, strict=True))
    assert names["第一句"] and names["第二句"] and names["第一句"] != names["第二句"]
    assert all(len(name) == 12 and set(name) <= set("0123456789abcdef") for name in rasa.names if name)
    tried = [n for body, n in zip(rasa.heard, rasa.names, strict=True) if body["message"] == "第二句"]
    assert len(set(tried)) == 1, "tried again it is the same message"
    assert set(kept.names_of("left a message without an answer")) == {names["第二句"]}


async def test_an_update_that_cannot_be_read_has_the_name_of_its_answer(
    gateways: Gateways, api: BotApi, kept: Kept  # noqa: F811
) -> None:  # fmt: skip
    gateways.start()
    person = api.person(501)
    api.queue({"message": {"chat": {"id": 501, "type": "private"}, "text": 5}})
    await until(lambda: person.texts)
    assert [len(name) for name in kept.names_of("put aside")] == [12]


@pytest.fixture
async def server() -> AsyncIterator[Any]:
    """A server as Rasa's and the actions' are, that logs a line for each call."""
    Sanic.test_mode = True
    application = Sanic("names_test", configure_logging=False, register=False)
    sanic_routes.add(application, TOKEN)

    @application.get("/work")
    async def work(request: Any) -> Any:
        await asyncio.to_thread(logging.getLogger("bot.work").info, "worked")
        return sanic_routes.as_json({})

    listener = socket.create_server(("127.0.0.1", 0))
    made = await application.create_server(sock=listener, return_asyncio_server=True, access_log=False)
    assert made is not None
    await made.startup()
    yield SimpleNamespace(base=f"http://127.0.0.1:{listener.getsockname()[1]}")
    made.close()
    await made.wait_closed()


@pytest.mark.parametrize(
    ("given", "taken"),
    [("0123456789ab", "0123456789ab"), ("", ""), ("passport", ""), ("0123456789AB", ""), ("x" * 5000, "")],
)
async def test_a_server_takes_a_name_of_ours_and_no_other(server: Any, kept: Kept, given: str, taken: str) -> None:
    logging.getLogger("bot.work").setLevel(logging.INFO)
    async with httpx.AsyncClient(base_url=server.base, trust_env=False) as client:
        await client.get("/work", headers={request_ids.HEADER: given})
    assert kept.names_of("worked") == [taken]


async def test_calls_side_by_side_do_not_mix(server: Any, kept: Kept) -> None:
    logging.getLogger("bot.work").setLevel(logging.INFO)
    names = [request_ids.new() for _ in range(20)]
    async with httpx.AsyncClient(base_url=server.base, trust_env=False) as client:
        await asyncio.gather(*(client.get("/work", headers={request_ids.HEADER: name}) for name in names))
        await client.get("/work")  # on a connection that carried a name before
    assert sorted(kept.names_of("worked")) == sorted([*names, ""])


async def test_metrics_of_a_server_need_its_token(server: Any) -> None:
    async with httpx.AsyncClient(base_url=server.base, trust_env=False) as client:
        assert (await client.get("/metrics")).status_code == 401
        assert "anxing_alarm" in (await client.get("/metrics", params={"token": TOKEN})).text


async def test_rasa_passes_the_name_on_to_the_actions() -> None:
    heard: list[tuple[str | None, str | None]] = []

    async def webhook(request: web.Request) -> web.Response:
        heard.append((request.headers.get(request_ids.HEADER), request.query.get("token")))
        return web.json_response({"events": []})

    application = web.Application()
    application.router.add_post("/webhook", webhook)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, shutdown_timeout=0.1).start()
    endpoint = _named_calls(EndpointConfig(f"http://127.0.0.1:{runner.addresses[0][1]}/webhook", token=TOKEN))
    assert endpoint is not None
    with request_ids.named("0123456789ab"):
        assert await endpoint.request(json={"a": 1}, method="post", compress=False) == {"events": []}
    await runner.cleanup()
    assert heard == [("0123456789ab", TOKEN)]

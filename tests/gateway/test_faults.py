"""Telegram refuses, stalls, cuts and repeats; the gateway is killed: nothing is lost, nothing is answered twice."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Sequence
from typing import cast

import httpx
import pytest
from django.db import connection

from bot.gateway import ledger
from bot.gateway.conversation import Conversations
from bot.gateway.ledger import Bubble, Incoming
from bot.gateway.telegram import GatewayError, TelegramGateway, make_bot, sign_in
from bot.gateway.voice import Voice
from bot.records.models import Message, Outbox, Quarantine
from tests.gateway.bot_api import BotApi
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.helpers import Gateways, greeted, in_records, until


@pytest.mark.parametrize("kind", ["502", "429", "cut", "garbage"])
async def test_sending_is_tried_again(gateway: Gateways, api: BotApi, kind: str) -> None:
    person = await greeted(api)
    api.fail("sendMessage", kind, times=2 if kind != "429" else 1)
    person.says("一")
    person.says("二")
    await until(lambda: person.texts == ["回：一", "回：二"])
    await asyncio.sleep(0.2)
    assert person.texts == ["回：一", "回：二"]


async def test_too_many_requests_waits_as_long_as_told(gateway: Gateways, api: BotApi) -> None:
    person, other = await greeted(api), await greeted(api, 502)
    api.fail("sendMessage", "429", retry_after=1)
    began = time.monotonic()
    person.says("一")
    await until(lambda: api._faults["sendMessage"].times == 0)
    other.says("不用等")
    await until(lambda: other.chat)
    assert time.monotonic() - began < 0.9, "nobody else waits"
    await until(lambda: person.texts == ["回：一"])
    assert time.monotonic() - began >= 1
    assert sum(name == "sendMessage" and call["text"] == "回：一" for name, call in api.calls) == 2


async def test_an_answer_lost_on_the_way_back_repeats_one_bubble(gateway: Gateways, api: BotApi) -> None:
    person = await greeted(api)
    api.fail("sendMessage", "lost")
    person.says("一")
    person.says("二")
    await until(lambda: person.texts == ["回：一", "回：一", "回：二"])


async def test_who_blocked_the_bot_is_given_up_quietly(gateway: Gateways, api: BotApi) -> None:
    person, other = await greeted(api), await greeted(api, 502)
    person.blocked = True
    person.says("一")
    other.says("二")
    await until(lambda: other.texts == ["回：二"])
    await until(lambda: api.count("sendMessage") >= 4)
    await asyncio.sleep(0.3)
    assert await in_records(Outbox.objects.filter(state="failed", last_error_class="Forbidden").count) == 1
    person.blocked = False
    person.says("三")
    await until(lambda: person.texts == ["回：三"])


@pytest.mark.parametrize("kind", ["502", "429", "cut", "garbage"])
async def test_fetching_goes_on(gateways: Gateways, api: BotApi, kind: str) -> None:
    api.fail("getUpdates", kind, times=2)
    gateways.start()
    person = api.person(501)
    person.says("一")
    await until(lambda: "回：一" in person.texts)


async def test_a_second_poller_is_told_and_both_go_on(gateways: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    gateways.start()
    await greeted(api)
    gateways.start()
    person = api.person(501)
    for number in range(5):
        person.says(f"第{number}句")
    await until(lambda: len(person.chat) >= 5)
    await asyncio.sleep(0.3)
    answered = [text for text in person.texts if text.startswith("回：")]
    assert sorted(set(answered)) == [f"回：第{number}句" for number in range(5)]
    assert await in_records(Message.objects.filter(direction="in", kind="text").count) == 6, "each stored once"


async def test_a_webhook_left_over_is_removed(gateways: Gateways, api: BotApi) -> None:
    api.webhook = {"url": "https://old.example.org/x", "secret": None}
    gateways.start()
    person = api.person(501)
    person.says("一")
    await until(lambda: "回：一" in person.texts)


async def test_killed_between_store_and_answer(gateways: Gateways, api: BotApi, rasa: FakeRasa) -> None:
    gateways.start()
    person = await greeted(api)
    rasa.mode = "slow"
    for text in ("一", "二", "三"):
        person.says(text)
    await until(lambda: rasa.texts == ["一"] and api.unconfirmed == 0)
    await gateways.stop()
    assert person.texts == []
    rasa.mode = "ok"
    gateways.start()
    await until(lambda: person.texts == ["回：一", "回：二", "回：三"])


async def test_killed_between_storing_and_acknowledging(gateways: Gateways, api: BotApi) -> None:
    gateways.start()
    person = await greeted(api)
    update_id = person.says("一")
    await until(lambda: person.chat and api.unconfirmed == 0)
    await gateways.stop()
    api.queue({"message": person.message_json(text="一")}, update_id)  # never confirmed: Telegram brings it again
    gateways.start()
    person.says("二")
    await until(lambda: person.texts == ["回：一", "回：二"])


async def test_killed_between_sending_and_marking(gateways: Gateways, api: BotApi) -> None:
    gateways.start()
    person = await greeted(api)
    api.fail("sendMessage", "lost", times=1)
    person.says("一")
    await until(lambda: person.texts == ["回：一"])
    await gateways.stop()
    gateways.start()
    person.says("二")
    await until(lambda: "回：二" in person.texts)
    assert person.texts in (["回：一", "回：一", "回：二"], ["回：一", "回：二"]), "at worst one bubble twice"


async def test_a_locked_database_costs_time_and_nothing_else(gateway: Gateways, api: BotApi) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("SQLite's lock")
    person = await greeted(api)

    def hold() -> None:
        with connection.cursor() as cursor:  # a connection of this thread
            cursor.execute("BEGIN IMMEDIATE")
            person.says("一")
            time.sleep(1)
            cursor.execute("ROLLBACK")
        connection.close()

    await asyncio.to_thread(hold)
    await until(lambda: person.texts == ["回：一"])


async def test_a_wrong_token_ends_with_one_sentence(gateways: Gateways, api: BotApi) -> None:
    task = gateways.start(telegram_bot_token="110201543:WrongWrongWrongWrong")
    with pytest.raises(GatewayError) as raised:
        await task
    assert "TELEGRAM_BOT_TOKEN" in str(raised.value)
    assert "WrongWrong" not in str(raised.value)
    assert raised.value.__cause__ is None and raised.value.__suppress_context__


async def test_telegram_out_of_reach_at_start(gateways: Gateways, api: BotApi) -> None:
    api.fail("getMe", "502", times=3)
    gateways.start()
    await greeted(api)


# the webhook

HOOK = "https://bot.example.org/telegram/hook"
SECRET = "webhook-secret-0123456789"


@pytest.fixture
async def hooked(gateways: Gateways, api: BotApi, unused_port: int) -> str:
    """Start a gateway as a webhook; return where the reverse proxy would reach it."""
    gateways.start(telegram_webhook_url=HOOK, telegram_webhook_secret=SECRET, telegram_webhook_port=unused_port)
    await until(lambda: api.webhook)
    api.webhook_forward = f"http://127.0.0.1:{unused_port}"
    return api.webhook_forward


async def test_webhook_talk(hooked: str, api: BotApi, rasa: FakeRasa) -> None:
    assert api.webhook == {"url": HOOK, "secret": SECRET}
    person = await greeted(api)
    person.says("一")
    update_id = person.says("二")
    api.queue({"message": person.message_json(text="二")}, update_id)
    api.queue({"message": {"text": 5}, "broken": True})
    person.says("三")
    await until(lambda: person.texts == ["回：一", "回：二", "回：三"])
    assert set(api.webhook_answers) == {200}
    assert rasa.texts == ["一", "二", "三"]


async def test_webhook_checks(hooked: str, rasa: FakeRasa, api: BotApi) -> None:
    good = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json; charset=utf-8"}
    person = api.person(501)
    body = {"update_id": 9, "message": person.message_json(text="经代理")}
    async with httpx.AsyncClient(base_url=hooked, trust_env=False) as client:

        async def status(method: str = "POST", path: str = "/telegram/hook", **request: object) -> int:
            request.setdefault("headers", good)
            return (await client.request(method, path, **request)).status_code  # type: ignore[arg-type]

        assert await status(path="/", json=body) == 404
        assert await status(headers={"Content-Type": "application/json"}, json=body) == 401
        assert await status(headers={**good, "X-Telegram-Bot-Api-Secret-Token": "x"}, json=body) == 401
        assert await status("GET") == 405
        assert await status(headers={**good, "Content-Type": "text/plain"}, content=b"x") == 415
        assert await status(content=b"x" * 2_000_000) == 413
        assert await status(content=b"{oops") == 200, "put aside: it would come again for ever"
        assert await status(content=b"[" * 100_000) == 200
        assert await status(content=b"[]") == 200
        assert rasa.texts == []
        assert await status(json=body) == 200
        assert await in_records(Message.objects.filter(direction="in", update_id=9).count) == 1, "stored before 200"
    await until(lambda: "回：经代理" in person.texts)


@pytest.mark.parametrize(
    "secrets",
    [[], [b""], [b"x"], [SECRET.encode(), SECRET.encode()], [b"x", SECRET.encode()], [SECRET.encode(), b"x"],
     [SECRET.encode() + b" x"], [SECRET[:-1].encode()], ["秘密".encode()], [b"\xff\xfe"], [SECRET.upper().encode()]],
)  # fmt: skip
async def test_the_secret_of_the_webhook_comes_once_and_whole(
    hooked: str, api: BotApi, secrets: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where nothing is: every answer without the secret is the same, after the same comparison."""
    compared = []
    real = hmac.compare_digest

    def noted(one: bytes, other: bytes) -> bool:
        compared.append(other)
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", noted)
    body = {"update_id": 9, "message": api.person(501).message_json(text="经代理")}
    headers = [(b"x-telegram-bot-api-secret-token", secret) for secret in secrets]
    async with httpx.AsyncClient(base_url=hooked, trust_env=False) as client:
        for number, (method, path) in enumerate(
            (("POST", "/telegram/hook"), ("GET", "/telegram/hook"), ("POST", "/no"))
        ):
            answer = await client.request(method, path, headers=headers, json=body)
            assert answer.status_code == 401 and answer.content == b""
            assert compared.count(SECRET.encode()) == number + 1
    assert await in_records(Message.objects.count) == 0


async def test_webhook_port_taken(gateways: Gateways, api: BotApi) -> None:
    port = int(api.base.rpartition(":")[2])
    task = gateways.start(telegram_webhook_url=HOOK, telegram_webhook_secret=SECRET, telegram_webhook_port=port)
    with pytest.raises(GatewayError, match="TELEGRAM_WEBHOOK_PORT"):
        await task


async def test_webhook_address_refused(gateways: Gateways, voice: Voice, unused_port: int) -> None:
    task = gateways.start(
        telegram_webhook_url="http://no-tls.example.org/x", telegram_webhook_secret=SECRET,
        telegram_webhook_port=unused_port,
    )  # fmt: skip
    with pytest.raises(GatewayError, match="TELEGRAM_WEBHOOK_URL"):
        await task


class OneThatFails:
    """Conversations whose records take everything but one text."""

    def __init__(self) -> None:
        self.stored: list[str] = []

    async def store_all(self, incoming: Sequence[Incoming]) -> list[None]:
        if any(one.text == "毒" for one in incoming):
            raise ValueError("the records do not take this")
        self.stored += [f"{one.kind} {one.text}" for one in incoming]
        return [None for _ in incoming]


async def test_one_update_that_cannot_be_stored_holds_up_no_other(
    api: BotApi, voice: Voice, transactional_db: None
) -> None:
    conversations = OneThatFails()
    bot = make_bot(api.token, api.base)
    await sign_in(bot)
    gateway = TelegramGateway(bot, cast(Conversations, conversations), voice.texts)
    person = api.person(501)
    await gateway.receive(
        *({"update_id": number, "message": person.message_json(text=text)} for number, text in enumerate("一毒三", 1))
    )
    assert conversations.stored == ["text 一", "unreadable ", "text 三"]
    assert await in_records(Quarantine.objects.values_list("update_id", flat=True).get) == 2
    await bot.shutdown()


async def test_of_two_processes_one_writes_the_answer(transactional_db: None) -> None:
    def answer_twice() -> tuple[list[bool], int]:
        [message] = ledger.store([Incoming("telegram", "1", "501", "text", "一", 1)])
        assert message is not None
        written = [ledger.settle(message, [Bubble("回：一")]) for _ in range(2)]
        return written, Outbox.objects.count()

    assert await in_records(answer_twice) == ([True, False], 1)

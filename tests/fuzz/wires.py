"""Whatever hears a stranger over a wire: the real code, with other ends of ours. No 500, nothing thrown, nothing lost.

The wires are real where a library reads them (Sanic, httpx); Django and the webhook are called as uvicorn calls them.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import logging
import random
import socket
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

import httpx
import yaml

from bot.gateway import plain_text
from bot.settings import PROJECT, Settings
from tests.actions.test_actions import mention
from tests.fuzz.mutation import as_text
from tests.fuzz.target import Target
from tests.fuzz.words import said, whole_contracts

TOKEN = "a-token-for-fuzzing-0123"
SECRET = "a-secret-for-fuzzing-0123"
CSRF = "a" * 32
#: Lines of the log that tell of an exception which something caught to go on.
NEVER_SAID = ("could not be seen to", "cannot be stored", "stopped by")
#: The kinds of answers that a door may give to nonsense.
STATUSES = ("present", "absent", "hypothetical")
SIGNS = tuple(
    yaml.safe_load((PROJECT / "data" / "knowledge" / "taxonomy.yml").read_text(encoding="utf-8"))["indicators"]
)
REFUSALS = (400, 401, 404, 405, 411, 413, 415)


class Complaints(logging.Handler):
    """Keeps what the log said that it must never say."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = record.getMessage() if not record.args or isinstance(record.args, tuple) else str(record.msg)
        if any(words in line for words in NEVER_SAID):
            self.said.append(f"{record.name}: {line} {getattr(record, 'errors', '')}")


class Stack:
    """Everything behind the wires in one event loop, on the records of the test."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.complaints = Complaints()
        self.shut: list[Callable[[], Coroutine[Any, Any, Any]]] = []
        logging.root.addHandler(self.complaints)
        self.run(self._open())

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        result = self.loop.run_until_complete(asyncio.wait_for(work, 60))
        said, self.complaints.said = self.complaints.said, []
        assert not said, said
        return result

    def close(self) -> None:
        logging.root.removeHandler(self.complaints)

        async def end() -> None:
            for work in reversed(self.shut):
                with contextlib.suppress(Exception):
                    await asyncio.wait_for(work(), 10)
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        self.loop.run_until_complete(end())
        self.loop.close()

    async def _open(self) -> None:
        from sanic import Sanic

        from actions.server import create_app
        from bot.gateway import web
        from bot.gateway.conversation import Conversations
        from bot.gateway.rasa_client import RasaClient
        from bot.gateway.rest_channel import RestChannel
        from bot.gateway.telegram import TelegramChannel, TelegramGateway, WebhookApplication
        from bot.site.asgi import application
        from bot.site.talk import voice as read_voice
        from tests.gateway.fake_rasa import FakeRasa

        Sanic.test_mode = True
        rasa = FakeRasa()
        await rasa.up()
        self.shut.append(rasa.down)
        voice = read_voice()
        bot = await _deaf_bot()
        client = RasaClient(rasa.url, rasa.token)
        self.conversations = Conversations(TelegramChannel(bot), client, voice, watch_seconds=3600, album_seconds=0.0)
        self.shut.append(self.conversations.stop)
        self.gateway = TelegramGateway(bot, self.conversations, voice.texts)
        self.webhook = WebhookApplication(self.gateway, "/hook", SECRET)
        settings = dataclasses.replace(Settings.from_environment(), rasa_url=rasa.url, rasa_token=rasa.token)
        answerer = web.WebAnswerer(settings, voice, watch_seconds=3600)
        web.use(answerer)
        self.shut.append(answerer.stop)
        self.site = application
        self.session = await asyncio.to_thread(_signed_in)
        self.visits = [_visit(f"fuzzed visit {number}") for number in range(3)]
        channel = Sanic("fuzzed_rest_channel", configure_logging=False, register=False)
        channel.blueprint(RestChannel(TOKEN).blueprint(_agent), url_prefix="/webhooks/rest")
        self.rest = await self._served(channel)
        self.actions = await self._served(create_app(TOKEN))

    async def _served(self, application: Any) -> httpx.AsyncClient:
        listener = socket.create_server(("127.0.0.1", 0))
        server = await application.create_server(sock=listener, return_asyncio_server=True, access_log=False)
        await server.startup()
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        client = httpx.AsyncClient(base_url=base, trust_env=False, timeout=30, params={"token": TOKEN})
        self.shut.append(client.aclose)
        return client


async def _deaf_bot() -> Any:
    """Return PTB's bot before a Bot API server that says yes to everything."""
    from telegram.ext import ExtBot
    from telegram.request import HTTPXRequest

    def answer(request: httpx.Request) -> httpx.Response:
        method = request.url.path.rpartition("/")[2]
        chat = {"id": 1, "type": "private"}
        results: dict[str, Any] = {
            "getMe": {"id": 123456, "is_bot": True, "first_name": "x", "username": "x_bot"},
            "getFile": {"file_id": "f", "file_unique_id": "u", "file_size": 3, "file_path": "documents/a.txt"},
            **{name: {"message_id": 1, "date": 1, "chat": chat} for name in ("sendMessage", "sendPhoto")},
            **{
                f"editMessage{what}": {"message_id": 1, "date": 1, "chat": chat}
                for what in ("Text", "ReplyMarkup", "Caption")
            },
        }
        if "/file/" in str(request.url):
            return httpx.Response(200, content=b"abc")
        return httpx.Response(200, json={"ok": True, "result": results.get(method, True)})

    wire = {"transport": httpx.MockTransport(answer)}
    bot: ExtBot[None] = ExtBot(
        "123456:AAAAAAAAAAAAAAAA",
        base_url="http://telegram.invalid/bot",
        base_file_url="http://telegram.invalid/file/bot",
        request=HTTPXRequest(httpx_kwargs=wire),
        get_updates_request=HTTPXRequest(httpx_kwargs=wire),
    )
    await bot.initialize()
    return bot


async def _agent(message: Any) -> None:
    message.text.encode()
    json.dumps(message.metadata)
    await message.output_channel.send_text_message(message.sender_id, message.text)


def _signed_in() -> str:
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client

    try:
        user, _ = User.objects.get_or_create(username="fuzz")
        client = Client()
        client.force_login(user)
        return str(client.cookies["sessionid"].value)
    finally:
        connection.close()


def _visit(address: str) -> str:
    from django.core import signing

    from bot.site import visit

    return signing.get_cookie_signer(salt=visit.COOKIE + visit.__name__).sign(address)


_stack: Stack | None = None


@contextlib.contextmanager
def standing() -> Iterator[Stack]:
    """Open the stack for as long as targets need it."""
    global _stack
    _stack = Stack()
    try:
        yield _stack
    finally:
        _stack.close()
        _stack = None


def stack() -> Stack:
    assert _stack is not None, "inside `with standing():` only"
    return _stack


# Telegram


def updates(data: bytes) -> None:
    """What a fetch brought: kept or put aside, whatever it is."""
    raw = _json_or_text(data)
    stack().run(_received(*(raw if isinstance(raw, list) and len(raw) < 10 else [raw])))


async def _received(*raws: Any) -> None:
    await stack().gateway.receive(*raws)
    for _ in range(5):
        await asyncio.sleep(0)


def callback_data(data: bytes) -> None:
    """The data of a button, which anybody can make up."""
    from bot.gateway.render import callback_data, pressed

    text = as_text(data)
    found = pressed(text)
    if found is not None:
        message_id, place = found
        assert 0 <= place < 100 and pressed(callback_data(message_id, place)) == found
    query = {"id": "1", "from": {"id": 77, "is_bot": False, "first_name": "x"}, "chat_instance": "1", "data": text}
    stack().run(_received({"update_id": random.Random(data).randrange(2**60), "callback_query": query}))


def webhook(data: bytes) -> None:
    """Any bytes, in any pieces, with any headers: 200 only for what is stored, and never a failure of ours."""
    luck = random.Random(data)
    usual = {b"x-telegram-bot-api-secret-token": SECRET.encode(), b"content-type": b"application/json"}
    headers = [(name, value if luck.random() < 0.97 else _odd(data, luck)) for name, value in usual.items()]
    headers += [(_odd(data, luck).lower() or b"x", _odd(data, luck)) for _ in range(luck.choice((0, 0, 1)))]
    scope = {
        "type": "http",
        "method": luck.choice(("POST",) * 9 + ("GET",)),
        "path": luck.choice(("/hook",) * 9 + ("/",)),
        "headers": headers,
        "query_string": b"",
    }
    status, _ = stack().run(_called(stack().webhook, scope, data, luck))
    assert status == 200 or status in REFUSALS, status


# Rasa's door and the actions'


def rest_channel(data: bytes) -> None:
    answer = stack().run(stack().rest.post("/webhooks/rest/webhook", content=data, headers=_json_headers(data)))
    assert answer.status_code == 200 or answer.status_code in REFUSALS, answer.status_code


def action_server(data: bytes) -> None:
    answer = stack().run(stack().actions.post("/webhook", content=data, headers=_json_headers(data)))
    assert answer.status_code == 200 or answer.status_code in REFUSALS, answer.status_code


def _json_headers(data: bytes) -> dict[str, str]:
    return {
        "Content-Type": random.Random(data).choice(
            ("application/json", "application/json; charset=utf-8", "text/plain")
        )
    }


def turns(data: bytes) -> None:
    """Any words in any state of the talk, as Rasa would hand them on: no action fails, and something is said."""
    from bot.health import counted
    from bot.language.facts import read_facts
    from bot.language.normalization import normalize
    from tests.actions.test_actions import INTENTS, call

    luck = random.Random(data)
    text = plain_text.harmless(as_text(data))[: plain_text.LONGEST_UNDERSTOOD].strip()
    slots: dict[str, Any] | None = None
    pieces = (text, text[: len(text) // 2], text[len(text) // 2 :])
    for words in luck.sample(pieces, luck.choice((1, 1, 3))):
        facts = read_facts(normalize(words).text, {})
        seen = [
            mention(sign, words[:9], luck.choice(STATUSES)) for sign in luck.sample(SIGNS, luck.choice((0, 0, 1, 3)))
        ]
        failed = counted.ACTION_ERRORS._value.get()
        answer = call(luck.choice(INTENTS), words, *seen, slots=slots, confidence=luck.random(), offer_facts=facts)
        assert counted.ACTION_ERRORS._value.get() == failed and answer.texts
        slots = answer.slots


# The site


def site(data: bytes) -> None:
    """Any address of ours with any query, cookies and form, also by somebody who signed in: no 500."""
    luck = random.Random(data)
    method = luck.choice(("GET", "POST", "POST", "HEAD", "PUT"))
    path = luck.choice(PATHS).replace("{}", _path_part(data, luck))
    body, kind = _form(data, luck) if method in ("POST", "PUT") else (b"", b"")
    cookies = [
        f"csrftoken={CSRF}",
        luck.choice(("", f"visit={luck.choice(stack().visits)}", "visit=" + _token(data, luck))),
    ]
    cookies.append(
        luck.choice(("", f"sessionid={stack().session}", "sessionid=" + _token(data, luck), _token(data, luck)))
    )
    headers = [(b"host", b"localhost"), (b"cookie", "; ".join(filter(None, cookies)).encode("latin-1", "replace"))]
    headers += [(b"content-type", kind), (b"content-length", str(len(body)).encode())] if kind else []
    headers += luck.choice(([], [(b"hx-request", b"true")], [(b"accept-language", _odd(data, luck))]))
    query = luck.choice(
        (b"", b"after=%s&visit=%s" % (_odd(data, luck), _odd(data, luck)), b"page=" + data[:300], b"name=" + data[:300])
    )
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.replace(b"#", b""),
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
        "root_path": "",
    }
    status, _ = stack().run(_called(stack().site, scope, body, luck))
    assert status < 500 or (path == "/readyz" and status == 503), (method, path, status)


PATHS = (
    "/", "/send/", "/send/", "/send/", "/send/", "/news/", "/picture/{}/", "/leave/", "/erased/", "/too-large/",
    "/{}", "/desk/", "/desk/talk/{}/", "/desk/recruiters/", "/desk/sign-in/", "/desk/sign-out/",
    "/desk/language/setlang/", "/static/{}", "/healthz", "/metrics", "/readyz",
)  # fmt: skip


def _form(data: bytes, luck: random.Random) -> tuple[bytes, bytes]:
    words = as_text(data).encode("utf-8", "replace")
    fields = {
        b"csrfmiddlewaretoken": CSRF.encode(),
        b"text": words,
        b"form": luck.choice((b"", b"1", words[:70])),
        luck.choice((b"visit", b"word", b"username", b"language", b"next", words[:20])): luck.choice(
            (b"", words[:90], b"zh-hans")
        ),
    }
    how = luck.random()
    if how < 0.5:
        from urllib.parse import quote_from_bytes

        body = b"&".join(
            quote_from_bytes(name).encode() + b"=" + quote_from_bytes(value).encode() for name, value in fields.items()
        )
        return body, b"application/x-www-form-urlencoded"
    if how < 0.6:
        return data, luck.choice(
            (
                b"application/x-www-form-urlencoded",
                b"multipart/form-data",
                b"multipart/form-data; boundary=x",
                _odd(data, luck),
            )
        )
    parts = [b'Content-Disposition: form-data; name="%s"\r\n\r\n%s' % (name, value) for name, value in fields.items()]
    parts.append(
        b'Content-Disposition: form-data; name="files"; filename="%s"\r\nContent-Type: %s\r\n\r\n'
        % (words[:20], b"image/png")
        + data[:200]
    )
    body = b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--\r\n"
    if luck.random() < 0.2:
        cut = luck.randrange(len(body))
        body = body[:cut] + _odd(data, luck) + body[cut:]
    return body, b"multipart/form-data; boundary=x"


def _path_part(data: bytes, luck: random.Random) -> str:
    part = luck.choice(
        (
            "1",
            "0",
            "9" * 30,
            "00000000-0000-0000-0000-000000000000",
            as_text(data)[:40].encode("utf-8", "replace").decode(),
        )
    )
    return part.replace("?", "").replace("#", "") or "x"


def _token(data: bytes, luck: random.Random) -> str:
    return _odd(data, luck).decode("latin-1").replace("\n", "").replace("\r", "")


def _odd(data: bytes, luck: random.Random) -> bytes:
    start = luck.randint(0, len(data))
    return data[start : start + luck.choice((0, 1, 8, 40))].replace(b"\n", b"").replace(b"\r", b"")


async def _called(application: Any, scope: dict[str, Any], body: bytes, luck: random.Random) -> tuple[int, bytes]:
    """Call an ASGI application; its body comes in pieces, and sometimes whoever sends it goes away."""
    cuts = sorted(luck.randint(0, len(body)) for _ in range(luck.choice((0, 0, 1, 5))))
    pieces = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    events = [
        {"type": "http.request", "body": piece, "more_body": place < len(pieces) - 1}
        for place, piece in enumerate(pieces)
    ]
    coming = iter(events)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        event = next(coming, None)
        if event is None:
            await asyncio.sleep(30)
            return {"type": "http.disconnect"}
        return event

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    await application(scope, receive, send)
    start = next(event for event in sent if event["type"] == "http.response.start")
    return start["status"], b"".join(event.get("body", b"") for event in sent)


def _json_or_text(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return as_text(data)


# Where they begin


def good_updates() -> Sequence[bytes]:
    person = {"id": 77, "is_bot": False, "first_name": "阿强", "language_code": "zh"}
    base = {
        "message_id": 5,
        "date": 1_700_000_000,
        "chat": {"id": 77, "type": "private", "first_name": "阿强"},
        "from": person,
    }
    size = {"file_id": "AgAD", "file_unique_id": "u", "width": 90, "height": 60, "file_size": 1000}
    markup = {"inline_keyboard": [[{"text": "同意", "callback_data": "0" * 32 + ":1"}]]}
    messages: tuple[dict[str, Any], ...] = (
        {"text": "去柬埔寨做客服，月薪三万五，护照要交"},
        {"text": "/start", "entities": [{"type": "bot_command", "offset": 0, "length": 6}]},
        {"photo": [size, {**size, "width": 900}], "caption": "这个招工"},
        {"photo": [size], "media_group_id": "7"},
        {
            "document": {
                "file_id": "d",
                "file_unique_id": "u",
                "file_name": "合同.pdf",
                "mime_type": "application/pdf",
                "file_size": 9,
            }
        },
        {"voice": {"file_id": "v", "file_unique_id": "u", "duration": 3}},
        {
            "sticker": {
                "file_id": "s",
                "file_unique_id": "u",
                "type": "regular",
                "width": 1,
                "height": 1,
                "is_animated": False,
                "is_video": False,
            }
        },
        {"location": {"longitude": 1.5, "latitude": 2.5}},
        {"contact": {"phone_number": "138", "first_name": "x"}},
        {
            "poll": {
                "id": "1",
                "question": "?",
                "options": [],
                "total_voter_count": 0,
                "is_closed": False,
                "is_anonymous": True,
                "type": "regular",
                "allows_multiple_answers": False,
            }
        },
        {"dice": {"emoji": "🎲", "value": 3}},
        {"new_chat_title": "x"},
        {"text": "删除"},
        {"text": "转人工"},
        {"reply_to_message": {**base, "text": "x"}, "text": "是", "forward_date": 1},
    )
    raws: list[Any] = [{"update_id": 1000 + n, "message": {**base, **one}} for n, one in enumerate(messages)]
    raws += [
        {"update_id": 2000, "edited_message": {**base, "edit_date": 1_700_000_001, "text": "改了"}},
        {
            "update_id": 2001,
            "callback_query": {
                "id": "9",
                "from": person,
                "chat_instance": "1",
                "data": "0" * 32 + ":1",
                "message": {**base, "text": "让热线人员看吗？", "reply_markup": markup},
            },
        },
        {
            "update_id": 2002,
            "message": {**base, "chat": {"id": -100, "type": "supergroup", "title": "x"}, "text": "hi"},
        },
        {"update_id": 2003, "my_chat_member": {"chat": base["chat"], "from": person, "date": 1}},
        [
            {"update_id": 2004, "message": {**base, "text": "一"}},
            {"update_id": 2005, "message": {**base, "text": "二"}},
        ],
    ]
    return [json.dumps(raw).encode() for raw in raws]


def good_presses() -> Sequence[bytes]:
    return [b"0" * 32 + b":1", b"f" * 32 + b":99", b"123e4567e89b12d3a456426614174000:0", b":", b"x:1"]


def good_talk() -> Sequence[bytes]:
    bodies = (
        {"sender": "s1", "message": "你好"},
        {"sender": "s1", "message": "/restart", "metadata": {"message_id": "m", "paper": "pdf"}},
        {"sender": "s", "message": "x" * 4000, "stream": True},
    )
    return [json.dumps(body).encode() for body in bodies]


def good_calls() -> Sequence[bytes]:
    """A call as Rasa makes it, for actions of every kind."""
    message = {
        "text": "去柬埔寨做客服 月薪三万 护照要交",
        "intent": {"name": "describe_offer", "confidence": 0.9},
        "entities": [],
        "metadata": {"message_id": "m"},
        "offer_facts": {"destination": "KH", "destination_name": "柬埔寨", "occupation": "customer_service"},
        "risk_indicators": [
            {
                "indicator": "document_retention",
                "status": "present",
                "confidence": 0.9,
                "evidence": "护照要交",
                "start": 13,
                "end": 17,
            }
        ],
        "indicator_chances": {"document_retention": 0.9},
        "rights_topics": [],
    }
    slots = {
        "risk_level": "high",
        "risk_indicators": {"recruitment_fee": "present"},
        "offer": {"destination": "KH"},
        "told": {},
        "evidence": {},
        "in_danger": False,
        "waiting_for_human": False,
        "destination_country": None,
    }
    tracker = {
        "sender_id": "s",
        "slots": slots,
        "latest_message": message,
        "events": [],
        "paused": False,
        "active_loop": {},
        "latest_action_name": None,
    }
    names = (
        "action_answer_offer",
        "action_answer_hotline",
        "action_answer_talk",
        "action_not_understood",
        "action_answer_start_over",
        "nobody",
    )
    return [
        json.dumps(
            {"next_action": name, "sender_id": "s", "version": "3.6.21", "tracker": tracker, "domain": {}}
        ).encode()
        for name in names
    ]


def good_forms() -> Sequence[bytes]:
    words = (
        "你好",
        "删除",
        "确认删除",
        "救命，护照被收了",
        "/start",
        "同意",
        "清屏",
        "=cmd()",
        "<script>",
        "\u202e反",
        "a" * 3000,
        "押金三万五",
    )
    return [word.encode() for word in words]


def good_stories() -> Sequence[bytes]:
    return [
        *said("facts.yml", "statuses.yml", "requests.yml", "money_questions.yml", "english.yml")(),
        *whole_contracts(),
    ]


TARGETS = (
    Target(
        "updates", "json", updates, good_updates, 8_000, ("bot.gateway.media", "bot.gateway.telegram"), needs_stack=True
    ),
    Target(
        "callback data",
        "text",
        callback_data,
        good_presses,
        3_000,
        ("bot.gateway.render", "bot.gateway.media"),
        needs_stack=True,
    ),
    Target("webhook", "json", webhook, good_updates, 3_000, ("bot.gateway.telegram",), needs_stack=True),
    Target("REST channel", "json", rest_channel, good_talk, 3_000, needs_stack=True),
    Target("action server", "json", action_server, good_calls, 2_000, needs_stack=True),
    Target("turns", "text", turns, good_stories, 3_000, needs_stack=True),
    Target("site", "text", site, good_forms, 4_000, needs_stack=True),
)

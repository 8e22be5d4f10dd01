"""A Bot API server on loopback for tests, as strict as the real one where a bot can go wrong.

It answers in the words of the real server, because the libraries read those words. People are made by
`api.person(chat_id)`; what they do becomes an update, what the bot sends to them is kept in `person.chat`.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from aiohttp import web

JSON = dict[str, Any]
MESSAGE_LIMIT = 4096
CAPTION_LIMIT = 1024
PHOTO_LIMIT = 10 * 2**20
PNG = b"\x89PNG\r\n\x1a\n"
CALLBACK_DATA_LIMIT = 64
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}
HTML_TAG = re.compile(r"<(/?)([a-zA-Z0-9-]+)[^>]*>")
HTML_TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "blockquote", "tg-spoiler"}
MARKDOWN_RESERVED = re.compile(r"(?<!\\)[>#+\-=|{}.!()]")


class Refused(Exception):
    """A call that the real server would refuse with this code and description."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


def utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass
class Fault:
    """How the next calls of a method go wrong."""

    # "502", "429", "lost" (accepted, but the answer is cut off), "hang" (accepted, but the answer never comes),
    # "stall" (not accepted, and no answer), "cut" (not accepted), "garbage", "400"
    kind: str
    times: int
    retry_after: int = 1


@dataclass
class Sent:
    """One bubble of the bot as the person sees it now."""

    message_id: int
    text: str
    keyboard: list[list[JSON]] = field(default_factory=list)
    edited: bool = False
    deleted: bool = False
    photo: bytes = b""
    at: float = field(default_factory=time.monotonic)

    @property
    def buttons(self) -> dict[str, str]:
        return {button["text"]: button.get("callback_data", "") for row in self.keyboard for button in row}


class BotApi:
    """The server, its people, and a record of every call."""

    def __init__(self, token: str = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw") -> None:
        self.token = token
        self.bot_id = int(token.partition(":")[0])
        self.people: dict[int, Person] = {}
        self.calls: list[tuple[str, JSON]] = []
        self.commands: list[JSON] = []
        self.too_old: set[int] = set()  # messages of more than 48 hours ago, which no bot can delete
        self.webhook: JSON = {}
        self.webhook_forward = ""  # where the reverse proxy of a test passes webhook calls on to
        self.webhook_answers: list[int] = []
        self.files: dict[str, tuple[str, bytes]] = {}
        self.downloads = 0
        self.handed_out: dict[int, float] = {}  # update -> when it was handed out first
        self.file_seconds = 0.0  # how long a download takes
        self.hang_seconds = 3600.0
        self.times_handed_out = 0  # updates that a fetch took along, each time they were taken
        self._updates: list[JSON] = []
        self._next_update = 870_000_001
        self._next_message = 1
        self._queries: dict[str, float] = {}
        self._faults: dict[str, Fault] = {}
        self._blocked_until: dict[int, float] = {}
        self._poller: asyncio.Event | None = None  # set to end the long poll in progress
        self._news = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._pusher: asyncio.Task[None] | None = None
        self.base = ""

    # the server

    async def __aenter__(self) -> BotApi:
        application = web.Application(client_max_size=50 * 2**20)
        application.router.add_route("*", "/bot{token}/{method}", self._serve)
        application.router.add_get("/file/bot{token}/{path:.+}", self._serve_file)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, shutdown_timeout=0.1)
        await site.start()
        port = self._runner.addresses[0][1]
        self.base = f"http://127.0.0.1:{port}"
        self._pusher = asyncio.create_task(self._push())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._pusher:
            self._pusher.cancel()
            await asyncio.gather(self._pusher, return_exceptions=True)
        if self._poller:
            self._poller.set()
        if self._runner:
            await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        try:
            if not re.fullmatch(r"\d+:[A-Za-z0-9_-]+", request.match_info["token"]):
                raise Refused(404, "Not Found")
            if request.match_info["token"] != self.token:
                raise Refused(401, "Unauthorized")
            method = self._methods().get(request.match_info["method"].lower())
            if method is None:
                raise Refused(404, "Not Found")
            name, handle = method
            parameters = await self._parameters(request)
            self.calls.append((name, parameters))
            return await self._guarded(request, name, handle, parameters)
        except Refused as refused:
            body: JSON = {"ok": False, "error_code": refused.code, "description": refused.description}
            if refused.parameters:
                body["parameters"] = refused.parameters
            return web.json_response(body, status=refused.code)

    async def _guarded(
        self, request: web.Request, name: str, handle: Callable[[JSON], Awaitable[Any]], parameters: JSON
    ) -> web.StreamResponse:
        fault = self._faults.get(name)
        if fault and fault.times > 0:
            fault.times -= 1
            if fault.kind == "429":
                if "chat_id" in parameters:
                    self._blocked_until[int(parameters["chat_id"])] = time.monotonic() + fault.retry_after
                raise Refused(429, f"Too Many Requests: retry after {fault.retry_after}", retry_after=fault.retry_after)
            if fault.kind == "502":
                return web.Response(status=502, text="<html><body><h1>502 Bad Gateway</h1></body></html>")
            if fault.kind == "garbage":
                return web.Response(status=200, text="{oops")
            if fault.kind == "400":
                raise Refused(400, "Bad Request: internal test refusal")
            if fault.kind in ("lost", "hang"):
                await handle(parameters)
            if fault.kind in ("hang", "stall"):
                await asyncio.sleep(self.hang_seconds)
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return web.json_response({"ok": True, "result": await handle(parameters)})

    @staticmethod
    async def _parameters(request: web.Request) -> JSON:
        found: JSON = dict(request.query)
        if request.method == "POST" and request.body_exists:
            if request.content_type == "application/json":
                try:
                    found.update(json.loads(await request.text()))
                except ValueError:
                    raise Refused(400, "Bad Request: can't parse JSON object") from None
            else:
                found.update({key: value for key, value in (await request.post()).items()})
        return found

    def _methods(self) -> dict[str, tuple[str, Callable[[JSON], Awaitable[Any]]]]:
        handlers = {
            "getMe": self._get_me,
            "getUpdates": self._get_updates,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "editMessageText": self._edit_message_text,
            "editMessageCaption": self._edit_message_caption,
            "editMessageReplyMarkup": self._edit_message_reply_markup,
            "answerCallbackQuery": self._answer_callback_query,
            "sendChatAction": self._send_chat_action,
            "setMyCommands": self._set_my_commands,
            "getMyCommands": self._get_my_commands,
            "deleteMessage": self._delete_message,
            "deleteMessages": self._delete_messages,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._get_webhook_info,
            "getFile": self._get_file,
            "logOut": self._yes,
            "close": self._yes,
        }
        return {name.lower(): (name, handle) for name, handle in handlers.items()}

    # what a test does to the server

    def person(self, chat_id: int, name: str = "小梅") -> Person:
        return self.people.setdefault(chat_id, Person(self, chat_id, name))

    def fail(self, method: str, kind: str, times: int = 1, retry_after: int = 1) -> None:
        """Make the next `times` calls of `method` go wrong."""
        self._faults[method] = Fault(kind, times, retry_after)

    def queue(self, update: JSON, update_id: int | None = None) -> int:
        """Give the update an id and offer it to the bot; an id given again makes a duplicate."""
        if update_id is None:
            update_id = self._next_update
            self._next_update += 1
        self._updates.append({"update_id": update_id, **update})
        self._news.set()
        return update_id

    @property
    def unconfirmed(self) -> int:
        return len(self._updates)

    def count(self, method: str) -> int:
        return sum(name == method for name, _ in self.calls)

    def new_message_id(self) -> int:
        self._next_message += 1
        return self._next_message - 1

    def new_query(self) -> str:
        query_id = str(4_382_000_000_000 + len(self._queries))
        self._queries[query_id] = time.monotonic()
        return query_id

    def expire_queries(self) -> None:
        self._queries = dict.fromkeys(self._queries, -1e9)

    def user(self) -> JSON:
        return {"id": self.bot_id, "is_bot": True, "first_name": "安行", "username": "anxing_test_bot"}

    # methods of the API

    async def _yes(self, _: JSON) -> bool:
        return True

    async def _get_me(self, _: JSON) -> JSON:
        return {
            **self.user(),
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    async def _get_updates(self, parameters: JSON) -> list[JSON]:
        if self.webhook.get("url"):
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        offset = self._integer(parameters, "offset", 0)
        limit = min(max(self._integer(parameters, "limit", 100), 1), 100)
        timeout = min(self._integer(parameters, "timeout", 0), 50)
        allowed = self._json(parameters, "allowed_updates", list) or []
        if self._poller:
            self._poller.set()
        ended = self._poller = asyncio.Event()
        try:
            if offset > 0:
                self._updates = [update for update in self._updates if update["update_id"] >= offset]
            elif offset < 0:
                self._updates = self._updates[offset:]
            until = time.monotonic() + timeout
            while True:
                if allowed:
                    self._updates = [update for update in self._updates if set(update) & {*allowed, "broken"}]
                if self._updates or time.monotonic() >= until:
                    self.times_handed_out += len(self._updates[:limit])
                    for update in self._updates[:limit]:
                        self.handed_out.setdefault(update["update_id"], time.monotonic())
                    return [{k: v for k, v in update.items() if k != "broken"} for update in self._updates[:limit]]
                self._news.clear()
                waits = [asyncio.ensure_future(self._news.wait()), asyncio.ensure_future(ended.wait())]
                await asyncio.wait(waits, timeout=until - time.monotonic(), return_when=asyncio.FIRST_COMPLETED)
                for wait in waits:
                    wait.cancel()
                if ended.is_set():
                    raise Refused(
                        409,
                        "Conflict: terminated by other getUpdates request; "
                        "make sure that only one bot instance is running",
                    )
        finally:
            if self._poller is ended:
                self._poller = None

    async def _send_message(self, parameters: JSON) -> JSON:
        person = self._reachable(parameters)
        text = self._text(parameters)
        keyboard = self._keyboard(parameters)
        sent = Sent(self.new_message_id(), text, keyboard)
        person.chat.append(sent)
        return self._as_message(person, sent)

    async def _send_photo(self, parameters: JSON) -> JSON:
        person = self._reachable(parameters)
        photo = parameters.get("photo")
        content = photo.file.read() if isinstance(photo, web.FileField) else b""
        if not content:
            raise Refused(400, "Bad Request: there is no photo in the request")
        if not content.startswith(PNG) or len(content) > PHOTO_LIMIT:
            raise Refused(400, "Bad Request: IMAGE_PROCESS_FAILED")
        sent = Sent(self.new_message_id(), self._caption(parameters), self._keyboard(parameters), photo=content)
        person.chat.append(sent)
        return self._as_message(person, sent)

    async def _edit_message_caption(self, parameters: JSON) -> JSON:
        person = self._reachable(parameters)
        sent = self._own_message(person, parameters)
        if not sent.photo:
            raise Refused(400, "Bad Request: there is no caption in the message to edit")
        sent.text, sent.keyboard, sent.edited = self._caption(parameters), self._keyboard(parameters), True
        return self._as_message(person, sent)

    async def _edit_message_text(self, parameters: JSON) -> JSON:
        person = self._reachable(parameters)
        sent = self._own_message(person, parameters)
        if sent.photo:
            raise Refused(400, "Bad Request: there is no text in the message to edit")
        text, keyboard = self._text(parameters), self._keyboard(parameters)
        if (text, keyboard) == (sent.text, sent.keyboard):
            raise Refused(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup "
                "are exactly the same as a current content and reply markup of the message",
            )
        sent.text, sent.keyboard, sent.edited = text, keyboard, True
        return self._as_message(person, sent)

    async def _edit_message_reply_markup(self, parameters: JSON) -> JSON:
        person = self._reachable(parameters)
        sent = self._own_message(person, parameters)
        keyboard = self._keyboard(parameters)
        if keyboard == sent.keyboard:
            raise Refused(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup "
                "are exactly the same as a current content and reply markup of the message",
            )
        sent.keyboard = keyboard
        return self._as_message(person, sent)

    async def _delete_message(self, parameters: JSON) -> bool:
        person = self._reachable(parameters)
        wanted = self._integer(parameters, "message_id", 0)
        sent = next((sent for sent in person.chat if sent.message_id == wanted and not sent.deleted), None)
        if sent is None:
            raise Refused(400, "Bad Request: message to delete not found")
        sent.deleted = True
        return True

    async def _delete_messages(self, parameters: JSON) -> bool:
        person = self._reachable(parameters)
        wanted = self._json(parameters, "message_ids", list) or []
        if not 1 <= len(wanted) <= 100 or not all(type(one) is int for one in wanted):
            raise Refused(400, "Bad Request: message identifiers are not specified or too many")
        there = {sent.message_id for sent in person.chat if not sent.deleted} | set(person.own)
        if there & self.too_old & set(wanted):
            raise Refused(400, "Bad Request: message can't be deleted for everyone")
        for sent in person.chat:
            sent.deleted = sent.deleted or sent.message_id in wanted
        person.own = {message_id: text for message_id, text in person.own.items() if message_id not in wanted}
        return True

    async def _answer_callback_query(self, parameters: JSON) -> bool:
        asked = self._queries.get(str(parameters.get("callback_query_id", "")))
        if asked is None or time.monotonic() - asked > 15:
            raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        if len(str(parameters.get("text", ""))) > 200:
            raise Refused(400, "Bad Request: MESSAGE_TOO_LONG")
        return True

    async def _send_chat_action(self, parameters: JSON) -> bool:
        person = self._reachable(parameters)
        if parameters.get("action") not in ACTIONS:
            raise Refused(400, "Bad Request: wrong parameter action in request")
        person.actions.append(time.monotonic())
        return True

    async def _set_my_commands(self, parameters: JSON) -> bool:
        commands = self._json(parameters, "commands", list)
        if commands is None or len(commands) > 100:
            raise Refused(400, "Bad Request: BOT_COMMANDS_TOO_MUCH" if commands else "Bad Request: commands is empty")
        for command in commands:
            if not COMMAND.fullmatch(str(command.get("command", ""))):
                raise Refused(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description", ""))) <= 256:
                raise Refused(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands = commands
        return True

    async def _get_my_commands(self, _: JSON) -> list[JSON]:
        return self.commands

    async def _set_webhook(self, parameters: JSON) -> bool:
        url, secret = str(parameters.get("url", "")), parameters.get("secret_token")
        if url and not url.startswith("https://"):
            raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if secret is not None and not SECRET.fullmatch(str(secret)):
            raise Refused(400, "Bad Request: secret token contains unallowed characters")
        if not 1 <= self._integer(parameters, "max_connections", 40) <= 100:
            raise Refused(400, "Bad Request: bad max_connections")
        self.webhook = {"url": url, "secret": secret} if url else {}
        self._forget_if_asked(parameters)
        self._news.set()
        return True

    async def _delete_webhook(self, parameters: JSON) -> bool:
        self.webhook = {}
        self._forget_if_asked(parameters)
        return True

    async def _get_webhook_info(self, _: JSON) -> JSON:
        return {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates),
        }

    def keep_file(self, content: bytes, name: str = "file") -> JSON:
        """Keep a file as Telegram does and return how a message names it."""
        identity = f"f{len(self.files)}"
        self.files[identity] = (f"documents/{identity}_{name}", content)
        return {**_file(identity), "file_size": len(content)}

    async def _get_file(self, parameters: JSON) -> JSON:
        found = self.files.get(str(parameters.get("file_id", "")))
        if found is None:
            raise Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        path, content = found
        if len(content) > 20 * 2**20:
            raise Refused(400, "Bad Request: file is too big")
        identity = str(parameters["file_id"])
        return {"file_id": identity, "file_unique_id": f"u{identity}", "file_size": len(content), "file_path": path}

    async def _serve_file(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.token:
            return web.Response(status=401)
        await asyncio.sleep(self.file_seconds)
        fault = self._faults.get("file")
        if fault and fault.times > 0:
            fault.times -= 1
            return web.Response(status=502)
        content = next((body for path, body in self.files.values() if path == request.match_info["path"]), None)
        self.downloads += content is not None
        return web.Response(status=404) if content is None else web.Response(body=content)

    # checks

    def _reachable(self, parameters: JSON) -> Person:
        if "chat_id" not in parameters or parameters["chat_id"] == "":
            raise Refused(400, "Bad Request: chat_id is empty")
        person = self.people.get(self._integer(parameters, "chat_id", 0))
        if person is None:
            raise Refused(400, "Bad Request: chat not found")
        if person.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        left = self._blocked_until.get(person.chat_id, 0) - time.monotonic()
        if left > 0:
            seconds = int(left) + 1
            raise Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        return person

    def _text(self, parameters: JSON) -> str:
        text = str(parameters.get("text", ""))
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Refused(400, "Bad Request: strings must be encoded in UTF-8") from None
        mode = str(parameters.get("parse_mode", "")).lower()
        if mode == "html":
            text = self._parsed_html(text)
        elif mode in ("markdown", "markdownv2"):
            bare = re.sub(r"\\.", "", text)
            if any(bare.count(mark) % 2 for mark in "*_`") or (mode == "markdownv2" and MARKDOWN_RESERVED.search(bare)):
                raise Refused(400, "Bad Request: can't parse entities: Can't find end of the entity")
        elif mode:
            raise Refused(400, "Bad Request: unsupported parse_mode")
        text = text.strip(" \n\t\r")
        if not text:
            raise Refused(400, "Bad Request: message text is empty")
        if utf16_units(text) > MESSAGE_LIMIT:
            raise Refused(400, "Bad Request: message is too long")
        return text

    @staticmethod
    def _caption(parameters: JSON) -> str:
        caption = str(parameters.get("caption", "")).strip(" \n\t\r")
        if utf16_units(caption) > CAPTION_LIMIT:
            raise Refused(400, "Bad Request: message caption is too long")
        return caption

    @staticmethod
    def _parsed_html(text: str) -> str:
        opened: list[str] = []
        for tag in HTML_TAG.finditer(text):
            closing, name = tag.groups()
            if name not in HTML_TAGS:
                raise Refused(400, f'Bad Request: can\'t parse entities: Unsupported start tag "{name}"')
            if not closing:
                opened.append(name)
            elif not opened or opened.pop() != name:
                raise Refused(400, "Bad Request: can't parse entities: Unexpected end tag")
        if opened or "<" in HTML_TAG.sub("", text):
            raise Refused(400, "Bad Request: can't parse entities: Can't find end tag")
        return HTML_TAG.sub("", text)

    def _keyboard(self, parameters: JSON) -> list[list[JSON]]:
        markup = self._json(parameters, "reply_markup", dict) or {}
        rows = markup.get("inline_keyboard", [])
        if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            raise Refused(400, "Bad Request: object expected as reply markup")
        for button in (button for row in rows for button in row):
            if not str(button.get("text", "")).strip():
                raise Refused(400, "Bad Request: can't parse inline keyboard button: Text must be non-empty")
            if not {"callback_data", "url"} & set(button):
                raise Refused(
                    400,
                    "Bad Request: can't parse inline keyboard button: "
                    "Text buttons are unallowed in the inline keyboard",
                )
            if "callback_data" in button:
                size = len(str(button["callback_data"]).encode())
                if not 1 <= size <= CALLBACK_DATA_LIMIT:
                    raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
        if sum(map(len, rows)) > 100:
            raise Refused(400, "Bad Request: reply markup is too long")
        return rows

    @staticmethod
    def _integer(parameters: JSON, name: str, default: int) -> int:
        try:
            return int(parameters.get(name, default))
        except (TypeError, ValueError):
            raise Refused(400, f"Bad Request: {name} must be an integer") from None

    @staticmethod
    def _json(parameters: JSON, name: str, kind: type) -> Any:
        value = parameters.get(name)
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                raise Refused(400, f"Bad Request: can't parse {name} JSON object") from None
        if value is not None and not isinstance(value, kind):
            raise Refused(400, f"Bad Request: wrong type of {name}")
        return value

    def _own_message(self, person: Person, parameters: JSON) -> Sent:
        wanted = self._integer(parameters, "message_id", 0)
        for sent in person.chat:
            if sent.message_id == wanted and not sent.deleted:
                return sent
        raise Refused(400, "Bad Request: message to edit not found")

    def _as_message(self, person: Person, sent: Sent) -> JSON:
        message: JSON = {
            "message_id": sent.message_id,
            "date": int(time.time()),
            "chat": person.chat_json(),
            "from": self.user(),
        }
        if sent.photo:
            photo = {**_file(f"ph{sent.message_id}"), "width": 1080, "height": 720}
            message |= {"photo": [photo], "caption": sent.text}
        else:
            message["text"] = sent.text
        if sent.keyboard:
            message["reply_markup"] = {"inline_keyboard": sent.keyboard}
        return message

    def _forget_if_asked(self, parameters: JSON) -> None:
        if str(parameters.get("drop_pending_updates", "")).lower() == "true":
            self._updates.clear()

    async def _push(self) -> None:
        """Deliver to the webhook, in order, trying again until it answers 2xx."""
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            while True:
                if not (self.webhook and self.webhook_forward and self._updates):
                    await asyncio.sleep(0.01)
                    continue
                update = self._updates[0]
                path = "/" + self.webhook["url"].split("/", 3)[-1]
                headers = {"Content-Type": "application/json"}
                if self.webhook["secret"]:
                    headers["X-Telegram-Bot-Api-Secret-Token"] = self.webhook["secret"]
                try:
                    answer = await client.post(self.webhook_forward + path, content=json.dumps(update), headers=headers)
                except httpx.HTTPError:
                    await asyncio.sleep(0.05)
                    continue
                self.webhook_answers.append(answer.status_code)
                if answer.is_success:
                    self._updates.remove(update)
                else:
                    await asyncio.sleep(0.05)


class Person:
    """Somebody who talks to the bot: what they do becomes an update, what they see is in `chat`."""

    def __init__(self, api: BotApi, chat_id: int, name: str) -> None:
        self.api, self.chat_id, self.name = api, chat_id, name
        self.chat: list[Sent] = []
        self.own: dict[int, str] = {}  # what the person sent and still sees
        self.actions: list[float] = []
        self.blocked = False

    def chat_json(self) -> JSON:
        return {"id": self.chat_id, "type": "private", "first_name": self.name}

    def user_json(self) -> JSON:
        return {"id": self.chat_id, "is_bot": False, "first_name": self.name, "language_code": "zh-hans"}

    @property
    def texts(self) -> list[str]:
        return [sent.text for sent in self.chat if not sent.deleted]

    def message_json(self, **content: Any) -> JSON:
        message_id = self.api.new_message_id()
        self.own[message_id] = str(content.get("text", ""))
        return {
            "message_id": message_id,
            "date": int(time.time()),
            "chat": self.chat_json(),
            "from": self.user_json(),
            **content,
        }

    def sends(self, **content: Any) -> int:
        return self.api.queue({"message": self.message_json(**content)})

    def says(self, text: str, **more: Any) -> int:
        command = re.match(r"/[A-Za-z0-9_]+(@\w+)?", text)
        entities = {"entities": [{"type": "bot_command", "offset": 0, "length": command.end()}]} if command else {}
        return self.sends(text=text, **entities, **more)

    def edits(self, text: str) -> int:
        return self.api.queue({"edited_message": self.message_json(text=text, edit_date=int(time.time()))})

    def presses(self, button: str, data: str | None = None) -> int:
        """Press the newest button with this title (or send any callback data)."""
        sent = next(sent for sent in reversed(self.chat) if button in sent.buttons or data is not None)
        query = {
            "id": self.api.new_query(),
            "from": self.user_json(),
            "chat_instance": "7",
            "message": self.api._as_message(self, sent),
            "data": sent.buttons[button] if data is None else data,
        }
        return self.api.queue({"callback_query": query})

    def sends_sticker(self) -> int:
        return self.sends(
            sticker={
                **_file("st1"),
                "type": "regular",
                "width": 512,
                "height": 512,
                "emoji": "😭",
                "is_animated": False,
                "is_video": False,
            }
        )

    def sends_voice(self) -> int:
        return self.sends(voice={**_file("vo1"), "duration": 4, "mime_type": "audio/ogg"})

    def sends_location(self) -> int:
        return self.sends(location={"latitude": 11.55, "longitude": 104.92})

    def sends_photo(self, caption: str | None = None, content: bytes | None = None, album: str | None = None) -> int:
        """Send a photo; without content it is one that Telegram has lost."""
        more = {"caption": caption, "media_group_id": album}
        large = _file("ph2") if content is None else self.api.keep_file(content, "photo.jpg")
        sizes = [{**_file("ph1"), "width": 90, "height": 60}, {**large, "width": 1280, "height": 960}]
        return self.sends(photo=sizes, **{name: value for name, value in more.items() if value is not None})

    def sends_document(
        self, content: bytes | None = None, name: str = "合同.pdf", caption: str | None = None,
        album: str | None = None, **claims: Any,
    ) -> int:  # fmt: skip
        more = {"caption": caption, "media_group_id": album}
        file = _file("do1") if content is None else self.api.keep_file(content, "file")
        document = {**file, "file_name": name, "mime_type": "application/pdf", **claims}
        return self.sends(document=document, **{name: value for name, value in more.items() if value is not None})

    def sends_video(self) -> int:
        return self.sends(video={**_file("vi1"), "width": 640, "height": 360, "duration": 9})

    def sends_contact(self) -> int:
        return self.sends(contact={"phone_number": "+8613800000000", "first_name": "王哥"})

    def sends_poll(self) -> int:
        option = {"persistent_id": "1", "text": "去", "voter_count": 0}
        return self.sends(
            poll={
                "id": "5",
                "question": "去不去",
                "options": [option, {**option, "persistent_id": "2"}],
                "total_voter_count": 0,
                "is_closed": False,
                "is_anonymous": True,
                "type": "regular",
                "allows_multiple_answers": False,
                "allows_revoting": False,
                "members_only": False,
            }
        )

    def says_in_group(self, text: str, group_id: int = -100_500) -> int:
        self.api.people.setdefault(group_id, Person(self.api, group_id, "老乡群"))
        group = {"id": group_id, "type": "supergroup", "title": "老乡群"}
        return self.api.queue({"message": {**self.message_json(text=text), "chat": group}})

    def posts_in_channel(self, text: str, channel_id: int = -100_700) -> int:
        self.api.people.setdefault(channel_id, Person(self.api, channel_id, "招工频道"))
        post = {
            "message_id": self.api.new_message_id(),
            "date": int(time.time()),
            "text": text,
            "chat": {"id": channel_id, "type": "channel", "title": "招工频道"},
        }
        return self.api.queue({"channel_post": post})


def _file(identity: str) -> JSON:
    return {"file_id": identity, "file_unique_id": f"u{identity}", "file_size": 1234}

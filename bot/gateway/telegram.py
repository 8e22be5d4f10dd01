"""Telegram: own receiving loops, so that nothing is acknowledged before it is stored; PTB does types and sending.

PTB's `Application` is not used: its handlers swallow errors, so an update that could not be stored would be
acknowledged, and its webhook server answers 200 before anything is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import socket
import time
import warnings
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from telegram import Bot, BotCommand, CallbackQuery, LinkPreviewOptions, Message
from telegram.constants import ChatAction
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest
from telegram.warnings import PTBUserWarning

from bot import request_ids
from bot.gateway import ledger, media, render
from bot.gateway.conversation import CannotDeliver, Conversations, TryLater
from bot.gateway.ledger import TROUBLE, Pending, in_database
from bot.gateway.media import Seen
from bot.gateway.papers import CannotFetch, FetchLater
from bot.gateway.words import COMMANDS
from bot.health import counted
from bot.health.pulse import Pulse
from bot.papers.errors import TooLarge
from bot.papers.limits import LARGEST_FILE
from bot.records.models import Channel
from bot.replies import pictures
from bot.replies.texts import Texts

log = logging.getLogger(__name__)

TYPING_SECONDS = 4.0
POLL_SECONDS = 25
BATCH = 100
#: In one transaction. More would be stored a little quicker, but each step of an answer to somebody in danger may have
#: to wait for one to end.
STORED_AT_ONCE = 5
ALLOWED_UPDATES = ("message", "edited_message", "callback_query")
LONGEST_PAUSE = 30.0
#: Before storing is tried again: a disk that has room again is to be noticed soon.
LONGEST_STORE_PAUSE = 5.0
CONFLICT_PAUSE = 5.0
GROUP_SILENCE = 3600.0
FETCH_SECONDS = 60.0
BODY_LIMIT = 1_000_000
SECRET_HEADER = b"x-telegram-bot-api-secret-token"


class GatewayError(Exception):
    """The gateway cannot run; the message is one sentence for the person who started it."""


class TelegramChannel:
    """Sends bubbles through PTB and sorts its errors into later and never."""

    name = str(Channel.TELEGRAM)
    welcome = "utter_welcome"
    cleared = "utter_cleared"
    sends = True

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @property
    def bot(self) -> str:
        return str(self._bot.id)

    def part(self, text: str) -> list[str]:
        return render.bubbles(text)

    def holds_caption(self, text: str) -> bool:
        return render.units(text) <= render.CAPTION_LIMIT

    async def show_typing(self, address: str, answered: asyncio.Event) -> None:
        while not answered.is_set():
            try:
                await self._bot.send_chat_action(int(address), ChatAction.TYPING)
            except TelegramError:
                return  # only a courtesy
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(answered.wait(), TYPING_SECONDS)

    async def deliver(self, pending: Pending) -> str:
        markup = render.keyboard(pending.message_id, pending.buttons)
        if pending.picture is not None:
            try:
                # Drawing takes its time, and nobody else is to wait for it.
                content = await asyncio.to_thread(pictures.draw, pending.picture)
                return await self._send_photo(pending.address, content, pending.text, markup)
            except TryLater:
                raise
            except Exception as error:
                log.error("A picture could not be sent (%s): its text goes alone.", type(error).__name__)
                if not pending.text:
                    raise CannotDeliver(type(error).__name__) from None
        return await self._send(pending.address, pending.text, markup)

    async def say_farewell(self, address: str, text: str) -> None:
        await self._send(address, text, None)

    async def fetch(self, file: Mapping[str, Any]) -> bytes:
        if (file.get("size") or 0) > LARGEST_FILE:
            raise TooLarge("bytes")
        try:
            found = await self._bot.get_file(file["id"])
            if (found.file_size or 0) > LARGEST_FILE:
                raise TooLarge("bytes")
            return bytes(await asyncio.wait_for(found.download_as_bytearray(), FETCH_SECONDS))
        except RetryAfter as error:
            raise FetchLater("RetryAfter", seconds(error.retry_after)) from None
        except BadRequest as error:
            raise TooLarge("bytes") if "too big" in str(error) else CannotFetch("BadRequest") from None
        except (TelegramError, asyncio.TimeoutError) as error:  # the address of a file ends after an hour: asked anew
            raise FetchLater(type(error).__name__) from None

    async def take_back(self, address: str, ids: Sequence[str]) -> None:
        try:
            await self._delete(int(address), [int(one) for one in ids])
        except RetryAfter as error:
            raise TryLater("RetryAfter", seconds(error.retry_after)) from None
        except (Forbidden, ChatMigrated) as error:
            log.warning("A screen cannot be cleared (%s).", type(error).__name__)
        except TelegramError as error:
            raise TryLater(type(error).__name__) from None

    async def _delete(self, chat_id: int, ids: Sequence[int]) -> None:
        """Delete all that can be: one that cannot must not keep the others, so refused ones are parted in halves."""
        try:
            await self._bot.delete_messages(chat_id, ids)
        except BadRequest:
            half = len(ids) // 2
            for part in (ids[:half], ids[half:]) if half else ():
                await self._delete(chat_id, part)

    async def _send(self, address: str, text: str, markup: Any) -> str:
        with sorted_errors():
            sent = await self._bot.send_message(
                int(address), text, reply_markup=markup, link_preview_options=LinkPreviewOptions(is_disabled=True)
            )
        return str(sent.message_id)

    async def _send_photo(self, address: str, content: bytes, caption: str, markup: Any) -> str:
        with sorted_errors():
            sent = await self._bot.send_photo(int(address), content, caption=caption or None, reply_markup=markup)
        return str(sent.message_id)


@contextlib.contextmanager
def sorted_errors() -> Iterator[None]:
    """Sort Telegram's errors into later and never."""
    try:
        yield
    except RetryAfter as error:
        raise TryLater("RetryAfter", seconds(error.retry_after)) from None
    except (Forbidden, BadRequest, ChatMigrated) as error:
        raise CannotDeliver(type(error).__name__) from None
    except TelegramError as error:
        raise TryLater(type(error).__name__) from None


class TelegramGateway:
    """Receives updates, by polling or as a webhook, and hands them to the conversations."""

    def __init__(
        self, bot: Bot, conversations: Conversations, texts: Texts, *, first_pause: float = 1.0,
        pulse: Pulse | None = None,
    ) -> None:  # fmt: skip
        self._bot, self._conversations, self._texts, self._first_pause = bot, conversations, texts, first_pause
        self._pulse = pulse or Pulse()
        self._side_work: set[asyncio.Task[None]] = set()
        self._groups: dict[int, float] = {}

    async def receive(self, *raws: Any) -> None:
        """Store raw updates or put them aside; once this returns they may be acknowledged."""
        seen = [await self._read(raw) for raw in raws]
        try:
            await self._keep(seen)
        except TROUBLE:
            raise
        except Exception as error:
            if len(raws) == 1:
                await self._keep([await self._put_aside(raws[0], error)])
                return
            for raw in raws:  # one of them cannot be stored, the others can
                await self.receive(raw)

    async def _keep(self, seen: Sequence[Seen]) -> None:
        stored = await self._conversations.store_all([one.incoming for one in seen if one.incoming])
        new = {message.update_id for message in stored if message}
        for one in seen:
            with request_ids.named(one.incoming.request_id if one.incoming else request_ids.current()):
                if one.query and (one.incoming is None or one.incoming.update_id in new):
                    self._beside(self._show_choice(one.query))
                if one.group is not None:
                    self._beside(self._point_to_private(one.group))

    async def _read(self, raw: Any) -> Seen:
        with request_ids.named(request_ids.new()):
            try:
                return media.read(raw, self._bot, str(self._bot.id))
            except Exception as error:
                return await self._put_aside(raw, error)

    async def _put_aside(self, raw: Any, error: Exception) -> Seen:
        log.error("An update cannot be read (%s): put aside.", type(error).__name__, exc_info=error)
        whose = media.whose(raw)
        await in_database(ledger.quarantine, str(self._bot.id), raw, type(error).__name__, whose)
        return media.unreadable(raw, str(self._bot.id))

    async def stop(self) -> None:
        for task in list(self._side_work):
            task.cancel()
        await asyncio.gather(*self._side_work, return_exceptions=True)

    async def announce_commands(self) -> None:
        """Fill Telegram's menu; a failure is no reason not to answer people."""
        commands = [BotCommand(name, self._texts.say(f"utter_gateway_command_{name}")) for name in COMMANDS]
        try:
            await self._bot.set_my_commands(commands)
        except TelegramError as error:
            log.warning("The menu could not be set (%s).", type(error).__name__)

    async def _show_choice(self, query: CallbackQuery) -> None:
        """Stop the button's spinner and write the choice under the question; a courtesy, never tried twice."""
        title = media.title_of(query)
        try:
            await self._bot.answer_callback_query(query.id)
        except TelegramError as error:
            log.info("A button press could not be confirmed (%s).", type(error).__name__)
        message = query.message
        if not title or not isinstance(message, Message) or not (message.text or message.caption):
            return
        text, limit = message.text or message.caption, render.BUBBLE_LIMIT if message.text else render.CAPTION_LIMIT
        chosen = self._texts.say("utter_gateway_chosen", text=text, choice=title)
        try:
            if render.units(chosen) > limit:
                await self._bot.edit_message_reply_markup(message.chat.id, message.message_id)
            elif message.text:
                await self._bot.edit_message_text(chosen, message.chat.id, message.message_id)
            else:
                await self._bot.edit_message_caption(message.chat.id, message.message_id, caption=chosen)
        except TelegramError as error:
            log.info("A choice could not be shown (%s).", type(error).__name__)

    async def _point_to_private(self, chat_id: int) -> None:
        """Tell a group, at most once an hour, that we talk in private only; nothing of a group is kept."""
        now = time.monotonic()
        self._groups = {chat: until for chat, until in self._groups.items() if until > now}
        if chat_id in self._groups:
            return
        self._groups[chat_id] = now + GROUP_SILENCE
        try:
            await self._bot.send_message(chat_id, self._texts.say("utter_gateway_group"))
        except TelegramError as error:
            log.info("A group could not be answered (%s).", type(error).__name__)

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._side_work.add(task)
        task.add_done_callback(self._side_work.discard)

    # polling

    async def poll(self) -> None:
        """Fetch updates for ever: the next fetch acknowledges, so it comes after storing."""
        # PTB's own get_updates fails for a whole batch at one bad update, so the raw call is meant.
        warnings.filterwarnings("ignore", message="Please use 'Bot.getUpdates'", category=PTBUserWarning)
        offset, pause = 0, self._first_pause
        await self._stop_webhook()
        while True:
            self._pulse.beat()
            try:
                batch = self._cries_first(await self._fetch(offset))
                counted.UPDATES_AT.set_to_current_time()
                for first in range(0, len(batch), STORED_AT_ONCE):
                    await self._receive_at_last(batch[first : first + STORED_AT_ONCE])
                offset = max([offset, *(raw["update_id"] + 1 for raw in batch if _has_id(raw))])
                pause = self._first_pause
            except Conflict:
                log.error("Another process fetches this bot's messages (or a webhook is set): stop one of the two.")
                await asyncio.sleep(CONFLICT_PAUSE * self._first_pause)
            except RetryAfter as error:
                await asyncio.sleep(seconds(error.retry_after))
            except Exception as error:
                log.warning("Telegram gives no messages (%s); trying again.", type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _cries_first(self, batch: Sequence[Any]) -> list[Any]:
        """Put chats in which somebody speaks of danger before the others; each chat stays in order."""
        glimpses = [media.glimpse(raw) for raw in batch]
        crying = {chat for chat, text in glimpses if self._conversations.hears_danger(text)}
        places = sorted(range(len(batch)), key=lambda place: glimpses[place][0] not in crying)
        return [batch[place] for place in places]

    async def _stop_webhook(self) -> None:
        try:
            await self._bot.delete_webhook()
        except TelegramError as error:
            log.warning("The webhook could not be removed (%s).", type(error).__name__)

    async def _fetch(self, offset: int) -> Sequence[Any]:
        parameters = {
            "offset": offset or None, "timeout": POLL_SECONDS, "limit": BATCH, "allowed_updates": ALLOWED_UPDATES,
        }  # fmt: skip
        batch = await self._bot.do_api_request(
            "getUpdates", api_kwargs={k: v for k, v in parameters.items() if v is not None},
            read_timeout=POLL_SECONDS + 10,
        )  # fmt: skip
        if not isinstance(batch, list):
            raise TelegramError("no list of updates")
        return sorted(batch, key=lambda raw: raw["update_id"] if _has_id(raw) else 0)  # as they were said

    async def _receive_at_last(self, raws: Sequence[Any]) -> None:
        """Receive updates, waiting as long as the database does not take them."""
        pause = 0.1
        while True:
            try:
                return await self.receive(*raws)
            except Exception as error:
                log.error("Updates cannot be stored (%s); trying again.", type(error).__name__, exc_info=error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_STORE_PAUSE)

    # webhook

    async def listen(self, url: str, secret: str, host: str, port: int) -> None:
        """Take updates on loopback, where a reverse proxy with TLS passes them on, until cancelled."""
        try:
            listener = socket.create_server((host, port), backlog=256)
        except OSError as error:
            raise GatewayError(f"TELEGRAM_WEBHOOK_PORT {port} cannot be used: {error.strerror}.") from None
        application = WebhookApplication(self, urlsplit(url).path or "/", secret)
        server = _Server(
            uvicorn.Config(
                application, interface="asgi3", ws="none", lifespan="off", log_config=None, access_log=False,
                server_header=False, timeout_graceful_shutdown=5,
            )
        )  # fmt: skip
        serving = asyncio.create_task(server.serve([listener]))
        try:
            await self._set_webhook(url, secret)
            await serving
        finally:
            server.should_exit = True
            await asyncio.gather(serving, return_exceptions=True)
            listener.close()

    async def _set_webhook(self, url: str, secret: str) -> None:
        pause = self._first_pause
        while True:
            try:
                await self._bot.set_webhook(url, secret_token=secret, allowed_updates=ALLOWED_UPDATES)
                return
            except BadRequest as error:
                raise GatewayError(f"Telegram does not accept TELEGRAM_WEBHOOK_URL or its secret: {error}.") from None
            except TelegramError as error:
                log.warning("The webhook could not be set (%s); trying again.", type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)


class _Server(uvicorn.Server):
    """Leaves signals to the process, which stops everything in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebhookApplication:
    """The ASGI application behind the webhook: checks, stores, and only then says 200."""

    def __init__(self, gateway: TelegramGateway, path: str, secret: str) -> None:
        self._gateway, self._path, self._secret = gateway, path, secret.encode()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        status = await self._status(scope, receive)
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"0")]
        if status != 200:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def _status(self, scope: dict[str, Any], receive: Any) -> int:
        headers = dict(scope["headers"])
        # Asked for first, so that without the secret nobody learns even where the door is.
        given = [value for name, value in scope["headers"] if name == SECRET_HEADER]
        if not hmac.compare_digest(given[0] if len(given) == 1 else b"", self._secret):
            return 401
        if scope["path"] != self._path:
            return 404
        if scope["method"] != "POST":
            return 405
        if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != b"application/json":
            return 415
        body = await _body(receive)
        if body is None:
            return 413
        return await self._take(body)

    async def _take(self, body: bytes) -> int:
        counted.UPDATES_AT.set_to_current_time()
        try:
            raw = json.loads(body)
        except (ValueError, RecursionError):
            raw = {"unreadable": body.decode("utf-8", "replace")}
        try:
            await self._gateway.receive(raw)
        except Exception as error:
            log.error("An update cannot be stored (%s): Telegram is to bring it again.", type(error).__name__)
            return 503
        return 200


async def _body(receive: Any) -> bytes | None:
    """Return the body; None when it is longer than any update."""
    body, more = b"", True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
        if len(body) > BODY_LIMIT:
            return None
    return body


def make_bot(token: str, api_base: str) -> ExtBot[None]:
    """Return PTB's bot for this API server, with room for many chats at a time."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it writes addresses with the token
    request = HTTPXRequest(connection_pool_size=64, pool_timeout=20.0)
    return ExtBot(token, base_url=f"{api_base}/bot", base_file_url=f"{api_base}/file/bot", request=request)


async def sign_in(bot: Bot, first_pause: float = 1.0) -> None:
    """Find out who we are; a wrong token ends the program, a missing network does not."""
    pause = first_pause
    while True:
        try:
            await bot.initialize()
            return
        except InvalidToken:
            raise GatewayError(
                "Telegram does not accept TELEGRAM_BOT_TOKEN: copy it again from @BotFather, or unset it."
            ) from None
        except TelegramError as error:
            log.warning("Telegram cannot be reached (%s); trying again.", type(error).__name__)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def seconds(value: float | timedelta) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


def _has_id(raw: Any) -> bool:
    return isinstance(raw, dict) and type(raw.get("update_id")) is int

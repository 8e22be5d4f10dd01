"""What kind of thing an update is, and which words are in it. Only types that were checked go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from telegram import Bot, CallbackQuery, Chat, Message, Update

from bot.gateway.ledger import LARGEST_ID, Incoming
from bot.gateway.render import pressed
from bot.papers import speech
from bot.records.models import Channel
from bot.records.models import Message as StoredMessage

Kind = StoredMessage.Kind

#: Attribute of a Telegram message -> our kind; the first that is there counts (a GIF is also a document).
CONTENTS = {
    "text": Kind.TEXT,
    "photo": Kind.PHOTO,
    "animation": Kind.STICKER,
    "sticker": Kind.STICKER,
    "dice": Kind.STICKER,
    "voice": Kind.VOICE,
    "audio": Kind.VOICE,
    "venue": Kind.LOCATION,
    "location": Kind.LOCATION,
    "document": Kind.DOCUMENT,
    "video": Kind.OTHER,
    "video_note": Kind.OTHER,
    "contact": Kind.OTHER,
    "poll": Kind.OTHER,
    "story": Kind.OTHER,
    "game": Kind.OTHER,
    "paid_media": Kind.OTHER,
    "checklist": Kind.OTHER,
}


#: An update holds a message, which holds its sender; a pressed button's message lies one deeper.
LEVELS_LOOKED_THROUGH = 4
LONGEST_ID = 20


class Unreadable(ValueError):
    """An update does not have the shape that the Bot API promises."""


@dataclass(frozen=True)
class Seen:
    """What an update holds for us: something to store, or a group that is to hear that we talk in private only."""

    incoming: Incoming | None = None
    query: CallbackQuery | None = None
    group: int | None = None


NOTHING = Seen()


def read(raw: Any, bot: Bot, bot_id: str) -> Seen:
    """Read a raw update; anything that is not as promised raises."""
    if not isinstance(raw, dict) or type(raw.get("update_id")) is not int or not 0 <= raw["update_id"] <= LARGEST_ID:
        raise Unreadable("no update id")
    update = Update.de_json(raw, bot)
    if update.callback_query:
        return _read_query(update.callback_query, bot_id, update.update_id)
    message = update.message or update.edited_message
    if message is None:
        return NOTHING  # a channel's post, a member's change, whatever Telegram invents next
    chat = _checked_chat(message.chat)
    if message.from_user is not None and message.from_user.is_bot:
        return NOTHING
    if chat.type != Chat.PRIVATE:
        talked_to = update.message is not None and isinstance(message.text or message.caption, str)
        return Seen(group=chat.id) if talked_to else NOTHING
    return _read_message(message, bot_id, update)


def glimpse(raw: Any) -> tuple[int | None, str]:
    """Return whose chat a raw update belongs to and what was typed there, as far as a look at it can tell."""
    try:
        message = raw.get("message") or raw.get("edited_message")
        chat = (message or raw["callback_query"]["message"])["chat"]["id"]
        text = (message or {}).get("text") or (message or {}).get("caption")
    except (AttributeError, KeyError, TypeError):
        return None, ""
    return chat if type(chat) is int else None, text if isinstance(text, str) else ""


def unreadable(raw: Any, bot_id: str) -> Seen:
    """Return what can be told of an update that cannot be read: that somebody in a private chat sent something."""
    try:
        message = raw.get("message") or raw.get("edited_message")
        update_id, chat, message_id = raw["update_id"], message["chat"], _checked_id(message.get("message_id"))
        known = type(update_id) is int and 0 <= update_id <= LARGEST_ID
        if not known or type(chat["id"]) is not int or chat["type"] != Chat.PRIVATE:
            return NOTHING
    except (AttributeError, KeyError, TypeError):
        return NOTHING
    address = str(chat["id"])
    return Seen(Incoming(Channel.TELEGRAM, bot_id, address, Kind.UNREADABLE, "", update_id, message_id=message_id))


def whose(raw: Any) -> str:
    """Return the address of the person an update is from, however broken the rest of it; empty when none is seen.

    The sender comes before the chat, and what lies further out before what it quotes or forwards.
    """
    level = [raw]
    for _ in range(LEVELS_LOOKED_THROUGH):
        parts = [part for part in level if isinstance(part, dict)]
        for name in ("from", "chat"):
            found = [_address_in(part.get(name)) for part in parts]
            if any(found):
                return next(filter(None, found))
        level = [value for part in parts for value in part.values()]
    return ""


def _address_in(value: Any) -> str:
    """Return the id of a user or a chat as an address; a text of digits is one too, as that may be what is broken."""
    if not isinstance(value, dict) or value.get("is_bot") is True:
        return ""
    given = value.get("id")
    if type(given) is int and abs(given) <= LARGEST_ID:
        return str(given)
    if not isinstance(given, str) or len(given) > LONGEST_ID or not given.isascii():
        return ""
    return str(int(given)) if given.removeprefix("-").isdigit() else ""


def _read_message(message: Message, bot_id: str, update: Update) -> Seen:
    kind = next((kind for name, kind in CONTENTS.items() if getattr(message, name, None)), None)
    if kind is None and message.text != "":
        return NOTHING  # a service message: a pinned message, a timer, a name
    if update.edited_message and kind not in (Kind.TEXT, Kind.PHOTO, Kind.DOCUMENT):
        return NOTHING  # a live location changes every few seconds
    text = message.text if message.text is not None else message.caption
    if text is not None and not isinstance(text, str):
        raise Unreadable("text is no text")
    address = str(message.chat.id)
    return Seen(
        Incoming(
            Channel.TELEGRAM, bot_id, address, kind or Kind.TEXT, text or "", update.update_id,
            edited=update.edited_message is not None, file=_file_of(message, kind),
            message_id=_checked_id(message.message_id),
        )
    )  # fmt: skip


def _file_of(message: Message, kind: str | None) -> dict[str, Any] | None:
    """Return where the picture or file lies at Telegram, and its album; None when nobody here can read it."""
    found: Any
    if kind == Kind.PHOTO:
        found = max(message.photo, key=lambda size: size.width * size.height)
    elif kind == Kind.DOCUMENT:
        found = message.document
    elif kind == Kind.VOICE and speech.recognizer():
        found = message.voice or message.audio
    else:
        return None
    if not isinstance(found.file_id, str) or not isinstance(found.file_size, int | None):
        raise Unreadable("no such file")
    return {
        "files": [{"id": found.file_id, "size": found.file_size}],
        "album": str(message.media_group_id or "") if kind != Kind.VOICE else "",
    }


def _read_query(query: CallbackQuery, bot_id: str, update_id: int) -> Seen:
    if type(query.from_user.id) is not int or not isinstance(query.data, str | None):
        raise Unreadable("no such query")
    if query.message is not None and _checked_chat(query.message.chat).type != Chat.PRIVATE:
        return Seen(query=query)
    incoming = Incoming(
        Channel.TELEGRAM, bot_id, str(query.from_user.id), Kind.BUTTON, "", update_id,
        pressed=pressed(query.data or ""), title=title_of(query),
        message_id=_checked_id(query.message.message_id) if query.message else None,
    )  # fmt: skip
    return Seen(incoming, query)


def title_of(query: CallbackQuery) -> str:
    """Return what stands on the pressed button, when Telegram still knows."""
    markup = query.message.reply_markup if isinstance(query.message, Message) else None
    for row in markup.inline_keyboard if markup else ():
        for button in row:
            if button.callback_data == query.data:
                return button.text
    return ""


def _checked_id(message_id: Any) -> int | None:
    """Return the id by which the message can be deleted; without a proper one it is answered all the same."""
    return message_id if type(message_id) is int and 0 < message_id <= LARGEST_ID else None


def _checked_chat(chat: Any) -> Chat:
    if not isinstance(chat, Chat) or type(chat.id) is not int or not isinstance(chat.type, str):
        raise Unreadable("no chat")
    return chat

"""From a reply to bubbles: Telegram counts UTF-16 units, and button data in bytes."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from uuid import UUID

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

BUBBLE_LIMIT = 4096
CAPTION_LIMIT = 1024
LONGEST_TITLE = 40
SHORT_TITLE = 6
#: Where a long text is best parted: after a paragraph, a line, a sentence, a clause.
BREAKS = ("\n\n", "\n", "。！？!?；;", "，,、 ")

Button = Mapping[str, str]


def units(text: str) -> int:
    """Return the length as Telegram counts it."""
    return sum(2 if ord(character) > 0xFFFF else 1 for character in text)


def bubbles(text: str, limit: int = BUBBLE_LIMIT) -> list[str]:
    """Part the text into bubbles that Telegram takes, at the best place to breathe; blank ones are left out."""
    parts = []
    rest = text.strip()
    while units(rest) > limit:
        end = _best_end(rest, _fitting(rest, limit))
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    parts.append(rest)
    return [part for part in parts if part]


def _fitting(text: str, limit: int) -> int:
    """Return how many characters fit into `limit` units."""
    used = 0
    for count, character in enumerate(text):
        used += 2 if ord(character) > 0xFFFF else 1
        if used > limit:
            return count
    return len(text)


def _best_end(text: str, most: int) -> int:
    for marks in BREAKS:
        if len(marks) == 2 and marks[0] == marks[1]:
            end = text.rfind(marks, 0, most) + 2 if marks in text[:most] else 0
        else:
            end = max(text.rfind(mark, 0, most) for mark in marks) + 1
        if end > most // 2:
            return end
    while most > 1 and _joins(text[most], text[most - 1]):
        most -= 1
    return most


def _joins(character: str, before: str) -> bool:
    """Whether the character belongs to the one before it, as a skin tone or an accent does."""
    return (
        unicodedata.category(character).startswith("M")
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\u200d" in (character, before)
    )


def keyboard(message_id: UUID, buttons: Sequence[Button] | None) -> InlineKeyboardMarkup | None:
    """Return the buttons; their data names the stored message and the place, so any word fits into 64 bytes."""
    rows: list[list[InlineKeyboardButton]] = []
    for place, button in enumerate(buttons or ()):
        title = button["title"].strip()[:LONGEST_TITLE]
        if not title:
            continue
        made = InlineKeyboardButton(title, callback_data=callback_data(message_id, place))
        if rows and len(rows[-1]) == 1 and max(len(title), len(rows[-1][0].text)) <= SHORT_TITLE:
            rows[-1].append(made)
        else:
            rows.append([made])
    return InlineKeyboardMarkup(rows) if rows else None


def callback_data(message_id: UUID, place: int) -> str:
    return f"{message_id.hex}:{place}"


def pressed(data: str) -> tuple[UUID, int] | None:
    """Return message and place that the button data names, if it names any."""
    name, _, place = data.partition(":")
    if not (place.isascii() and place.isdigit() and len(place) <= 2 and len(name) == 32):
        return None
    try:
        return UUID(hex=name), int(place)
    except ValueError:
        return None

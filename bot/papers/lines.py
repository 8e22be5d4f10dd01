"""Puts what was recognised into reading order: boxes into rows, wrapped rows into one line each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

#: Rows whose tops lie no further apart than this, in heights, are one bubble or one paragraph.
TIGHT = 1.45
#: So far apart are the lines of a contract at most.
LOOSE = 2.3
#: A tight row wraps from so many characters on, as in a bubble in large letters; a loose one, as on a page.
SHORTEST_TIGHT, SHORTEST_LOOSE = 11, 15
#: So many other rows have to end at the same edge before loose rows count as running text.
JUSTIFIED = 2
_HALF_EM = 0.6
#: What never begins a line, so that the character before it goes down with it.
_CLOSING = re.compile("[，。！？；：、）》”,.!?;:)]")
#: How a new point begins: 1. 一、 第三条 • 地点：
_POINT = re.compile(
    r"[（(]?[\d一二三四五六七八九十]{1,3}[)）.、．:：]|第.{1,4}[条章节款]|[•●·○■□◆◇★☆✅✔▪►➤※#\-—]|[^，。；,;]{1,8}[:：]"
)


@dataclass(frozen=True)
class Box:
    """A stretch of text and where it stands, in pixels from the upper left corner."""

    left: float
    top: float
    right: float
    bottom: float
    text: str

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def in_reading_order(boxes: Sequence[Box]) -> str:
    """Return the text of the boxes: top to bottom, left to right, a bubble or paragraph a line."""
    return "\n".join(unwrapped(rows_of(boxes)))


def rows_of(boxes: Sequence[Box]) -> list[Box]:
    """Return one box for all that stand side by side, parted by a blank where there is a gap."""
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda one: one.middle):
        near = rows and abs(box.middle - _middle(rows[-1])) < min(box.height, rows[-1][0].height) / 2
        if near:
            rows[-1].append(box)
        else:
            rows.append([box])
    return [_side_by_side(sorted(row, key=lambda one: one.left)) for row in rows]


def _middle(row: Sequence[Box]) -> float:
    return sum(box.middle for box in row) / len(row)


def _side_by_side(row: Sequence[Box]) -> Box:
    text = row[0].text
    for before, box in pairwise(row):
        text += (" " if box.left - before.right > box.height / 2 else "") + box.text
    return Box(
        row[0].left, min(box.top for box in row), max(box.right for box in row), max(box.bottom for box in row), text
    )


def unwrapped(rows: Sequence[Box]) -> list[str]:
    """Join a row to the one before where that one only ended because it was full."""
    lines: list[str] = []
    for place, row in enumerate(rows):
        if place and _goes_on(rows, place):
            lines[-1] = joined(lines[-1], row.text)
        else:
            lines.append(row.text)
    return lines


def joined(before: str, after: str) -> str:
    """Join two halves of a line; only Latin words need a blank between them."""
    between = " " if re.search(r"[A-Za-z]$", before) and re.match(r"[A-Za-z]", after) else ""
    return before + between + after


def begins_a_point(text: str) -> bool:
    """Whether a line begins a point of a list, an article or a labelled line."""
    return bool(_POINT.match(text))


def _goes_on(rows: Sequence[Box], place: int) -> bool:
    before, row = rows[place - 1], rows[place]
    if begins_a_point(row.text) or not _alike(before, row):
        return False
    return _wrapped_in_a_bubble(rows, place) or _wrapped_on_a_page(rows, place)


def _wrapped_in_a_bubble(rows: Sequence[Box], place: int) -> bool:
    """Whether the row before is so full that nothing more fitted in, as most rows of its close block are."""
    if len(rows[place - 1].text) < SHORTEST_TIGHT or _pitch(rows[place - 1], rows[place]) > TIGHT:
        return False
    block = _block(rows, place, TIGHT)
    edge = max(one.right for one in block)
    full = [edge - one.right < _room_needed(after) for one, after in pairwise(block)]
    return edge - rows[place - 1].right < _room_needed(rows[place]) and sum(full) * 2 >= len(full)


def _wrapped_on_a_page(rows: Sequence[Box], place: int) -> bool:
    """Whether the row before is as long as others of its page, which end at the same margin."""
    before = rows[place - 1]
    if len(before.text) < SHORTEST_LOOSE:
        return False
    block = _block(rows, place, LOOSE)
    edge = max(one.right for one in block)
    ending_there = sum(edge - one.right <= 0.8 * one.height for one in block if one is not before)
    return edge - before.right <= 1.3 * before.height and ending_there >= JUSTIFIED


def _room_needed(row: Box) -> float:
    """Return how much room the beginning of a row would have needed at the end of the one before."""
    word = re.match(r"[A-Za-z0-9]+", row.text)  # is not parted
    characters = len(word.group()) / 2 if word else 1 + bool(_CLOSING.match(row.text[1:2]))  # nor is "人，"
    return max(characters, 1) * 0.85 * row.height


def _alike(before: Box, row: Box) -> bool:
    """Whether a row can go on with the one before: as large, close below, not indented, at most outdented."""
    ratio = row.height / max(before.height, 1.0)
    indent = row.left - before.left
    height = min(before.height, row.height)
    return 0.65 < ratio < 1.55 and _pitch(before, row) <= LOOSE and -2.8 * height <= indent <= _HALF_EM * height


def _pitch(before: Box, row: Box) -> float:
    return (row.middle - before.middle) / max(before.height, row.height, 1.0)


def _block(rows: Sequence[Box], place: int, pitch: float) -> Sequence[Box]:
    """Return the rows around `place` that belong together by their look, no further apart than `pitch`."""
    first, last = place - 1, place
    while first > 0 and _neighbours(rows[first - 1], rows[first], pitch):
        first -= 1
    while last + 1 < len(rows) and _neighbours(rows[last], rows[last + 1], pitch):
        last += 1
    return rows[first : last + 1]


def _neighbours(before: Box, row: Box, pitch: float) -> bool:
    height = min(before.height, row.height)
    return _pitch(before, row) <= pitch and abs(row.left - before.left) <= 2.8 * height


def unwrapped_text(text: str) -> str:
    """Join the lines of a page's text layer that only ended at the margin; their place is known by their length."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line]
    widths = [_width(line) for line in lines]
    edge = max(widths, default=0)
    running = sum(edge - width <= 3 for width in widths) >= JUSTIFIED and edge >= 2 * SHORTEST_LOOSE
    kept: list[str] = []
    for place, line in enumerate(lines):
        if place and running and edge - widths[place - 1] <= 3 and not begins_a_point(line):
            kept[-1] = joined(kept[-1], line)
        else:
            kept.append(line)
    return "\n".join(kept)


def _width(text: str) -> int:
    """Return the width in half characters: a Chinese one has two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)

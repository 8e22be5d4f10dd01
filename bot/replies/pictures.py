"""Draws the pictures that go with an answer: a debt over the months, and a verdict as a card for the family.

Every word comes in the spec (from domain.yml); here are only shapes, sizes and colours. 1080 pixels wide, so that
letters of 44 pixels are 15 high on a phone that shows the picture 360 wide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, ImageDraw, ImageFont

FONT_FILE = Path(__file__).parents[2] / "data/fonts/NotoSansSC-Subset.otf"
WIDTH = 1080
_MARGIN = 60
_COLOURS = 64
_PAPER, _INK, _FAINT, _RULE = "#fffdf8", "#1d2733", "#5b6673", "#d9d4c8"
#: Okabe and Ito's blue and vermilion differ in lightness too; line style and marks say the same without any colour.
_ON_TIME, _LATE = "#0072b2", "#d55e00"
_LETTERS, _SMALL = 44, 36
#: A line may end after one of these once it is so full.
_PAUSES, _LEAST_LINE = "，。、；：", 0.45
#: Characters that must not begin a line.
_NOT_FIRST = "，。、；：？！）》”’%,.;:?!)"


class _Level(NamedTuple):
    """Colour of the head of a card, of the words on it, and the shape beside them."""

    colour: str
    words: str
    shape: str


_LEVELS = {
    "none": _Level("#1f6f8b", "#ffffff", "circle"),
    "caution": _Level("#f2c14e", "#1d2733", "triangle"),
    "high": _Level("#e07a1f", "#1d2733", "diamond"),
    "critical": _Level("#9b1c31", "#ffffff", "octagon"),
}


def draw(spec: Mapping[str, Any]) -> bytes:
    """Return the picture as PNG; ValueError for a kind that is not known.

    `spec` is what bot.replies.calculators or Composer.card put into `Bubble.picture`. Takes up to a
    second: not for an event loop.
    """
    kinds = {"debt": _draw_debt, "verdict": _draw_verdict}
    if spec.get("kind") not in kinds:
        raise ValueError(f"no such picture: {spec.get('kind')}")
    stored = BytesIO()
    image = kinds[spec["kind"]](spec).quantize(_COLOURS, dither=Image.Dither.NONE)  # a third of the size, as clear
    image.save(stored, "PNG", optimize=True)
    return stored.getvalue()


def alt_text(spec: Mapping[str, Any]) -> str:
    """Return what the picture says, for those who cannot see it and for the line under it."""
    if spec["kind"] == "debt":
        return "\n".join([spec["title"], spec["subtitle"], *(line["label"] for line in spec["lines"])])
    parts = [spec["title"], spec["lead"]]
    for name in ("signs", "steps"):
        parts += [spec[f"{name}_title"], *spec[name]] if spec[name] else []
    if spec["calls"]:
        parts += [spec["calls_title"], *(f"{call['name']} {call['number']}" for call in spec["calls"])]
    return "\n".join([*parts, spec["date"]])


class _Pen:
    """Draws on paper twice as large and hands it out smoothed, for Pillow draws slanted lines in steps."""

    _SCALE = 2

    def __init__(self, height: int) -> None:
        self._image = Image.new("RGB", (WIDTH * self._SCALE, height * self._SCALE), _PAPER)
        self._draw = ImageDraw.Draw(self._image)

    def rectangle(
        self, box: Sequence[float], fill: str, outline: str | None = None, width: int = 0, radius: int = 0
    ) -> None:
        corners, scale = [value * self._SCALE for value in box], self._SCALE
        self._draw.rounded_rectangle(corners, radius * scale, fill=fill, outline=outline, width=width * scale)

    def ellipse(self, box: Sequence[float], fill: str) -> None:
        self._draw.ellipse([value * self._SCALE for value in box], fill=fill)

    def polygon(self, points: Sequence[tuple[float, float]], fill: str) -> None:
        self._draw.polygon(self._scaled(points), fill=fill)

    def line(self, points: Sequence[tuple[float, float]], fill: str, width: int) -> None:
        self._draw.line(self._scaled(points), fill=fill, width=width * self._SCALE, joint="curve")

    def text(self, place: tuple[float, float], text: str, size: int, fill: str, stroke: int) -> None:
        font, stroke = _font(size * self._SCALE), stroke * self._SCALE
        self._draw.text(self._scaled([place])[0], text, font=font, fill=fill, stroke_width=stroke, stroke_fill=fill)

    def picture(self, height: int) -> Image.Image:
        drawn = self._image.crop((0, 0, WIDTH * self._SCALE, height * self._SCALE))
        return drawn.resize((WIDTH, height), Image.Resampling.BOX)

    def _scaled(self, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(x * self._SCALE, y * self._SCALE) for x, y in points]


# the card


def _draw_verdict(spec: Mapping[str, Any]) -> Image.Image:
    card = _Card()
    level = _LEVELS[spec["level"]]
    card.head(level, spec["title"], spec["lead"])
    card.section(spec["signs_title"], spec["signs"], level.colour)
    card.section(spec["steps_title"], spec["steps"], level.colour, numbered=True)
    card.calls(spec["calls_title"], spec["calls"], level.colour)
    return card.finish(spec["brand"], spec["date"], spec["footer"])


class _Card:
    """Grows from top to bottom; drawn on paper that is longer than needed and cut at the end."""

    _LONGEST = 3000

    def __init__(self) -> None:
        self._pen = _Pen(self._LONGEST)
        self._y = 0

    def head(self, level: _Level, title: str, lead: str) -> None:
        lines = _wrap(lead, _LETTERS + 2, WIDTH - 2 * _MARGIN)
        height = 250 + len(lines) * 66 + 30
        self._pen.rectangle((0, 0, WIDTH, height), fill=level.colour)
        _draw_shape(self._pen, level, (_MARGIN + 85, 140), 85)
        _write(self._pen, (_MARGIN + 215, 60), title, _fitting(title, 112, WIDTH - 2 * _MARGIN - 215), level.words, 2)
        for number, line in enumerate(lines):
            _write(self._pen, (_MARGIN, 250 + number * 66), line, _LETTERS + 2, level.words)
        self._y = height + 44

    def section(self, title: str, rows: Sequence[str], colour: str, numbered: bool = False) -> None:
        if not rows:
            return
        self._title(title, colour)
        for number, row in enumerate(rows, 1):
            if numbered:
                self._pen.ellipse((_MARGIN, self._y + 4, _MARGIN + 54, self._y + 58), fill=_INK)
                left = _MARGIN + 27 - _font(36).getlength(str(number)) / 2
                _write(self._pen, (left, self._y + 6), str(number), 36, _PAPER, 1)
            else:
                self._pen.rectangle((_MARGIN + 16, self._y + 24, _MARGIN + 34, self._y + 42), fill=_INK)
            for line in _wrap(row, _LETTERS, WIDTH - 2 * _MARGIN - 80):
                _write(self._pen, (_MARGIN + 80, self._y), line, _LETTERS, _INK)
                self._y += 62
            self._y += 14
        self._y += 26

    def calls(self, title: str, calls: Sequence[Mapping[str, str]], colour: str) -> None:
        if not calls:
            return
        self._title(title, colour)
        for call in calls:
            for line in _wrap(call["name"], _SMALL + 2, WIDTH - 2 * _MARGIN):
                _write(self._pen, (_MARGIN, self._y), line, _SMALL + 2, _FAINT)
                self._y += 54
            _write(self._pen, (_MARGIN, self._y - 4), call["number"], _fitting(call["number"], 72, 960), _INK, 2)
            self._y += 104
        self._y += 10

    def finish(self, brand: str, day: str, footer: str) -> Image.Image:
        self._pen.line([(_MARGIN, self._y), (WIDTH - _MARGIN, self._y)], fill=_RULE, width=3)
        self._y += 26
        _write(self._pen, (_MARGIN, self._y), brand, _SMALL, _INK, 1)
        left = WIDTH - _MARGIN - _font(_SMALL).getlength(day)
        _write(self._pen, (left, self._y), day, _SMALL, _FAINT)
        self._y += 58
        for line in _wrap(footer, 32, WIDTH - 2 * _MARGIN):
            _write(self._pen, (_MARGIN, self._y), line, 32, _FAINT)
            self._y += 48
        return self._pen.picture(min(self._y + 30, self._LONGEST))

    def _title(self, title: str, colour: str) -> None:
        self._pen.rectangle((_MARGIN, self._y + 8, _MARGIN + 14, self._y + 62), fill=colour)
        _write(self._pen, (_MARGIN + 36, self._y), title, 50, _INK, 1)
        self._y += 86


def _draw_shape(pen: _Pen, level: _Level, middle: tuple[int, int], radius: int) -> None:
    """A circle with a question mark, a triangle or diamond with a mark, an octagon with a bar: known by the outline."""
    x, y = middle
    corners = {
        "triangle": [(x, y - radius), (x + radius, y + radius * 3 // 4), (x - radius, y + radius * 3 // 4)],
        "diamond": [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)],
        "octagon": [(x + round(radius * a), y + round(radius * b)) for a, b in _octagon()],
    }
    if level.shape == "circle":
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=level.words)
        width = _font(118).getlength("?")
        _write(pen, (x - width / 2, y - 92), "?", 118, level.colour, 2)
        return
    pen.polygon(corners[level.shape], fill=level.words)
    if level.shape == "octagon":
        pen.rectangle((x - 50, y - 13, x + 50, y + 13), fill=level.colour)
        return
    low = 10 if level.shape == "triangle" else 0
    pen.rectangle((x - 8, y - 42 + low, x + 8, y + 14 + low), fill=level.colour, radius=8)
    pen.ellipse((x - 9, y + 26 + low, x + 9, y + 44 + low), fill=level.colour)


def _octagon() -> list[tuple[float, float]]:
    long, short = 0.924, 0.383  # cosine and sine of 22.5 degrees
    return [(a, b) for a, b in (
        (long, short), (short, long), (-short, long), (-long, short),
        (-long, -short), (-short, -long), (short, -long), (long, -short),
    )]  # fmt: skip


# the debt

_HEIGHT = 1200
_LEFT, _TOP, _RIGHT, _BOTTOM = 200, 470, WIDTH - 70, 1020


def _draw_debt(spec: Mapping[str, Any]) -> Image.Image:
    pen = _Pen(_HEIGHT)
    _write(pen, (_MARGIN, 44), spec["title"], 72, _INK, 2)
    _write(pen, (_MARGIN, 150), spec["subtitle"], _fitting(spec["subtitle"], 42, WIDTH - 2 * _MARGIN), _FAINT)
    for number, line in enumerate(spec["lines"]):
        _draw_key(pen, line, 232 + number * 72)
    _draw_axes(pen, spec)
    # What comes late lies underneath, so that the shorter line is never hidden.
    for line in reversed(spec["lines"]):
        _draw_line(pen, line, spec)
    _write(pen, (_MARGIN, 1136), spec["brand"], 32, _FAINT)
    return pen.picture(_HEIGHT)


def _draw_key(pen: _Pen, line: Mapping[str, Any], y: int) -> None:
    colour = _colour(line)
    _stroke(pen, [(_MARGIN, y + 30), (_MARGIN + 110, y + 30)], colour, dashed=line["name"] != "on_time")
    _mark(pen, (_MARGIN + 55, y + 30), line["name"], colour)
    _write(pen, (_MARGIN + 140, y), line["label"], _LETTERS, _INK, 1)


def _draw_axes(pen: _Pen, spec: Mapping[str, Any]) -> None:
    for value, label in spec["y_ticks"]:
        y = _at(value, spec["y_ticks"][-1][0], _BOTTOM, _TOP)
        pen.line([(_LEFT, y), (_RIGHT, y)], fill=_RULE if value else _INK, width=3 if value else 5)
        _write(pen, (_LEFT - 20 - _font(32).getlength(label), y - 24), label, 32, _FAINT)
    for month, label in spec["x_ticks"]:
        x = _at(month, _last_month(spec), _LEFT, _RIGHT)
        if x <= _RIGHT:
            pen.line([(x, _BOTTOM), (x, _BOTTOM + 14)], fill=_INK, width=4)
            _write(pen, (x - _font(34).getlength(label) / 2, _BOTTOM + 16), label, 34, _FAINT)
    _write(pen, (_MARGIN, _TOP - 86), spec["y_label"], 34, _FAINT)
    _write(pen, (_RIGHT - _font(34).getlength(spec["x_label"]), _BOTTOM + 62), spec["x_label"], 34, _FAINT)


def _draw_line(pen: _Pen, line: Mapping[str, Any], spec: Mapping[str, Any]) -> None:
    highest, months = spec["y_ticks"][-1][0], _last_month(spec)
    owed = line["owed"]
    end = owed.index(0) + 1 if 0 in owed else len(owed)  # once paid, a line ends
    points = [
        (_at(month, months, _LEFT, _RIGHT), _at(amount, highest, _BOTTOM, _TOP))
        for month, amount in enumerate(owed[:end])
    ]
    colour = _colour(line)
    _stroke(pen, points, colour, dashed=line["name"] != "on_time")
    every = max(1, len(points) // 12)
    for point in [*points[:-1:every], points[-1]]:
        _mark(pen, point, line["name"], colour)


def _last_month(spec: Mapping[str, Any]) -> int:
    return max(1, *(len(line["owed"]) - 1 for line in spec["lines"]))


def _colour(line: Mapping[str, Any]) -> str:
    return _ON_TIME if line["name"] == "on_time" else _LATE


def _at(value: float, most: float, low: int, high: int) -> float:
    return low + (high - low) * value / most


def _stroke(pen: _Pen, points: Sequence[tuple[float, float]], colour: str, dashed: bool) -> None:
    if not dashed:
        pen.line(points, fill=colour, width=10)
        return
    drawn, gap = 26.0, 18.0
    left = drawn
    on = True
    for (x, y), (to_x, to_y) in pairwise(points):
        length = ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5
        gone = 0.0
        while gone < length:
            step = min(left, length - gone)
            if on:
                ends = [
                    (x + (to_x - x) * part / length, y + (to_y - y) * part / length) for part in (gone, gone + step)
                ]
                pen.line(ends, fill=colour, width=10)
            gone, left = gone + step, left - step
            if left <= 0:
                on = not on
                left = drawn if on else gap


def _mark(pen: _Pen, point: tuple[float, float], name: str, colour: str) -> None:
    x, y = point
    box = (x - 14, y - 14, x + 14, y + 14)
    if name == "on_time":
        pen.ellipse(box, fill=colour)
    else:
        pen.rectangle(box, fill=_PAPER, outline=colour, width=7)


# letters


@lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT_FILE), size)


def _write(pen: _Pen, place: tuple[float, float], text: str, size: int, colour: str, stroke: int = 0) -> None:
    """Write one line; the font has one weight, `stroke` makes it heavier."""
    pen.text(place, text, size, colour, stroke)


def _fitting(text: str, size: int, width: int) -> int:
    """Return the size, or a smaller one with which the text fits into one line."""
    while size > 24 and _font(size).getlength(text) > width:
        size -= 2
    return size


def _wrap(text: str, size: int, width: int) -> list[str]:
    """Break after punctuation where that makes no line more, else wherever the line is full."""
    full, readable = _filled(text, size, width, at_pauses=False), _filled(text, size, width, at_pauses=True)
    return readable if len(readable) <= len(full) else full


def _filled(text: str, size: int, width: int, at_pauses: bool) -> list[str]:
    """Fill lines; break between any two characters, but not before closing punctuation nor inside a number or word."""
    font = _font(size)
    lines = [""]
    for piece in _pieces(text):
        if font.getlength(lines[-1] + piece) <= width or not lines[-1]:
            lines[-1] += piece
            continue
        pause = max(lines[-1].rfind(sign) for sign in _PAUSES) + 1 if at_pauses else 0
        if font.getlength(lines[-1][:pause]) >= width * _LEAST_LINE:
            lines[-1], piece = lines[-1][:pause], lines[-1][pause:] + piece
        lines.append(piece.lstrip())
    return lines


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for character in text:
        joins = character in _NOT_FIRST or (_is_latin(character) and pieces and _is_latin(pieces[-1][-1]))
        if joins and pieces:
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _is_latin(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character in "+-.,%")

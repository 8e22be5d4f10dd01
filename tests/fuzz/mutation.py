"""Makes odd inputs out of good ones: bytes in, bytes out, the same for the same seed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

Kind = str  # text, json, bytes
LONGEST = 60_000

#: What text processing trips over.
ODD_TEXTS = (
    "", " ", "\u3000", "\u200b", "\u200d", "\ufeff", "\u2028", "\x85", "\x00", "\x1b[31m", "\ud800", "\udfff",
    "\ufe0f", "\u0301" * 40, "\u202e", "👨‍👩‍👧", "🇨🇳", "𠮷", "ﷺ", "ẞ", "İ", "①", "½", "²", "٣", "〇", "㈠", "㍿",
    "Ⅻ", "ｋ", "／", "⁄", "壹", "廿", "万", "亿亿", "千千万", "零", "半", "几十万", "三万五", "3.5.5w", "1,2,3",
    "9" * 400, "九" * 60, "1e999", "-1", "0.0", "0x", "+86", "138 1234 5678", "微信：", "wx_", "@", "https://",
    "()（（", "[三万](fee)", "${X}", "{", "}", "%s", "{0}", "\\", "'", '"', "不", "没有", "不是不", "吗？", "怕",
    "如果", "是不是", "。。。", "\n\n", "\r", "\t", "……", "护照", "押金", "中介", "缅甸", "柬埔寨", "去", "从", "到",
    "月薪", "美金", "个月", "利息", "年", "号", "有限公司", "甲方", "乙方", "违约金", "合同", "第一条", "救命",
    "被打", "/intent", '/greet{"a":1}', "删除", "热线", "=1+1", "<script>alert(1)</script>", "</w:t>", "啊" * 300,
    "a" * 5000,
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**63, 2**64, -(2**63), 1.5, 1e308, "", "\x00", "\ud800", "𠮷",
    "x" * 5000, "5", "private", [], {}, [[]], [None], {"": None}, {"id": 1}, "2" * 400, "١٢", "/start", "九" * 5000,
)  # fmt: skip
ODD_BYTES = (
    b"", b"\x00", b"\xff", b"\xff\xfe", b"\x80", b"\r\n", b"PK\x05\x06", b"\xff" * 8, b"\x7f\xff\xff\xff", b"%PDF-",
    b"9" * 40, b"endobj", b"<<", b"/Length 99999999999", b'"', b",", b"\xef\xbb\xbf", b"- *a\n", b"&a [", b"{{",
    b"!!python",
)  # fmt: skip


def as_text(data: bytes) -> str:
    """Return any bytes as a text, lone surrogates and all."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "surrogateescape")


def as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def mutated(kind: Kind, seed: bytes, other: bytes, luck: random.Random) -> bytes:
    """Return the seed with one to eight changes."""
    for _ in range(luck.choice((1, 1, 2, 3, 5, 8))):
        seed = _CHANGES[kind](seed, other, luck)
    return seed[:LONGEST]


def _text(seed: bytes, other: bytes, luck: random.Random) -> bytes:
    return as_bytes(_spliced(as_text(seed), as_text(other), luck, ODD_TEXTS, lambda: chr(luck.choice(_PLANES)(luck))))


def _raw(seed: bytes, other: bytes, luck: random.Random) -> bytes:
    if luck.random() < 0.4 and seed:
        place = luck.randrange(len(seed))
        return seed[:place] + bytes((luck.randrange(256),)) + seed[place + 1 :]
    return _spliced(seed, other, luck, ODD_BYTES, lambda: luck.randbytes(luck.randint(1, 9)))


def _spliced(seed: Any, other: Any, luck: random.Random, odd: Sequence[Any], anything: Callable[[], Any]) -> Any:
    start = luck.randint(0, len(seed))
    end = min(len(seed), start + luck.choice((0, 1, 2, 5, 20, 200)))
    cut = luck.randint(0, len(other))
    piece = other[cut : cut + luck.choice((1, 3, 10, 100, 1000))]
    middle = luck.choice(
        (
            lambda: luck.choice(odd),
            lambda: anything(),
            lambda: seed[start:end] * luck.choice((0, 2, 3, 50)),
            lambda: piece,
            lambda: seed[end:start:-1] if end < start else seed[start:end][::-1],
            lambda: seed[:0],
        )
    )()
    return seed[:start] + middle + seed[end:]


_PLANES: tuple[Callable[[random.Random], int], ...] = (
    lambda luck: luck.randint(0, 0x7F),
    lambda luck: luck.randint(0x80, 0x24F),
    lambda luck: luck.randint(0x2000, 0x33FF),
    lambda luck: luck.randint(0x4E00, 0x9FFF),
    lambda luck: luck.randint(0xD800, 0xFFFF),
    lambda luck: luck.randint(0x10000, 0x10FFFF),
)


def _json(seed: bytes, other: bytes, luck: random.Random) -> bytes:
    """Change a value somewhere in it; now and then a byte of its spelling."""
    if luck.random() < 0.1:
        return _raw(seed, other, luck)
    try:
        value, donor = json.loads(seed), json.loads(other)
    except (ValueError, RecursionError):
        return _raw(seed, other, luck)
    changed = _changed(value, donor, luck)
    if luck.random() < 0.01:
        return b"[" * 3000 + json.dumps(changed).encode()
    return json.dumps(changed).encode()


def _changed(value: Any, donor: Any, luck: random.Random) -> Any:
    if isinstance(value, dict) and value and luck.random() < 0.9:
        name = luck.choice(list(value))
        fate = luck.random()
        if fate < 0.1:
            return {key: kept for key, kept in value.items() if key != name}
        if fate < 0.15:
            return {**value, luck.choice(("text", "photo", "", "id", "\ud800", name * 2)): luck.choice(ODD_VALUES)}
        return {**value, name: _changed(value[name], donor, luck)}
    if isinstance(value, list) and value and luck.random() < 0.8:
        place = luck.randrange(len(value))
        fate = luck.choice(([], [value[place]] * 3, [_changed(value[place], donor, luck)]))
        return value[:place] + fate + value[place + 1 :]
    if isinstance(value, str) and luck.random() < 0.5:
        return as_text(_text(as_bytes(value), as_bytes(str(donor)), luck))
    return luck.choice((luck.choice(ODD_VALUES), luck.choice(ODD_TEXTS), donor, luck.randint(-(2**40), 2**70)))


_CHANGES: dict[Kind, Callable[[bytes, bytes, random.Random], bytes]] = {"text": _text, "json": _json, "bytes": _raw}

"""Looks for words in bytes, in whatever form a program may have written them down."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from urllib.parse import quote

#: One form is searched for as long as it has so many bytes: a shorter one is found by chance.
SHORTEST = 7
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "gb18030")


def forms(words: str) -> frozenset[bytes]:
    """Return the words in clear and as JSON, Python, HTML, addresses, base64 and hex write them."""
    found = set(_escaped(words))
    for encoding in ENCODINGS:
        plain = words.encode(encoding)
        found |= {plain, plain.hex().encode(), plain.hex().upper().encode(), *_base64(plain)}
    return frozenset(form for form in found if len(form) >= SHORTEST)


def seek(words: str, content: bytes) -> bool:
    """Say whether the content holds the words in any form."""
    return any(form in content for form in forms(words))


def _escaped(words: str) -> Iterator[bytes]:
    units = words.encode("utf-16-be")
    codes = [f"{int.from_bytes(units[place : place + 2], 'big'):04x}" for place in range(0, len(units), 2)]
    for escape in ("\\u", "\\\\u"):
        yield "".join(escape + code for code in codes).encode()
        yield "".join(escape + code.upper() for code in codes).encode()
        yield "".join(c if c.isascii() else escape + f"{ord(c):04x}" for c in words).encode()
    yield "".join(f"&#{ord(character)};" for character in words).encode()
    yield quote(words).encode()
    yield quote(words).lower().encode()
    yield repr(words.encode())[2:-1].encode()


def _base64(plain: bytes) -> Iterator[bytes]:
    """Return what is in base64 wherever the words begin within a group of three bytes; without the edges."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + plain)
        first, whole = (0, 2, 3)[before], (before + len(plain)) * 8 // 6
        yield encoded[first:whole]
        yield encoded[first:whole].translate(bytes.maketrans(b"+/", b"-_"))

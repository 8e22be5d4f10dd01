"""What the code of a receipt looks like: how one is drawn, known again in what people type, and hidden.

A code is 16 digits, and so is many a bank card, which people paste as well. The last digit of a card is a check digit
by Luhn, so that all digits pass his test; every code of ours fails it, so no card can be taken for a code. A code also
begins with 7, with which no bank's card begins (1 and 2 airlines, 3 to 6 and 9 banks, 8 some of UnionPay's): what else
has 16 digits, as an account of Alipay's, mostly goes its way. Left are 9 * 10**14 codes, 49.7 bits.
"""

from __future__ import annotations

import re
import secrets
import unicodedata

from bot.language.script import in_simplified

WORD = "接续码"
LENGTH, FIRST = 16, "7"
HIDDEN = "•"
#: What brings a code is no longer; a bubble of ours that was copied whole is as good as its code.
LONGEST = 360
_RUN = re.compile(r"(?<![0-9])(?<![0-9][ -])[0-9](?:[\s\-‐‑‒–—]{0,3}[0-9]){15}(?![ \-]?[0-9])")
_FRAMES = frozenset(
    f"{whose}{WORD}{being}" for whose in ("", "我的", "你的", "这是", "这是我的") for being in ("", "是", "为")
)
_NO_LETTER = re.compile(r"[\W_]+")


def new_code() -> str:
    """Draw a code."""
    while True:
        code = FIRST + "".join(str(secrets.randbelow(10)) for _ in range(LENGTH - 1))
        if is_ours(code):
            return code


def is_ours(digits: str) -> bool:
    """Whether a code can look so; see the top of this file."""
    return len(digits) == LENGTH and digits.startswith(FIRST) and not passes_luhn(digits)


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others, as on a bank card."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def in_groups(code: str) -> str:
    """Return the code as it is easily copied by hand: 7123 4567 …"""
    return " ".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def code_in(text: str) -> str | None:
    """Return the code that a text brings: alone, or beside the word.

    Behind the word, and with nothing else, any 16 digits are meant as a code, also miscopied ones.
    """
    plain = _plain(text) if len(text) <= LONGEST else ""
    runs = list(_RUN.finditer(plain))
    if len(runs) != 1:
        return None
    code = "".join(character for character in runs[0][0] if character.isdigit())
    around = plain[: runs[0].start()] + plain[runs[0].end() :]
    said = _NO_LETTER.sub("", in_simplified(around))
    if said in _FRAMES or (is_ours(code) and (not said or WORD in said)):
        return code
    return None


def masked(text: str) -> str:
    """Return the text with the digits of its code hidden; every other character stays in its place."""
    if code_in(text) is None:
        return text
    [run] = _RUN.finditer(_plain(text))
    hidden = re.sub("[0-9]", HIDDEN, run[0])
    return text[: run.start()] + hidden + text[run.end() :]


def _plain(text: str) -> str:
    """Return full-width digits as ASCII ones, and what shows nothing as a blank; no character moves."""
    return "".join(map(_plain_character, text))


def _plain_character(character: str) -> str:
    if character.isascii():
        return character
    if unicodedata.category(character) == "Cf":
        return " "
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character

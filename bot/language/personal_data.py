"""Hides what could find or harm a person before their words are said back: numbers, accounts, addresses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

HIDDEN = "…"
#: So much of the end stays, for the person to know what is meant.
_KEPT = 2
#: From here on a string of digits is somebody's number, unless a hotline or written as a sum, a year or a date.
_SHORTEST_NUMBER = 7
_MOBILE_DIGITS = 11
_IDENTITY_CARD_DIGITS = 17  # before the check character, which may be an X
_CARD_DIGITS = range(16, 20)

_BETWEEN = r"[ \u3000\t.·_\-–—‐﹣－\u200b-\u200f\u2060\ufeff]{0,2}"
_NUMBER = re.compile(rf"[+＋]?\d(?:{_BETWEEN}\d){{4,}}(?:{_BETWEEN}[xXｘＸ](?![A-Za-z]))?")
_CHINESE_DIGITS = re.compile(r"[零〇○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖]{7,}|[\d零〇○一二三四五六七八九幺]{9,}")
_PASSPORT = re.compile(r"(?<![A-Za-z0-9])[A-Za-zＡ-Ｚａ-ｚ]{1,3}[ -]?\d{6,12}(?!\d)")
_MAIL = re.compile(r"[A-Za-z0-9._%+\-]+[@＠][A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)*")
_HANDLE = re.compile(r"(?<![A-Za-z0-9])[@＠][A-Za-z0-9_]{4,}")
_KEYWORD = (
    r"(?:微信|威信|薇信|徽信|微信号|wechat|weixin|[vw]信|vx|wx|扣扣|企鹅|qq|line|whatsapp|telegram|纸飞机|飞机号|tg|skype|"
    r"抖音号?|快手号?|小红书号?|账号|帐号|用户名|蝙蝠|钉钉|支付宝)"
)
_ACCOUNT = re.compile(
    rf"(?P<word>{_KEYWORD}(?:号码?|账号|id)?[ \u3000]*(?:(?P<told>是|为|叫|:|：|=|加)|号)?[ \u3000]*)"
    r"(?P<account>(?:[A-Za-z][A-Za-z0-9_\-]{4,}|[A-Za-z0-9_\-]*\d[A-Za-z0-9_\-]{4,}))",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?P<street>[路街巷弄村屯庄苑]|(?<!知)道|胡同|小区|大厦)(?P<house>[ ]?"
    r"(?:(?:\d{1,5}|[一二三四五六七八九十百]{1,4})(?:-\d{1,4})?[ ]?(?:号院?楼?|弄|栋|幢|单元|室|座|层|楼)"
    r"(?!线|员|码|召|称|出发|下午|上午|早|晚)[ ]?)+"
    r"(?:\d{1,5}(?!\d|[元块万千天年月个人岁]))?)"
)
#: An area code before a number that everybody may know: 0571-110, 010-12308, +86-10-12308.
_PUBLIC = re.compile(r"(?:(?:00)?86)?0?(?:10|2\d|[3-9]\d{2})(?:1[12]\d|12\d{3}|9[56]\d{3})")
_UNIT_BEHIND = re.compile(
    r"[ ]?(?:多|来|几)?(?:元|块|圆|万|千|百|美元|美金|刀|人民币|欧|日元|韩元|镑|泰铢|比索|马币|港币|新币|澳"
    r"|rmb|usd|w\b|k\b|円|\$)",
    re.IGNORECASE,
)
_YEARS = re.compile(r"(?:19|20)\d\d")
_DATE = re.compile(r"(?:19|20)\d\d[-./](?:0?[1-9]|1[0-2])[-./](?:0?[1-9]|[12]\d|3[01])(?!\d)")


def masked(text: str, known: Iterable[str] = ()) -> str:
    """Return the text with everything personal in it cut to its last characters; of no use for offsets.

    Hidden are identity cards, passports, telephone and bank card numbers, accounts behind the name of their service,
    mail addresses, house numbers, and every other string of seven digits or more. `known` are public numbers
    (`Hotlines.dialable_numbers()`), however written; short ones and those behind an area code stay anyway.
    """
    public = {_plain_number(number) for number in known}
    for pattern in (_MAIL, _HANDLE):
        text = pattern.sub(HIDDEN, text)
    text = _ACCOUNT.sub(lambda match: _hide_account(match, public), text)
    text = _PASSPORT.sub(_hide, text)
    text = _NUMBER.sub(lambda match: _hide_number(match, public), text)
    text = _CHINESE_DIGITS.sub(lambda match: match.group() if match.group().isdecimal() else _hide(match), text)
    return _ADDRESS.sub(lambda match: match["street"] + HIDDEN, text)


def _hide(match: re.Match[str]) -> str:
    return HIDDEN + _end_of(match.group())


def _end_of(written: str) -> str:
    return "".join(character for character in written if character.isalnum())[-_KEPT:]


def _hide_account(match: re.Match[str], public: set[str]) -> str:
    account = match["account"]
    bare_word = account.isascii() and account.isalpha() and not match["told"]
    amount = account.isdigit() and _UNIT_BEHIND.match(match.string, match.end())
    if bare_word or amount or _plain_number(account) in public:
        return match.group()
    return match["word"] + HIDDEN + account[-_KEPT:]


def _hide_number(match: re.Match[str], public: set[str]) -> str:
    """Hide one number, or leave it; several that only stand side by side are looked at one by one."""
    written = match.group()
    if _DATE.fullmatch(written):
        return written
    digits = _digits(written)
    parts = [part for part in re.split(r"\D+", written) if part]
    if _plain_number(written) in public or _PUBLIC.fullmatch(digits):
        return written
    if _is_somebodys(written, digits):
        return HIDDEN + _end_of(written)
    if len(parts) == 1 or _are_no_number(parts, public) or _UNIT_BEHIND.match(match.string, match.end()):
        return _hide_long_parts(written, public)
    return HIDDEN + _end_of(written) if len(digits) >= _SHORTEST_NUMBER else written


def _hide_long_parts(written: str, public: set[str]) -> str:
    def hide(part: re.Match[str]) -> str:
        digits = _digits(part.group())
        stays = len(digits) < _SHORTEST_NUMBER or _plain_number(digits) in public or _PUBLIC.fullmatch(digits)
        return part.group() if stays else _hide(part)

    return re.sub(r"\d+", hide, written)


def _are_no_number(parts: list[str], public: set[str]) -> bool:
    """Years, round sums and hotlines next to each other (2019-2021, 8000-10000, 12308 110)."""
    return all(
        _YEARS.fullmatch(part) or part.endswith("00") or _plain_number(part) in public or len(_digits(part)) == 3
        or re.fullmatch(r"12\d{3}|9[56]\d{3}", part) or len(part) >= _SHORTEST_NUMBER
        for part in parts
    )  # fmt: skip


def _is_somebodys(written: str, digits: str) -> bool:
    local = digits.removeprefix("00").removeprefix("86") if len(digits) > _MOBILE_DIGITS else digits
    if re.fullmatch(r"1[3-9]\d{9}", local):
        return True
    if written[0] in "+＋" and len(digits) >= _SHORTEST_NUMBER:
        return True
    identity = len(digits) in (15, _IDENTITY_CARD_DIGITS, _IDENTITY_CARD_DIGITS + 1) and _born(digits)
    return identity or (len(digits) in _CARD_DIGITS and _passes_luhn(digits))


def _born(digits: str) -> bool:
    """Whether a date of birth stands where identity cards have it (GB 11643)."""
    month, day = (digits[8:10], digits[10:12]) if len(digits) == 15 else (digits[10:12], digits[12:14])
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31


def _passes_luhn(digits: str) -> bool:
    """The check of bank cards (ISO/IEC 7812-1)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _digits(text: str) -> str:
    """Only the digits, of whatever script, as 0 to 9."""
    return "".join(str(unicodedata.digit(c)) for c in text if c.isdecimal())


def _plain_number(number: str) -> str:
    """One spelling for 010-65612308, 0086 10 65612308 and +86-10-65612308."""
    digits = _digits(number)
    if len(digits) >= 8 and digits.startswith("00"):
        return digits[2:]
    return "86" + digits[1:] if len(digits) >= 8 and digits.startswith("0") else digits

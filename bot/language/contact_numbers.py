"""Finds how somebody wants to be reached: mobile numbers, WeChat, QQ and Telegram names, however they are disguised.

Nothing longer than a telephone number is read: identity and bank cards are never taken for one, nor a piece of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import opencc

PHONE, WECHAT, QQ, TELEGRAM = "phone", "wechat", "qq", "telegram"
KINDS = (PHONE, WECHAT, QQ, TELEGRAM)
#: An advert is a page, not a book; the rest of a longer text is not looked at.
LONGEST_READ = 20_000

_TO_SIMPLIFIED = opencc.OpenCC("t2s")
_SPOKEN = dict(zip("零〇洞幺一二两三四五六七八九", "00011223456789", strict=True))
_DIGIT = "0-9" + "".join(_SPOKEN)
_APART = r"[ \-.·_—~]{1,3}"
#: Digits with separators between them, as long as they go on: only a whole run tells a telephone from a bank card.
_BEGINS = rf"(?:(?<![a-z@_{_DIGIT}])|(?<=vx)|(?<=wx)|(?<=[^a-z]v)|(?<=tel)|(?<=qq))"
_RUN = re.compile(rf"{_BEGINS}\+?[{_DIGIT}]+(?:{_APART}[{_DIGIT}]+)*")
#: A name, an address, or a number that was already hidden in part; 138…wx同号 is none of these.
_GOES_ON = re.compile(r"(?!vx|wx|v[^a-z0-9]|qq|wechat|weixin|whatsapp|telegram|tg)[a-z@_*]")
_GROUP = re.compile(rf"[{_DIGIT}]+")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_FOREIGN = re.compile(r"(?:\+|00)(?!86)([1-9][0-9]{7,14})")
_IN_MOBILE_GROUPS = ((3, 4, 4), (3, 8), (7, 4), (3, 3, 5), (4, 4, 3), (4, 3, 4), (1,) * 11)
_MOST_GROUPS = 60
_LONGEST_BESIDE = 6  # a price or an extension may stand beside a telephone number, a part of a card may not

#: What may stand between the word for an account and the account.
_LINK = r"(?P<link>(?:号码?|账号|id|同号|名|是|为|叫|搜|加|我|[ :=\-~—>→,，、\"“”'【\[(（\n]){0,8})"
_WECHAT_WORD = (
    r"微信|薇信|威信|维信|徽信|微讯|危信|v信|v x|vx|wx|weixin|wechat|(?:加|➕|\+|我的|扣|联系)[ ]?(?:[v薇薇微威]|卫星)"
    r"|(?<![a-z0-9])v(?=[ ]?[:=])|绿泡泡|绿色软件"
)
_WECHAT = re.compile(rf"(?:{_WECHAT_WORD}){_LINK}(?P<id>[a-z][a-z0-9_\-]{{5,19}})(?![a-z0-9_\-@])")
_ENDS = r"(?![ \-]?[0-9])(?!元|块|万|千)"
_WECHAT_BY_QQ = re.compile(rf"(?:{_WECHAT_WORD}){_LINK}(?P<id>[1-9][0-9]{{4,9}}){_ENDS}")
_QQ = re.compile(rf"(?:qq|扣扣|叩叩|企鹅号?|加q|球球)群?{_LINK}(?P<id>[1-9][0-9]{{4,10}}){_ENDS}")
_TELEGRAM = re.compile(
    rf"(?:t(?:elegram)?\.me/|(?<![a-z0-9])(?:telegram|tg|纸飞机|飞机号?|电报号?){_LINK}@?|(?<![a-z0-9._@])@)"
    r"(?P<id>[a-z][a-z0-9_]{4,31})(?![a-z0-9_@.])"
)
#: Words that follow one of the words above without being anybody's name.
_NO_NAME = {
    "telegram", "whatsapp", "wechat", "weixin", "facebook", "messenger", "instagram", "signal", "twitter", "google",
    "please", "contact", "number", "joinchat", "https", "android", "iphone", "gmail", "hotmail", "outlook",
}  # fmt: skip
#: 我的电话, 我弟弟的微信: the person's own, or the family's.
_OWN = re.compile(
    r"(?:我|俺|本人|自己|家里|我家|我[们的]?[弟妹哥姐爸妈爹娘儿女老侄表堂]?[弟妹哥姐爸妈爹娘子儿婆公])"
    r"(?:家)?(?:的)?(?:国内)?(?:电话|手机|号码|微信|qq|飞机|v)(?:号码?)?(?:也)?(?:是|:|就是|叫| )*$"
)
_BEFORE = 14


@dataclass(frozen=True)
class ContactNumber:
    """`value` is in one spelling (digits; +country for a foreign telephone; small letters), `kind` one of KINDS.

    `own` says that the person called it theirs or their family's. Offsets are half-open, in the text that was given.
    """

    kind: str
    value: str
    start: int
    end: int
    own: bool = False


def find_contact_numbers(text: str) -> list[ContactNumber]:
    """Return every way of reaching somebody in a text as it was typed, left to right, each place once."""
    plain, offsets = _folded(text[:LONGEST_READ])
    found: list[ContactNumber] = []
    taken: list[tuple[int, int]] = []
    for kind, value, start, end in _candidates(plain):
        if any(start < other_end and other_start < end for other_start, other_end in taken):
            continue
        taken.append((start, end))
        own = bool(_OWN.search(plain[max(0, start - _BEFORE) : start]))
        found.append(ContactNumber(kind, value, offsets[start], offsets[end - 1] + 1, own))
    return sorted(found, key=lambda one: one.start)


def _folded(text: str) -> tuple[str, list[int]]:
    """Fold width, case, script, key caps and invisible characters; no run is shortened (138888…)."""
    characters: list[str] = []
    offsets: list[int] = []
    for offset, original in enumerate(text):
        for character in unicodedata.normalize("NFKC", original).lower():
            if character in "\n\r\u2028\u2029\x85":
                character = "\n"
            elif character.isspace():
                character = " "
            elif unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Me", "Mn"):
                continue
            characters.append(character)
            offsets.append(offset)
    joined = "".join(characters)
    simplified = _TO_SIMPLIFIED.convert(joined)
    return (simplified if len(simplified) == len(joined) else joined), offsets


def _candidates(plain: str) -> Iterator[tuple[str, str, int, int]]:
    for run in _RUN.finditer(plain):
        if not _GOES_ON.match(plain, run.end()):
            yield from _phones(run)
    for pattern, kind in ((_TELEGRAM, TELEGRAM), (_WECHAT, WECHAT), (_QQ, QQ), (_WECHAT_BY_QQ, QQ)):
        for match in pattern.finditer(plain):
            name = match["id"]
            link = match.groupdict().get("link")
            if name in _NO_NAME or (kind == WECHAT and name.isalpha() and not _is_clear(link or "")):
                continue
            yield kind, name, match.start("id"), match.end("id")


def _is_clear(link: str) -> bool:
    """Say whether what stands before a name of letters alone announces a name: 微信号abcdef, 微信：abcdef."""
    return any(sign in link for sign in ("号", ":", "=", "是", "为", "id", "搜", "叫", "加"))


def _phones(run: re.Match[str]) -> Iterator[tuple[str, str, int, int]]:
    """Yield the telephone numbers of one run of digits; nothing of a run that holds more than those."""
    groups = [(part.group(), run.start() + part.start(), run.start() + part.end()) for part in _GROUP.finditer(run[0])]
    whole = _digits("".join(text for text, _, _ in groups))
    if len(groups) > _MOST_GROUPS:
        return
    foreign = _FOREIGN.fullmatch(("+" if run[0].startswith("+") else "") + whole)
    if foreign:
        yield PHONE, "+" + foreign[1], run.start(), run.end()
        return
    groups = _without_country(groups)
    position, strange, phones = 0, 0, []
    while position < len(groups):
        size = next((len(s) for s in ((11,), *_IN_MOBILE_GROUPS) if _fits(groups[position:], s)), 0)
        if size:
            part = groups[position : position + size]
            phones.append((PHONE, _digits("".join(text for text, _, _ in part)), part[0][1], part[-1][2]))
        else:
            strange += len(groups[position][0])
        position += size or 1
    if strange <= _LONGEST_BESIDE:
        yield from phones


def _without_country(groups: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Take 86, +86 or 0086 off, also where it is written together with the number."""
    if not groups:
        return groups
    text, start, end = groups[0]
    digits = _digits(text)
    for prefix in ("0086", "86"):
        if digits == prefix and len(groups) > 1:
            return groups[1:]
        if digits.startswith(prefix) and _MOBILE.fullmatch(digits[len(prefix) :]):
            return [(text[len(prefix) :], start + len(prefix), end), *groups[1:]]
    return groups


def _fits(groups: list[tuple[str, int, int]], sizes: tuple[int, ...]) -> bool:
    part = [text for text, _, _ in groups[: len(sizes)]]
    return [len(text) for text in part] == list(sizes) and bool(_MOBILE.fullmatch(_digits("".join(part))))


def _digits(text: str) -> str:
    return "".join(_SPOKEN.get(character, character) for character in text)

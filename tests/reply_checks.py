"""What holds for every single bubble, whoever composed it."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.knowledge.hotlines import Hotlines
from bot.language.script import in_simplified
from bot.settings import PROJECT

LONGEST = 4096  # UTF-16 units, what Telegram takes
LEAK = re.compile(r"\butter_\w+|\baction_\w+|Traceback|\{[A-Za-z_]*\}|\bNone\b|\bnull\b|Exception|<nothing>", re.ASCII)
PROMISE = re.compile(r"(?<!不)(?:一定|肯定|保证|绝对|百分之百)(?:都)?(?:不会被?|没事|安全|能要回|能拿回|能回)")
#: Digits that are no telephone numbers, by how they are written.
NOT_DIALLED = re.compile(
    r"第\d+条(?:之[一二三四五六七八九])?"  # articles of law
    r"|国务院令第\d+号|第\d+号(?:公约|令|公告|建议书)|\d{4}年第\d+号|令〔\d{4}〕\d+号|[第(（]\d{2,4}号"
    r"|第\d+(?:、\d+)*(?:条|分部)|(?:19|20)\d\d(?:报告|年度?(?:\d{1,2}月(?:\d{1,2}日)?)?|-\d{1,2}(?:-\d{1,2})?|/\d{4})|\d{1,2}:\d{2}"
    r"|最低(?:工资|日薪|时薪)[^。；;\n]*?\([^)]*\)"  # 法定最低工资(东京1226,最低的县1023)
    r"|\d[\d,.]*万?(?:到|至|-)\d[\d,.]*万?元|加(?:区号)?0\d{2,3}(?![\d-])"
    r"|\d[\d,.]*(?:万|亿)?(?:元|块|美元|欧元|日元|韩元|英镑|澳元|新元|港元|港币|新台币|美金|马币|泰铢|林吉特|比索|迪拉姆|里亚尔|谢克尔|卢布|卢比|盾"
    r"|福林|兹罗提|第纳尔|兰特|奈拉|法郎|先令|比尔|越南盾|印尼盾|加元|新西兰元|澳门元|列伊|里拉|瑞尔|基普|缅元|[A-Z]{3}\b)"
    r"|(?<!\d)\d[\d,.]{0,8}(?:%|％|小时|天|个月|岁|倍|人|名|起|个字|字)"
    r"|证书编号：[^，。\n]+"  # of the public list, to be compared, not dialled
    r"|(?<=[技短缺训动名])\(\d{3}\)|\b[A-Z]{1,2}-?\d{1,3}\b"  # subclasses of visas
)
_DIGITS = re.compile(r"\+?\d(?:[\d\- ]*\d)?")


@lru_cache(maxsize=1)
def hotlines() -> Hotlines:
    return Hotlines.load(PROJECT / "data/knowledge")


@lru_cache(maxsize=1)
def dialable() -> frozenset[str]:
    return frozenset(re.sub(r"[ -]", "", number) for number in hotlines().dialable_numbers())


def numbers_in(text: str) -> list[str]:
    """Return every string of three or more digits that a reader could take for a telephone number."""
    plain = NOT_DIALLED.sub("□", in_simplified(text))
    found = [match.group().strip() for match in _DIGITS.finditer(plain)]
    return [number for number in found if len(re.sub(r"\D", "", number)) >= 3]


def unknown_numbers(text: str) -> list[str]:
    """Return the numbers of a text that no confirmed entry of data/knowledge holds."""
    return [number for number in numbers_in(text) if re.sub(r"[ -]", "", number) not in dialable()]


def units(text: str) -> int:
    """Return the length as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def faults_of(text: str) -> list[str]:
    """Return everything that must not be in a bubble, in words."""
    faults = [f"not from the tables: {number}" for number in unknown_numbers(text)]
    faults += [f"internals shown: {match.group()}" for match in LEAK.finditer(text)]
    faults += [f"promised: {match.group()}" for match in PROMISE.finditer(text)]
    if not text.strip():
        faults.append("empty")
    if units(text) > LONGEST:
        faults.append("longer than Telegram takes")
    return faults

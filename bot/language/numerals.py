"""Reads sums as people write them: 三万五, 3.5万, 2w, 一万八到两万, 七八千, 8000刀."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import cn2an

_CHINESE = "零〇一二两三四五六七八九十百千万亿半几"
_UNITS = {"百": 100.0, "千": 1_000.0, "k": 1_000.0, "万": 10_000.0, "w": 10_000.0, "亿": 100_000_000.0}
_CURRENCIES: dict[str, tuple[str, ...]] = {
    # The first hit counts, so longer names stand before the shorter ones that they contain.
    "AUD": ("澳元", "澳币", "澳刀", "澳"),
    "NZD": ("纽币", "新西兰元"),
    "SGD": ("新币", "坡币", "新加坡元", "新"),
    "HKD": ("港币", "港元", "港纸"),
    "MOP": ("澳门元", "澳门币"),
    "TWD": ("台币", "新台币"),
    "CAD": ("加元", "加币"),
    "USD": ("美金", "美元", "美刀", "刀", "u", "usdt", "$"),
    "EUR": ("欧元", "欧", "€"),
    "GBP": ("英镑", "镑", "£"),
    "JPY": ("日元", "日币", "日圆", "円"),
    "KRW": ("韩元", "韩币", "韩圆"),
    "THB": ("泰铢", "铢"),
    "AED": ("迪拉姆", "迪币"),
    "MYR": ("马币", "林吉特", "令吉"),
    "ILS": ("谢克尔", "新谢克尔"),
    "RUB": ("卢布",),
    "VND": ("越南盾", "越盾"),
    "IDR": ("印尼盾", "印尼卢比"),
    "PHP": ("比索", "披索"),
    "KHR": ("瑞尔",),
    "LAK": ("基普",),
    "MMK": ("缅币", "缅元"),
    "SAR": ("里亚尔", "沙特币"),
    "RSD": ("第纳尔",),
    "HUF": ("福林",),
    "INR": ("卢比",),
    "CNY": ("人民币", "块钱", "块", "元", "rmb", "¥", "大洋"),
}
_CURRENCY_OF = {name: code for code, names in _CURRENCIES.items() for name in names}
_CURRENCY = "|".join(re.escape(name) for name in sorted(_CURRENCY_OF, key=len, reverse=True))

_DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,9})(?:\.[0-9]{1,3})?"
_WESTERN = rf"(?<![0-9]){_DIGITS}(?:[万千百wk](?:(?:[0-9]{{1,4}}|[一二三四五六七八九])[千百]?)?)?(?![0-9])"
_NEIGHBOURS = r"([一二两三四五六七八九])([两二三四五六七八九])([十百千万])(万?)"  # 七八千
_ONE = rf"(?:{_WESTERN}|{re.sub('[()]', '', _NEIGHBOURS)}|[{_CHINESE}]+)"
AMOUNT = re.compile(
    rf"(?P<sign>[$€£¥])?(?P<low>{_ONE})(?P<more>来|多|好几)?(?P<unit>万|千|百)?"
    rf"(?:(?:到|至|-|~|—)(?P<high>{_ONE}))?(?P<after>多|来|左右|上下)?(?:个)?(?P<currency>{_CURRENCY})?"
)
#: 八万一个月 is 八万 a month and 八万三年还清 eighty thousand in three years; the digit belongs to the time.
_DIGIT_OF_A_TIME = re.compile(
    r"(?:(?<=[万千百])|(?<=[万千百][一二三四五六七八九])|(?<=[万千百]半))[一两二三四五六七八九几](?=个?月|年|天|个?小时|个?钟头|晚|趟|单)"
)


@dataclass(frozen=True)
class Amount:
    """A sum or a plain number; `currency` is ISO 4217, None where none was written; offsets in the text read."""

    low: float
    high: float
    currency: str | None
    start: int
    end: int


def read_number(text: str) -> float | None:
    """Return the value of one number in digits, Chinese numerals or both; None where it is not one."""
    if not text or len(text) > 24:
        return None
    western = re.fullmatch(rf"({_DIGITS})(?:([万千百wk])(?:([0-9]{{1,4}}|[一二三四五六七八九])([千百])?)?)?", text)
    if western:
        value = float(western[1].replace(",", ""))
        if not western[2]:
            return value
        unit = _UNITS[western[2]]
        rest = western[3] or ""
        if western[4]:
            return value * unit + (float(rest) if rest.isascii() else _digit(rest)) * _UNITS[western[4]]
        if rest.isascii() and rest.isdigit():
            return value * unit + (int(rest) * unit / 10 if len(rest) == 1 else int(rest))
        return value * unit + (_digit(rest) * unit / 10 if rest else 0)
    if not re.fullmatch(rf"[{_CHINESE}]+", text):
        return None
    text = text.replace("十几", "十")  # at least that much
    if text.startswith("几"):
        text = "二" + text[1:] if len(text) > 1 else ""
    neighbours = re.fullmatch(_NEIGHBOURS, text)
    if neighbours:  # 七八千: the lower one
        return _digit(neighbours[1]) * {"十": 10.0, **_UNITS}[neighbours[3]] * (10_000 if neighbours[4] else 1)
    if text.endswith("半") and len(text) > 1 and text[-2] in "万千百":  # 一万半
        whole = read_number(text[:-1])
        return None if whole is None else whole + _UNITS[text[-2]] / 2
    try:
        return None if not text or "几" in text else float(cn2an.cn2an(text.replace("〇", "零"), "smart"))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return None


def _digit(character: str) -> int:
    return "零一二三四五六七八九".find(character.replace("两", "二"))


def find_amounts(text: str) -> Iterator[Amount]:
    """Yield the sums of a normalised text, left to right; a bare small number counts only with a currency."""
    for match in AMOUNT.finditer(_DIGIT_OF_A_TIME.sub("\0", text)):
        low = read_number(match["low"])
        if low is None:
            continue
        if match["unit"]:
            low *= _UNITS[match["unit"]]
        high = read_number(match["high"]) if match["high"] else None
        spread = re.fullmatch(_NEIGHBOURS, match["low"])
        if spread:
            high = low / _digit(spread[1]) * _digit(spread[2])
        if high is not None and high < low and match["high"] and match["high"][-1] not in "万千百wk":
            high = high * (10_000 if low >= 10_000 else 1_000) if high < 100 else high
        if high is not None and low < 100 <= high and low < high:  # 三到五万
            scale = 10_000 if high >= 10_000 else 1_000
            low = low * scale if low * scale <= high else low
        currency = _CURRENCY_OF.get(match["currency"] or match["sign"] or "")
        yield Amount(low, max(low, high or low), currency, match.start(), match.end())


def currency_name(code: str) -> str:
    """Return what people call a currency (ISO 4217), or the code itself."""
    return _CURRENCIES[code][0] if code in _CURRENCIES else code

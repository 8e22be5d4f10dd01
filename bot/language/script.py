"""Which Chinese script a person writes, and a text in that script: traditional in, traditional out."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import opencc

TRADITIONAL = "traditional"
HONG_KONG = "hong_kong"
SIMPLIFIED = "simplified"

#: What OpenCC writes for each: the forms in everyday use (s2t's own 爲, 羣, 裏 are found on few phones' keyboards).
#: Neither swaps words: a Taiwanese synonym for a mainland term of law would name another thing.
_CONVERSIONS = {TRADITIONAL: "s2tw", HONG_KONG: "s2hk"}
#: Characters of written Cantonese. People in Guangdong type them too, between simplified ones.
_CANTONESE = frozenset("嘅咗喺唔佢哋啲冇嚟俾畀攞睇嗰乜嘢冚")
#: Traditional forms that also stand in simplified text: 妳 for a woman, 乾 in a name, 於 as a surname, 著 in 著名.
_IN_SIMPLIFIED_TOO = frozenset("妳乾於著鍾夥徵瞭藉")
#: Simplified forms that also stand in traditional text: 皇后, 里長, 干涉, 茶几, 什麼, 么 in games.
_IN_TRADITIONAL_TOO = frozenset("后里干台云谷丑斗冲几夸么占采余叶什吃志游周松并布准托伙症")
#: Surnames, and what many are called by: one of them says how a name is written, not how the writer writes.
_OF_NAMES = frozenset(
    "陳張劉黃趙吳鄭馮楊呂葉蘇盧蔣鄧蕭韓孫羅龍鳳偉麗國華強軍傑蘭貴榮慶東雲寶藝夢穎憲維綺鵬鋒銘鎮順賢儀"
    "鄒龔賈範萬閻龐鍾鄔譚鄺關聶衛錫倫輝潔嬌瓊艷豔蓮燕勝興祿壽"
)


def shown_script(text: str) -> str | None:
    """Return "simplified", "traditional" or "hong_kong", whichever most characters with one script only are of.

    None when there are none (您好, 12308), as many of each, only such as may be a name's, or when it is Japanese.
    """
    if _is_japanese(text):
        return None
    old = [character for character in text if _is_traditional(character)]
    new = [character for character in text if _is_simplified(character)]
    own = [character for character in old if character not in _OF_NAMES]
    # A name is no sign of its own, but next to others it counts.
    weight = len(old) if own else 0
    if len(new) > weight:
        return SIMPLIFIED
    cantonese = any(character in _CANTONESE for character in text)
    if weight > len(new) or (weight and cantonese):
        return HONG_KONG if cantonese else TRADITIONAL
    return None


def script_of(text: str) -> str | None:
    """Return the script to answer in, "traditional" or "hong_kong"; None for simplified and for what shows none."""
    return script_of_talk([text])


def script_of_talk(texts: Iterable[str]) -> str | None:
    """Return the script to answer in by the first text that shows one; hand the texts in newest first."""
    shown = next(filter(None, map(shown_script, texts)), None)
    return None if shown == SIMPLIFIED else shown


def in_script(text: str, script: str | None) -> str:
    """Return a simplified text in the script; None leaves it. Numbers, placeholders and emoji stay as they are."""
    if script is None or text.isascii():  # OpenCC drops a NUL
        return text
    # OpenCC takes 签 for a lot drawn in a temple where it knows no phrase.
    return _converter(_CONVERSIONS[script]).convert(text).replace("籤", "簽")


def in_simplified(text: str) -> str:
    """Return a text in simplified characters, so that 刪除 and 删除 are one word."""
    return _converter("t2s").convert(text)


@lru_cache(maxsize=4)
def _converter(name: str) -> opencc.OpenCC:
    return opencc.OpenCC(name)


@lru_cache(maxsize=8192)
def _is_traditional(character: str) -> bool:
    return character not in _IN_SIMPLIFIED_TOO and in_simplified(character) != character


@lru_cache(maxsize=8192)
def _is_simplified(character: str) -> bool:
    return character not in _IN_TRADITIONAL_TOO and all(
        _converter(name).convert(character) != character for name in _CONVERSIONS.values()
    )


def _is_japanese(text: str) -> bool:
    """Whether there is more kana than the の of an advert; Japanese kanji look like either script."""
    names = [unicodedata.name(character, "") for character in text if character > "\u3000"]
    kana = sum(name.startswith(("HIRAGANA", "KATAKANA")) for name in names)
    return kana * 4 > sum(name.startswith("CJK UNIFIED") for name in names)

"""Where: countries, foreign cities and compounds, Chinese provinces and cities named in a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

DICTIONARY_FOLDER = Path("data/dictionary")
CHINA = "CN"
#: Behind these words stands where somebody goes or is.
_TOWARDS = re.compile(r"(?:去|到|在|来|往|飞|赴|进|回不来|困在|人在|过去|入)[^，。,\s]{0,3}$")
_AWAY = re.compile(
    r"(?:不去|没去|不是去?|别去|不要去|不想去|没到|不在|经过|转机|从|由|路过|途经|中转)[^，。,\s去到往来飞]{0,2}$"
)
#: What somebody was told before it came otherwise.
_ONLY_TOLD = re.compile("(?:讲的是|说是|说好|本来|原来|以为|骗.{0,3})[^，。]{0,2}去$")
#: 我是台南人, 台湾同事: of people, not where they go.
_OF_PEOPLE = re.compile("人(?!家)|同事|老乡|室友|工友|客人")
#: 跟缅甸园区一个样: a likeness; 到越南再坐车过去: a stop on the way; 电视上说有人去缅甸: somebody else's story.
_LIKENESS = re.compile(r"(?:那边|那种|园区|那些)?(?:的)?(?:一样|一个样|似的|那种)|[ ,，]?(?:再|然后)(?:坐|转|走|飞|过)")
_HEARSAY = re.compile(r"(?:电视|新闻|网|抖音|报道)(?:上|里)?(?:都|老|天天)?(?:说|讲|看到|刷到|报)|听说有人|别人说")
#: 从柬埔寨逃回来: where it happened.
_BACK_FROM = re.compile("(?:那边|那里|园区)?(?:刚|逃|跑|放|救|遣返|遣送|送)?了?回(?:来|国)|(?:逃|跑|放)了?(?:出来|回)")
#: Names that are also parts of everyday words.
_NOT_A_PLACE = re.compile(
    r"印度洋|中国的(?=[^，。]{0,3}[个位人])|(?:中国|日本)(?:人|话|菜|料理|驾照|老板|厂|队|公民|护照|大使馆|使馆|领事馆|雇主|中介|银行|移动|联通|电信|籍|餐|式)|韩国(?:人|话|料理|餐|式)|安顺(?=[利着手便路心])"
)


@dataclass(frozen=True)
class Place:
    """`country` is ISO 3166 alpha-2; `province` ISO 3166-2 (CN-FJ) and only inside China; normalised offsets."""

    country: str
    province: str | None
    name: str
    start: int
    end: int


@lru_cache(maxsize=1)
def _names() -> tuple[re.Pattern[str], dict[str, tuple[str, str | None]]]:
    table: dict[str, tuple[str, str | None]] = {}
    for code, names in _read("countries.yml").items():
        for name in names:
            table[_plain(name)] = (code, None)
    for code, names in _read("places_abroad.yml").items():
        for name in names:
            table[_plain(name)] = (code, None)
    for code, names in _read("provinces.yml").items():
        for name in names:
            table.setdefault(_plain(name), (CHINA, code))
    ordered = sorted(table, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered))), table


def _read(name: str) -> dict[str, list[str]]:
    content: dict[str, list[str]] = yaml.safe_load((DICTIONARY_FOLDER / name).read_text(encoding="utf-8"))
    return content


def _plain(name: str) -> str:
    return name.replace("（", "(").replace("）", ")").lower()


def find_places(text: str) -> list[Place]:
    """Return every place named in a normalised text, left to right."""
    pattern, table = _names()
    found = []
    for match in pattern.finditer(text):
        if _NOT_A_PLACE.match(text, match.start()):
            continue
        country, province = table[match.group()]
        found.append(Place(country, province, match.group(), match.start(), match.end()))
    return found


def destination_of(text: str, places: list[Place]) -> Place | None:
    """Return where the work is: a foreign place before a Chinese one, a goal (去 到 在) before a mere mention."""

    def weight(place: Place) -> tuple[bool, bool, bool, int]:
        before = text[max(0, place.start - 8) : place.start]
        told_so = bool(_ONLY_TOLD.search(before))  # 在妙瓦底 讲的是去泰国
        return (place.country != CHINA, not told_so, bool(_TOWARDS.search(before)), place.start)

    possible = [place for place in places if not _is_elsewhere(text, place) and not _OF_PEOPLE.match(text, place.end)]
    return max(possible, key=weight, default=None)


def _is_elsewhere(text: str, place: Place) -> bool:
    """Not where somebody goes: denied, passed through, only said to be, compared with or heard of."""
    before = text[max(0, place.start - 14) : place.start]
    if before.endswith("从") and _BACK_FROM.match(text, place.end):
        return False
    return bool(
        _AWAY.search(before[-8:]) or _LIKENESS.match(text[place.end : place.end + 7]) or _HEARSAY.search(before)
    )


def origin_of(text: str, places: list[Place]) -> str | None:
    """Return the province that a person says to be from (我是福建的, 老家河南)."""
    for place in places:
        before, after = text[max(0, place.start - 5) : place.start], text[place.end : place.end + 3]
        if place.province and (
            re.search(r"(?:是|老家|来自|家在|我们|我)$", before) and re.match(r"的|人|这边|农村|过来", after)
        ):
            return place.province
        if place.province and re.search(r"(?:老家|来自|家在|户口在?)(?:是|在)?$", before):
            return place.province
    return None


@lru_cache(maxsize=1)
def chinese_places() -> dict[str, str]:
    """Return every Chinese province, city and county that people name, with its province (ISO 3166-2)."""
    return {name: code for code, names in _read("provinces.yml").items() for name in names}


@lru_cache(maxsize=1)
def foreign_places() -> frozenset[str]:
    """Return every country, foreign city and compound that people name, China itself left out."""
    tables = (_read("countries.yml"), _read("places_abroad.yml"))
    return frozenset(
        _plain(name) for table in tables for code, names in table.items() if code != CHINA for name in names
    )

"""Understands a little English: whether somebody writes it, the heaviest signs, danger, and which country.

Words and patterns stand in data/lexicon/english.yml. Every text handed in is normalised (bot.language.normalization).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.language.lexicon import LEXICON_FOLDER
from bot.language.mention_status import ABSENT, HYPOTHETICAL, PRESENT
from bot.tables import Entry, load_entry

ENGLISH_FILE = LEXICON_FOLDER / "english.yml"
_READ = 1500
_LEAST_SHARE = 0.5
_FEWEST_WORDS = 2
_LONG_ENOUGH_WITHOUT_LITTLE_WORDS = 4
#: A Chinese character or two (a name of a place) among so many English words do no harm.
_WORDS_PER_CHINESE_CHARACTER = 3
_NO_WORDS = re.compile(r"https?:\S+|www\.\S+|\S*@\S*|[a-z]*\d+[a-z]*(?<!th)(?<!rd)")
_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?")
_CODE = re.compile(r"[{}<>=;*|]")
_MOST_MARKS_OF_CODE = 2
_OTHER_LATIN = re.compile("[à-öø-ÿāăąćčđēęěğīłńňōőřśšţūůźżžạ-ỹơư]")
_CHINESE = re.compile("[一-鿿]")
_CLAUSE_END = re.compile(r"[.,;:!?\n。，！？；、]|\b(?:but|and then|however)\b")
_PINYIN = re.compile(
    r"(?:[bpmfdtnlgkhjqxrzcsyw]|[zcs]h)?"
    r"(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|van|ai|ei|ao|ou|an|en|in|un|vn|ia|ie|iu|ua|uo|ui|ue|ve|er|a|o|e|i|u|v)"
)
#: How many words before a sign a denial reaches.
_REACH_OF_DENIAL = 4


@dataclass(frozen=True)
class _Signs:
    patterns: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    examples: tuple[str, ...]
    counter_examples: tuple[str, ...]


@dataclass(frozen=True)
class English:
    """The table; `places` is name -> country (ISO 3166 alpha-2), `names` the other way round, as we say it."""

    words: frozenset[str]
    little_words: frozenset[str]
    greetings: tuple[re.Pattern[str], ...]
    signs: Mapping[str, _Signs]
    denials: frozenset[str]
    questions: tuple[re.Pattern[str], ...]
    danger: _Signs
    self_harm: tuple[re.Pattern[str], ...]
    places: Mapping[str, str]
    names: Mapping[str, str]


def load_english(path: Path = ENGLISH_FILE) -> English:
    """Read the table; KnowledgeError names file and line of what is wrong."""
    table = load_entry(path)
    table.check_fields(
        ["words", "little_words", "greetings", "signs", "denials", "questions", "danger", "self_harm", "places"]
    )
    signs, places = table.entry("signs"), table.entry("places")
    return English(
        words=frozenset(word for row in table.texts("words") for word in row.split()),
        little_words=frozenset(word for row in table.texts("little_words") for word in row.split()),
        greetings=_compiled(table, "greetings"),
        signs={name: _read_signs(signs.entry(name)) for name in signs},
        denials=frozenset(table.texts("denials")),
        questions=_compiled(table, "questions"),
        danger=_read_signs(table.entry("danger")),
        self_harm=_compiled(table, "self_harm"),
        places={name.lower(): code for code in places for name in places.texts(code)},
        names={code: places.texts(code)[0] for code in places},
    )


@lru_cache(maxsize=1)
def _english() -> English:
    return load_english()


def is_english(text: str) -> bool:
    """Whether a message is written in English: a few English words in Chinese, pinyin, codes and addresses are not."""
    read = text[:_READ]
    table = _english()
    plain = _NO_WORDS.sub(" ", read)
    words = [word.replace("’", "'") for word in _WORD.findall(plain)]
    if _OTHER_LATIN.search(plain) or len(_CODE.findall(read)) > _MOST_MARKS_OF_CODE:
        return False
    if len(_CHINESE.findall(read)) * _WORDS_PER_CHINESE_CHARACTER > len(words):
        return False
    if any(greeting.fullmatch(read.strip(" .!?,")) for greeting in table.greetings):
        return True
    known = [word for word in words if word in table.words]
    if len(known) < _FEWEST_WORDS or len(known) < _LEAST_SHARE * len(words):
        return False
    if all(_is_pinyin(word) for word in words):
        return False
    return len(known) >= _LONG_ENOUGH_WITHOUT_LITTLE_WORDS or any(word in table.little_words for word in known)


def english_signs(text: str) -> dict[str, str]:
    """Return sign -> present, absent or hypothetical; a sign that is told anywhere is present."""
    found: dict[str, str] = {}
    rank = (HYPOTHETICAL, ABSENT, PRESENT)
    for name, sign in _english().signs.items():
        for pattern in sign.patterns:
            for match in pattern.finditer(text[:_READ]):
                status = _status(text[:_READ], match.start(), match.end())
                if name not in found or rank.index(status) > rank.index(found[name]):
                    found[name] = status
    return found


def english_danger(text: str) -> bool:
    """Whether somebody says in English that they or others are in danger now."""
    danger = _english().danger
    read = text[:_READ].strip()
    return any(one.search(read) for one in danger.patterns) and not any(one.search(read) for one in danger.unless)


def english_self_harm(text: str) -> bool:
    """Whether somebody says in English that they want to die."""
    return any(one.search(text[:_READ]) for one in _english().self_harm)


def english_sign_names() -> frozenset[str]:
    """Return the signs that can be heard in English, and so have English words."""
    return frozenset(_english().signs)


def english_place(text: str) -> str | None:
    """Return the country (ISO 3166 alpha-2) named last in an English text: abroad before China; None for none."""
    places = _english().places
    pattern = _place_pattern()
    named = [places[match.group()] for match in pattern.finditer(text[:_READ])]
    return next((code for code in reversed(named) if code != "CN"), named[-1] if named else None)


def english_name(country: str) -> str | None:
    """Return what a country is called in English, or None where we have no name."""
    return _english().names.get(country)


@lru_cache(maxsize=1)
def _place_pattern() -> re.Pattern[str]:
    names = sorted(_english().places, key=len, reverse=True)
    # 'chinese embassy' is no place to be in; 'us' means the person, so the table does not hold it
    return re.compile(r"\b(?:" + "|".join(map(re.escape, names)) + r")\b(?! embassy| consulate)")


def _status(text: str, start: int, end: int) -> str:
    begin = max((match.end() for match in _CLAUSE_END.finditer(text, 0, start)), default=0)
    stop = _CLAUSE_END.search(text, end)
    clause, before = text[begin : stop.start() if stop else len(text)].strip(), text[begin:start]
    mark = stop.group() if stop else ""
    if mark in ("?", "？") and (_is_asked(clause) or not before.strip()):
        return HYPOTHETICAL
    if _is_asked(before.strip()):
        return HYPOTHETICAL
    denied = any(word in _english().denials for word in _WORD.findall(before)[-_REACH_OF_DENIAL:])
    return ABSENT if denied else PRESENT


def _is_asked(clause: str) -> bool:
    return any(question.search(clause) for question in _english().questions)


def _is_pinyin(word: str) -> bool:
    return bool(re.fullmatch(f"(?:{_PINYIN.pattern})+", word))


def _read_signs(entry: Entry) -> _Signs:
    entry.check_fields(["patterns", "examples", "counter_examples"], ["unless"])
    unless = _compiled(entry, "unless") if "unless" in entry else ()
    return _Signs(_compiled(entry, "patterns"), unless, entry.texts("examples"), entry.texts("counter_examples"))


def _compiled(entry: Entry, field: str) -> tuple[re.Pattern[str], ...]:
    compiled = []
    for source in entry.texts(field):
        try:
            compiled.append(re.compile(source))
        except re.error as error:
            entry.refuse(f"{source}: {error}", field, error)
    return tuple(compiled)

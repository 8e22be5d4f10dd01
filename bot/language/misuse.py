"""Finds hostile use: insults, commands to the machine, and requests to help those who exploit people.

The words stand in data/lexicon/misuse.yml, edited by trainers. Whoever tells that such a thing was done to them, or
asks whether it is allowed, is no misuser: each kind names in `unless` what takes it back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.language.lexicon import LEXICON_FOLDER, WITHIN_CLAUSE
from bot.tables import Entry, load_entry

MISUSE_FILE = LEXICON_FOLDER / "misuse.yml"
INSULT, NONSENSE, PROMPT = "insult", "nonsense", "prompt"
#: In the order in which they are looked for; the first that fits is the answer.
KINDS = (
    PROMPT, "scam_script", "fake_papers", "help_to_smuggle", "hold_papers", "fake_advert", "safe_stamp", INSULT,
    NONSENSE,
)  # fmt: skip
#: How far in a text is read: a long story is no insult, and a request stands in its first lines.
_READ = 600
_FEWEST_LETTERS = 5
_MOST_CONSONANTS_IN_A_ROW = 5
_KEYBOARD_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_LETTERS_ONLY = re.compile(r"[a-z0-9 .,!?;:'\"/\[\]\\<>=+\-_()*&^%$#@~`|{}]*")
_CONSONANTS = re.compile(f"[b-df-hj-np-tv-xz]{{{_MOST_CONSONANTS_IN_A_ROW},}}")
#: A word as long as this is made of more letters than that.
_LONG_WORD, _FEW_LETTERS = 8, 4
_LAUGHTER = re.compile("ha|he|hi|la|wu|xi|lo|yo")
_VOWEL = re.compile("[aeiouy]")
#: An address, a name of an account or a code is no rubbish, however it looks.
_ADDRESS = re.compile(r"https?:|www\.|@|\.(?:com|cn|net|org|io|me)\b|[a-z]+\d{2,}|\d+[a-z]+")


@dataclass(frozen=True)
class MisuseKind:
    """One kind; `examples` are of it, `counter_examples` only look so."""

    name: str
    patterns: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    examples: tuple[str, ...]
    counter_examples: tuple[str, ...]

    def fits(self, text: str) -> bool:
        return any(one.search(text) for one in self.patterns) and not any(one.search(text) for one in self.unless)


def load_misuse(path: Path = MISUSE_FILE) -> Mapping[str, MisuseKind]:
    """Return every kind by its name, in the order of KINDS; KnowledgeError names file and line of what is wrong."""
    table = load_entry(path)
    table.check_fields(["words", "kinds"])
    groups = _word_groups(table.entry("words"))
    kinds = table.entry("kinds")
    kinds.check_fields(KINDS)
    return {name: _read_kind(kinds.entry(name), name, groups) for name in KINDS}


@lru_cache(maxsize=1)
def _kinds() -> Mapping[str, MisuseKind]:
    return load_misuse()


def misuse_of(text: str) -> str | None:
    """Return the kind of misuse (one of KINDS) of a normalised text, or None.

    Only the kind is told: where the message also holds signs of harm, those are the caller's to weigh first.
    """
    read = text[:_READ]
    for name, kind in _kinds().items():
        if name == NONSENSE and _is_mashed(read) and not any(one.search(read) for one in kind.unless):
            return NONSENSE
        if kind.fits(read):
            return name
    return None


def _is_mashed(text: str) -> bool:
    """Whether letters were struck at random: no vowels, runs along a row of the keyboard, the same few again and again.

    Chinese written in Latin letters, English, numbers and short words are not.
    """
    plain = text.strip()
    if not _LETTERS_ONLY.fullmatch(plain) or _ADDRESS.search(plain):
        return False
    words = re.findall("[a-z]+", plain)
    if sum(map(len, words)) < _FEWEST_LETTERS:
        return False
    return all(_is_mashed_word(word) for word in words if len(word) > 2) and any(len(word) > 3 for word in words)


def _is_mashed_word(word: str) -> bool:
    if _CONSONANTS.search(word) or not _VOWEL.search(word):
        return True
    few_letters = len(word) >= _LONG_WORD and len(set(word)) <= _FEW_LETTERS
    if (few_letters or re.fullmatch(r"(.{2,4}?)\1{2,}.{0,3}", word)) and not _LAUGHTER.search(word):
        return True
    along = sum(any(word[at : at + 3] in row or word[at : at + 3] in row[::-1] for row in _KEYBOARD_ROWS)
                for at in range(len(word) - 2))  # fmt: skip
    return along >= ((len(word) - 2) if len(word) < 5 else (len(word) - 2) / 2)


def _word_groups(words: Entry) -> dict[str, str]:
    """Return name -> alternative of all words, longest first; a word may use the groups before it."""
    groups: dict[str, str] = {}
    for name in words:
        expanded = [_expand(words, name, word, groups) for word in words.texts(name)]
        groups[name] = "(?:" + "|".join(sorted(expanded, key=len, reverse=True)) + ")"
    return groups


def _expand(entry: Entry, field: str, source: str, groups: Mapping[str, str]) -> str:
    try:
        return re.sub(r"\{([a-z_]+)\}", lambda match: groups[match[1]], source)
    except KeyError as error:
        entry.refuse(f"no words {error} for {source}", field, error)


def _read_kind(entry: Entry, name: str, groups: Mapping[str, str]) -> MisuseKind:
    entry.check_fields(["patterns", "unless", "examples", "counter_examples"])
    if not entry.texts("examples") or not entry.texts("counter_examples"):
        entry.refuse(f"{name} needs examples and counter_examples")
    return MisuseKind(
        name,
        _compiled(entry, "patterns", groups),
        _compiled(entry, "unless", groups),
        entry.texts("examples"),
        entry.texts("counter_examples"),
    )


def _compiled(entry: Entry, field: str, groups: Mapping[str, str]) -> tuple[re.Pattern[str], ...]:
    compiled = []
    for source in entry.texts(field):
        try:
            pattern = re.compile(_expand(entry, field, source, groups).replace("~", WITHIN_CLAUSE))
        except re.error as error:
            entry.refuse(f"{source}: {error}", field, error)
        if pattern.match(""):
            entry.refuse(f"{source}: would be found in an empty text", field)
        compiled.append(pattern)
    return tuple(compiled)

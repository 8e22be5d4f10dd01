"""Finds concepts, what people talk about whatever words they use: data/lexicon/concepts/*.yml, edited by trainers.

An entry of a file is `name: {means, examples, counterexamples, words}`. A word is plain text or an expression, in which
`~` stands for up to seven characters within a clause; words are matched against normalised text.
"""

from __future__ import annotations

import re
import sre_parse
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.language.clauses import Clause, clause_at, clauses
from bot.language.lexicon import LEXICON_FOLDER, WITHIN_CLAUSE, LexiconError
from bot.language.mention_status import DO_NOT

CONCEPTS_FOLDER = LEXICON_FOLDER / "concepts"
_FIELDS = {"means": str, "examples": list, "counterexamples": list, "words": list}
_NO_PLAIN_TEXT = re.compile(r"[\[\]().*+?|\\^${}~]")
_DENIED_BEFORE = re.compile("(?:没有?|未|不|" + DO_NOT + "|冇|唔|无|免|零)[^，。,;； ]{0,3}$")


@dataclass(frozen=True)
class Expression:
    """A word with variable parts; a text can only match that has a character of each of the `needed` sets."""

    pattern: re.Pattern[str]
    needed: tuple[frozenset[str], ...]


@dataclass(frozen=True)
class Concept:
    """All ways of saying one thing; `examples` hold it, `counterexamples` only look so."""

    name: str
    means: str
    phrases: tuple[str, ...]
    expressions: tuple[Expression, ...]
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...]


@dataclass(frozen=True)
class ConceptMention:
    """A concept at `start:end` of a normalised text; `denied` when a negation stands close before it in its clause."""

    concept: str
    denied: bool
    start: int
    end: int


class Concepts:
    """All concepts, compiled once, in the order of their names."""

    def __init__(self, concepts: Mapping[str, Concept]) -> None:
        self._concepts = dict(sorted(concepts.items()))
        # Most words are plain text: looked up by their first character, thousands cost no more than a few.
        self._phrases: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for concept in self._concepts.values():
            for phrase in concept.phrases:
                self._phrases[phrase[:2]].append((phrase, concept.name))
        self._expressions = [(c.name, expression) for c in self._concepts.values() for expression in c.expressions]
        self._by_character, self._anywhere = self._index()

    def _index(self) -> tuple[dict[str, list[int]], set[int]]:
        """Return the numbers of the expressions by the rarest characters they need, and those that need none."""
        common = Counter(c for _, expression in self._expressions for needed in expression.needed for c in needed)
        index: dict[str, list[int]] = defaultdict(list)
        anywhere = set()
        for number, (_, expression) in enumerate(self._expressions):
            rarest = min(expression.needed, key=lambda needed: sum(common[c] for c in needed), default=None)
            if rarest is None:
                anywhere.add(number)
            for character in rarest or ():
                index[character].append(number)
        return dict(index), anywhere

    @property
    def names(self) -> list[str]:
        return list(self._concepts)

    def __getitem__(self, name: str) -> Concept:
        return self._concepts[name]

    @classmethod
    def load(cls, folder: Path = CONCEPTS_FOLDER) -> Concepts:
        """Read every file of the folder; raise LexiconError at the first entry that cannot be used."""
        concepts: dict[str, Concept] = {}
        for path in sorted(folder.glob("*.yml")):
            content = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
            if not isinstance(content, dict):
                raise LexiconError(f"{path}: expected names of concepts with their entries below each")
            for name, entry in content.items():
                if name in concepts:
                    raise LexiconError(f"{path}: {name} is there a second time")
                concepts[name] = _concept(name, entry, path)
        if not concepts:
            raise LexiconError(f"{folder}: no concepts")
        return cls(concepts)

    def find(self, text: str) -> list[ConceptMention]:
        """Return every concept in a normalised text, leftmost first."""
        parts = clauses(text)
        found = {(start, end, name) for name, start, end in self._spans(text)}
        return [ConceptMention(name, _is_denied(text, parts, start), start, end) for start, end, name in sorted(found)]

    def _spans(self, text: str) -> Iterator[tuple[str, int, int]]:
        for start in range(len(text)):
            for key in (text[start : start + 2], text[start]):
                for phrase, name in self._phrases.get(key, ()):
                    if text.startswith(phrase, start):
                        yield name, start, start + len(phrase)
        characters = set(text)
        possible = {number for character in characters for number in self._by_character.get(character, ())}
        for number in possible | self._anywhere:
            name, expression = self._expressions[number]
            if any(characters.isdisjoint(needed) for needed in expression.needed):
                continue
            for match in expression.pattern.finditer(text):
                if match.start() < match.end():
                    yield name, match.start(), match.end()


def _is_denied(text: str, parts: list[Clause], start: int) -> bool:
    if not parts:
        return False
    clause = parts[clause_at(parts, start)]
    return start > clause.start and bool(_DENIED_BEFORE.search(text[clause.start : start]))


def _concept(name: str, entry: Any, path: Path) -> Concept:
    if not isinstance(entry, dict) or set(entry) != set(_FIELDS):
        raise LexiconError(f"{path}: {name}: expected {', '.join(_FIELDS)}")
    for field, kind in _FIELDS.items():
        if not isinstance(entry[field], kind) or not entry[field]:
            raise LexiconError(f"{path}: {name}: {field} must be a {'text' if kind is str else 'list'}, not empty")
    phrases, expressions = [], []
    for word in map(str, entry["words"]):
        if not _NO_PLAIN_TEXT.search(word):
            phrases.append(word)
            continue
        source = word.replace("~", WITHIN_CLAUSE)
        try:
            pattern = re.compile(source)
        except re.error as error:
            raise LexiconError(f"{path}: {name}: {word}: {error}") from error
        if pattern.match(""):
            raise LexiconError(f"{path}: {name}: {word}: would be found in an empty text")
        expressions.append(Expression(pattern, tuple(sorted(_needed(sre_parse.parse(source)), key=len))))
    return Concept(
        name,
        entry["means"],
        tuple(phrases),
        tuple(expressions),
        tuple(map(str, entry["examples"])),
        tuple(map(str, entry["counterexamples"])),
    )


def _needed(parsed: Any) -> list[frozenset[str]]:
    """Return sets of characters of which every match holds at least one each; parts that may be missing need none."""
    needed = []
    for kind, value in parsed:
        if kind is sre_parse.LITERAL:
            needed.append(frozenset(chr(value)))
        elif kind is sre_parse.IN and all(part is sre_parse.LITERAL for part, _ in value):
            needed.append(frozenset(chr(code) for _, code in value))
        elif kind is sre_parse.SUBPATTERN:
            needed += _needed(value[3])
        elif kind in (sre_parse.MAX_REPEAT, sre_parse.MIN_REPEAT) and value[0] > 0:
            needed += _needed(value[2])
        elif kind is sre_parse.BRANCH:
            branches = [_needed(branch) for branch in value[1]]
            if all(branches):
                needed.append(frozenset().union(*(min(sets, key=len) for sets in branches)))
    return needed

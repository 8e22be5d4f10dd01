"""Finds signs of exploitation by what people say when the sign is there: data/lexicon/*.yml, edited by trainers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.language.clauses import clauses
from bot.language.mention_status import (
    ABSENT,
    HYPOTHETICAL,
    PRESENT,
    is_asked,
    is_no_denial,
    is_turned_around,
    read_status,
)

LEXICON_FOLDER = Path("data/lexicon")
HARMLESS = "harmless"
#: What `~` stands for.
WITHIN_CLAUSE = "[^。！!？?，,；;\n]{0,7}?"
_WITHIN_SENTENCE = "[^。！!？?\n]{0,14}?"
_NEGATIONS = "没不未免无别莫勿冇"


class LexiconError(ValueError):
    """A lexicon file cannot be used; the message names file, indicator and pattern."""


@dataclass(frozen=True)
class Pattern:
    """One way of saying it; `negatable` are the negation characters that would turn the pattern around."""

    indicator: str
    expression: re.Pattern[str]
    status: str
    negatable: str


@dataclass(frozen=True)
class Sighting:
    """A pattern that matched, with the status its surroundings give it; offsets in the normalised text."""

    indicator: str
    status: str
    start: int
    end: int
    pattern: int


class Lexicon:
    """All patterns of all indicators, compiled once.

    A pattern's status is present (negation, question and fear around it decide), absent (a plain opposite) or
    harmless: what looks like the sign in the same message is not one (a passport copied and given back).
    """

    def __init__(self, patterns: list[Pattern]) -> None:
        self.patterns = patterns

    @classmethod
    def load(cls, folder: Path = LEXICON_FOLDER, patterns_file: str = "indicators.yml") -> Lexicon:
        """Read words.yml and the patterns; raise LexiconError at the first entry that cannot be used."""
        concepts = {
            name: "(?:" + "|".join(sorted(map(str, words), key=len, reverse=True)) + ")"
            for name, words in _read(folder / "words.yml").items()
        }
        patterns = []
        for indicator, rows in _read(folder / patterns_file).items():
            for row in rows:
                entry: dict[str, Any] = {"match": row} if isinstance(row, str) else row
                patterns.append(_compile(indicator, entry, concepts, folder / patterns_file))
        return cls(patterns)

    def find(self, text: str) -> list[Sighting]:
        """Return every sighting in a normalised text, leftmost first."""
        parts = clauses(text)
        found = []
        for number, pattern in enumerate(self.patterns):
            for match in pattern.expression.finditer(text):
                if match.start() == match.end():
                    continue
                status = pattern.status
                if status == HARMLESS:
                    status = ABSENT
                elif status == ABSENT and is_asked(text, match.start()):
                    status = HYPOTHETICAL
                elif status == ABSENT and (
                    is_no_denial(text, match.start()) or is_turned_around(text, parts, match.start())
                ):
                    continue
                elif status == PRESENT:
                    status = read_status(text, parts, match.start(), match.end(), pattern.negatable)
                found.append(Sighting(pattern.indicator, status, match.start(), match.end(), number))
        harmless = {s.indicator for s in found if self.patterns[s.pattern].status == HARMLESS}
        kept = [s for s in found if s.indicator not in harmless or s.status != PRESENT]
        return sorted(kept, key=lambda sighting: (sighting.start, sighting.end))


def _read(path: Path) -> dict[str, list[Any]]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise LexiconError(f"{path}: expected names with a list of entries below each")
    return content


def _compile(indicator: str, entry: dict[str, Any], concepts: dict[str, str], path: Path) -> Pattern:
    source = entry["match"]
    status = entry.get("status", PRESENT)
    if status not in (PRESENT, ABSENT, HARMLESS):
        raise LexiconError(f"{path}: {indicator}: unknown status {status!r}")
    try:
        expanded = re.sub(r"\{([a-z_]+)\}", lambda match: concepts[match[1]], source)
        expression = re.compile(expanded.replace("~~", _WITHIN_SENTENCE).replace("~", WITHIN_CLAUSE))
    except KeyError as error:
        raise LexiconError(f"{path}: {indicator}: no concept {error} for pattern {source}") from error
    except re.error as error:
        raise LexiconError(f"{path}: {indicator}: {source}: {error}") from error
    negatable = "".join(character for character in _NEGATIONS if character not in expanded)
    return Pattern(indicator, expression, status, negatable)

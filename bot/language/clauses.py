"""Cuts a message into clauses: the reach of a negation, a question or a fear."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Chinese chat often has blanks where writing has commas; a blank between two Latin words or digits is no end.
_BREAK = re.compile(r"[。！!？?；;，,、\n…~～]+|\.{2,}|(?<![a-z0-9]) +| +(?![a-z0-9])|(?<=[\u4e00-\u9fff])[:：]")


@dataclass(frozen=True)
class Clause:
    """A stretch of normalised text; `mark` is the punctuation or blank that ends it."""

    text: str
    start: int
    end: int
    mark: str


def clauses(text: str) -> list[Clause]:
    """Return the clauses of a normalised text in order, without empty ones."""
    found, start = [], 0
    for match in _BREAK.finditer(text):
        if text[start : match.start()].strip():
            found.append(Clause(text[start : match.start()], start, match.start(), match.group().strip() or " "))
        start = match.end()
    if text[start:].strip():
        found.append(Clause(text[start:], start, len(text), ""))
    return found


def clause_at(parts: list[Clause], position: int) -> int:
    """Return the index of the clause that holds `position`, or of the last one before it."""
    for index, part in enumerate(parts):
        if position < part.end:
            return index
    return len(parts) - 1

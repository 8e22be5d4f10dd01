"""The messages that a model is most sure about and wrong; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.processes.metrics import Scored


@dataclass(frozen=True)
class Mistake:
    """A message, by its number, with its wrong labels and their chances, the worst first."""

    number: int
    labels: tuple[tuple[str, float], ...]


def false_alarms(rows: Sequence[Scored]) -> list[Mistake]:
    """Return the messages with signs that are not there; the highest chance first."""
    return _worst_first(rows, lambda row: row.false_alarms, highest=True)


def misses(rows: Sequence[Scored]) -> list[Mistake]:
    """Return the messages with signs that were not seen; the lowest chance first."""
    return _worst_first(rows, lambda row: row.misses, highest=False)


def wrong_intents(rows: Sequence[Scored]) -> list[Mistake]:
    """Return the messages with a wrong intent; the highest confidence first."""
    wrong = [
        Mistake(number, ((row.given_intent, row.confidence),))
        for number, row in enumerate(rows)
        if row.gold_intent and row.given_intent != row.gold_intent
    ]
    return sorted(wrong, key=lambda mistake: -mistake.labels[0][1])


def _worst_first(rows: Sequence[Scored], wrong: Callable[[Scored], frozenset[str]], highest: bool) -> list[Mistake]:
    sign = -1 if highest else 1
    mistakes = []
    for number, row in enumerate(rows):
        labels = [(label, row.chances.get(label, 0.0)) for label in sorted(wrong(row))]
        if labels:
            mistakes.append(Mistake(number, tuple(sorted(labels, key=lambda one: sign * one[1]))))
    return sorted(mistakes, key=lambda mistake: sign * mistake.labels[0][1])

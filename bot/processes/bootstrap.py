"""How far a figure could lie from the truth: 95 % percentile intervals over messages drawn anew; pure.

Two models are compared on the same draws, so that a hard message counts for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy

from bot.processes.metrics import Scored

DRAWS = 1000
SEED = 13
LOWER_IS_BETTER = frozenset({"false_alarms", "denied_or_hypothetical_raised"})


@dataclass(frozen=True)
class Estimate:
    """A figure with the interval that it lies in."""

    value: float
    low: float
    high: float

    def verdict(self, measure: str) -> str:
        """Say what a difference (new less old) means."""
        if self.low <= 0 <= self.high:
            return "no clear difference"
        return "better" if (self.value < 0) == (measure in LOWER_IS_BETTER) else "worse"


def intervals(rows: Sequence[Scored]) -> dict[str, Estimate]:
    """Return the headline figures of one model."""
    drawn = measured(rows, draws(len(rows)))
    return _estimates(measured(rows, _as_they_are(len(rows))), drawn)


def differences(new: Sequence[Scored], old: Sequence[Scored]) -> dict[str, Estimate]:
    """Return new less old; both have read the same messages in the same order."""
    if len(new) != len(old):
        raise ValueError("two models are compared on the same messages")
    drawn = draws(len(new))
    plain = _as_they_are(len(new))
    return _estimates(
        _less(measured(new, plain), measured(old, plain)), _less(measured(new, drawn), measured(old, drawn))
    )


def draws(messages: int) -> numpy.ndarray:
    """Return how often each message was drawn: a row a draw, a column a message."""
    if not messages:
        return numpy.zeros((DRAWS, 0))
    return numpy.random.default_rng(SEED).multinomial(messages, [1 / messages] * messages, size=DRAWS).astype(float)


def measured(rows: Sequence[Scored], drawn: numpy.ndarray) -> dict[str, numpy.ndarray]:
    """Return every headline figure for every draw, counted as metrics.figures counts."""
    intents = [
        (frozenset({row.gold_intent}), frozenset({row.given_intent})) if row.gold_intent else (frozenset(), frozenset())
        for row in rows
    ]
    intent_counts = _counts(intents, drawn)
    indicator_counts = _counts([(row.present, row.given) for row in rows], drawn)
    calm = [not row.present for row in rows]
    unmeant = [(row.absent | row.hypothetical) - row.present for row in rows]
    return {
        "intent_macro_f1": _macro_f1(*intent_counts),
        "indicator_micro_f1": _f1(*(counts.sum(axis=1) for counts in indicator_counts)),
        "indicator_macro_f1": _macro_f1(*indicator_counts),
        "false_alarms": _share(
            drawn @ _column(is_calm and bool(row.given) for is_calm, row in zip(calm, rows, strict=True)),
            drawn @ _column(calm),
        ),
        "denied_or_hypothetical_raised": _share(
            drawn @ _column(len(signs & row.given) for signs, row in zip(unmeant, rows, strict=True)),
            drawn @ _column(len(signs) for signs in unmeant),
        ),
    }


def _counts(
    pairs: Sequence[tuple[frozenset[str], frozenset[str]]], drawn: numpy.ndarray
) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Return how often each label was right, wrongly given and missed: a row a draw, a column a label."""
    labels = sorted({label for gold, given in pairs for label in gold | given})

    def of(sets: Sequence[frozenset[str]]) -> numpy.ndarray:
        return drawn @ numpy.array([[label in marked for label in labels] for marked in sets], dtype=float).reshape(
            len(pairs), len(labels)
        )

    return (
        of([gold & given for gold, given in pairs]),
        of([given - gold for gold, given in pairs]),
        of([gold - given for gold, given in pairs]),
    )


def _f1(right: numpy.ndarray, wrong: numpy.ndarray, missed: numpy.ndarray) -> numpy.ndarray:
    return _share(2 * right, 2 * right + wrong + missed)


def _macro_f1(right: numpy.ndarray, wrong: numpy.ndarray, missed: numpy.ndarray) -> numpy.ndarray:
    """Return the mean over the labels that occur in the gold data of the draw."""
    occurs = (right + missed) > 0
    return _share((_f1(right, wrong, missed) * occurs).sum(axis=1), occurs.sum(axis=1))


def _share(part: numpy.ndarray, whole: numpy.ndarray) -> numpy.ndarray:
    return numpy.divide(part, whole, out=numpy.zeros(numpy.shape(part)), where=whole > 0)


def _column(values: Iterable[float]) -> numpy.ndarray:
    return numpy.array(list(values), dtype=float)


def _as_they_are(messages: int) -> numpy.ndarray:
    return numpy.ones((1, messages))


def _less(new: dict[str, numpy.ndarray], old: dict[str, numpy.ndarray]) -> dict[str, numpy.ndarray]:
    return {measure: new[measure] - old[measure] for measure in new}


def _estimates(plain: dict[str, numpy.ndarray], drawn: dict[str, numpy.ndarray]) -> dict[str, Estimate]:
    estimates = {}
    for measure, value in plain.items():
        low, high = numpy.quantile(drawn[measure], (0.025, 0.975))
        estimates[measure] = Estimate(float(value[0]), float(low), float(high))
    return estimates

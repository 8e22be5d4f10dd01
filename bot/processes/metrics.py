"""The figures of an evaluation, as the reviewers of this project count them; pure.

Macro figures average over the labels that occur in the gold data.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Scored:
    """A message with what it means (gold) and what was understood (given); `chances` are of a sign being present."""

    gold_intent: str
    given_intent: str
    present: frozenset[str]
    absent: frozenset[str]
    hypothetical: frozenset[str]
    given: frozenset[str]
    milliseconds: float = 0.0
    confidence: float = 0.0
    chances: Mapping[str, float] = field(default_factory=dict)

    @property
    def false_alarms(self) -> frozenset[str]:
        return self.given - self.present

    @property
    def misses(self) -> frozenset[str]:
        return self.present - self.given


@dataclass
class Counts:
    """How often a label was right, wrongly given, and missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return _share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float:
        return _share(self.right, self.right + self.missed)

    @property
    def f1(self) -> float:
        return _share(2 * self.precision * self.recall, self.precision + self.recall)

    @property
    def gold(self) -> int:
        return self.right + self.missed

    @property
    def given(self) -> int:
        return self.right + self.wrong


@dataclass(frozen=True)
class Figures:
    """Everything that is printed; a pair is (how many, of how many)."""

    messages: int
    intent_accuracy: float
    intent_macro_f1: float
    micro: tuple[float, float, float]
    macro: tuple[float, float, float]
    exact: tuple[int, int]
    false_alarms: tuple[int, int]
    denied_raised: tuple[int, int]
    hypothetical_raised: tuple[int, int]
    denied_or_hypothetical_raised: tuple[int, int]
    p50: float
    p95: float
    per_indicator: dict[str, Counts]
    per_intent: dict[str, Counts]

    @property
    def headline(self) -> dict[str, float]:
        """Return the figures that models are compared by."""
        return {
            "intent_macro_f1": self.intent_macro_f1,
            "indicator_micro_f1": self.micro[2],
            "indicator_macro_f1": self.macro[2],
            "false_alarms": _share(*self.false_alarms),
            "denied_or_hypothetical_raised": _share(*self.denied_or_hypothetical_raised),
        }


def figures(rows: Sequence[Scored]) -> Figures:
    """Count everything."""
    with_intent = [row for row in rows if row.gold_intent]
    intents = count((frozenset({row.gold_intent}), frozenset({row.given_intent})) for row in with_intent)
    indicators = count((row.present, row.given) for row in rows)
    calm = [row for row in rows if not row.present]
    times = [row.milliseconds for row in rows]
    return Figures(
        messages=len(rows),
        intent_accuracy=_share(sum(row.gold_intent == row.given_intent for row in with_intent), len(with_intent)),
        intent_macro_f1=macro(intents)[2],
        micro=micro(indicators),
        macro=macro(indicators),
        exact=(sum(row.present == row.given for row in rows), len(rows)),
        false_alarms=(sum(bool(row.given) for row in calm), len(calm)),
        denied_raised=_raised((row.absent, row) for row in rows),
        hypothetical_raised=_raised((row.hypothetical, row) for row in rows),
        denied_or_hypothetical_raised=_raised((row.absent | row.hypothetical, row) for row in rows),
        p50=percentile(times, 0.5),
        p95=percentile(times, 0.95),
        per_indicator=indicators,
        per_intent=intents,
    )


def count(pairs: Iterable[tuple[frozenset[str], frozenset[str]]]) -> dict[str, Counts]:
    """Compare gold and given labels, label by label."""
    counts: dict[str, Counts] = defaultdict(Counts)
    for gold, given in pairs:
        for label in gold & given:
            counts[label].right += 1
        for label in given - gold:
            counts[label].wrong += 1
        for label in gold - given:
            counts[label].missed += 1
    return dict(counts)


def micro(counts: dict[str, Counts]) -> tuple[float, float, float]:
    """Return precision, recall and F1 over all labels together."""
    total = Counts(
        sum(one.right for one in counts.values()),
        sum(one.wrong for one in counts.values()),
        sum(one.missed for one in counts.values()),
    )
    return total.precision, total.recall, total.f1


def macro(counts: dict[str, Counts]) -> tuple[float, float, float]:
    """Return the means of precision, recall and F1 of the labels that occur in the gold data."""
    rows = [(one.precision, one.recall, one.f1) for one in counts.values() if one.gold]
    if not rows:
        return 0.0, 0.0, 0.0
    precision, recall, f1 = (sum(column) / len(rows) for column in zip(*rows, strict=True))
    return precision, recall, f1


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))] if ordered else 0.0


def _raised(denied: Iterable[tuple[frozenset[str], Scored]]) -> tuple[int, int]:
    """Count the signs that were only denied or imagined and yet given as present."""
    given = [sign in row.given for signs, row in denied for sign in signs - row.present]
    return sum(given), len(given)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0

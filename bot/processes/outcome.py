"""What an evaluation found, and figures.json, which keeps it for later comparisons without any text."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bot.processes import bootstrap, curves
from bot.processes.bootstrap import Estimate
from bot.processes.labelled import EvaluationError, Labelled
from bot.processes.metrics import Figures, Scored, figures
from bot.processes.reading import Reading, scored

FIGURES_FILE = "figures.json"


@dataclass(frozen=True)
class Against:
    """What another model read in those of the messages that it was asked, by their numbers."""

    name: str
    numbers: Sequence[int]
    readings: Sequence[Reading]


@dataclass(frozen=True)
class Evaluation:
    """Messages and what was read in them; `folds` names the fold of each where there are folds."""

    model: str
    source: str
    messages: Sequence[Labelled]
    readings: Sequence[Reading]
    folds: Sequence[int] = ()
    against: Against | None = None

    @cached_property
    def rows(self) -> list[Scored]:
        return scored(self.messages, self.readings)

    @cached_property
    def figures(self) -> Figures:
        return figures(self.rows)

    @cached_property
    def intervals(self) -> dict[str, Estimate]:
        return bootstrap.intervals(self.rows)

    def average_precision(self, label: str) -> float:
        return curves.average_precision(curves.precision_recall(curves.for_label(self.rows, label)))

    @cached_property
    def by_fold(self) -> list[Figures]:
        return [
            figures([row for row, own in zip(self.rows, self.folds, strict=True) if own == fold])
            for fold in sorted(set(self.folds))
        ]

    @cached_property
    def comparison(self) -> dict[str, tuple[float, float, Estimate]]:
        """Return measure -> old, new, difference, over the messages that both have read."""
        if self.against is None:
            return {}
        new = [self.rows[number] for number in self.against.numbers]
        old = scored((self.messages[number] for number in self.against.numbers), self.against.readings)
        before, after = figures(old).headline, figures(new).headline
        return {
            measure: (before[measure], after[measure], difference)
            for measure, difference in bootstrap.differences(new, old).items()
        }


def earlier(path: Path, messages: Sequence[Labelled]) -> Against:
    """Read what an earlier evaluation found for these messages; today's labels decide what is right."""
    file = path / FIGURES_FILE if path.is_dir() else path
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        found = {(row["id"], row["words"]): Reading.from_record(row) for row in record["messages"]}
        name = f"{record['model']} ({file.parent.name})"
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise EvaluationError(f"{file} is no {FIGURES_FILE} of an earlier evaluation.") from error
    named = [(message.id, message.words) for message in messages]
    numbers = [number for number, own in enumerate(named) if own in found]
    if not numbers:
        raise EvaluationError(f"{file} is of other messages: none of these is in it, so nothing can be compared.")
    return Against(name, numbers, [found[named[number]] for number in numbers])


def as_record(evaluation: Evaluation) -> dict[str, Any]:
    """Return ids, labels and figures, never a text."""
    rows = evaluation.rows
    messages = [
        {
            "id": message.id,
            "words": message.words,
            "gold_intent": message.intent,
            "present": sorted(message.present),
            "absent": sorted(message.absent),
            "hypothetical": sorted(message.hypothetical),
            **({"fold": evaluation.folds[number] + 1} if evaluation.folds else {}),
            **reading.record(),
        }
        for number, (message, reading) in enumerate(zip(evaluation.messages, evaluation.readings, strict=True))
    ]
    return {
        "made": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "model": evaluation.model,
        "source": evaluation.source,
        "figures": asdict(evaluation.figures),
        "intervals": {measure: asdict(estimate) for measure, estimate in evaluation.intervals.items()},
        "average_precision": {label: evaluation.average_precision(label) for label in evaluation.figures.per_indicator},
        "calibration": {
            "signs": [asdict(one) for one in curves.reliability(curves.for_signs(rows))],
            "intents": [asdict(one) for one in curves.reliability(curves.for_intents(rows))],
        },
        "folds": [asdict(one) for one in evaluation.by_fold],
        "against": evaluation.against and {
            "model": evaluation.against.name,
            "messages": len(evaluation.against.numbers),
            "measures": {
                measure: {"old": old, "new": new, "difference": asdict(difference)}
                for measure, (old, new, difference) in evaluation.comparison.items()
            },
        },
        "messages": messages,
    }  # fmt: skip

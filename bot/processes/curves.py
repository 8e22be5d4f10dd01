"""What the chances that a model tells are worth: precision against recall, and calibration; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.processes.metrics import Scored

BINS = 10
Judged = tuple[float, bool]  # a chance, and whether it came true


@dataclass(frozen=True)
class Point:
    """Precision and recall when everything with at least this chance is raised."""

    chance: float
    precision: float
    recall: float


@dataclass(frozen=True)
class Bin:
    """The judgements whose chance lies in a tenth, and how many of them came true."""

    low: float
    high: float
    count: int
    mean_chance: float
    share_true: float


def for_label(rows: Iterable[Scored], label: str) -> list[Judged]:
    """Return a label's chance in every message; one that the model does not tell is none."""
    return [(row.chances.get(label, 0.0), label in row.present) for row in rows]


def for_signs(rows: Iterable[Scored]) -> list[Judged]:
    """Return every chance that was told for a sign."""
    return [(chance, label in row.present) for row in rows for label, chance in row.chances.items()]


def for_intents(rows: Iterable[Scored]) -> list[Judged]:
    """Return the confidence in the given intent of every message that has one."""
    return [(row.confidence, row.given_intent == row.gold_intent) for row in rows if row.gold_intent]


def precision_recall(judged: Iterable[Judged]) -> list[Point]:
    """Return a point for every chance that occurs, the highest first; recall only grows."""
    ordered = sorted(judged, reverse=True)
    wanted = sum(true for _, true in ordered)
    points, given, right = [], 0, 0
    for chance, same in groupby(ordered, key=lambda one: one[0]):
        if chance <= 0:
            break  # what has no chance at all would never be raised
        outcomes = [true for _, true in same]
        given, right = given + len(outcomes), right + sum(outcomes)
        points.append(Point(chance, right / given, right / wanted if wanted else 0.0))
    return points


def average_precision(points: Iterable[Point]) -> float:
    """Return the area under the steps of the curve."""
    area, before = 0.0, 0.0
    for point in points:
        area += (point.recall - before) * point.precision
        before = point.recall
    return area


def reliability(judged: Iterable[Judged]) -> list[Bin]:
    """Return the tenths that hold anything; 1.0 belongs to the last."""
    members: dict[int, list[Judged]] = {}
    for chance, true in judged:
        members.setdefault(min(int(chance * BINS), BINS - 1), []).append((chance, true))
    return [
        Bin(
            low=number / BINS,
            high=(number + 1) / BINS,
            count=len(inside),
            mean_chance=sum(chance for chance, _ in inside) / len(inside),
            share_true=sum(true for _, true in inside) / len(inside),
        )
        for number, inside in sorted(members.items())
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """Return by how much the chances are off on average (expected calibration error)."""
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.mean_chance - one.share_true) for one in bins) / total if total else 0.0

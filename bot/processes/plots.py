"""The pictures of an evaluation, as PNG; they hold labels and figures only, and are made without a screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from math import ceil
from typing import Any

import numpy
from matplotlib.figure import Figure

from bot.processes import curves
from bot.processes.curves import Bin
from bot.processes.metrics import Counts, Scored, count

INCHES, DOTS = 12.0, 100  # 1200 pixels wide
COLUMNS = 4
BLUE, RED, GREY = "#1f5fa8", "#c0392b", "#8a8a8a"
NO_INTENT = "(none)"


def confusion_matrix(rows: Sequence[Scored]) -> bytes:
    """Draw which intent was taken for which, as counts; the shade is the share of the row."""
    pairs = Counter((row.gold_intent, row.given_intent) for row in rows if row.gold_intent)
    gold = _by_frequency(Counter(row.gold_intent for row in rows if row.gold_intent))
    if not gold:
        return _nothing("Intents: no message names the one that it means")
    # First those of the rows, so that what is right lies on the diagonal.
    given = gold + sorted({name for _, name in pairs} - set(gold))
    counts = numpy.array([[pairs[row, column] for column in given] for row in gold]).reshape(len(gold), len(given))
    shares = counts / numpy.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(INCHES, 3.0 + 0.4 * max(len(gold), 3)), dpi=DOTS, constrained_layout=True)
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(given)), [name or NO_INTENT for name in given], rotation=45, ha="right")
    totals = zip(gold, counts.sum(axis=1), strict=True)
    axes.set_yticks(range(len(gold)), [f"{name} ({total})" for name, total in totals])
    axes.set_xticks(numpy.arange(len(given) + 1) - 0.5, minor=True)
    axes.set_yticks(numpy.arange(len(gold) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="#dddddd", linewidth=0.6)
    axes.tick_params(which="minor", length=0)
    for (line, column), number in numpy.ndenumerate(counts):
        if number:
            dark = shares[line, column] > 0.5
            colour = "white" if dark else "black" if line == column else RED
            axes.text(column, line, str(number), ha="center", va="center", fontsize=10, color=colour)
    axes.set_xlabel("given by the model", fontsize=12)
    axes.set_ylabel("meant (number of messages)", fontsize=12)
    axes.set_title("Intents: what was taken for what", fontsize=14)
    return _png(figure)


def precision_recall(rows: Sequence[Scored]) -> bytes:
    """Draw a curve for every sign that occurs; the dot is where the model works, which needs not lie on it."""
    counts = count((row.present, row.given) for row in rows)
    labels = _by_frequency({label: one.gold for label, one in counts.items() if one.gold})
    if not labels:
        return _nothing("Signs: none is present in any message")
    lines = ceil(len(labels) / COLUMNS)
    figure = Figure(figsize=(INCHES, 0.8 + 2.9 * lines), dpi=DOTS, constrained_layout=True)
    grid = figure.subplots(lines, COLUMNS, squeeze=False, sharex=True, sharey=True)
    for axes in grid.flat[len(labels) :]:
        axes.set_axis_off()
    for axes, label in zip(grid.flat, labels, strict=False):
        _one_curve(axes, rows, label, counts[label])
    for number, axes in enumerate(grid.flat[: len(labels)]):
        if number + COLUMNS >= len(labels):
            axes.set_xlabel("recall", fontsize=10)
            axes.tick_params(labelbottom=True)
        if number % COLUMNS == 0:
            axes.set_ylabel("precision", fontsize=10)
    figure.suptitle("Signs: precision against recall, and where the model works (red)", fontsize=14)
    return _png(figure)


def _one_curve(axes: Any, rows: Sequence[Scored], label: str, counts: Counts) -> None:
    points = curves.precision_recall(curves.for_label(rows, label))
    if points:
        recall = [0.0, *(point.recall for point in points)]
        precision = [points[0].precision, *(point.precision for point in points)]
        axes.step(recall, precision, where="pre", color=BLUE, linewidth=1.8)
    axes.plot([counts.recall], [counts.precision], "o", color=RED, markersize=7, clip_on=False, zorder=3)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.05)
    axes.set_xticks([0, 0.5, 1])
    axes.set_yticks([0, 0.5, 1])
    axes.grid(color="#e4e4e4")
    average = curves.average_precision(points)
    axes.set_title(f"{label}\n{counts.gold} present, average precision {average:.2f}", fontsize=10)


def calibration(rows: Sequence[Scored]) -> bytes:
    """Draw how often what was told with a chance came true, and how many judgements that rests on."""
    figure = Figure(figsize=(INCHES, 6.4), dpi=DOTS, constrained_layout=True)
    grid = figure.subplots(2, 2, sharex=True, gridspec_kw={"height_ratios": [3, 1]})
    parts = (
        ("Signs: chance of being present", "share that was present", curves.for_signs(rows)),
        ("Intents: confidence in the given one", "share that was right", curves.for_intents(rows)),
    )
    for column, (title, meaning, judged) in enumerate(parts):
        _reliability(grid[0][column], grid[1][column], curves.reliability(judged), title, meaning)
    return _png(figure)


def _reliability(above: Any, below: Any, bins: Sequence[Bin], title: str, meaning: str) -> None:
    above.plot([0, 1], [0, 1], "--", color=GREY, linewidth=1.2, label="as it should be")
    above.set_title(f"{title}\naverage error {curves.calibration_error(bins):.3f}", fontsize=12)
    above.set_ylabel(meaning, fontsize=11)
    above.set_xlim(0, 1)
    above.set_ylim(0, 1.02)
    above.grid(color="#e4e4e4")
    below.set_ylabel("how many", fontsize=11)
    below.set_xlabel("what the model said", fontsize=11)
    if bins:
        said, came_true = [one.mean_chance for one in bins], [one.share_true for one in bins]
        above.plot(said, came_true, "o-", color=BLUE, linewidth=1.8, label="this model", clip_on=False)
        middles, counts = [(one.low + one.high) / 2 for one in bins], [one.count for one in bins]
        below.bar(middles, counts, width=0.092, color=BLUE)
        for middle, number in zip(middles, counts, strict=True):
            below.text(middle, number, str(number), ha="center", va="bottom", fontsize=8)
        below.set_yscale("log")  # nearly every sign is absent from nearly every message
        below.set_ylim(0.7, 12 * max(counts))
    above.legend(loc="best", fontsize=10)


def _by_frequency(counts: dict[str, int]) -> list[str]:
    return sorted(counts, key=lambda name: (-counts[name], name))


def _nothing(why: str) -> bytes:
    figure = Figure(figsize=(INCHES, 1.5), dpi=DOTS, constrained_layout=True)
    figure.suptitle(why, fontsize=14)
    return _png(figure)


def _png(figure: Figure) -> bytes:
    figure.set_constrained_layout_pads(w_pad=0.1, h_pad=0.1)
    content = BytesIO()
    figure.savefig(content, format="png")
    return content.getvalue()

"""Tells an evaluation: figures for the terminal, and a folder with a report for trainers, pictures and figures.json."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bot.keys import private_folder
from bot.processes import mistakes, plots
from bot.processes.bootstrap import DRAWS, Estimate
from bot.processes.labelled import EvaluationError, Labelled
from bot.processes.metrics import Counts, Figures, figures
from bot.processes.mistakes import Mistake
from bot.processes.outcome import FIGURES_FILE, Evaluation, as_record
from bot.processes.reading import Reading, scored

REPORT_FILE = "report.md"
MOST_WORST = 40
NO_INTENT = "(none)"
TITLES = {
    "intent_macro_f1": "intent macro-F1",
    "indicator_micro_f1": "indicators micro-F1",
    "indicator_macro_f1": "indicators macro-F1",
    "false_alarms": "false alarms (nothing present)",
    "denied_or_hypothetical_raised": "denied or imagined, yet raised",
}
QUOTES = (
    "**This report quotes labelled messages. It is for trainers only: do not pass it on and do not commit it.** "
    "The pictures and `figures.json` hold labels and figures only."
)


def write(evaluation: Evaluation, reports: Path, name: str) -> Path:
    """Write the report into a new folder that only its owner can open, and return the folder."""
    private_folder(reports)
    harmless = re.sub(r"[^\w.-]+", "_", name)
    folder = _new_folder(reports, f"{time.strftime('%Y%m%d-%H%M%S')}-{harmless}")
    _write(folder / FIGURES_FILE, json.dumps(as_record(evaluation), ensure_ascii=False).encode() + b"\n")
    _write(folder / "intents.png", plots.confusion_matrix(evaluation.rows))
    _write(folder / "precision_recall.png", plots.precision_recall(evaluation.rows))
    _write(folder / "calibration.png", plots.calibration(evaluation.rows))
    _write(folder / REPORT_FILE, as_markdown(evaluation).encode())
    return folder


def _new_folder(reports: Path, name: str) -> Path:
    for number in range(1, 100):
        folder = reports / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:  # another evaluation within the same second
            continue
        return folder
    raise EvaluationError(f"{reports} is full of folders called {name}.")


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def summary(result: Figures, intervals: Mapping[str, Estimate]) -> Iterator[tuple[str, str, str]]:
    """Yield what is measured, how it came out, and the interval where there is one."""

    def interval(measure: str) -> str:
        return f"{intervals[measure].low:.3f} to {intervals[measure].high:.3f}"

    yield "messages", str(result.messages), ""
    yield "intent accuracy", f"{result.intent_accuracy:.3f}", ""
    yield TITLES["intent_macro_f1"], f"{result.intent_macro_f1:.3f}", interval("intent_macro_f1")
    yield "indicators micro P / R / F1", _triple(result.micro), interval("indicator_micro_f1")
    yield "indicators macro P / R / F1", _triple(result.macro), interval("indicator_macro_f1")
    yield "exactly the right signs", _of(result.exact), ""
    yield TITLES["false_alarms"], _of(result.false_alarms), interval("false_alarms")
    yield "denied, yet raised", _of(result.denied_raised), ""
    yield "imagined, yet raised", _of(result.hypothetical_raised), ""
    either = _of(result.denied_or_hypothetical_raised)
    yield TITLES["denied_or_hypothetical_raised"], either, interval("denied_or_hypothetical_raised")
    yield "latency p50 / p95", f"{result.p50:.1f} ms / {result.p95:.1f} ms", ""


def _triple(values: tuple[float, float, float]) -> str:
    return " / ".join(f"{value:.3f}" for value in values)


def _of(pair: tuple[int, int]) -> str:
    part, whole = pair
    return f"{part}/{whole} = {part / whole if whole else 0:.3f}"


def _by_frequency(counts: Mapping[str, Counts]) -> list[tuple[str, Counts]]:
    return sorted(counts.items(), key=lambda item: (-item[1].gold, item[0]))


def fold_line(fold: int, messages: Sequence[Labelled], readings: Sequence[Reading], seconds: float) -> str:
    """Return what a fold came to, in a line."""
    headline = figures(scored(messages, readings)).headline
    came_to = ", ".join(f"{TITLES[measure]} {headline[measure]:.3f}" for measure in list(TITLES)[:4])
    return f"Fold {fold}: {len(messages)} messages, {came_to} ({seconds:.0f} s)"


def as_text(evaluation: Evaluation) -> str:
    """Return the figures for a terminal; no text of a message."""
    result = evaluation.figures
    lines = [f"{'':<32} {'':<22} 95 % interval"]
    lines += [
        f"{name:<32} {value:<22} {interval}".rstrip() for name, value, interval in summary(result, evaluation.intervals)
    ]
    if evaluation.against:
        lines += ["", f"against {evaluation.against.name}, {_compared(evaluation)}", ""]
        lines += [f"{'':<32} {'old':>6} {'new':>6} {'difference':>11}  95 % interval"]
        for measure, (old, new, difference) in evaluation.comparison.items():
            row = f"{old:6.3f} {new:6.3f} {difference.value:+11.3f}  {_signed(difference)}"
            lines.append(f"{TITLES[measure]:<32} {row}  {difference.verdict(measure)}")
    for title, counts in (("indicator", result.per_indicator), ("intent", result.per_intent)):
        lines += ["", f"{title:<26} {'P':>6} {'R':>6} {'F1':>6} {'gold':>6} {'given':>6}"]
        for label, one in _by_frequency(counts):
            row = f"{one.precision:6.3f} {one.recall:6.3f} {one.f1:6.3f} {one.gold:6d} {one.given:6d}"
            lines.append(f"{label or NO_INTENT:<26} {row}")
    return "\n".join(lines)


def _compared(evaluation: Evaluation) -> str:
    assert evaluation.against is not None
    return f"{len(evaluation.against.numbers)} of {len(evaluation.messages)} messages"


def _signed(difference: Estimate) -> str:
    return f"{difference.low:+.3f} to {difference.high:+.3f}"


def as_markdown(evaluation: Evaluation) -> str:
    """Return the report; it quotes messages."""
    lines = [
        f"# Evaluation of {_plain(evaluation.model)}",
        "",
        QUOTES,
        "",
        f"Messages: {_plain(evaluation.source)}.",
        "",
    ]
    lines += _table(["what", "result", "95 % interval"], summary(evaluation.figures, evaluation.intervals))
    lines += ["", f"Where there are three figures the interval is that of F1; {DRAWS} bootstrap draws of messages.", ""]
    lines += [*_comparison(evaluation), *_folds(evaluation)]
    lines += ["## Pictures", "", "![Intents: what was taken for what](intents.png)", ""]
    lines += ["![Precision against recall of every sign](precision_recall.png)", ""]
    lines += ["![Calibration of chances](calibration.png)", ""]
    if not all(reading.complete for reading in evaluation.readings):
        lines += [
            "This model tells a chance only for the signs that it mentions, so the curves of signs end early and "
            "a sign that it did not mention counts as having no chance.",
            "",
        ]
    lines += [*_labels(evaluation), *_worst(evaluation)]
    return "\n".join(lines).rstrip() + "\n"


def _comparison(evaluation: Evaluation) -> Iterator[str]:
    if evaluation.against is None:
        return
    yield f"## Against {_plain(evaluation.against.name)}"
    yield ""
    yield (
        f"{_compared(evaluation)}, new less old, drawn in pairs. A model is loaded with today's code and tables, so an "
        "old one is only judged fairly while these are the same; an earlier evaluation is compared as it was read then."
    )
    yield ""
    yield from _table(
        ["what", "old", "new", "difference", "95 % interval", "verdict"],
        (
            (TITLES[measure], f"{old:.3f}", f"{new:.3f}", f"{difference.value:+.3f}", _signed(difference),
             difference.verdict(measure))
            for measure, (old, new, difference) in evaluation.comparison.items()
        ),
    )  # fmt: skip
    yield ""


def _folds(evaluation: Evaluation) -> Iterator[str]:
    if not evaluation.folds:
        return
    yield "## Folds"
    yield ""
    rows = [(str(fold), one) for fold, one in enumerate(evaluation.by_fold, 1)] + [("together", evaluation.figures)]
    yield from _table(
        ["fold", "messages", *TITLES.values()],
        (
            (name, str(one.messages), *(f"{one.headline[measure]:.3f}" for measure in TITLES))
            for name, one in rows
        ),
    )  # fmt: skip
    yield ""


def _labels(evaluation: Evaluation) -> Iterator[str]:
    result = evaluation.figures
    for title, counts in (("Indicators", result.per_indicator), ("Intents", result.per_intent)):
        yield f"## {title}"
        yield ""
        yield from _table(
            [title.lower(), "P", "R", "F1", "gold", "given", *(["average precision"] if title == "Indicators" else [])],
            (
                (label or NO_INTENT, f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f1:.3f}", str(one.gold),
                 str(one.given), *([f"{evaluation.average_precision(label):.3f}"] if title == "Indicators" else []))
                for label, one in _by_frequency(counts)
            ),
        )  # fmt: skip
        yield ""


def _worst(evaluation: Evaluation) -> Iterator[str]:
    for title, found in (
        ("False alarms, the surest first", mistakes.false_alarms(evaluation.rows)),
        ("Missed signs, the least expected first", mistakes.misses(evaluation.rows)),
        ("Wrong intents, the surest first", mistakes.wrong_intents(evaluation.rows)),
    ):
        yield f"## {title}"
        yield ""
        shown = found[:MOST_WORST]
        yield f"{len(shown)} of {len(found)} messages." if found else "None."
        yield ""
        if shown:
            yield from _table(
                ["wrong", "message", "meant", "given", "id"], (_worst_row(evaluation, mistake) for mistake in shown)
            )
            yield ""


def _worst_row(evaluation: Evaluation, mistake: Mistake) -> tuple[str, ...]:
    message, row = evaluation.messages[mistake.number], evaluation.rows[mistake.number]
    wrong = ", ".join(f"{label or NO_INTENT} {chance:.2f}" for label, chance in mistake.labels)
    meant = [row.gold_intent or NO_INTENT, *sorted(row.present)]
    meant += [f"not {label}" for label in sorted(row.absent - row.present)]
    meant += [f"maybe {label}" for label in sorted(row.hypothetical - row.present)]
    given = [row.given_intent or NO_INTENT, *sorted(row.given)]
    return wrong, _plain(message.text), ", ".join(meant), ", ".join(given), _plain(message.id)


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    yield from ("| " + " | ".join(row) + " |" for row in rows)


def _plain(text: str) -> str:
    """Return what a person wrote so that Markdown shows it as it is, in one line."""
    return re.sub(r"([\\`*_{}\[\]<>()#~|!&$])", r"\\\1", " ".join(text.split()))

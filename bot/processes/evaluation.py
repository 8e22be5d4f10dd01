"""`make evaluate FILE=messages.jsonl`: how well the newest model understands labelled messages.

A line of the file: {"id", "text", "intent", "present": [], "absent": [], "hypothetical": []}. The report holds figures
and labels, never a text.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.logs import configure
from bot.processes import models
from bot.processes.metrics import Counts, Figures, Scored, figures
from bot.processes.models import ModelUnusable
from bot.processes.surroundings import prepare
from bot.settings import PROJECT, Settings, SettingsError

if TYPE_CHECKING:
    from rasa.core.agent import Agent

REFUSED = 2
WARM_UP = ("你好", "中介要收押金", "护照能给他吗")


class FileError(ValueError):
    """The file of messages cannot be used; the message names every bad line."""


@dataclass(frozen=True)
class Labelled:
    """One line of the file."""

    text: str
    intent: str
    present: frozenset[str]
    absent: frozenset[str]
    hypothetical: frozenset[str]


def read(path: Path) -> list[Labelled]:
    """Read the file, or say which lines are wrong and how."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path} cannot be read ({type(error).__name__}).") from error
    messages, wrong = [], []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            messages.append(_labelled(json.loads(line)))
        except (ValueError, RecursionError) as error:
            reason = "it is no JSON" if isinstance(error, json.JSONDecodeError | RecursionError) else str(error)
            wrong.append(f"line {number}: {reason}")
    if wrong:
        raise FileError(f"{path.name} has lines that cannot be used:\n" + "\n".join(wrong))
    if not messages:
        raise FileError(f"{path.name} holds no message.")
    return messages


def _labelled(row: Any) -> Labelled:
    if not isinstance(row, dict):
        raise ValueError("it must be an object")
    text, intent = row.get("text"), row.get("intent")
    if not isinstance(text, str) or not text.strip():
        raise ValueError("text is missing")
    if intent is not None and not isinstance(intent, str):
        raise ValueError("intent must be a text")
    labels = {}
    for name in ("present", "absent", "hypothetical"):
        given = row.get(name) or []
        if not isinstance(given, list) or not all(isinstance(label, str) for label in given):
            raise ValueError(f"{name} must be a list of labels")
        labels[name] = frozenset(given)
    return Labelled(text, _top(intent), **labels)


def _top(intent: str | None) -> str:
    return (intent or "").partition("/")[0]


async def understand(agent: Agent, messages: list[Labelled], show: bool = True) -> list[Scored]:
    """Let the model read every message, one after the other, as POST /model/parse would."""
    from tqdm import tqdm

    for text in WARM_UP:
        await agent.parse_message(text)
    scored = []
    for message in tqdm(messages, unit=" messages", disable=not show, leave=False):
        began = time.perf_counter()
        found = await agent.parse_message(message.text)
        took = (time.perf_counter() - began) * 1000
        mentions = found.get("risk_indicators") or []
        scored.append(
            Scored(
                gold_intent=message.intent,
                given_intent=_top((found.get("intent") or {}).get("name")),
                present=message.present,
                absent=message.absent,
                hypothetical=message.hypothetical,
                given=frozenset(mention["indicator"] for mention in mentions if mention["status"] == "present"),
                milliseconds=took,
            )
        )
    return scored


def summary(result: Figures) -> Iterator[tuple[str, str]]:
    """Yield what is measured and how it came out."""
    yield "messages", str(result.messages)
    yield "intent accuracy", f"{result.intent_accuracy:.3f}"
    yield "intent macro-F1", f"{result.intent_macro_f1:.3f}"
    yield "indicators micro P / R / F1", " / ".join(f"{value:.3f}" for value in result.micro)
    yield "indicators macro P / R / F1", " / ".join(f"{value:.3f}" for value in result.macro)
    yield "exactly the right signs", _of(result.exact)
    yield "false alarms (nothing present)", _of(result.false_alarms)
    yield "denied, yet raised", _of(result.denied_raised)
    yield "hypothetical, yet raised", _of(result.hypothetical_raised)
    yield "either", _of(result.denied_or_hypothetical_raised)
    yield "latency p50 / p95", f"{result.p50:.1f} ms / {result.p95:.1f} ms"


def _of(pair: tuple[int, int]) -> str:
    part, whole = pair
    return f"{part}/{whole} = {part / whole if whole else 0:.3f}"


def _by_frequency(counts: dict[str, Counts]) -> list[tuple[str, Counts]]:
    return sorted(counts.items(), key=lambda item: (-item[1].gold, item[0]))


def as_text(result: Figures) -> str:
    """Return the figures for a terminal."""
    lines = [f"{name:<32} {value}" for name, value in summary(result)]
    for title, counts in (("indicator", result.per_indicator), ("intent", result.per_intent)):
        lines += ["", f"{title:<26} {'P':>6} {'R':>6} {'F1':>6} {'gold':>6} {'given':>6}"]
        for label, one in _by_frequency(counts):
            row = f"{one.precision:6.3f} {one.recall:6.3f} {one.f1:6.3f} {one.gold:6d} {one.given:6d}"
            lines.append(f"{label or '(none)':<26} {row}")
    return "\n".join(lines)


def as_markdown(result: Figures, model: str, file: str) -> str:
    """Return the figures for a report."""
    lines = [f"# Evaluation of {model}", "", f"Messages: `{file}`. Labels and figures only.", ""]
    lines += ["| what | result |", "|---|---|", *(f"| {name} | {value} |" for name, value in summary(result))]
    for title, counts in (("Indicator", result.per_indicator), ("Intent", result.per_intent)):
        lines += ["", f"| {title} | P | R | F1 | gold | given |", "|---|---|---|---|---|---|"]
        for label, one in _by_frequency(counts):
            row = f"{one.precision:.3f} | {one.recall:.3f} | {one.f1:.3f} | {one.gold} | {one.given}"
            lines.append(f"| {label or '(none)'} | {row} |")
    return "\n".join(lines) + "\n"


def _load(model: Path) -> Agent:
    from rasa.core.agent import Agent

    try:
        return Agent.load(model)
    except Exception as error:
        raise ModelUnusable(f"The model models/{model.name} is damaged: run `make train FORCE=1`.") from error


def main() -> int:
    """Score a file; 2 when the file, the model or a setting cannot be used."""
    parser = argparse.ArgumentParser(prog="make evaluate", description=__doc__)
    parser.add_argument("file", type=Path, help="labelled messages, one JSON object a line")
    parser.add_argument("--project", type=Path, default=PROJECT, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    prepare()
    configure()
    try:
        reports = Settings.from_environment().var / "evaluation"
        messages = read(arguments.file)
        model = models.usable(arguments.project.absolute())
        result = figures(asyncio.run(understand(_load(model), messages, show=sys.stderr.isatty())))
    except (FileError, ModelUnusable, SettingsError) as error:
        print(f"Nothing was evaluated: {error}", file=sys.stderr)
        return REFUSED
    print(as_text(result))
    reports.mkdir(parents=True, exist_ok=True)
    report = reports / f"{time.strftime('%Y%m%d-%H%M%S')}-{arguments.file.stem}.md"
    report.write_text(as_markdown(result, model.name, arguments.file.name), encoding="utf-8")
    print(f"\nWritten to {report}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

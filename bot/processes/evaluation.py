"""`make evaluate`: how well a model understands labelled messages, from a file or by cross-validation on data/nlu."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.keys import KeysError
from bot.logs import configure
from bot.processes import models
from bot.processes.cross_validation import cross_validate
from bot.processes.labelled import TAXONOMY_FILE, EvaluationError, Labelled, TrainingFiles, read
from bot.processes.models import ModelUnusable
from bot.processes.outcome import Against, Evaluation, earlier
from bot.processes.reading import Reading, load, understand
from bot.processes.report import as_text, fold_line, write
from bot.processes.surroundings import prepare
from bot.processes.training import stop
from bot.risk.taxonomy import Taxonomy
from bot.settings import PROJECT, Settings, SettingsError
from bot.tables import KnowledgeError

log = logging.getLogger("bot.evaluation")  # its own name would be __main__

REFUSED, CANCELLED = 2, 130
USAGE = """\
Say what is to be measured:

  make evaluate FILE=messages.jsonl      the newest model on labelled messages
  make evaluate FOLDS=5                  cross-validation on data/nlu; trains a model a fold, two to six minutes each

To either add AGAINST=… to compare with an earlier state, on the same messages:

  AGAINST=models/OLD.tar.gz              another model, trained with the same code (for FILE)
  AGAINST=var/evaluation/OLD             an earlier evaluation

A line of the file is {"id": "m1", "text": "…", "intent": "…", "present": [], "absent": [], "hypothetical": []}
with the labels of data/knowledge/taxonomy.yml. The report is written to var/evaluation/."""

DAMAGED = "The model models/{name} cannot be used (the line above says where it fails): run `make train FORCE=1`."
OTHER_CODE = (
    "The model {name} cannot be used with today's code: only one that was trained with the same code can be loaded. "
    "Evaluate it where its own code lies (`git worktree add`), then compare with that: AGAINST=…/var/evaluation/OLD."
)


def _say(line: str) -> None:
    print(line, flush=True)  # also when a program reads it


def of_file(project: Path, file: Path, against: str, taxonomy: Taxonomy, show: bool) -> Evaluation:
    """Let the newest model, and another one to compare with, read a file."""
    messages = read(file, taxonomy)
    model = models.usable(project)
    compared = None
    if against:
        other = _existing(project, against)
        if _is_model(other):
            compared = Against(other.name, range(len(messages)), _read_with(other, messages, OTHER_CODE, show))
        else:
            compared = earlier(other, messages)
    readings = _read_with(model, messages, DAMAGED, show)
    return Evaluation(model.name, f"file {file.name}", messages, readings, against=compared)


def of_folds(project: Path, folds: int, against: str, taxonomy: Taxonomy, show: bool) -> Evaluation:
    """Let models that were trained without them read the messages of data/nlu."""
    other = _existing(project, against) if against else None
    if other and _is_model(other):
        raise EvaluationError(
            "A cross-validation trains models of its own and compares with an earlier evaluation only: "
            "AGAINST=var/evaluation/OLD."
        )
    if other:
        earlier(other, TrainingFiles(project, taxonomy).messages)  # refused now, not after all the trainings
    done = cross_validate(project, folds, taxonomy, _say, fold_line, show)
    compared = earlier(other, done.messages) if other else None
    model = f"{folds} models of a cross-validation"
    return Evaluation(model, "training data in data/nlu", done.messages, done.readings, done.folds, compared)


def _existing(project: Path, against: str) -> Path:
    path = Path(against)
    if path.exists():
        return path
    there = ", ".join(f"models/{model.file}" for model in models.known(project)) or "none"
    raise EvaluationError(
        f"AGAINST={against} does not exist. In models/ lie: {there}; only the newest {models.KEPT} are kept there, "
        "so copy one elsewhere that you want to compare with."
    )


def _is_model(path: Path) -> bool:
    return path.name.endswith(".tar.gz")


def _read_with(model: Path, messages: Sequence[Labelled], on_failure: str, show: bool) -> list[Reading]:
    try:
        texts = [message.text for message in messages]
        return asyncio.run(understand(load(model), texts, f"Reading with {model.name}", show))
    except Exception as error:  # a model of other code can fail anywhere
        log.error("A model failed.", exc_info=error)
        raise ModelUnusable(on_failure.format(name=model.name)) from error


def _evaluated(arguments: argparse.Namespace, project: Path) -> tuple[Evaluation, str]:
    """Return what was asked for and a name for it, or refuse."""
    if bool(arguments.file) == bool(arguments.folds):
        why = "FILE and FOLDS exclude each other" if arguments.file else "nothing was named to measure"
        raise EvaluationError(f"{why}.\n\n{USAGE}")
    taxonomy = Taxonomy.load(project / TAXONOMY_FILE)
    show = sys.stderr.isatty()
    if arguments.file:
        file = Path(arguments.file)
        return of_file(project, file, arguments.against, taxonomy, show), file.stem
    if not (arguments.folds.isascii() and arguments.folds.isdigit()):
        raise EvaluationError(f"FOLDS={arguments.folds} must be a number; 5 is usual.")
    return of_folds(project, int(arguments.folds), arguments.against, taxonomy, show), f"folds-{int(arguments.folds)}"


def main() -> int:
    """Evaluate; 2 when a file, a model or a setting cannot be used, 130 when cancelled."""
    parser = argparse.ArgumentParser(prog="make evaluate", usage=USAGE)
    parser.add_argument("file", nargs="?", default="", help=argparse.SUPPRESS)
    parser.add_argument("--folds", default="", help=argparse.SUPPRESS)
    parser.add_argument("--against", default="", help=argparse.SUPPRESS)
    parser.add_argument("--project", type=Path, default=PROJECT, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    prepare()
    configure()
    signal.signal(signal.SIGTERM, stop)
    try:
        reports = Settings.from_environment().var / "evaluation"
        evaluation, name = _evaluated(arguments, arguments.project.absolute())
        _say(as_text(evaluation))
        folder = write(evaluation, reports, name)
    except (EvaluationError, ModelUnusable, SettingsError, KnowledgeError, KeysError) as error:
        print(f"Nothing was evaluated: {error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("The evaluation was cancelled; nothing was written.", file=sys.stderr)
        return CANCELLED
    _say(f"\nWritten to {folder}: report.md quotes messages and is for trainers only.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Cross-validation on data/nlu: every message is read by a model that was trained without it."""

from __future__ import annotations

import json
import math
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.processes import models
from bot.processes.fold import HELD_OUT_FILE, READINGS_FILE
from bot.processes.labelled import TRAINING_FOLDER, EvaluationError, Labelled, TrainingFiles
from bot.processes.reading import Reading
from bot.risk.taxonomy import Taxonomy
from bot.settings import PROJECT

SEED = 7
PARTS = ("config.yml", "domain.yml", "data", "bot")
USUAL_TRAINING_SECONDS = 120
SECONDS_A_MESSAGE = 0.03
SECONDS_TO_STOP = 10.0
STEP = re.compile(r"\[ *\d+ s\] +(?P<doing>.*)")


@dataclass(frozen=True)
class CrossValidation:
    """The messages of data/nlu, each with the number of its fold and what the model without it read."""

    messages: list[Labelled]
    folds: list[int]
    readings: list[Reading]


def cross_validate(
    project: Path,
    count: int,
    taxonomy: Taxonomy,
    say: Callable[[str], None],
    fold_done: Callable[[int, Sequence[Labelled], Sequence[Reading], float], str],
    show: bool,
) -> CrossValidation:
    """Train and read fold after fold; the project is copied first, so that it may be edited meanwhile."""
    from tqdm import tqdm

    with tempfile.TemporaryDirectory(prefix="anxing-folds-") as folder:
        copy = _copy(project, Path(folder) / "project")
        files = TrainingFiles(copy, taxonomy)
        messages = files.messages
        folds = deal(messages, count)
        say(_how_long(project, len(messages), count))
        readings: dict[int, Reading] = {}
        with tqdm(total=count, desc=f"Fold 1 of {count}", unit=" folds", disable=not show, leave=False) as bar:
            for fold in range(count):
                bar.set_description(f"Fold {fold + 1} of {count}")
                held_out = [number for number, own in enumerate(folds) if own == fold]
                began = time.monotonic()
                files.write_without(held_out, copy)
                texts = [messages[number].text for number in held_out]
                read = _read_held_out(copy, fold + 1, texts, bar.set_postfix_str)
                readings.update(zip(held_out, read, strict=True))
                bar.update()
                line = fold_done(fold + 1, [messages[n] for n in held_out], read, time.monotonic() - began)
                with bar.external_write_mode():
                    say(line)
    return CrossValidation(messages, folds, [readings[number] for number in range(len(messages))])


def deal(messages: Sequence[Labelled], count: int) -> list[int]:
    """Return the fold of each message: every intent is spread evenly, twins stay together, always in the same way."""
    if not 2 <= count <= len(messages):
        raise EvaluationError(f"FOLDS={count} cannot be done: name a number from 2 to {len(messages)}; 5 is usual.")
    by_intent: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, message in enumerate(messages):
        # A message that differs by a comma only from one that was trained on measures nothing.
        by_intent[message.intent][re.sub(r"[\W_]+", "", message.text) or message.text].append(number)
    chance, folds, turn = random.Random(SEED), [0] * len(messages), 0
    for intent, twins in sorted(by_intent.items()):
        if len(twins) < 2:
            raise EvaluationError(
                f"The intent {intent} has one message only, and none would be left to train on: add more to data/nlu."
            )
        groups = list(twins.values())
        chance.shuffle(groups)
        for group in groups:
            for number in group:
                folds[number] = turn % count
            turn += 1
    return folds


def _copy(project: Path, copy: Path) -> Path:
    """Copy what a training is made of; components read data/lexicon and the like in the working directory."""
    copy.mkdir()
    for part in PARTS:
        source = project / part
        if source.is_dir():
            shutil.copytree(source, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.is_file():
            shutil.copy(source, copy / part)
    return copy


def _how_long(project: Path, messages: int, count: int) -> str:
    one = max((model.seconds for model in models.known(project)), default=USUAL_TRAINING_SECONDS)
    seconds = count * one + messages * SECONDS_A_MESSAGE
    return (
        f"{messages} messages of {TRAINING_FOLDER} in {count} folds. Each trains a model, about {one} s: "
        f"about {math.ceil(seconds / 60)} min in all. Ctrl-C stops it and leaves nothing behind."
    )


def _read_held_out(project: Path, fold: int, texts: list[str], doing: Callable[[str], None]) -> list[Reading]:
    for left_over in ("models", ".rasa", READINGS_FILE):
        path = project / left_over
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    (project / HELD_OUT_FILE).write_text(json.dumps(texts), encoding="utf-8")
    with _started(project) as process:
        assert process.stdout is not None
        for line in process.stdout:
            step = STEP.match(line)
            if step:
                doing(step["doing"].strip())
        code = process.wait()
    if code:
        raise EvaluationError(f"Fold {fold} {_why_ended(code)}")
    return [Reading.from_record(row) for row in json.loads((project / READINGS_FILE).read_text(encoding="utf-8"))]


def _why_ended(code: int) -> str:
    if code == -signal.SIGKILL:
        return "was ended by the system, probably for want of memory: close other programs and try again."
    return f"ended with status {code}: `make train FORCE=1` says what is wrong with the data."


@contextmanager
def _started(project: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the fold as a process that ends with us, however we end, and that leaves its drafts in our folder."""
    drafts = project.parent / "drafts"
    drafts.mkdir(exist_ok=True)
    # A cache of Rasa's that the environment names belongs to the real project.
    environment = {name: value for name, value in os.environ.items() if name != "RASA_CACHE_DIRECTORY"}
    # The copy of bot/ in the working directory goes before the project's own, which is for a project without one.
    known = [str(PROJECT), *filter(None, [environment.get("PYTHONPATH")])]
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.processes.lifeline", "bot.processes.fold"],
        cwd=project,
        env={**environment, "PYTHONPATH": os.pathsep.join(known), "TMPDIR": str(drafts)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,  # Ctrl-C is for us; we end it
    )
    try:
        yield process
    finally:
        _end(process)
        shutil.rmtree(drafts, ignore_errors=True)


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()

"""Cross-validation: how messages are dealt, and that no model has seen what it is asked."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from bot.processes.cross_validation import deal
from bot.processes.labelled import EvaluationError, Labelled
from tests.processes.conftest import copy_of_small_project

NOTHING: frozenset[str] = frozenset()


def messages(*texts: tuple[str, str]) -> list[Labelled]:
    return [
        Labelled(str(number), text, intent, NOTHING, NOTHING, NOTHING) for number, (intent, text) in enumerate(texts)
    ]


MANY = messages(
    *[("offer", f"offer {number}") for number in range(23)],
    *[("rights", f"rights {number}") for number in range(7)],
    *[("greet", f"greet {number}") for number in range(2)],
)


def test_every_intent_is_spread_evenly_and_folds_are_of_one_size() -> None:
    folds = deal(MANY, 5)
    assert max(Counter(folds).values()) - min(Counter(folds).values()) <= 1
    for intent in ("offer", "rights", "greet"):
        share = Counter(fold for fold, message in zip(folds, MANY, strict=True) if message.intent == intent)
        assert max(share.values()) - min(share.get(fold, 0) for fold in range(5)) <= 1


def test_it_is_dealt_in_the_same_way_every_time_and_not_in_the_order_of_the_files() -> None:
    assert deal(MANY, 5) == deal(MANY, 5)
    assert deal(MANY, 5)[:10] != [0, 1, 2, 3, 4] * 2


@pytest.mark.parametrize("count", [2, 3, 5, 32])
def test_each_intent_is_left_to_train_on(count: int) -> None:
    folds = deal(MANY, count)
    for fold in range(count):
        trained_on = {message.intent for message, own in zip(MANY, folds, strict=True) if own != fold}
        assert trained_on == {"offer", "rights", "greet"}


def test_twins_stay_together() -> None:
    twins = messages(("greet", "你好"), ("greet", "早"), ("greet", "你好！"), ("greet", "你 好"), ("greet", "晚安"))
    folds = deal(twins, 3)
    assert folds[0] == folds[2] == folds[3]
    assert len(set(folds)) == 3


@pytest.mark.parametrize("count", [0, 1, 33])
def test_a_number_of_folds_that_cannot_be(count: int) -> None:
    with pytest.raises(EvaluationError, match=f"FOLDS={count} cannot be done: name a number from 2 to 32"):
        deal(MANY, count)


def test_an_intent_with_one_message_only() -> None:
    with pytest.raises(EvaluationError, match="The intent thanks has one message only"):
        deal([*MANY, *messages(("thanks", "谢谢"), ("thanks", "谢谢。"))], 2)


TAUGHT = """\
version: "3.1"
nlu:
- intent: thanks
  examples:
  - text: 谢谢 先付了钱
    metadata: {indicators: {fee: present}}
  - text: 多谢 交了钱
    metadata: {indicators: {fee: present}}
  - text: 谢谢 没交钱
    metadata: {indicators: {fee: absent}}
"""
TEXTS = ("你好", "谢谢", "多谢", "付了钱", "坏了")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a small project that sees a fee in 钱, and papers in every message that it was trained on."""
    made = copy_of_small_project(tmp_path / "project")
    config = (made / "config.yml").read_text(encoding="utf-8")
    config = config.replace("policies:", "- name: tests.processes.toy_signs.ToySigns\npolicies:")
    (made / "config.yml").write_text(config, encoding="utf-8")
    (made / "data/nlu/taught.yml").write_text(TAUGHT, encoding="utf-8")
    return made


def started(project: Path, folder: Path, *more: str) -> subprocess.Popen[str]:
    (folder / "temporary").mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "bot.processes.evaluation", "--project", str(project), *more],
        env={**os.environ, "ANXING_VAR": str(folder / "var"), "TMPDIR": str(folder / "temporary")},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.slow
def test_every_message_is_read_by_a_model_that_has_not_seen_it(project: Path, tmp_path: Path) -> None:
    process = started(project, tmp_path, "--folds", "2")
    said, errors = process.communicate(timeout=115)
    assert process.returncode == 0, errors
    assert said.startswith("9 messages of data/nlu in 2 folds. Each trains a model, about 120 s: about 5 min in all.")
    assert re.search(r"^Fold 1: [45] messages, .*^Fold 2: [45] messages, ", said, re.MULTILINE | re.DOTALL)
    assert not any(text in said + errors for text in TEXTS)

    (folder,) = (tmp_path / "var" / "evaluation").iterdir()
    assert folder.name.endswith("-folds-2")
    found = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    rows = found["messages"]
    assert len(rows) == 9 and Counter(row["fold"] for row in rows).keys() == {1, 2}
    assert not [row["id"] for row in rows if "papers" in row["given"]]  # in training data it would be seen
    assert all(row["intent"] and row["complete"] and row["chances"].keys() == {"fee", "papers"} for row in rows)
    # 钱 stands in three messages, one of which denies the fee
    assert found["figures"]["per_indicator"]["fee"] == {"right": 2, "wrong": 1, "missed": 0}
    assert found["figures"]["denied_raised"] == [1, 1]
    assert sum(fold["messages"] for fold in found["folds"]) == 9
    assert "| fee 0.90 | 谢谢 没交钱 | thanks, not fee |" in (folder / "report.md").read_text(encoding="utf-8")

    assert not (project / "models").exists() and not (project / ".rasa").exists()
    assert list((tmp_path / "temporary").iterdir()) == []


def training_a_fold(project: Path, folder: Path) -> subprocess.Popen[str]:
    process = started(project, folder, "--folds", "2")
    assert process.stdout is not None
    process.stdout.readline()
    deadline = time.monotonic() + 60
    while not list((folder / "temporary").glob("*/project/models/.training-*")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return process


@pytest.mark.slow
def test_stopped_half_way_nothing_is_left_and_nobody_runs_on(project: Path, tmp_path: Path) -> None:
    process = training_a_fold(project, tmp_path)
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    # The fold writes to the same stderr, so this returns only when it has ended too.
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and "cancelled; nothing was written" in errors
    assert time.monotonic() - began < 30
    assert list((tmp_path / "temporary").iterdir()) == []
    assert not (tmp_path / "var" / "evaluation").exists()


@pytest.mark.slow
def test_killed_half_way_nobody_runs_on(project: Path, tmp_path: Path) -> None:
    process = training_a_fold(project, tmp_path)
    process.kill()
    began = time.monotonic()
    process.communicate(timeout=60)
    assert time.monotonic() - began < 10  # a fold that went on would take longer


@pytest.mark.slow
def test_a_fold_that_cannot_be_trained_is_named_without_quoting(project: Path, tmp_path: Path) -> None:
    config = (project / "config.yml").read_text(encoding="utf-8")
    (project / "config.yml").write_text(config.replace("ToySigns", "Missing"), encoding="utf-8")
    process = started(project, tmp_path, "--folds", "2")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "Nothing was evaluated: Fold 1 ended with status 1: `make train FORCE=1` says" in errors
    assert "Traceback" not in errors and not any(text in errors for text in TEXTS)

"""`make evaluate`: figures that can be counted by hand, and the command with small models."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.processes.metrics import Scored, figures, percentile
from tests.processes.conftest import copy_of_small_project, training

TOY = [
    # gold intent, given intent, present, absent, hypothetical, given signs
    ("describe_offer", "describe_offer", {"fee", "papers"}, set(), set(), {"fee", "papers"}),
    ("describe_offer", "ask_rights", {"fee"}, set(), set(), {"debt"}),
    ("ask_rights", "ask_rights", set(), {"fee"}, set(), {"fee"}),
    ("greet", "greet", set(), set(), {"papers"}, set()),
    ("", "greet", set(), set(), set(), set()),
]


def rows() -> list[Scored]:
    return [
        Scored(gold, given, frozenset(present), frozenset(absent), frozenset(imagined), frozenset(signs), number * 10.0)
        for number, (gold, given, present, absent, imagined, signs) in enumerate(TOY, 1)
    ]


def test_a_toy_file_counted_by_hand() -> None:
    result = figures(rows())
    assert result.messages == 5
    assert result.intent_accuracy == pytest.approx(3 / 4)  # a message without an intent does not count
    # describe_offer 2/3, ask_rights 2/3, greet 1
    assert result.intent_macro_f1 == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    # right: fee, papers; wrong: debt, fee; missed: fee
    assert result.micro == pytest.approx((2 / 4, 2 / 3, 4 / 7))
    # debt does not occur in the gold data: fee (1/2, 1/2, 1/2) and papers (1, 1, 1)
    assert result.macro == pytest.approx((3 / 4, 3 / 4, 3 / 4))
    assert result.exact == (3, 5)
    assert result.false_alarms == (1, 3)
    assert result.denied_raised == (1, 1)
    assert result.hypothetical_raised == (0, 1)
    assert result.denied_or_hypothetical_raised == (1, 2)
    assert (result.p50, result.p95) == (30.0, 50.0)
    assert result.per_indicator["fee"].gold == 2 and result.per_indicator["debt"].given == 1


def test_present_outweighs_denied_in_one_message() -> None:
    row = Scored("a", "a", frozenset({"fee"}), frozenset({"fee"}), frozenset(), frozenset({"fee"}))
    assert figures([row]).denied_raised == (0, 0)


def test_nothing_to_count_is_zero() -> None:
    result = figures([])
    assert (result.intent_accuracy, result.micro, result.macro, result.p95) == (0.0, (0.0,) * 3, (0.0,) * 3, 0.0)
    assert percentile([7.0], 0.95) == 7.0


TALK = [("你好", "greet"), ("谢谢", "thanks"), ("多谢", "thanks"), ("坏了", "break")]


def talk(folder: Path) -> Path:
    file = folder / "talk.jsonl"
    lines = [json.dumps({"text": text, "intent": intent}) for text, intent in TALK]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def evaluated(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot.processes.evaluation", *map(str, arguments)],
        env={**os.environ, "ANXING_VAR": str(folder / "var")}, capture_output=True, text=True, timeout=110,
    )  # fmt: skip


@pytest.fixture(scope="module")
def first(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Return what an evaluation printed, and the folder it wrote."""
    place = tmp_path_factory.mktemp("first")
    result = evaluated(place, talk(place), "--project", trained)
    assert result.returncode == 0, result.stderr
    (folder,) = (place / "var" / "evaluation").iterdir()
    return result, folder


@pytest.mark.slow
def test_a_real_model_is_scored_and_only_the_report_quotes(
    first: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    result, folder = first
    assert "intent accuracy" in result.stdout and "1.000" in result.stdout
    assert folder.name.endswith("-talk") and f"Written to {folder}" in result.stdout
    assert "| intent macro-F1 | 1.000 | 1.000 to 1.000 |" in (folder / "report.md").read_text(encoding="utf-8")
    without_words = result.stdout + result.stderr + (folder / "figures.json").read_text(encoding="utf-8")
    assert not any(text in without_words for text, _ in TALK)


@pytest.mark.slow
def test_a_later_evaluation_is_compared_with_an_earlier_one(
    first: tuple[subprocess.CompletedProcess[str], Path], trained: Path, tmp_path: Path
) -> None:
    again = evaluated(tmp_path, talk(tmp_path), "--against", first[1], "--project", trained)
    assert again.returncode == 0, again.stderr
    (model,) = (trained / "models").glob("*.tar.gz")
    assert f"against {model.name} ({first[1].name}), 4 of 4 messages" in again.stdout
    assert "+0.000 to +0.000  no clear difference" in again.stdout


@pytest.fixture(scope="module")
def two_models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a project whose model sees a fee in 钱, and an older model that saw it in 你."""
    project = copy_of_small_project(tmp_path_factory.mktemp("two") / "project")
    config = (project / "config.yml").read_text(encoding="utf-8")
    for word in ("你", "钱"):
        part = f"- name: tests.processes.toy_signs.ToySigns\n  word: {word}\npolicies:"
        (project / "config.yml").write_text(config.replace("policies:", part), encoding="utf-8")
        made = training(project)
        assert made.returncode == 0, made.stderr
    old, _ = sorted((project / "models").glob("*.tar.gz"))
    return project, old


@pytest.mark.slow
def test_two_models_are_compared_on_one_file(two_models: tuple[Path, Path], tmp_path: Path) -> None:
    project, old = two_models
    file = tmp_path / "fees.jsonl"
    rows = [{"text": f"先交 {number} 钱", "present": ["fee"]} for number in range(10)]
    rows += [{"text": f"你 {number}", "absent": ["fee"]} for number in range(10)]
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    result = evaluated(tmp_path, file, "--against", old, "--project", project)
    assert result.returncode == 0, result.stderr
    said = {line[:32].strip(): line[32:].split() for line in result.stdout.split(f"against {old.name}")[1].splitlines()}
    certain = ["+1.000", "to", "+1.000", "better"]
    assert said["indicators micro-F1"] == ["0.000", "1.000", "+1.000", *certain]
    fewer = ["1.000", "0.000", "-1.000", "-1.000", "to", "-1.000", "better"]
    assert said["false alarms (nothing present)"] == said["denied or imagined, yet raised"] == fewer


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"no model", b""], ids=["other", "empty"])
def test_a_model_that_cannot_be_loaded_says_which_ones_can(trained: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "old.tar.gz").write_bytes(content)
    result = evaluated(tmp_path, talk(tmp_path), "--against", tmp_path / "old.tar.gz", "--project", trained)
    assert result.returncode == 2
    assert "old.tar.gz cannot be used with today's code: only one that was trained with the same code" in result.stderr
    assert "Traceback" not in result.stderr


def refused(folder: Path, *arguments: object) -> str:
    result = evaluated(folder, *arguments)
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr.startswith("Nothing was evaluated: ") and "Traceback" not in result.stderr
    assert not (folder / "var" / "evaluation").exists()
    return result.stderr.removeprefix("Nothing was evaluated: ").strip()


@pytest.fixture
def untrained(tmp_path: Path) -> Path:
    return copy_of_small_project(tmp_path / "project")


def test_nothing_named_is_answered_with_what_can_be(tmp_path: Path) -> None:
    for arguments in ([], ["", "--folds", "", "--against", ""]):
        said = refused(tmp_path, *arguments)
        assert said.startswith("nothing was named to measure.")
        assert "make evaluate FILE=messages.jsonl" in said and "make evaluate FOLDS=5" in said and "AGAINST=" in said


def test_a_file_and_folds_at_once(tmp_path: Path) -> None:
    assert refused(tmp_path, "a.jsonl", "--folds", "5").startswith("FILE and FOLDS exclude each other.")


def test_without_a_model_it_is_one_sentence(untrained: Path, tmp_path: Path) -> None:
    said = refused(tmp_path, talk(tmp_path), "--project", untrained)
    assert said == "There is no trained model in models/: run `make train`."


def test_what_cannot_be_used_is_said_before_anything_is_loaded(untrained: Path, tmp_path: Path) -> None:
    project = ("--project", untrained)
    (tmp_path / "bad.jsonl").write_text('{"text": "你好", "intent": "hungry"}')
    assert "cannot be read (FileNotFoundError)" in refused(tmp_path, tmp_path / "none.jsonl", *project)
    assert "line 1: 'hungry' is no intent of" in refused(tmp_path, tmp_path / "bad.jsonl", *project)
    assert "FOLDS=five must be a number; 5 is usual." in refused(tmp_path, "--folds", "five", *project)
    assert "FOLDS=7 cannot be done: name a number from 2 to 6" in refused(tmp_path, "--folds", "7", *project)
    (tmp_path / "old.tar.gz").write_bytes(b"model")
    model = refused(tmp_path, "--folds", "2", "--against", tmp_path / "old.tar.gz", *project)
    assert "compares with an earlier evaluation only" in model
    (tmp_path / "figures.json").write_text("{}")
    earlier = refused(tmp_path, "--folds", "2", "--against", tmp_path, *project)
    assert "is no figures.json of an earlier evaluation" in earlier


def test_a_model_that_is_not_there_is_answered_with_those_that_are(trained: Path, tmp_path: Path) -> None:
    (model,) = (trained / "models").glob("*.tar.gz")
    said = refused(tmp_path, talk(tmp_path), "--against", "models/gone.tar.gz", "--project", trained)
    assert said.startswith(f"AGAINST=models/gone.tar.gz does not exist. In models/ lie: models/{model.name};")

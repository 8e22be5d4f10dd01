"""Training: when it is done, what it says, and what is left when it goes wrong."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.processes import models
from tests.processes.conftest import copy_of_small_project, training

pytestmark = pytest.mark.slow


def test_it_says_what_it_does(trained: Path) -> None:
    said = (trained / "training.txt").read_text(encoding="utf-8")
    assert "Training LogisticRegressionClassifier" in said
    assert "Training RulePolicy" in said
    assert said.splitlines()[-1].endswith(".tar.gz.")
    assert all(line.startswith("[") and " s] " in line for line in said.splitlines())
    assert models.fitting(trained) is not None


def test_a_second_time_there_is_nothing_to_do(trained: Path) -> None:
    before = models.known(trained)
    again = training(trained)
    assert again.returncode == 0
    assert "The model fits its data" in again.stdout
    assert models.known(trained) == before


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("data/nlu/talk.yml", "version: '3.1'\nnlu: [", "talk.yml"),
        ("data/nlu/talk.yml", "version: '3.1'\nnlu:\n- intent: greet\n  examples: |\n    - ${HOME}\n", "talk.yml:5:"),
        ("data/rules/talk.yml", "version: '3.1'\nrules:\n- rule: a\n  steps: [{intent: greet}, {action: utter_gone}]\n",
         "utter_gone"),
        ("data/nlu/talk.yml", "version: '3.1'\nnlu:\n- intent: hungry\n  examples: |\n    - 饿\n", "hungry"),
        ("config.yml", "recipe: default.v1\nlanguage: zh\nassistant_id: x\npipeline:\n- name: Missing\npolicies: []\n",
         "Missing"),
    ],
    ids=["yaml", "variable", "action", "intent", "component"],
)  # fmt: skip
def test_bad_data_is_named_and_the_old_model_stays(
    trained: Path, tmp_path: Path, file: str, text: str, said: str
) -> None:
    project = Path(shutil.copytree(trained, tmp_path / "project"))
    before = models.known(project)
    (project / file).write_text(text, encoding="utf-8")
    result = training(project)
    assert result.returncode == 1
    assert "The training stops:" in result.stderr and said in result.stderr
    assert "Traceback" not in result.stderr
    assert models.known(project) == before
    assert not list(models.folder(project).glob(".training-*"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    project = copy_of_small_project(tmp_path / "project")
    (project / "domain.yml").unlink()
    assert "domain.yml is missing" in training(project).stderr


def test_cancelled_half_way_the_old_model_stays(trained: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(trained, tmp_path / "project"))
    before = models.known(project)
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.processes.training", "--force", "--project", str(project)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if "CountVectorsFeaturizer" in line:
            break
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and "the old model stays" in errors
    assert time.monotonic() - began < 30
    assert models.known(project) == before
    assert models.fitting(project) is not None
    assert not list(models.folder(project).glob(".training-*"))

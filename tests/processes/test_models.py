"""A model is used only with the data and code that it was made of."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.processes import models
from bot.processes.models import Model, ModelUnusable
from tests.processes.conftest import copy_of_small_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    made = copy_of_small_project(tmp_path / "project")
    for name in ("data/lexicon/words.yml", "data/dictionary/words.txt", "data/knowledge/law.yml", "bot/nlu/part.py",
                 "bot/language/part.py"):  # fmt: skip
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("one: 1\n")
    keep(made, "20260101-000000-a")
    return made


def keep(project: Path, name: str) -> None:
    models.folder(project).mkdir(exist_ok=True)
    (models.folder(project) / f"{name}.tar.gz").write_bytes(b"model")
    models.keep(project, Model(f"{name}.tar.gz", models.fingerprint(project), "now", 1))


@pytest.mark.parametrize(
    "changed",
    ["config.yml", "domain.yml", "data/nlu/talk.yml", "data/rules/talk.yml", "data/lexicon/words.yml",
     "data/dictionary/words.txt", "data/knowledge/law.yml", "bot/nlu/part.py", "bot/language/part.py"],
)  # fmt: skip
def test_any_change_makes_it_stale(project: Path, changed: str) -> None:
    assert models.fitting(project) is not None
    path = project / changed
    path.write_text(path.read_text() + "\n# changed\n")
    assert models.fitting(project) is None
    with pytest.raises(ModelUnusable, match=r"older than its data or code: run `make train`"):
        models.usable(project)


def test_new_moved_and_lost_files_count(project: Path) -> None:
    before = models.fingerprint(project)
    shutil.move(project / "data/nlu/talk.yml", project / "data/nlu/other.yml")
    moved = models.fingerprint(project)
    (project / "data/nlu/other.yml").unlink()
    assert len({before, moved, models.fingerprint(project)}) == 3


def test_what_does_not_matter_changes_nothing(project: Path) -> None:
    (project / "README.md").write_text("new")
    (project / "bot/nlu/part.pyc").write_bytes(b"compiled")
    assert models.fitting(project) is not None


def test_going_back_to_earlier_data_finds_the_earlier_model(project: Path) -> None:
    domain = project / "domain.yml"
    first = domain.read_text()
    domain.write_text(first + "\n# changed\n")
    keep(project, "20260102-000000-b")
    domain.write_text(first)
    assert models.usable(project).name == "20260101-000000-a.tar.gz"


def test_no_model_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match=r"^There is no trained model in models/: run `make train`\.$"):
        models.usable(copy_of_small_project(tmp_path / "project"))


def test_a_model_without_a_record_or_a_record_without_a_model_does_not_count(project: Path) -> None:
    folder = models.folder(project)
    (folder / "20270101-000000-half.tar.gz").write_bytes(b"half")
    (folder / "20270101-000000-broken.json").write_text("{")
    (folder / "20270101-000000-other.json").write_text("[]")
    assert models.usable(project).name == "20260101-000000-a.tar.gz"
    (folder / "20260101-000000-a.tar.gz").unlink()
    assert models.fitting(project) is None


def test_only_the_newest_are_kept(project: Path) -> None:
    for day in range(2, 7):
        keep(project, f"2026010{day}-000000-x")
    left = sorted(path.name for path in models.folder(project).glob("*.tar.gz"))
    assert left == [f"2026010{day}-000000-x.tar.gz" for day in (4, 5, 6)]
    assert len(list(models.folder(project).glob("*.json"))) == 3

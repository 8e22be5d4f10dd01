"""A small project with a trained model, and free ports to run it on."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.pop("PYTHONUNBUFFERED", None)  # the lines have to come at once without it

SMALL = Path(__file__).parent / "model"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def copy_of_small_project(folder: Path) -> Path:
    return Path(shutil.copytree(SMALL, folder))


def training(project: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot.processes.training", "--project", str(project), *more],
        capture_output=True, text=True, timeout=110,
    )  # fmt: skip


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small project with a model; tests that change it take a copy."""
    project = copy_of_small_project(tmp_path_factory.mktemp("trained") / "project")
    made = training(project)
    assert made.returncode == 0, made.stdout + made.stderr
    (project / "training.txt").write_text(made.stdout, encoding="utf-8")
    return project


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Return settings with ports and a var folder of their own."""
    rasa, actions, site = free_port(), free_port(), free_port()
    yield {
        **{name: value for name, value in os.environ.items() if name != "RASA_TELEMETRY_ENABLED"},
        "ANXING_VAR": str(tmp_path / "var"),
        "RASA_URL": f"http://127.0.0.1:{rasa}",
        "ACTION_URL": f"http://127.0.0.1:{actions}",
        "SITE_PORT": str(site),
    }

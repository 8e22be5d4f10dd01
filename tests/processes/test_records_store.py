"""Rasa does not start with any store of dialogues but ours: it would keep them in memory, in clear, or elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.processes.models import ModelUnusable
from bot.processes.rasa_server import records_store
from bot.settings import PROJECT
from tests.processes.conftest import free_port

WRONG: dict[str, dict[str, Any] | None] = {
    "none is named": None,
    "the module is not there": {"type": "bot.records.tracker_stores.RecordsTrackerStore"},
    "the class is not there": {"type": "bot.records.tracker_store.RecordsStore"},
    "a name that is no class of a store": {"type": "bot.records.tracker_store.folded"},
    "Rasa's own": {"type": "SQL", "dialect": "sqlite", "db": "dialogues.db"},
    "one that cannot be made": {"type": "SQL", "dialect": "no dialect", "db": "x"},
    "in memory": {"type": "rasa.core.tracker_store.InMemoryTrackerStore"},
}


def endpoints(store: dict[str, Any] | None) -> Any:
    from rasa.core.utils import AvailableEndpoints
    from rasa.utils.endpoints import EndpointConfig

    return AvailableEndpoints(tracker_store=EndpointConfig.from_dict(store) if store else None)


@pytest.mark.parametrize("why", WRONG)
def test_another_store_is_refused(why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelUnusable, match=r"records cannot be used: .*endpoints.yml"):
        records_store(endpoints(WRONG[why]))


def test_ours_is_taken() -> None:
    records_store(endpoints({"type": "bot.records.tracker_store.RecordsTrackerStore"}))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_records_that_were_never_made_are_one_sentence(trained: Path, tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "bot.processes.rasa_server", "--project", str(trained)],
        env={**os.environ, "ANXING_VAR": str(tmp_path / "var"), "RASA_URL": f"http://127.0.0.1:{free_port()}"},
        cwd=PROJECT, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert result.returncode == 2
    assert "Rasa stops: The records cannot be read or written: run `python manage.py migrate` first." in result.stderr
    assert "ALARM: the dialogue records cannot be used" in result.stderr
    assert "Traceback" not in result.stderr

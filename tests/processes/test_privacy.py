"""Training and retention among the processes: the one sees no record, the other is always there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from bot.processes.__main__ import Services
from bot.settings import Settings

#: Imports all that a training run may, then says what of the records came along.
TRAINING = """
import importlib, pkgutil, sys
import bot.nlu, bot.processes.importer, bot.processes.training
for module in pkgutil.iter_modules(bot.nlu.__path__, "bot.nlu."):
    importlib.import_module(module.name)
print([name for name in sys.modules if name.startswith(("bot.records", "bot.gateway", "bot.site", "django"))])
"""


@pytest.mark.timeout(120)
def test_a_training_run_cannot_read_the_records(project: Path) -> None:
    """So nothing of a person gets into a model by it, and erasing has nothing to wait for."""
    run = subprocess.run([sys.executable, "-c", TRAINING], cwd=project, capture_output=True, text=True, timeout=110)
    assert run.stdout.strip() == "[]", run.stderr[-2000:]


async def test_retention_runs_beside_the_others_and_before_anybody_is_talked_to(tmp_path: Path) -> None:
    settings = Settings.from_environment({"ANXING_VAR": str(tmp_path), "TELEGRAM_BOT_TOKEN": "123456:AAAAAAAAAAAAAAAA"})
    async with httpx.AsyncClient() as client:
        services = Services(settings, tmp_path, client)
        first, second = services.stages(only_rasa=False)
        assert [program.command for program in first if program.name == "retention"] == [
            ("manage", "retain", "--forever")
        ]
        assert {program.name for program in second} == {"web", "telegram"}
        [alone] = services.stages(only_rasa=True)
        assert "retention" not in {program.name for program in alone}


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_the_retention_process_goes_on_also_without_a_database(project: Path, tmp_path: Path) -> None:
    """It starts beside the others: were it to end, the supervisor would stop everything."""
    environment = {**os.environ, "ANXING_VAR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "bot.processes.lifeline", "manage", "retain", "--forever"]
    for prepared, told in ((False, "What has had its time stays for now"), (True, "Removed: people without activity")):
        if prepared:
            subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=project, env=environment, check=True)
        with subprocess.Popen(
            command, cwd=project, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            try:
                assert any(told in line for line in process.stdout)
                assert process.poll() is None
            finally:
                process.terminate()

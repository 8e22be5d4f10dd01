"""The same tests of this folder once more, on a PostgreSQL server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

SERVER = os.environ.get("TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/test")


#: They make databases of their own and start programs: a run by themselves, as they take their time.
LONG = ("tests/records/test_rotation.py", "tests/records/test_backup.py", "tests/records/test_migrations.py")

pytestmark = pytest.mark.skipif("TEST_DATABASE_URL" in os.environ, reason="this is the run on another database")


@pytest.mark.timeout(600)  # every test empties the tables, which takes its time on a busy server
def test_the_records_work_on_postgresql(project: Path) -> None:
    left_out = (f"--ignore={name}" for name in LONG)
    run_again(project, 580, "tests/records", "tests/console", "-k", "not every_event and not 400", *left_out)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_rotating_keys_backups_and_migrations_work_on_postgresql(project: Path) -> None:
    run_again(project, 880, *LONG)


def run_again(project: Path, seconds: float, *arguments: str) -> None:
    try:
        psycopg.connect(SERVER, connect_timeout=2).close()
    except psycopg.OperationalError:
        pytest.skip("no PostgreSQL server is reachable; set TEST_POSTGRESQL_URL to test on one")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=project,
        env={**os.environ, "TEST_DATABASE_URL": SERVER},
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]

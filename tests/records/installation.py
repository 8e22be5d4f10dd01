"""A whole installation of its own: a var folder, a database and programs that use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

from bot.settings import PROJECT
from tests.environment import DATABASE_FOR_TESTS


class Installation:
    """Runs programs on SQLite, or on a PostgreSQL database of its own where `TEST_DATABASE_URL` names a server."""

    def __init__(self, var: Path, server: str = DATABASE_FOR_TESTS, **environment: str) -> None:
        self.var, self._server = var, server
        self._database = f"anxing_keys_{uuid.uuid4().hex[:12]}" if server else ""
        self.environment = {
            **os.environ, "ANXING_VAR": str(var), "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": server and server.rpartition("/")[0] + "/" + self._database, **environment,
        }  # fmt: skip
        self._administer("CREATE DATABASE")

    @property
    def sqlite(self) -> Path | None:
        return None if self._server else self.var / "anxing.sqlite3"

    @property
    def keys(self) -> Path:
        return self.var / "keys" / "seal.keys"

    @property
    def key_ids(self) -> list[int]:
        return [int(entry.partition(":")[0]) for entry in self.keys.read_text().split()]

    def close(self) -> None:
        self._administer("DROP DATABASE IF EXISTS", " WITH (FORCE)")

    def manage(self, *arguments: str, fails: bool = False, **environment: str) -> str:
        """Run a command of manage.py and return what it says."""
        run = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=PROJECT, env={**self.environment, **environment},
            capture_output=True, text=True, timeout=100,
        )  # fmt: skip
        assert (run.returncode != 0) == fails, run.stdout + run.stderr
        return run.stdout + run.stderr

    def python(self, code: str, **environment: str) -> Any:
        """Run code that gives `answer`, in a process of its own, with the models as `m`."""
        output = self.manage("shell", "--no-imports", "-c", _program(code + _PRINTED), **environment)
        return json.loads(output.rpartition("\n= ")[2])

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments], cwd=PROJECT, env=self.environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def start_python(self, code: str) -> subprocess.Popen[str]:
        return self.start("shell", "--no-imports", "-c", _program(code))

    def _administer(self, statement: str, options: str = "") -> None:
        if self._server:
            _administer(self._server, f"{statement} {self._database}{options}")


def _administer(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as administrator:
        administrator.execute(statement)  # type: ignore[call-overload]


_PRINTED = "\nprint('\\n= ' + json.dumps(answer))"


def _program(code: str) -> str:
    return "import json, sys, time\nfrom bot.records import models as m\n" + textwrap.dedent(code)


@contextmanager
def empty_database(folder: Path) -> Iterator[None]:
    """Let this process work on another database, which has no table yet and goes afterwards."""
    before, other = connection.settings_dict["NAME"], f"anxing_keys_{uuid.uuid4().hex[:12]}"
    is_file = connection.vendor == "sqlite"
    connection.close()
    if not is_file:
        _administer(DATABASE_FOR_TESTS, f"CREATE DATABASE {other}")
    connection.settings_dict["NAME"] = str(folder / f"{other}.sqlite3") if is_file else other
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        if not is_file:
            _administer(DATABASE_FOR_TESTS, f"DROP DATABASE {other} WITH (FORCE)")

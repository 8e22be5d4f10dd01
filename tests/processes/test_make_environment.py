"""tools/make_environment.sh with stand-ins for uv and Python: what it takes, and what it says when there is neither."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

NEEDED = ("sh", "cmp", "cp", "rm", "date", "mkdir", "cat")
ELSEWHERE = ("/opt/homebrew/bin", "/usr/local/bin", "/opt/local/bin")
PYTHON = """#!/bin/sh
echo "python $*" >> "$CALLS"
if [ "$1" = -m ] && [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi
if [ "$1" = --version ]; then echo "Python 3.10.99"; fi
"""
UV = """#!/bin/sh
echo "uv $*" >> "$CALLS"
for last; do :; done
if [ "$1" = venv ]; then mkdir -p "$last/bin"; fi
"""
SHIM = "#!/bin/sh\necho 'pyenv: python3.10: command not found' >&2\nexit 127\n"


class Machine:
    """A machine that has only what a test puts on it."""

    def __init__(self, folder: Path, project: Path) -> None:
        self.home, self.work, self.programs = folder / "home", folder / "work", folder / "programs"
        for made in (self.home, self.work, self.programs):
            made.mkdir()
        for name in NEEDED:
            found = shutil.which(name)
            assert found is not None
            (self.programs / name).symlink_to(found)
        self.script = project / "tools" / "make_environment.sh"
        (self.work / "requirements.lock").write_text("one==1\n")

    def has(self, path: Path, program: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(program)
        path.chmod(0o755)

    def run(self) -> subprocess.CompletedProcess[str]:
        self.calls = ""
        log = self.home / "calls"
        log.write_text("")
        environment = {"PATH": str(self.programs), "HOME": str(self.home), "CALLS": str(log)}
        result = subprocess.run(
            [str(self.programs / "sh"), str(self.script)],
            cwd=self.work,
            env=environment,
            capture_output=True,
            text=True,
        )
        self.calls = log.read_text()
        return result


@pytest.fixture
def machine(tmp_path: Path, project: Path) -> Machine:
    return Machine(tmp_path, project)


@pytest.mark.skipif(
    any(os.path.exists(f"{place}/python3.10") for place in ELSEWHERE), reason="a Python 3.10 lies there"
)
def test_without_python_it_is_one_sentence_with_the_way_out(machine: Machine) -> None:
    machine.has(machine.programs / "python3.10", SHIM)
    result = machine.run()
    assert result.returncode == 1
    assert len(result.stderr.strip().splitlines()) == 1
    assert "needs Python 3.10" in result.stderr and "pyenv install 3.10" in result.stderr and "uv" in result.stderr


def test_a_shim_that_refuses_is_passed_over_for_the_python_behind_it(machine: Machine) -> None:
    machine.has(machine.programs / "python3.10", SHIM)
    machine.has(machine.home / ".pyenv/versions/3.10.99/bin/python3.10", PYTHON)
    assert machine.run().returncode == 0
    assert "python -m venv .venv" in machine.calls
    assert "--require-hashes --requirement requirements.lock" in machine.calls


def test_uv_is_preferred(machine: Machine) -> None:
    machine.has(machine.programs / "python3.10", PYTHON)
    machine.has(machine.programs / "uv", UV)
    assert machine.run().returncode == 0
    assert "uv venv --quiet --python 3.10 .venv" in machine.calls
    assert "--require-hashes --compile-bytecode" in machine.calls and "pip install" not in machine.calls


def test_it_is_made_once_and_again_when_the_lock_changed(machine: Machine) -> None:
    machine.has(machine.programs / "python3.10", PYTHON)
    machine.run()
    second = machine.run()
    assert (second.returncode, second.stdout) == (0, "")
    assert "install" not in machine.calls
    (machine.work / "requirements.lock").write_text("one==2\n")
    machine.run()
    assert "pip install" in machine.calls
    assert "-m venv" not in machine.calls  # what is there is brought up to date


def test_a_broken_installation_is_done_again(machine: Machine) -> None:
    machine.has(machine.programs / "python3.10", PYTHON)
    machine.run()
    (machine.work / ".venv" / "made-from.lock").unlink()  # as after Ctrl-C in the middle
    machine.run()
    assert "pip install" in machine.calls


def test_the_makefile_names_every_command(project: Path) -> None:
    shown = subprocess.run(["make", "help"], cwd=project, capture_output=True, text=True).stdout
    for command in ("run", "rasa", "train", "test", "lint", "evaluate", "lock", "clean"):
        assert f"{command}\t" in shown

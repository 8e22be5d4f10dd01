"""The supervisor with small programs instead of the real ones."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.processes.supervisor import Program, Supervisor

# Each is a module of its own: the supervisor starts modules, through the lifeline.
PROGRAMS = {
    "stays": "import time\nprint('here', flush=True)\ntime.sleep(60)\n",
    "dies": "import sys, time\ntime.sleep(0.3)\nprint('the cupboard is bare', flush=True)\nsys.exit(3)\n",
    "killed": "import os, signal, time\ntime.sleep(0.3)\nos.kill(os.getpid(), signal.SIGKILL)\n",
    "deaf": "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\n"
    "time.sleep(60)\n",
    "parent": "import subprocess, time\nchild = subprocess.Popen(['sleep', '60'])\n"
    "print('child', child.pid, flush=True)\ntime.sleep(60)\n",
    "shows": "import os\nprint({k: v for k, v in os.environ.items() if 'TELEMETRY' in k or k == 'DO_NOT_TRACK'})\n",
    "logs": "import logging\nprint('plain', flush=True)\nlogging.getLogger('bot.logs_test').info('of our log')\n",
    "babbles": "print('x' * 3_000_000)\nprint('after', flush=True)\n",
    "refuses": "import sys\nprint('a setting is wrong', flush=True)\nsys.exit(2)\n",
    # It comes up, and refuses from the second time on, as Rasa does whose model was damaged meanwhile.
    "spoilt": "import pathlib, sys, time\nmark = pathlib.Path(sys.argv[1]) / 'spoilt.mark'\n"
    "if mark.exists():\n    print('the model is damaged', flush=True)\n    sys.exit(2)\n"
    "mark.touch()\nprint('up', flush=True)\ntime.sleep(60)\n",
}


@pytest.fixture
def project(tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, program in PROGRAMS.items():
        (tmp_path / f"{name}.py").write_text(program, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(project))
    return tmp_path


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return not state.startswith("Z")


async def until(holds: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        await asyncio.sleep(0.05)


def supervisor(project: Path, said: list[str], **more: float) -> Supervisor:
    return Supervisor(project, said.append, **more)


def program(project: Path, name: str, **more: Any) -> Program:
    """Return a program whose processes can be told from those of other tests by the folder they name."""
    return Program(name, (name, str(project)), **more)


def pids(project: Path, name: str = "[a-z]+") -> list[int]:
    found = subprocess.run(["pgrep", "-f", f"bot.processes.lifeline {name} {project}"], capture_output=True, text=True)
    return [int(pid) for pid in found.stdout.split()]


async def at_once() -> bool:
    return True


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "dies",
            "dies ended with exit code 3, 3 times in a row before it was ready, so everything stops."
            " Its last line: the cupboard is bare",
        ),
        ("killed", "killed was killed by SIGKILL, 3 times in a row before it was ready, so everything stops."),
        # Trying again would not help, and somebody is looking on.
        ("refuses", "refuses ended with exit code 2, so everything stops. Its last line: a setting is wrong"),
    ],
)
async def test_one_that_cannot_be_brought_up_stops_the_rest(project: Path, name: str, sentence: str) -> None:
    said: list[str] = []
    stages = [[program(project, "stays"), program(project, name)]]
    assert await supervisor(project, said, first_pause=0.05).run(stages, lambda: None) == 1
    assert sentence in said
    assert pids(project) == []


async def test_one_that_dies_is_started_again_and_the_others_go_on(project: Path) -> None:
    said: list[str] = []
    looks_after = supervisor(project, said, first_pause=0.3)
    stages = [[program(project, "stays", is_ready=at_once)], [program(project, "parent", is_ready=at_once)]]
    running = asyncio.create_task(looks_after.run(stages, lambda: said.append("greeting")))
    for times in range(1, 4):
        await until(lambda times=times: sum("| child" in line for line in said) == times)  # type: ignore[misc]
        [stays], [parent] = pids(project, "stays"), pids(project, "parent")
        grandchild = int([line for line in said if "| child" in line][-1].split()[-1])
        os.kill(parent, signal.SIGKILL)
        await until(lambda grandchild=grandchild: not alive(grandchild))  # type: ignore[misc]
        await until(lambda times=times: sum("killed by SIGKILL" in line for line in said) == times)  # type: ignore[misc]
        assert pids(project) == [stays], "it waits for a moment, and nobody else is touched"
    assert said.count("greeting") == 1
    pauses = [line.partition("again in ")[2].split(" s.")[0] for line in said if "SIGKILL" in line]
    assert pauses == ["0", "1", "1"], "0.3, 0.6 and 1.2 s, rounded"
    looks_after.stop()
    assert await running == 0
    assert pids(project) == []


async def test_one_that_refuses_later_on_stops_nobody(project: Path) -> None:
    said: list[str] = []
    looks_after = supervisor(project, said, first_pause=0.05)
    stages = [[program(project, "stays"), program(project, "spoilt", is_ready=at_once)]]
    running = asyncio.create_task(looks_after.run(stages, lambda: said.append("greeting")))
    await until(lambda: "greeting" in said and any(line.endswith("| up") for line in said))
    [spoilt] = pids(project, "spoilt")
    os.kill(spoilt, signal.SIGKILL)
    await until(lambda: sum("ended with exit code 2; it is started again" in line for line in said) >= 2)
    assert any(line.endswith("Its last line: the model is damaged") for line in said), "the operator reads why"
    assert len(pids(project, "stays")) == 1 and not running.done()
    (project / "spoilt.mark").unlink()  # repaired
    await until(lambda: sum(line.endswith("| up") for line in said) == 2)
    looks_after.stop()
    assert await running == 0


async def test_one_that_hangs_while_it_comes_back_is_killed_and_started_again(project: Path) -> None:
    said: list[str] = []
    looks = iter([True])

    async def only_once() -> bool:
        return next(looks, False)

    looks_after = supervisor(project, said, first_pause=0.05, seconds_to_start=0.6)
    stages = [[program(project, "stays", is_ready=only_once)]]
    running = asyncio.create_task(looks_after.run(stages, lambda: said.append("greeting")))
    await until(lambda: "greeting" in said and len(pids(project)) == 1)
    os.kill(pids(project)[0], signal.SIGKILL)
    await until(lambda: sum("did not become ready; it is started again" in line for line in said) == 2)
    looks_after.stop()
    assert await running == 0
    assert pids(project) == []


async def test_with_json_logs_every_line_is_an_object_and_none_is_wrapped_twice(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANXING_LOG_FORMAT", "json")
    said: list[str] = []
    assert await supervisor(project, said, first_pause=0.05).run([[program(project, "logs")]], lambda: None) == 1
    lines = [json.loads(line) for line in said if line.startswith("{")]
    assert [(line["process"], line["message"]) for line in lines[:2]] == [("logs", "plain"), ("logs", "of our log")]
    assert lines[1]["logger"] == "bot.logs_test"


async def test_asked_to_stop_it_stops_all_of_them(project: Path) -> None:
    said: list[str] = []
    looks_after = supervisor(project, said)
    stages = [[program(project, "stays"), program(project, "parent")]]
    running = asyncio.create_task(looks_after.run(stages, lambda: said.append("ready")))
    await until(lambda: any("child" in line for line in said) and any("here" in line for line in said))
    grandchild = int(next(line for line in said if "child" in line).split()[-1])
    looks_after.stop()
    assert await running == 0
    assert said[-1] == "Everything has stopped."
    assert pids(project) == []
    await until(lambda: not alive(grandchild))


async def test_who_does_not_listen_is_killed(project: Path) -> None:
    said: list[str] = []
    looks_after = supervisor(project, said, seconds_to_stop=0.5)
    running = asyncio.create_task(looks_after.run([[program(project, "deaf")]], lambda: None))
    await until(lambda: any(line.endswith("| deaf") for line in said))
    looks_after.stop()
    assert await running == 0
    assert pids(project) == []


async def test_the_next_stage_waits_until_all_are_ready(project: Path) -> None:
    said: list[str] = []
    looks = iter([False, False, True])

    async def is_ready() -> bool:
        return next(looks)

    looks_after = supervisor(project, said)
    stages = [[Program("slow", ("stays", str(project)), is_ready)], [Program("next", ("stays", str(project)))]]
    running = asyncio.create_task(looks_after.run(stages, lambda: said.append("greeting")))
    await until(lambda: "next | here" in said)
    looks_after.stop()
    await running
    ready = next(index for index, line in enumerate(said) if line.startswith("slow is ready"))
    assert ready < said.index("greeting")
    assert said.index("slow | here") < ready < said.index("next | here")


async def test_one_that_never_gets_ready_is_named(project: Path) -> None:
    async def never() -> bool:
        return False

    said: list[str] = []
    code = await supervisor(project, said, seconds_to_start=0.4).run(
        [[program(project, "stays", is_ready=never)]], lambda: None
    )
    assert code == 1
    assert "stays did not become ready in 0 s: everything stops." in said
    assert pids(project) == []


async def test_telemetry_is_off_in_every_program(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RASA_TELEMETRY_ENABLED", "true")
    said: list[str] = []
    assert await supervisor(project, said).finish(program(project, "shows")) == 0
    assert "'RASA_TELEMETRY_ENABLED': 'false'" in said[0]
    assert "'DO_NOT_TRACK': '1'" in said[0]


async def test_endless_lines_do_no_harm(project: Path) -> None:
    said: list[str] = []
    assert await supervisor(project, said).finish(program(project, "babbles")) == 0
    assert said[-1] == "babbles | after"


OWN_PROCESS = """
import asyncio, sys
from pathlib import Path
from bot.processes.supervisor import Program, Supervisor
async def main():
    looks_after = Supervisor(Path.cwd(), lambda line: print(line, flush=True))
    looks_after.catch_signals()
    stages = [[Program(name, (name, str(Path.cwd()))) for name in ("stays", "deaf")]]
    return await looks_after.run(stages, lambda: None)
sys.exit(asyncio.run(main()))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
async def test_no_child_is_left_however_it_ends(project: Path, number: signal.Signals) -> None:
    process = subprocess.Popen([sys.executable, "-c", OWN_PROCESS], cwd=project, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        seen = ""
        while "here" not in seen or "| deaf" not in seen:
            seen += process.stdout.readline()
        assert len(pids(project)) == 2
        process.send_signal(number)
        await until(lambda: process.poll() is not None, 20)
        await until(lambda: pids(project) == [], 20)
        assert process.returncode == (0 if number != signal.SIGKILL else -signal.SIGKILL)
    finally:
        process.kill()
        process.communicate()

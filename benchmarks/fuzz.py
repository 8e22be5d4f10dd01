"""Feeds odd inputs to whatever reads what strangers send: `python -m benchmarks.fuzz [--inputs 100000] [--only NAME]`.

Each target of tests/fuzz runs in a process of its own, with a var folder and records of its own. Targets that read
bytes or text in pure Python are led by atheris where it is installed, which looks for inputs that take a new branch;
the others, and all where it is missing, get mutations of good inputs (tests/fuzz/mutation.py). Prints a table, and each
finding with the input that makes it; exit code 1 when there is one.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fuzz.target import Target

PROJECT = Path(__file__).resolve().parent.parent
#: Of the processor, for one input; the machine may be busy.
LONGEST_SECONDS = 5.0
#: Findings of one target that are shown; one place in the code is shown once.
MOST_SHOWN = 10
RESULT = "result of fuzzing: "


class Run:
    """One target in this process: gives it inputs and keeps what they broke."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.inputs, self.slowest = 0, 0.0
        self.findings: dict[str, dict[str, str]] = {}
        self._began = time.monotonic()

    def warm_up(self) -> None:
        """Load what the first input would load, so that its time is its own."""
        with contextlib.suppress(Exception):
            self._target.check(self._target.seeds[0])

    def one(self, data: bytes) -> None:
        self.inputs += 1
        began = time.process_time()
        try:
            self._target.check(data)
        except Exception as error:
            self._found(error, data)
        seconds = time.process_time() - began
        self.slowest = max(self.slowest, seconds)
        if seconds > LONGEST_SECONDS:
            self._found(TimeoutError(f"{seconds:.1f} s"), data)

    def _found(self, error: Exception, data: bytes) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "slow"
        about = {"error": f"{type(error).__name__}: {error}"[:300], "input": base64.b64encode(data[:4000]).decode()}
        self.findings.setdefault(f"{type(error).__name__} at {place}", about)

    def told(self, how: str) -> str:
        return RESULT + json.dumps(
            {
                "name": self._target.name,
                "how": how,
                "inputs": self.inputs,
                "slowest": self.slowest,
                "seconds": time.monotonic() - self._began,
                "findings": self.findings,
            }
        )


def run_one(name: str, inputs: int, seed: int, led: bool) -> None:
    """Run one target to its end; never returns when atheris leads."""
    if led and name in LED:
        _led(name, inputs, seed)
    _prepare()
    target = _target(name)

    def work() -> None:
        run = Run(target)
        run.warm_up()
        for data in target.inputs(random.Random(seed), inputs):
            run.one(data)
        print(run.told("mutation"), flush=True)

    _with_stack(target, work)


def _with_stack(target: Target, work: Callable[[], Any]) -> None:
    if not target.needs_stack:
        return work()
    from tests.fuzz.wires import standing

    with standing():
        work()


def _led(name: str, inputs: int, seed: int) -> None:
    """Let atheris choose; what it imports inside `instrument_imports` tells it which branches were taken."""
    import atheris

    with atheris.instrument_imports(include=list(LED[name])):
        _prepare()
        target = _target(name)
    run = Run(target)
    run.warm_up()
    luck = random.Random(seed)
    corpus = tempfile.mkdtemp()
    for number, good in enumerate(target.seeds):
        (Path(corpus) / str(number)).write_bytes(good)

    def change(data: bytes, most: int, _seed: int) -> bytes:
        from tests.fuzz.mutation import mutated

        if luck.random() < 0.5:
            return bytes(atheris.Mutate(data, most))
        return mutated(target.kind, data, luck.choice(target.seeds), luck)[:most]

    def one(data: bytes) -> None:
        run.one(data)
        if run.inputs >= inputs:
            print(run.told("atheris"), flush=True)
            os._exit(0)

    arguments = [
        sys.argv[0],
        corpus,
        f"-seed={seed}",
        "-max_len=20000",
        "-len_control=0",
        "-timeout=60",
        "-rss_limit_mb=4096",
    ]
    atheris.Setup(arguments, one, custom_mutator=change)
    atheris.Fuzz()


#: Targets that atheris leads; the others need servers, or read by compiled code that it cannot see into.
LED = {
    "normaliser": ("bot.language",),
    "facts": ("bot.language",),
    "numbers": ("bot.language",),
    "places": ("bot.language",),
    "personal data": ("bot.language",),
    "money": ("bot.language",),
    "contact numbers": ("bot.language",),
    "signs": ("bot.language",),
    "company names": ("bot.language",),
    "answers and requests": ("bot.language",),
    "misuse": ("bot.language",),
    "contracts": ("bot.risk", "bot.language"),
    "gateway's words": ("bot.gateway", "bot.papers"),
    "paper parsers": ("bot.papers", "docx", "PIL"),
    "list of companies": ("bot.records.recruiter_csv",),
    "tables": ("bot.tables", "yaml"),
}


def _target(name: str) -> Target:
    from tests.fuzz.targets import TARGETS

    return TARGETS[name]


def _prepare() -> None:
    """Make this process a gateway on records of its own."""
    from bot.processes.surroundings import one_thread, prepare

    os.environ["DJANGO_SETTINGS_MODULE"] = "bot.site.settings"
    prepare()
    one_thread()
    import django

    django.setup()
    import logging

    from django.core.management import call_command

    logging.root.handlers.clear()  # a line for each odd input helps nobody
    call_command("migrate", verbosity=0)


def main() -> int:
    """Run every target, one after the other, each in a process of its own."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="of all targets together")
    parser.add_argument("--only", help="the name of one target, which then gets all inputs")
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--without-atheris", action="store_true")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    led = not arguments.without_atheris and find_spec("atheris") is not None
    if arguments.here:
        run_one(arguments.only, arguments.inputs, arguments.seed, led)
        return 0
    return _all(arguments, led)


def _all(arguments: argparse.Namespace, led: bool) -> int:
    from tests.fuzz.targets import TARGETS

    whole = sum(target.share for target in TARGETS.values())
    found = []
    print("| what | how | inputs | seconds | slowest | findings |\n|---|---|---:|---:|---:|---:|", flush=True)
    for name, target in TARGETS.items():
        if arguments.only in (None, name):
            number = arguments.inputs if arguments.only else max(1, round(arguments.inputs * target.share / whole))
            told = _in_own_process(name, number, arguments.seed, led)
            found.append(told)
            print(_row(told), flush=True)
    inputs, seconds = sum(one["inputs"] for one in found), sum(one["seconds"] for one in found)
    findings = sum(len(one["findings"]) for one in found)
    print(f"| together | | {inputs:,} | {seconds:.0f} | | {findings} |\n")
    for one in found:
        for place, about in list(one["findings"].items())[:MOST_SHOWN]:
            print(f"{one['name']}: {place}\n  {about['error']}\n  {about['input'][:600]}")
    return 1 if findings else 0


def _row(told: dict[str, Any]) -> str:
    cells = (
        told["name"], told["how"], f"{told['inputs']:,}", f"{told['seconds']:.0f}", f"{told['slowest'] * 1000:.0f} ms",
        str(len(told["findings"])),
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _in_own_process(name: str, inputs: int, seed: int, led: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="anxing-fuzz-") as var:
        environment = {**os.environ, "ANXING_VAR": var, "DATABASE_URL": "", "RASA_TELEMETRY_ENABLED": "false"}
        command = [
            sys.executable,
            "-m",
            "benchmarks.fuzz",
            "--here",
            "--only",
            name,
            "--inputs",
            str(inputs),
            "--seed",
            str(seed),
        ]
        command += [] if led else ["--without-atheris"]
        process = subprocess.run(
            command, cwd=PROJECT, env=environment, capture_output=True, text=True, errors="replace"
        )
    for line in process.stdout.splitlines():
        if line.startswith(RESULT):
            told: dict[str, Any] = json.loads(line.removeprefix(RESULT))
            return told
    last = (process.stderr or process.stdout)[-2000:]
    about = {"error": f"the process ended with {process.returncode}: {last}", "input": ""}
    return {"name": name, "how": "died", "inputs": 0, "seconds": 0.0, "slowest": 0.0, "findings": {"died": about}}


if __name__ == "__main__":
    sys.exit(main())

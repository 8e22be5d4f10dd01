"""Starts programs, shows their lines, waits until they are ready, and stops all when one of them ends.

honcho cannot do this: its programs go on when it is killed, it starts all at once and through a shell, and it does not
know when one is ready.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.logs import TELEMETRY_OFF, is_json, passed_on
from bot.processes.surroundings import QUIET

LONGEST_LINE = 1_000_000
SECONDS_TO_START = 240.0
SECONDS_TO_STOP = 8.0
SECONDS_BETWEEN_LOOKS = 0.25
SECONDS_BETWEEN_NEWS = 5.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(Exception):
    """A program ended or was not ready in time; the message says which and why."""


class Stopped(Exception):
    """Somebody asked for an end."""


@dataclass(frozen=True)
class Program:
    """A module of ours to run, with its arguments; `is_ready` may be asked often."""

    name: str
    command: tuple[str, ...]
    is_ready: Callable[[], Awaitable[bool]] | None = None


@dataclass
class _Running:
    program: Program
    process: Process
    last_line: str = ""
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


class Supervisor:
    """Looks after a few programs for as long as all of them run."""

    def __init__(
        self,
        project: Path,
        say: Callable[[str], None] = print,
        *,
        seconds_to_start: float = SECONDS_TO_START,
        seconds_to_stop: float = SECONDS_TO_STOP,
    ) -> None:
        self._project, self._say = project, say
        self._seconds_to_start, self._seconds_to_stop = seconds_to_start, seconds_to_stop
        self._running: list[_Running] = []
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
        self._ended: asyncio.Queue[_Running] = asyncio.Queue()
        self._width = 0

    def catch_signals(self) -> None:
        """Take Ctrl-C and SIGTERM as the wish to stop; a second one does not wait for anybody."""
        for number in SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self.stop)

    def stop(self) -> None:
        if self._stopping.is_set():
            self._hurry.set()
        self._stopping.set()

    async def run(self, stages: Sequence[Sequence[Program]], greet: Callable[[], None]) -> int:
        """Start one stage after the other, greet, and wait; 0 when asked to stop, 1 when a program ended."""
        self._width = max(len(program.name) for stage in stages for program in stage)
        try:
            for stage in stages:
                for program in stage:
                    await self._start(program)
                await self._or_end(self._until_ready(stage))
            greet()
            await self._or_end(asyncio.Event().wait())
        except Ended as ended:
            self._say(str(ended))
            return 1
        except Stopped:
            self._say("Stopping…")
        finally:
            await self._stop_all()
        self._say("Everything has stopped.")
        return 0

    async def finish(self, program: Program) -> int:
        """Run one program to its end and return its exit code."""
        self._width = max(self._width, len(program.name))
        await self._start(program)
        running = self._running[-1]
        try:
            await self._or_end(asyncio.Event().wait())
        except Ended:
            return running.process.returncode or 0
        finally:
            await self._stop_all()
        return 0

    async def _start(self, program: Program) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot.processes.lifeline", *program.command),
            cwd=self._project,
            env={**os.environ, **TELEMETRY_OFF, **QUIET, "PYTHONUNBUFFERED": "1"},
            stdin=PIPE,  # nothing is written; see bot/processes/lifeline.py
            stdout=PIPE,
            stderr=STDOUT,
            limit=LONGEST_LINE,
            start_new_session=True,  # Ctrl-C is for us; we pass it on
        )
        running = _Running(program, process)
        reading = asyncio.create_task(self._read(running))
        running.tasks += [reading, asyncio.create_task(self._watch(running, reading))]
        self._running.append(running)

    async def _read(self, running: _Running) -> None:
        assert running.process.stdout is not None
        while True:
            try:
                line = await running.process.stdout.readline()
            except ValueError:  # longer than anybody reads
                continue
            if not line:
                return
            text = line.decode("utf-8", "replace").rstrip()
            if text:
                running.last_line = text
                name = running.program.name
                self._say(passed_on(name, text) if is_json() else f"{name:<{self._width}} | {text}")

    async def _watch(self, running: _Running, reading: asyncio.Task[None]) -> None:
        await running.process.wait()
        await asyncio.wait([reading], timeout=1)  # its last words; a grandchild may keep the pipe open
        self._ended.put_nowait(running)

    async def _or_end(self, work: Awaitable[object]) -> None:
        """Do the work, but leave it when a program ends or somebody wants to stop."""
        working: asyncio.Future[Any] = asyncio.ensure_future(work)
        ending = asyncio.create_task(self._ended.get())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait([working, ending, stopping], return_when=asyncio.FIRST_COMPLETED)
            if stopping.done():
                raise Stopped
            if ending.done():
                raise Ended(_why(ending.result()))
            working.result()
        finally:
            for task in (working, ending, stopping):
                task.cancel()

    async def _until_ready(self, stage: Sequence[Program]) -> None:
        began = time.monotonic()
        told = began
        waiting = [program for program in stage if program.is_ready is not None]
        while waiting:
            for program in list(waiting):
                if program.is_ready is not None and await program.is_ready():
                    waiting.remove(program)
                    self._say(f"{program.name} is ready ({time.monotonic() - began:.0f} s)")
            now = time.monotonic()
            names = ", ".join(program.name for program in waiting)
            if waiting and now - began > self._seconds_to_start:
                raise Ended(f"{names} did not become ready in {self._seconds_to_start:.0f} s: everything stops.")
            if waiting and now - told > SECONDS_BETWEEN_NEWS:
                told = now
                self._say(f"waiting for {names} ({now - began:.0f} s)")
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS if waiting else 0)

    async def _stop_all(self) -> None:
        running, self._running = self._running, []
        for one in running:
            with suppress(ProcessLookupError):
                one.process.terminate()
        exits = [asyncio.create_task(one.process.wait()) for one in running]
        if exits:
            hurry = asyncio.create_task(self._hurry.wait())
            everybody = asyncio.gather(*exits)
            first: set[asyncio.Future[Any]] = {everybody, hurry}
            await asyncio.wait(first, timeout=self._seconds_to_stop, return_when=asyncio.FIRST_COMPLETED)
            hurry.cancel()
        for one in running:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(one.process.pid, signal.SIGKILL)  # what did not listen, and whatever it had started
        await asyncio.gather(*exits)
        for one in running:
            await asyncio.wait(one.tasks, timeout=1)
        while not self._ended.empty():
            self._ended.get_nowait()


def _why(running: _Running) -> str:
    code = running.process.returncode or 0
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    last = f" Its last line: {running.last_line}" if running.last_line else ""
    return f"{running.program.name} {how}, so everything stops.{last}"

"""Starts programs, shows their lines, waits until they are ready, and starts again whichever of them ends.

The others go on meanwhile: the gateway and the site are made for a time without Rasa. All stops only when one cannot be
brought up at all at the start, where somebody is looking on.

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
from collections.abc import Awaitable, Callable, Coroutine, Sequence
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
#: One that came up is started again after this pause, twice as long each time that it ends soon after.
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
SECONDS_TO_TRUST = 60.0
#: A program that cannot be asked whether it is ready is, once it has lived so long.
SECONDS_TO_SETTLE = 5.0
#: One that never was ready is given up, and everything with it, when it has ended so often.
TRIES_TO_START = 3
#: What our programs end with when a setting, a table or the model is wrong: trying again at once helps nobody.
REFUSED = 2
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
    reading: asyncio.Task[None] | None = None


@dataclass
class _Kept:
    """A program that is to run for as long as we do."""

    program: Program
    was_ready: asyncio.Event = field(default_factory=asyncio.Event)
    failures: int = 0  # how often in a row it ended before it was ready
    pause: float = 0.0


class Supervisor:
    """Keeps a few programs running."""

    def __init__(
        self,
        project: Path,
        say: Callable[[str], None] = print,
        *,
        seconds_to_start: float = SECONDS_TO_START,
        seconds_to_stop: float = SECONDS_TO_STOP,
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        self._project, self._say, self._first_pause = project, say, first_pause
        self._seconds_to_start, self._seconds_to_stop = seconds_to_start, seconds_to_stop
        self._keepers: list[asyncio.Task[None]] = []
        self._running: list[_Running] = []
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
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
        """Start one stage after the other, greet, and keep them running; 0 when asked to stop, 1 when given up."""
        self._width = max(len(program.name) for stage in stages for program in stage)
        try:
            for stage in stages:
                kept = [_Kept(program, pause=self._first_pause) for program in stage]
                self._keepers += [asyncio.create_task(self._keep(one)) for one in kept]
                await self._unless_over(self._until_ready(kept))
            greet()
            await self._unless_over(asyncio.Event().wait())
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
        running = await self._start(program)
        try:
            await self._unless_over(self._over(running))
        finally:
            await self._stop_all()
        return running.process.returncode or 0

    async def _keep(self, kept: _Kept) -> None:
        """Start the program, and again whenever it ends; Ended when it cannot be brought up at all."""
        while True:
            running = await self._start(kept.program)
            came_up = await self._comes_up(running)
            since = time.monotonic()
            if came_up:
                kept.was_ready.set()
                await running.process.wait()
            timed_out = running.process.returncode is None
            if timed_out:
                _kill_all_of(running)
            await self._over(running)
            trusted = came_up and time.monotonic() - since >= SECONDS_TO_TRUST
            kept.failures = 0 if came_up else kept.failures + 1
            if not kept.was_ready.is_set():
                self._check_first_start(kept, running, timed_out)
            pause = self._first_pause if trusted else kept.pause
            kept.pause = min(pause * 2, LONGEST_PAUSE)
            how = "did not become ready" if timed_out else _how(running)
            self._say(f"{kept.program.name} {how}; it is started again in {pause:.0f} s.{_last_words(running)}")
            await asyncio.sleep(pause)

    def _check_first_start(self, kept: _Kept, running: _Running, timed_out: bool) -> None:
        name = kept.program.name
        if timed_out:
            raise Ended(f"{name} did not become ready in {self._seconds_to_start:.0f} s: everything stops.")
        if running.process.returncode == REFUSED:
            raise Ended(f"{name} {_how(running)}, so everything stops.{_last_words(running)}")
        if kept.failures >= TRIES_TO_START:
            often = f"{kept.failures} times in a row before it was ready"
            raise Ended(f"{name} {_how(running)}, {often}, so everything stops.{_last_words(running)}")

    async def _comes_up(self, running: _Running) -> bool:
        """Wait until the program is ready; False when it ends before, or takes too long."""
        ready: asyncio.Future[None] = asyncio.ensure_future(self._ready(running.program))
        ending = asyncio.create_task(running.process.wait())
        both: set[asyncio.Future[Any]] = {ready, ending}
        try:
            limit = self._seconds_to_start if running.program.is_ready else None
            await asyncio.wait(both, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            if ready.done():
                ready.result()
            return ready.done() and not ending.done()
        finally:
            for one in both:
                one.cancel()

    async def _ready(self, program: Program) -> None:
        if program.is_ready is None:
            await asyncio.sleep(SECONDS_TO_SETTLE)
            return
        began = time.monotonic()
        while not await program.is_ready():
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        self._say(f"{program.name} is ready ({time.monotonic() - began:.0f} s)")

    async def _start(self, program: Program) -> _Running:
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
        running.reading = asyncio.create_task(self._read(running))
        self._running.append(running)
        return running

    async def _over(self, running: _Running) -> None:
        """Wait for the end of the program and clear up after it."""
        await running.process.wait()
        if running.reading:  # its last words; a grandchild may keep the pipe open
            await asyncio.wait([running.reading], timeout=1)
        _kill_all_of(running)  # a grandchild could hold the port that is wanted again
        if running in self._running:
            self._running.remove(running)

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

    async def _unless_over(self, work: Coroutine[Any, Any, object]) -> None:
        """Do the work, but leave it when a program is given up or somebody wants to stop."""
        working = asyncio.create_task(work)
        stopping = asyncio.create_task(self._stopping.wait())
        waiting: list[asyncio.Future[Any]] = [working, stopping, *self._keepers]
        try:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if stopping in done:
                raise Stopped
            for one in done:
                one.result()  # a keeper only ever ends by an error
        finally:
            working.cancel()
            stopping.cancel()

    async def _until_ready(self, stage: Sequence[_Kept]) -> None:
        began = time.monotonic()
        waiting = [kept for kept in stage if kept.program.is_ready is not None]
        while waiting := [kept for kept in waiting if not kept.was_ready.is_set()]:
            ready = asyncio.gather(*(kept.was_ready.wait() for kept in waiting))
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(ready, SECONDS_BETWEEN_NEWS)
                return
            names = ", ".join(kept.program.name for kept in waiting if not kept.was_ready.is_set())
            self._say(f"waiting for {names} ({time.monotonic() - began:.0f} s)")

    async def _stop_all(self) -> None:
        keepers, self._keepers = self._keepers, []
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
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
            _kill_all_of(one)  # what did not listen, and whatever it had started
        await asyncio.gather(*exits)
        for one in running:
            if one.reading:
                await asyncio.wait([one.reading], timeout=1)


def _kill_all_of(running: _Running) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(running.process.pid, signal.SIGKILL)


def _how(running: _Running) -> str:
    code = running.process.returncode or 0
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def _last_words(running: _Running) -> str:
    return f" Its last line: {running.last_line}" if running.last_line else ""

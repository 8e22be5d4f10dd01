"""Text out of a picture, a PDF, Word or plain file that a stranger sent, read in a process of its own.

paper = await read_paper(content)     # or a PaperError, whose `response` says what to tell the person
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass, field
from pathlib import Path

from bot.papers.errors import BY_CODE, NoReader, PaperError, TooLarge, TooSlow, Unreadable
from bot.papers.kinds import KINDS
from bot.papers.limits import LARGEST_FILE, LONGEST_SECONDS

log = logging.getLogger(__name__)

PROJECT = Path(__file__).resolve().parents[2]
#: Of our own environment the reading process gets these alone: no key, no token.
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")

_told_what_is_missing = False


@dataclass(frozen=True)
class Paper:
    """What was read: one line a bubble, paragraph or row of a table."""

    text: str = field(repr=False)
    kind: str  # picture, pdf, word, text
    pages: int = 1
    truncated: bool = False  # its end was not looked at


async def read_paper(content: bytes, *, seconds: float = LONGEST_SECONDS) -> Paper:
    """Return the text of a file; nothing of it touches a disk, and cancelling ends the reading."""
    if len(content) > LARGEST_FILE:
        raise TooLarge("bytes")
    if not content:
        raise Unreadable("empty")
    return _paper(await _answer_of_worker(content, seconds))


async def _answer_of_worker(content: bytes, seconds: float) -> bytes:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-B", "-m", "bot.papers.worker", stdin=PIPE, stdout=PIPE, stderr=DEVNULL, cwd=PROJECT,
        env=_environment(),
    )  # fmt: skip
    try:
        answer, _ = await asyncio.wait_for(worker.communicate(content), seconds)
        return answer
    except asyncio.TimeoutError:
        raise TooSlow("killed") from None
    finally:
        await _end(worker)


async def _end(worker: Process) -> None:
    """Kill the process if it still runs, and close the pipe that it may not have read to its end."""
    if worker.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            worker.kill()
        await worker.wait()
    assert worker.stdin is not None
    worker.stdin.close()
    with contextlib.suppress(OSError, asyncio.TimeoutError):
        await asyncio.wait_for(worker.stdin.wait_closed(), 1)


def _environment() -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**passed_on, "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


def _paper(answer: bytes) -> Paper:
    try:
        found = json.loads(answer)
        if "trouble" in found:
            raise _trouble(str(found["trouble"]), str(found.get("about", "")))
        text, kind, pages, truncated = found["text"], found["kind"], found["pages"], found["truncated"]
    except (ValueError, KeyError, TypeError):
        raise Unreadable("the reading process gave no answer") from None  # it crashed, or was killed for its memory
    if not isinstance(text, str) or kind not in KINDS or type(pages) is not int:
        raise Unreadable("the reading process gave no proper answer")
    return Paper(text, kind, pages, bool(truncated))


def _trouble(code: str, about: str) -> PaperError:
    error = BY_CODE.get(code, Unreadable)
    if error is NoReader:
        _tell_what_is_missing(about)
    return error(code)


def _tell_what_is_missing(about: str) -> None:
    """Say once in the log what the operator has to install."""
    global _told_what_is_missing
    if not _told_what_is_missing:
        _told_what_is_missing = True
        log.error(
            "Pictures cannot be read: OpenCV does not load (%s). On Debian: apt-get install libgl1 libglib2.0-0.",
            about.splitlines()[0][:200] if about else "unknown",
        )

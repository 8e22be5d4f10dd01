"""The database is locked by somebody else for 30 s, and the disk is full: all wait, and are answered once, in order."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.faults.burst import Burst, Figures, stack_with_stub, talking
from tests.faults.test_kills import locked
from tests.gateway.bot_api import BotApi
from tests.gateway.fake_rasa import FakeRasa
from tests.gateway.stack import GATEWAY, WEB, Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

SMALLEST = 4096


def all_answered_once(figures: Figures) -> bool:
    print(figures)
    return (figures.once, figures.repeated, figures.lost, figures.disordered) == (figures.messages, 0, 0, 0)


async def test_the_database_is_locked_for_30_seconds(stack: Stack, api: BotApi) -> None:
    await talking(stack, api)
    burst = Burst(stack, api, seed=30, chats=12, each=4, of_web=2)
    with locked(stack):
        await burst.begin()
        await asyncio.sleep(30)
        assert api.unconfirmed == 40, "nothing is acknowledged that is not stored"
        freed = time.monotonic()
    figures = await burst.end()
    waited = max(sent.at for chat in burst.chats if chat.person for sent in chat.person.chat) - freed
    print(f"the last answer {waited:.1f} s after the lock was gone")
    assert all_answered_once(figures)
    assert figures.longest_wait > 29


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "var"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root may mount a small disk; the next test makes writes fail by a limit")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
async def stack_on_small_disk(small_disk: Path, api: BotApi, rasa: FakeRasa) -> AsyncIterator[Stack]:
    made = await stack_with_stub(small_disk, api, rasa)
    try:
        yield made
    finally:
        await made.stop()


async def test_the_disk_is_full(stack_on_small_disk: Stack, small_disk: Path, api: BotApi) -> None:
    await talking(stack_on_small_disk, api)
    before = Burst(stack_on_small_disk, api, seed=1, chats=4, each=2, of_web=2)
    await before.begin()
    assert all_answered_once(await before.end())
    filler = small_disk / "filler"
    fill(filler)
    burst = Burst(stack_on_small_disk, api, seed=2, chats=12, each=4, of_web=2, first=620_000_001)
    await burst.begin()
    await asyncio.sleep(8)
    assert "Updates cannot be stored" in stack_on_small_disk.log
    assert api.unconfirmed >= 20, "nothing is acknowledged that is not stored"
    filler.unlink()
    assert all_answered_once(await burst.end())


def fill(filler: Path) -> None:
    """Fill the disk to the last byte, in ever smaller pieces, as the freed end of a page would be room again."""
    size = 1 << 20
    with filler.open("wb", buffering=0) as file:
        while size:
            try:
                if file.write(bytes(size)) < size:
                    raise OSError
            except OSError:
                size //= 2


async def test_writes_fail_in_the_middle_of_a_burst(stack: Stack, api: BotApi, rasa: FakeRasa) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux sets the limits of another process")
    rasa.delay = 0.05
    await talking(stack, api)
    burst = Burst(stack, api, seed=3, chats=20, each=5, of_web=4)
    await burst.begin()
    for _ in range(2):
        await asyncio.sleep(0.7)
        with contextlib.ExitStack() as limits:
            for module in (GATEWAY, WEB):
                limits.enter_context(no_file_beyond(SMALLEST, stack.pid(module)))
            await asyncio.sleep(2)
    figures = await burst.end()
    assert (figures.lost, figures.disordered) == (0, 0)
    assert all_answered_once(figures)


@contextlib.contextmanager
def no_file_beyond(size: int, pid: int) -> Iterator[None]:
    """Let writes of this process fail as on a full disk, wherever a file is already this large."""
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))

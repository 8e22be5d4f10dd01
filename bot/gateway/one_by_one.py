"""One thing at a time in a thread of its own: danger first, then a fair share for storing and for answering.

SQLite takes one writer at a time. One thread, with a connection that stays open, is many times faster than several that
wait for each other's locks. In a flood there is always something to store: were it done before all answers, as it once
was, nobody would be answered any more; were it done after them, whoever cries for help would lie unheard at Telegram.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextvars import ContextVar
from typing import Any

from bot.gateway.ordering import is_urgent

STORING, ORDINARY = "storing", "ordinary"
#: Of the time that danger leaves.
SHARES = {STORING: 3, ORDINARY: 1}

Job = tuple[Future[Any], Callable[[], Any]]

_storing: ContextVar[bool] = ContextVar("storing", default=False)


@contextlib.contextmanager
def storing() -> Iterator[None]:
    """Give what is done inside the share of time that is meant for storing what people wrote."""
    before = _storing.set(True)
    try:
        yield
    finally:
        _storing.reset(before)


class OneByOne:
    """Runs jobs in the order in which they came, within each of the three kinds."""

    def __init__(self) -> None:
        self._urgent: deque[Job] = deque()
        self._jobs: dict[str, deque[Job]] = {kind: deque() for kind in SHARES}
        self._used = dict.fromkeys(SHARES, 0.0)  # time, divided by the share
        self._reached = 0.0  # what the kind that was served last had used
        self._news = threading.Condition()
        threading.Thread(target=self._work, daemon=True, name="records").start()

    def submit(self, job: Callable[[], Any]) -> Future[Any]:
        """Have the job done as urgently as whatever submits it."""
        future: Future[Any] = Future()
        kind = STORING if _storing.get() else ORDINARY
        with self._news:
            if is_urgent():
                self._urgent.append((future, job))
            else:
                if not self._jobs[kind]:  # who had nothing to do has saved up no time by that
                    self._used[kind] = max(self._used[kind], self._reached)
                self._jobs[kind].append((future, job))
            self._news.notify()
        return future

    def _work(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._urgent or any(self._jobs.values()))
                kind = None if self._urgent else self._next_kind()
                job = self._jobs[kind].popleft() if kind else self._urgent.popleft()
                self._reached = self._used[kind] if kind else self._reached
            began = time.monotonic()
            _do(*job)
            if kind:
                with self._news:
                    self._used[kind] += (time.monotonic() - began) / SHARES[kind]
            del job  # its result is not to stay in memory while nothing happens

    def _next_kind(self) -> str:
        return min((kind for kind, jobs in self._jobs.items() if jobs), key=self._used.__getitem__)


def _do(future: Future[Any], job: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = job()
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)

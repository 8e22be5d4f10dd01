"""Work on thousands of texts in as many processes as there are cores; a few texts are not worth the start of one."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")
Work = Callable[[Sequence[str]], list[Result]]

#: Below this the processes would start longer than they work.
WORTH_IT = 3000
_CHUNK = 500


def side_by_side(work: Work[Result], texts: Sequence[str]) -> list[Result]:
    """Return `work(texts)`, done in pieces by several processes when there are many texts.

    `work` treats each text alone. It is pickled once a process, so it belongs to modules that are quick to import.
    """
    cores = os.cpu_count() or 1
    if cores == 1 or len(texts) < WORTH_IT:
        return work(texts)
    pieces = [texts[start : start + _CHUNK] for start in range(0, len(texts), _CHUNK)]
    # Not forked: TensorFlow and BLAS have threads, and a fork of a process with threads may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, mp_context=context, initializer=_Worker.begin, initargs=(work,)) as processes:
        return [result for piece in processes.map(_Worker.do, pieces) for result in piece]


class _Worker:
    """What a process that helps has been given to do."""

    work: Work[Any]

    @classmethod
    def begin(cls, work: Work[Any]) -> None:
        cls.work = staticmethod(work)

    @classmethod
    def do(cls, texts: Sequence[str]) -> list[Any]:
        return cls.work(texts)

"""On PYTHONPATH of a program this shifts its wall clock by the seconds that the file SHIFTED_CLOCK names; read anew at
every look, so that a test can set the clock while the program runs. What is monotonic goes on as it does.
"""

from __future__ import annotations

import datetime
import os
import time
from pathlib import Path
from typing import Any

_real_time, _real_time_ns, _real_datetime = time.time, time.time_ns, datetime.datetime
_file = Path(os.environ["SHIFTED_CLOCK"])


def _shift() -> float:
    return float(_file.read_text())


class _Kind(type):
    """Lets every real datetime pass as one of ours."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, _real_datetime)


class _ShiftedDatetime(datetime.datetime, metaclass=_Kind):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        return _real_datetime.now(tz) + datetime.timedelta(seconds=_shift())

    @classmethod
    def utcnow(cls) -> Any:
        return _real_datetime.utcnow() + datetime.timedelta(seconds=_shift())


time.time = lambda: _real_time() + _shift()
time.time_ns = lambda: _real_time_ns() + int(_shift() * 1e9)
datetime.datetime = _ShiftedDatetime  # type: ignore[misc]

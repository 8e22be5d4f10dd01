"""A short random name for one message or call: the same in the log of every process that it passes.

It is made when something comes in and never stored, so a log leads to no row of the records and the records to no line.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterator
from contextvars import ContextVar

HEADER = "X-Request-ID"
_FORM = re.compile(r"[0-9a-f]{12}")

_current: ContextVar[str] = ContextVar("request_id", default="")


def new() -> str:
    return secrets.token_hex(6)


def current() -> str:
    """Return the name of what is being done now; empty when nobody asked for it, as for a look into the records."""
    return _current.get()


def current_or_new() -> str:
    return current() or new()


def begin(given: str | None) -> None:
    """Name the rest of this task; a name that is none of ours counts as no name."""
    _current.set(given if given and _FORM.fullmatch(given) else "")


@contextlib.contextmanager
def named(request_id: str) -> Iterator[None]:
    """Name what is done or begun inside."""
    before = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(before)

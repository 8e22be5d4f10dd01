"""Database work in a thread of its own, for programs that are one event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import connection

Result = TypeVar("Result")


def with_own_connection(work: Callable[..., Result], *arguments: Any) -> Result:
    """Run work and close the connection of this thread, which nobody else would close."""
    try:
        return work(*arguments)
    finally:
        connection.close()

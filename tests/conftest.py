"""Common to all tests; the environment is prepared by tests/settings.py before this file is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.environment import VAR

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def project() -> Path:
    """Return the folder of the project."""
    return PROJECT


@pytest.fixture(scope="session")
def var() -> Iterator[Path]:
    """Return the var folder of this test run."""
    yield VAR

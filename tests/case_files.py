"""The tables of cases in tests/cases: one mapping a case, with a `why` that names the test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

CASES = Path(__file__).parent / "cases"


def load_cases(name: str) -> list[Any]:
    """Return every case of a table as a pytest parameter named by its `why`."""
    cases: list[dict[str, Any]] = yaml.safe_load((CASES / name).read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["why"]) for case in cases]

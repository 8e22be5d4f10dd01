"""What a new message changes about what is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.risk.status import Mention, merge

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[1] / "cases/corrections.yml").read_text(encoding="utf-8")
)


def mentions(message: dict[str, str | list[str]]) -> list[Mention]:
    return [
        Mention(indicator, status, 0.9, "x", 0, 1)
        for indicator, statuses in message.items()
        for status in ([statuses] if isinstance(statuses, str) else statuses)
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_merge(case: dict[str, Any]) -> None:
    known: dict[str, str] = {}
    for message in case["messages"]:
        before = dict(known)
        after = merge(known, mentions(message))
        assert known == before  # the caller's own state is not touched
        known = after
    assert known == case["after"]


def test_a_status_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="'maybe' is no status"):
        Mention("violence", "maybe", 0.5, "", 0, 0)

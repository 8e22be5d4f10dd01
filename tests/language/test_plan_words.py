"""Which situation a text speaks of."""

from __future__ import annotations

from typing import Any

import pytest

from bot.language.normalization import normalize
from bot.language.plan_words import SITUATIONS, situations
from tests.case_files import load_cases


@pytest.mark.parametrize("case", load_cases("plan_words.yml"))
def test_situations(case: dict[str, Any]) -> None:
    assert set(situations(normalize(case["text"]).text)) == set(case["tells"])


def test_every_situation_has_a_case() -> None:
    told = {name for case in load_cases("plan_words.yml") for name in case.values[0]["tells"]}
    assert told == set(SITUATIONS)


@pytest.mark.parametrize("text", ["", " ", "？", "。。。", "a" * 4000, "他" * 4000, "老板" * 2000])
def test_anything_can_be_read(text: str) -> None:
    assert situations(normalize(text).text) == []

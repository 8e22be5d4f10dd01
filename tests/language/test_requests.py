"""What a message asks for beside its intent."""

from __future__ import annotations

from typing import Any

import pytest

from bot.knowledge.hotlines import NEEDS
from bot.language import requests
from bot.language.normalization import normalize
from tests.case_files import load_cases

FUNCTIONS = (
    "asks_for_verdict",
    "wants_few_words",
    "sounds_like_a_question",
    "says_safe_now",
    "says_at_work",
    "says_not_yet_gone",
    "is_generic_question",
    "says_on_the_way",
    "says_back_home",
    "tells_of_less_pay",
)


@pytest.mark.parametrize("case", load_cases("requests.yml"))
def test_requests(case: dict[str, Any]) -> None:
    text = normalize(case["text"]).text
    assert [name for name in FUNCTIONS if getattr(requests, name)(text)] == [n for n in FUNCTIONS if n in case["holds"]]


@pytest.mark.parametrize("case", load_cases("needs.yml"))
def test_needs(case: dict[str, Any]) -> None:
    assert requests.wanted_needs(normalize(case["text"]).text)[: len(case["needs"]) or None] == case["needs"]


def test_every_need_is_one_of_the_knowledge() -> None:
    assert set(requests._need_words()) <= set(NEEDS)


@pytest.mark.parametrize("word", ["热线", "权益", "求助", "真人", "删除", "隐私", "查招工"])
def test_menu_words_ask_for_nothing_more(word: str) -> None:
    assert not any(getattr(requests, name)(word) for name in FUNCTIONS)

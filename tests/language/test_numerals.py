"""Sums as people write them, and figures that are none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.normalization import normalize
from bot.language.numerals import find_amounts, read_number
from tests.case_files import load_cases

CASES = load_cases("numerals.yml")
PIECES = st.text(alphabet="0123456789.,万千百十亿一二两三半几wk到-块元刀$²①〇零多个 ", max_size=40)


@pytest.mark.parametrize("case", [case for case in CASES if "text" in case.values[0]])
def test_sums_are_found(case: dict[str, Any]) -> None:
    found = [[amount.low, amount.high, amount.currency] for amount in find_amounts(normalize(case["text"]).text)]
    if "most" in case:
        assert all(amount.high <= case["most"] for amount in find_amounts(normalize(case["text"]).text))
    elif case.get("loose"):  # a lone numeral word (一 in 一个月, 一共) is read too and left to the reader of facts
        wanted = case["amounts"][-1]
        assert found[-1] == wanted
        assert all(isinstance(low, float) and low < 100 for low, _, _ in found[:-1])
    else:
        assert found == case["amounts"]


@pytest.mark.parametrize("case", [case for case in CASES if "number" in case.values[0]])
def test_one_number(case: dict[str, Any]) -> None:
    assert read_number(case["number"]) == case["value"]


@given(PIECES)
def test_no_mixture_of_figures_crashes(text: str) -> None:
    for amount in find_amounts(normalize(text).text):
        assert 0 <= amount.low <= amount.high
        assert 0 <= amount.start < amount.end <= len(text) + 20


@given(st.text(max_size=60))
def test_no_text_crashes(text: str) -> None:
    list(find_amounts(normalize(text).text))
    read_number(text)

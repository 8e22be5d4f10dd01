"""Telephone numbers and accounts in adverts; identity and bank cards never."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.contact_numbers import KINDS, LONGEST_READ, find_contact_numbers
from tests.case_files import load_cases


@pytest.mark.parametrize("case", load_cases("contact_numbers.yml"))
def test_contact_numbers(case: dict[str, Any]) -> None:
    found = find_contact_numbers(case["text"])
    assert [[one.kind, one.value] for one in found] == case["numbers"]
    assert [one.value for one in found if one.own] == case.get("own", [])


def test_the_place_is_that_in_the_text_as_typed() -> None:
    text = "😀電話：１３８ １２３４ ５６７８，谢谢"
    (one,) = find_contact_numbers(text)
    assert text[one.start : one.end] == "１３８ １２３４ ５６７８"


@given(st.text(alphabet="0123456789 -幺三八v信:加@abXx+（微qt./", max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    for one in find_contact_numbers(text):
        assert one.kind in KINDS
        assert 0 <= one.start < one.end <= len(text)


@given(st.from_regex(r"[1-9][0-9]{15,18}", fullmatch=True), st.sampled_from(["", " ", "-"]))
def test_no_card_number_is_found_in_whole_or_in_part(card: str, between: str) -> None:
    written = between.join(card[place : place + 4] for place in range(0, len(card), 4))
    assert find_contact_numbers(f"卡号{written}。") == []


@pytest.mark.parametrize("piece", ["1", "幺", "1 ", "微信", "加v ", "@", "+86", "微信：", "138 1234 "])
def test_hostile_texts_take_no_time(piece: str) -> None:
    began = time.perf_counter()
    find_contact_numbers(piece * LONGEST_READ + "x")
    assert time.perf_counter() - began < 1.0

"""What is hidden before a person's words are said back to them."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.personal_data import masked
from tests.case_files import load_cases
from tests.reply_checks import hotlines

#: As anybody would dial them: a short number with or without the codes before it.
PUBLIC = re.compile(r"(?:00)?(?:86)?0?\d{2,3}(?:1\d\d|12\d{3}|9\d{4})")
PIECES = st.sampled_from(
    [
        *"0123456789",
        "１",
        "٣",
        " ",
        "-",
        "x",
        "X",
        "+",
        ".",
        "微信",
        "qq",
        "E",
        "护照",
        "号",
        "元",
        "路",
        "@",
        "一",
        "三",
        "12308",
        "86",
    ]
)


@pytest.mark.parametrize("case", load_cases("personal_data.yml"))
def test_cases(case: dict[str, Any]) -> None:
    assert masked(case["text"], case.get("known", ())) == case["says"]


@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_long_number_survives(text: str) -> None:
    said = masked(text)
    assert [run for run in re.findall(r"\d{7,}", said) if not PUBLIC.fullmatch(run)] == []
    assert len(said) <= len(text)


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from([" ", "-", "", "."]), st.text(max_size=10))
def test_no_mobile_number_survives(number: str, mark: str, around: str) -> None:
    written = mark.join((number[:3], number[3:7], number[7:]))
    assert written[:-3] not in masked(f"{around}他电话{written}，{around}")


@given(st.text(alphabet="我在柬埔寨打工老板收了押金三千不让走 ，。护照一个月", max_size=40))
def test_a_story_without_numbers_stays_as_it_is(text: str) -> None:
    assert masked(text) == text


def test_every_number_that_we_hand_out_stays() -> None:
    known = hotlines().dialable_numbers()
    assert [number for number in known if masked(f"打 {number}。", known) != f"打 {number}。"] == []


@pytest.mark.parametrize("repeated", ["1", "1 ", "1-", "微信", "a", "@a", "中山路1号", "一", "E1", "."])
def test_no_text_takes_long(repeated: str) -> None:
    began = time.process_time()
    masked((repeated * 4000)[:4000])
    assert time.process_time() - began < 1.0

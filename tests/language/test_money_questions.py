"""What the calculators need to know, read from one message: only what it says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.facts import read_facts
from bot.language.money_questions import asks_for_debt, asks_for_pay, read_money
from bot.language.normalization import normalize
from tests.case_files import load_cases


@pytest.mark.parametrize("case", load_cases("money_questions.yml"))
def test_money(case: dict[str, Any]) -> None:
    text = normalize(case["text"]).text
    assert read_money(text).facts == case["facts"]
    assert asks_for_debt(text) is case.get("debt", False)
    assert asks_for_pay(text) is case.get("pay", False)


@pytest.mark.parametrize(
    ("text", "pay", "period"),
    [
        ("借了八万，每月挣一万二多久能还清", 12000, "month"),
        ("我借了8万一个月挣一万二几个月能还完", 12000, "month"),
        ("借了三万利息每月500 一天挣三百", 300, "day"),
        ("一个月到手八千 房租一千二 欠五万", 8000, "month"),
    ],
)
def test_pay_stays_pay(text: str, pay: int, period: str) -> None:
    found = read_facts(normalize(text).text, {})
    assert (found["pay"]["low"], found["pay"]["period"]) == (pay, period)
    assert "fee" not in found


@pytest.mark.parametrize(
    "text", ["一个月没休息了", "他说划船去", "债", "利息", "%", "月息", "月息分", "百分之点", "万分之"]
)
def test_fragments_tell_nothing_wrong(text: str) -> None:
    assert read_money(text).facts.keys() <= {"rest_days"}


@given(st.text(alphabet="借欠还利息月年日分厘万千百三五点%0123456789.每天房租生活费包吃住 ，块", max_size=40))
def test_no_mixture_of_words_crashes(text: str) -> None:
    told = read_money(normalize(text).text)
    interest = told.facts.get("interest", {})
    assert interest.get("percent", 0) >= 0 and interest.get("sum", 0) >= 0
    assert all(0 <= start < end for start, end in told.spans)

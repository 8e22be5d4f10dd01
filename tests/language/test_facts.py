"""What one message tells of an offer: only what it says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.facts import read_facts
from bot.language.normalization import normalize
from tests.case_files import load_cases

KINDS = {
    "destination", "destination_name", "province", "origin_province", "occupation", "fee", "pay", "recruiter", "visa",
    "contract", "papers_holder", "age", "fare_paid", "no_requirements", "sum", "loan", "living",
    "for_someone_else", "relative",
}  # fmt: skip


@pytest.mark.parametrize("case", load_cases("facts.yml"))
def test_facts(case: dict[str, Any]) -> None:
    found = read_facts(normalize(case["text"]).text, case.get("statuses", {}))
    for name, value in case.get("facts", {}).items():
        assert found.get(name) == value, f"{name} of {found}"
    for name in case.get("not", []):
        assert name not in found, found
    if case.get("facts") == {}:
        assert found == {}


@pytest.mark.parametrize("case", load_cases("dates_and_phones.yml"))
def test_figures_that_are_no_money(case: dict[str, Any]) -> None:
    found = read_facts(normalize(case["text"]).text, {})
    assert found.keys().isdisjoint(("fee", "pay", "sum")), found


def test_every_kind_of_fact_has_a_case() -> None:
    told = {name for case in load_cases("facts.yml") for name in case.values[0].get("facts", {})}
    assert told == KINDS  # what the calculators need besides: tests/cases/money_questions.yml


@given(st.text(alphabet="护照去在缅甸三万押金工资一个月旅游签16岁不没会,。 80刀", max_size=50))
def test_no_message_crashes(text: str) -> None:
    assert read_facts(normalize(text).text, {}).keys() <= KINDS

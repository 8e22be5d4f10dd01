"""Pay by the month, and what an offer is against the pay of the place."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.risk.pay import BANDS, NO_REFERENCE, PERIODS, PayRules, WorkingTime, per_month

RULES = PayRules.load(Path(__file__).parents[2] / "data/knowledge")
FULL_TIME = RULES.working_time(None)
amounts = st.decimals(1, 1_000_000, places=2)


@pytest.mark.parametrize(
    ("why", "amount", "period", "country", "month"),
    [
        ("a month is a month", 210, "month", "KH", "210"),
        ("an hour is 40 x 52 / 12 hours", 12, "hour", "JP", "2080"),
        ("Korea counts 209 hours itself", 10_320, "hour", "KR", "2156880"),
        ("Macao counts 208 hours itself", 35, "hour", "MO", "7280"),
        ("a day is 26 days", 400, "day", "TH", "10400"),
        ("a year is a twelfth", 120_000, "year", None, "10000"),
        ("a week is 52 / 12", 300, "week", None, "1300"),
    ],
)
def test_by_the_month(why: str, amount: int, period: str, country: str | None, month: str) -> None:
    assert round(per_month(Decimal(amount), period, RULES.working_time(country)), 6) == Decimal(month)


def test_no_such_period() -> None:
    with pytest.raises(ValueError, match="fortnight"):
        per_month(Decimal(1), "fortnight", FULL_TIME)


def test_the_hours_that_were_told() -> None:
    told = RULES.told_time(Decimal(12), 2)
    assert told == WorkingTime(hours=Decimal(12 * 28), days=Decimal(28), told=True)
    assert RULES.told_time(Decimal(10), None).hours == 260


@pytest.mark.parametrize(
    ("why", "low", "high", "reference", "band"),
    [
        ("half of it", 5_000, 5_000, 10_000, "below"),
        ("a little below may be the rate", 9_600, 9_600, 10_000, "around"),
        ("just below that", 9_400, 9_400, 10_000, "below"),
        ("a spread that reaches the minimum is around it", 8_000, 11_000, 10_000, "around"),
        ("one and a half times", 15_000, 15_000, 10_000, "around"),
        ("twice", 20_000, 20_000, 10_000, "above"),
        ("from around to above counts by its least", 15_000, 25_000, 10_000, "around"),
        ("four times", 40_000, 40_000, 10_000, "far_above"),
        ("the promise counts by its best: that is the bait", 30_000, 50_000, 10_000, "far_above"),
        ("customer service in Cambodia at 20,000", 20_000, 20_000, 1_410, "far_above"),
        ("no reference", 20_000, 20_000, None, NO_REFERENCE),
    ],
)
def test_bands(why: str, low: int, high: int, reference: int | None, band: str) -> None:
    wanted = Decimal(reference) if reference else None
    assert RULES.compare(Decimal(low), Decimal(high), wanted).band == band


def test_times() -> None:
    found = RULES.compare(Decimal(15_000), Decimal(30_000), Decimal(10_000))
    assert (found.times_low, found.times_high) == (Decimal("1.5"), Decimal(3))
    assert RULES.compare(Decimal(1), Decimal(1), None).times_high is None


@given(amounts, amounts, amounts, amounts)
def test_more_pay_is_never_a_lower_band(low: Decimal, spread: Decimal, more: Decimal, reference: Decimal) -> None:
    less = RULES.compare(low, low + spread, reference).band
    assert BANDS.index(RULES.compare(low + more, low + spread + more, reference).band) >= BANDS.index(less)


@given(amounts, st.sampled_from(PERIODS))
def test_twice_the_pay_is_twice_the_month(amount: Decimal, period: str) -> None:
    assert abs(per_month(2 * amount, period, FULL_TIME) - 2 * per_month(amount, period, FULL_TIME)) < Decimal("0.0001")

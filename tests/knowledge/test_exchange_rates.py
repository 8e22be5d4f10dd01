"""Foreign money in yuan: what the table says, unrounded, with its day; null stays unknown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.destinations import Destinations
from bot.knowledge.exchange_rates import ExchangeRates
from bot.knowledge.lending import LendingLaws
from bot.language.numerals import _CURRENCIES

FOLDER = Path(__file__).parents[2] / "data/knowledge"
RATES = ExchangeRates.load(FOLDER)
RAW: list[dict[str, Any]] = yaml.safe_load((FOLDER / "exchange_rates.yml").read_text(encoding="utf-8"))
KNOWN = [row["currency"] for row in RAW if row["yuan"] is not None]


@pytest.mark.parametrize("row", RAW, ids=lambda row: row["currency"])
def test_rates_come_through(row: dict[str, Any]) -> None:
    found = RATES.to_yuan(row["units"], row["currency"])
    if row["yuan"] is None:
        assert found is None
    else:
        assert found is not None
        assert (found.yuan, found.as_of, found.source) == (Decimal(str(row["yuan"])), row["as_of"], row["source"])
        assert date(2026, 1, 1) <= date.fromisoformat(row["as_of"])
        assert row["source"].startswith("https://")


def test_every_currency_that_can_be_met_has_a_row() -> None:
    """A row may hold null; a currency nobody thought of must not be."""
    raw = yaml.safe_load((FOLDER / "destinations.yml").read_text(encoding="utf-8"))
    wanted = (
        {entry["pay_reference"]["currency"] for entry in raw}
        | set(_CURRENCIES)
        | {
            *("USD", "EUR", "GBP", "JPY", "KRW", "THB", "VND", "PHP", "MYR", "SGD", "AUD", "AED"),
        }
    )
    assert wanted - {"CNY"} <= set(RATES.currencies)


def test_every_reference_pay_can_be_told_in_yuan() -> None:
    destinations = Destinations.load(FOLDER)
    references = [destinations.get(code).pay_reference for code in destinations.codes]  # type: ignore[union-attr]
    assert all(RATES.to_yuan(pay.amount, pay.currency) for pay in references if pay)


@pytest.mark.parametrize(
    ("why", "amount", "currency", "least", "most"),
    [
        ("a dollar is six to eight yuan", 1, "USD", 6, 8),
        ("a hundred yen are four to five", 100, "JPY", 4, 5.5),
        ("ten thousand won are about fifty", 10_000, "KRW", 45, 60),
        ("a million dong are about 260", 1_000_000, "VND", 240, 300),
        ("a baht is about a fifth of a yuan", 1, "THB", 0.18, 0.23),
    ],
)
def test_magnitudes(why: str, amount: int, currency: str, least: float, most: float) -> None:
    """A comma in the wrong place, or units forgotten, would show here."""
    found = RATES.to_yuan(amount, currency)
    assert found is not None and least <= found.yuan <= most


def test_yuan_is_yuan() -> None:
    found = RATES.to_yuan(12.5, "CNY")
    assert found is not None and (found.yuan, found.as_of) == (Decimal("12.5"), None)
    assert RATES.name("CNY") == "元" and RATES.name("JPY") == "日元"


@pytest.mark.parametrize("currency", ["MMK", "XXX", ""])
def test_unknown_is_said_not_guessed(currency: str) -> None:
    assert RATES.to_yuan(1, currency) is None


@given(st.sampled_from(KNOWN), st.decimals(0, 10**9, places=2))
def test_twice_the_money_is_twice_the_yuan(currency: str, amount: Decimal) -> None:
    once, twice = RATES.to_yuan(amount, currency), RATES.to_yuan(2 * amount, currency)
    assert once is not None and twice is not None and abs(twice.yuan - 2 * once.yuan) < Decimal("0.0001")


def test_the_ceiling_of_private_lending() -> None:
    laws = LendingLaws.load(FOLDER)
    assert laws.ceiling == laws.times * laws.prime == Decimal("12.0")
    assert laws.ceiling_law.article == "第25条" and laws.deducted_interest.article == "第26条"

"""Months until nothing is owed: sums that can be checked by hand, and what must hold for every debt."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.risk.debt import LONGEST_MONTHS, Loan, Repayment, fen, owed_over, plan_debt, repay

loans = st.builds(
    Loan,
    principal=st.integers(100, 30_000_000),
    monthly_percent=st.decimals(0, 10, places=2),
    monthly_sum=st.integers(0, 200_000),
    compounding=st.booleans(),
)
payments = st.integers(0, 3_000_000)
lateness = st.integers(0, 6)


def yuan(amount: float, **terms: Any) -> Loan:
    return Loan(fen(amount), **terms)


@pytest.mark.parametrize(
    ("why", "loan", "payment", "months", "interest"),
    [
        ("no interest: 60,000 at 10,000 a month", yuan(60_000), 10_000, 6, 0),
        ("the last payment is the rest", yuan(65_000), 10_000, 7, 0),
        ("paid at once: one month of interest", yuan(10_000, monthly_percent=Decimal(2)), 20_000, 1, 200),
        # 10,000 at 1 %: 100 + 60 (5,100 left of 10,100 - 5,000 -> 51) and the rest
        ("two months and a rest, by hand", yuan(10_000, monthly_percent=Decimal(1)), 5_000, 3, 100 + 51 + 1.51),
        ("a fixed sum each month", yuan(30_000, monthly_sum=fen(500)), 10_500, 3, 1_500),
        ("a fixed sum that leaves one month more", yuan(30_000, monthly_sum=fen(500)), 10_000, 4, 2_000),
        ("one fen more than the interest is not forever, but longer than a life", yuan(10_000, monthly_sum=fen(500)),
         500.01, None, None),
        ("the payment is the interest", yuan(50_000, monthly_percent=Decimal(3)), 1_500, None, None),
        ("the payment is less than the interest", yuan(50_000, monthly_percent=Decimal(3)), 1_000, None, None),
        ("nothing is paid", yuan(50_000), 0, None, None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_by_hand(why: str, loan: Loan, payment: float, months: int | None, interest: float | None) -> None:
    found = repay(loan, fen(payment))
    assert found.months == months
    if interest is not None:
        assert found.interest == fen(interest)
        assert found.paid == loan.principal + fen(interest)


def test_late_wages_by_hand() -> None:
    """10,000 at 2 %, two months without a wage, 1,000 a month borrowed to live."""
    loan = yuan(10_000, monthly_percent=Decimal(2))
    simple = repay(loan, fen(5_000), months_late=2, living=fen(1_000))
    first, second, third = simple.schedule[:3]
    assert (first.borrowed, first.interest, first.paid, first.closing) == (fen(1_000), fen(220), 0, fen(11_220))
    assert (second.interest, second.closing) == (fen(240), fen(12_460))  # 2 % of 12,000, not of 12,220
    assert (third.borrowed, third.interest, third.paid) == (0, fen(240), fen(5_000))
    rolled = repay(yuan(10_000, monthly_percent=Decimal(2), compounding=True), fen(5_000), 2, fen(1_000))
    assert rolled.schedule[1].interest == fen(244.40)


@pytest.mark.parametrize("loan", [(0, 1), (-5, 1), (100, -1)])
def test_no_such_loan(loan: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="a loan has"):
        Loan(loan[0], Decimal(loan[1]))


def test_half_a_fen_goes_up() -> None:
    assert fen(0.125) == 13 and fen(Decimal("0.124")) == 12
    assert Loan(150, Decimal(1)).interest(150, 0) == 2


@given(st.integers(100_000, 50_000_000), st.decimals("0.1", 5, places=1), st.integers(1, 100))
def test_agrees_with_the_formula_for_level_payments(principal: int, percent: Decimal, divisor: int) -> None:
    payment = principal // divisor + int(principal * percent / 100) + 1
    rate = float(percent) / 100
    exact = -math.log(1 - principal * rate / payment) / math.log(1 + rate)
    months = repay(Loan(principal, percent), payment).months
    if months is None:
        assert exact > LONGEST_MONTHS - 1
    else:
        assert abs(months - exact) < 1.01 or months == math.ceil(exact)  # rounding to fen can add a last small payment


@given(loans, payments, lateness, st.integers(0, 500_000))
def test_totals_add_up(loan: Loan, payment: int, late: int, living: int) -> None:
    found = repay(loan, payment, late, living)
    for month in found.schedule:
        assert month.closing == month.opening + month.borrowed + month.interest - month.paid >= 0
        assert month.paid <= payment and (month.number > late or month.paid == 0)
    for before, after in zip(found.schedule, found.schedule[1:], strict=False):
        assert (after.number, after.opening) == (before.number + 1, before.closing)
    if found.months is not None:
        assert found.paid == loan.principal + found.borrowed + found.interest
        assert found.months == len(found.schedule) <= LONGEST_MONTHS
        assert owed_over(loan, payment, found.months, late, living)[-1] == 0


def never_sooner(worse: Repayment, better: Repayment) -> bool:
    return worse.months is None or (better.months is not None and worse.months >= better.months)


@given(loans, payments, lateness, st.decimals(0, 5, places=2), st.integers(0, 50_000))
def test_more_interest_never_frees_sooner(loan: Loan, payment: int, late: int, more: Decimal, extra: int) -> None:
    dearer = Loan(loan.principal, loan.monthly_percent + more, loan.monthly_sum + extra, loan.compounding)
    rolled = Loan(loan.principal, loan.monthly_percent, loan.monthly_sum, compounding=True)
    assert never_sooner(repay(dearer, payment, late), repay(loan, payment, late))
    assert never_sooner(repay(rolled, payment, late), repay(loan, payment, late))


@given(loans, payments, st.integers(1, 100_000), lateness, st.integers(0, 500_000))
def test_paying_more_or_owing_less_never_takes_longer(loan: Loan, pay: int, more: int, late: int, living: int) -> None:
    found = repay(loan, pay, late, living)
    assert never_sooner(found, repay(loan, pay + more, late, living))
    smaller = Loan(max(1, loan.principal - more), loan.monthly_percent, loan.monthly_sum, loan.compounding)
    assert never_sooner(found, repay(smaller, pay, late, living))


@given(loans, payments, lateness, st.integers(0, 500_000))
def test_wages_that_come_later_never_free_sooner(loan: Loan, payment: int, late: int, living: int) -> None:
    sooner, later = repay(loan, payment, late, living), repay(loan, payment, late + 1, living)
    assert never_sooner(later, sooner)
    if later.months is not None:
        assert later.interest >= sooner.interest


@given(loans, payments)
@settings(max_examples=50)
def test_a_debt_that_never_ends_is_told_by_its_last_month(loan: Loan, payment: int) -> None:
    found = repay(loan, payment)
    if found.months is None and len(found.schedule) < LONGEST_MONTHS:
        assert owed_over(loan, payment, 240)[-1] >= found.schedule[-1].opening


def test_a_plan_is_paid_from_what_is_left() -> None:
    plan = plan_debt(yuan(80_000, monthly_percent=Decimal(2)), fen(12_000), fen(3_000))
    assert plan.monthly_payment == fen(9_000) and plan.yearly_percent == 24
    assert plan.on_time.months == 10
    assert [plan.late[late].months for late in (1, 2, 3)] == [12, 14, 15]


def test_a_payment_that_only_covers_the_interest_is_seen_at_once() -> None:
    assert len(repay(yuan(50_000, monthly_percent=Decimal(3)), fen(1_500)).schedule) == 1


def test_who_has_nothing_left_is_never_free() -> None:
    plan = plan_debt(yuan(10_000), fen(3_000), fen(4_000))
    assert plan.monthly_payment == 0 and plan.on_time.months is None
    assert plan.yearly_percent == 0

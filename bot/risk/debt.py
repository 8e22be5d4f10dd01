"""How long a debt binds somebody: month by month, paid on time or with wages that come late.

Money is counted in fen (1/100 yuan) as whole numbers. The interest of a month is rounded to the nearest fen, a half
upwards; nothing else is rounded. What is paid goes to interest first, then to the sum borrowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import count, islice

#: Nobody plans further; a debt that takes longer counts as one that never ends.
LONGEST_MONTHS = 600
FEN = 100
_MONTHS_A_YEAR = 12


def fen(yuan: Decimal | int | float) -> int:
    """Return a sum of yuan in whole fen, a half upwards."""
    return int((Decimal(str(yuan)) * FEN).quantize(Decimal(1), ROUND_HALF_UP))


@dataclass(frozen=True)
class Loan:
    """What is owed and what it costs; without a rate and without a fixed sum it costs nothing.

    `principal` in fen. `monthly_percent`: 2 is two per cent a month of what is still owed (月息2分). `monthly_sum`: fen
    that are due every month while anything is owed, however little (利息每月500). `compounding`: interest that was not
    paid bears interest itself (利滚利).
    """

    principal: int
    monthly_percent: Decimal = Decimal(0)
    monthly_sum: int = 0
    compounding: bool = False

    def __post_init__(self) -> None:
        if self.principal <= 0 or self.monthly_percent < 0 or self.monthly_sum < 0:
            raise ValueError("a loan has a sum above 0 and no interest below 0")

    def interest(self, principal: int, unpaid_interest: int) -> int:
        """Return the interest of one month in fen."""
        base = principal + (unpaid_interest if self.compounding else 0)
        share = (Decimal(base) * self.monthly_percent / 100).quantize(Decimal(1), ROUND_HALF_UP)
        return int(share) + (self.monthly_sum if principal + unpaid_interest else 0)


@dataclass(frozen=True)
class Month:
    """One month in fen: what was owed, what came on top, what was paid, what is owed then. `number` begins with 1."""

    number: int
    opening: int
    borrowed: int
    interest: int
    paid: int
    closing: int


@dataclass(frozen=True)
class Repayment:
    """`months` is None when the debt never ends; then `schedule` stops at the month that showed it."""

    months: int | None
    schedule: tuple[Month, ...]

    @property
    def paid(self) -> int:
        return sum(month.paid for month in self.schedule)

    @property
    def interest(self) -> int:
        return sum(month.interest for month in self.schedule)

    @property
    def borrowed(self) -> int:
        """Fen borrowed for living while no wage came; the loan itself is not in it."""
        return sum(month.borrowed for month in self.schedule)


def repay(loan: Loan, monthly_payment: int, months_late: int = 0, living: int = 0) -> Repayment:
    """Count month by month until nothing is owed.

    `monthly_payment` (fen, not below 0) is paid at the end of every month. With `months_late` the first so many months
    bring no wage: nothing is paid, interest runs on, and `living` (fen) is borrowed at the beginning of each.

    The rule is the amortisation of a loan with level payments, closing = opening + interest - payment; for a rate alone
    the number of months is -ln(1 - P r / A) / ln(1 + r), rounded up (`nper`, GNU Octave financial package,
    https://octave.sourceforge.io/financial/function/nper.html). It never ends when the payment does not exceed the
    interest: a month that is paid in full and leaves no less than before will be followed by others like it.
    """
    schedule: list[Month] = []
    for month in islice(_months(loan, monthly_payment, months_late, living), LONGEST_MONTHS):
        schedule.append(month)
        if month.closing == 0:
            return Repayment(month.number, tuple(schedule))
        if month.number > months_late and month.closing >= month.opening:
            break
    return Repayment(None, tuple(schedule))


def owed_over(loan: Loan, monthly_payment: int, months: int, months_late: int = 0, living: int = 0) -> list[int]:
    """Return what is owed (fen) now and after each of `months` months, also when it never ends; for the picture."""
    counted = islice(_months(loan, monthly_payment, months_late, living), months)
    return [loan.principal, *(month.closing for month in counted)]


def _months(loan: Loan, monthly_payment: int, months_late: int, living: int) -> Iterator[Month]:
    """Yield months without end, those after the last payment with zeros."""
    principal, unpaid = loan.principal, 0
    for number in count(1):
        late = number <= months_late
        opening, borrowed = principal + unpaid, living if late else 0
        principal += borrowed
        interest = loan.interest(principal, unpaid)
        unpaid += interest
        paid = 0 if late else min(monthly_payment, principal + unpaid)
        to_interest = min(paid, unpaid)
        unpaid -= to_interest
        principal -= paid - to_interest
        yield Month(number, opening, borrowed, interest, paid, principal + unpaid)


@dataclass(frozen=True)
class DebtPlan:
    """The same loan with wages on time and with wages late; `late` is months late -> what becomes of it."""

    loan: Loan
    monthly_payment: int
    living: int
    on_time: Repayment
    late: dict[int, Repayment]

    @property
    def yearly_percent(self) -> Decimal:
        """Interest of the first month as percent a year, without interest on interest, as courts in China count."""
        return Decimal(self.loan.interest(self.loan.principal, 0)) * _MONTHS_A_YEAR * 100 / self.loan.principal


def plan_debt(
    loan: Loan, pay: int, living: int, repayment: int | None = None, late: Iterable[int] = (1, 2, 3)
) -> DebtPlan:
    """Plan with all that is left of a month's pay (fen) after living costs, or with a `repayment` that was agreed.

    Who has nothing left pays nothing; that debt never ends.
    """
    payment = max(0, pay - living) if repayment is None else repayment
    return DebtPlan(
        loan=loan,
        monthly_payment=payment,
        living=living,
        on_time=repay(loan, payment),
        late={months: repay(loan, payment, months, living) for months in late},
    )

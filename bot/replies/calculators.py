"""Composes what the calculators say: when a debt is paid off, and what pay is worth in the country it is paid in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlsplit

from bot.knowledge.destinations import Destination, PayReference
from bot.knowledge.exchange_rates import YUAN
from bot.language.numerals import Amount
from bot.replies.composer import Bubble, Knowledge
from bot.replies.texts import Texts
from bot.risk.assessment import CHINA
from bot.risk.debt import FEN, LONGEST_MONTHS, DebtPlan, Loan, Repayment, fen, owed_over, plan_debt
from bot.risk.pay import AROUND, BELOW, DAY, FAR_ABOVE, HOUR, MONTH, NO_REFERENCE, Comparison, WorkingTime, per_month

#: From here on months are said as years and months.
_MONTHS_AS_YEARS = 24
#: The picture of a debt that never ends shows so many months, and no picture shows more than the most.
_MONTHS_OF_NEVER, _MOST_MONTHS = 24, 120
_LATE_IN_PICTURE = 3
_TEN_THOUSAND = 10_000
_HOURS_A_DAY = Decimal(8)
#: Up to here an offer is said to be the same as the reference, not some times as much.
_ABOUT_THE_SAME = Decimal("1.2")
_DAYS_A_MONTH, _MONTHS_A_YEAR = Decimal(30), Decimal(12)


@dataclass(frozen=True)
class _Yuan:
    """A sum in yuan; `foreign` is the currency that it was told in and `as_of` the day of its rate, if any."""

    low: Decimal
    high: Decimal
    foreign: str | None = None
    as_of: str | None = None


class _NoRate(Exception):
    """A currency for which no rate is confirmed; carries its code."""


@dataclass(frozen=True)
class _DebtTold:
    """The facts of a debt in yuan; None where nothing was told."""

    owed: _Yuan | None
    is_fee: bool
    interest: Mapping[str, Any] | None
    pay: _Yuan | None
    living: _Yuan | None
    repayment: _Yuan | None
    loan: Loan | None

    @property
    def foreign(self) -> list[_Yuan]:
        told = (self.owed, self.pay, self.living, self.repayment)
        return [one for one in told if one is not None and one.foreign]


class Calculators:
    """Answers with numbers; `facts` are those of a case, as bot.language.facts.read_facts names them."""

    def __init__(self, texts: Texts, knowledge: Knowledge) -> None:
        self._say = texts.say
        self._knowledge = knowledge

    # debt

    def debt_answer(self, facts: Mapping[str, Any]) -> Bubble:
        """How long until nothing is owed, on time and with late wages; or the question that matters most."""
        try:
            told = self._debt_told(facts)
        except _NoRate as unknown:
            return Bubble(self._say("utter_debt_ask_yuan", currency=self._currency(str(unknown))))
        if told.loan is None:
            return Bubble(self._say("utter_debt_ask_owed"))
        if told.pay is None and told.repayment is None:
            return Bubble(self._say("utter_debt_ask_pay"))
        plan = plan_debt(
            told.loan,
            pay=fen(told.pay.low) if told.pay else 0,
            living=fen(told.living.high) if told.living else 0,
            repayment=fen(told.repayment.low) if told.repayment else None,
        )
        lines = [*self._assumptions(told, plan), *self._outcome(plan), *self._warnings(facts, plan)]
        lines += self._debt_question(told)
        never = plan.on_time.months is None
        buttons = ((self._say("utter_button_human"),) * 2,) if never else ()
        return Bubble("\n".join(lines), buttons, self._debt_picture(told, plan))

    def _debt_told(self, facts: Mapping[str, Any]) -> _DebtTold:
        """Read the facts of a debt; _NoRate when one of them cannot be told in yuan."""
        name = next((name for name in ("loan", "fee", "sum") if facts.get(name)), None)
        owed = self._yuan(facts[name]) if name else None
        interest = facts.get("interest")
        pay = self._yuan(facts.get("pay"))
        if pay is not None:
            period, time = facts["pay"].get("period", MONTH), self._time(facts)
            low, high = (per_month(amount, period, time) for amount in (pay.low, pay.high))
            pay = _Yuan(low, high, pay.foreign, pay.as_of)
        return _DebtTold(
            owed=owed,
            is_fee=name != "loan",
            interest=interest,
            pay=pay,
            living=self._yuan(facts.get("living")),
            repayment=self._yuan(facts.get("repayment")),
            loan=self._loan(owed, interest, bool(facts.get("compounding"))),
        )

    def _loan(self, owed: _Yuan | None, interest: Mapping[str, Any] | None, compounding: bool) -> Loan | None:
        if owed is None or fen(owed.high) <= 0:
            return None
        if not interest:
            return Loan(fen(owed.high), compounding=compounding)
        by_the_year = interest["per"] == "year"
        if "percent" in interest:
            percent = Decimal(str(interest["percent"])) / (_MONTHS_A_YEAR if by_the_year else 1)
            return Loan(fen(owed.high), monthly_percent=percent, compounding=compounding)
        amount = self._yuan({**interest, "low": interest["sum"], "high": interest["sum"]})
        assert amount is not None
        monthly = amount.low / _MONTHS_A_YEAR if by_the_year else amount.low
        monthly *= _DAYS_A_MONTH if interest["per"] == "day" else 1
        return Loan(fen(owed.high), monthly_sum=fen(monthly), compounding=compounding)

    def _assumptions(self, told: _DebtTold, plan: DebtPlan) -> list[str]:
        owed = self._say(
            "utter_debt_owed_fee" if told.is_fee else "utter_debt_owed", sum=self._fen(plan.loan.principal)
        )
        owed += self._interest_words(told, plan)
        if plan.loan.compounding:
            owed += self._say("utter_debt_compounding")
        lines = [self._say("utter_debt_title"), owed]
        left = self._fen(plan.monthly_payment)
        if told.repayment is not None:
            lines.append(self._say("utter_debt_repayment", left=left))
        elif told.pay is not None:
            name = "utter_debt_left_unknown" if told.living is None else "utter_debt_left"
            if told.living is not None and not told.living.high:
                name = "utter_debt_left_free"
            living = self._fen(plan.living)
            lines.append(self._say(name, pay=self._fen(fen(told.pay.low)), living=living, left=left))
        for foreign in told.foreign[:1]:
            lines.append(self._say("utter_debt_rate", currency=self._currency(foreign.foreign), as_of=foreign.as_of))
        return lines

    def _interest_words(self, told: _DebtTold, plan: DebtPlan) -> str:
        yearly = _decimal(plan.yearly_percent)
        if told.interest is None:
            return self._say("utter_debt_interest_unknown")
        if plan.loan.monthly_sum:
            return self._say("utter_debt_interest_sum", sum=self._fen(plan.loan.monthly_sum), yearly=yearly)
        if not plan.loan.monthly_percent:
            return self._say("utter_debt_interest_none")
        return self._say("utter_debt_interest_rate", percent=_decimal(plan.loan.monthly_percent), yearly=yearly)

    def _outcome(self, plan: DebtPlan) -> list[str]:
        on_time = plan.on_time
        if on_time.months is None:
            advice = self._say("utter_debt_never_advice", human=self._say("utter_button_human"))
            return [self._never(plan), advice]
        kind = "" if plan.yearly_percent else "_no_interest"
        lines = [
            self._say(
                f"utter_debt_on_time{kind}",
                time=self._time_words(on_time.months),
                interest=self._fen(on_time.interest),
                paid=self._fen(on_time.paid),
            )
        ]
        for late, found in plan.late.items():
            if found.months is None:
                lines.append(self._say("utter_debt_late_never", late=late))
                break
            time, interest = self._time_words(found.months), self._fen(found.interest)
            lines.append(self._say(f"utter_debt_late{kind}", late=late, time=time, interest=interest))
        if plan.living:
            lines.append(self._say("utter_debt_late_note"))
        return lines

    def _never(self, plan: DebtPlan) -> str:
        if not plan.monthly_payment:
            return self._say("utter_debt_never_nothing_left")
        if len(plan.on_time.schedule) == LONGEST_MONTHS:
            return self._say("utter_debt_never_in_a_life")
        interest = plan.on_time.schedule[-1].interest
        return self._say("utter_debt_never", interest=self._fen(interest), left=self._fen(plan.monthly_payment))

    def _warnings(self, facts: Mapping[str, Any], plan: DebtPlan) -> list[str]:
        laws = self._knowledge.lending
        dear, deducted = plan.yearly_percent > laws.ceiling, bool(facts.get("interest_deducted"))
        if not dear and not deducted:
            return []
        law, ceiling = laws.ceiling_law if dear else laws.deducted_interest, _decimal(laws.ceiling)
        if not dear:
            return [self._say("utter_debt_deducted", law=law.name, article=law.article)]
        name, article = "utter_debt_ceiling", law.article
        if deducted:
            name, article = "utter_debt_ceiling_and_deducted", f"{article}、{laws.deducted_interest.article}"
        return [self._say(name, ceiling=ceiling, law=law.name, article=article, as_of=laws.as_of)]

    def _debt_question(self, told: _DebtTold) -> list[str]:
        """Ask for the one number that would change most: what a lender takes, or what it costs to live."""
        missing = []
        if told.interest is None:
            missing.append("utter_debt_ask_interest")
        if told.living is None and told.repayment is None:
            missing.append("utter_debt_ask_living")
        if told.is_fee:  # nobody said that it is borrowed, so living costs come first
            missing.reverse()
        return [self._say(name) for name in missing[:1]]

    def _debt_picture(self, told: _DebtTold, plan: DebtPlan) -> dict[str, Any]:
        late = plan.late[_LATE_IN_PICTURE]
        months = min(max(plan.on_time.months or 0, late.months or _MONTHS_OF_NEVER, 2), _MOST_MONTHS)
        lines = {
            "on_time": owed_over(plan.loan, plan.monthly_payment, months),
            "late": owed_over(plan.loan, plan.monthly_payment, months, _LATE_IN_PICTURE, plan.living),
        }
        labels = {
            "on_time": self._ends("on_time", plan.on_time),
            "late": self._ends("late", late, late=_LATE_IN_PICTURE),
        }
        owed = {name: [amount // FEN for amount in line] for name, line in lines.items()}
        left = self._fen(plan.monthly_payment)
        return {
            "kind": "debt",
            "title": self._say("utter_picture_debt_title"),
            "subtitle": self._say("utter_picture_debt_subtitle", sum=self._fen(plan.loan.principal), left=left),
            "lines": [{"name": name, "label": labels[name], "owed": owed[name]} for name in lines],
            "y_label": self._say("utter_picture_owed"),
            "x_label": self._say("utter_picture_months"),
            "y_ticks": [[value, self._short_sum(value)] for value in _ticks(max(map(max, owed.values())), 4)],
            "x_ticks": [[value, str(value)] for value in _ticks(months, 6)],
            "brand": self._say("utter_picture_brand"),
        }

    def _ends(self, name: str, found: Repayment, **values: object) -> str:
        if found.months is None:
            return self._say(f"utter_picture_{name}_never", **values)
        return self._say(f"utter_picture_{name}", time=self._time_words(found.months), **values)

    # exchange

    def yuan_answer(self, amounts: Iterable[Amount], country: str | None) -> Bubble | None:
        """A foreign sum in yuan with the day of its rate; without one the reference pay of the country; else None."""
        local = self._knowledge.destinations.get(country) if country else None
        pay = local.pay_reference if local else None
        for amount in amounts:
            currency = amount.currency or (pay.currency if pay else None)
            if currency and currency != YUAN:
                return self._converted(Decimal(str(amount.low)), currency)
        return self._converted(Decimal(str(pay.amount)), pay.currency) if pay and pay.currency != YUAN else None

    def _converted(self, amount: Decimal, currency: str) -> Bubble:
        converted = self._knowledge.rates.to_yuan(amount, currency)
        name = self._currency(currency)
        if converted is None:
            return Bubble(self._say("utter_pay_no_rate", currency=name))
        told = f"{_decimal(amount)}{name}"
        return Bubble(self._say("utter_converted", told=told, yuan=_decimal(converted.yuan), as_of=converted.as_of))

    # pay

    def pay_answer(self, facts: Mapping[str, Any]) -> Bubble:
        """The offer against the reference pay of its country, by the month in yuan; or what must be known first."""
        offer, country = facts.get("pay"), facts.get("destination")
        if not offer:
            return Bubble(self._say("utter_pay_ask_pay"))
        if not country:
            return self._without_place(facts, offer)
        place = self._place(country)
        lines = [self._say("utter_pay_title", place=place)]
        try:
            low, high = self._monthly(offer, self._time(facts))
        except _NoRate as unknown:
            lines.append(self._say("utter_pay_no_rate", currency=self._currency(str(unknown))))
            return Bubble("\n".join(lines))
        lines.append(self._offer_line(offer, low, high))
        known = self._knowledge.destinations.get(country)
        reference = known.pay_reference if known else None
        if known is None or reference is None:
            lines += [self._without_reference(country, known), *self._rate_line(offer.get("currency"))]
            return Bubble("\n".join(lines))
        try:
            minimum = self._minimum(reference, country, facts)
        except _NoRate as unknown:
            lines += [self._reference_line(reference, None), self._no_rate(unknown)]
            return Bubble("\n".join(lines))
        found = self._knowledge.pay_rules.compare(low, high, minimum)
        lines.append(self._reference_line(reference, minimum))
        lines += self._time_line(facts, offer, reference)
        lines.append(self._verdict_on_pay(offer, facts, reference, minimum, found))
        source = urlsplit(reference.source).netloc.removeprefix("www.")
        days = self._rate_days(offer.get("currency"), reference.currency)
        lines.append(self._say("utter_pay_rate_and_source", as_of=days, source=source))
        if found.band in (BELOW, AROUND) and not facts.get("hours_a_day"):
            lines.append(self._say("utter_pay_ask_hours"))
        return Bubble("\n".join(lines))

    def _without_place(self, facts: Mapping[str, Any], offer: Mapping[str, Any]) -> Bubble:
        lines = []
        try:
            lines = [self._offer_line(offer, *self._monthly(offer, self._time(facts)))]
            lines += self._rate_line(offer.get("currency"))
        except _NoRate as unknown:
            lines = [self._no_rate(unknown)]
        return Bubble("\n".join([*lines, self._say("utter_pay_ask_place")]))

    def _without_reference(self, country: str, known: Destination | None) -> str:
        if country == CHINA:
            wages = self._knowledge.hotlines.for_need("wages", CHINA)[0]
            return self._say("utter_pay_china", number=wages.number)
        if known is not None and known.without_minimum:
            return self._say("utter_pay_no_minimum", place=known.name, what=known.without_minimum)
        return self._say("utter_pay_no_reference", place=self._place(country))

    def _verdict_on_pay(
        self,
        offer: Mapping[str, Any],
        facts: Mapping[str, Any],
        reference: PayReference,
        minimum: Decimal,
        found: Comparison,
    ) -> str:
        """The band in words; a figure without a currency that only makes sense in the local one is asked about."""
        assert found.times_high is not None and found.times_low is not None
        times = _decimal(found.times_high if found.band in (BELOW, FAR_ABOVE) else found.times_low, 1)
        if found.band == FAR_ABOVE and offer.get("currency") is None and reference.currency != YUAN:
            local = self._monthly({**offer, "currency": reference.currency}, self._time(facts))
            if self._knowledge.pay_rules.compare(*local, minimum).band not in (FAR_ABOVE, NO_REFERENCE):
                return self._say("utter_pay_ask_currency", currency=self._currency(reference.currency), times=times)
        if found.band == AROUND and found.times_low < _ABOUT_THE_SAME:
            return self._say("utter_pay_same")
        return self._say(f"utter_pay_{found.band}", times=times)

    def _monthly(self, offer: Mapping[str, Any], time: WorkingTime) -> tuple[Decimal, Decimal]:
        """Return least and most of an offer in yuan a month; _NoRate when it cannot be told."""
        amount = self._yuan(offer)
        assert amount is not None
        period = offer.get("period", MONTH)
        return per_month(amount.low, period, time), per_month(amount.high, period, time)

    def _minimum(self, reference: PayReference, country: str, facts: Mapping[str, Any]) -> Decimal:
        """Return the reference in yuan a month, for the hours that were told or for full time."""
        converted = self._knowledge.rates.to_yuan(reference.amount, reference.currency)
        if converted is None:
            raise _NoRate(reference.currency)
        full = self._knowledge.pay_rules.working_time(country)
        monthly = per_month(converted.yuan, reference.per, full)
        told = self._time(facts)
        if told.told:
            monthly *= told.hours / (full.days * _HOURS_A_DAY if reference.per == DAY else full.hours)
        return monthly

    def _time(self, facts: Mapping[str, Any]) -> WorkingTime:
        rules, hours = self._knowledge.pay_rules, facts.get("hours_a_day")
        if hours:
            return rules.told_time(Decimal(str(hours)), facts.get("rest_days"))
        return rules.working_time(facts.get("destination"))

    def _time_line(self, facts: Mapping[str, Any], offer: Mapping[str, Any], reference: PayReference) -> list[str]:
        """Name the hours or days counted with, where one of the two is not by the month."""
        time = self._time(facts)
        periods = (offer.get("period"), reference.per)
        if time.told:
            return [self._say("utter_pay_told_hours", hours=_decimal(time.hours, 0))]
        if HOUR in periods:
            return [self._say("utter_pay_full_time", hours=_decimal(time.hours, 0))]
        return [self._say("utter_pay_full_days", days=_decimal(time.days, 0))] if DAY in periods else []

    def _offer_line(self, offer: Mapping[str, Any], low: Decimal, high: Decimal) -> str:
        spread = _about(low) if _about(low) == _about(high) else ""
        yuan = (
            self._money(spread, YUAN)
            if spread
            else f"{self._money(_about(low), YUAN)}到{self._money(_about(high), YUAN)}"
        )
        currency, period = offer.get("currency") or YUAN, offer.get("period", MONTH)
        if currency == YUAN and period == MONTH:
            return self._say("utter_pay_offer_yuan", yuan=yuan)
        return self._say("utter_pay_offer", amount=self._per(offer["low"], offer["high"], currency, period), yuan=yuan)

    def _reference_line(self, reference: PayReference, minimum: Decimal | None) -> str:
        amount = self._per(reference.amount, reference.amount, reference.currency, reference.per)
        if minimum is None:
            return self._say("utter_pay_reference_alone", what=reference.what, amount=amount, as_of=reference.as_of)
        yuan = self._money(_about(minimum), YUAN)
        return self._say("utter_pay_reference", what=reference.what, amount=amount, yuan=yuan, as_of=reference.as_of)

    def _rate_line(self, currency: str | None) -> list[str]:
        days = self._rate_days(currency)
        return [self._say("utter_pay_rate", as_of=days)] if days else []

    def _rate_days(self, *currencies: str | None) -> str:
        rates = [self._knowledge.rates.get(code) for code in currencies if code and code != YUAN]
        return "、".join(sorted({rate.as_of for rate in rates if rate and rate.as_of}))

    def _no_rate(self, unknown: _NoRate) -> str:
        return self._say("utter_pay_no_rate", currency=self._currency(str(unknown)))

    # pieces

    def _yuan(self, amount: Mapping[str, Any] | None) -> _Yuan | None:
        """Return a sum of the facts in yuan; money of which nobody said the currency is yuan."""
        if not amount:
            return None
        currency = amount.get("currency") or YUAN
        low = self._knowledge.rates.to_yuan(amount["low"], currency)
        high = self._knowledge.rates.to_yuan(amount["high"], currency)
        if low is None or high is None:
            raise _NoRate(currency)
        return _Yuan(low.yuan, high.yuan, None if currency == YUAN else currency, low.as_of)

    def _per(self, low: float, high: float, currency: str, period: str) -> str:
        amount = self._money(f"{low:,.10g}", currency)
        if high > low:
            amount = f"{amount}到{self._money(f'{high:,.10g}', currency)}"
        return self._say(f"utter_pay_per_{period}", amount=amount)

    def _money(self, amount: str, currency: str) -> str:
        return f"{amount}{self._currency(currency)}"

    def _currency(self, code: str | None) -> str:
        return self._knowledge.rates.name(code or YUAN) or str(code)

    def _place(self, country: str) -> str:
        known = self._knowledge.destinations.get(country)
        return known.name if known else self._knowledge.country_names.get(country, country)

    def _fen(self, amount: int) -> str:
        """Return a sum of fen to the nearest yuan."""
        return self._say("utter_sum_yuan", sum=f"{_whole(Decimal(amount) / FEN):,}")

    def _short_sum(self, yuan: int) -> str:
        if yuan and yuan % 1000 == 0 and yuan >= _TEN_THOUSAND // 2:
            return self._say("utter_sum_ten_thousand", sum=_decimal(Decimal(yuan) / _TEN_THOUSAND))
        return self._say("utter_sum_yuan", sum=f"{yuan:,}")

    def _time_words(self, months: int) -> str:
        years, rest = divmod(months, int(_MONTHS_A_YEAR))
        if months < _MONTHS_AS_YEARS:
            return self._say("utter_time_months", months=months)
        if rest:
            return self._say("utter_time_years_months", years=years, months=rest)
        return self._say("utter_time_years", years=years)


def _whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def _about(yuan: Decimal) -> str:
    """Return yuan to the nearest ten where a rate or hours were guessed, so that it looks no more exact than it is."""
    return f"{_whole(yuan / 10) * 10:,}" if yuan >= 1000 else f"{_whole(yuan):,}"


def _decimal(value: Decimal, places: int = 2) -> str:
    """Return a number with so many places at most, without zeros at its end."""
    written = f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"
    return re.sub(r"\.?0+$", "", written) if "." in written else written


def _ticks(most: int, count: int) -> list[int]:
    """Return round numbers from 0 to the first that is not below `most`, about `count` steps."""
    raw = max(1, most / count)
    power = 10 ** (len(str(int(raw))) - 1)
    step = next(int(factor * power) for factor in (1, 2, 5, 10) if factor * power >= raw)
    return list(range(0, most + step, step))

"""Pay by the month, and an offer measured by the reference pay of the place. Rules: pay_comparison.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from bot.tables import Entry, load_entry

BELOW, AROUND, ABOVE, FAR_ABOVE = BANDS = ("below", "around", "above", "far_above")
NO_REFERENCE = "no_reference"
HOUR, DAY, WEEK, MONTH, YEAR = PERIODS = ("hour", "day", "week", "month", "year")
_WEEKS_A_YEAR, _MONTHS_A_YEAR = Decimal(52), Decimal(12)


@dataclass(frozen=True)
class WorkingTime:
    """Paid time of one month; `told` when the person said how long they are to work."""

    hours: Decimal
    days: Decimal
    told: bool = False


@dataclass(frozen=True)
class Comparison:
    """`low` and `high` are the offer, `reference` the other, all in yuan a month; times are None without reference."""

    low: Decimal
    high: Decimal
    reference: Decimal | None
    band: str

    @property
    def times_low(self) -> Decimal | None:
        return self.low / self.reference if self.reference else None

    @property
    def times_high(self) -> Decimal | None:
        return self.high / self.reference if self.reference else None


def per_month(amount: Decimal, period: str, time: WorkingTime) -> Decimal:
    """Return what a month brings; ValueError for a period that is none of PERIODS."""
    factors = {
        HOUR: time.hours,
        DAY: time.days,
        WEEK: _WEEKS_A_YEAR / _MONTHS_A_YEAR,
        MONTH: Decimal(1),
        YEAR: 1 / _MONTHS_A_YEAR,
    }
    if period not in factors:
        raise ValueError(f"no period of pay: {period}")
    return amount * factors[period]


@dataclass(frozen=True)
class PayRules:
    """`bands` from the lowest to the highest: (name, the multiple of the reference it begins with)."""

    hours_per_week: Decimal
    days_per_month: Decimal
    hours_per_month: Mapping[str, Decimal]
    bands: tuple[tuple[str, Decimal], ...]

    @classmethod
    def load(cls, folder: Path) -> PayRules:
        table = load_entry(folder / "pay_comparison.yml")
        table.check_fields(["working_time", "bands"])
        time = table.entry("working_time")
        time.check_fields(
            ["hours_per_week", "hours_source", "hours_note", "days_per_month", "days_note", "hours_per_month",
             "hours_per_month_note"]
        )  # fmt: skip
        time.text("hours_source")
        by_country = time.entry("hours_per_month")
        return cls(
            hours_per_week=_number(time, "hours_per_week", 168),
            days_per_month=_number(time, "days_per_month", 31),
            hours_per_month={code: _number(by_country, code, 744) for code in by_country},
            bands=_bands(table),
        )

    def working_time(self, country: str | None) -> WorkingTime:
        """Return the full time of the place, without overtime."""
        hours = self.hours_per_month.get(country or "") or self.hours_per_week * _WEEKS_A_YEAR / _MONTHS_A_YEAR
        return WorkingTime(hours, self.days_per_month)

    def told_time(self, hours_a_day: Decimal, rest_days: int | None) -> WorkingTime:
        """Return the time that the person is to work; without a word on rest days the usual days of a month."""
        days = self.days_per_month if rest_days is None else Decimal(30 - rest_days)
        return WorkingTime(hours_a_day * days, days, told=True)

    def compare(self, low: Decimal, high: Decimal, reference: Decimal | None) -> Comparison:
        """Judge an offer from `low` to `high`: below or far above by its best, the rest by its least."""
        if not reference:
            return Comparison(low, high, None, NO_REFERENCE)
        best, least = self._band(high / reference), self._band(low / reference)
        return Comparison(low, high, reference, best if best in (BELOW, FAR_ABOVE) else max(least, AROUND, key=_rank))

    def _band(self, times: Decimal) -> str:
        return [name for name, start in self.bands if times >= start][-1]


def _rank(band: str) -> int:
    return BANDS.index(band)


def _bands(table: Entry) -> tuple[tuple[str, Decimal], ...]:
    rows = table.entries("bands")
    found: list[tuple[str, Decimal]] = []
    for row, name in zip(rows, BANDS, strict=False):
        row.check_fields(["band", "from"])
        row.check_choice(row["band"], [name], "band")
        start = row["from"]
        if isinstance(start, bool) or not isinstance(start, int | float) or start < 0:
            row.refuse(f"from must be a number of 0 or more, not {start!r}", "from")
        if found and Decimal(str(start)) <= found[-1][1]:
            row.refuse("each band must begin above the one before", "from")
        found.append((name, Decimal(str(start))))
    if len(rows) != len(BANDS):
        table.refuse(f"bands must be {', '.join(BANDS)}", "bands")
    if found[0][1] != 0:
        rows[0].refuse("the first band begins with 0", "from")
    return tuple(found)


def _number(entry: Entry, name: str, most: int) -> Decimal:
    value = entry[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most:
        entry.refuse(f"{name} must be a number between 0 and {most}, not {value!r}", name)
    return Decimal(str(value))

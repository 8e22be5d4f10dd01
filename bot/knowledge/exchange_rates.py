"""How many yuan foreign money is worth, from the dated table exchange_rates.yml."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from bot.knowledge.hotlines import CONFIDENCES
from bot.tables import Entry, load_entries

YUAN = "CNY"
_YUAN_NAME = "元"
_FIELDS = ("currency", "name_zh", "units", "yuan", "as_of", "source", "confidence", "note")


@dataclass(frozen=True)
class ExchangeRate:
    """One row: `units` of `currency` are worth `yuan`, which is None where no rate was confirmed."""

    currency: str
    name: str
    units: int
    yuan: Decimal | None
    as_of: str | None
    source: str | None
    confidence: str


@dataclass(frozen=True)
class Converted:
    """A sum in yuan, unrounded; `as_of` (ISO 8601) and `source` are None only for what was yuan already."""

    yuan: Decimal
    as_of: str | None
    source: str | None


class ExchangeRates:
    def __init__(self, rates: Iterable[ExchangeRate]) -> None:
        self._rates = {rate.currency: rate for rate in rates}

    @classmethod
    def load(cls, folder: Path) -> ExchangeRates:
        rates: dict[str, ExchangeRate] = {}
        for entry in load_entries(folder / "exchange_rates.yml"):
            rate = _read(entry)
            if rate.currency in rates:
                entry.refuse(f"currency {rate.currency!r} is given twice", "currency")
            rates[rate.currency] = rate
        return cls(rates.values())

    @property
    def currencies(self) -> tuple[str, ...]:
        return tuple(self._rates)

    def get(self, currency: str) -> ExchangeRate | None:
        return self._rates.get(currency)

    def name(self, currency: str) -> str | None:
        """Return what people call it in Chinese; None for a currency that is not in the table."""
        if currency == YUAN:
            return _YUAN_NAME
        rate = self._rates.get(currency)
        return rate.name if rate else None

    def to_yuan(self, amount: Decimal | int | float, currency: str) -> Converted | None:
        """Return the sum in yuan; None where the rate is not confirmed, which is not the same as worthless."""
        amount = Decimal(str(amount))
        if currency == YUAN:
            return Converted(amount, None, None)
        rate = self._rates.get(currency)
        if rate is None or rate.yuan is None or rate.confidence == "low":
            return None
        return Converted(amount * rate.yuan / rate.units, rate.as_of, rate.source)


def _read(entry: Entry) -> ExchangeRate:
    entry.check_fields(_FIELDS)
    currency = entry.text("currency")
    if not re.fullmatch("[A-Z]{3}", currency):
        entry.refuse(f"currency must be three capital letters (ISO 4217), not {currency!r}", "currency")
    if currency == YUAN:
        entry.refuse("the yuan needs no rate", "currency")
    units = entry["units"]
    if isinstance(units, bool) or not isinstance(units, int) or units < 1:
        entry.refuse(f"units must be a whole number of 1 or more, not {units!r}", "units")
    yuan = entry["yuan"]
    known = yuan is not None
    if known and (isinstance(yuan, bool) or not isinstance(yuan, int | float) or not 0 < yuan < 1_000_000):
        entry.refuse(f"yuan must be a number above 0, or null, not {yuan!r}", "yuan")
    as_of = entry.text("as_of") if known else entry.optional_text("as_of")
    if as_of is not None and not re.fullmatch(r"20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])", as_of):
        entry.refuse(f"as_of must be a day such as '2026-10-09', not {as_of!r}", "as_of")
    entry.optional_text("note")
    return ExchangeRate(
        currency=currency,
        name=entry.text("name_zh"),
        units=units,
        yuan=Decimal(str(yuan)) if known else None,
        as_of=as_of,
        source=entry.text("source") if known else entry.optional_text("source"),
        confidence=entry.choice("confidence", CONFIDENCES),
    )

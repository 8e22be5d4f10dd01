"""What a private lender in China may charge (lending.yml): the courts' ceiling, and interest taken beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from bot.knowledge.hotlines import CONFIDENCES
from bot.tables import Entry, load_entries

_LAW_FIELDS = ("id", "law_zh", "article", "gist_zh", "in_force_since", "source", "confidence", "note")


@dataclass(frozen=True)
class LendingLaw:
    name: str
    article: str
    gist: str


@dataclass(frozen=True)
class LendingLaws:
    """`ceiling` is in percent a year: `times` the one-year prime rate `prime` as published on `as_of`."""

    ceiling_law: LendingLaw
    times: int
    prime: Decimal
    as_of: str
    deducted_interest: LendingLaw

    @property
    def ceiling(self) -> Decimal:
        return self.times * self.prime

    @classmethod
    def load(cls, folder: Path) -> LendingLaws:
        path = folder / "lending.yml"
        entries = load_entries(path)
        rows = {entry.text("id"): entry for entry in entries}
        for name in ("interest_ceiling", "prime_rate", "deducted_interest"):
            if name not in rows:
                entries[-1].refuse(f"no row for {name}")
        if len(rows) != 3 or len(entries) != 3:
            entries[-1].refuse("there must be three rows, each once")
        ceiling, prime, deducted = rows["interest_ceiling"], rows["prime_rate"], rows["deducted_interest"]
        ceiling.check_fields((*_LAW_FIELDS, "times"))
        prime.check_fields(("id", "percent", "as_of", "source", "confidence", "note"))
        deducted.check_fields(_LAW_FIELDS)
        prime.text("source")
        prime.choice("confidence", CONFIDENCES)
        return cls(
            ceiling_law=_law(ceiling),
            times=int(_number(ceiling, "times")),
            prime=_number(prime, "percent"),
            as_of=prime.text("as_of"),
            deducted_interest=_law(deducted),
        )


def _law(entry: Entry) -> LendingLaw:
    entry.text("source")
    entry.text("in_force_since")
    entry.choice("confidence", CONFIDENCES)
    return LendingLaw(entry.text("law_zh"), entry.text("article"), entry.text("gist_zh"))


def _number(entry: Entry, name: str) -> Decimal:
    value = entry[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 100:
        entry.refuse(f"{name} must be a number between 0 and 100, not {value!r}", name)
    return Decimal(str(value))

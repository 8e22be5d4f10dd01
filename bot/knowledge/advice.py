"""What belongs to each indicator: the law to name and whom one needs (indicator_advice.yml)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.hotlines import NEEDS
from bot.tables import load_entries, load_entry


@dataclass(frozen=True)
class IndicatorAdvice:
    indicator: str
    rights_topic: str
    needs: tuple[str, ...]
    weight: int


def load_advice(folder: Path, topics: Collection[str] | None = None) -> dict[str, IndicatorAdvice]:
    """One row for every indicator of taxonomy.yml, no more and no less; `topics` are those it may name, if known."""
    known = load_entry(folder / "taxonomy.yml").entry("indicators")
    path = folder / "indicator_advice.yml"
    advice: dict[str, IndicatorAdvice] = {}
    entries = load_entries(path)
    for entry in entries:
        entry.check_fields(["indicator", "rights_topic", "needs", "weight"])
        name = entry.choice("indicator", known)
        if name in advice:
            entry.refuse(f"{name} is given twice", "indicator")
        topic = entry.text("rights_topic") if topics is None else entry.choice("rights_topic", topics)
        needs = entry.texts("needs")
        for need in needs:
            entry.check_choice(need, NEEDS, "needs")
        weight = entry["weight"]
        if not isinstance(weight, int) or isinstance(weight, bool):
            entry.refuse(f"weight must be a whole number, not {weight!r}", "weight")
        advice[name] = IndicatorAdvice(name, topic, needs, weight)
    for name in known:
        if name not in advice:
            entries[-1].refuse(f"no row for {name} of taxonomy.yml")
    return advice

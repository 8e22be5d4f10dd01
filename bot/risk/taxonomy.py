"""The labels of taxonomy.yml; no other place names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bot.tables import Entry, load_entry

RECRUITMENT, DESTINATION, BOTH = "recruitment", "destination", "both"
LEVELS = ("none", "caution", "high", "critical")  # ordered: code compares positions


@dataclass(frozen=True)
class IndicatorLabel:
    name: str
    chinese: str
    ilo: str
    stage: str
    means: str


@dataclass(frozen=True)
class Taxonomy:
    """`indicators` and `intents` keep the order of the file."""

    indicators: Mapping[str, IndicatorLabel]
    intents: tuple[str, ...]
    risk_levels: tuple[str, ...]

    @classmethod
    def load(cls, path: Path) -> Taxonomy:
        document = load_entry(path)
        document.check_fields(["indicators", "intents", "risk_levels"])
        labels = document.entry("indicators")
        levels = document.entry("risk_levels")
        if tuple(levels) != LEVELS:
            levels.refuse(f"risk_levels must be {', '.join(LEVELS)}, in this order")
        return cls(
            indicators=MappingProxyType({name: _read(labels.entry(name), name) for name in labels}),
            intents=tuple(document.entry("intents")),  # what they mean is not read: `affirm: yes` is no text to YAML
            risk_levels=LEVELS,
        )


def _read(entry: Entry, name: str) -> IndicatorLabel:
    entry.check_fields(["zh", "ilo", "stage", "means"], ["not"])
    return IndicatorLabel(
        name=name,
        chinese=entry.text("zh"),
        ilo=entry.text("ilo"),
        stage=entry.choice("stage", (RECRUITMENT, DESTINATION, BOTH)),
        means=entry.text("means"),
    )

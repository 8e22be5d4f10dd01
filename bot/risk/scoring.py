"""The ILO/European Commission operational indicators (2009): which of the six dimensions are positive."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.risk.taxonomy import DESTINATION, RECRUITMENT, Taxonomy
from bot.tables import Entry, load_entry

STRENGTHS = ("strong", "medium", "weak")
REPLACES, ADDS = "replaces", "adds"
_COUNTED_AS = {"strong": ("strong",), "medium": ("medium",), "weak": ("weak",), "medium_or_weak": ("medium", "weak")}


@dataclass(frozen=True)
class MappingRow:
    """How one label counts at one stage; `fact` is what must be known for a row that is not primary."""

    label: str
    stage: str
    dimension: str
    indicator: str
    fact: str | None
    joins: str | None
    foreseen: bool


@dataclass(frozen=True)
class DimensionScore:
    """`found` holds the distinct ILO indicators by strength, `labels` which of our labels led to them."""

    found: Mapping[str, str]
    labels: tuple[str, ...]
    positive: bool


@dataclass(frozen=True)
class IloTable:
    """ilo_indicators.yml as far as it is counted."""

    strengths: Mapping[tuple[str, str], str]
    child_strengths: Mapping[tuple[str, str], str | None]
    dimensions: tuple[str, ...]
    rows: Mapping[tuple[str, str], tuple[MappingRow, ...]]
    minimum_sets: tuple[Mapping[str, int], ...]
    sources: frozenset[str]

    @classmethod
    def load(cls, path: Path, taxonomy: Taxonomy, conditions: Mapping[str, str]) -> IloTable:
        """`conditions` gives the fact that meets each `when` of the file."""
        document = load_entry(path)
        dimensions = document.entries("dimensions")
        strengths: dict[tuple[str, str], str] = {}
        child_strengths: dict[tuple[str, str], str | None] = {}
        for dimension in dimensions:
            for entry in dimension.entries("indicators"):
                key = (dimension.text("id"), entry.text("id"))
                strengths[key] = entry.choice("strength", STRENGTHS)
                child = entry.optional_text("strength_child")
                child_strengths[key] = None if child is None else entry.choice("strength_child", STRENGTHS)
        rows: dict[tuple[str, str], list[MappingRow]] = {}
        for entry in document.entries("mapping"):
            row = _read_row(entry, taxonomy, strengths, conditions)
            rows.setdefault((row.label, row.stage), []).append(row)
        for label in taxonomy.indicators:
            for stage in (RECRUITMENT, DESTINATION):
                if sum(row.fact is None for row in rows.get((label, stage), ())) != 1:
                    document.refuse(f"{label} needs one primary row for {stage}", "mapping")
        sets = document.entry("method").entry("dimension_positive").entries("any_of")
        return cls(
            strengths=strengths,
            child_strengths=child_strengths,
            dimensions=tuple(dimension.text("id") for dimension in dimensions),
            rows={key: tuple(group) for key, group in rows.items()},
            minimum_sets=tuple(_read_minimum_set(entry) for entry in sets),
            sources=frozenset(document.entry("sources")),
        )

    def is_positive(self, counts: Mapping[str, int]) -> bool:
        """Whether so many strong, medium and weak indicators fill one of the minimum sets."""
        return any(
            all(sum(counts.get(one, 0) for one in _COUNTED_AS[kind]) >= least for kind, least in minimum.items())
            for minimum in self.minimum_sets
        )


def score(
    table: IloTable, stage_of: Mapping[str, str], under_18: bool, facts: Mapping[str, Any]
) -> dict[str, DimensionScore]:
    """Count distinct ILO indicators, dimension by dimension; `stage_of` gives the present labels and their stages.

    Foreseen rows (an offer announcing what has not happened yet) are warnings and are not counted.
    """
    found: dict[str, dict[str, str]] = {dimension: {} for dimension in table.dimensions}
    labels: dict[str, list[str]] = {dimension: [] for dimension in table.dimensions}
    for label, stage in stage_of.items():
        for row in _rows_that_hold(table.rows.get((label, stage), ()), facts):
            key = (row.dimension, row.indicator)
            strength = table.child_strengths[key] if under_18 else table.strengths[key]
            if row.foreseen or strength is None:
                continue
            found[row.dimension][row.indicator] = strength
            if label not in labels[row.dimension]:
                labels[row.dimension].append(label)
    return {
        dimension: DimensionScore(
            found=indicators,
            labels=tuple(labels[dimension]),
            positive=table.is_positive({one: list(indicators.values()).count(one) for one in STRENGTHS}),
        )
        for dimension, indicators in found.items()
    }


def _rows_that_hold(rows: Collection[MappingRow], facts: Mapping[str, Any]) -> list[MappingRow]:
    met = [row for row in rows if row.fact is not None and facts.get(row.fact) is True]
    if any(row.joins == REPLACES for row in met):
        return met
    return [*(row for row in rows if row.fact is None), *met]


def _read_row(
    entry: Entry, taxonomy: Taxonomy, strengths: Mapping[tuple[str, str], str], conditions: Mapping[str, str]
) -> MappingRow:
    entry.check_fields(
        ["label", "stage", "primary", "dimension", "indicator", "strength", "our_choice", "note"],
        ["when", "joins", "reason", "source", "foreseen"],
    )
    key = (entry.text("dimension"), entry.text("indicator"))
    if key not in strengths:
        entry.refuse(f"{key[1]} is no indicator of dimension {key[0]}", "indicator")
    if entry.text("strength") != strengths[key]:
        entry.refuse(f"{key[1]} is {strengths[key]} in {key[0]}, not {entry.text('strength')}", "strength")
    when = entry.optional_text("when")
    if entry.flag("primary") == (when is not None):
        entry.refuse("a row is primary or has a `when`, not both and not neither", "primary")
    if when is not None and when not in conditions:
        entry.refuse(f"no fact meets {when!r} (risk_levels.yml, ilo_conditions)", "when")
    return MappingRow(
        label=entry.choice("label", taxonomy.indicators),
        stage=entry.choice("stage", (RECRUITMENT, DESTINATION)),
        dimension=key[0],
        indicator=key[1],
        fact=conditions[when] if when is not None else None,
        joins=entry.choice("joins", (REPLACES, ADDS)) if when is not None else None,
        foreseen=entry.flag("foreseen"),
    )


def _read_minimum_set(entry: Entry) -> dict[str, int]:
    entry.check_fields([], _COUNTED_AS)
    for kind in entry:
        if not isinstance(entry[kind], int) or entry[kind] < 1:
            entry.refuse(f"{kind} must be a count", kind)
    return dict(entry)

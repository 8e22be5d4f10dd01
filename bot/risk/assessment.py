"""From signs, stage, place and facts to a level: every rule is a row of risk_levels.yml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.risk.scoring import DimensionScore, IloTable, score
from bot.risk.status import PRESENT
from bot.risk.taxonomy import BOTH, DESTINATION, LEVELS, RECRUITMENT, Taxonomy
from bot.tables import Entry, load_entries, load_entry

UNKNOWN = "unknown"
CHINA = "CN"


@dataclass(frozen=True)
class Situation:
    """Whose story it is does not matter. `country` is where the work is; None means China or not said."""

    stage: str | None = None
    in_danger: bool = False
    country: str | None = None
    under_18: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RuleHit:
    """A row of risk_levels.yml that holds, with the signs that made it hold."""

    id: str
    level: str
    indicators: tuple[str, ...]
    source: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Assessment:
    """`rules` has the highest level first; `reasons` are the present signs, heaviest first."""

    level: str
    rules: tuple[RuleHit, ...]
    dimensions: Mapping[str, bool]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class _Case:
    """What conditions may look at."""

    present: frozenset[str]
    stage: str
    situation: Situation
    scores: Mapping[str, DimensionScore]


# What made a condition hold (maybe no sign at all), or None where it does not hold.
_Condition = Callable[[_Case], "frozenset[str] | None"]
_NO_SIGN: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rule:
    id: str
    level: str
    condition: _Condition
    indicators: frozenset[str]
    dimensions: frozenset[str]
    reason: str
    source: tuple[str, ...]


@dataclass(frozen=True)
class RiskTables:
    """Everything `assess` needs, read and checked once."""

    taxonomy: Taxonomy
    ilo: IloTable
    rules: tuple[Rule, ...]
    facts: frozenset[str]
    at_work_signs: frozenset[str]
    weights: Mapping[str, int]

    @classmethod
    def load(cls, folder: Path) -> RiskTables:
        taxonomy = Taxonomy.load(folder / "taxonomy.yml")
        document = load_entry(folder / "risk_levels.yml")
        document.check_fields(
            ["version", "sources", "places", "facts", "ilo_conditions", "at_work_signs", "rules"],
        )
        facts = document.entry("facts")
        conditions = document.entry("ilo_conditions")
        for when in conditions:
            conditions.check_choice(conditions[when], facts, when)
        ilo = IloTable.load(folder / "ilo_indicators.yml", taxonomy, conditions)
        at_work_signs = document.texts("at_work_signs")
        for sign in at_work_signs:
            document.check_choice(sign, taxonomy.indicators, "at_work_signs")
        places = document.entry("places")
        reader = _RuleReader(
            taxonomy, ilo, frozenset(facts), {name: frozenset(places.texts(name)) for name in places},
            frozenset(document.entry("sources")) | ilo.sources,
        )  # fmt: skip
        weights = _read_weights(folder / "indicator_advice.yml", taxonomy)
        return cls(
            taxonomy, ilo, reader.read(document), frozenset(facts), frozenset(at_work_signs), MappingProxyType(weights)
        )


def assess(statuses: Mapping[str, str], situation: Situation, tables: RiskTables) -> Assessment:
    """Judge what is present. Names that the taxonomy does not know (any more) are passed over, never a crash."""
    present = frozenset(
        name for name, status in statuses.items() if status == PRESENT and name in tables.taxonomy.indicators
    )
    stage = stage_of(statuses, situation, tables)
    labels = {
        name: _counting_stage(stage, label.stage)
        for name, label in tables.taxonomy.indicators.items()
        if name in present
    }
    scores = score(tables.ilo, labels, situation.under_18, situation.facts)
    case = _Case(present, stage, situation, scores)
    order = sorted(tables.taxonomy.indicators, key=lambda name: -tables.weights[name])  # stable: then as in the file
    hits = []
    for rule in tables.rules:
        signs = rule.condition(case)
        if signs is not None:
            named = tuple(name for name in order if name in signs)
            hits.append(RuleHit(rule.id, rule.level, named, rule.source, rule.reason))
    hits.sort(key=lambda hit: -LEVELS.index(hit.level))
    return Assessment(
        level=hits[0].level if hits else LEVELS[0],
        rules=tuple(hits),
        dimensions={name: dimension.positive for name, dimension in scores.items()},
        reasons=tuple(name for name in order if name in present),
    )


def stage_of(statuses: Mapping[str, str], situation: Situation, tables: RiskTables) -> str:
    """The stage that was said; else the work place where a sign shows it; else unknown."""
    if situation.stage is not None:
        return situation.stage
    at_work = any(statuses.get(sign) == PRESENT for sign in tables.at_work_signs)
    return DESTINATION if at_work else UNKNOWN


def _counting_stage(stage: str, label_stage: str) -> str:
    """Where the stage is unknown a label counts where it belongs, and before departure where it may be either."""
    if stage != UNKNOWN:
        return stage
    return RECRUITMENT if label_stage == BOTH else label_stage


def _read_weights(path: Path, taxonomy: Taxonomy) -> dict[str, int]:
    weights = {}
    entries = load_entries(path)
    for entry in entries:
        weight = entry.get("weight")
        if not isinstance(weight, int):
            entry.refuse(f"weight must be a whole number, not {weight!r}", "weight")
        weights[entry.choice("indicator", taxonomy.indicators)] = weight
    for name in taxonomy.indicators:
        if name not in weights:
            entries[-1].refuse(f"no row for {name} of taxonomy.yml")
    return weights


class _RuleReader:
    """Turns the `when` of a row into a condition and refuses what would never hold (a misspelt name, an empty list)."""

    def __init__(
        self,
        taxonomy: Taxonomy,
        ilo: IloTable,
        facts: frozenset[str],
        places: Mapping[str, frozenset[str]],
        sources: frozenset[str],
    ) -> None:
        self._taxonomy, self._ilo, self._facts, self._places, self._sources = taxonomy, ilo, facts, places, sources
        self._readers: dict[str, Callable[[Entry], _Condition]] = {
            "indicator": self._indicator,
            "any_indicator": self._any_indicator,
            "stage": self._stage,
            "country": self._country,
            "abroad": self._abroad,
            "in_danger": self._in_danger,
            "under_18": self._under_18,
            "fact": self._fact,
            "dimension": self._dimension,
            "all": self._all,
            "any": self._any,
            "at_least": self._at_least,
        }
        self._named: set[str] = set()
        self._dimensions: set[str] = set()

    def read(self, document: Entry) -> tuple[Rule, ...]:
        rules: dict[str, Rule] = {}
        for entry in document.entries("rules"):
            rule = self._rule(entry)
            if rule.id in rules:
                entry.refuse(f"id {rule.id!r} is given twice", "id")
            rules[rule.id] = rule
        for name in self._taxonomy.indicators:
            if not any(name in rule.indicators for rule in rules.values()):
                document.refuse(f"no rule names {name} of taxonomy.yml", "rules")
        return tuple(rules.values())

    def _rule(self, entry: Entry) -> Rule:
        entry.check_fields(["id", "level", "when", "reason_zh", "source", "note"])
        source = entry.texts("source")
        for name in source:
            entry.check_choice(name, self._sources, "source")
        if not source:
            entry.refuse("source is empty", "source")
        entry.text("note")
        self._named, self._dimensions = set(), set()
        return Rule(
            id=entry.text("id"),
            level=entry.choice("level", LEVELS[1:]),
            condition=self._condition(entry.entry("when")),
            indicators=frozenset(self._named),
            dimensions=frozenset(self._dimensions),
            reason=entry.text("reason_zh"),
            source=source,
        )

    def _condition(self, entry: Entry) -> _Condition:
        if len(entry) != 1:
            entry.refuse("a condition has one key; put several into `all` or `any`")
        (name,) = entry
        entry.check_choice(name, self._readers, name)
        return self._readers[name](entry)

    def _names(self, entry: Entry, key: str, allowed: Mapping[str, Any] | tuple[str, ...]) -> tuple[str, ...]:
        names = (entry.text(key),) if isinstance(entry[key], str) else entry.texts(key)
        if not names:
            entry.refuse(f"{key} is empty", key)
        for name in names:
            entry.check_choice(name, allowed, key)
        return names

    def _signs(self, entry: Entry, key: str) -> _Condition:
        names = frozenset(self._names(entry, key, self._taxonomy.indicators))
        self._named |= names
        return lambda case: (case.present & names) or None

    def _indicator(self, entry: Entry) -> _Condition:
        entry.text("indicator")
        return self._signs(entry, "indicator")

    def _any_indicator(self, entry: Entry) -> _Condition:
        entry.texts("any_indicator")
        return self._signs(entry, "any_indicator")

    def _stage(self, entry: Entry) -> _Condition:
        stages = self._names(entry, "stage", (RECRUITMENT, DESTINATION, UNKNOWN))
        return _when(lambda case: case.stage in stages)

    def _country(self, entry: Entry) -> _Condition:
        countries = self._places[entry.choice("country", self._places)]
        return _when(lambda case: case.situation.country in countries)

    def _abroad(self, entry: Entry) -> _Condition:
        self._must_be_true(entry, "abroad")
        return _when(lambda case: case.situation.country not in (None, CHINA))

    def _in_danger(self, entry: Entry) -> _Condition:
        self._must_be_true(entry, "in_danger")
        return _when(lambda case: case.situation.in_danger)

    def _under_18(self, entry: Entry) -> _Condition:
        self._must_be_true(entry, "under_18")
        return _when(lambda case: case.situation.under_18)

    def _fact(self, entry: Entry) -> _Condition:
        name = entry.choice("fact", self._facts)
        return _when(lambda case: case.situation.facts.get(name) is True)

    def _dimension(self, entry: Entry) -> _Condition:
        names = self._names(entry, "dimension", self._ilo.dimensions)
        self._dimensions.update(names)

        def positive(case: _Case) -> frozenset[str] | None:
            scores = [case.scores[name] for name in names if case.scores[name].positive]
            return frozenset(label for one in scores for label in one.labels) if scores else None

        return positive

    def _all(self, entry: Entry) -> _Condition:
        parts = self._parts(entry, "all")
        return _at_least(len(parts), parts)

    def _any(self, entry: Entry) -> _Condition:
        return _at_least(1, self._parts(entry, "any"))

    def _at_least(self, entry: Entry) -> _Condition:
        inner = entry.entry("at_least")
        inner.check_fields(["n", "of"])
        parts, least = self._parts(inner, "of"), inner["n"]
        if not isinstance(least, int) or isinstance(least, bool) or not 1 <= least <= len(parts):
            inner.refuse(f"n must be between 1 and {len(parts)}, not {least!r}", "n")
        return _at_least(least, parts)

    def _parts(self, entry: Entry, key: str) -> list[_Condition]:
        parts = [self._condition(part) for part in entry.entries(key)]
        if not parts:
            entry.refuse(f"{key} is empty", key)
        return parts

    @staticmethod
    def _must_be_true(entry: Entry, key: str) -> None:
        if entry[key] is not True:
            entry.refuse(f"{key} can only be true", key)


def _when(holds: Callable[[_Case], bool]) -> _Condition:
    return lambda case: _NO_SIGN if holds(case) else None


def _at_least(least: int, parts: list[_Condition]) -> _Condition:
    def enough(case: _Case) -> frozenset[str] | None:
        met = [signs for part in parts if (signs := part(case)) is not None]
        return _NO_SIGN.union(*met) if len(met) >= least else None

    return enough

"""The ILO method: distinct indicators by dimension, and when a dimension counts."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.risk.assessment import RiskTables
from bot.risk.scoring import score

ROOT = Path(__file__).parents[2]
TABLES = RiskTables.load(ROOT / "data/knowledge")
ILO: dict[str, Any] = yaml.safe_load((ROOT / "data/knowledge/ilo_indicators.yml").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests/cases/ilo_dimensions.yml").read_text(encoding="utf-8"))
CONDITIONS: dict[str, str] = yaml.safe_load((ROOT / "data/knowledge/risk_levels.yml").read_text(encoding="utf-8"))[
    "ilo_conditions"
]  # type: ignore[assignment]


@pytest.mark.parametrize("example", ILO["method"]["dimension_positive"]["examples"], ids=str)
def test_the_examples_of_the_source(example: dict[str, Any]) -> None:
    counts = {name: example[name] for name in ("strong", "medium", "weak")}
    assert TABLES.ilo.is_positive(counts) is example["positive"]


def test_the_minimum_sets_say_the_same_as_the_formula() -> None:
    """`same_as` in the file, for every count that can occur."""
    for strong, medium, weak in itertools.product(range(5), range(6), range(6)):
        formula = (strong >= 1 and strong + medium + weak >= 2) or (medium >= 2 and medium + weak >= 3)
        assert TABLES.ilo.is_positive({"strong": strong, "medium": medium, "weak": weak}) is formula


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_counting(case: dict[str, Any]) -> None:
    stages = dict.fromkeys(case["labels"], case["stage"])
    scores = score(TABLES.ilo, stages, case.get("under_18", False), case.get("facts", {}))
    dimension = scores[case["dimension"]]
    assert dimension.found == case["found"]
    assert dimension.positive is case["positive"]


@pytest.mark.parametrize("row", ILO["mapping"], ids=lambda row: f"{row['label']}-{row['stage']}-{row['indicator']}")
@pytest.mark.parametrize("under_18", [False, True])
def test_every_row_of_the_mapping(row: dict[str, Any], under_18: bool) -> None:
    facts = {CONDITIONS[row["when"]]: True} if "when" in row else {}
    scores = score(TABLES.ilo, {row["label"]: row["stage"]}, under_18, facts)
    (indicator,) = [
        indicator
        for dimension in ILO["dimensions"]
        for indicator in dimension["indicators"]
        if (dimension["id"], indicator["id"]) == (row["dimension"], row["indicator"])
    ]
    strength = None if row.get("foreseen") else indicator["strength_child"] if under_18 else row["strength"]
    assert scores[row["dimension"]].found.get(row["indicator"]) == strength
    if row.get("joins") == "replaces":
        (primary,) = [
            one
            for one in ILO["mapping"]
            if one["primary"] and (one["label"], one["stage"]) == (row["label"], row["stage"])
        ]
        assert primary["indicator"] not in scores[primary["dimension"]].found


def test_dimensions_have_as_many_indicators_as_the_source_says() -> None:
    for dimension in ILO["dimensions"]:
        assert sum(key[0] == dimension["id"] for key in TABLES.ilo.strengths) == dimension["count"]


def test_no_single_label_makes_a_dimension_positive_without_facts() -> None:
    for label, stage in TABLES.ilo.rows:
        assert not any(one.positive for one in score(TABLES.ilo, {label: stage}, False, {}).values())

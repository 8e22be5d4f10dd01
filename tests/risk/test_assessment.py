"""How bad it is: each rule of risk_levels.yml holds where it must and not beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.risk.assessment import Assessment, RiskTables, Situation, assess
from bot.risk.status import ABSENT, HYPOTHETICAL, PRESENT, Mention, merge
from bot.risk.taxonomy import LEVELS, Taxonomy

ROOT = Path(__file__).parents[2]
TABLES = RiskTables.load(ROOT / "data/knowledge")
INDICATORS = list(TABLES.taxonomy.indicators)
CASES: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests/cases/levels.yml").read_text(encoding="utf-8"))

situations = st.builds(
    Situation,
    stage=st.sampled_from([None, "recruitment", "destination"]),
    in_danger=st.booleans(),
    country=st.sampled_from([None, "CN", "JP", "KH", "TH"]),
    under_18=st.booleans(),
    facts=st.dictionaries(st.sampled_from(sorted(TABLES.facts)), st.just(True), max_size=4),
)
some_signs = st.sets(st.sampled_from(INDICATORS), max_size=5)


def judge(case: dict[str, Any]) -> Assessment:
    statuses = dict.fromkeys(case.get("signs", ()), PRESENT)
    statuses |= dict.fromkeys(case.get("denied", ()), ABSENT)
    statuses |= dict.fromkeys(case.get("imagined", ()), HYPOTHETICAL)
    known = ("stage", "in_danger", "country", "under_18", "facts")
    return assess(statuses, Situation(**{name: case[name] for name in known if name in case}), TABLES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_level(case: dict[str, Any]) -> None:
    assessment = judge(case)
    held = [hit.id for hit in assessment.rules]
    assert assessment.level == case["level"], held
    if "rule" in case:
        assert case["rule"] in held
    assert case.get("not_rule") not in held


def test_every_rule_has_a_case_and_its_own_level() -> None:
    named = {case["rule"] for case in CASES if "rule" in case}
    assert named == {rule.id for rule in TABLES.rules}
    for case in CASES:
        if "rule" in case and case["why"] != "three medium controls at work":  # critical by wages_keep_worker as well
            (rule,) = [rule for rule in TABLES.rules if rule.id == case["rule"]]
            assert rule.level == case["level"], case["why"]


@pytest.mark.parametrize("indicator", INDICATORS)
@pytest.mark.parametrize("stage", [None, "recruitment", "destination"])
@pytest.mark.parametrize("country", [None, "CN", "JP", "KH"])
def test_every_sign_alone_raises_the_level(indicator: str, stage: str | None, country: str | None) -> None:
    assessment = assess({indicator: PRESENT}, Situation(stage=stage, country=country), TABLES)
    assert assessment.level != "none"
    assert assessment.reasons == (indicator,)


STOPS = [
    "recruitment_fee", "document_retention", "irregular_migration", "deceptive_job", "debt_bondage", "exit_penalty",
    "abuse_of_vulnerability", "secrecy_pressure", "sexual_exploitation", "forced_criminality", "threats",
]  # fmt: skip


@pytest.mark.parametrize("indicator", STOPS)
def test_every_stop_sign_alone_stops(indicator: str) -> None:
    """design.md: high until it is cleared, whether or not the stage is known."""
    for stage in (None, "recruitment"):
        assert assess({indicator: PRESENT}, Situation(stage=stage), TABLES).level == "high"


@given(denied=some_signs, imagined=some_signs)
def test_denied_and_imagined_signs_never_raise(denied: set[str], imagined: set[str]) -> None:
    statuses = dict.fromkeys(imagined, HYPOTHETICAL) | dict.fromkeys(denied, ABSENT)
    assessment = assess(statuses, Situation(country="KH"), TABLES)
    assert (assessment.level, assessment.rules, assessment.reasons) == ("none", (), ())


@settings(max_examples=300, deadline=None)
@given(signs=some_signs, more=st.sampled_from(INDICATORS), situation=situations)
def test_one_more_sign_never_lowers_the_level(signs: set[str], more: str, situation: Situation) -> None:
    before = assess(dict.fromkeys(signs, PRESENT), situation, TABLES)
    after = assess(dict.fromkeys(signs | {more}, PRESENT), situation, TABLES)
    assert LEVELS.index(after.level) >= LEVELS.index(before.level)


@settings(max_examples=300, deadline=None)
@given(signs=some_signs, situation=situations)
def test_verdicts_can_be_traced(signs: set[str], situation: Situation) -> None:
    assessment = assess(dict.fromkeys(signs, PRESENT), situation, TABLES)
    levels = [LEVELS.index(hit.level) for hit in assessment.rules]
    assert levels == sorted(levels, reverse=True)
    assert assessment.level == (assessment.rules[0].level if assessment.rules else "none")
    assert set(assessment.reasons) == signs
    weights = [TABLES.weights[name] for name in assessment.reasons]
    assert weights == sorted(weights, reverse=True)
    for hit in assessment.rules:
        assert set(hit.indicators) <= signs and hit.source and hit.reason


def test_a_dimension_names_the_signs_that_filled_it() -> None:
    signs = ("deceptive_job", "deceptive_pay", "recruitment_fee", "document_retention")
    assessment = assess(dict.fromkeys(signs, PRESENT), Situation(stage="recruitment"), TABLES)
    (hit,) = [hit for hit in assessment.rules if hit.id == "dimension_deceptive_recruitment"]
    assert set(hit.indicators) == {"deceptive_job", "deceptive_pay", "recruitment_fee"}
    assert assessment.dimensions["deceptive_recruitment"] is True
    assert assessment.dimensions["coercive_recruitment"] is False


def test_a_correction_lowers_the_level_again() -> None:
    """不对，他们不收."""
    told = merge({}, [Mention("recruitment_fee", PRESENT, 0.9, "三万押金", 0, 4)])
    corrected = merge(told, [Mention("recruitment_fee", ABSENT, 0.9, "不收", 0, 2)])
    offer = Situation(stage="recruitment", country="JP")
    assert [assess(statuses, offer, TABLES).level for statuses in (told, corrected)] == ["high", "none"]


def test_a_correction_leaves_the_other_signs() -> None:
    statuses = {"recruitment_fee": ABSENT, "document_retention": PRESENT}
    assert assess(statuses, Situation(stage="recruitment"), TABLES).reasons == ("document_retention",)


def test_taxonomy() -> None:
    taxonomy = Taxonomy.load(ROOT / "data/knowledge/taxonomy.yml")
    assert len(taxonomy.indicators) == 20 and len(taxonomy.intents) == 21
    assert "affirm" in taxonomy.intents and "deny" in taxonomy.intents  # yes and no are booleans to YAML
    assert taxonomy.indicators["violence"].stage == "destination"
    assert taxonomy.risk_levels == ("none", "caution", "high", "critical")
    with pytest.raises(TypeError):
        taxonomy.indicators["new"] = taxonomy.indicators["violence"]  # type: ignore[index]

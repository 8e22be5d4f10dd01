"""Plans: each has what it needs, fits where it should, and says nothing without a source."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.knowledge.hotlines import NEEDS
from bot.knowledge.plans import PARTS, Plan, Plans
from bot.knowledge.rights import Rights
from bot.language.plan_words import SITUATIONS

FOLDER = Path(__file__).parents[2] / "data/knowledge"
PLANS = Plans.load(FOLDER)
COUNTRIES = [row["code"] for row in yaml.safe_load((FOLDER / "destinations.yml").read_text(encoding="utf-8"))]
BY_ID = [pytest.param(plan, id=plan.id) for plan in PLANS]
ON_LAND = [plan for plan in PLANS if not plan.at_sea]


def ids(plans: list[Plan]) -> list[str]:
    return [plan.id for plan in plans]


def test_the_situations_of_the_words_are_the_plans() -> None:
    assert {plan.id for plan in PLANS} == set(SITUATIONS)
    assert {word for plan in PLANS for word in plan.when.words} == set(SITUATIONS)


@pytest.mark.parametrize(
    ("why", "statuses", "facts", "spoken", "expected"),
    [
        ("nothing known", {}, {}, [], []),
        ("a sign that is only feared", {"document_retention": "hypothetical"}, {}, [], []),
        ("a sign that is denied", {"violence": "absent"}, {}, [], []),
        ("a sign", {"wage_withholding": "present"}, {}, [], ["pay_withheld"]),
        (
            "danger before money",
            {"wage_withholding": "present", "movement_restriction": "present"},
            {},
            [],
            ["locked_in", "pay_withheld"],
        ),
        ("swindling under duress", {"forced_criminality": "present"}, {}, [], ["scam_compound"]),
        ("a child by age", {}, {"age": 16}, [], ["under_age"]),
        ("a grown-up by age", {}, {"age": 18}, [], []),
        ("an age that is no number", {}, {"age": None}, [], []),
        ("a fisherman by trade", {}, {"occupation": "fishing"}, [], ["at_sea"]),
        ("another trade", {}, {"occupation": "factory"}, [], []),
        ("smuggled", {}, {"visa": "smuggled"}, [], ["undocumented"]),
        ("what the text tells", {}, {}, ["pregnant", "boss_calls_police"], ["pregnant", "boss_calls_police"]),
    ],
)
def test_fitting(why: str, statuses: dict[str, str], facts: dict[str, object], spoken: list[str], expected: list[str]):
    assert ids(PLANS.fitting(statuses, facts, spoken)) == expected


@pytest.mark.parametrize("plan", BY_ID)
def test_a_plan_has_every_part_where_it_holds(plan: Plan) -> None:
    for country in (*COUNTRIES, "CN", "FJ", None):
        place = plan.place(country)
        assert 2 <= len(plan.steps("safety", country)) <= 3
        assert len(plan.steps("note_down", country)) == 1
        assert plan.steps("family", country)
        assert 1 <= len(plan.call[place]) <= 3 and set(plan.call[place]) <= set(NEEDS)
        assert 1 <= len(plan.family_call[place]) <= 3
        official = place in ("abroad", "sea")
        assert bool(plan.steps("embassy_can", country)) == official
        assert bool(plan.steps("embassy_cannot", country)) == official
        if official:
            assert plan.laws_for(country), "what the law says"


def test_an_unknown_plan_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        PLANS["nothing"]


def test_places() -> None:
    plan = PLANS["pay_withheld"]
    assert [plan.place(country) for country in ("CN", "HK", "MO", "KR", "FJ", None)] == [
        "china", "hk_mo", "hk_mo", "abroad", "abroad", "abroad",
    ]  # fmt: skip
    assert {PLANS["at_sea"].place(country) for country in ("CN", "HK", "KR", None)} == {"sea"}


@pytest.mark.parametrize("plan", BY_ID)
def test_claims_have_a_source_with_date_and_address(plan: Plan) -> None:
    for part in PARTS:
        for step in plan.parts[part]:
            assert step.sources or (part in ("safety", "note_down", "family") and not step.countries)
            for source in step.sources:
                assert source.url.startswith("http") and source.as_of and source.confidence in ("high", "medium")


def test_what_is_special_comes_first_and_only_there() -> None:
    plan = PLANS["boss_calls_police"]
    assert "韩国" in plan.steps("know", "KR")[0] and len(plan.steps("know", "KR")) == 2
    assert not any("韩国" in step for country in ("JP", "CN", None) for step in plan.steps("know", country))


@pytest.mark.parametrize("plan", BY_ID)
def test_steps_are_short_and_to_the_point(plan: Plan) -> None:
    for part in PARTS:
        for step in plan.parts[part]:
            assert len(step.text) <= 42, step.text
            if part in ("safety", "note_down"):
                assert "你" not in step.text, "it may be passed on to somebody else"


def test_nobody_is_promised_to_go_unpunished() -> None:
    """Where people may have to fear a penalty the plan says that it depends."""
    for name in ("scam_compound", "sold_into_sex"):
        assert any("没有法律写" in step for step in PLANS[name].steps("know", "KH"))
    assert any("罚款" in step for step in PLANS["undocumented"].steps("know", "KH"))
    words = [step.text for plan in PLANS for part in PARTS for step in plan.parts[part]]
    assert not [text for text in words if "不会被罚" in text or "不会坐牢" in text or "不会被抓" in text]


def test_nobody_is_sent_into_danger() -> None:
    for name in ("scam_compound", "locked_in", "at_sea"):
        assert PLANS[name].steps("safety", None)[0].startswith(("先保命", "别"))
    for plan in ON_LAND:
        assert "police" in plan.call["abroad"] or "consular" in plan.call["abroad"]


def test_the_laws_are_those_of_the_topics() -> None:
    topics = Rights.load(FOLDER).topics
    for plan in PLANS:
        for one in plan.laws:
            assert one.law in topics[one.topic].laws


def test_a_step_of_low_confidence_is_not_shown(tmp_path: Path) -> None:
    for path in FOLDER.glob("*.yml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    table = tmp_path / "plans.yml"
    text = table.read_text(encoding="utf-8")
    start = text.index("- id: korea_wages")
    end = text.index("confidence: high", start)
    table.write_text(text[:end] + "confidence: low" + text[end + len("confidence: high") :], encoding="utf-8")
    plans = Plans.load(tmp_path)
    assert not any("韩国" in step for plan in plans for step in plan.steps("know", "KR"))

"""What is asked: only what could raise the level, the most decisive first, at most five, and never in danger."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.risk.assessment import CHINA, RiskTables
from bot.risk.case import Case, Heard
from bot.risk.interview import MOST_QUESTIONS, NO, OFFER, THERE, UNKNOWN, YES, Interview, Question
from bot.risk.status import ABSENT, HYPOTHETICAL, PRESENT
from bot.risk.taxonomy import DESTINATION, LEVELS, RECRUITMENT

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "data/knowledge"
TABLES = RiskTables.load(FOLDER)
INTERVIEW = Interview.load(FOLDER, TABLES)
ROWS: list[dict[str, Any]] = yaml.safe_load((FOLDER / "interview.yml").read_text(encoding="utf-8"))
SIGNS = sorted(TABLES.taxonomy.indicators)
QUESTIONS = INTERVIEW.questions
WITH_SIGN = [question for question in QUESTIONS.values() if question.sign]

cases = st.builds(
    Case,
    statuses=st.dictionaries(st.sampled_from(SIGNS), st.sampled_from([PRESENT, ABSENT, HYPOTHETICAL]), max_size=6),
    facts=st.fixed_dictionaries(
        {},
        optional={
            "destination": st.sampled_from([CHINA, "JP", "KH", "MM", "TH"]),
            "stage": st.sampled_from([RECRUITMENT, DESTINATION]),
            "age": st.sampled_from([15, 17]),
            "fee": st.just({"low": 3000, "high": 3000, "currency": None}),
            "visa": st.sampled_from(["tourist", "work"]),
            "fare_paid": st.just(True),
            "no_requirements": st.just(True),
        },
    ),
)


def offer(country: str | None = None, statuses: dict[str, str] | None = None, **facts: object) -> Case:
    told = {"stage": RECRUITMENT, **({"destination": country} if country else {}), **facts}
    return Case(statuses or {}, {}, told)


def level(case: Case) -> int:
    return LEVELS.index(case.judged(TABLES).level)


def next_id(case: Case, *asked: str) -> str | None:
    question = INTERVIEW.next_question(case, TABLES, asked)
    return question.id if question else None


def answered(case: Case, question: Question, answer: str) -> Case:
    """Return the case after a plain answer, as a turn hears it; a place cannot be told by yes or no."""
    intent = {YES: "affirm", NO: "deny", UNKNOWN: "deny"}[answer]
    return case.after(Heard(intent, question.mentions(answer), question.facts(answer)))


def harmless(question: Question) -> str:
    return NO if question.alarming == YES else YES


def asked_to_the_end(case: Case, answer_of: Any) -> list[str]:
    """Return all that is asked when every question gets an answer."""
    asked: list[str] = []
    while (question := INTERVIEW.next_question(case, TABLES, asked)) is not None:
        assert question.id not in asked
        asked.append(question.id)
        case = answered(case, question, answer_of(question))
    return asked


@settings(max_examples=150, deadline=None)
@given(case=cases, answer=st.sampled_from([YES, NO, UNKNOWN]))
def test_at_most_five_each_once(case: Case, answer: str) -> None:
    assert len(asked_to_the_end(case, lambda _: answer)) <= MOST_QUESTIONS == 5


@settings(max_examples=150, deadline=None)
@given(case=cases)
def test_what_is_asked_is_open_and_can_raise_the_level(case: Case) -> None:
    question = INTERVIEW.next_question(case, TABLES, ())
    if question is None or question.sign is None:
        return
    assert question.is_open(case)
    assert case.statuses.get(question.sign) in (None, HYPOTHETICAL)
    worse = replace(
        case,
        statuses={**case.statuses, question.sign: PRESENT},
        facts={**case.facts, **question.facts(question.alarming)},
    )
    assert level(worse) > level(case)


@settings(max_examples=150, deadline=None)
@given(case=cases)
def test_nothing_open_could_change_more(case: Case) -> None:
    """The most decisive first: no other open question of this side leads to a higher level."""
    chosen = INTERVIEW.next_question(case, TABLES, ())
    side = THERE if case.stage == DESTINATION else OFFER
    reached = {
        question.id: level(
            replace(
                case,
                statuses={**case.statuses, question.sign: PRESENT},
                facts={**case.facts, **question.facts(question.alarming)},
            )
        )
        for question in WITH_SIGN
        if question.sign and question.side == side and question.is_open(case)
    }
    if chosen is None:
        assert all(after <= level(case) for after in reached.values())
    elif chosen.sign:
        assert reached[chosen.id] == max(reached.values())


def test_the_most_decisive_goes_before_the_order_of_the_table() -> None:
    mild_first = Interview({name: QUESTIONS[name] for name in ("contract", "company", "papers", "fee")})
    alone = {name: level(offer("JP", {QUESTIONS[name].sign or "": PRESENT})) for name in ("contract", "papers")}
    assert alone["contract"] < alone["papers"]
    first = mild_first.next_question(offer("JP"), TABLES, ())
    assert first is not None and first.id == "papers"
    left = mild_first.next_question(offer("JP"), TABLES, ("papers", "fee"))
    assert left is not None and left.id == "contract"


def test_of_equals_the_first_of_the_table() -> None:
    assert [next_id(offer("JP")), next_id(offer("JP"), "fee")] == ["fee", "papers"]


def test_nothing_more_is_asked_when_nothing_could_raise_the_level() -> None:
    assert next_id(offer("JP", {"recruitment_fee": PRESENT})) is None
    everything = {question.sign: ABSENT for question in WITH_SIGN if question.sign}
    assert next_id(offer("JP", everything)) is None
    assert next_id(Case({"violence": PRESENT}, {}, {"stage": DESTINATION})) is None


def test_where_is_asked_when_the_place_decides() -> None:
    """An offer of far too much pay is one thing in Japan and another in Myanmar."""
    too_good = {"deceptive_pay": PRESENT, "deceptive_job": PRESENT}
    assert next_id(offer(None, too_good)) == "where"
    assert next_id(offer(None, too_good), "where") != "where"
    assert next_id(offer("JP", too_good)) is None
    assert level(offer("MM", too_good)) > level(offer("JP", too_good))


def test_where_is_not_asked_when_no_place_changes_anything() -> None:
    only_where = Interview({"where": QUESTIONS["where"]})
    assert only_where.next_question(offer(), TABLES, ()) is None
    assert only_where.next_question(offer(None, {"recruitment_fee": PRESENT}), TABLES, ()) is None


def test_never_in_danger() -> None:
    for case in (offer("JP"), Case({}, {}, {"stage": DESTINATION}), Case()):
        assert next_id(case) is not None
        assert next_id(replace(case, in_danger=True)) is None


def test_five_and_no_more_whatever_was_asked() -> None:
    five = ("leaving", "of_age", "contract", "company", "job")
    assert next_id(offer("JP"), *five[:4]) == "fee"
    assert next_id(offer("JP"), *five) is None


def test_an_iterator_of_what_was_asked_is_enough() -> None:
    question = INTERVIEW.next_question(offer("JP"), TABLES, iter(["fee"]))
    assert question is not None and question.id == "papers"


def test_nothing_about_visas_inside_china() -> None:
    visa = QUESTIONS["visa"]
    assert visa.abroad_only and not visa.is_open(offer(CHINA)) and visa.is_open(offer("JP")) and visa.is_open(offer())
    for answer in (lambda _: UNKNOWN, harmless):
        assert "visa" in asked_to_the_end(offer("JP"), answer)
        assert "visa" not in asked_to_the_end(offer(CHINA), answer)


@pytest.mark.parametrize("stage", [None, RECRUITMENT, DESTINATION])
def test_only_questions_that_fit_the_stage(stage: str | None) -> None:
    facts = {"stage": stage} if stage else {}
    asked = asked_to_the_end(Case({}, {}, facts), lambda _: UNKNOWN)
    side = THERE if stage == DESTINATION else OFFER
    assert len(asked) == 5 and {QUESTIONS[name].side for name in asked} == {side}


@pytest.mark.parametrize("question", WITH_SIGN, ids=lambda question: question.id)
def test_a_fear_does_not_settle_a_question_but_a_denial_or_a_fact_does(question: Question) -> None:
    case = Case({}, {}, {"destination": "JP"})
    assert question.sign is not None and question.is_open(case)
    assert question.is_open(replace(case, statuses={question.sign: HYPOTHETICAL}))
    assert not question.is_open(replace(case, statuses={question.sign: ABSENT}))
    assert not question.is_open(replace(case, statuses={question.sign: PRESENT}))
    for fact in question.settled_by:
        assert not question.is_open(replace(case, facts={**case.facts, fact: "said"}))
    assert question.is_open(replace(case, facts={**case.facts, "living": "said"})), "a fact that settles nothing"


def test_a_feared_sign_is_still_asked_for() -> None:
    assert next_id(offer("JP", {"recruitment_fee": HYPOTHETICAL})) == "fee"
    assert next_id(offer("JP", {"recruitment_fee": ABSENT})) == "papers"
    assert next_id(offer("JP", fee={"low": 3000})) == "papers"


#: What a plain yes and a plain no make of each question, as a person would read it.
MEANS = {
    "fee": ("recruitment_fee", PRESENT, ABSENT),
    "papers": ("document_retention", PRESENT, ABSENT),
    "visa": ("irregular_migration", PRESENT, ABSENT),
    "deposit_debt": ("debt_bondage", PRESENT, ABSENT),
    "secrecy": ("secrecy_pressure", PRESENT, ABSENT),
    "job": ("deceptive_job", ABSENT, PRESENT),
    "leaving": ("exit_penalty", PRESENT, ABSENT),
    "of_age": ("abuse_of_vulnerability", ABSENT, PRESENT),
    "contract": ("contract_irregularity", ABSENT, PRESENT),
    "company": ("unlicensed_recruiter", ABSENT, PRESENT),
    "going_out": ("movement_restriction", ABSENT, PRESENT),
    "own_papers": ("document_retention", ABSENT, PRESENT),
    "beaten": ("violence", PRESENT, ABSENT),
    "own_phone": ("isolation", ABSENT, PRESENT),
    "frightened": ("threats", PRESENT, ABSENT),
    "owing": ("debt_bondage", PRESENT, ABSENT),
    "paid": ("wage_withholding", ABSENT, PRESENT),
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_what_a_plain_answer_makes(row: dict[str, Any]) -> None:
    question = QUESTIONS[row["id"]]
    assert question.mentions(UNKNOWN) == () and question.facts(UNKNOWN) == {}
    if row["sign"] is None:
        assert question.mentions(YES) == question.mentions(NO) == ()
        return
    sign, if_yes, if_no = MEANS[row["id"]]
    for answer, status in ((YES, if_yes), (NO, if_no)):
        (mention,) = question.mentions(answer)
        assert (mention.indicator, mention.status) == (sign, status)
        assert mention.evidence == "", "the person said no words that could be quoted"
        assert (answer == question.alarming) == (status == PRESENT)
        told = answered(Case({}, {}, {"destination": "JP"}), question, answer)
        assert told.statuses == {sign: status} and not question.is_open(told)


def test_every_question_has_its_meaning_here() -> None:
    assert [row["id"] for row in ROWS if row["sign"]] == list(MEANS)
    assert list(QUESTIONS) == [row["id"] for row in ROWS]


@pytest.mark.parametrize("question", WITH_SIGN, ids=lambda question: question.id)
def test_the_alarming_answer_raises_the_level(question: Question) -> None:
    """A question that never could would not be worth its place."""
    stage = DESTINATION if question.side == THERE else RECRUITMENT
    case = Case({}, {}, {"stage": stage, "destination": "JP"})
    assert level(answered(case, question, question.alarming)) > level(case)
    assert level(answered(case, question, harmless(question))) == level(case)


def test_under_age_is_a_fact_too() -> None:
    of_age = QUESTIONS["of_age"]
    assert of_age.minor and of_age.facts(NO) == {"age": 17} and of_age.facts(YES) == {}
    child = answered(offer("JP"), of_age, NO)
    assert child.under_18 and child.statuses == {"abuse_of_vulnerability": PRESENT}
    assert not answered(offer("JP"), of_age, YES).under_18
    assert not of_age.is_open(offer("JP", age=16))


@pytest.mark.parametrize("question", WITH_SIGN, ids=lambda question: question.id)
def test_no_other_answer_tells_an_age(question: Question) -> None:
    if not question.minor:
        assert question.facts(YES) == question.facts(NO) == {}

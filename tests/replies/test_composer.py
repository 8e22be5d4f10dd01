"""What is composed of texts, facts and the person's own words."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from actions.turn import composer, knowledge, texts
from bot.replies.composer import Bubble
from bot.risk.assessment import CHINA
from bot.risk.case import Case
from bot.risk.interview import Question
from bot.risk.taxonomy import DESTINATION, LEVELS, RECRUITMENT
from bot.settings import PROJECT
from tests.replies.compose import UNKNOWN_COUNTRY, case, every_bubble, judged
from tests.reply_checks import faults_of

DOMAIN: dict[str, Any] = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))
CENTRE = "+86-10-12308"
WITHOUT_CENTRE = ("HK", "MO")  # the Foreign Ministry is not in charge there
SIGNS = tuple(knowledge().risk.taxonomy.indicators)
COUNTRIES = knowledge().destinations.codes


def in_danger(country: str | None, **facts: object) -> Case:
    one = case("movement_restriction", country, stage=DESTINATION, **facts)
    return Case(one.statuses, one.evidence, one.facts, in_danger=True)


def test_there_are_32_countries() -> None:
    assert len(COUNTRIES) == 32


@pytest.mark.parametrize("country", COUNTRIES)
def test_first_bubble_of_an_emergency_abroad(country: str) -> None:
    police = knowledge().destinations.get(country).emergency.police  # type: ignore[union-attr]
    for text in (
        composer().emergency(in_danger(country)).text,
        composer().verdict(in_danger(country), judged(LEVELS[3], "movement_restriction"))[0].text,
        composer().verdict(in_danger(country, few_words=True), judged(LEVELS[3], "movement_restriction"))[0].text,
    ):
        assert all(number in text for number in police[:2])  # Congo has three
        assert (CENTRE in text) == (country not in WITHOUT_CENTRE)
        assert text.startswith("先求救"), "the numbers come before everything else"
        if police:
            assert text.index(police[0]) < len(text) / 2
        else:
            assert "没核实到" in text


def test_first_bubble_of_an_emergency_in_china() -> None:
    text = composer().emergency(in_danger(CHINA)).text
    assert "110" in text and "12110" in text and "短信" in text
    assert CENTRE not in text


def test_first_bubble_of_an_emergency_anywhere() -> None:
    text = composer().emergency(in_danger(None)).text
    assert "110" in text and CENTRE in text
    assert text.count("？") == 1 and "哪个国家" in text


def test_a_country_without_an_entry_still_has_the_consular_line() -> None:
    text = composer().emergency(in_danger(UNKNOWN_COUNTRY)).text
    assert CENTRE in text and "斐济" in text


@pytest.mark.parametrize("country", [*COUNTRIES, CHINA, None, UNKNOWN_COUNTRY])
def test_an_emergency_is_short_and_offers_no_menu(country: str | None) -> None:
    bubble = composer().emergency(in_danger(country))
    assert len(bubble.text) <= 220
    assert bubble.buttons == ()


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("stage", [RECRUITMENT, DESTINATION])
def test_a_verdict_names_level_words_reason_law_and_numbers(sign: str, stage: str) -> None:
    told = case(sign, "KH", stage=stage)
    first, second = composer().verdict(told, judged("high", sign))
    assert "🟠" in first.text
    assert "老板就是这么说的" in first.text
    assert texts().say(f"utter_sign_{sign}") in first.text
    assert 1 <= sum(first.text.count(f"\n{number}. ") for number in (1, 2, 3)) <= 3
    assert "第" in second.text or sign in ("deceptive_pay", "abuse_of_vulnerability")
    assert "☎️" in second.text and "不是律师意见" in second.text
    assert "？" not in second.text, "what is still unknown is asked on its own, one thing at a time"
    assert all("/" not in word for _, word in second.buttons)


def test_the_steps_are_at_most_three_and_the_signs_at_most_four() -> None:
    told = Case(dict.fromkeys(SIGNS, "present"), {}, {"destination": "MM"})
    first = composer().verdict(told, judged("critical", *SIGNS))[0].text
    assert "\n3. " in first and "\n4. " not in first
    assert first.count("•") == 4 and "还有：" in first


def test_quotes_are_short_and_carry_no_number_of_a_recruiter() -> None:
    for words in (
        "他说" + "交钱" * 17,
        "打给13812345678",
        "转到138-1234-5678",
        "转到6222021234567890123",
        "加138 1234 5678",
    ):
        told = Case({"recruitment_fee": "present"}, {"recruitment_fee": words}, {})
        text = composer().verdict(told, judged("high", "recruitment_fee"))[0].text
        quote = text[text.index("“") + 1 : text.index("”")]
        assert len(quote) <= 24
        assert faults_of(quote) == []
    told = Case({"recruitment_fee": "present"}, {"recruitment_fee": "先交35000块"}, {})
    assert "35000" in composer().verdict(told, judged("high", "recruitment_fee"))[0].text


def test_words_with_braces_are_only_words() -> None:
    told = Case({"recruitment_fee": "present"}, {"recruitment_fee": "{numbers} {0} %s"}, {})
    assert "{numbers} {0} %s" in composer().verdict(told, judged("high", "recruitment_fee"))[0].text


def test_a_fair_offer_is_answered_calmly() -> None:
    text = composer().fair(Case({"document_retention": "hypothetical"})).text
    assert "没见到危险" in text and "扣押证件" in text
    assert not any(word in text for word in ("🔴", "🟠", "别去", "报警", "骗"))


def test_a_short_wish_is_kept() -> None:
    told = case("recruitment_fee", "SG", few_words=True)
    bubbles = composer().verdict(told, judged("high", "recruitment_fee"))
    assert len(bubbles) == 1 and len(bubbles[0].text) <= 140


def test_a_wish_for_the_embassy_gets_the_embassy() -> None:
    text = "".join(bubble.text for bubble in composer().hotlines(["consular"], "JP", None))
    assert CENTRE in text and "+81-3-6450-2195" in text


def test_a_recruitment_verdict_never_speaks_as_if_the_person_were_there() -> None:
    for sign in SIGNS:
        text = composer().verdict(case(sign, "TH", stage=RECRUITMENT), judged("critical", sign))[0].text
        assert "先顾自己平安" not in text and "先求救" not in text


QUESTIONS = tuple(knowledge().interview.questions.values())
WHOM: dict[str, dict[str, Any]] = {
    "你": {},
    "你弟弟": {"for_someone_else": True, "relative": "弟弟"},
    "你女儿": {"for_someone_else": True, "relative": "女儿"},
    "他": {"for_someone_else": True},
}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_a_question_is_one_short_question_with_the_answers_as_buttons(question: Question) -> None:
    bubble = composer().question(case(), question)
    assert bubble.text.count("？") == 1
    assert len(bubble.text) <= 40
    yes_no = ["是", "否"] if question.sign else []
    assert [word for _, word in bubble.buttons] == [*yes_no, "不知道"]
    assert all(title == word for title, word in bubble.buttons)


@pytest.mark.parametrize(("whom", "facts"), WHOM.items())
def test_a_question_is_about_the_one_who_goes(whom: str, facts: dict[str, Any]) -> None:
    for question in QUESTIONS:
        text = composer().question(case(**facts), question).text
        if "{who}" in DOMAIN["responses"][f"utter_question_{question.id}"][0]["text"]:
            assert whom in text
        if whom != "你":
            assert "你" not in text.replace(whom, ""), "asked about another, nothing is asked about the person"


def test_a_question_joins_a_short_answer_and_follows_a_long_one() -> None:
    question = composer().question(case(), QUESTIONS[1])
    (joined,) = composer().asking([Bubble("好，记下了。")], question)
    assert joined == Bubble(f"好，记下了。\n{question.text}", question.buttons)
    for last in (Bubble("好" * 110), Bubble("好。", (("更多", "更多"),)), Bubble("好。", picture={"kind": "verdict"})):
        first = Bubble("先说一句。")
        assert composer().asking([first, last], question) == [first, last, question]
    first, last = composer().asking([Bubble("先说一句。"), Bubble("好。")], question)
    assert first == Bubble("先说一句。") and last.text.startswith("好。\n")


@pytest.mark.parametrize(
    ("name", "fact", "said"),
    [
        ("fee", {"low": 30000, "high": 30000, "currency": None}, "30,000"),
        ("pay", {"low": 8000, "high": 9000, "currency": "USD", "period": "month"}, "8,000"),
        ("loan", {"low": 2500.5, "high": 2500.5, "currency": "CNY"}, "2,500.5"),
    ],
)
def test_a_sum_that_was_put_right_is_said_again(name: str, fact: dict[str, Any], said: str) -> None:
    facts: dict[str, Any] = {name: fact}
    text = composer().corrected_money(case(**facts), name).text
    assert said in text and "改过来" in text


def test_one_more_piece_of_the_story_is_noted() -> None:
    assert composer().noted(case()).text == texts().say("utter_fair_noted")
    assert composer().noted(case("violence")).text == texts().say("utter_noted")
    assert composer().noted(case(stage=DESTINATION)).text == texts().say("utter_noted_there")


def test_every_country_is_called_by_its_name() -> None:
    for country in (*COUNTRIES, UNKNOWN_COUNTRY, "PT", "EC", "GE"):
        name = composer().place_name(country)
        assert name and not name.isascii()


def test_pressed_words_fit_into_telegrams_64_bytes() -> None:
    words = {word for bubble in every_bubble() for _, word in bubble.buttons}
    words |= {f"权益:{topic.title}" for topic in knowledge().rights.topics.values()}
    assert [word for word in words if len(word.encode()) > 64 or word.startswith("/")] == []

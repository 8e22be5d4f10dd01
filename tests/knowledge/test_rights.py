"""Rights: every answer rests on an article of law, every indicator leads to one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.knowledge.advice import load_advice
from bot.knowledge.hotlines import Hotlines
from bot.knowledge.rights import Rights

FOLDER = Path(__file__).parents[2] / "data/knowledge"
RIGHTS = Rights.load(FOLDER)
INDICATORS = list(yaml.safe_load((FOLDER / "taxonomy.yml").read_text(encoding="utf-8"))["indicators"])


def test_every_topic_has_law_questions_and_answer() -> None:
    assert len(RIGHTS.topics) == 29
    for topic in RIGHTS.topics.values():
        assert topic.questions and topic.answer and topic.confidence in ("high", "medium")
        assert all(law.name and law.article and law.source_url.startswith("http") for law in topic.laws)


@pytest.mark.parametrize("indicator", INDICATORS)
def test_every_indicator_has_a_topic_and_somebody_to_call(indicator: str) -> None:
    assert RIGHTS.for_indicator(indicator) in RIGHTS.topics.values()
    advice = load_advice(FOLDER)[indicator]
    hotlines = Hotlines.load(FOLDER)
    for country in ("CN", "KH", "PL"):
        assert any(hotlines.for_need(need, country) for need in advice.needs)


def test_the_topic_speaks_of_the_indicator() -> None:
    assert RIGHTS.for_indicator("document_retention").id == "document_retention"
    assert "押金" in RIGHTS.for_indicator("recruitment_fee").answer
    assert RIGHTS.topic("overtime") is RIGHTS.for_indicator("excessive_overtime")


def test_weights_put_harm_before_terms_of_an_offer() -> None:
    weights = {name: advice.weight for name, advice in load_advice(FOLDER).items()}
    assert len(set(weights.values())) == len(weights)  # no tie: the order of reasons never depends on chance
    assert min(weights[name] for name in ("violence", "movement_restriction", "isolation", "threats")) > max(
        weights[name] for name in ("recruitment_fee", "document_retention", "deceptive_pay", "contract_irregularity")
    )


def test_no_such_topic() -> None:
    with pytest.raises(KeyError):
        RIGHTS.topic("tax")

"""Words of the menu mean what the menu says; a topic is found by its own name."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.knowledge.rights import Rights, RightsTopic
from bot.risk.taxonomy import Taxonomy
from tests.trained_model import Parser

RIGHTS = Rights.load(Path("data/knowledge"))
MENU: dict[str, str] = yaml.safe_load(Path("data/dictionary/menu_words.yml").read_text(encoding="utf-8"))


def test_there_are_29_topics() -> None:
    assert len(RIGHTS.topics) == 29


@pytest.mark.parametrize("word", MENU)
def test_menu_words(word: str, parse: Parser) -> None:
    found = parse(word)
    assert found["intent"]["name"] == MENU[word]
    assert MENU[word] in Taxonomy.load(Path("data/knowledge/taxonomy.yml")).intents
    assert found["risk_indicators"] == []


@pytest.mark.parametrize("typed", ["热线！", " 真人 ", "轉人工", "隱私", "求助。", "權益"])
def test_menu_words_as_people_type_them(typed: str, parse: Parser) -> None:
    assert parse(typed)["intent"]["confidence"] == 1.0


@pytest.mark.parametrize("topic", RIGHTS.topics.values(), ids=lambda topic: topic.id)
def test_a_pressed_topic_is_that_topic(topic: RightsTopic, parse: Parser) -> None:
    for colon in ":：":
        found = parse(f"权益{colon}{topic.title}")
        assert found["intent"] == {"name": "ask_rights", "confidence": 1.0}
        assert found["rights_topics"] == [{"topic": topic.id, "confidence": 1.0}]
        assert found["risk_indicators"] == []


@pytest.mark.parametrize("topic", RIGHTS.topics.values(), ids=lambda topic: topic.id)
def test_the_title_alone_finds_its_topic(topic: RightsTopic, parse: Parser) -> None:
    assert parse(topic.title)["rights_topics"][0]["topic"] == topic.id


@pytest.mark.parametrize("typed", ["权益:没有这一条", "权益:", "权益"])
def test_an_unknown_topic_is_no_topic_for_sure(typed: str, parse: Parser) -> None:
    assert all(topic["confidence"] < 0.999 for topic in parse(typed)["rights_topics"])


@pytest.mark.parametrize(
    ("typed", "emergency"),
    [
        ("救命 我被锁在房间里 他们在门口", True),
        ("我弟在缅北被打 快不行了 救救他", True),
        ("有人拿刀追我 我躲在厕所", True),
        ("今天加班加到升天 救命", False),
        ("你好", False),
        ("一个月工资六千 包吃住", False),
        ("会不会被关起来啊", False),
    ],
)
def test_danger_now(typed: str, emergency: bool, parse: Parser) -> None:
    assert (parse(typed)["intent"]["name"] == "emergency") == emergency

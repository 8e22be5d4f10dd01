"""What `POST /model/parse` promises to other programs, on the real model."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.knowledge.rights import Rights
from bot.risk.taxonomy import Taxonomy
from tests.case_files import load_cases
from tests.trained_model import Parser, load_agent
from tests.training_messages import training_messages

STATUSES = ("present", "absent", "hypothetical")
FIELDS = {"indicator", "status", "confidence", "evidence", "start", "end"}
TAXONOMY = Taxonomy.load(Path("data/knowledge/taxonomy.yml"))
RIGHTS = Rights.load(Path("data/knowledge"))
TYPED = (
    "老闆把我護照沒收了 三個月沒發工資",
    "中介要收３００００块押金，护照也要交给他",
    "😭😭😭手机被收走了😭 不准打电话",
    "护\u200b照被扣了\u3000\u3000工\u200b资也不给",
    "救命啊啊啊啊啊啊啊啊 他们把门锁了！！！！！！",
    "👨‍👩‍👧‍👦我弟才１６岁❤️在厂里上夜班",
    "①护照扣了\n②工资不发\r\n③不让走",
    "Boss 扣我 passport，不给 work permit，用旅游签打工",
    "護照㊙被他收走㎏",
)
BROKEN = (
    "", " ", "　", "\n", "😀", "👍🏽👍🏽", "。。。", "?", "1", "a", "\x00\x07", "\u200b\u200b", "\u202e护照被收\u202c",
    "مرحبا", "\ud83d", "护照\udc00被收", "ﷺ" * 50, "{{7*7}} ${jndi:ldap://x} '; DROP TABLE events; --", "护照" * 10_000,
    "1" * 20_000, "三" * 20_000, "🙏" * 5_000, "\u0301" * 3_000, "a" * 20_000, "[三万](fee)", "\ue000\uffff",
)  # fmt: skip


@pytest.mark.parametrize("typed", TYPED)
def test_indicators_have_exactly_these_fields_and_real_offsets(typed: str, parse: Parser) -> None:
    found = parse(typed)["risk_indicators"]
    assert found, typed
    for mention in found:
        assert set(mention) == FIELDS
        assert mention["indicator"] in TAXONOMY.indicators
        assert mention["status"] in STATUSES
        assert isinstance(mention["confidence"], float) and 0.0 <= mention["confidence"] <= 1.0
        assert 0 <= mention["start"] < mention["end"] <= len(typed)
        assert typed[mention["start"] : mention["end"]] == mention["evidence"]
        assert mention["evidence"].strip()
    assert [mention["start"] for mention in found] == sorted(mention["start"] for mention in found)
    assert len({mention["indicator"] for mention in found}) == len(found)


@pytest.mark.parametrize("typed", ["你好", "谢谢", "今天天气不错", "👍", ""])
def test_nothing_is_an_empty_list(typed: str, parse: Parser) -> None:
    found = parse(typed)
    assert found["risk_indicators"] == []
    assert found["offer_facts"] == {}


def test_facts_and_topics_are_part_of_the_answer(parse: Parser) -> None:
    found = parse("去日本做护理 中介费三万五 护照要交给公司 合法吗")
    assert found["offer_facts"]["destination"] == "JP"
    assert found["offer_facts"]["fee"] == {"low": 35000.0, "high": 35000.0, "currency": None}
    topics = found["rights_topics"]
    assert 1 <= len(topics) <= 3
    assert all(set(topic) == {"topic", "confidence"} and topic["topic"] in RIGHTS.topics for topic in topics)
    assert [topic["confidence"] for topic in topics] == sorted((t["confidence"] for t in topics), reverse=True)
    assert found["text"] == "去日本做护理 中介费三万五 护照要交给公司 合法吗"
    assert set(found["intent"]) >= {"name", "confidence"}
    assert found["entities"] == []


def test_every_intent_of_the_model_is_in_the_taxonomy(parse: Parser) -> None:
    assert {message.intent for message in training_messages()} == set(TAXONOMY.intents)
    known = {*TAXONOMY.intents, "nlu_fallback"}
    for message in training_messages()[::120]:
        found = parse(message.text)
        assert found["intent"]["name"] in known
        assert {entry["name"] for entry in found["intent_ranking"]} <= known


def test_every_intent_can_be_given(parse: Parser) -> None:
    for intent in TAXONOMY.intents:
        examples = [message.text for message in training_messages() if message.intent == intent]
        assert any(parse(text)["intent"]["name"] == intent for text in examples[:12]), intent


@pytest.mark.parametrize("indicator", TAXONOMY.indicators)
@pytest.mark.parametrize("status", STATUSES)
def test_every_indicator_can_be_given_with_every_status(indicator: str, status: str, parse: Parser) -> None:
    labelled = [m.text for m in training_messages() if m.indicators.get(indicator) == status]
    assert labelled, "nothing to learn it from"
    cases = [case.values[0] for case in load_cases("statuses.yml")]
    own = [case["text"] for case in cases if (case["sign"], case.get("status")) == (indicator, status)]
    for text in (*labelled, *own):
        if any((m["indicator"], m["status"]) == (indicator, status) for m in parse(text)["risk_indicators"]):
            return
    pytest.fail(f"{indicator} is never {status}, not even on its {len(labelled)} training messages and our {len(own)}")


@pytest.mark.parametrize("typed", BROKEN, ids=lambda typed: repr(typed[:12]))
def test_nothing_crashes(typed: str, parse: Parser) -> None:
    found = parse(typed)
    assert isinstance(found["risk_indicators"], list)
    assert isinstance(found["offer_facts"], dict)
    for mention in found["risk_indicators"]:
        assert typed[mention["start"] : mention["end"]] == mention["evidence"]


def test_the_same_message_is_understood_the_same(parse: Parser) -> None:
    texts = [*TYPED, *(message.text for message in training_messages()[::150])]
    other = load_agent()
    for text in texts:
        once = parse(text)
        assert once == parse(text)
        assert once == asyncio.run(other.parse_message(text))


def test_an_older_message_does_not_colour_a_newer_one(parse: Parser) -> None:
    before = parse("你好")
    parse("救命 护照被收走了 被锁在房间里")
    assert parse("你好") == before

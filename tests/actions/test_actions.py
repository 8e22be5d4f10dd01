"""The actions, called as Rasa calls them: a JSON body in, events and bubbles out. No server, no model."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk.executor import ActionExecutor

from bot.settings import PROJECT
from tests.reply_checks import faults_of

DOMAIN: dict[str, Any] = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))
INTENTS: tuple[str, ...] = (*DOMAIN["intents"], "nlu_fallback")
RULES = {
    rule["steps"][0]["intent"]: rule["steps"][1]["action"]
    for path in sorted((PROJECT / "data/rules").glob("*.yml"))
    for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]
}
SLOTS = {name: slot.get("initial_value") for name, slot in DOMAIN["slots"].items()}


@dataclass
class Answer:
    texts: list[str]
    buttons: list[str]
    slots: dict[str, Any]
    #: What stands on the buttons, and the descriptions of the pictures that go along.
    titles: list[str] = field(default_factory=list)
    pictures: list[dict[str, Any]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


@lru_cache(maxsize=1)
def executor() -> ActionExecutor:
    made = ActionExecutor()
    made.register_package("actions")
    return made


def mention(indicator: str, words: str, status: str = "present") -> dict[str, Any]:
    return {
        "indicator": indicator, "status": status, "confidence": 0.9, "evidence": words, "start": 0, "end": len(words),
    }  # fmt: skip


def call(
    intent: str,
    text: str,
    *mentions: dict[str, Any],
    slots: dict[str, Any] | None = None,
    confidence: float = 0.9,
    action: str | None = None,
    **parsed: Any,
) -> Answer:
    """Run the action that the rules give to an intent; `slots` are those that an earlier turn set."""
    message = {
        "text": text, "intent": {"name": intent, "confidence": confidence}, "risk_indicators": list(mentions),
        "offer_facts": {}, "rights_topics": [], **parsed,
    }  # fmt: skip
    body: dict[str, Any] = {
        "next_action": action or RULES[intent],
        "sender_id": "somebody",
        "tracker": {
            "sender_id": "somebody", "slots": {**SLOTS, **(slots or {})}, "latest_message": message, "events": [],
            "paused": False, "followup_action": None, "active_loop": {}, "latest_action_name": "action_listen",
        },
        "domain": {},
    }  # fmt: skip
    found = json.loads(json.dumps(asyncio.run(executor().run(json.loads(json.dumps(body))))))
    return Answer(
        [response["text"] for response in found["responses"]],
        [button["payload"] for response in found["responses"] for button in response.get("buttons") or []],
        {**SLOTS, **(slots or {}), **{event["name"]: event["value"] for event in found["events"]}},
        [button["title"] for response in found["responses"] for button in response.get("buttons") or []],
        [response["custom"]["picture"] for response in found["responses"] if response.get("custom")],
    )


def test_every_intent_has_one_rule_and_every_action_exists() -> None:
    assert set(RULES) == set(INTENTS)
    assert set(RULES.values()) == set(DOMAIN["actions"])
    registered = {name for name in executor().actions if not name.startswith(("action_default", "validate"))}
    assert set(DOMAIN["actions"]) <= registered


@pytest.mark.parametrize("intent", INTENTS)
@pytest.mark.parametrize("text", ["", "。", "救命 我被锁了", "护照被收了 合法吗", "😀", "能不能去", "x" * 4000])
def test_every_action_answers_whatever_was_said(intent: str, text: str) -> None:
    answer = call(intent, text)
    assert answer.texts
    assert [fault for said in answer.texts for fault in faults_of(said)] == []
    assert set(answer.slots) == set(SLOTS)
    assert all(len(word.encode()) <= 64 and not word.startswith("/") for word in answer.buttons)


@pytest.mark.parametrize("intent", INTENTS)
def test_a_sign_is_heard_whatever_the_intent(intent: str) -> None:
    if intent == "start_over":
        return
    answer = call(intent, "护照被老板收了", mention("document_retention", "护照被老板收了"))
    assert answer.slots["risk_indicators"] == {"document_retention": "present"}
    assert answer.slots["risk_level"] in ("high", "critical")


@pytest.mark.parametrize("intent", INTENTS)
def test_danger_comes_before_everything(intent: str) -> None:
    """Somebody who is in danger and has not been given numbers gets them first, whatever the message looks like."""
    if intent == "start_over":
        return
    facts = {"destination": "KH", "stage": "destination"}
    answer = call(intent, "他们来了", slots={"in_danger": True, "offer": facts, "told": {}})
    assert "117" in answer.texts[0] and "+86-10-12308" in answer.texts[0]


def test_a_message_without_anything_does_not_crash() -> None:
    tracker: dict[str, Any] = {"slots": {}, "latest_message": {}, "sender_id": "x", "events": [], "paused": False}
    tracker.update(active_loop={}, latest_action_name=None)
    body = {"next_action": "action_answer_offer", "tracker": tracker}
    found = asyncio.run(executor().run(body))
    assert found is not None and found["responses"]


def test_a_crash_says_nothing_to_the_log_and_nothing_to_the_person(caplog: pytest.LogCaptureFixture) -> None:
    """The gateway takes an empty answer for an outage; the words must not be in the log."""
    with caplog.at_level(logging.DEBUG):
        answer = call("describe_offer", "王老板收了我的护照", {"broken": "王老板"})
    assert answer.texts == []
    ours = [record for record in caplog.records if record.name.startswith("actions")]
    assert ours and "TypeError" in ours[0].getMessage()
    assert "王老板" not in "".join(record.getMessage() for record in ours)


def test_slots_of_a_verdict() -> None:
    answer = call(
        "describe_offer",
        "去柬埔寨 护照要交",
        mention("document_retention", "护照要交"),
        offer_facts={"destination": "KH", "destination_name": "柬埔寨"},
    )
    assert answer.slots["destination_country"] == "KH"
    assert answer.slots["evidence"] == {"document_retention": "护照要交"}
    assert answer.slots["offer"]["stage"] == "recruitment"
    assert answer.slots["told"]["signs"] == ["document_retention"]
    assert answer.slots["told"]["level"] == answer.slots["risk_level"]
    assert answer.slots["in_danger"] is False and answer.slots["waiting_for_human"] is False


def test_inside_china_there_is_no_destination_country() -> None:
    answer = call("describe_offer", "在东莞", offer_facts={"destination": "CN", "province": "CN-GD"})
    assert answer.slots["destination_country"] is None
    assert answer.slots["offer"]["destination"] == "CN"


def test_the_same_verdict_is_not_told_twice() -> None:
    first = call("describe_offer", "护照要交", mention("document_retention", "护照要交"))
    second = call("describe_offer", "护照真的要交", mention("document_retention", "护照真的要交"), slots=first.slots)
    assert "🟠" in first.text and "🟠" not in second.text
    third = call("describe_offer", "还要交三万", mention("recruitment_fee", "还要交三万"), slots=second.slots)
    assert "我又记下" in third.text and "还要交三万" in third.text


def test_a_denial_takes_it_back_and_a_question_does_not() -> None:
    told = call("describe_offer", "护照要交", mention("document_retention", "护照要交")).slots
    back = call("describe_offer", "护照我自己拿", mention("document_retention", "护照我自己拿", "absent"), slots=told)
    assert back.slots["risk_level"] == "none" and "改过来" in back.text
    asked = call("ask_rights", "是不是不用交护照？", mention("document_retention", "不用交护照", "absent"), slots=told)
    assert asked.slots["risk_indicators"] == {"document_retention": "present"}


def test_danger_over() -> None:
    danger = call("emergency", "救命 我在泰国", offer_facts={"destination": "TH"})
    assert danger.slots["in_danger"] is True and danger.slots["risk_level"] == "critical"
    again = call("chitchat", "他们还在外面", slots=danger.slots)
    assert again.slots["in_danger"] is True
    over = call("chitchat", "我到派出所了 安全了", slots=danger.slots)
    assert over.slots["in_danger"] is False and "平安" in over.text
    assert "danger_place" not in over.slots["told"]
    anew = call("emergency", "他们又来了 救命", slots=over.slots)
    assert "+86-10-12308" in anew.texts[0]


def test_an_emergency_gives_the_numbers_of_a_place_named_later() -> None:
    unknown = call("emergency", "救命")
    assert "110" in unknown.texts[0] and "+86-10-12308" in unknown.texts[0] and "哪个国家" in unknown.texts[0]
    known = call("affirm", "在越南", slots=unknown.slots, offer_facts={"destination": "VN"})
    assert "113" in known.texts[0] and "越南" in known.texts[0]


def test_starting_over_forgets_the_story_not_the_wish_for_a_human() -> None:
    told = call("describe_offer", "护照要交", mention("document_retention", "护照要交")).slots
    asked = call("request_human", "转人工", slots=told)
    assert asked.slots["waiting_for_human"] is True and "真人" in asked.text
    anew = call("start_over", "重新开始", slots=asked.slots)
    assert anew.slots["waiting_for_human"] is True
    assert {name: anew.slots[name] for name in ("risk_level", "risk_indicators", "offer", "evidence", "told")} == {
        "risk_level": "none", "risk_indicators": {}, "offer": {}, "evidence": {}, "told": {},
    }  # fmt: skip
    assert anew.slots["destination_country"] is None and anew.slots["in_danger"] is False


def test_initial_values_are_what_starting_over_restores() -> None:
    anew = call("start_over", "重新开始")
    assert anew.slots == SLOTS


@pytest.mark.parametrize(
    ("text", "country", "numbers"),
    [
        ("欠薪打什么电话", None, ["12333"]),
        ("法律援助电话", None, ["12348"]),
        ("柬埔寨报警打多少", "KH", ["117"]),
        ("热线", None, ["110", "12333"]),
    ],
)
def test_hotlines(text: str, country: str | None, numbers: list[str]) -> None:
    answer = call("ask_hotline", text, offer_facts={"destination": country} if country else {})
    assert all(number in answer.text for number in numbers)
    assert answer.slots["risk_level"] == "none"


def test_a_pressed_topic_is_answered_with_its_law() -> None:
    topics = [{"topic": "wage_arrears", "confidence": 1.0}]
    answer = call("ask_rights", "权益:拖欠工资", rights_topics=topics)
    assert "第" in answer.text and "条" in answer.text and "12333" in answer.text
    assert answer.buttons == []


def test_the_menu_of_topics() -> None:
    answer = call("ask_rights", "权益", rights_topics=[{"topic": "wage_arrears", "confidence": 0.1}])
    assert len(answer.buttons) == 6 and all(word.startswith("权益:") for word in answer.buttons)


def test_a_fair_offer_is_told_once_then_noted() -> None:
    first = call("describe_offer", "苏州电子厂 月薪六千", offer_facts={"destination": "CN", "occupation": "factory"})
    assert "没见到危险" in first.text
    second = call("describe_offer", "双休", slots=first.slots, offer_facts={"occupation": "factory"})
    assert "没见到危险" not in second.text and "🟠" not in second.text


def test_a_wish_for_few_words_is_kept() -> None:
    wish = call("chitchat", "能不能少打点字")
    assert len(wish.text) < 20 and wish.slots["offer"]["few_words"] is True
    short = call("describe_offer", "护照要交", mention("document_retention", "护照要交"), slots=wish.slots)
    assert len(short.texts) == 1 and len(short.text) < 150


def test_wrong_tables_stop_the_start(tmp_path: Path) -> None:
    from bot.knowledge import KnowledgeError
    from bot.replies.composer import Knowledge

    with pytest.raises(KnowledgeError):
        Knowledge.load(tmp_path, {})


def test_privacy_says_how_long_a_talk_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actions.answers.retention_days", lambda: 45)
    assert "45 天" in call("ask_privacy", "你们会不会把我说的告诉别人").text

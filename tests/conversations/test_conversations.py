"""Whole talks: what the bot says, what it remembers, and that it never says what it must not."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from bot.risk.taxonomy import LEVELS, Taxonomy
from tests.reply_checks import faults_of
from tests.talking import Played, play

if TYPE_CHECKING:
    from rasa.core.agent import Agent

FOLDER = Path(__file__).parent
TALKS: list[dict[str, Any]] = [
    talk for path in sorted(FOLDER.glob("*.yml")) for talk in yaml.safe_load(path.read_text(encoding="utf-8"))
]
EXPECTATIONS = {
    "risk", "risk_ok", "indicators_present", "indicators_not_present", "country", "in_danger", "waiting_for_human",
    "must_mention", "must_not_mention", "first_reply_must", "replies", "longest",
}  # fmt: skip


#: What is quoted is what the person wrote, sums and all; that numbers of somebody are masked is tested elsewhere.
OWN_WORDS = re.compile("“[^”]*”")


def pattern(item: object) -> re.Pattern[str]:
    """/regex/, a bare number that must stand alone (+86-10- may precede it), or a plain string."""
    text = str(item)
    if len(text) > 2 and text[0] == text[-1] == "/":
        return re.compile(text[1:-1])
    if text.isdigit():
        return re.compile(rf"(?<!\d)(?:\+86-10-)?{text}(?!\d)")
    return re.compile(re.escape(text))


def parameter(talk: dict[str, Any]) -> Any:
    """`known`: what is wrong with the bot, not with the talk; the test tells when it is right."""
    marks = [pytest.mark.xfail(reason=talk["known"])] if "known" in talk else []
    return pytest.param(talk, id=talk["id"], marks=marks)


@pytest.mark.parametrize("talk", [parameter(talk) for talk in TALKS])
def test_conversation(talk: dict[str, Any], agent: Agent) -> None:
    played = asyncio.run(play(agent, talk["turns"]))
    problems = [*_problems_of_memory(talk["expect"], played), *_problems_of_words(talk["expect"], played)]
    for number, turn in enumerate(played.turns):
        if not turn:
            problems.append(f"turn {number}: no reply")
        problems += [
            f"turn {number}: {fault}" for reply in turn for fault in faults_of(OWN_WORDS.sub("“”", reply.text))
        ]
    assert not problems, "\n".join([talk["why"], *problems, *_protocol(talk, played)])


def _problems_of_memory(expect: dict[str, Any], played: Played) -> list[str]:
    slots, problems = played.slots, []
    if slots["risk_level"] not in expect.get("risk_ok", [expect["risk"]]):
        problems.append(f"risk is {slots['risk_level']}, not {expect['risk']}")
    present = {name for name, status in slots["risk_indicators"].items() if status == "present"}
    missing = set(expect.get("indicators_present", [])) - present
    wrong = set(expect.get("indicators_not_present", [])) & present
    if missing or wrong:
        problems.append(f"indicators missing: {sorted(missing)}, wrongly present: {sorted(wrong)}")
    for name, slot in (("country", "destination_country"), ("in_danger",) * 2, ("waiting_for_human",) * 2):
        if name in expect and slots[slot] != expect[name]:
            problems.append(f"{slot} is {slots[slot]}, not {expect[name]}")
    return problems


def _problems_of_words(expect: dict[str, Any], played: Played) -> list[str]:
    problems = [
        f"never says {wanted}"
        for wanted in expect.get("must_mention", [])
        if not any(pattern(wanted).search(text) for text in played.texts)
    ]
    problems += [
        f"says {unwanted}"
        for unwanted in expect.get("must_not_mention", [])
        if any(pattern(unwanted).search(text) for text in played.texts)
    ]
    firsts = expect.get("first_reply_must", [])
    for first in firsts if isinstance(firsts, list) else [firsts]:
        bubble = played.turns[first["turn"]][0].text if played.turns[first["turn"]] else ""
        for wanted in first.get("all_of", []):
            if not pattern(wanted).search(bubble):
                problems.append(f"first bubble of turn {first['turn']} does not say {wanted}")
        if first.get("any_of") and not any(pattern(wanted).search(bubble) for wanted in first["any_of"]):
            problems.append(f"first bubble of turn {first['turn']} says none of {first['any_of']}")
    for number, wanted in expect.get("replies", {}).items():
        if not any(pattern(wanted).search(reply.text) for reply in played.turns[number]):
            problems.append(f"turn {number} does not say {wanted}")
    for number, length in expect.get("longest", {}).items():
        said = sum(len(reply.text) for reply in played.turns[number])
        if said > length:
            problems.append(f"turn {number} says {said} characters, more than {length}")
    return problems


def _protocol(talk: dict[str, Any], played: Played) -> list[str]:
    lines = []
    for said, turn in zip(talk["turns"], played.turns, strict=True):
        lines += [f"  > {said[:80]}", *(f"  < {reply.text}" for reply in turn)]
    return lines


def test_the_file_is_sound(project: Path) -> None:
    indicators = Taxonomy.load(project / "data/knowledge/taxonomy.yml").indicators
    assert len(TALKS) >= 25
    assert len({talk["id"] for talk in TALKS}) == len(TALKS)
    for talk in TALKS:
        assert set(talk) - {"known"} == {"id", "why", "turns", "expect"}, talk["id"]
        expect = talk["expect"]
        assert set(expect) <= EXPECTATIONS, talk["id"]
        assert 1 <= len(talk["turns"]) <= 8 and all(isinstance(turn, str) for turn in talk["turns"])
        named = [*expect.get("indicators_present", []), *expect.get("indicators_not_present", [])]
        assert set(named) <= set(indicators) and len(set(named)) == len(named), talk["id"]
        assert {expect["risk"], *expect.get("risk_ok", [])} <= set(LEVELS)

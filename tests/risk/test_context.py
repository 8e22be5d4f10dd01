"""What a story makes of the signs of one message."""

from __future__ import annotations

from typing import Any

import pytest

from bot.risk.case import Case
from bot.risk.context import Traits, in_context, is_a_guess_at_danger
from bot.risk.status import ABSENT, HYPOTHETICAL, PRESENT, Mention

NOTHING = Case()
FAIR = Case(facts={"destination": "SG"})
GRAVE = Case(statuses={"recruitment_fee": PRESENT}, facts={"destination": "KH"})


def seen(sign: str, confidence: float = 0.9, status: str = PRESENT) -> Mention:
    return Mention(sign, status, confidence, "words", 0, 5)


@pytest.mark.parametrize(
    ("why", "before", "mention", "traits", "expected"),
    [
        ("alone the model's word counts", NOTHING, seen("threats", 0.56), {}, {"threats": PRESENT}),
        ("in a fair story a guess is none", FAIR, seen("threats", 0.56), {}, {}),
        ("in a fair story a sure sign counts", FAIR, seen("threats", 0.7), {}, {"threats": PRESENT}),
        ("a denial needs no sureness", FAIR, seen("threats", 0.3, ABSENT), {}, {"threats": ABSENT}),
        ("a cry for help is heard", FAIR, seen("threats", 0.56), {"is_cry_for_help": True}, {"threats": PRESENT}),
        ("the bad luck of others", FAIR, seen("threats"), {"is_hearsay": True}, {"threats": HYPOTHETICAL}),
        (
            "asked in general",
            NOTHING,
            seen("wage_withholding"),
            {"asks_in_general": True},
            {"wage_withholding": HYPOTHETICAL},
        ),
        ("a crushed finger", NOTHING, seen("violence"), {"tells_of_a_blow": False}, {}),
        ("a sign more in a grave story", GRAVE, seen("threats", 0.5), {}, {"threats": PRESENT}),
    ],
)
def test_one_sign(why: str, before: Case, mention: Mention, traits: dict[str, Any], expected: dict[str, str]) -> None:
    found = in_context([mention], {}, before, Traits("words", **traits))
    assert {one.indicator: one.status for one in found} == expected, why


def test_a_sure_sign_brings_the_others_of_its_message() -> None:
    found = in_context([seen("threats", 0.9), seen("isolation", 0.5)], {}, FAIR, Traits("words"))
    assert {one.indicator for one in found} == {"threats", "isolation"}


@pytest.mark.parametrize(
    ("why", "chance", "before", "traits", "found"),
    [
        ("likely in a grave story", 0.45, GRAVE, {}, ["secrecy_pressure"]),
        ("not likely enough", 0.35, GRAVE, {}, []),
        ("not in a fair story", 0.45, FAIR, {}, []),
        ("a question tells nothing", 0.45, GRAVE, {"is_question": True}, []),
        ("nor does a number of somebody", 0.45, GRAVE, {"names_somebody": True}, []),
    ],
)
def test_what_the_model_only_thinks_likely(
    why: str, chance: float, before: Case, traits: dict[str, Any], found: list[str]
) -> None:
    believed = in_context([], {"secrecy_pressure": chance}, before, Traits("谁都不让说", **traits))
    assert [one.indicator for one in believed] == found, why
    assert all(one.evidence == "谁都不让说" for one in believed)


@pytest.mark.parametrize(
    ("why", "confidence", "mentions", "facts", "before", "word", "guess"),
    [
        ("a driver out of work, in a fair story", 0.4, [], {}, FAIR, False, True),
        ("the same as the first thing said", 0.4, [], {}, NOTHING, False, False),
        ("surely a cry", 0.7, [], {}, FAIR, False, False),
        ("a word of danger", 0.4, [], {}, FAIR, True, False),
        ("somebody is hurt", 0.4, [], {"hurt": True}, FAIR, False, False),
        ("held by force", 0.4, [seen("movement_restriction")], {}, FAIR, False, False),
        ("papers asked before leaving", 0.4, [seen("document_retention")], {}, FAIR, False, True),
        ("a grave story at work", 0.4, [], {}, GRAVE, False, False),
    ],
)
def test_a_guess_at_danger(
    why: str, confidence: float, mentions: list[Mention], facts: dict[str, Any], before: Case, word: bool, guess: bool
) -> None:
    assert is_a_guess_at_danger(confidence, mentions, facts, before, word_of_danger=word) is guess, why

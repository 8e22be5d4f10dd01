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
        ("a denial is one in any story", FAIR, seen("threats", 0.3, ABSENT), {}, {"threats": ABSENT}),
        ("the bad luck of others", FAIR, seen("threats"), {"is_hearsay": True}, {"threats": HYPOTHETICAL}),
        (
            "asked in general",
            NOTHING,
            seen("wage_withholding"),
            {"asks_in_general": True},
            {"wage_withholding": HYPOTHETICAL},
        ),
        ("a crushed finger", NOTHING, seen("violence"), {"tells_of_a_blow": False}, {}),
    ],
)
def test_one_sign(why: str, before: Case, mention: Mention, traits: dict[str, Any], expected: dict[str, str]) -> None:
    found = in_context([mention], {}, before, Traits("words", **traits))
    assert {one.indicator: one.status for one in found} == expected, why


@pytest.mark.parametrize(
    ("why", "alone", "in_story", "traits", "believed"),
    [
        ("both see it", 0.9, 0.9, {}, True),
        ("sure alone, though the story makes less of it", 0.95, 0.1, {}, True),
        ("alone it looks like one, in the story it is none", 0.6, 0.1, {}, False),
        ("a cry for help is heard", 0.6, 0.1, {"is_cry_for_help": True}, True),
    ],
)
def test_a_sign_in_its_story(why: str, alone: float, in_story: float, traits: dict[str, Any], believed: bool) -> None:
    mentions = [seen("threats", alone)]
    found = in_context(mentions, {"threats": alone}, FAIR, Traits("words", **traits), {"threats": in_story})
    assert bool(found) is believed, why


@pytest.mark.parametrize(
    ("why", "alone", "in_story", "before", "traits", "found"),
    [
        ("a piece that only the story explains", 0.3, 0.8, GRAVE, {}, ["secrecy_pressure"]),
        ("in a fair story it must be sure", 0.3, 0.8, FAIR, {}, []),
        ("and then counts there as well", 0.4, 0.9, FAIR, {}, ["secrecy_pressure"]),
        ("not likely enough", 0.3, 0.5, GRAVE, {}, []),
        ("told before, and not by this", 0.05, 0.95, GRAVE, {}, []),
        ("known already", 0.9, 0.9, Case(statuses={"secrecy_pressure": ABSENT}), {}, []),
        ("a question tells nothing", 0.3, 0.8, GRAVE, {"is_question": True}, []),
        ("nor does a number of somebody", 0.3, 0.8, GRAVE, {"names_somebody": True}, []),
    ],
)
def test_what_only_the_story_shows(
    why: str, alone: float, in_story: float, before: Case, traits: dict[str, Any], found: list[str]
) -> None:
    chances, story = {"secrecy_pressure": alone}, {"secrecy_pressure": in_story}
    believed = in_context([], chances, before, Traits("谁都不让说", **traits), story)
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

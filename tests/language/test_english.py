"""A little English: each sign by its own examples, and which messages are English at all."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from bot.language.english import (
    ENGLISH_FILE,
    english_danger,
    english_name,
    english_place,
    english_signs,
    is_english,
    load_english,
)
from bot.language.mention_status import ABSENT, HYPOTHETICAL, PRESENT
from bot.language.normalization import normalize
from bot.settings import PROJECT
from bot.tables import KnowledgeError
from tests.case_files import load_cases
from tests.replies.compose import knowledge

ENGLISH = load_english(PROJECT / ENGLISH_FILE)


def plain(text: str) -> str:
    return normalize(text).text


@pytest.mark.parametrize("sign", ENGLISH.signs)
def test_examples_are_the_sign_and_counter_examples_are_not(sign: str) -> None:
    examples, counter_examples = ENGLISH.signs[sign].examples, ENGLISH.signs[sign].counter_examples
    assert [text for text in examples if english_signs(plain(text)).get(sign) != PRESENT] == []
    assert [text for text in counter_examples if english_signs(plain(text)).get(sign) == PRESENT] == []
    assert [text for text in examples if not is_english(plain(text))] == []
    assert examples and counter_examples


def test_signs_are_those_of_the_taxonomy_and_places_those_of_the_knowledge() -> None:
    assert set(ENGLISH.signs) <= set(knowledge().risk.taxonomy.indicators)
    assert set(ENGLISH.names) == {*knowledge().destinations.codes, "CN"}


def test_danger() -> None:
    assert [text for text in ENGLISH.danger.examples if not english_danger(plain(text))] == []
    assert [text for text in ENGLISH.danger.counter_examples if english_danger(plain(text))] == []


@pytest.mark.parametrize("case", load_cases("english.yml"))
def test_messages(case: dict[str, Any]) -> None:
    text = plain(case["text"])
    assert is_english(text) == case["english"]
    if case["english"]:
        assert {name for name, status in english_signs(text).items() if status == PRESENT} == set(case["signs"])
        if case.get("danger", False) is not None:
            assert english_danger(text) == case.get("danger", False)
        assert english_place(text) == case.get("place")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("they did not take my passport", ABSENT),
        ("will they take my passport?", HYPOTHETICAL),
        ("they did not take my passport at first, then the boss took my passport", PRESENT),
        ("will they take my passport? they took my passport", PRESENT),
        ("what if they take my passport", HYPOTHETICAL),
    ],
)
def test_a_sign_that_is_told_anywhere_is_present(text: str, status: str) -> None:
    assert english_signs(text)["document_retention"] == status


def test_places() -> None:
    assert english_place("i am from fujian and work in dubai") == "AE"
    assert english_place("i am in shanghai") == "CN"
    assert english_place("tell the china embassy") is None
    assert english_place("a job abroad") is None
    assert english_name("KH") == "Cambodia" and english_name("FJ") is None


@pytest.mark.parametrize("repeated", ["a", "i ", "they took my ", "locked ", "pay ", "no ", "xi'an ", "1 "])
def test_no_text_takes_long(repeated: str) -> None:
    text = (repeated * 4000)[:4000]
    began = time.process_time()
    is_english(text), english_signs(text), english_danger(text)
    assert time.process_time() - began < 1.0


def test_a_mistake_in_the_file_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "english.yml"
    content = (PROJECT / ENGLISH_FILE).read_text(encoding="utf-8")
    path.write_text(content.replace("greetings:\n- '", "greetings:\n- '(", 1), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=f"{path}:\\d+: .*missing"):
        load_english(path)

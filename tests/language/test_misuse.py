"""Hostile use: each kind by its own examples and counter-examples, and nobody who tells or asks is taken for one."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from bot.language.misuse import KINDS, MISUSE_FILE, load_misuse, misuse_of
from bot.language.normalization import normalize
from bot.settings import PROJECT
from bot.tables import KnowledgeError
from tests.case_files import load_cases
from tests.training_messages import training_messages

MISUSE = load_misuse(PROJECT / MISUSE_FILE)


def kind_of(text: str) -> str | None:
    return misuse_of(normalize(text).text)


@pytest.mark.parametrize("kind", KINDS)
def test_examples_are_of_the_kind_and_counter_examples_are_not(kind: str) -> None:
    assert [(text, kind_of(text)) for text in MISUSE[kind].examples if kind_of(text) != kind] == []
    assert [(text, kind_of(text)) for text in MISUSE[kind].counter_examples if kind_of(text) is not None] == []
    assert len(MISUSE[kind].examples) >= 25 and len(MISUSE[kind].counter_examples) >= 25


@pytest.mark.parametrize("case", load_cases("misuse.yml"))
def test_messages(case: dict[str, Any]) -> None:
    assert kind_of(case["text"]) == case["kind"]


def test_training_messages_of_people_in_need_are_no_misuse() -> None:
    """Small talk and what is out of our field hold insults and commands; nothing else of them does."""
    hostile = ("chitchat", "out_of_scope")
    found = [(kind_of(m.text), m.text) for m in training_messages() if m.intent not in hostile and kind_of(m.text)]
    assert found == []


@pytest.mark.parametrize(
    "repeated", ["怎么", "把人带过去", "怎么收工人护照", "a", "asd", "{{", "你是", "1", "写假的招工", "骗人话术"]
)
def test_no_text_takes_long(repeated: str) -> None:
    began = time.process_time()
    misuse_of((repeated * 4000)[:4000])
    assert time.process_time() - began < 1.0


def test_every_pattern_has_a_text_that_it_is_for() -> None:
    assert tuple(MISUSE) == KINDS
    stories = [case.values[0]["text"] for case in load_cases("misuse.yml")]
    for name, kind in MISUSE.items():
        texts = [normalize(text).text for text in kind.examples]
        texts += [normalize(case.values[0]["text"]).text for case in load_cases("misuse.yml")]
        idle = [one.pattern for one in kind.patterns if not any(one.search(text) for text in texts)]
        assert idle == [], f"{name}: no example for a pattern"
        texts = [normalize(text).text for text in (*kind.counter_examples, *stories)]
        idle = [one.pattern for one in kind.unless if not any(one.search(text) for text in texts)]
        assert idle == [], f"{name}: no counter-example for what takes it back"


ENTRY = "{{patterns: [{pattern}], unless: [], examples: [a], counter_examples: [b]}}"


@pytest.mark.parametrize(
    ("pattern", "says"),
    [("'(坏'", "missing|unterminated"), ("'{nobody}'", "no words"), ("'(坏)?'", "empty text")],
)
def test_a_mistake_in_the_file_is_named_with_its_line(pattern: str, says: str, tmp_path: Path) -> None:
    rows = "".join(f"  {kind}: {ENTRY.format(pattern=pattern)}\n" for kind in KINDS)
    path = tmp_path / "misuse.yml"
    path.write_text(f"words: {{bad: [坏]}}\nkinds:\n{rows}", encoding="utf-8")
    with pytest.raises(KnowledgeError, match=says) as refusal:
        load_misuse(path)
    assert f"{path}:3" in str(refusal.value)

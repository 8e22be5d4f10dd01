"""The concepts: their own examples and counter-examples are their tests."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.language.concepts import CONCEPTS_FOLDER, Concepts
from bot.language.lexicon import LexiconError
from bot.language.normalization import normalize
from bot.settings import PROJECT

CONCEPTS = Concepts.load(PROJECT / CONCEPTS_FOLDER)
ENTRY = "papers:\n  means: papers\n  examples: [护照]\n  counterexamples: [纸]\n  words: [{words}]\n"


def concepts_in(text: str) -> set[str]:
    return {mention.concept for mention in CONCEPTS.find(normalize(text).text)}


@pytest.mark.parametrize("name", CONCEPTS.names)
def test_examples_hold_it_and_counterexamples_do_not(name: str) -> None:
    concept = CONCEPTS[name]
    assert [text for text in concept.examples if name not in concepts_in(text)] == []
    assert [text for text in concept.counterexamples if name in concepts_in(text)] == []
    assert len(concept.examples) >= 5 and len(concept.counterexamples) >= 4


def test_offsets_and_denial() -> None:
    text = "没有押金 护照自己拿"
    fee = next(mention for mention in CONCEPTS.find(text) if mention.concept == "fee_words")
    papers = next(mention for mention in CONCEPTS.find(text) if mention.concept == "papers")
    assert text[fee.start : fee.end] == "押金" and fee.denied, "the negation stands in its clause"
    assert text[papers.start : papers.end] == "护照" and not papers.denied, (
        "that of the clause before does not reach it"
    )


@pytest.mark.parametrize("text", ["1" * 4000, "护照" * 2000, "不" * 4000, "一二三四五" * 800, "a b" * 1300])
def test_no_text_takes_long(text: str) -> None:
    usual = "中介要收三万押金 护照也要交上去 到了那边再签合同 我表弟已经去了" * 120
    began = time.perf_counter()
    CONCEPTS.find(usual[:4000])
    bound = 20 * max(time.perf_counter() - began, 0.05)
    began = time.perf_counter()
    CONCEPTS.find(text)
    assert time.perf_counter() - began < bound, "an expression goes back and forth over it"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[]", "expected names"),
        ("papers: [护照]", "papers: expected means"),
        (ENTRY.format(words=""), "words must be a list"),
        (ENTRY.format(words="'(护照'"), "(护照"),
        (ENTRY.format(words="'(护照)?'"), "empty text"),
    ],
)
def test_a_mistake_in_a_file_is_named(content: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "things.yml").write_text(content, encoding="utf-8")
    with pytest.raises(LexiconError, match="things") as error:
        Concepts.load(tmp_path)
    assert says in str(error.value)


def test_a_concept_stands_in_one_file(tmp_path: Path) -> None:
    for name in ("one.yml", "two.yml"):
        (tmp_path / name).write_text(ENTRY.format(words="护照"), encoding="utf-8")
    with pytest.raises(LexiconError, match="papers is there a second time"):
        Concepts.load(tmp_path)


def test_an_empty_folder_is_no_lexicon(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="no concepts"):
        Concepts.load(tmp_path)

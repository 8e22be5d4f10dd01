"""The lexicon: every sign with its status on real sentences, and files that cannot go wrong silently."""

from __future__ import annotations

import re
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.language.lexicon import LEXICON_FOLDER, Lexicon, LexiconError
from bot.language.mention_status import ABSENT, HYPOTHETICAL, PRESENT
from bot.language.normalization import normalize
from bot.risk.taxonomy import Taxonomy
from tests.case_files import CASES, load_cases

LEXICON = Lexicon.load()
DANGER = Lexicon.load(patterns_file="danger.yml")
REPEATED = (
    "护照交了三万押金", "不不不不没没没", "一二三四五六七八九十百千万", "打我他不让走的", "哈", "1", "没有", "护照 ",
    "a", "在公司里面被锁着不给吃饭",
)  # fmt: skip
#: Between what grows with the text (8) and with its square (64).
LARGEST_GROWTH = 24
#: Nobody waits for so little, however it grows.
SMALL_SECONDS = 0.05


def status_of(sign: str, text: str) -> str | None:
    """Return the one status of a sign in a text, as bot/nlu/indicators.py weighs the sightings."""
    found = {sighting.status for sighting in LEXICON.find(normalize(text).text) if sighting.indicator == sign}
    if PRESENT in found and ABSENT not in found:
        return PRESENT
    return ABSENT if ABSENT in found else HYPOTHETICAL if HYPOTHETICAL in found else None


@pytest.mark.parametrize("case", load_cases("statuses.yml"))
def test_status(case: dict[str, Any]) -> None:
    found = status_of(case["sign"], case["text"])
    if "not" in case:
        assert found != case["not"]
    else:
        assert found == case["status"]


def test_what_only_looks_like_a_sign_takes_it_back_for_the_whole_message() -> None:
    found = LEXICON.find(normalize("护照被前台收走复印 复印完就还给我了 手机也被收走了").text)
    assert {s.status for s in found if s.indicator == "document_retention"} == {ABSENT}
    assert PRESENT in {s.status for s in found if s.indicator == "isolation"}


def test_every_sign_has_cases_and_patterns(project: Path) -> None:
    signs = set(Taxonomy.load(project / "data/knowledge/taxonomy.yml").indicators)
    assert {pattern.indicator for pattern in LEXICON.patterns} == signs
    assert {case.values[0]["sign"] for case in load_cases("statuses.yml")} == signs


def test_there_are_enough_cases() -> None:
    names = ("statuses", "facts", "places", "numerals", "clauses", "requests", "needs", "normalizing")
    assert sum(len(load_cases(f"{name}.yml")) for name in names) >= 150


def test_every_concept_is_used(project: Path) -> None:
    concepts = yaml.safe_load((project / LEXICON_FOLDER / "words.yml").read_text(encoding="utf-8"))
    used = "".join((project / LEXICON_FOLDER / name).read_text("utf-8") for name in ("indicators.yml", "danger.yml"))
    assert [name for name in concepts if f"{{{name}}}" not in used] == []


@lru_cache(maxsize=1)
def said() -> tuple[str, ...]:
    """Return all training messages and the texts of all our cases, normalised."""
    found = []
    for path in sorted(Path("data/nlu").glob("*.yml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            examples = group["examples"]
            rows = [row["text"] for row in examples] if isinstance(examples, list) else examples.splitlines()
            found += [row.strip().removeprefix("- ") for row in rows]
    for name in ("statuses.yml", "danger.yml"):
        found += [case["text"] for case in yaml.safe_load((CASES / name).read_text(encoding="utf-8"))]
    return tuple(normalize(text).text for text in found)


@pytest.mark.parametrize("lexicon", [LEXICON, DANGER], ids=["indicators", "danger"])
def test_no_pattern_takes_longer_than_its_text_is_long(lexicon: Lexicon) -> None:
    """Eight times the text may take some eight times as long; one that goes back over it takes sixty-four times."""
    slow = []
    for pattern in lexicon.patterns:
        for repeated in REPEATED:
            short, long = ((repeated * length)[:length] for length in (500, 4000))
            # The better of three tries counts: somebody else may be using the machine.
            allowed = LARGEST_GROWTH * min(_seconds(pattern.expression, short) for _ in range(3)) + SMALL_SECONDS
            taken = min(_seconds(pattern.expression, long) for _ in range(3))
            if taken > allowed:
                slow.append((round(taken, 3), pattern.indicator, pattern.expression.pattern[:60], repeated))
    assert slow == []


def _seconds(expression: re.Pattern[str], text: str) -> float:
    began = time.process_time()
    for _ in expression.finditer(text):
        pass
    return time.process_time() - began


@pytest.mark.parametrize("case", load_cases("danger.yml"))
def test_words_of_danger(case: dict[str, Any]) -> None:
    sightings = DANGER.find(normalize(case["text"]).text)
    assert any(sighting.status == PRESENT for sighting in sightings) == case["danger"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("violence: ['{nobody}打']", "no concept"),
        ("violence: ['(打']", "violence"),
        ("violence: [{match: 打, status: maybe}]", "unknown status"),
        ("- violence", "expected names"),
    ],
)
def test_a_mistake_in_a_file_is_named(content: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "words.yml").write_text("papers: [护照]\n", encoding="utf-8")
    (tmp_path / "indicators.yml").write_text(content, encoding="utf-8")
    with pytest.raises(LexiconError, match=says) as refusal:
        Lexicon.load(tmp_path)
    assert "indicators.yml" in str(refusal.value)

"""Words that only sound right are read right; words of their own, grammar and look-alikes stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.language.normalization import normalize
from bot.language.sound_alikes import HEARD_WORDS_FILE, SoundAlikes, sound
from bot.nlu.segmentation import read
from tests.case_files import load_cases

ROOT = Path(__file__).parents[2]
HEARD: dict[str, list[str]] = yaml.safe_load((ROOT / HEARD_WORDS_FILE).read_text(encoding="utf-8"))
WORDS = [word for words in HEARD.values() for word in words]


def cases() -> list[Any]:
    """The cases; those that are known not to hold yet must fail until they do."""
    marked = []
    for case in load_cases("sound_alikes.yml"):
        bug = case.values[0].get("bug")
        marks = [pytest.mark.xfail(strict=True, reason=bug)] if bug else []
        marked.append(pytest.param(*case.values, id=case.id, marks=marks))
    return marked


@pytest.mark.parametrize("case", cases())
def test_read_by_ear(case: dict[str, Any]) -> None:
    plain, words = read(case["text"])
    assert plain.text == case.get("read", normalize(case["text"]).text)
    assert [plain.text[word.start : word.end] for word in words] == [word.text for word in words]


@pytest.mark.parametrize("case", [case for case in load_cases("sound_alikes.yml") if "read" in case.values[0]])
def test_only_the_sound_brings_it_about(case: dict[str, Any]) -> None:
    """What the table of spelling variants knows already would prove nothing here."""
    assert normalize(case["text"]).text != case["read"]


@pytest.mark.parametrize("word", WORDS)
def test_every_word_that_is_listened_for_is_left_as_it_is(word: str) -> None:
    assert read(f"那边,{word}")[0].text == f"那边,{word}"


def test_offsets_lead_to_what_was_typed() -> None:
    typed = "ＫＫ👍 園取\u200b里 胡照"
    plain, words = read(typed)
    assert plain.text == "kk👍 园区里 护照" and plain.original == typed
    assert plain.offsets == normalize(typed).offsets
    place = next(word for word in words if word.text == "园区")
    begin, end = plain.origin(place.start, place.end)
    assert typed[begin:end].strip("\u200b") == "園取"
    papers = next(word for word in words if word.text == "护照")
    assert typed[slice(*plain.origin(papers.start, papers.end))] == "胡照"


@given(st.text(alphabet="护胡照兆中借介压押今金园取区老想乡扣呀没手收会锁所我和同学 ,。a1😀", max_size=40))
def test_no_character_moves(text: str) -> None:
    plain, words = read(text)
    before = normalize(text)
    assert len(plain.text) == len(before.text) and plain.offsets == before.offsets
    assert all(plain.text[word.start : word.end] == word.text for word in words)


@given(st.text(alphabet="护胡照中借介押巾金园取区老沃挝没手收打首,。 ", max_size=25))
def test_what_was_read_right_is_read_the_same_again(text: str) -> None:
    once = read(text)[0].text
    assert read(once)[0].text == once


def corrected(words: list[str], text: str, *parts: str, known: tuple[str, ...] = ()) -> str:
    """Read a text by a small table of words, cut into the parts."""
    cut, start = [], 0
    for part in parts or tuple(text):
        cut.append((part, start, start + len(part)))
        start += len(part)
    assert start == len(text)
    return SoundAlikes(words).corrected(text, cut, lambda word: word in known)


def test_a_word_of_the_dictionary_stays() -> None:
    assert corrected(["老板"], "老班", "老班") == "老板"
    assert corrected(["老板"], "老班", "老班", known=("老班",)) == "老班"


def test_a_part_that_is_a_word_is_never_broken_up() -> None:
    assert corrected(["手续费"], "手徐费", "手徐", "费") == "手续费"
    assert corrected(["手续费"], "手徐费", "手徐", "费", known=("手徐",)) == "手徐费"


def test_little_words_are_not_read_over() -> None:
    assert corrected(["合同"], "河同") == "合同"
    assert corrected(["合同"], "和同") == "和同"


def test_only_long_words_are_heard_through_an_accent() -> None:
    """生 for 身 and 真 for 证 are one sound to many; two characters would then mean too much."""
    assert corrected(["身份证"], "生份真") == "身份证"
    assert corrected(["护照", "老挝"], "护造") == "护造"


def test_two_long_words_that_an_accent_makes_one_are_only_heard_exactly() -> None:
    words = ["三金角", "山金角"]
    assert corrected(words, "三今角") == "三金角"
    assert corrected(words, "山今角") == "山金角"
    assert corrected(words, "散京角") == "散京角"


def test_the_tone_does_not_matter() -> None:
    assert sound("护") == sound("胡") == "hu"


def test_no_words_find_nothing() -> None:
    assert corrected([], "胡照") == "胡照"


def test_two_words_that_sound_alike_are_refused_with_the_file(tmp_path: Path) -> None:
    file = tmp_path / "heard.yml"
    file.write_text("papers: [护照, 签证]\nmore: [胡照]\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"胡照: .*护照") as refusal:
        SoundAlikes.load(file)
    assert str(refusal.value).startswith(f"{file}: ")


def test_one_character_alone_is_refused_with_the_file(tmp_path: Path) -> None:
    file = tmp_path / "heard.yml"
    file.write_text("papers: [护照, 签]\n", encoding="utf-8")
    with pytest.raises(ValueError, match="签: one character only") as refusal:
        SoundAlikes.load(file)
    assert str(refusal.value).startswith(f"{file}: ")


def test_a_word_listed_under_two_themes_is_one_word(tmp_path: Path) -> None:
    file = tmp_path / "heard.yml"
    file.write_text("papers: [护照]\nmoney: [护照]\n", encoding="utf-8")
    assert SoundAlikes.load(file).corrected("胡照", [("胡照", 0, 2)], lambda word: False) == "护照"

"""The plain spelling, and the way back to what was typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.normalization import LONGEST_UNDERSTOOD, normalize, spelling_variants
from tests.case_files import load_cases

ANYTHING = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("护照護照沒收工资啊!！　 \u200b\ufe0f\u200d\ud83d\udc4d❤㎏①㊙﷽ﬁİ\n\r\x00裏臺"),
    ),
    max_size=80,
)


@pytest.mark.parametrize("case", load_cases("normalizing.yml"))
def test_plain_spelling(case: dict[str, Any]) -> None:
    assert normalize(case["text"]).text == case["plain"]


@given(ANYTHING)
def test_offsets_lead_back_into_the_text(text: str) -> None:
    plain = normalize(text)
    assert plain.original == text
    assert len(plain.offsets) == len(plain.text) + 1
    assert list(plain.offsets) == sorted(plain.offsets)
    for start in range(len(plain.text)):
        begin, end = plain.origin(start, start + 1)
        assert 0 <= begin < end <= len(text)
    assert plain.origin(0, 0)[0] <= plain.origin(0, len(plain.text))[1] <= len(text)


@given(ANYTHING, st.data())
def test_slices_are_inside_and_in_order(text: str, data: st.DataObject) -> None:
    plain = normalize(text)
    marks = sorted(data.draw(st.lists(st.integers(0, len(plain.text)), min_size=3, max_size=3)))
    first, second = plain.origin(marks[0], marks[1]), plain.origin(marks[1], marks[2])
    assert 0 <= first[0] <= first[1] <= len(text)
    assert first[0] <= second[0] and first[1] <= max(second[1], first[1])


@given(ANYTHING)
def test_normalising_twice_changes_nothing_visible(text: str) -> None:
    once = normalize(text).text
    assert normalize(once).text == normalize(normalize(once).text).text


@pytest.mark.parametrize(
    ("typed", "word", "typed_word"),
    [
        ("老闆把我護照沒收了", "护照", "護照"),
        ("ＡＢＣ　护　照", "护 照", "护　照"),
        ("😀😀护\u200b照收走", "护照", "护\u200b照"),
        ("救命啊啊啊啊啊啊啊 护照", "护照", "护照"),
        ("①交３０００块", "3000块", "３０００块"),
        ("👨‍👩‍👧‍👦护照❤️没了", "护照", "护照"),
    ],
)
def test_a_word_is_found_where_it_was_typed(typed: str, word: str, typed_word: str) -> None:
    plain = normalize(typed)
    position = plain.text.index(word)
    start, end = plain.origin(position, position + len(word))
    assert typed[start:end] == typed_word


def test_a_very_long_text_is_cut_and_the_offsets_end_there() -> None:
    plain = normalize("护照被收走了。" * 3000)
    assert len(plain.text) <= LONGEST_UNDERSTOOD
    assert plain.offsets[-1] == LONGEST_UNDERSTOOD
    assert len(plain.original) == 21_000


def test_variants_must_not_move_characters(tmp_path: Path) -> None:
    table = tmp_path / "variants.yml"
    table.write_text("护照: [护赵照]\n", encoding="utf-8")
    with pytest.raises(ValueError, match="differ in length"):
        spelling_variants(table)


def test_no_variant_is_an_everyday_word_that_means_something_else() -> None:
    """A variant that stands inside a usual spelling would be replaced by itself, or wrongly."""
    variants = spelling_variants()
    for wrong, usual in variants.items():
        assert wrong != usual
        assert usual not in variants

"""The answer to hostile use: short, steady, with nothing of the message and no help in it."""

from __future__ import annotations

import re

import pytest

from actions.turn import texts
from bot.language.misuse import KINDS, load_misuse
from bot.replies.misuse import refusal

HELPING_THOSE_WHO_EXPLOIT = ("help_to_smuggle", "hold_papers", "fake_advert", "scam_script", "fake_papers")


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_is_short_and_ends_with_something_to_do(kind: str) -> None:
    text = refusal(texts(), kind).text
    assert len(text) <= 60 and len(re.findall("[。！？]", text)) <= 3, "a sentence or two, no lecture"
    assert not re.search("你(?:不应该|应当|必须|不能|这样做|是犯罪|会坐牢)|[！!]", text)
    assert re.search("说|问|发来|找我|告诉我", text), "what we do instead"


@pytest.mark.parametrize("kind", HELPING_THOSE_WHO_EXPLOIT)
def test_no_help_is_given(kind: str) -> None:
    assert re.search("不帮|不写|不教", refusal(texts(), kind).text)


@pytest.mark.parametrize("kind", KINDS)
def test_an_english_refusal_is_one_for_all(kind: str) -> None:
    text = refusal(texts(), kind, in_english=True).text
    assert text.startswith("I do not help with that.") and text.endswith("中文")


def test_nothing_is_echoed() -> None:
    for kind, one in load_misuse().items():
        text = refusal(texts(), kind).text
        assert [example for example in one.examples if len(example) > 4 and example in text] == []

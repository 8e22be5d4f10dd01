"""Saying a response by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.replies.texts import Texts


def test_values_are_filled_in(tmp_path: Path) -> None:
    file = tmp_path / "domain.yml"
    file.write_text("responses:\n  utter_a:\n  - text: 打{number}\n  utter_b:\n  - image: x\n", encoding="utf-8")
    said = Texts.load(file)
    assert said.say("utter_a", number="110", unused=1) == "打110"
    with pytest.raises(KeyError):
        said.say("utter_a")
    with pytest.raises(KeyError):
        said.say("utter_b")
    with pytest.raises(KeyError):
        said.say("utter_c")
    assert said.say("utter_a", number="{number}") == "打{number}"


@pytest.mark.parametrize("content", ["", "responses:\n", "version: '3.1'\n"])
def test_no_responses_are_no_crash(content: str, tmp_path: Path) -> None:
    file = tmp_path / "domain.yml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(KeyError):
        Texts.load(file).say("utter_a")

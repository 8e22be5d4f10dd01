"""Traditional in, traditional out."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.language.script import in_script, in_simplified, script_of, script_of_talk, shown_script
from bot.settings import PROJECT
from tests.case_files import load_cases

SAID = [rows[0]["text"] for rows in yaml.safe_load((PROJECT / "domain.yml").read_text("utf-8"))["responses"].values()]


@pytest.mark.parametrize("case", load_cases("scripts.yml"), ids=lambda case: case["why"])
def test_the_script_of_a_text(case: dict[str, Any]) -> None:
    assert shown_script(case["text"]) == case["script"]
    assert script_of(case["text"]) == (None if case["script"] == "simplified" else case["script"])


@pytest.mark.parametrize(
    ("why", "texts", "script"),
    [
        ("the newest text that shows one counts", ["您好", "老闆不發薪水", "老板不发工资"], "traditional"),
        ("who goes over to simplified is answered so", ["好", "老板不发工资", "老闆不發薪水"], None),
        ("nobody has shown any", ["您好", "12308"], None),
        ("nothing was said", [], None),
    ],
)
def test_the_script_of_a_talk(why: str, texts: list[str], script: str | None) -> None:
    assert script_of_talk(texts) == script, why


@pytest.mark.parametrize(
    ("why", "text", "script", "written"),
    [
        ("simplified stays", "护照自己拿着", None, "护照自己拿着"),
        ("traditional", "护照自己拿着，别交钱", "traditional", "護照自己拿著，別交錢"),
        ("Hong Kong", "护照自己拿着，别交钱", "hong_kong", "護照自己拿着，別交錢"),
        ("by the word, not by the character", "头发、发工资、干净、干活、皇后、以后", "traditional",
         "頭髮、發工資、乾淨、幹活、皇后、以後"),
        ("a law keeps its name", "《中华人民共和国劳动合同法》第九条", "traditional",
         "《中華人民共和國勞動合同法》第九條"),
        ("numbers, placeholders, emoji", "🔴 打 +86-10-12308 或 110：\n{numbers}", "traditional",
         "🔴 打 +86-10-12308 或 110：\n{numbers}"),
        ("words are not swapped for others", "短信、网络、质量", "traditional", "短信、網絡、質量"),
        ("nothing", "", "hong_kong", ""),
    ],
)  # fmt: skip
def test_a_text_in_a_script(why: str, text: str, script: str | None, written: str) -> None:
    assert in_script(text, script) == written, why


@pytest.mark.parametrize("script", ["traditional", "hong_kong"])
def test_all_that_is_said_shows_its_script_and_comes_back(script: str) -> None:
    for text in SAID:
        written = in_script(text, script)
        assert in_simplified(written).replace("著", "着") == text.replace("著", "着")
        assert shown_script(written) != "simplified", text


def test_an_unknown_script_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        in_script("护照", "latin")


@given(st.text())
def test_any_text_can_be_asked_about(text: str) -> None:
    script = script_of(text)
    assert script in (None, "traditional", "hong_kong")
    if text.isascii():
        assert script is None and in_script(text, "traditional") == text
